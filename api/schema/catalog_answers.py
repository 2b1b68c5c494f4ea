"""Answers about the catalog that were made before: their bytes, until the catalog changes or its next price counts.

Kept by what was asked, its variables and its language, under the catalog's version, which is read for each request
before anything else: whatever is found was made of that version or of a later one.
"""

from __future__ import annotations

import hashlib
import sys
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from api import clock
from api.caller import Caller, Scope
from api.models.catalog_versions import catalog_version, next_price_after

# What anybody is answered alike.
FIELDS = frozenset({"products", "product", "categories"})
_KEPT_FIELDS = FIELDS | {"__typename"}
MOST_BYTES = 16 * 1024 * 1024
# Characters of a document, and bytes of its variables, beyond which nothing is kept.
_LONGEST_DOCUMENT, _LONGEST_VARIABLES = 16_384, 4096
# A file in the variables is a `str` of a class of its own (api/uploads.py): it is refused, not written as "".
_ONLY_JSON = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer and until when it may be given; `tag` is that of its bytes."""

    body: bytes
    tag: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer is kept, or would be, and when it was asked for."""

    version: str
    language: str
    name: str | None
    text: str
    variables: bytes
    asked_at: datetime = field(compare=False)


_kept: OrderedDict[Place, Kept] = OrderedDict()
_bytes = 0


def is_shared(roots: frozenset[str]) -> bool:
    """Whether what is asked for at the top is the catalog and nothing else."""
    return roots <= _KEPT_FIELDS and not roots.isdisjoint(FIELDS)


def may_share(caller: Caller) -> bool:
    """Whether a caller may read the catalog; who sent a token needs its scope."""
    return caller.token_id is None or Scope.PRODUCTS_READ in caller.scopes


async def place_of(caller: Caller, text: str, name: str | None, variables: dict[str, Any] | None) -> Place | None:
    """Where the answer of an operation is kept; None for one that is asked too long, or with a file beside it."""
    try:
        given = _tight(orjson.dumps(variables, option=_ONLY_JSON)) if variables else b""
    except orjson.JSONEncodeError:
        return None
    if len(text) > _LONGEST_DOCUMENT or len(given) > _LONGEST_VARIABLES:
        return None
    asked_at = clock.now()
    return Place(await catalog_version(), caller.language, name, text, given, asked_at)


def find(place: Place) -> Kept | None:
    """The answer kept there, while it is good."""
    kept = _kept.get(place)
    if kept is None or kept.until <= clock.now():
        return None
    _kept.move_to_end(place)
    return kept


async def keep(place: Place, body: bytes) -> Kept:
    """Keep an answer until a price or a VAT rate that is known already comes into force, at the latest."""
    global _bytes
    # From before it was made: what came into force meanwhile is not in it.
    midnight = clock.start_of(clock.local(place.asked_at).date() + timedelta(days=1))
    following = await next_price_after(place.asked_at)
    kept = Kept(_tight(body), tag_of(body), min(midnight, following) if following else midnight)
    before = _kept.pop(place, None)
    _kept[place] = kept
    _bytes += _size(place, kept) - (_size(place, before) if before else 0)
    while _bytes > MOST_BYTES:
        _bytes -= _size(*_kept.popitem(last=False))
    return kept


def _tight(written: bytes) -> bytes:
    """The same bytes without the room that orjson had for more: 4 kB behind each short answer."""
    return bytes(memoryview(written))


def _size(place: Place, kept: Kept) -> int:
    return sys.getsizeof(place.text) + len(place.variables) + len(kept.body) + 500


def tag_of(body: bytes) -> str:
    """What names the bytes of an answer, whoever made them and when."""
    return hashlib.sha256(body).hexdigest()[:32]


def forget() -> None:
    """Keep nothing."""
    global _bytes
    _kept.clear()
    _bytes = 0
