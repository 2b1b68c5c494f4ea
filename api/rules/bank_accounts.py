"""Accounts into which customers transfer (domain-tr 3.4), and what they write into the explanation (5.3)."""

from __future__ import annotations

import re

from stdnum import iban as international

from api.refusal import Refusal, UserErrorCode
from api.rules.text import is_blank

COUNTRY = "TR"
LONGEST_TYPED = 60
GROUP_LENGTH = 4
BETWEEN = re.compile(r"[\s\-]+")
# ISO 13616: country and check digits first.
ANY_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
# 26 characters: bank code of 5 digits, one reserved digit, account of 16 (TCMB, communiqué 2008/6).
TURKISH_IBAN = re.compile(r"TR[0-9]{8}[A-Z0-9]{16}")
REFERENCE = re.compile(r"[^A-Z0-9]")


def iban(text: str) -> str:
    """A Turkish IBAN without blanks in upper case; INVALID when it is foreign, of another length or mistyped."""
    if is_blank(text):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    typed = BETWEEN.sub("", text) if len(text) <= LONGEST_TYPED else ""
    number = typed.upper() if typed.isascii() else ""
    if ANY_IBAN.fullmatch(number) and not number.startswith(COUNTRY):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.iban_country")
    # Check digits 00, 01 and 99 pass mod 97 too, but are nobody's; hence the second look.
    right = TURKISH_IBAN.fullmatch(number) and international.is_valid(number)
    if not right or international.calc_check_digits(number) != number[2:4]:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.iban")
    return number


def grouped(iban: str) -> str:
    """An IBAN as people read it, by 4 characters."""
    return " ".join(iban[start : start + GROUP_LENGTH] for start in range(0, len(iban), GROUP_LENGTH))


def payment_reference(invoice_number: str) -> str:
    """The invoice's number, series included, in the letters and digits that every bank passes on unchanged."""
    return REFERENCE.sub("", invoice_number.upper())
