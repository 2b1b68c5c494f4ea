from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.refusal import Refusal, UserErrorCode
from api.rules.receipts import LARGEST_MEGABYTES, LONGEST_NAME, MEGABYTE, receipt
from tests.rules.refused import code_of, message_of

PDF = b"%PDF-1.7\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
PNG = b"\x89PNG\r\n\x1a\n\x00"
MOST = LARGEST_MEGABYTES * MEGABYTE


@pytest.mark.parametrize(
    ("filename", "content", "clean", "content_type"),
    [
        ("dekont.pdf", PDF, "dekont.pdf", "application/pdf"),
        ("DEKONT.PDF", PDF, "DEKONT.pdf", "application/pdf"),
        ("a.jpg", JPEG, "a.jpg", "image/jpeg"),
        ("a.JPEG", JPEG, "a.jpeg", "image/jpeg"),
        ("a.png", PNG, "a.png", "image/png"),
        ("Ödeme dekontu (şubat).pdf", PDF, "Ödeme dekontu (şubat).pdf", "application/pdf"),
        ("C:\\Users\\me\\dekont.pdf", PDF, "dekont.pdf", "application/pdf"),
        ("../../etc/dekont.pdf", PDF, "dekont.pdf", "application/pdf"),
        ("dekont.exe.pdf", PDF, "dekont.exe.pdf", "application/pdf"),
        ("dekont\u202efdp.pdf", PDF, "dekontfdp.pdf", "application/pdf"),
        ("de\x00k\x1bont\u200b.pdf", PDF, "dekont.pdf", "application/pdf"),
        ("de\r\nkont.pdf", PDF, "de kont.pdf", "application/pdf"),
        ('a"b;c:d*e?.pdf', PDF, "a-b-c-d-e-.pdf", "application/pdf"),
        ("a%2e%2e.pdf", PDF, "a-2e-2e.pdf", "application/pdf"),
        ("...pdf", PDF, "receipt.pdf", "application/pdf"),
        (".pdf", PDF, "receipt.pdf", "application/pdf"),
        (" a .pdf ", PDF, "a.pdf", "application/pdf"),
        ("s\u0327ubat.pdf", PDF, "şubat.pdf", "application/pdf"),
        ("a" * 120 + ".pdf", PDF, "a" * 116 + ".pdf", "application/pdf"),
        ("a" * 1_000_000 + ".jpeg", JPEG, "a" * 115 + ".jpeg", "image/jpeg"),
        ("\ud800a.pdf", PDF, "a.pdf", "application/pdf"),
    ],
)
def test_a_receipt_keeps_a_clean_name(filename: str, content: bytes, clean: str, content_type: str) -> None:
    assert receipt(filename, content) == (clean, content_type)


@pytest.mark.parametrize(
    ("filename", "content"),
    [
        ("a.pdf", JPEG), ("a.jpg", PDF), ("a.png", JPEG), ("a.jpg", PNG), ("a.exe", PDF), ("a", PDF), ("", PDF),
        ("pdf", PDF), ("a.pdf/", PDF), ("a.pdf.", PDF), ("a.html", b"<html>"), ("a.pdf", b"<html>%PDF-"),
        ("a.svg", b"<svg/>"), ("a.pdf", b"%PDF"), ("a.pdf", b"\n%PDF-1.7"), ("a.gif", b"GIF89a"), ("a.pdf", b"\x00"),
        ("a.pdf\x00.exe", PDF), ("a.ｐｄｆ", PDF), ("a.pdf;x", PDF),
    ],
)  # fmt: skip
def test_other_files_are_refused(filename: str, content: bytes) -> None:
    assert code_of(receipt, filename, content) is UserErrorCode.FILE_TYPE_NOT_ALLOWED
    assert message_of(receipt, filename, content) == "receipt_type"


def test_the_largest_receipt() -> None:
    largest = PDF.ljust(MOST, b"\x00")
    assert receipt("a.pdf", largest) == ("a.pdf", "application/pdf")
    assert code_of(receipt, "a.pdf", largest + b"\x00") is UserErrorCode.FILE_TOO_LARGE


def test_an_empty_file_is_missing() -> None:
    assert code_of(receipt, "a.pdf", b"") is UserErrorCode.REQUIRED


@given(st.text(), st.sampled_from(["pdf", "PDF", "jpg", "exe", ""]), st.sampled_from([PDF, JPEG, b"x"]))
def test_any_name_is_clean_or_refused(stem: str, extension: str, content: bytes) -> None:
    try:
        clean, content_type = receipt(f"{stem}.{extension}", content)
    except Refusal:
        assert message_of(receipt, f"{stem}.{extension}", content) == "receipt_type"
        return
    assert content_type in {"application/pdf", "image/jpeg"}
    assert 5 <= len(clean) <= LONGEST_NAME
    assert clean[0] not in " ."
    assert not set('/\\<>:"|?*;%') & set(clean)
    assert all(unicodedata.category(character)[0] != "C" for character in clean)
    assert receipt(clean, content) == (clean, content_type)
