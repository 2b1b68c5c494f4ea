"""The desk: staff publish announcements in two steps, see what an extension moves before it does, and withdraw them."""

from __future__ import annotations

from asyncio import gather
from datetime import datetime
from types import SimpleNamespace
from uuid import uuid4

import strawberry
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.clock import ISTANBUL
from api.markdown import render
from api.resolvers import announcements, catalog
from api.schema.announcements import AnnouncementKind, AnnouncementPayload, PublishAnnouncementInput
from api.schema.common import key_of
from web.announcements import shown_announcement, told_when
from web.attempts import attempt
from web.catalog import below
from web.desk import at_desk
from web.forms import Form, read_form
from web.licenses import back_to
from web.promises import length, when_of
from web.render import page

PLACE = "/desk/announcements"
CONTROLS = (
    "kind",
    "title",
    "body",
    "product_id",
    "starts_at",
    "ends_at",
    "maximum_first_answer_minutes",
    "send_letters",
)
DONE = ("published", "withdrawn")
_EXTENSION = AnnouncementKind.SUPPORT_EXTENSION
_ON_A_PAGE = 100


async def show_announcements(request: Request) -> Response:
    """GET /desk/announcements."""
    return await _list(request)


async def show_form(request: Request) -> Response:
    """GET and POST /desk/announcements/new: the form, with what was typed when it is to be corrected."""
    form = await read_form(request) if request.method == "POST" else Form({"kind": AnnouncementKind.GENERAL.value})
    return await _form(request, form)


async def preview(request: Request) -> Response:
    """POST /desk/announcements/preview: how it will look and what it will do; nothing is published yet."""
    caller = (await at_desk(request)).caller
    form = await read_form(request)
    given = _input(form)
    found = await attempt(form, caller.language, announcements.publish_announcement(caller, _dry(given)))
    if found is None:
        return await _form(request, form)
    return await _preview(request, form, given, found)


async def publish(request: Request) -> Response:
    """POST /desk/announcements; sent twice, it is published once."""
    caller = (await at_desk(request)).caller
    form = await read_form(request)
    given = _input(form)
    if await attempt(form, caller.language, announcements.publish_announcement(caller, given)) is None:
        return await _form(request, form)
    return RedirectResponse(f"{PLACE}?done=published", 303)


async def withdraw(request: Request) -> Response:
    """POST /desk/announcements/{id}/withdraw."""
    caller = (await at_desk(request)).caller
    key = key_of(request.path_params["id"], "ann")
    own = await announcements.announcement(caller, key) if key else None
    if own is None:
        raise HTTPException(404)
    form = await read_form(request)
    if await attempt(form, caller.language, announcements.withdraw_announcement(caller, own.id)) is None:
        form.keep_to()
        return await _list(request, form)
    return RedirectResponse(f"{PLACE}?done=withdrawn", 303)


async def _list(request: Request, form: Form | None = None) -> Response:
    caller = (await at_desk(request)).caller
    ended = request.query_params.get("ended") == "1"
    found = await announcements.announcements(caller, _ON_A_PAGE, ended=ended)
    done = request.query_params.get("done")
    return await page(
        request,
        "desk_announcements",
        form.status if form else 200,
        **back_to(request, PLACE),
        items=await gather(*(shown_announcement(one, caller.language) for one in found)),
        form=form or Form(),
        ended=ended,
        done=done if done in DONE else None,
    )


async def _form(request: Request, form: Form) -> Response:
    caller = (await at_desk(request)).caller
    form.keep_to(*CONTROLS)
    products = (await catalog.products(caller, _ON_A_PAGE)).nodes
    terms = request.app.state.settings.tickets
    return await page(
        request,
        "desk_announcement_form",
        form.status,
        **back_to(request, f"{PLACE}/new"),
        form=form,
        kinds=[kind.value for kind in AnnouncementKind],
        products=[(str(product.id), product.name) for product in products],
        standard=terms.answer_minutes,
        days=terms.extension_days,
    )


async def _preview(
    request: Request, form: Form, given: PublishAnnouncementInput, found: AnnouncementPayload
) -> Response:
    language = (await at_desk(request)).caller.language
    return await page(
        request,
        "desk_announcement_preview",
        **back_to(request, f"{PLACE}/new"),
        kind=given.kind.value,
        title=" ".join(given.title.split()),
        html=below(render(given.body), 2),
        when=told_when(given.starts_at, given.ends_at, language),
        within=length(given.maximum_first_answer_minutes or 0, language) if given.kind is _EXTENSION else None,
        moved=found.moved_promises,
        latest=when_of(found.latest_due_at, language) if found.latest_due_at else None,
        letters=found.letters if given.send_letters else None,
        hidden=[SimpleNamespace(name=name, value=form.value(name)) for name in CONTROLS if form.value(name)],
        key=form.value("key") or uuid4().hex,
    )


def _input(form: Form) -> PublishAnnouncementInput:
    """What the form asks for; what its kind has no use for is left out."""
    chosen = form.value("kind")
    kind = AnnouncementKind(chosen) if chosen in set(AnnouncementKind) else AnnouncementKind.GENERAL
    product = form.value("product_id") if kind is not _EXTENSION else ""
    return PublishAnnouncementInput(
        kind=kind,
        title=form.value("title"),
        body=form.value("body"),
        starts_at=_instant(form.value("starts_at")),
        ends_at=_instant(form.value("ends_at")),
        maximum_first_answer_minutes=_minutes(form) if kind is _EXTENSION else None,
        product_id=strawberry.ID(product) if product else None,
        send_letters=form.checked("send_letters", "true"),
        idempotency_key=form.value("key") or None,
    )


def _dry(given: PublishAnnouncementInput) -> PublishAnnouncementInput:
    return PublishAnnouncementInput(**vars(given) | {"dry_run": True})


def _instant(text: str) -> datetime | None:
    """An instant as the browser's control sends it, on Istanbul's clocks."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=ISTANBUL)
    except ValueError:
        # Refused, as every instant without a zone is.
        return datetime.min  # noqa: DTZ901


def _minutes(form: Form) -> int | None:
    text = form.value("maximum_first_answer_minutes").strip()
    if not text:
        return None
    # What is no whole number at all is refused as one that is out of bounds.
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
