"""Verbs of canned answers."""

from __future__ import annotations

from uuid import UUID

from babel.dates import format_date
from strawberry import ID
from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from api import clock, loaders, settings
from api.access import needs
from api.audit import Act
from api.caller import Caller, Scope
from api.i18n import DEFAULT_LANGUAGE, as_language
from api.letters import moment
from api.models import ids
from api.models.people import Person
from api.models.tickets import CannedAnswer as Row
from api.models.tickets import Ticket as TicketRow
from api.perform import writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import canned_answers as rules
from api.rules.text import sort_key
from api.schema.canned_answers import CannedAnswer, CannedAnswerPayload
from api.schema.tickets import TicketKind


@needs(Scope.TICKETS_MANAGE)
async def canned_answers(caller: Caller, kind: TicketKind | None = None) -> list[CannedAnswer]:
    """Canned answers by their titles; `kind`: those for tickets of that kind, and those for every kind."""
    del caller
    wanted = Q() if kind is None else Q(kind=None) | Q(kind=kind.value)
    return [CannedAnswer.of(row) for row in await Row.filter(wanted).order_by("sort_key", "id")]


@needs(Scope.TICKETS_MANAGE)
async def canned_answer(caller: Caller, key: UUID) -> CannedAnswer | None:
    """A canned answer by its key."""
    del caller
    row = await Row.get_or_none(id=key)
    return CannedAnswer.of(row) if row else None


def _unknown() -> Refusal:
    return Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.canned_answer_unknown", ("id",)))


@needs(Scope.TICKETS_MANAGE)
async def save_canned_answer(
    caller: Caller,
    title: str,
    body: str,
    id: ID | None = None,  # noqa: A002 - the public name
    kind: TicketKind | None = None,
) -> CannedAnswerPayload:
    """Writes a canned answer, or changes the one with this id."""
    found = Inspection()
    own_title = found.check("title", rules.title, title)
    text = found.check("body", rules.body, body)
    if found.problems or not (own_title and text):
        raise found.refusal()
    try:
        async with writing(caller) as work:
            row = Row() if id is None else await _held(id)
            row.title, row.body, row.kind = own_title, text, kind.value if kind else None
            row.sort_key, row.changed_at, row.changed_by_id = sort_key(own_title), clock.now(), caller.person_id
            await row.save(force_create=id is None)
            work.record(Act.CANNED_ANSWER_SAVE, f"canned_answer:{row.id.hex}")
    except IntegrityError:
        raise Refusal(Problem(UserErrorCode.ALREADY_EXISTS, "refusals.canned_title_exists", ("title",))) from None
    return CannedAnswerPayload(canned_answer=CannedAnswer.of(row))


async def _held(public_id: ID) -> Row:
    key = ids.key_of(str(public_id), Row.PREFIX)
    row = await Row.select_for_update().get_or_none(id=key) if key else None
    if row is None:
        raise _unknown()
    return row


@needs(Scope.TICKETS_MANAGE)
async def delete_canned_answer(caller: Caller, id: ID) -> CannedAnswerPayload:  # noqa: A002 - the public name
    """Deletes a canned answer; what was answered with it stays."""
    async with writing(caller) as work:
        row = await _held(id)
        await row.delete()
        work.record(Act.CANNED_ANSWER_DELETE, f"canned_answer:{row.id.hex}")
    return CannedAnswerPayload(canned_answer=CannedAnswer.of(row))


@needs(Scope.TICKETS_MANAGE)
async def filled_canned_answer(caller: Caller, id: ID, ticket_id: ID) -> str | None:  # noqa: A002 - the public name
    """A canned answer filled in for a ticket; "…" stands for what the ticket does not have."""
    key, of_ticket = ids.key_of(str(id), Row.PREFIX), ids.key_of(str(ticket_id), TicketRow.PREFIX)
    row = await Row.get_or_none(id=key) if key else None
    ticket = (
        await TicketRow.get_or_none(id=of_ticket).select_related("account", "license__product") if of_ticket else None
    )
    if row is None or ticket is None:
        return None
    return rules.filled(row.body, await _values(caller, ticket))


async def _values(caller: Caller, ticket: TicketRow) -> dict[str, str]:
    """What the variables stand for on a ticket, days and instants in its customer's language."""
    owner = await loaders.owner_of(ticket.account_id)
    language = as_language(owner.language) or DEFAULT_LANGUAGE
    agent = await Person.get_or_none(id=caller.person_id) if caller.person_id else None
    # Customers are told no address of staff.
    vendor = settings.current().vendor.name
    own = ticket.license
    until = own.support_until if own else None
    return {
        "customer_name": f"{ticket.account.first_name} {ticket.account.last_name}",
        "ticket_number": ticket.number,
        "subject": ticket.subject,
        "product": own.product.name if own else "",
        "domain": own.domain or "" if own else "",
        "support_until": format_date(until, "d MMMM y", locale=language) if until else "",
        "agent_name": (agent.full_name if agent else "") or vendor,
        "vendor_name": vendor,
        "answer_due": moment(ticket.due_at, language) if ticket.due_at else "",
    }
