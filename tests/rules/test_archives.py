from __future__ import annotations

import base64
import gzip

import pytest

from api.refusal import Refusal
from api.rules import archives
from api.rules.archives import archive, content_type, filename
from api.uploads import Uploaded

ZIP, GZIP = b"PK\x03\x04rest", gzip.compress(b"tar", mtime=0)


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.mark.parametrize(("content", "extension"), [(ZIP, "zip"), (GZIP, "tar.gz")])
def test_an_archive_is_taken_in_base64_and_uploaded(content: bytes, extension: str) -> None:
    for given in (b64(content), Uploaded.of(content)):
        found = archive(given)
        assert (found.content, found.extension) == (content, extension)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", "FILE_TYPE_NOT_ALLOWED"),
        (Uploaded.of(b""), "FILE_TYPE_NOT_ALLOWED"),
        # An empty zip archive, a program, a page, and a zip that does not begin as one.
        (b64(b"PK\x05\x06" + bytes(18)), "FILE_TYPE_NOT_ALLOWED"),
        (b64(b"\x7fELF"), "FILE_TYPE_NOT_ALLOWED"),
        (b64(b"<html>"), "FILE_TYPE_NOT_ALLOWED"),
        (Uploaded.of(b" " + ZIP), "FILE_TYPE_NOT_ALLOWED"),
        ("UEsDB!", "INVALID"),
        ("UEsDBA", "INVALID"),
        ("ş", "INVALID"),
    ],
)
def test_what_is_no_archive_is_refused(given: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        archive(given)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_an_archive_has_an_upper_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MEGABYTE", 10)
    largest = ZIP[:4] + bytes(636)
    assert archive(Uploaded.of(largest)).content == largest
    with pytest.raises(Refusal) as refused:
        archive(Uploaded.of(largest + b"x"))
    assert [problem.code for problem in refused.value.problems] == ["FILE_TOO_LARGE"]


def test_a_file_is_named_by_product_and_version() -> None:
    assert filename("sms-habercisi", "2.4.1-beta.2", "tar.gz") == "sms-habercisi-2.4.1-beta.2.tar.gz"
    assert content_type("sms-1.0.zip") == "application/zip"
    assert content_type("sms-1.0.tar.gz") == "application/gzip"
