"""Names of acts, and the hash chain that makes their record tamper-evident."""

from __future__ import annotations

import hashlib
from enum import StrEnum

import orjson

from api.models.audit import AuditEntry

_BATCH = 500


class Act(StrEnum):
    """What was done: `subject:act`."""

    REGISTRATION_SUBMIT = "registration:submit"
    ACCOUNT_OPEN = "account:open"
    ACCOUNT_UPDATE = "account:update"
    CONSENT_CHANGE = "consent:change"
    SESSION_OPEN = "session:open"
    SESSION_REFUSE = "session:refuse"
    SESSION_CLOSE = "session:close"
    PASSWORD_FORGET = "password:forget"
    PASSWORD_RESET = "password:reset"
    PASSWORD_CHANGE = "password:change"
    EMAIL_REQUEST = "email:request"
    EMAIL_CHANGE = "email:change"
    LANGUAGE_CHANGE = "language:change"
    AGREEMENT_PUBLISH = "agreement:publish"
    STAFF_CREATE = "staff:create"
    RETENTION_SWEEP = "retention:sweep"


def content(entry: AuditEntry) -> bytes:
    """The canonical bytes of an entry, without its place in the chain."""
    return orjson.dumps(
        {
            "id": entry.id.hex,
            "at": entry.at.isoformat(),
            "actor": entry.actor,
            "door": entry.door,
            "act": entry.act,
            "subject": entry.subject,
            "address": entry.address,
            "details": entry.details,
        },
        option=orjson.OPT_SORT_KEYS,
    )


def link(previous: str, entry: AuditEntry) -> str:
    """The hash that binds an entry to the one before it."""
    return hashlib.sha256(previous.encode() + content(entry)).hexdigest()


async def chain() -> int:
    """Link entries that are not linked yet, subject by subject; answers how many.

    Safe on several machines at once: a place of a subject's chain can be taken only once.
    """
    waiting = await AuditEntry.filter(position=None).order_by("at", "id").limit(_BATCH)
    linked = 0
    for entry in waiting:
        last = await AuditEntry.filter(subject=entry.subject).exclude(position=None).order_by("-position").first()
        position = last.position + 1 if last and last.position is not None else 0
        value = link(last.chain or "" if last else "", entry)
        taken = AuditEntry.filter(subject=entry.subject, position=position)
        if await taken.exists():
            continue
        linked += await AuditEntry.filter(id=entry.id, position=None).update(position=position, chain=value)
    return linked


async def first_break() -> str | None:
    """The subject of the first chain that does not fit its entries, None when all do."""
    previous: dict[str, str] = {}
    async for entry in AuditEntry.exclude(position=None).order_by("subject", "position"):
        if entry.chain != link(previous.get(entry.subject, ""), entry):
            return entry.subject
        previous[entry.subject] = entry.chain
    return None
