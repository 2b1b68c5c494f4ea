"""Verbs of attachments: sending a file, taking it back before a message has it, and reading it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from anyio import to_thread
from strawberry import ID

from api import attaching, clock, invoicing, sealing, settings, throttle
from api.access import needs_any, open_to_all, person
from api.attaching import forget_file, seen_by
from api.audit import Act
from api.caller import Caller, Scope
from api.gateways.files import FilesAway
from api.gateways.scanner import ScannerAway, Verdict, scanner_for
from api.models import ids
from api.models.attachments import Attachment as AttachmentRow
from api.models.attachments import AttachmentLink
from api.perform import Writing, writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules.attachments import EXTENSIONS as EXTENSIONS
from api.rules.attachments import MEGABYTE, Accepted, accepted, disposition
from api.schema.attachments import Attachment, AttachmentLinkPayload, AttachmentPayload
from api.uploads import Uploaded

# How long a link waits to be used.
LINK_WAITS = timedelta(minutes=15)
_TOKEN_BYTES = 32
_FILE = ("file",)


class Gone(Exception):
    """There is no such attachment or link for the caller, or the link was used."""


class Away(Exception):
    """The file cannot be read now."""


@dataclass(frozen=True, slots=True)
class Handed:
    """An attachment's bytes, and how they are saved."""

    disposition: str
    size: int
    content: AsyncIterator[bytes]


@needs_any(Scope.TICKETS_READ, Scope.TICKETS_ALL)
async def attachment(caller: Caller, key: UUID) -> Attachment | None:
    """An attachment by its key, if the caller may see it."""
    row = await AttachmentRow.filter(seen_by(caller), id=key).first()
    return Attachment.of(row) if row else None


@needs_any(Scope.TICKETS_WRITE, Scope.TICKETS_MANAGE)
async def upload_attachment(caller: Caller, file: str, filename: str | None = None) -> AttachmentPayload:
    """Sends a file, in Base64 or uploaded beside the operation, for a message that takes it within 24 hours."""
    sender = person(caller)
    await throttle.take((throttle.ATTACHMENTS_PER_PERSON, str(sender)))
    terms = settings.current().attachments
    if not terms.most_files:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.attachments_off", _FILE))
    name = filename if filename is not None else file.filename if isinstance(file, Uploaded) else ""
    found = Inspection()
    own = await to_thread.run_sync(partial(found.check, "file", accepted, file, name, terms.file_mebibytes))
    if own is None:
        raise found.refusal()
    row = AttachmentRow(
        id=ids.new_id(),
        uploader_id=sender,
        account_id=caller.account_id if Scope.TICKETS_WRITE in caller.scopes else None,
        filename=own.filename,
        content_type=own.content_type,
        size=len(own.content),
        sha256=(await to_thread.run_sync(hashlib.sha256, own.content)).hexdigest(),
        file_key=attaching.new_key(),
        created_at=clock.now(),
    )
    row.scan = await _scanned(caller, row, own)
    async with _stored(row, own.content), writing(caller) as work:
        await _keep_to_quota(row)
        await row.save(force_create=True)
        _record(work, Act.ATTACHMENT_UPLOAD, row)
    return AttachmentPayload(attachment=Attachment.of(row))


async def _scanned(caller: Caller, row: AttachmentRow, own: Accepted) -> str:
    """What is known of the file before it is put anywhere; an infected one is refused, and that is recorded."""
    try:
        verdict = await scanner_for(settings.current().attachments.scan_url).scan(own.content)
    except ScannerAway:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.attachment_scanner_away", _FILE)) from None
    if verdict is Verdict.TOO_LARGE:
        raise Refusal(Problem(UserErrorCode.FILE_TOO_LARGE, "refusals.attachment_scan_size", _FILE))
    if verdict is Verdict.INFECTED:
        async with writing(caller) as work:
            _record(work, Act.ATTACHMENT_REFUSE, row, sha256=row.sha256)
        raise Refusal(Problem(UserErrorCode.FILE_TYPE_NOT_ALLOWED, "refusals.attachment_infected", _FILE))
    return verdict.value


