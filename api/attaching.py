"""Attachments between uploading and their message: who sees them, how a message takes them, what nobody took."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import zip_longest

from strawberry import ID
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from api import clock, settings
from api.access import person, visible_tickets
from api.caller import Caller, Scope
from api.gateways.files import FilesAway, FileStore, store_for
from api.models import ids
from api.models.attachments import Attachment
from api.models.tickets import CUSTOMER, Ticket, TicketMessage
from api.refusal import Problem, Refusal, UserErrorCode

logger = logging.getLogger(__name__)

# How long an upload waits for the message that takes it.
WAITS = timedelta(hours=24)
_FOLDER = "attachments"
_STAMP = "%Y%m%d/%H%M%S"
# Files without a row are looked for on so many days: what a crash left is found as long as the clock door runs.
_LOOKED_AT = timedelta(days=9)
_BATCH = 500


def store() -> FileStore:
    """Where the bytes lie; FilesAway where that fails."""
    return store_for(settings.current().files_url)


def new_key() -> str:
    """A random name for a file, under the instant of its upload and never under the sender's name."""
    return f"{_FOLDER}/{clock.now():{_STAMP}}-{secrets.token_hex(16)}"


def seen_by(caller: Caller) -> Q:
    """What a caller may read: their own uploads that wait for a message, and what hangs on messages that they see."""
    if caller.person_id is None:
        return Q(pk__in=[])
    own = Q(uploader_id=caller.person_id, message_id__isnull=True)
    told = visible_tickets(caller, path="message__ticket__")
    if Scope.TICKETS_ALL not in caller.scopes:
        told &= Q(message__audience=CUSTOMER)
    return own | Q(message_id__isnull=False) & told


async def asked(given: Sequence[ID], caller: Caller) -> list[list[str]]:
    """What a request asks with its files, for its idempotency key: a form that is sent again uploads the same anew."""
    keys = [ids.key_of(str(one), Attachment.PREFIX) for one in given[: settings.current().attachments.most_files]]
    own = Attachment.filter(id__in={key for key in keys if key}, uploader_id=person(caller)) if any(keys) else None
    found = {row.id: [row.sha256, row.filename] for row in await own} if own else {}
    return [found[key] if key in found else [str(one)] for key, one in zip_longest(keys, given)]


async def claim(
    message: TicketMessage, given: Sequence[ID], caller: Caller, field: str = "attachment_ids"
) -> list[Attachment]:
    """Let a message take the caller's uploads, in the transaction that writes it; each is taken once.

    INVALID for too many, NOT_FOUND at (field, index) for what is no upload of theirs or was taken, NOT_ALLOWED for
    one that was not scanned.
    """
    terms = settings.current().attachments
    if len(given) > terms.most_files:
        values = {"most": terms.most_files}
        raise Refusal(Problem(UserErrorCode.INVALID, "refusals.attachments_too_many", (field,), values))
    keys = [ids.key_of(str(one), Attachment.PREFIX) for one in given]
    if not keys:
        return []
    own = Attachment.filter(id__in={key for key in keys if key}, uploader_id=person(caller), message_id__isnull=True)
    # In one order, so that two messages that want the same files do not wait for each other.
    found = {row.id: row for row in await own.order_by("id").select_for_update()}
    problems = []
    for place, key in enumerate(keys):
        row = found.get(key) if key else None
        if row is None:
            problems.append(Problem(UserErrorCode.NOT_FOUND, "refusals.attachment_unknown", (field, str(place))))
        elif row.scan == Attachment.INFECTED or (terms.scan_url and row.scan != Attachment.CLEAN):
            problems.append(Problem(UserErrorCode.NOT_ALLOWED, "refusals.attachment_unscanned", (field, str(place))))
    if problems:
        raise Refusal(*problems)
    ticket = await Ticket.get(id=message.ticket_id)
    await Attachment.filter(id__in=set(found)).update(message_id=message.id, account_id=ticket.account_id)
    return list(found.values())


async def forget_file(key: str) -> None:
    """Erase the bytes of an upload whose row is gone; the clock door does it where the store is away."""
    try:
        await store().delete(key)
    except FilesAway:
        logger.warning("a file without a row is left to the clock door")


def not_taken() -> QuerySet[Attachment]:
    """Uploads that no message took in time. Their rows go first, then `erase_orphans` finds the files.

    The other way round a crash in between would leave an upload that a message still takes, without its bytes.
    """
    return Attachment.filter(message_id__isnull=True, created_at__lt=clock.now() - WAITS)


async def erase_orphans() -> int:
    """Erase files that no row names, once an upload would have its row for long; answers how many."""
    now = clock.now()
    try:
        lying = [name for name in await _recent(now) if _instant(name) < f"{now - WAITS:{_STAMP}}"]
        orphans = []
        for start in range(0, len(lying), _BATCH):
            batch = lying[start : start + _BATCH]
            named = {row.file_key for row in await Attachment.filter(file_key__in=batch).only("file_key")}
            orphans += [name for name in batch if name not in named]
        for name in orphans:
            await store().delete(name)
    except FilesAway:
        return 0
    return len(orphans)


async def _recent(now: datetime) -> list[str]:
    days = (now - timedelta(days=back) for back in range(_LOOKED_AT.days + 1))
    return [name for day in days for name in await store().names(f"{_FOLDER}/{day:%Y%m%d}")]


def _instant(name: str) -> str:
    return name.removeprefix(f"{_FOLDER}/").partition("-")[0]
