"""Announcements in the database: which are running, what each page tells of them, and to whom letters about one go."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from api import clock
from api.caller import ACTIVE, SUSPENDED
from api.models.accounts import Membership
from api.models.announcements import Announcement
from api.models.licenses import License


def running(now: datetime) -> Q:
    """What is neither withdrawn nor over; it may still be to come."""
    return Q(withdrawn_at=None) & (Q(ends_at=None) | Q(ends_at__gt=now))


def audience(announcement: Announcement) -> QuerySet[Membership]:
    """The owners who are written to: of accounts with a license of its product, else of all active accounts."""
    owners = Membership.filter(role=Membership.OWNER)
    if announcement.product_id is None:
        return owners.filter(account__status=ACTIVE)
    licensed = License.filter(
        product_id=announcement.product_id, status__in=(License.ACTIVE, License.SUSPENDED)
    ).values("account_id")
    # What concerns what they own, suspended customers are told too.
    return owners.filter(account__status__in=(ACTIVE, SUSPENDED), account_id__in=Subquery(licensed))


# Pages need not ask each time; in another process something may have been published or withdrawn meanwhile.
_GOOD_FOR = timedelta(seconds=10)
_extensions: tuple[datetime, list[Announcement]] | None = None


def forget_extensions() -> None:
    """Read them anew next time: one was published or withdrawn, or it is another database."""
    global _extensions
    _extensions = None


async def extensions() -> list[Announcement]:
    """The extensions of the answer time that hold now, as they were known a moment ago."""
    global _extensions
    now = clock.now()
    if _extensions is None or not timedelta(0) <= now - _extensions[0] < _GOOD_FOR:
        known = Announcement.filter(running(now), kind=Announcement.SUPPORT_EXTENSION)
        _extensions = now, await known.order_by("-published_at", "-id")
    return [
        one
        for one in _extensions[1]
        if one.starts_at and one.starts_at <= now and (one.ends_at is None or now < one.ends_at)
    ]
