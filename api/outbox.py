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


def link_token(letter: Letter) -> str:
    """The token of the letter's link."""
    return sealing.index("letter", letter.id.hex)


def letter(kind: LetterKind, recipient: str, language: Language, **values: str) -> Letter:
    """A letter to be saved with the transaction; `values` hold no secret, links are made at delivery."""
    now = clock.now()
    return Letter(kind=kind.value, recipient=recipient, language=language, values=values, created_at=now, due_at=now)
