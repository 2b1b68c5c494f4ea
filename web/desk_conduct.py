"""The desk: measures for conduct (5.2), proposed from a ticket and decided by somebody else."""

from __future__ import annotations

from asyncio import gather
from types import SimpleNamespace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from strawberry import ID

from api.caller import Caller, Scope
from api.refusal import Problem, UserErrorCode
from api.resolvers import conduct
from api.schema.accounts import account_of
from api.schema.common import key_of
from api.schema.conduct import ConductCase, ConductMeasure, ConductStatus
from web.attempts import attempt
from web.catalog import href, listed
from web.desk import at_desk, name_of
from web.desk_accounts import ACCOUNTS, is_confirmed
from web.forms import Form, read_form
from web.licenses import back_to
from web.render import page

CONDUCT = "/desk/conduct"
DONE = ("propose", "approve", "reject", "withdraw")
# The boxes of the messages are named by this and their ids.
_BOX = "evidence-"


async def show_cases(request: Request) -> Response:
    """GET /desk/conduct: what waits for a decision first."""
    caller = (await at_desk(request)).caller
    given = request.query_params
    chosen = given.get("status", ConductStatus.PROPOSED.value)
    status = ConductStatus(chosen) if chosen in {s.value for s in ConductStatus} else ConductStatus.PROPOSED
    found = await listed(conduct.conduct_cases(caller, None, given.get("after"), status))
    onward = found.page_info.end_cursor if found.page_info.has_next_page else None
    return await page(
        request,
        "desk_conduct",
        cases=await gather(*(_row(case, caller) for case in found.nodes)),
        filters=[
            SimpleNamespace(name=s.value, href=href(CONDUCT, status=s.value), current=s is status)
            for s in ConductStatus
        ],
        next_href=href(CONDUCT, status=status.value, after=onward) if onward else None,
    )


async def _row(case: ConductCase, caller: Caller) -> SimpleNamespace:
    account, proposed_by, decided_by, evidence = await gather(
        account_of(case.row.account_id, caller), case.proposed_by(), case.decided_by(), case.evidence()
    )
    return SimpleNamespace(
        href=f"{CONDUCT}/{case.id}",
        customer=name_of(account),
        number=account.number,
        account_href=f"{ACCOUNTS}/{account.number}" if Scope.ACCOUNTS_READ in caller.scopes else None,
        account_status=account.status.value,
        measure=case.measure.value,
        status=case.status.value,
        reason=case.reason,
        proposed_by=proposed_by,
        proposed_at=case.proposed_at,
        decided_by=decided_by,
        decided_at=case.decided_at,
        decision_reason=case.decision_reason,
        evidence=evidence,
    )


async def show_case(request: Request) -> Response:
    """GET /desk/conduct/{id}."""
    return await _case_page(request, await _case(request), Form())


async def _case(request: Request) -> ConductCase:
    caller = (await at_desk(request)).caller
    key = key_of(request.path_params["id"], "cdt")
    found = await conduct.conduct_case(caller, key) if key else None
    if found is None:
        raise HTTPException(404)
    return found


async def decide(request: Request) -> Response:
    """POST /desk/conduct/{id}/decide: by another person, with a reason and a confirmation."""
    case, form = await _case(request), await read_form(request)
    caller = (await at_desk(request)).caller
    approve = form.value("decision") == "approve"
    if is_confirmed(form, caller):
        work = conduct.decide_conduct_measure(caller, case.id, approve, form.value("reason"))
        if await attempt(form, caller.language, work):
            return _done(case.id, "approve" if approve else "reject")
    form.keep_to("reason", "confirmed")
    return await _case_page(request, case, form)


async def withdraw(request: Request) -> Response:
    """POST /desk/conduct/{id}/withdraw: by whoever proposed it."""
    case, form = await _case(request), await read_form(request)
    caller = (await at_desk(request)).caller
    if await attempt(form, caller.language, conduct.withdraw_conduct_measure(caller, case.id)):
        return _done(case.id, "withdraw")
    form.keep_to()
    return await _case_page(request, case, form)


def _done(case: str, what: str) -> Response:
    return RedirectResponse(f"{CONDUCT}/{case}?done={what}", 303)


async def _case_page(request: Request, case: ConductCase, form: Form) -> Response:
    caller = (await at_desk(request)).caller
    done = request.query_params.get("done")
    waits = case.status is ConductStatus.PROPOSED
    own = case.row.proposed_by_id == caller.person_id
    return await page(
        request,
        "desk_conduct_case",
        form.status,
        **back_to(request, f"{CONDUCT}/{case.id}"),
        case=await _row(case, caller),
        can_decide=waits and not own and Scope.CONDUCT_DECIDE in caller.scopes,
        can_withdraw=waits and own and Scope.CONDUCT_PROPOSE in caller.scopes,
        own=waits and own,
        form=form,
        done=done if done in DONE else None,
    )


async def show_proposal(request: Request) -> Response:
    """GET /desk/conduct/new?ticket=NUMBER: the form, with what the customer wrote in that ticket."""
    return await _proposal_page(request, request.query_params.get("ticket", ""), Form())


async def propose(request: Request) -> Response:
    """POST /desk/conduct/new."""
    form = await read_form(request)
    caller = (await at_desk(request)).caller
    found = await conduct.possible_evidence(caller, form.value("ticket"))
    if found is None:
        raise HTTPException(404)
    shown = [ID(name.removeprefix(_BOX)) for name in form.values if name.startswith(_BOX)]
    measure = form.value("measure")
    if measure not in {m.value for m in ConductMeasure}:
        form.refuse([Problem(UserErrorCode.REQUIRED, "refusals.required", ("measure",))], caller.language)
        return await _proposal_page(request, form.value("ticket"), form)
    account = await account_of(found[0], caller)
    work = conduct.propose_conduct_measure(caller, account.id, ConductMeasure(measure), form.value("reason"), shown)
    made = await attempt(form, caller.language, work)
    if made and made.case:
        return _done(made.case.id, "propose")
    form.keep_to("measure", "reason", "evidence_ids")
    return await _proposal_page(request, form.value("ticket"), form)


async def _proposal_page(request: Request, ticket: str, form: Form) -> Response:
    caller = (await at_desk(request)).caller
    found = await conduct.possible_evidence(caller, ticket)
    if found is None:
        raise HTTPException(404)
    account_id, evidence = found
    account = await account_of(account_id, caller)
    return await page(
        request,
        "desk_conduct_new",
        form.status,
        **back_to(request, href(f"{CONDUCT}/new", ticket=ticket)),
        ticket=ticket,
        customer=name_of(account),
        number=account.number,
        evidence=evidence,
        box=_BOX,
        measures=[m.value for m in ConductMeasure],
        form=form,
    )
