"""Announcements in the database: which are running, and to whom letters about one go."""

from __future__ import annotations

from datetime import datetime

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

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
