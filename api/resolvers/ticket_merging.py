"""The verb that makes one ticket of two."""

from __future__ import annotations

from strawberry import ID

from api import clock, ticketing
from api.access import needs
from api.audit import Act
from api.caller import Caller, Scope
from api.merging import hold_both, merge
from api.models import ids
from api.models.tickets import Ticket as TicketRow
from api.perform import writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import tickets as rules
from api.schema.tickets import Ticket, TicketPayload

_INTO = ("into_ticket_id",)


@needs(Scope.TICKETS_MANAGE)
async def merge_tickets(caller: Caller, ticket_id: ID, into_ticket_id: ID) -> TicketPayload:
    """Moves all that was written in a ticket into another one of the same account, closes it, and answers that one."""
    async with writing(caller) as work:
        source, target = await _both(ticket_id, into_ticket_id)
        # Asked for again, there is nothing left to do.
        if work.happened(source.merged_into_id != target.id):
            await ticketing.refuse_merged(source)
            _refuse_target(source, target)
            await merge(source, target, await ticketing.author(work), clock.now())
            work.record(Act.TICKET_MERGE, f"ticket:{source.id.hex}", into=target.id.hex)
            work.record(Act.TICKET_MERGE, f"ticket:{target.id.hex}", source=source.id.hex)
    return TicketPayload(ticket=Ticket.of(target))


async def _both(ticket_id: ID, into_ticket_id: ID) -> tuple[TicketRow, TicketRow]:
    """The tickets that the arguments name, held by this transaction."""
    named = {ticketing.FIELD: ticket_id, _INTO: into_ticket_id}
    keys = {field: ids.key_of(str(public_id), TicketRow.PREFIX) for field, public_id in named.items()}
    there = set(await TicketRow.filter(id__in=[key for key in keys.values() if key]).values_list("id", flat=True))
    found = Inspection()
    for field, key in keys.items():
        if key not in there:
            found.problems.append(Problem(UserErrorCode.NOT_FOUND, "refusals.ticket_unknown", field))
    source, target = keys[ticketing.FIELD], keys[_INTO]
    if found.problems or not (source and target):
        raise found.refusal()
    return await hold_both(source, target)


def _refuse_target(source: TicketRow, target: TicketRow) -> None:
    if source.id == target.id:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.merge_itself", _INTO))
    if source.account_id != target.account_id:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.merge_account", _INTO))
    if target.merged_into_id:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.merge_merged", _INTO))
    if target.closed_at:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.merge_closed", _INTO))
    # A closed account reads its complaints only: one that went elsewhere would be an appeal that nobody hears.
    if source.kind == rules.COMPLAINT != target.kind:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.merge_complaint", _INTO))
