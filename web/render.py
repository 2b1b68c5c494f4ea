"""Pages and fragments: templates, and what every one of them may use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache, lru_cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.datastructures import State
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api import clock
from api.caller import Scope
from api.i18n import LANGUAGES, Language, translate
from api.resolvers import agreements
from api.resolvers.agreements import Revision
from api.schema.agreements import AgreementDocument, DocumentKind
from api.settings import Settings
from web.compression import page_body
from web.desk_places import PLACES, place_of
from web.forms import Form
from web.promises import extension_now
from web.session import Visit, visit
from web.static_files import static

_FOLDER = Path(__file__).parent


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _for_all(settings: Settings, language: Language) -> dict[str, Any]:
    """What an installation tells everybody who reads a language."""
    return {
        "t": partial(translate, language),
        "vendor": settings.vendor,
        "demo": not settings.production,
        "editor": not settings.registered_only,
    }


def kept(template: str, language: Language, state: State) -> Markup:
    """A fragment that is the same for all who read this language: it is told nothing else, so nothing else gets in."""
    found: Markup | None = state.kept.get((template, language))
    if found is None:
        html = _templates().get_template(f"partials/{template}.html").render(_for_all(state.settings, language))
        found = state.kept[template, language] = Markup(html)  # noqa: S704 - a template's
    return found


def day(value: date | datetime, language: Language) -> str:
    """A day in Istanbul, e.g. 22 Kasım 2026."""
    return _written(clock.local(value).date() if isinstance(value, datetime) else value, language)


@lru_cache(4096)
def _written(value: date, language: Language) -> str:
    return format_date(value, "d MMMM y", locale=language)


def moment(value: datetime, language: Language) -> str:
    """An instant on Istanbul's clocks, e.g. 22 Kasım 2026 17:45."""
    return format_datetime(clock.local(value), "d MMMM y HH:mm", locale=language)


def slug(kind: DocumentKind) -> str:
    """A kind of legal text in an address, e.g. service-agreement."""
    return kind.value.lower().replace("_", "-")


def document_href(kind: DocumentKind, version: str | None = None) -> str:
    """Where a legal text is read: the version in force, or a given one."""
    return f"/agreements/{slug(kind)}" + (f"?version={quote(version)}" if version else "")


def shown_document(document: AgreementDocument, language: Language) -> SimpleNamespace:
    """A legal text as templates show it."""
    return SimpleNamespace(
        id=document.id,
        title=document.title,
        version=document.version,
        href=document_href(document.kind, document.version),
        html=Markup(document.html),  # noqa: S704 - sanitised when it was published
        revised=day(document.published_at, language),
        published_at=document.published_at,
        effective_at=document.effective_at,
        sha256=document.sha256,
    )


def compare_href(kind: DocumentKind, old: str, new: str) -> str:
    """Where two versions are compared."""
    return f"/agreements/{slug(kind)}/compare?old={quote(old)}&new={quote(new)}"


def _pending(revisions: list[Revision], language: Language) -> list[SimpleNamespace]:
    in_force = {r.kind: r.version for r in revisions if r.state == "in_force"}
    return [
        SimpleNamespace(
            title=r.title,
            href=document_href(r.kind, r.version),
            compare_href=compare_href(r.kind, in_force[r.kind], r.version) if r.kind in in_force else None,
            effective=moment(r.effective_at, language),
        )
        for r in reversed(revisions)
        if r.state == "pending"
    ]


def _viewer(visited: Visit) -> SimpleNamespace | None:
    identity = visited.identity
    if identity is None:
        return None
    return SimpleNamespace(
        name=identity.name or identity.email,
        email=identity.email,
        is_staff=identity.is_staff,
        has_account=identity.account_id is not None,
        blocked=identity.blocked,
        blocked_because=identity.blocked_because,
        can_pay=Scope.INVOICES_PAY in identity.scopes,
        desk_places=[place for place in PLACES if identity.is_staff and place.opens_to(identity.scopes)],
    )


_FORMS = (
    ("/panel/profile", "/.*"),
    ("/panel/invoices/[^/]+", "/(?:transfer|credit)"),
    ("/panel/licenses/[^/]+/installation", "/(?:access|cancel)"),
    ("/panel/licenses/[^/]+", "/(?:domain|lease|releases/[^/]+/download)"),
    ("/panel/orders/[^/]+", "/cancel"),
    ("/panel/tickets/[^/]+", "/(?:reply|close|rating)"),
    ("/panel/api-tokens", "/[^/]+/revoke"),
    ("/desk/(?:accounts|conduct)/[^/]+", "/(?:suspend|reinstate|decide|withdraw)"),
    ("/desk/[^/]+", "/.*"),
)


def _here(request: Request) -> str:
    """Where the language switch comes back to: this very page, or the one whose form was sent."""
    if request.method == "GET":
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    path = request.url.path
    # These addresses take forms only; the page that the form stood on is shown instead.
    for parent, form in _FORMS:
        if found := re.fullmatch(rf"({parent}){form}", path):
            return found[1]
    return path


def _in_panel(request: Request, visited: Visit) -> bool:
    return visited.identity is not None and request.url.path.split("/")[1] == "panel"


async def _common(request: Request) -> dict[str, Any]:
    visited = await visit(request)
    language = visited.caller.language
    return {
        **_for_all(request.app.state.settings, language),
        "language": language,
        "languages": LANGUAGES,
        "path": request.url.path,
        "desk_place": place_of(request.url.path),
        "here": _here(request),
        "viewer": _viewer(visited),
        "pending_revisions": _pending(await agreements.pending_revisions(visited.caller), language),
        "announced_extension": await extension_now(visited.caller) if _in_panel(request, visited) else None,
        "static": static,
        "kept": partial(kept, language=language, state=request.app.state),
        "day": partial(day, language=language),
        "moment": partial(moment, language=language),
    }


# Another template, whose stylesheets are a page's too, or a stylesheet.
_STYLES = re.compile(r"""{% (?:extends|include) "([^"]+)" %}|static\('([^']+\.css)'\)""")


@cache
def stylesheets(template: str) -> str:
    """The Link header of a page: its stylesheets, all of which stop its first paint."""
    return ", ".join(f"<{static(name)}>; rel=preload; as=style" for name in _stylesheets(f"pages/{template}.html"))


def _stylesheets(template: str) -> Iterator[str]:
    for other, name in _STYLES.findall((_FOLDER / template).read_text("utf-8")):
        if name:
            yield name
        else:
            yield from _stylesheets(other)


async def page(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A whole page."""
    html = _templates().get_template(f"pages/{template}.html").render(await _common(request), status=status, **context)
    body, headers = page_body(request, html)
    headers["Link"] = stylesheets(template)
    waits = [value.retry_after for value in context.values() if isinstance(value, Form) and value.retry_after]
    if waits:
        headers["Retry-After"] = str(max(waits))
    return HTMLResponse(body, status, headers)


async def fragment(request: Request, *templates: str, status: int = 200, **context: Any) -> HTMLResponse:
    """The fragments that htmx swaps, one after the other; those behind the first find their own place."""
    language = (await visit(request)).caller.language
    common = {
        "t": partial(translate, language),
        "language": language,
        "day": partial(day, language=language),
        "moment": partial(moment, language=language),
    }
    first, *others = templates
    html = _templates().get_template(f"partials/{first}.html").render(common, **context)
    for name in others:
        html += _templates().get_template(f"partials/{name}.html").render(common, oob=True, **context)
    body, headers = page_body(request, html)
    return HTMLResponse(body, status, headers)
