"""Forms that bring files: multipart/form-data (RFC 7578)."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from strawberry import ID

from api import settings
from api.resolvers import attachments
from api.uploads import Uploaded
from web.attempts import attempt
from web.forms import MOST_FIELDS, Form, Shown
from web.session import visit

_FIELD_BYTES = 256 * 1024
# The control that files are chosen with, and the one that names those that were sent before.
FILES, ATTACHMENTS = "files", "attachments"
_LONGEST_SHOWN_NAME = 80
_WITH_FILES = frozenset({"multipart/form-data"})
# htmx sends a form without chosen files in the plain way.
_EITHER = _WITH_FILES | {"application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a form brought; its content in Base64, as the API takes it."""

    filename: str
    content: str


@asynccontextmanager
async def _sent(request: Request, most_files: int, kinds: frozenset[str] = _WITH_FILES) -> AsyncIterator[FormData]:
    """The form that was sent; 400 or 415 for a body that is no such form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in kinds:
        raise HTTPException(415)
    reading = request.form(max_files=most_files, max_fields=MOST_FIELDS, max_part_size=_FIELD_BYTES)
    try:
        sent = await reading
    except (MultiPartException, HTTPException, UnicodeDecodeError, ValueError):
        raise HTTPException(400) from None
    try:
        yield sent
    finally:
        await sent.close()


def _values(sent: FormData) -> Form:
    return Form({key: value for key, value in sent.items() if isinstance(value, str)})


def _brought(file: object) -> UploadFile | None:
    """The file of a control, if one was chosen."""
    return file if isinstance(file, UploadFile) and (file.filename or file.size) else None


async def read_upload(request: Request, name: str) -> tuple[Form, Upload | None]:
    """The form that was sent and the file of its control `name`."""
    async with _sent(request, 1) as sent:
        file = _brought(sent.get(name))
        if file is None:
            return _values(sent), None
        return _values(sent), Upload(file.filename or "", base64.b64encode(await file.read()).decode())


async def read_file(request: Request, name: str) -> Uploaded:
    """The file of a form's control `name`, as the API takes it beside an operation; empty where there is none."""
    async with _sent(request, 1) as sent:
        file = _brought(sent.get(name))
        return await _content(file) if file else Uploaded.of(b"")


async def read_with_attachments(request: Request) -> tuple[Form, list[ID]]:
    """The form that was sent and the ids of its attachments: those sent before, and those that it brings.

    The resolver takes each file; what it refuses stands on the form, under `files`. Only for who is signed in.
    """
    most = settings.current().attachments.most_files
    # One more than is taken, so that too many are told of and not a bad request.
    async with _sent(request, 2 * most + 1, _EITHER) as sent:
        form = _values(sent)
        known = [ID(value) for value in sent.getlist(ATTACHMENTS) if isinstance(value, str)]
        chosen = [file for one in sent.getlist(FILES) if (file := _brought(one))]
        return form, known + [key for file in chosen if (key := await _taken(request, form, file))]


async def _taken(request: Request, form: Form, file: UploadFile) -> ID | None:
    caller = (await visit(request)).caller
    own = await _content(file)
    apart = Form()
    payload = await attempt(apart, caller.language, attachments.upload_attachment(caller, own))
    if payload and payload.attachment:
        return payload.attachment.id
    form.problems += [Shown(FILES, one.code, f"{_shown_name(own.filename)}: {one.text}") for one in apart.problems]
    form.retry_after = form.retry_after or apart.retry_after
    return None


async def _content(file: UploadFile) -> Uploaded:
    # A byte more than is taken tells that there are more.
    most = settings.current().attachments.file_mebibytes * 1024 * 1024 + 1
    return Uploaded.of(await file.read(most), file.filename or "")


def _shown_name(name: str) -> str:
    """A refused file's name in a sentence: isolated, so that it turns around nothing but itself."""
    visible = "".join(c for c in name if c.isprintable())[:_LONGEST_SHOWN_NAME]
    return f"\N{FIRST STRONG ISOLATE}{visible}\N{POP DIRECTIONAL ISOLATE}"
