"""Who asks: the cookie or token becomes a caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from api import batches, clock
from api.caller import Caller, Door
from api.i18n import Language, accepted_language, as_language
from api.loaders import Identity, identify
from api.schema.requests import Arrived

COOKIE = "session"
LANGUAGE_COOKIE = "language"
LANGUAGE_LIFE_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Visit:
    """A request's caller, with what pages greet them by."""

    caller: Caller
    identity: Identity | None


async def visit(request: Request) -> Visit:
    """The caller behind a page request, looked up once; what its page reads of many objects is read together."""
    if not hasattr(request.state, "visit"):
        batches.begin()
        identity = await _by_cookie(request)
        language = (
            as_language(request.cookies.get(LANGUAGE_COOKIE))
            or as_language(identity.language if identity else None)
            or accepted_language(request.headers.get("accept-language", ""))
        )
        address = request.client.host if request.client else ""
        agent = request.headers.get("user-agent", "")
        request.state.visit = Visit(_caller(Door.WEB, language, address, agent, identity), identity)
    found: Visit = request.state.visit
    return found


async def _by_cookie(request: Request) -> Identity | None:
    """Who the cookie's session belongs to; an API token is no cookie."""
    token = request.cookies.get(COOKIE)
    identity = await identify(token) if token else None
    return identity if identity and identity.session_id else None


async def api_caller(request: Arrived) -> Caller:
    """The caller of a GraphQL request: by bearer token where one is sent, else by the site's cookie."""
    authorization = request.headers.get(b"authorization")
    identity = None
    if authorization is not None:
        scheme, _, token = authorization.decode("latin-1").partition(" ")
        bearer = token.strip() if scheme.lower() == "bearer" else ""
        identity = await identify(bearer) if bearer else None
    elif b"cookie" in request.headers:
        identity = await _by_cookie(request.as_request())
    client = request.scope.get("client")
    return _caller(
        Door.GRAPHQL,
        accepted_language(request.header(b"accept-language")),
        client[0] if client else "",
        request.header(b"user-agent"),
        identity,
    )


def _caller(door: Door, language: Language, address: str, agent: str, identity: Identity | None) -> Caller:
    agent = agent[:300]
    if not agent.isprintable():
        agent = "".join(c for c in agent if c.isprintable())
    if identity is None:
        return Caller(door, language, address, agent)
    return Caller(
        door,
        language,
        address,
        agent,
        person_id=identity.person_id,
        account_id=identity.account_id,
        session_id=identity.session_id,
        token_id=identity.token_id,
        scopes=identity.scopes,
        is_staff=identity.is_staff,
        blocked=identity.blocked is not None,
    )


def keep_session(request: Request, response: Response, token: str, expires_at: datetime) -> None:
    """Keep the session's token in a cookie that scripts cannot read; its age, not a date, since clocks differ."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int((expires_at - clock.now()).total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.app.state.settings.production,
    )


def forget_session(request: Request, response: Response) -> None:
    """Take the cookie away."""
    response.set_cookie(
        COOKIE, "", max_age=0, httponly=True, samesite="lax", secure=request.app.state.settings.production
    )


def keep_language(request: Request, response: Response, language: Language) -> None:
    """Remember the chosen language in this browser."""
    response.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=LANGUAGE_LIFE_SECONDS,
        httponly=True,
        samesite="lax",
        secure=request.app.state.settings.production,
    )
