"""Which releases a license's support years cover (service agreement 5.1.2; licensing.md 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from api import clock


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What is to be known of a release to tell whom it is for."""

    version: str
    released_at: datetime
    security: bool
    yanked: bool


def covered(released_at: datetime, until: date | None) -> bool:
    """Whether a release came out on or before the last day of support, by Istanbul's days; never without one."""
    return until is not None and clock.local(released_at).date() <= until


def latest_covered(releases: Sequence[ReleaseFacts], until: date | None) -> ReleaseFacts | None:
    """The highest finished version that was not taken back and that support until a day covers."""
    if until is None:
        return None
    end = _end_of(until)
    theirs = [release for release in releases if release.released_at < end and not release.yanked]
    return max(theirs, key=_place, default=None)


def _place(release: ReleaseFacts) -> tuple[object, ...]:
    return _rank(release.version), release.released_at


@lru_cache(4096)
def _rank(version: str) -> tuple[bool, tuple[int, ...]]:
    """Where a version stands: with a mark (2.0-beta) below all finished ones, else by its numbers (semver.org 11)."""
    numbers, mark, _ = version.partition("-")
    parts = numbers.split(".")
    return not mark, tuple(int(part) if part.isdecimal() else 0 for part in parts)


@lru_cache(1024)
def _end_of(day: date) -> datetime:
    """The first instant after a day in Istanbul; in UTC, since instants of one zone compare quickest."""
    return clock.start_of(day + timedelta(days=1)).astimezone(UTC)


class Hindrance(StrEnum):
    """Why a license may not have a release's file; what is listed first is told first."""

    FOREIGN = "FOREIGN"
    LICENSE = "LICENSE"
    YANKED = "YANKED"
    NO_FILE = "NO_FILE"
    NOT_COVERED = "NOT_COVERED"


def hindrance(
    *, active: bool, until: date | None, of_product: bool, release: ReleaseFacts, has_file: bool
) -> Hindrance | None:
    """What keeps a license with support until a day from a release, of its own product or not; None when nothing does.

    A license that stopped being active keeps nothing of its right until it is active again.
    """
    if not of_product:
        return Hindrance.FOREIGN
    if not active:
        return Hindrance.LICENSE
    if release.yanked:
        return Hindrance.YANKED
    if not has_file:
        return Hindrance.NO_FILE
    return None if covered(release.released_at, until) else Hindrance.NOT_COVERED
