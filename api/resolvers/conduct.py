"""Verbs of measures for conduct (5.2): one person proposes with evidence, another one decides."""

from __future__ import annotations

from uuid import UUID

from strawberry import ID
from tortoise.expressions import Q

from api import clock, invoicing, standing
from api.access import needs, needs_any, person, require
from api.audit import Act
from api.caller import ACTIVE, SUSPENDED, Caller, Scope
from api.models import ids
from api.models.accounts import Account as AccountRow
from api.models.conduct import ConductCase as CaseRow
from api.models.tickets import Ticket as TicketRow
from api.models.tickets import TicketMessage as MessageRow
from api.perform import Writing, writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import billing as rules
from api.schema.conduct import ConductCase, ConductCasePayload, ConductEvidence, ConductMeasure, ConductStatus
from api.schema.paging import Connection, page

MOST_EVIDENCE = 50
# Which accounts a measure can be taken against; one that is suspended for debt can be for conduct too.
OPEN_TO_MEASURES = frozenset({ACTIVE, SUSPENDED})


@needs_any(Scope.CONDUCT_PROPOSE, Scope.CONDUCT_DECIDE)
async def conduct_cases(
    caller: Caller, first: int | None = None, after: str | None = None, status: ConductStatus | None = None
) -> Connection[ConductCase]:
    """Proposals of measures for conduct, newest first."""
    del caller
    query = Q() if status is None else Q(status=status.value)
    return await page(CaseRow.filter(query), "-proposed_at", first, after, ConductCase.of)


@needs_any(Scope.CONDUCT_PROPOSE, Scope.CONDUCT_DECIDE)
async def conduct_case(caller: Caller, key: UUID) -> ConductCase | None:
    """A proposal by its key."""
    del caller
    row = await CaseRow.get_or_none(id=key)
    return ConductCase.of(row) if row else None


@needs(Scope.CONDUCT_PROPOSE)
async def possible_evidence(caller: Caller, ticket_number: str) -> tuple[UUID, list[ConductEvidence]] | None:
    """The account of a ticket and what its customer wrote there, oldest first; for the site."""
    require(caller, Scope.TICKETS_ALL)
    ticket = await TicketRow.get_or_none(number=ticket_number) if ids.may_be_number(ticket_number) else None
    if ticket is None:
        return None
    rows = MessageRow.filter(ticket_id=ticket.id, kind=MessageRow.MESSAGE, from_staff=False)
    found = await rows.order_by("-position").limit(MOST_EVIDENCE)
    return ticket.account_id, [ConductEvidence.of(row, ticket) for row in reversed(found)]


@needs(Scope.CONDUCT_PROPOSE)
async def propose_conduct_measure(
    caller: Caller, account_id: ID, measure: ConductMeasure, reason: str, evidence_ids: list[ID]
) -> ConductCasePayload:
    """Proposes to suspend or terminate an account for conduct (5.2), with messages of its tickets that show it."""
    proposer = person(caller)
    found = Inspection()
    text = found.check("reason", rules.reason, reason)
    async with writing(caller) as work:
        account = await standing.held_account(account_id)
        shown = await _evidence(found, account, evidence_ids)
        if found.problems or text is None:
            raise found.refusal()
        if account.status not in OPEN_TO_MEASURES:
            raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.account_state", ("account_id",)))
        if await CaseRow.filter(account_id=account.id, status=CaseRow.PROPOSED).exists():
            raise Refusal(Problem(UserErrorCode.ALREADY_EXISTS, "refusals.conduct_open", ("account_id",)))
        row = await CaseRow.create(
            account=account,
            measure=measure.value,
            status=CaseRow.PROPOSED,
            reason=text,
            proposed_by_id=proposer,
            proposed_at=clock.now(),
        )
        await row.evidence.add(*shown)
        _record(work, Act.CONDUCT_PROPOSE, row, evidence=str(len(shown)))
    return ConductCasePayload(case=ConductCase.of(row))


