"""Documents that are named by the SHA-256 of their text: sent before, or registered at deploy (decision 0020)."""

from __future__ import annotations

import math
import sys
import time
from collections import OrderedDict

from api import settings
from api.models.persisted_documents import PersistedDocument
from api.schema.requests import DocumentCode, Malformed, Work, sha256_of

# What a process remembers of either kind; a text counts with what it takes in memory.
MOST_DOCUMENTS, MOST_BYTES = 1000, 4 * 1024 * 1024
# How long a registered document is good without asking the database again, in seconds (monotonic).
GOOD_FOR = 60.0


class Memory:
    """The texts that were used last, by their hash, and until when they are good."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._bytes = 0

    def find(self, sha256: str) -> str | None:
        """The text; always the same object, whose own hash Python has computed already."""
        known = self._known.get(sha256)
        if known is None or known[1] < time.monotonic():
            return None
        self._known.move_to_end(sha256)
        return known[0]

    def keep(self, sha256: str, text: str, until: float = math.inf) -> None:
        """Remember a text, and forget what was used longest ago."""
        before = self._known.pop(sha256, None)
        self._bytes -= sys.getsizeof(before[0]) if before else 0
        self._known[sha256] = (text, until)
        self._bytes += sys.getsizeof(text)
        while self._bytes > MOST_BYTES or len(self._known) > MOST_DOCUMENTS:
            self._bytes -= sys.getsizeof(self._known.popitem(last=False)[1][0])

    def forget(self) -> None:
        """Remember nothing."""
        self._known.clear()
        self._bytes = 0


_sent, _registered = Memory(), Memory()


async def text_of(work: Work) -> str:
    """The document of an operation; raises Malformed for a hash that is not known, and for what may not be executed."""
    if settings.current().registered_only:
        found = await _registered_text(work.sha256 or sha256_of(work.text or ""))
        if found is None:
            raise Malformed(None, "This document is not registered.", DocumentCode.DOCUMENT_NOT_REGISTERED)
        return found
    if work.text is not None or work.sha256 is None:
        return work.text or ""
    found = _sent.find(work.sha256) or await _registered_text(work.sha256)
    if found is None:
        raise Malformed(None, "PersistedQueryNotFound", DocumentCode.PERSISTED_QUERY_NOT_FOUND)
    return found


async def _registered_text(sha256: str) -> str | None:
    found = _registered.find(sha256)
    if found is None:
        row = await PersistedDocument.get_or_none(sha256=sha256)
        if row is not None:
            found = row.text
            _registered.keep(sha256, found, time.monotonic() + GOOD_FOR)
    return found


def remember(work: Work) -> None:
    """Keep a document that was sent with its hash, once it has been validated."""
    if work.sha256 is not None and work.text is not None and not settings.current().registered_only:
        _sent.keep(work.sha256, work.text)


def forget() -> None:
    """Remember nothing, as a process that starts."""
    _sent.forget()
    _registered.forget()
