"""Which version of a legal text binds whom, and what a revision changed (service agreement 2.1 to 2.3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from api.rules.differences import Change as Change
from api.rules.differences import Run as Run
from api.rules.differences import readable_difference as readable_difference

REVISION_DELAY = timedelta(hours=24)  # clause 2.3


class Version(Protocol):
    """One published text; both instants are aware."""

    @property
    def published_at(self) -> datetime: ...

    @property
    def effective_at(self) -> datetime: ...


class NumberedVersion(Version, Protocol):
    """A version that acceptances refer to by its id."""

    @property
    def id(self) -> object: ...


V = TypeVar("V", bound=Version)
N = TypeVar("N", bound=NumberedVersion)


def _clock_order(version: Version) -> tuple[datetime, datetime]:
    return version.effective_at, version.published_at


def effective_at(published_at: datetime, *, first: bool) -> datetime:
    """24 hours after publication (clause 2.3); the first version has no older one to revise."""
    return published_at if first else published_at + REVISION_DELAY


def in_force(versions: Iterable[V], at: datetime) -> V | None:
    """The version that counts at an instant: at its own first instant it is already the new one."""
    return max((version for version in versions if version.effective_at <= at), key=_clock_order, default=None)


def pending(versions: Iterable[V], at: datetime) -> list[V]:
    """Published but not yet in force, the next one first; each has its own 24 hours."""
    waiting = [version for version in versions if version.published_at <= at < version.effective_at]
    return sorted(waiting, key=_clock_order)


def deemed(versions: Iterable[N], account_since: datetime, explicit_ids: Collection[object], now: datetime) -> list[N]:
    """The versions that bind an account by silence: in force since it exists, never accepted by a click (2.3)."""
    silent = [v for v in versions if account_since < v.effective_at <= now and v.id not in explicit_ids]
    return sorted(silent, key=_clock_order)
