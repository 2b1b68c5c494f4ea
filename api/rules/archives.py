"""The file of a release: an archive, as it is sent to us and as it is handed on."""

from __future__ import annotations

from dataclasses import dataclass

from api.refusal import Refusal, UserErrorCode
from api.uploads import content_of

MEGABYTE = 1024 * 1024
LARGEST_MEGABYTES = 64
# First bytes of a zip archive with something in it (PKWARE APPNOTE 4.3.7) and of gzip (RFC 1952 2.3.1).
KINDS = ((b"PK\x03\x04", "zip"), (b"\x1f\x8b", "tar.gz"))
CONTENT_TYPES = {"zip": "application/zip", "tar.gz": "application/gzip"}


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive of a kind that customers can open."""

    content: bytes
    extension: str


def archive(given: str) -> Archive:
    """The archive that was uploaded or sent in Base64: zip or gzip, at most 64 MiB.

    INVALID for what is no Base64, else FILE_TOO_LARGE or FILE_TYPE_NOT_ALLOWED.
    """
    content = content_of(given)
    if len(content) > LARGEST_MEGABYTES * MEGABYTE:
        raise Refusal.of(UserErrorCode.FILE_TOO_LARGE, "refusals.file_too_large", megabytes=LARGEST_MEGABYTES)
    for first, extension in KINDS:
        if content.startswith(first):
            return Archive(content, extension)
    raise Refusal.of(UserErrorCode.FILE_TYPE_NOT_ALLOWED, "refusals.release_file_type")


def filename(slug: str, version: str, extension: str) -> str:
    """The name under which people save a release; slugs and versions hold only a-z, A-Z, 0-9, `-` and `.`."""
    return f"{slug}-{version}.{extension}"


def content_type(name: str) -> str:
    """The media type of a file that is named so."""
    return CONTENT_TYPES["zip" if name.endswith(".zip") else "tar.gz"]