async def _evidence(found: Inspection, account: AccountRow, given: list[ID]) -> list[MessageRow]:
    """The messages, each once; a problem stands beside its place in the list."""
    if not given:
        found.problems.append(Problem(UserErrorCode.REQUIRED, "refusals.evidence_required", ("evidence_ids",)))
    if len(given) > MOST_EVIDENCE:
        most = {"high": MOST_EVIDENCE}
        found.problems.append(Problem(UserErrorCode.TOO_LONG, "refusals.most_evidence", ("evidence_ids",), most))
        return []
    keys = [ids.key_of(str(public), MessageRow.PREFIX) for public in given]
    wanted = {key for key in keys if key}
    rows = await MessageRow.filter(id__in=wanted, kind=MessageRow.MESSAGE, ticket__account_id=account.id)
    known = {row.id: row for row in rows}
    for place, key in enumerate(keys):
        if key not in known:
            field = ("evidence_ids", str(place))
            found.problems.append(Problem(UserErrorCode.NOT_FOUND, "refusals.evidence_unknown", field))
    return list(known.values())


@needs(Scope.CONDUCT_DECIDE)
async def decide_conduct_measure(caller: Caller, case_id: ID, approve: bool, reason: str) -> ConductCasePayload:
    """Decides on somebody else's proposal; an approved one takes effect at once."""
    decider = person(caller)
    found = Inspection()
    text = found.check("reason", rules.reason, reason)
    async with writing(caller) as work:
        row, account = await _held(case_id)
        found.finish()
        _refuse_decided(row)
        if row.proposed_by_id == decider:
            raise _not_allowed("conduct_own")
        if approve and account.status not in OPEN_TO_MEASURES:
            raise _not_allowed("conduct_too_late")
        row.decision_reason = text
        await _close(row, CaseRow.APPROVED if approve else CaseRow.REJECTED, decider)
        _record(work, Act.CONDUCT_DECIDE, row, status=row.status)
        if approve and row.measure == CaseRow.TERMINATE:
            await standing.terminate(work, account, row.reason)
        elif approve:
            await standing.suspend(work, account, row.reason, standing.CONDUCT_CLAUSE)
    return ConductCasePayload(case=ConductCase.of(row))


@needs(Scope.CONDUCT_PROPOSE)
async def withdraw_conduct_measure(caller: Caller, case_id: ID) -> ConductCasePayload:
    """Takes one's own proposal back while nobody has decided."""
    proposer = person(caller)
    async with writing(caller) as work:
        row, _ = await _held(case_id)
        _refuse_decided(row)
        if row.proposed_by_id != proposer:
            raise _not_allowed("conduct_not_own")
        await _close(row, CaseRow.WITHDRAWN, None)
        _record(work, Act.CONDUCT_WITHDRAW, row)
    return ConductCasePayload(case=ConductCase.of(row))


async def _held(case_id: ID) -> tuple[CaseRow, AccountRow]:
    """The proposal that an argument names, its account held by this transaction."""
    key = ids.key_of(str(case_id), CaseRow.PREFIX)
    seen = await CaseRow.get_or_none(id=key) if key else None
    if seen is None:
        raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.conduct_unknown", ("case_id",)))
    account = await invoicing.lock_account(seen.account_id)
    # Read again, now that nobody else decides.
    return await CaseRow.get(id=seen.id), account


def _not_allowed(sentence: str) -> Refusal:
    return Refusal(Problem(UserErrorCode.NOT_ALLOWED, f"refusals.{sentence}", ("case_id",)))


def _refuse_decided(row: CaseRow) -> None:
    if row.status != CaseRow.PROPOSED:
        raise _not_allowed("conduct_decided")


async def _close(row: CaseRow, status: str, decider: UUID | None) -> None:
    row.status, row.decided_by_id, row.decided_at = status, decider, clock.now()
    await row.save(update_fields=["status", "decided_by_id", "decided_at", "decision_reason"])


def _record(work: Writing, act: Act, row: CaseRow, **details: str) -> None:
    work.record(act, f"conduct:{row.id.hex}", account=row.account_id.hex, measure=row.measure, **details)
