"""The desk: staff find customers, see where an account stands, and suspend or reinstate it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import SimpleNamespace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from strawberry import ID

from api.audit import Act
from api.caller import Caller, Scope
from api.refusal import Problem, UserErrorCode
from api.resolvers import accounts, standing
from api.schema.accounts import Account, AccountPayload, AccountStatus
from web.attempts import attempt
from web.catalog import href, listed
from web.desk import at_desk, name_of
from web.desk_tickets import BEGINNING
from web.forms import Form, read_form
from web.licenses import back_to
from web.render import page

ACCOUNTS = "/desk/accounts"
DONE = ("suspend", "reinstate")
_MOVED = {
    Act.ACCOUNT_SUSPEND: "suspended",
    Act.ACCOUNT_REINSTATE: "reinstated",
    Act.ACCOUNT_TERMINATE: "terminated",
}
# What is done from which state.
_ACTS = {AccountStatus.ACTIVE: "suspend", AccountStatus.SUSPENDED: "reinstate"}


async def show_accounts(request: Request) -> Response:
    """GET /desk/accounts; a search that finds one account alone leads there."""
    caller = (await at_desk(request)).caller
    given = request.query_params
    chosen = given.get("status")
    status = AccountStatus(chosen) if chosen in {s.value for s in AccountStatus} else None
    search = " ".join(given.get("search", "")[:200].split())
    after = given.get("after")
    found = await listed(accounts.accounts(caller, None, after, status, search or None))
    if search and not after and len(found.nodes) == 1:
        return RedirectResponse(f"{ACCOUNTS}/{found.nodes[0].number}", 303)
    onward = found.page_info.end_cursor if found.page_info.has_next_page else None
    return await page(
        request,
        "desk_accounts",
        accounts=[_row(account) for account in found.nodes],
        chosen=status.value if status else None,
        filters=[
            SimpleNamespace(name=name, href=href(ACCOUNTS, status=name, search=search), current=name == (chosen or ""))
            for name in ["", *(s.value for s in AccountStatus)]
        ],
        search=search,
        next_href=href(ACCOUNTS, status=status.value if status else None, search=search, after=onward)
        if onward
        else None,
    )


def _row(account: Account) -> SimpleNamespace:
    return SimpleNamespace(
        href=f"{ACCOUNTS}/{account.number}",
        name=name_of(account),
        number=account.number,
        email=account.email,
        status=account.status.value,
    )


async def account_at(request: Request) -> Account:
    """The account that the address names; 404 for none."""
    caller = (await at_desk(request)).caller
    found = await accounts.account_numbered(caller, request.path_params["number"])
    if found is None:
        raise HTTPException(404)
    return found


async def show_account(request: Request) -> Response:
    """GET /desk/accounts/{number}."""
    return await _page(request, await account_at(request), Form())


async def suspend(request: Request) -> Response:
    """POST /desk/accounts/{number}/suspend: at once, for security or debt."""
    return await _move(request, "suspend", standing.suspend_account)


async def reinstate(request: Request) -> Response:
    """POST /desk/accounts/{number}/reinstate."""
    return await _move(request, "reinstate", standing.reinstate_account)


async def _move(request: Request, act: str, verb: Callable[[Caller, ID, str], Awaitable[AccountPayload]]) -> Response:
    account, form = await account_at(request), await read_form(request)
    caller = (await at_desk(request)).caller
    if is_confirmed(form, caller):
        moved = await attempt(form, caller.language, verb(caller, account.id, form.value("reason")))
        if moved:
            return RedirectResponse(f"{ACCOUNTS}/{account.number}?done={act}", 303)
    form.keep_to("reason", "confirmed")
    return await _page(request, account, form)


def is_confirmed(form: Form, caller: Caller) -> bool:
    """Whether the box was ticked without which nothing is done that much hangs on; the form says so otherwise."""
    if form.checked("confirmed", "yes"):
        return True
    form.refuse([Problem(UserErrorCode.REQUIRED, "refusals.confirm", ("confirmed",))], caller.language)
    return False


async def _page(request: Request, account: Account, form: Form) -> Response:
    caller = (await at_desk(request)).caller
    done = request.query_params.get("done")
    act = _ACTS.get(account.status) if Scope.ACCOUNTS_SUSPEND in caller.scopes else None
    return await page(
        request,
        "desk_account",
        form.status,
        **back_to(request, f"{ACCOUNTS}/{account.number}"),
        account=SimpleNamespace(
            href=f"{ACCOUNTS}/{account.number}",
            name=name_of(account),
            person=f"{account.first_name} {account.last_name}",
            number=account.number,
            type=account.type.value,
            status=account.status.value,
            reason=account.status_reason,
            email=account.email,
            phone=account.phone,
            created_at=account.created_at,
        ),
        standings=[
            SimpleNamespace(act=_MOVED[one.act], at=one.at, reason=one.reason)
            for one in await accounts.standings(caller, account)
        ],
        begins=caller.scopes >= BEGINNING,
        act=act,
        form=form,
        done=done if done in DONE else None,
    )
