"""Who is invoiced: a company by its VKN, a person by their T.C. number, a foreigner by a foreign number."""

from __future__ import annotations

import re

from stdnum.tr import tckimlik, vkn

from api.refusal import Refusal, UserErrorCode
from api.rules.names import IN_COMPANY_NAMES, is_letter_or_digit
from api.rules.text import is_blank, line, search_key

NATIONAL_ID_DIGITS = 11
TAX_NUMBER_DIGITS = 10
LONGEST_TYPED = 40
# 2222222222 and 1111111111 stand on invoices for buyers without a number; nobody has them.
INVOICE_DUMMIES = frozenset({"0000000000", "1111111111", "2222222222"})
# The check digits of these are right, as are those of ten equal digits and a 0.
SEQUENCE_DUMMY = "12345678950"
ASCII_DIGITS = re.compile(r"[0-9]+")
FOREIGN_NUMBER = re.compile(r"[A-Za-z0-9.\-/ ]*[A-Za-z0-9][A-Za-z0-9.\-/ ]*")
FOREIGN_LOW, FOREIGN_HIGH = 2, 30
TAX_OFFICE_LOW, TAX_OFFICE_HIGH = 2, 100
TAX_OFFICE_ENDINGS = (
    ("vergi", "dairesi", "mudurlugu"),
    ("vergi", "dairesi", "baskanligi"),
    ("vergi", "dairesi"),
    ("v.", "d."),
    ("v.d.",),
    ("v.d",),
    ("vd.",),
    ("vd",),
)
SHOWN_DIGITS = 3


def _digits(text: str, code: UserErrorCode, message: str) -> str:
    """The typed digits without spaces; other scripts' digits are not taken (stdnum would)."""
    if is_blank(text):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    digits = "".join(text.split()) if len(text) <= LONGEST_TYPED else ""
    if not ASCII_DIGITS.fullmatch(digits):
        raise Refusal.of(code, message)
    return digits


def _is_dummy_id(digits: str) -> bool:
    return len(set(digits[:-1])) == 1 or digits == SEQUENCE_DUMMY


def national_id(text: str) -> str:
    """The 11 digits of a T.C. kimlik number, or of a foreigner's one beginning with 99."""
    digits = _digits(text, UserErrorCode.INVALID_NATIONAL_ID, "refusals.national_id")
    if len(digits) == TAX_NUMBER_DIGITS:
        raise Refusal.of(UserErrorCode.INVALID_NATIONAL_ID, "refusals.national_id_is_tax_number")
    if len(digits) != NATIONAL_ID_DIGITS:
        raise Refusal.of(UserErrorCode.INVALID_NATIONAL_ID, "refusals.national_id_length")
    if _is_dummy_id(digits) or not tckimlik.is_valid(digits):
        raise Refusal.of(UserErrorCode.INVALID_NATIONAL_ID, "refusals.national_id")
    return digits


def tax_number(text: str) -> str:
    """The 10 digits of a VKN; leading zeros count, so never make it an int."""
    digits = _digits(text, UserErrorCode.INVALID_TAX_NUMBER, "refusals.tax_number")
    if len(digits) == NATIONAL_ID_DIGITS:
        raise Refusal.of(UserErrorCode.INVALID_TAX_NUMBER, "refusals.tax_number_is_national_id")
    if len(digits) != TAX_NUMBER_DIGITS:
        raise Refusal.of(UserErrorCode.INVALID_TAX_NUMBER, "refusals.tax_number_length")
    if digits in INVOICE_DUMMIES or not vkn.is_valid(digits):
        raise Refusal.of(UserErrorCode.INVALID_TAX_NUMBER, "refusals.tax_number")
    return digits


def _foreign(text: str, code: UserErrorCode) -> str:
    number = line(text, low=FOREIGN_LOW, high=FOREIGN_HIGH)
    if not FOREIGN_NUMBER.fullmatch(number):
        raise Refusal.of(code, "refusals.foreign_number")
    return number


def foreign_tax_number(text: str) -> str:
    """The tax number of a company outside Turkey, which no rule of ours can check further."""
    return _foreign(text, UserErrorCode.INVALID_TAX_NUMBER)


def foreign_identity(text: str) -> str:
    """The number of a passport or of another country's identity card."""
    return _foreign(text, UserErrorCode.INVALID_NATIONAL_ID)


def _without_ending(office: str) -> str:
    words = office.split()
    keys = tuple(map(search_key, words))
    for ending in TAX_OFFICE_ENDINGS:
        if keys[-len(ending) :] == ending:
            return " ".join(words[: -len(ending)])
    return office


def tax_office(text: str) -> str:
    """The office's own name: Konak for "KONAK Vergi Dairesi Müdürlüğü" or "Konak V.D."."""
    name = _without_ending(line(text, low=TAX_OFFICE_LOW, high=TAX_OFFICE_HIGH))
    allowed = all(is_letter_or_digit(c) or c in IN_COMPANY_NAMES for c in name)
    if len(name) < TAX_OFFICE_LOW or not allowed or not any(map(str.isalpha, name)):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.tax_office")
    return name


def mask(identity: str) -> str:
    """All but the last three characters as stars, for every reader who need not know more."""
    hidden = max(len(identity) - SHOWN_DIGITS, 0) or len(identity)
    return "*" * hidden + identity[hidden:]
