"""What travels compressed: files by copies made at set-up, pages where nobody guesses at them by their length."""

from __future__ import annotations

import gzip
from functools import lru_cache
from typing import Literal, get_args

from starlette.requests import Request

from web.session import COOKIE

Encoding = Literal["br", "gzip"]
ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)

# Below it is not worth its headers.
_LEAST_BYTES = 800
# A page of 12 kB takes 60 us and becomes 2.6 kB; level 9 takes 105 us for 2.5 kB, brotli at 4 takes 180 us for 2.3 kB.
_LEVEL = 4


@lru_cache(256)
def accepted(header: str) -> tuple[Encoding, ...]:
    """Which of ours an Accept-Encoding header takes (RFC 9110 12.5.3), the best first; none where it prefers none."""
    weights = {}
    for part in header[:500].lower().split(","):
        name, _, parameter = part.partition(";")
        try:
            weights[name.strip()] = float(parameter.partition("=")[2]) if parameter else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    others, least = weights.get("*", 0.0), weights.get("identity", 0.0)
    ours = {encoding: weights.get(encoding, others) for encoding in ENCODINGS}
    taken = [encoding for encoding in ENCODINGS if ours[encoding] > 0 and ours[encoding] >= least]
    return tuple(sorted(taken, key=lambda encoding: -ours[encoding]))


def page_body(request: Request, html: str) -> tuple[bytes, dict[str, str]]:
    """A page's bytes as this request may have them, and the headers that say so (decision 0019)."""
    body, headers = html.encode(), {"Vary": "Accept-Encoding"}
    if len(body) < _LEAST_BYTES or "gzip" not in accepted(request.headers.get("accept-encoding", "")):
        return body, headers
    if not _asked_by_its_reader(request):
        return body, headers
    return gzip.compress(body, _LEVEL, mtime=0), headers | {"Content-Encoding": "gzip"}


def _asked_by_its_reader(request: Request) -> bool:
    """Whether no other site can have made a signed-in reader's browser ask, with words of its own in the address.

    What such a page holds could be guessed by the lengths of many answers (BREACH). Browsers say who asks; one that
    does not gets pages uncompressed while its reader is signed in.
    """
    return COOKIE not in request.cookies or request.headers.get("sec-fetch-site") in {"same-origin", "none"}
