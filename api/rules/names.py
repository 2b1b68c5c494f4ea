"""Names of people and of companies: checked, never rewritten into another case."""

from __future__ import annotations

import unicodedata

from api.refusal import Refusal, UserErrorCode
from api.rules.text import line

FIRST_NAME_HIGH = 50
LAST_NAME_HIGH = 100
COMPANY_NAME_LOW, COMPANY_NAME_HIGH = 2, 250
IN_PERSON_NAMES = frozenset(" '’-.")
IN_COMPANY_NAMES = frozenset(" &.,-/'’()+")


def is_letter(character: str) -> bool:
    """Whether it is a letter of any alphabet, or a mark that belongs to one."""
    return unicodedata.category(character)[0] in "LM"


def is_letter_or_digit(character: str) -> bool:
    """Letters of any alphabet and decimal digits; not ² or ½."""
    return is_letter(character) or unicodedata.category(character) == "Nd"


def person_name(text: str, *, high: int) -> str:
    """A first or last name of up to `high` characters, with at least one letter and no digits."""
    name = line(text, high=high)
    if not all(is_letter(c) or c in IN_PERSON_NAMES for c in name) or not any(map(str.isalpha, name)):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.person_name")
    return name


def company_name(text: str) -> str:
    """A trade name (unvan) of 2 to 250 characters, as typed."""
    name = line(text, low=COMPANY_NAME_LOW, high=COMPANY_NAME_HIGH)
    if not all(is_letter_or_digit(c) or c in IN_COMPANY_NAMES for c in name) or not any(map(str.isalnum, name)):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.company_name")
    return name
