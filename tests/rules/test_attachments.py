"""What may hang on a message: types by first bytes, names, and how a file is saved."""

from __future__ import annotations

import base64
import re
import time
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.refusal import Refusal
from api.rules.attachments import EXTENSIONS, KINDS, LONGEST_NAME, accepted, disposition
from api.uploads import Uploaded
from tests.attached import PNG, packed
from tests.hostile import FILES, NAMES, HostileFile

GOOD = {
    "png": PNG,
    "jpg": b"\xff\xd8\xff\xe0JFIF",
    "jpeg": b"\xff\xd8\xff\xdb",
    "gif": b"GIF87a",
    "webp": b"RIFF\x10\0\0\0WEBPVP8 ",
    "pdf": b"%PDF-1.4",
    "docx": packed(word__document_of_xml=b"") + b"[Content_Types].xml",
    "xlsx": packed(xl__workbook_of_xml=b"") + b"[Content_Types].xml",
    "odt": packed(mimetype=b"application/vnd.oasis.opendocument.text"),
    "ods": packed(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"),
    "zip": packed(a=b"b"),
    "gz": b"\x1f\x8b\x08rest",
    "tgz": b"\x1f\x8b\x08rest",
    "mp4": b"\0\0\0\x20ftypisom",
    "m4v": b"\0\0\0\x20ftypM4V ",
    "webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm",
}
TEXTS = [extension for extension in EXTENSIONS if extension not in GOOD]


def taken(content: bytes, name: str, most: int = 10) -> tuple[str, str]:
    file = accepted(Uploaded.of(content), name, most)
    assert file.content == content
    return file.filename, file.content_type


def refusal(content: bytes, name: str, most: int = 10) -> tuple[str, str]:
    with pytest.raises(Refusal) as refused:
        accepted(Uploaded.of(content), name, most)
    (problem,) = refused.value.problems
    return problem.code.value, problem.message


@pytest.mark.parametrize("extension", GOOD)
def test_each_type_is_taken_under_its_own_names_and_under_no_other(extension: str) -> None:
    content = GOOD[extension]
    name, content_type = taken(content, f"dosya.{extension.upper()}")
    assert name == f"dosya.{extension}"
    (kind,) = [kind for kind in KINDS if extension in kind.extensions]
    assert content_type == kind.content_type
    for other in EXTENSIONS:
        # A document is an archive too.
        if other not in kind.extensions and not (other == "zip" and content.startswith(b"PK")):
            assert refusal(content, f"dosya.{other}") == ("FILE_TYPE_NOT_ALLOWED", "refusals.attachment_type"), other
    assert taken(content, "dosya")[0] == f"dosya.{kind.extensions[0]}"


@pytest.mark.parametrize("extension", TEXTS)
def test_text_is_taken_as_text_whatever_its_language(extension: str) -> None:
    assert taken("<?php // çğı".encode(), f"dosya.{extension}") == (f"dosya.{extension}", "text/plain")
    assert refusal(b"\xff\xfe\0", f"dosya.{extension}")[0] == "FILE_TYPE_NOT_ALLOWED"


def test_the_refusal_names_what_is_taken() -> None:
    with pytest.raises(Refusal) as refused:
        accepted(Uploaded.of(b"MZ\0"), "x.exe", 10)
    (problem,) = refused.value.problems
    assert problem.values == {"kinds": ", ".join(EXTENSIONS)}
    assert not {"svg", "html", "exe", "sh", "jar", "docm"} & set(EXTENSIONS)


def test_size_and_spelling_are_looked_at_before_the_type() -> None:
    assert taken(PNG + bytes(1024 * 1024 - len(PNG)), "x.png", 1)[0] == "x.png"
    assert refusal(PNG + bytes(1024 * 1024 - len(PNG) + 1), "x.png", 1) == (
        "FILE_TOO_LARGE", "refusals.file_too_large",
    )  # fmt: skip
    assert refusal(b"", "x.png") == ("REQUIRED", "refusals.file_empty")
    assert accepted(base64.b64encode(PNG).decode(), "x.png", 1).content == PNG
    with pytest.raises(Refusal) as refused:
        accepted("kein Base64", "x.png", 1)
    assert refused.value.problems[0].code == "INVALID"


@pytest.mark.parametrize(("sent", "shown"), NAMES, ids=range(len(NAMES)))
def test_hostile_names(sent: str, shown: str | None) -> None:
    if shown is None:
        assert refusal(PNG, sent)[0] == "FILE_TYPE_NOT_ALLOWED"
    else:
        assert taken(PNG, sent) == (shown, "image/png")


@pytest.mark.parametrize("file", FILES, ids=[f"{place}-{file.name}" for place, file in enumerate(FILES)])
def test_hostile_files(file: HostileFile) -> None:
    begun = time.process_time()
    if file.taken_as is None:
        assert refusal(file.content, file.name)[0] == ("FILE_TYPE_NOT_ALLOWED" if file.content else "REQUIRED")
    else:
        assert taken(file.content, file.name)[0] == file.taken_as
    # Nothing is unpacked.
    assert time.process_time() - begun < 2


@given(st.text(max_size=400), st.sampled_from([PNG, b"metin"]))
def test_whatever_is_sent_is_a_name_that_can_be_saved(sent: str, content: bytes) -> None:
    try:
        name, _ = taken(content, sent)
    except Refusal:
        return
    assert 1 < len(name) <= LONGEST_NAME
    assert not re.search(r'[\x00-\x1f\x7f<>:"|?*/\\\u202a-\u202e\u2066-\u2069\ud800-\udfff]', name)
    assert name.strip(" .") == name
    assert taken(content, name)[0] == name
    header = disposition(name)
    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9 ._()+-]*"; filename\*=UTF-8\'\'[!-~]+', header)
    assert unquote(header.rpartition("''")[2]).removesuffix(".txt") == name.removesuffix(".txt")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("ekran.png", "attachment; filename=\"ekran.png\"; filename*=UTF-8''ekran.png"),
        ("Çıktı ğ.log", "attachment; filename=\"Cikti g.log\"; filename*=UTF-8''%C3%87%C4%B1kt%C4%B1%20%C4%9F.log"),
        ("a'b;c=%41.png", "attachment; filename=\"a_b_c__41.png\"; filename*=UTF-8''a%27b%3Bc%3D%2541.png"),
        ("😀.pdf", "attachment; filename=\".pdf\"; filename*=UTF-8''%F0%9F%98%80.pdf"),
        ("modul.js", "attachment; filename=\"modul.js.txt\"; filename*=UTF-8''modul.js.txt"),
        ("hook.php", "attachment; filename=\"hook.php.txt\"; filename*=UTF-8''hook.php.txt"),
        ("resim.xml", "attachment; filename=\"resim.xml.txt\"; filename*=UTF-8''resim.xml.txt"),
    ],
)
def test_a_file_is_saved_under_its_name_and_under_none_that_a_system_runs(name: str, header: str) -> None:
    assert disposition(name) == header
