"""Announcements for everybody: the list with how support stands, and one to be linked to."""

from __future__ import annotations

from asyncio import gather
from datetime import datetime
from types import SimpleNamespace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api import clock
from api.i18n import Language, translate
from api.money import percent
from api.resolvers import announcements, support
from api.schema.announcements import Announcement
from api.schema.common import key_of
from api.schema.support import SupportStatus
from web.catalog import PRODUCTS, below
from web.promises import length, shown_promise, stretch, when_of
from web.render import page
from web.session import visit

ANNOUNCEMENTS = "/announcements"
_ON_A_PAGE = 50
_BASIS_POINTS = 10_000


async def show_announcements(request: Request) -> Response:
    """GET /announcements."""
    caller = (await visit(request)).caller
    found = await announcements.announcements(caller, _ON_A_PAGE)
    return await page(
        request,
        "announcements",
        items=await gather(*(shown_announcement(one, caller.language) for one in found)),
        support=_shown_status(await support.support_status(caller), caller.language),
    )


async def show_announcement(request: Request) -> Response:
    """GET /announcements/{id}."""
    caller = (await visit(request)).caller
    key = key_of(request.path_params["id"], "ann")
    found = await announcements.announcement(caller, key) if key else None
    if found is None:
        raise HTTPException(404)
    return await page(request, "announcement", item=await shown_announcement(found, caller.language))


async def shown_announcement(own: Announcement, language: Language) -> SimpleNamespace:
    """What `partials/announcement.html` needs, as `item`."""
    product = await own.product()
    return SimpleNamespace(
        id=own.id,
        href=f"{ANNOUNCEMENTS}/{own.id}",
        kind=own.kind.value,
        title=own.title,
        html=below(own.html, 2),
        product=SimpleNamespace(name=product.name, href=f"{PRODUCTS}/{product.slug}") if product else None,
        published_at=own.published_at,
        when=told_when(own.starts_at, own.ends_at, language),
        within=length(own.maximum_first_answer_minutes, language) if own.maximum_first_answer_minutes else None,
        state=_state(own),
    )


def told_when(starts_at: datetime | None, ends_at: datetime | None, language: Language) -> str | None:
    """From when to when what is announced holds, as far as that was said."""
    if starts_at and ends_at:
        return stretch(starts_at, ends_at, language)
    if starts_at:
        return translate(language, "announcements.from", starts=when_of(starts_at, language))
    return translate(language, "announcements.to", ends=when_of(ends_at, language)) if ends_at else None


def _state(own: Announcement) -> str:
    if own.withdrawn_at:
        return "withdrawn"
    return "ended" if own.ends_at and own.ends_at <= clock.now() else "running"


def _shown_status(status: SupportStatus, language: Language) -> SimpleNamespace:
    total = status.kept_promises + status.missed_promises
    return SimpleNamespace(
        open=status.open,
        opens=when_of(status.opens_at, language) if status.opens_at else None,
        promise=shown_promise(clock.now(), status.first_answer_due_at_if_opened_now, language),
        expected=length(status.expected_minutes, language),
        total=total,
        kept=status.kept_promises,
        # Rounded down: what was missed is not rounded away.
        share=percent(_BASIS_POINTS * status.kept_promises // total, language) if total else None,
    )
