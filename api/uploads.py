"""A file where the API asks for a String: uploaded beside the operation, or in Base64."""

from __future__ import annotations

import base64
import binascii

from api.refusal import Refusal, UserErrorCode


class Uploaded(str):
    """Stands for a file where a String is asked for: one that was uploaded beside the operation, not in Base64."""

    __slots__ = ("content", "filename")
    content: bytes
    # As the sender calls it.
    filename: str

    @classmethod
    def of(cls, content: bytes, filename: str = "") -> Uploaded:
        """What stands for these bytes."""
        made = cls()
        made.content, made.filename = content, filename
        return made


def content_of(given: str) -> bytes:
    """The bytes that were uploaded or sent in Base64; INVALID for what is neither."""
    if isinstance(given, Uploaded):
        return given.content
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.base64") from None
