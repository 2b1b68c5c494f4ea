"""The page of API tokens: the reader's own, making one, revoking one."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api import clock
from api.i18n import Language, translate
from api.refusal import Problem, UserErrorCode
from api.resolvers import api_tokens
from api.schema.api_tokens import ApiToken, CreateApiTokenPayload
from web.attempts import attempt
from web.forms import Form, read_form
from web.panel import signed_in
from web.render import page

API_TOKENS = "/panel/api-tokens"
# The scopes as the form names its boxes, in the order in which it shows them.
GROUPS = {
    "own": (
        "licenses_read",
        "licenses_write",
        "invoices_read",
        "invoices_pay",
        "orders_write",
        "tickets_read",
        "tickets_write",
        "account_read",
        "account_write",
    ),
    "open": ("products_read", "licenses_validate"),
    "staff": (
        "accounts_read",
        "accounts_identity",
        "agreements_publish",
        "catalog_write",
        "billing_read",
        "billing_write",
        "licenses_all",
        "licenses_keys",
        "licenses_manage",
        "installations_manage",
        "tickets_all",
        "tickets_manage",
        "announcements_publish",
        "accounts_suspend",
        "conduct_propose",
        "conduct_decide",
    ),
}
BOXES = tuple(box for boxes in GROUPS.values() for box in boxes)
# Days that a token may live for, and the choice of no end.
LIVES, FOR_EVER = ("30", "90", "365"), "never"
USUAL_LIFE = "90"


async def show_api_tokens(request: Request) -> Response:
    """GET /panel/api-tokens."""
    revoked = request.query_params.get("done") == "revoked"
    return await _api_tokens_page(request, Form(), revoked=revoked)


async def make(request: Request) -> Response:
    """POST /panel/api-tokens: answered with the page itself, the only one that ever shows the token."""
    visited = await signed_in(request)
    form = await read_form(request)
    life = form.value("expires_at")
    if life not in {*LIVES, FOR_EVER}:
        missing = Problem(UserErrorCode.REQUIRED, "refusals.required", ("expires_at",))
        form.refuse([missing], visited.caller.language)
        return await _api_tokens_page(request, form)
    until = None if life == FOR_EVER else clock.now() + timedelta(days=int(life))
    scopes = [scope_of(box) for box in BOXES if form.checked(box, "true")]
    work = api_tokens.create_api_token(visited.caller, form.value("name"), scopes, until)
    made = await attempt(form, visited.caller.language, work)
    form.keep_to("name", "scopes", "expires_at")
    return await _api_tokens_page(request, form if made is None else Form(), made)


async def revoke(request: Request) -> Response:
    """POST /panel/api-tokens/{id}/revoke."""
    visited = await signed_in(request)
    form = Form()
    work = api_tokens.revoke_api_token(visited.caller, request.path_params["id"])
    if await attempt(form, visited.caller.language, work) is None:
        raise HTTPException(404)
    return RedirectResponse(f"{API_TOKENS}?done=revoked", 303)


def scope_of(box: str) -> str:
    """The scope that a box of the form stands for, e.g. licenses:read."""
    return box.replace("_", ":")


async def _api_tokens_page(
    request: Request, form: Form, made: CreateApiTokenPayload | None = None, *, revoked: bool = False
) -> Response:
    visited = await signed_in(request)
    own = [(name, [box for box in boxes if scope_of(box) in visited.caller.scopes]) for name, boxes in GROUPS.items()]
    return await page(
        request,
        "api_tokens",
        form.status,
        form=form,
        tokens=[_shown(token) for token in await api_tokens.api_tokens(visited.caller)],
        groups=[(name, boxes) for name, boxes in own if boxes],
        scope_of=scope_of,
        lives=_lives(visited.caller.language),
        life=form.value("expires_at") or USUAL_LIFE,
        made=made.token if made else None,
        revoked=revoked,
        most=api_tokens.MOST_LIVING,
        base_url=request.app.state.settings.base_url,
    )


def _lives(language: Language) -> list[tuple[str, str]]:
    choices = [(days, translate(language, "tokens.days", days=days)) for days in LIVES]
    return [*choices, (FOR_EVER, translate(language, "tokens.no_end_choice"))]


def _shown(token: ApiToken) -> SimpleNamespace:
    return SimpleNamespace(
        id=token.id,
        name=token.name,
        prefix=token.prefix,
        # In the form's order; a scope that this release no longer knows opens nothing.
        boxes=[box for box in BOXES if scope_of(box) in token.scopes],
        state="expired" if _is_past(token.expires_at) else "good",
        made=token.created_at,
        until=token.expires_at,
        used=token.last_used_at,
    )


def _is_past(instant: datetime | None) -> bool:
    return instant is not None and instant <= clock.now()
