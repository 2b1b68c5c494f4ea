"""E-mail addresses in the one form that the unique index compares."""

from __future__ import annotations

import email_validator

from api.refusal import Refusal, UserErrorCode
from api.rules.text import is_blank, nfc

LONGEST_ADDRESS = 254  # RFC 5321 4.5.3.1.3, without the angle brackets

# Whether mail arrives is shown by the confirmation letter; intranets and tests use .local and .test.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def _lower_domain(domain: str) -> str:
    # UTS 46 would map İ to i with a combining dot, which is another domain.
    return nfc(domain).replace("İ", "i").lower()


def _ascii_address(address: str) -> str:
    try:
        validated = email_validator.validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except email_validator.EmailNotValidError:
        raise Refusal.of(UserErrorCode.INVALID_EMAIL, "refusals.email") from None
    return (validated.ascii_email or validated.normalized).lower()


def email_address(text: str) -> str:
    """The address trimmed, in lower case and with the domain as A-labels (RFC 5890)."""
    if is_blank(text):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    address = text.strip()
    if len(address) > LONGEST_ADDRESS:
        raise Refusal.of(UserErrorCode.TOO_LONG, "refusals.too_long", high=LONGEST_ADDRESS)
    local, at, domain = address.rpartition("@")
    if not (local and at and domain):
        raise Refusal.of(UserErrorCode.INVALID_EMAIL, "refusals.email")
    if not local.isascii():
        raise Refusal.of(UserErrorCode.INVALID_EMAIL, "refusals.email_local_ascii")
    return _ascii_address(f"{local}@{_lower_domain(domain)}")
