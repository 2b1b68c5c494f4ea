"""The kinds of letters, and how they are queued: in the transaction of what they tell of."""

from __future__ import annotations

from enum import StrEnum

from api import clock, sealing
from api.i18n import Language
from api.models.letters import Letter


class LetterKind(StrEnum):
    """One template for each kind and language in `api/letters`."""

    VERIFY_REGISTRATION = "verify_registration"
    ALREADY_REGISTERED = "already_registered"
    PASSWORD_RESET = "password_reset"
    PASSWORD_CHANGED = "password_changed"
    STAFF_INVITATION = "staff_invitation"
    EMAIL_CHANGE_CONFIRM = "email_change_confirm"
    EMAIL_CHANGE_NOTICE = "email_change_notice"
    EMAIL_CHANGE_TAKEN = "email_change_taken"
    EMAIL_CHANGED = "email_changed"
    API_TOKEN_CREATED = "api_token_created"
    ORDER_PLACED = "order_placed"
    ORDER_CANCELLED = "order_cancelled"
    INVOICE_PAID = "invoice_paid"
    PAYMENT_REJECTED = "payment_rejected"
    RENEWAL_INVOICE = "renewal_invoice"
    INVOICE_REMINDER = "invoice_reminder"
    SUPPORT_REMINDER = "support_reminder"
    LATE_FEE = "late_fee"
    CREDIT_NOTE = "credit_note"
    LICENSE_SUSPENDED = "license_suspended"
    LICENSE_REINSTATED = "license_reinstated"
    LICENSE_CANCELLED = "license_cancelled"
    LICENSE_DOMAIN = "license_domain"
    INSTALLATION_SCHEDULED = "installation_scheduled"
    INSTALLATION_DONE = "installation_done"
    INSTALLATION_DECLINED = "installation_declined"
    TICKET_OPENED = "ticket_opened"
    TICKET_STARTED = "ticket_started"
    TICKET_ANSWERED = "ticket_answered"
    TICKET_CLOSED = "ticket_closed"
    ANNOUNCEMENT = "announcement"
    TICKET_EXTENDED = "ticket_extended"
    PROMISE_WARNING = "promise_warning"
    ACCOUNT_SUSPENDED = "account_suspended"
    ACCOUNT_REINSTATED = "account_reinstated"
    ACCOUNT_TERMINATED = "account_terminated"
    MAIL_ANSWER = "mail_answer"


def link_token(letter: Letter) -> str:
    """The token of the letter's link."""
    return sealing.index("letter", letter.id.hex)


def letter(kind: LetterKind, recipient: str, language: Language, **values: str) -> Letter:
    """A letter to be saved with the transaction; `values` hold no secret, links are made at delivery."""
    now = clock.now()
    return Letter(kind=kind.value, recipient=recipient, language=language, values=values, created_at=now, due_at=now)
