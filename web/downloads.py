"""Releases on a license's page, each with its download or the reason against it; and the links that hand files out."""

from __future__ import annotations

import base64
from types import SimpleNamespace

from babel.numbers import format_decimal
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.i18n import Language, translate
from api.resolvers import downloads
from api.resolvers.downloads import Away, Fetched, Gone, hindrance_of
from api.schema.catalog import Release
from api.schema.licenses import License
from web.catalog import below, href, listed
from web.render import page
from web.session import visit

LICENSES = "/panel/licenses"
_ON_A_PAGE = 10
_RETRY_AFTER_SECONDS = 60
_UNITS = ("B", "KB", "MB")


async def releases_of(request: Request, own: License) -> SimpleNamespace:
    """The releases of a license's product, newest first, as its page shows them."""
    language = (await visit(request)).caller.language
    product = await own.product()
    found = await listed(product.releases(_ON_A_PAGE, request.query_params.get("after")))
    onward = found.page_info.end_cursor if found.page_info.has_next_page else None
    path = f"{LICENSES}/{own.id}"
    shown = [_release(own, release, language) for release in found.nodes]
    return SimpleNamespace(
        rows=shown,
        not_covered=any(row.hindrance == "NOT_COVERED" for row in shown),
        newest_href=f"{path}#releases" if found.page_info.has_previous_page else None,
        older_href=f"{href(path, after=onward)}#releases" if onward else None,
    )


def _release(own: License, release: Release, language: Language) -> SimpleNamespace:
    found = hindrance_of(own, release)
    return SimpleNamespace(
        action=f"{LICENSES}/{own.id}/releases/{release.id}/download",
        version=release.version,
        released_at=release.released_at,
        changelog=below(release.changelog, 3),
        security=release.security,
        yanked=release.yanked,
        hindrance=found.value if found else None,
        filename=release.filename,
        size=shown_size(release.size, language),
        sha256=release.sha256,
        signature=release.signature,
    )


def shown_size(size: int, language: Language) -> str:
    """A number of bytes as people write it, e.g. 1,4 MB."""
    number, unit = float(size), 0
    while number >= 1024 and unit < len(_UNITS) - 1:
        number, unit = number / 1024, unit + 1
    return f"{format_decimal(number, format='0.#', locale=language)} {_UNITS[unit]}"


async def hand_out(request: Request) -> Response:
    """GET and HEAD /downloads/{token}: a file by its link; only GET uses the link."""
    caller = (await visit(request)).caller
    token = request.path_params["token"]
    try:
        if request.method == "HEAD":
            return _answer(await downloads.look(caller, token))
        headers = request.headers
        return _answer(await downloads.fetch(caller, token, headers.get("range"), headers.get("if-range")))
    except Gone:
        return await _refusal(request, 410)
    except Away:
        response = await _refusal(request, 503)
        response.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
        return response


def _answer(file: Fetched) -> Response:
    """A file, a part of it, or that there is no such part (RFC 9110 14, 15.3.7, 15.5.17)."""
    release, part = file.release, file.part
    if part and not part.satisfiable:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{release.size}", "ETag": file.etag})
    digest = base64.b64encode(bytes.fromhex(release.sha256)).decode()
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{release.filename}"',
        "Content-Length": str(part.stop - part.start if part else release.size),
        "ETag": file.etag,
        # Of the whole file, also where a part of it is sent (RFC 9530).
        "Repr-Digest": f"sha-256=:{digest}:",
        "Ruhsat-Signature": release.signature or "",
        # The link is a secret while it is good.
        "Referrer-Policy": "no-referrer",
    }
    if part:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{release.size}"
    media_type = file.content_type
    if file.content is None:
        return Response(status_code=200, headers=headers, media_type=media_type)
    return StreamingResponse(file.content, 206 if part else 200, headers, media_type)


async def _refusal(request: Request, status: int) -> Response:
    """A page for people; nothing for programs, whose answer would be saved as the file."""
    if "text/html" not in request.headers.get("accept", ""):
        return Response(status_code=status)
    language = (await visit(request)).caller.language
    response = await page(
        request,
        "error",
        status,
        # The page names its own address nowhere.
        here=LICENSES,
        title=translate(language, f"downloads.{status}.title"),
        text=translate(language, f"downloads.{status}.text"),
        remedy=SimpleNamespace(href=LICENSES, label=translate(language, "downloads.back")),
        request_id=None,
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
