"""A bank's receipt that a customer attaches to the notice of a transfer (domain-tr 5.3)."""

from __future__ import annotations

import re
import unicodedata

from api.refusal import Refusal, UserErrorCode
from api.rules.text import UNPRINTABLE, collapse

MEGABYTE = 1024 * 1024
LARGEST_MEGABYTES = 5
LONGEST_NAME = 120
# Of a hostile name only the end is looked at, where the extension is.
LONGEST_SENT_NAME = 1000
UNNAMED = "receipt"
FIRST_BYTES = (
    (b"%PDF-", "application/pdf", frozenset({"pdf"})),
    (b"\xff\xd8\xff", "image/jpeg", frozenset({"jpg", "jpeg"})),
    (b"\x89PNG\r\n\x1a\n", "image/png", frozenset({"png"})),
)
# File systems and the Content-Disposition header (RFC 6266) give these a meaning.
SPECIAL = re.compile(r'[<>:"|?*;%]')


def _content_type(extension: str, content: bytes) -> str:
    for signature, content_type, extensions in FIRST_BYTES:
        if content.startswith(signature) and extension in extensions:
            return content_type
    raise Refusal.of(UserErrorCode.FILE_TYPE_NOT_ALLOWED, "refusals.receipt_type")


def _visible_name(filename: str) -> str:
    """The last path part without control and bidi characters."""
    last = re.split(r"[/\\]", filename[-LONGEST_SENT_NAME:])[-1]
    return collapse("".join(c for c in last if unicodedata.category(c) not in UNPRINTABLE or c in "\t\n\r"))


def receipt(filename: str, content: bytes) -> tuple[str, str]:
    """The clean file name and content type of a PDF, JPEG or PNG of at most 5 MB.

    Its first bytes and its extension must agree. REQUIRED when empty, else FILE_TOO_LARGE or FILE_TYPE_NOT_ALLOWED.
    """
    if not content:
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    if len(content) > LARGEST_MEGABYTES * MEGABYTE:
        raise Refusal.of(UserErrorCode.FILE_TOO_LARGE, "refusals.file_too_large", megabytes=LARGEST_MEGABYTES)
    stem, dot, end = _visible_name(filename).rpartition(".")
    extension = end.lower() if dot else ""
    content_type = _content_type(extension, content)
    clean = SPECIAL.sub("-", stem)[: LONGEST_NAME - len(extension) - 1].strip(" .")
    return f"{clean or UNNAMED}.{extension}", content_type
