"""Which part of a file a request wants: `Range` and `If-Range` (RFC 9110 13.1.5 and 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes from `start` to before `stop`; `open_ended`: asked for as `bytes=N-`. Unsatisfiable when empty."""

    start: int
    stop: int
    open_ended: bool

    @property
    def satisfiable(self) -> bool:
        """Whether there is a byte in it."""
        return self.start < self.stop


def wanted_part(range_: str | None, if_range: str | None, etag: str, size: int) -> Part | None:
    """The part of a file that is asked for; None for the whole.

    Several ranges, other units and malformed ones are answered with the whole, as the RFC lets us, and so is a range
    of another version of the file.
    """
    found = _ONE.fullmatch("".join((range_ or "").split()))
    if found is None or (if_range is not None and if_range.strip() != etag):
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        return Part(max(0, size - int(suffix)), size, open_ended=False)
    start = int(first)
    if last and int(last) < start:
        return None
    stop = min(size, int(last) + 1) if last else size
    return Part(start, max(start, stop) if start < size else start, open_ended=not last)
