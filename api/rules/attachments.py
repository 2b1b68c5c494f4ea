"""What may hang on a message: a file's type by its first bytes, and the name under which people save it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from api.refusal import Refusal, UserErrorCode
from api.rules.text import collapse
from api.uploads import content_of

MEGABYTE = 1024 * 1024
LONGEST_NAME = 255
# Of a hostile name only the end is looked at, where the extension is.
_LONGEST_SENT_NAME = 2000
UNNAMED = "file"
# Windows gives these names to devices, whatever follows their first dot.
_DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])(?=\.|$)", re.IGNORECASE)
# File systems give these a meaning.
_SPECIAL = re.compile(r'[<>:"|?*]')
# Emoji and Persian are joined with these; every other format character hides or turns around what follows.
_JOINERS = frozenset("\u200c\u200d")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Line breaks, tabs, form feeds, and the escapes by which logs are colored, belong to text.
_BINARY = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
# Systems run or render these when they are opened: they are handed out with `.txt` behind their name.
_ACTIVE = frozenset({"js", "php", "xml"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A type that is taken: its media type, what its names end with, and whether bytes are of it."""

    content_type: str
    extensions: tuple[str, ...]
    fits: Callable[[bytes], bool]


def _begins(*signatures: bytes, at: int = 0) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(signatures, at)


def _office(part: bytes) -> Callable[[bytes], bool]:
    """A zip archive with the parts of an Office document (ECMA-376) and without macros; it is never unpacked."""

    def fits(content: bytes) -> bool:
        named = b"[Content_Types].xml" in content and part in content
        return _ZIP(content) and named and b"vbaProject.bin" not in content

    return fits


def _open_document(kind: bytes) -> Callable[[bytes], bool]:
    """OpenDocument: the first file of the archive is `mimetype`, stored as it is (ODF 1.3 part 2, 3.3)."""
    return lambda content: _ZIP(content) and content.startswith(b"mimetype" + kind, 30)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not _BINARY.search(text)


# An archive with something in it (PKWARE APPNOTE 4.3.7).
_ZIP = _begins(b"PK\x03\x04")
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ODT, _ODS = "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet"
_TEXTS = ("txt", "log", "csv", "json", "xml", "ini", "conf", "sql", "php", "js", "md", "yml", "yaml")
# The more special first. SVG, HTML and programs are not among them, under whatever name.
KINDS = (
    Kind("image/png", ("png",), _begins(b"\x89PNG\r\n\x1a\n")),
    Kind("image/jpeg", ("jpg", "jpeg"), _begins(b"\xff\xd8\xff")),
    Kind("image/gif", ("gif",), _begins(b"GIF87a", b"GIF89a")),
    Kind("image/webp", ("webp",), lambda content: content.startswith(b"RIFF") and content.startswith(b"WEBP", 8)),
    Kind("application/pdf", ("pdf",), _begins(b"%PDF-")),
    Kind(_WORD, ("docx",), _office(b"word/")),
    Kind(_SHEET, ("xlsx",), _office(b"xl/")),
    Kind(_ODT, ("odt",), _open_document(_ODT.encode())),
    Kind(_ODS, ("ods",), _open_document(_ODS.encode())),
    Kind("application/zip", ("zip",), _ZIP),
    Kind("application/gzip", ("gz", "tgz"), _begins(b"\x1f\x8b\x08")),
    Kind("video/mp4", ("mp4", "m4v"), _begins(b"ftypisom", b"ftypiso2", b"ftypmp4", b"ftypavc1", b"ftypM4V", at=4)),
    Kind("video/webm", ("webm",), lambda content: content.startswith(b"\x1aE\xdf\xa3") and b"webm" in content[:64]),
)
# What is of no other kind: text that begins like a picture is no text.
TEXT = Kind("text/plain", _TEXTS, _is_text)
EXTENSIONS = tuple(extension for kind in (*KINDS, TEXT) for extension in kind.extensions)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that is taken, with its clean name."""

    filename: str
    content_type: str
    content: bytes


def accepted(file: str, name: str, most_megabytes: int) -> Accepted:
    """The file that was uploaded or sent in Base64, if its first bytes and its name agree on a type that is taken.

    INVALID for what is no Base64, REQUIRED for nothing, else FILE_TOO_LARGE or FILE_TYPE_NOT_ALLOWED.
    """
    content = content_of(file)
    if not content:
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.file_empty")
    if len(content) > most_megabytes * MEGABYTE:
        raise Refusal.of(UserErrorCode.FILE_TOO_LARGE, "refusals.file_too_large", megabytes=most_megabytes)
    stem, extension = _split(_visible(name))
    for kind in [kind for kind in KINDS if kind.fits(content)] or [TEXT] * _is_text(content):
        # A name without an extension, like error_log, contradicts nothing.
        if not extension or extension in kind.extensions:
            return Accepted(_named(stem, extension or kind.extensions[0]), kind.content_type, content)
    raise Refusal.of(UserErrorCode.FILE_TYPE_NOT_ALLOWED, "refusals.attachment_type", kinds=", ".join(EXTENSIONS))


def _visible(name: str) -> str:
    """The last path part, without control characters and those that turn the reading direction."""
    last = re.split(r"[/\\]", name[-_LONGEST_SENT_NAME:])[-1]
    seen = (c for c in last if c in _JOINERS or c in "\t\n\r" or unicodedata.category(c) not in _INVISIBLE)
    return collapse("".join(seen)).rstrip(" .")


def _split(name: str) -> tuple[str, str]:
    stem, dot, end = name.rpartition(".")
    return (stem, end.lower()) if dot else (name, "")


def _named(stem: str, extension: str) -> str:
    clean = _SPECIAL.sub("-", stem).strip(" .")[: LONGEST_NAME - len(extension) - 1].strip(" .") or UNNAMED
    if _DEVICES.match(clean):
        clean = f"_{clean}"[: LONGEST_NAME - len(extension) - 1]
    return f"{clean}.{extension}"


def disposition(filename: str) -> str:
    """The Content-Disposition that saves a file under its name, and never shows it (RFC 6266, RFC 8187)."""
    if _split(filename)[1] in _ACTIVE:
        filename += ".txt"
    plain = unicodedata.normalize("NFKD", filename.replace("ı", "i")).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9 ._()+-]", "_", plain)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
