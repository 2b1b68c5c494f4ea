"""Verbs of announcements; an extension of the answer time and its announcement are one act (8.2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from strawberry import ID

from api import clock, loaders, markdown, once, promising, settings, streams
from api.access import needs, open_to_all, require
from api.announcing import audience, extensions, forget_extensions, running
from api.audit import Act
from api.caller import Caller, Scope
from api.i18n import as_language
from api.models import ids
from api.models.announcements import Announcement as AnnouncementRow
from api.models.catalog import Product as ProductRow
from api.models.tickets import Ticket as TicketRow
from api.outbox import LetterKind
from api.perform import Writing, writing
from api.refusal import DenialCode, Denied, Inspection, Problem, Refusal, UserErrorCode
from api.rules import announcements as rules
from api.rules.billing import idempotency_key
from api.rules.catalog import sought_slug
from api.rules.promises import Extension
from api.schema.announcements import (
    Announcement,
    AnnouncementKind,
    AnnouncementPayload,
    PublishAnnouncementInput,
)
from api.schema.paging import DEFAULT, MOST


@open_to_all
async def announcements(
    caller: Caller,
    first: int | None = None,
    kind: AnnouncementKind | None = None,
    product: str | None = None,
    ended: bool = False,
) -> list[Announcement]:
    """What is announced, newest first: `product` is a slug; `ended`, for who publishes, lists what is over instead."""
    if ended:
        require(caller, Scope.ANNOUNCEMENTS_PUBLISH)
    size = DEFAULT if first is None else first
    if not 0 <= size <= MOST:
        raise Denied(DenialCode.BAD_REQUEST)
    query = AnnouncementRow.filter(~running(clock.now()) if ended else running(clock.now()))
    if kind is not None:
        query = query.filter(kind=kind.value)
    if product is not None:
        query = query.filter(product__slug=sought_slug(product))
    return [Announcement.of(row) for row in await query.order_by("-published_at", "-id").limit(size)]


@open_to_all
async def extension_now(caller: Caller) -> Announcement | None:
    """The extension that holds now and gives answers the most time (8.2), as it was known a moment ago."""
    del caller
    held = await extensions()
    return Announcement.of(max(held, key=lambda row: (row.maximum_minutes or 0, row.id))) if held else None


@open_to_all
async def announcement(caller: Caller, key: UUID) -> Announcement | None:
    """An announcement by its key; one that was withdrawn only who publishes sees."""
    query = AnnouncementRow.filter(id=key)
    if Scope.ANNOUNCEMENTS_PUBLISH not in caller.scopes:
        query = query.filter(withdrawn_at=None)
    row = await query.first()
    return Announcement.of(row) if row else None


@needs(Scope.ANNOUNCEMENTS_PUBLISH)
async def publish_announcement(
    caller: Caller,
    input: PublishAnnouncementInput,  # noqa: A002 - the contract's name
) -> AnnouncementPayload:
    """Publishes an announcement; an extension moves the promises that are open and not yet missed (8.2)."""
    if input.dry_run:
        return await _foreseen(await _checked(input, caller, ids.new_id(), ""))
    found = Inspection()
    key = found.check("idempotency_key", idempotency_key, input.idempotency_key) if input.idempotency_key else None
    found.finish()
    body = Inspection().check("body", rules.body, input.body)
    html = await markdown.rendered(body) if body else ""
    async with writing(caller) as work:
        new = ids.new_id()
        if key and caller.person_id:
            first = await once.claim(caller.person_id, "publish_announcement", key, _asked(input), new)
            if first:
                work.record(Act.ANNOUNCEMENT_PUBLISH, f"announcement:{first.hex}", repeated="yes")
                return AnnouncementPayload(announcement=Announcement.of(await AnnouncementRow.get(id=first)))
        row = await _checked(input, caller, new, html)
        await row.save(force_create=True)
        moved = await _move(work, row) if row.kind == AnnouncementRow.SUPPORT_EXTENSION else []
        work.record(Act.ANNOUNCEMENT_PUBLISH, f"announcement:{new.hex}", kind=row.kind, moved=str(len(moved)))
    forget_extensions()
    return AnnouncementPayload(
        announcement=Announcement.of(row),
        moved_promises=len(moved),
        latest_due_at=max(moved, default=None),
        letters=await audience(row).count() if row.letters_wait else 0,
    )


def _asked(given: PublishAnnouncementInput) -> object:
    names = ("kind", "title", "body", "starts_at", "ends_at", "maximum_first_answer_minutes", "product_id")
    return [str(getattr(given, name)) for name in (*names, "send_letters")]


async def _checked(given: PublishAnnouncementInput, caller: Caller, new: UUID, html: str) -> AnnouncementRow:
    """The row that is asked for, not saved yet."""
    now, terms = clock.now(), settings.current().tickets
    found, kind = Inspection(), given.kind.value
    title = found.check("title", rules.title, given.title)
    body = found.check("body", rules.body, given.body)
    starts = found.check("starts_at", rules.starts_at, kind, given.starts_at, now)
    ends = found.check("ends_at", rules.ends_at, kind, given.ends_at, starts, now, terms.extension_days)
    minutes = found.check(
        "maximum_first_answer_minutes",
        rules.maximum_minutes,
        kind,
        given.maximum_first_answer_minutes,
        terms.answer_minutes,
    )
    product = found.check("product_id", rules.product_id, kind, given.product_id)
    key = ids.key_of(product, ProductRow.PREFIX) if product is not None else None
    if product is not None and not (key and await ProductRow.exists(id=key)):
        found.problems.append(Problem(UserErrorCode.NOT_FOUND, "refusals.product_unknown", ("product_id",)))
    if found.problems or not (title and body):
        raise found.refusal()
    return AnnouncementRow(
        id=new,
        kind=kind,
        title=title,
        body=body,
        html=html,
        product_id=key,
        published_at=now,
        published_by_id=caller.person_id,
        starts_at=starts,
        ends_at=ends,
        maximum_minutes=minutes,
        letters_wait=given.send_letters,
    )


async def _foreseen(row: AnnouncementRow) -> AnnouncementPayload:
    """What publishing would do."""
    moved: list[datetime] = []
    if row.starts_at and row.ends_at and row.maximum_minutes:
        moved = await promising.would_move(Extension(row.id, row.starts_at, row.ends_at, row.maximum_minutes))
    return AnnouncementPayload(
        moved_promises=len(moved),
        latest_due_at=max(moved, default=None),
        letters=await audience(row).count() if row.letters_wait else 0,
    )


async def _move(work: Writing, row: AnnouncementRow) -> list[datetime]:
    """Move the open promises, tell of it on each ticket and write to its owner; answers until when they are now."""
    tickets = await promising.move_open()
    announced = ids.public(row.PREFIX, row.id)
    await streams.add_event_to_all(
        tickets, "extended", row.published_at, lambda one: {"due_at": _told(one), "announcement": announced}
    )
    await TicketRow.follow(tickets)
    owners = await loaders.owners_of({ticket.account_id for ticket in tickets})
    for ticket in tickets:
        if owner := owners.get(ticket.account_id):
            work.send(
                LetterKind.TICKET_EXTENDED,
                owner.email,
                as_language(owner.language),
                path=f"/panel/tickets/{ticket.number}",
                number=ticket.number,
                subject=ticket.subject,
                announcement=row.title,
                due_at=_told(ticket),
            )
    return [ticket.due_at for ticket in tickets if ticket.due_at]


def _told(ticket: TicketRow) -> str:
    return ticket.due_at.isoformat() if ticket.due_at else ""


@needs(Scope.ANNOUNCEMENTS_PUBLISH)
async def withdraw_announcement(caller: Caller, announcement_id: ID) -> AnnouncementPayload:
    """Takes an announcement back; an extension ends with it, and promises that it moved stay where they are."""
    async with writing(caller) as work:
        key = ids.key_of(str(announcement_id), AnnouncementRow.PREFIX)
        row = await AnnouncementRow.select_for_update(no_key=True).get_or_none(id=key) if key else None
        if row is None:
            raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.announcement_unknown", ("announcement_id",)))
        now = clock.now()
        again = row.withdrawn_at is not None
        if not again:
            row.withdrawn_at, row.letters_wait = now, False
            if row.kind == AnnouncementRow.SUPPORT_EXTENSION and row.ends_at:
                row.ends_at = min(row.ends_at, now)
            await row.save(update_fields=["withdrawn_at", "letters_wait", "ends_at"])
        work.record(Act.ANNOUNCEMENT_WITHDRAW, f"announcement:{row.id.hex}", **({"repeated": "yes"} if again else {}))
    forget_extensions()
    return AnnouncementPayload(announcement=Announcement.of(row))
