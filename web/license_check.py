"""The public page that says whether a domain is licensed: yes or no, and nothing of whose or what."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from api.refusal import UserErrorCode
from api.resolvers import validations
from web.attempts import attempt
from web.forms import Form, Shown
from web.render import page
from web.session import visit


async def show_license_check(request: Request) -> Response:
    """GET /license-check: with `domain` the answer too, which may be linked and is not to be indexed."""
    visited = await visit(request)
    asked = request.query_params.get("domain")
    form = Form({"domain": asked or ""})
    found = None
    if asked is not None:
        found = await attempt(form, visited.caller.language, validations.domain_check(visited.caller, asked))
    if found and found.domain is None:
        form.problems.append(Shown("domain", UserErrorCode.INVALID_DOMAIN.value, found.message))
        found = None
    response = await page(request, "license_check", form.status, form=form, found=found)
    if asked is not None:
        response.headers["X-Robots-Tag"] = "noindex"
    return response
