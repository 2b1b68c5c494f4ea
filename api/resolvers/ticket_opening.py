"""The verb that opens a ticket (service agreement 8), with all that it looks at before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from strawberry import ID

from api import attaching, clock, once, promising, renewing, settings, streams, throttle, ticket_search, ticketing
from api.access import needs, needs_any, own_account, person, require, visible_tickets
from api.audit import Act
from api.caller import Caller, Scope
from api.models import ids
from api.models.accounts import Account as AccountRow
from api.models.database import insert
from api.models.licenses import License as LicenseRow
from api.models.tickets import Ticket as TicketRow
from api.models.tickets import TicketPromise
from api.money import formatted
from api.outbox import LetterKind
from api.perform import Writing, writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import billing
from api.rules import tickets as rules
from api.rules.text import is_blank
from api.schema.support import support_spans
from api.schema.tickets import OpenTicketInput, Ticket, TicketKind, TicketPayload
from api.streams import Written


@dataclass(frozen=True, slots=True)
class _Draft:
    """A ticket to be opened that nothing is wrong with in itself."""

    account_id: UUID
    by_staff: bool
    kind: TicketKind
    subject: str
    written: Written


@needs_any(Scope.TICKETS_WRITE, Scope.TICKETS_MANAGE)
async def open_ticket(caller: Caller, input: OpenTicketInput) -> TicketPayload:  # noqa: A002 - the contract's name
    """Opens a ticket (8) and promises an answer (8.1); one that staff begin for an account is answered already."""
    await throttle.take((throttle.TICKETS_PER_PERSON, str(person(caller))))
    found = Inspection()
    key = found.check("idempotency_key", billing.optional_key, input.idempotency_key)
    draft = await _draft(found, caller, input)
    ticket_id = ids.new_id()
    async with writing(caller) as work:
        await TicketPromise.share()
        # Before the key, which would show an account that was closed since a ticket that it has no longer.
        if not draft.by_staff:
            account = await AccountRow.get(id=draft.account_id)
            found.check("kind", rules.refuse_by_account, account.status, draft.kind)
            found.finish()
        if key and (
            first := await once.claim(person(caller), "open_ticket", key, await _asked(input, caller), ticket_id)
        ):
            work.record(Act.TICKET_OPEN, f"ticket:{first.hex}", repeated="yes")
            return TicketPayload(ticket=Ticket.of(await TicketRow.get(id=first)))
        licensed = await _licensed(caller, draft, input.license_id)
        row = await _open(work, draft, ticket_id, licensed, input)
    return TicketPayload(ticket=Ticket.of(row))


async def _asked(given: OpenTicketInput, caller: Caller) -> object:
    return [
        given.kind.value, given.subject, given.body, str(given.license_id or ""), given.priority.value,
        str(given.account_id or ""), await attaching.asked(given.attachment_ids or [], caller),
    ]  # fmt: skip


async def _draft(found: Inspection, caller: Caller, given: OpenTicketInput) -> _Draft:
    """What is wrong with a new ticket in itself is refused together."""
    by_staff = given.account_id is not None or caller.account_id is None
    require(caller, Scope.TICKETS_MANAGE if by_staff else Scope.TICKETS_WRITE)
    account_id = await _addressed(found, given.account_id) if by_staff else own_account(caller)
    subject = found.check("subject", rules.subject, given.subject)
    body = found.check("body", rules.body, given.body)
    missing = given.license_id is None or is_blank(str(given.license_id))
    # To whom only complaints are left, the kind is what is wrong.
    if missing and given.kind is TicketKind.TECHNICAL and not by_staff and not caller.blocked:
        found.problems.append(Problem(UserErrorCode.REQUIRED, "refusals.ticket_license", ("license_id",)))
    if found.problems or not (account_id and subject and body):
        raise found.refusal()
    return _Draft(account_id, by_staff, given.kind, subject, await streams.written(body))


async def _addressed(found: Inspection, account_id: ID | None) -> UUID | None:
    """The account that staff write to."""
    field = ("account_id",)
    if account_id is None or is_blank(str(account_id)):
        found.problems.append(Problem(UserErrorCode.REQUIRED, "refusals.required", field))
        return None
    key = ids.key_of(str(account_id), AccountRow.PREFIX)
    if key and await AccountRow.filter(id=key).exists():
        return key
    found.problems.append(Problem(UserErrorCode.NOT_FOUND, "refusals.account_unknown", field))
    return None


async def _licensed(caller: Caller, draft: _Draft, license_id: ID | None) -> LicenseRow | None:
    """The license that a ticket is about; a technical question needs one whose support runs (5.1.2, 5.1.3)."""
    if license_id is None or is_blank(str(license_id)):
        return None
    field = ("license_id",)
    key = ids.key_of(str(license_id), LicenseRow.PREFIX)
    own = await LicenseRow.get_or_none(id=key, account_id=draft.account_id) if key else None
    if own is None or (caller.blocked and not draft.by_staff):
        raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.license_unknown", field))
    if draft.by_staff or draft.kind is not TicketKind.TECHNICAL:
        return own
    if own.status in {LicenseRow.PENDING, LicenseRow.CANCELLED}:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.ticket_license_state", field))
    today = clock.today()
    if not rules.support_runs(own.support_until, today):
        offer = await renewing.quote(own, today)
        path = f"/panel/licenses/{ids.public(own.PREFIX, own.id)}/renew"
        values = {
            "ended": own.support_until or today,
            "total": formatted(offer.total_minor, offer.currency, caller.language),
            "back": formatted(offer.renewal.back_minor, offer.currency, caller.language),
            "link": settings.current().base_url + path,
        }
        raise Refusal(Problem(UserErrorCode.SUPPORT_LAPSED, "refusals.support_lapsed", field, values))
    return own


async def _open(
    work: Writing, draft: _Draft, key: UUID, licensed: LicenseRow | None, given: OpenTicketInput
) -> TicketRow:
    """The ticket with its first message and, where a customer asks, the promise of an answer."""
    now = clock.now()
    row = TicketRow(
        id=key,
        account_id=draft.account_id,
        license_id=licensed.id if licensed else None,
        kind=draft.kind.value,
        subject=draft.subject,
        status=TicketRow.ANSWERED if draft.by_staff else TicketRow.OPEN,
        priority=given.priority.value,
        opened_by_staff=draft.by_staff,
        opened_at=now,
        first_answer_due_at=now,
        first_answered_at=now if draft.by_staff else None,
        last_message_at=now,
    )
    await insert(row)
    row = await streams.hold(key)
    author, files = await ticketing.author(work), given.attachment_ids or []
    await ticketing.say(work, row, author, now, draft.written, files, from_staff=draft.by_staff)
    work.record(Act.TICKET_OPEN, f"ticket:{key.hex}", number=row.number, kind=row.kind)
    if draft.by_staff:
        await ticketing.tell(work, row, LetterKind.TICKET_STARTED, text=draft.written.text, files=str(len(files) or ""))
    else:
        promise = await promising.begin(row, now)
        row.first_answer_due_at = promise.due_at
        await ticketing.tell(work, row, LetterKind.TICKET_OPENED, counted=_counted(now, promise.due_at))
    await row.save()
    return row


@needs(Scope.TICKETS_WRITE)
async def similar_tickets(
    caller: Caller, subject: str, license_id: ID | None = None, idempotency_key: str = ""
) -> list[Ticket]:
    """One's own open tickets about the same license or with most words of the subject, so that one asks once.

    The one that was opened with this key already is the same, not a similar one.
    """
    key = ids.key_of(str(license_id or ""), LicenseRow.PREFIX)
    alike = await ticket_search.similar(own_account(caller), key, subject[: rules.SUBJECT_HIGH])
    seen = await TicketRow.filter(visible_tickets(caller), id__in=[row.id for row in alike]).values_list(
        "id", flat=True
    )
    used = Inspection().check("idempotency_key", billing.idempotency_key, idempotency_key) if seen else None
    same = await once.answer_to(person(caller), "open_ticket", used) if used else None
    return [Ticket.of(row) for row in alike if row.id in seen and row.id != same]


def _counted(start: datetime, due_at: datetime) -> str:
    """How the promise is counted, for the letter to tell."""
    spans = [span for span in support_spans(start, due_at) if span.minutes]
    return " ".join(f"{span.since.isoformat()}/{span.until.isoformat()}/{span.minutes}" for span in spans)
