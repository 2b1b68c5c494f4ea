"""Addresses: Turkish ones are checked against the lists, others are kept as written."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale

from api.i18n import DEFAULT_LANGUAGE, Language
from api.refusal import Refusal, UserErrorCode
from api.rules.provinces import PROVINCES, districts, plate_code
from api.rules.text import is_blank, line, search_key, sort_key

TURKEY = "TR"
PLACE_HIGH = 100
# Of CLDR's territories: unions, test locales and placeholders, where nobody lives.
NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
COUNTRY_CODE = re.compile(r"[A-Z]{2}")
TURKISH_POSTAL_CODE = re.compile(r"[0-9]{5}")
FOREIGN_POSTAL_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 \-]{0,10}[A-Za-z0-9]")
POSTAL_CODE_HIGH = 12


def province(text: str, country: str = TURKEY) -> str:
    """The province's official spelling; outside Turkey whatever the region is called there."""
    typed = line(text, high=PLACE_HIGH)
    if country != TURKEY:
        return typed
    plate = plate_code(typed)
    if plate is None:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.province")
    return PROVINCES[plate]


def district(text: str, province: str, country: str = TURKEY) -> str:
    """The official spelling of a district of that province: 51 provinces have a Merkez."""
    typed = line(text, high=PLACE_HIGH)
    if country != TURKEY:
        return typed
    found = _by_key(province).get(search_key(typed))
    if found is None:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.district")
    return found


@cache
def _by_key(province: str) -> dict[str, str]:
    return {search_key(name): name for name in districts(province)}


def _is_turkish_postal_code(code: str) -> bool:
    return TURKISH_POSTAL_CODE.fullmatch(code) is not None and code[:2] in PROVINCES


def postal_code(text: str | None, country: str) -> str | None:
    """Five digits that begin with a plate code in Turkey; 2 to 12 letters and digits elsewhere; may be left out."""
    if text is None or is_blank(text):
        return None
    code = text.strip()
    if country == TURKEY and not _is_turkish_postal_code(code):
        raise Refusal.of(UserErrorCode.INVALID_POSTAL_CODE, "refusals.postal_code")
    if len(code) > POSTAL_CODE_HIGH or not FOREIGN_POSTAL_CODE.fullmatch(code):
        raise Refusal.of(UserErrorCode.INVALID_POSTAL_CODE, "refusals.postal_code_abroad")
    return code


@cache
def _country_codes() -> frozenset[str]:
    # CLDR's languages differ by a code or two; the default language says which are ours.
    return frozenset(filter(COUNTRY_CODE.fullmatch, Locale(DEFAULT_LANGUAGE).territories)) - NO_COUNTRIES


@cache
def country_names(language: Language) -> tuple[tuple[str, str], ...]:
    """(ISO 3166-1 code, name) of every country: Turkey, then the rest in the language's own order."""
    names = Locale(language).territories
    order = sort_key if language == "tr" else search_key
    found = ((code, names[code]) for code in _country_codes())
    return tuple(sorted(found, key=lambda pair: (pair[0] != TURKEY, order(pair[1]))))


def country(text: str) -> str:
    """The two-letter code in upper case (ISO 3166-1)."""
    if is_blank(text):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    code = text.strip()
    if not code.isascii() or code.upper() not in _country_codes():
        raise Refusal.of(UserErrorCode.INVALID, "refusals.country")
    return code.upper()