async def _keep_to_quota(row: AttachmentRow) -> None:
    """Refuse what goes beyond all that the account may keep; of many uploads at once the account counts each."""
    if row.account_id is None:
        return
    await invoicing.lock_account(row.account_id)
    most = settings.current().attachments.account_mebibytes
    if await AttachmentRow.bytes_of(row.account_id) + row.size > most * MEGABYTE:
        values = {"megabytes": most}
        raise Refusal(Problem(UserErrorCode.FILE_TOO_LARGE, "refusals.attachment_quota", _FILE, values))


def _record(work: Writing, act: Act, row: AttachmentRow, **details: str) -> None:
    """Record an act without the file's name, which may tell what is nobody else's business."""
    work.record(act, f"attachment:{row.id.hex}", content_type=row.content_type, size=str(row.size), **details)


@asynccontextmanager
async def _stored(row: AttachmentRow, content: bytes) -> AsyncIterator[None]:
    """Put an upload into the store before its row; it is taken out again if the block fails.

    A crash in between leaves a file that no row names, which the clock door finds, and never a row without its file.
    """
    try:
        await attaching.store().put(row.file_key, content)
    except FilesAway:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.files_away", _FILE)) from None
    try:
        yield
    except BaseException:
        await forget_file(row.file_key)
        raise


@needs_any(Scope.TICKETS_WRITE, Scope.TICKETS_MANAGE)
async def remove_attachment(caller: Caller, attachment_id: ID) -> AttachmentPayload:
    """Takes back a file that the caller sent and no message has yet."""
    key = ids.key_of(str(attachment_id), AttachmentRow.PREFIX)
    async with writing(caller) as work:
        own = AttachmentRow.filter(id=key, uploader_id=person(caller), message_id__isnull=True)
        row = await own.select_for_update().first() if key else None
        if row is None:
            raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.attachment_unknown", ("attachment_id",)))
        await row.delete()
        _record(work, Act.ATTACHMENT_REMOVE, row)
    await forget_file(row.file_key)
    return AttachmentPayload(attachment=Attachment.of(row))


@needs_any(Scope.TICKETS_READ, Scope.TICKETS_ALL)
async def create_attachment_link(caller: Caller, attachment_id: ID) -> AttachmentLinkPayload:
    """Makes a link to an attachment, good for one download within 15 minutes."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    expires_at = clock.now() + LINK_WAITS
    key = ids.key_of(str(attachment_id), AttachmentRow.PREFIX)
    async with writing(caller) as work:
        row = await AttachmentRow.filter(seen_by(caller), id=key).first() if key else None
        if row is None:
            raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.attachment_unknown", ("attachment_id",)))
        await AttachmentLink.create(attachment=row, token_hash=sealing.token_hash(token), expires_at=expires_at)
        _record(work, Act.ATTACHMENT_READ, row, by="link")
    return AttachmentLinkPayload(url=f"{settings.current().base_url}/attachments/{token}", expires_at=expires_at)


@needs_any(Scope.TICKETS_READ, Scope.TICKETS_ALL)
async def read_attachment(caller: Caller, attachment_id: ID) -> Handed:
    """Hand out an attachment; raises Gone, or Away. What staff read is recorded."""
    key = ids.key_of(str(attachment_id), AttachmentRow.PREFIX)
    row = await AttachmentRow.filter(seen_by(caller), id=key).first() if key else None
    if row is None:
        raise Gone
    handed = await _opened(row)
    if row.uploader_id != caller.person_id and row.account_id != caller.account_id:
        async with writing(caller) as work:
            _record(work, Act.ATTACHMENT_READ, row, by="page")
    return handed


@open_to_all
async def follow_link(caller: Caller, token: str) -> Handed:
    """Hand out an attachment by its link, which is used up by that; raises Gone, or Away."""
    del caller
    link = AttachmentLink.filter(token_hash=sealing.token_hash(token), used_at=None, expires_at__gt=clock.now())
    found = await link.first().select_related("attachment")
    if found is None:
        raise Gone
    handed = await _opened(found.attachment)
    # Of many who follow it at once, one does.
    if not await AttachmentLink.filter(id=found.id, used_at=None).update(used_at=clock.now()):
        raise Gone
    return handed


async def _opened(row: AttachmentRow) -> Handed:
    try:
        content = await attaching.store().open(row.file_key, 0, row.size)
    except FilesAway:
        raise Away from None
    return Handed(disposition(row.filename), row.size, content)
