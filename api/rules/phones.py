"""Telephone numbers at which a customer can be reached, stored as E.164."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from api.refusal import Refusal, UserErrorCode
from api.rules.text import is_blank

TURKEY = 90
LONGEST_TYPED = 40
# No letters and no '#', ';' or ',': they are vanity numbers and extensions for the library.
# The bidi marks (U+202A to U+202E, U+200E) come with numbers copied from a telephone's contacts.
TYPED = re.compile(r"[+0-9\s().\-/\u2010-\u2015\u200e\u202a-\u202e]+", re.ASCII)
REACHABLE = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
        PhoneNumberType.UAN,
    }
)


def _parse(text: str, country: str) -> PhoneNumber:
    typed = text.replace("\u00a0", " ")
    if len(typed) > LONGEST_TYPED or not TYPED.fullmatch(typed):
        raise Refusal.of(UserErrorCode.INVALID_PHONE, "refusals.phone")
    try:
        return phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        raise Refusal.of(UserErrorCode.INVALID_PHONE, "refusals.phone") from None


def phone_number(text: str, country: str) -> str:
    """The number in E.164; `country` (ISO 3166-1) is where one without +… is dialed."""
    if is_blank(text):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    number = _parse(text.strip(), country)
    if number.extension or not phonenumbers.is_valid_number(number):
        raise Refusal.of(UserErrorCode.INVALID_PHONE, "refusals.phone")
    if phonenumbers.number_type(number) not in REACHABLE:
        raise Refusal.of(UserErrorCode.INVALID_PHONE, "refusals.phone_kind")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def display_phone(e164: str) -> str:
    """As people read it: 0532 123 45 67 for Turkey, +49 30 … for elsewhere."""
    number = phonenumbers.parse(e164)
    national = number.country_code == TURKEY
    return phonenumbers.format_number(
        number, PhoneNumberFormat.NATIONAL if national else PhoneNumberFormat.INTERNATIONAL
    )
