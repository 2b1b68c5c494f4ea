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
    DOCUMENT_REGISTER = "document:register"
    DOCUMENT_FORGET = "document:forget"
    STAFF_CREATE = "staff:create"
    CATEGORY_CREATE = "category:create"
    PRODUCT_CREATE = "product:create"
    PRODUCT_UPDATE = "product:update"
    PRODUCT_RETIRE = "product:retire"
    RELEASE_PUBLISH = "release:publish"
    RELEASE_ATTACH = "release:attach"
    RELEASE_YANK = "release:yank"
    DOWNLOAD_OFFER = "download:offer"
    DOWNLOAD_BEGIN = "download:begin"
    VAT_RATE_SET = "vat_rate:set"
    ORDER_PLACE = "order:place"
    ORDER_CANCEL = "order:cancel"
    INVOICE_ISSUE = "invoice:issue"
    INVOICE_PAY = "invoice:pay"
    INVOICE_CORRECT = "invoice:correct"
    CREDIT_USE = "credit:use"
    PAYMENT_REPORT = "payment:report"
    PAYMENT_CONFIRM = "payment:confirm"
    PAYMENT_REJECT = "payment:reject"
    RECEIPT_READ = "receipt:read"
    LATE_FEE_RULE_SET = "late_fee_rule:set"
    LATE_FEE_CHARGE = "late_fee:charge"
    LATE_FEE_WAIVE = "late_fee:waive"
    LICENSE_ACTIVATE = "license:activate"
    LICENSE_RENEW = "license:renew"
    LICENSE_SUSPEND = "license:suspend"
    LICENSE_REINSTATE = "license:reinstate"
    LICENSE_CANCEL = "license:cancel"
    LICENSE_BIND = "license:bind"
    TRANSFER_REFUSE = "transfer:refuse"
    INSTALLATION_REQUEST = "installation:request"
    INSTALLATION_SCHEDULE = "installation:schedule"
    INSTALLATION_CLOSE = "installation:close"
    VAULT_DEPOSIT = "vault:deposit"
    VAULT_READ = "vault:read"
    VAULT_DESTROY = "vault:destroy"
    LICENSING_SET = "licensing:set"
    LICENSE_MOVE = "license:move"
    LEASE_ISSUE = "lease:issue"
    ACCOUNT_SUSPEND = "account:suspend"
    ACCOUNT_REINSTATE = "account:reinstate"
    ACCOUNT_TERMINATE = "account:terminate"
    CONDUCT_PROPOSE = "conduct:propose"
    CONDUCT_DECIDE = "conduct:decide"
    CONDUCT_WITHDRAW = "conduct:withdraw"
    TICKET_OPEN = "ticket:open"
    TICKET_REPLY = "ticket:reply"
    TICKET_NOTE = "ticket:note"
    TICKET_CLOSE = "ticket:close"
    TICKET_RATE = "ticket:rate"
    TICKET_ASSIGN = "ticket:assign"
    TICKET_CHANGE = "ticket:change"
    TICKET_MERGE = "ticket:merge"
    CANNED_ANSWER_SAVE = "canned_answer:save"
    CANNED_ANSWER_DELETE = "canned_answer:delete"
    ATTACHMENT_UPLOAD = "attachment:upload"
    ATTACHMENT_READ = "attachment:read"
    ATTACHMENT_REFUSE = "attachment:refuse"
    ATTACHMENT_REMOVE = "attachment:remove"
    ANNOUNCEMENT_PUBLISH = "announcement:publish"
    ANNOUNCEMENT_WITHDRAW = "announcement:withdraw"
    MAIL_REFUSE = "mail:refuse"
    TOKEN_CREATE = "token:create"
    TOKEN_REVOKE = "token:revoke"
    SIGNING_KEY_MAKE = "signing_key:make"
    SIGNING_KEY_ROTATE = "signing_key:rotate"
    REMINDER_SEND = "reminder:send"
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
