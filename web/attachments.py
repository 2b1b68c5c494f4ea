"""Files of messages: sending one while the message is written, taking it back, and saving it."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from strawberry import ID

from api import settings
from api.i18n import Language
from api.resolvers import attachments
from api.resolvers.attachments import EXTENSIONS, Away, Gone, Handed
from api.schema.attachments import Attachment
from api.schema.common import key_of
from web.attempts import attempt
from web.downloads import shown_size
from web.forms import Form
from web.panel import signed_in
from web.render import fragment
from web.session import visit
from web.uploads import FILES, read_file

ATTACHMENTS = "/panel/attachments"
_RETRY_AFTER_SECONDS = 60
# No browser shows what is served like this, nor lets it do anything where one would.
_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_CONTENT_TYPE = "application/octet-stream"


def shown_attachment(attachment: Attachment, language: Language) -> SimpleNamespace:
    """An attachment as `partials/attachments.html` and `partials/attachment.html` show it."""
    return SimpleNamespace(
        id=attachment.id,
        href=f"{ATTACHMENTS}/{attachment.id}",
        filename=attachment.filename,
        size=shown_size(attachment.size, language),
    )


async def attachment_field(request: Request, given: Iterable[ID] = ()) -> SimpleNamespace:
    """What `partials/attachment_field.html` needs as `attaching`; `given` are uploads that the form has already."""
    caller = (await visit(request)).caller
    terms = settings.current().attachments
    keys = [key for one in given if (key := key_of(str(one), "att"))]
    found = [await attachments.attachment(caller, key) for key in dict.fromkeys(keys[: terms.most_files])]
    return SimpleNamespace(
        href=ATTACHMENTS,
        most=terms.most_files,
        megabytes=terms.file_mebibytes,
        accept=",".join(f".{extension}" for extension in EXTENSIONS),
        # One that a message has is not given to another.
        items=[shown_attachment(one, caller.language) for one in found if one and not one.row.message_id],
    )


async def send(request: Request) -> Response:
    """POST /panel/attachments: one file; answers its item, or why it was refused."""
    caller = (await signed_in(request)).caller
    form = Form()
    payload = await attempt(
        form, caller.language, attachments.upload_attachment(caller, await read_file(request, FILES))
    )
    if payload is None or payload.attachment is None:
        response = await fragment(request, "attachment_refused", form=form)
        response.status_code = form.status
        return response
    return await fragment(request, "attachment", item=shown_attachment(payload.attachment, caller.language))


async def remove(request: Request) -> Response:
    """POST /panel/attachments/{id}/remove: an empty answer, also where there is nothing to remove any more."""
    caller = (await signed_in(request)).caller
    await attempt(Form(), caller.language, attachments.remove_attachment(caller, ID(request.path_params["id"])))
    return Response(status_code=204)


async def hand_out(request: Request) -> Response:
    """GET and HEAD /panel/attachments/{id}: always a download."""
    caller = (await signed_in(request)).caller
    try:
        return _answer(await attachments.read_attachment(caller, ID(request.path_params["id"])))
    except Gone:
        raise HTTPException(404) from None
    except Away:
        return _away()


async def follow(request: Request) -> Response:
    """GET /attachments/{token}: the download of a link, once; who only looks (HEAD) would use it up."""
    if request.method == "HEAD":
        raise HTTPException(405)
    caller = (await visit(request)).caller
    try:
        return _answer(await attachments.follow_link(caller, request.path_params["token"]))
    except Gone:
        return Response(status_code=410, headers={"Referrer-Policy": "no-referrer"})
    except Away:
        return _away()


def _answer(handed: Handed) -> Response:
    headers = _HEADERS | {"Content-Disposition": handed.disposition, "Content-Length": str(handed.size)}
    return StreamingResponse(handed.content, 200, headers, _CONTENT_TYPE)


def _away() -> Response:
    return Response(status_code=503, headers={"Retry-After": str(_RETRY_AFTER_SECONDS)})
