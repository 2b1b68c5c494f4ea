"""Where licenses are asked for: noted off the request's path, one row a license, domain and network.

What an anonymous caller tells is evidence and never a cause: nothing here changes what a license may do (5.2-d).
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from api import clock, tally, throttle
from api.models.sightings import Seen, save

LONGEST_VERSION = 40


class Place(NamedTuple):
    """What a sighting is counted by."""

    license_id: UUID
    refused: bool
    domain_ascii: str
    network: str


class Times(NamedTuple):
    """How often, between when and when, and the newest version told."""

    number: int
    first: datetime
    last: datetime
    version: str


def _both(older: Times, newer: Times) -> Times:
    return Times(older.number + newer.number, older.first, newer.last, newer.version or older.version)


async def _write(noted: list[tuple[Place, Times]]) -> None:
    await save([Seen(*place, times.version, times.number, times.first, times.last) for place, times in noted])


# What is refused is evidence. What is good is news for the owner: in a storm of modules that ask, most of it is let go.
SIGHTINGS = tally.register(tally.Tally("sightings", _write, _both))
VISITS = tally.register(tally.Tally("visits", _write, _both, most=5000, every=15))


def note(license_id: UUID, domain_ascii: str, address: str, version: str | None, *, refused: bool) -> None:
    """Count a check of a license from a domain; `refused`: one that is not the license's."""
    now = clock.now()
    told = "".join(c for c in version[:LONGEST_VERSION] if c.isprintable()) if version else ""
    place = Place(license_id, refused, domain_ascii, throttle.network_of(address)[:43])
    (SIGHTINGS if refused else VISITS).note(place, Times(1, now, now, told))
