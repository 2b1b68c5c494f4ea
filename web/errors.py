"""What the site answers when it cannot do what was asked: pages in its own design, JSON at the GraphQL door."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Match

from api.i18n import accepted_language, translate
from api.refusal import DenialCode, Denied
from web.guard import GRAPHQL
from web.render import fragment, page
from web.session import visit

logger = logging.getLogger(__name__)

# The statuses with sentences of their own; any other is shown as its class's first.
PAGES = {400, 403, 404, 405, 413, 415, 422, 429, 500}
_STATUS = {
    DenialCode.BAD_REQUEST: 400,
    DenialCode.FORBIDDEN: 403,
    DenialCode.NOT_FOUND: 404,
    DenialCode.RATE_LIMITED: 429,
}
_CODES = {
    403: (DenialCode.FORBIDDEN, "forbidden"),
    413: (DenialCode.QUERY_TOO_COMPLEX, "too_complex"),
    500: (DenialCode.INTERNAL, "internal"),
}


async def refuse(request: Request, status: int, *, retry_after: int = 0) -> Response:
    """The answer for a status: a page for people, JSON for programs."""
    if request.scope["path"] == GRAPHQL:
        return _json(request, status)
    language = (await visit(request)).caller.language
    known = status if status in PAGES else 400 if status < 500 else 500
    response = await page(
        request,
        "error",
        status,
        title=translate(language, f"errors.{known}.title"),
        text=translate(language, f"errors.{known}.text", minutes=-(-retry_after // 60)),
        remedy=await _way_back(request),
        request_id=request.state.request_id if status >= 500 else None,
    )
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return _unswapped(request, response)


async def _way_back(request: Request) -> SimpleNamespace:
    """Where to go on from a page that is none: the part of the site that the reader was in."""
    caller = (await visit(request)).caller
    path, name = request.url.path, "home"
    if caller.person_id and path.startswith("/panel/"):
        name = "panel"
    elif caller.is_staff and path.startswith("/desk/"):
        name = "desk"
    href = "/" if name == "home" else f"/{name}"
    return SimpleNamespace(href=href, label=translate(caller.language, f"errors.{name}"))


def _unswapped(request: Request, response: Response) -> Response:
    """A fragment's place is no place for a whole page."""
    if "hx-request" in request.headers:
        response.headers["HX-Reswap"] = "none"
    return response


def _json(request: Request, status: int) -> Response:
    code, sentence = _CODES.get(status, (DenialCode.BAD_REQUEST, "bad_request"))
    language = accepted_language(request.headers.get("accept-language", ""))
    extensions = {"code": code.value}
    if status >= 500:
        extensions["requestId"] = request.state.request_id
    error = {"message": translate(language, f"refusals.{sentence}"), "extensions": extensions}
    return Response(orjson.dumps({"errors": [error]}), status, media_type="application/json")


async def on_http(request: Request, error: Exception) -> Response:
    """Starlette's own refusals: no such page, wrong method, and what handlers raise."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    response = await refuse(request, status)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


async def on_denied(request: Request, error: Exception) -> Response:
    """What the caller may not do: guests are led to the sign-in page, others are told."""
    if not isinstance(error, Denied):
        raise error
    if error.code is DenialCode.UNAUTHENTICATED and request.scope["path"] != GRAPHQL:
        if "hx-request" in request.headers:
            return await _signed_out(request)
        query = f"?{request.url.query}" if request.url.query else ""
        back = request.url.path + query if request.method == "GET" else _page_before(request)
        return RedirectResponse(f"/sign-in?next={quote(back)}", 303)
    if error.code is DenialCode.FORBIDDEN and (await visit(request)).caller.blocked:
        # The banner on it says why and what is left.
        return _unswapped(request, await page(request, "blocked", 403))
    return await refuse(request, _STATUS.get(error.code, 403), retry_after=error.retry_after or 0)


async def _signed_out(request: Request) -> Response:
    """In the place of a fragment nothing: the page stays as it is, and says that its reader is signed out."""
    response = await fragment(request, "signed_out", status=401, onward=_page_before(request))
    response.headers.update({"HX-Retarget": "#signed-out", "HX-Reswap": "innerMorph"})
    return response


def _page_before(request: Request) -> str:
    """The page whose form somebody sent who was signed out meanwhile: there the draft of it waits."""
    before = urlsplit(request.headers.get("referer", ""))
    scope = {"type": "http", "method": "GET", "path": before.path}
    shown = any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
    if before.netloc != request.url.netloc or not shown:
        return "/panel"
    return before.path + (f"?{before.query}" if before.query else "")


async def on_crash(request: Request, error: Exception) -> Response:
    """Anything unforeseen: logged under the request's id, which is all that the reader is told."""
    logger.error("request %s failed", request.state.request_id, exc_info=error)
    try:
        return await refuse(request, 500)
    except Exception:
        # A page needs the database; without it there is still an answer.
        logger.exception("request %s failed again", request.state.request_id)
        return PlainTextResponse(f"{translate('tr', 'errors.500.text')} ({request.state.request_id})\n", 500)
