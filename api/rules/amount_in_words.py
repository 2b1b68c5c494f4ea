"""Amounts in words, as Turkish invoices close with them by custom."""

from __future__ import annotations

from collections.abc import Callable

MINOR_PER_MAJOR = 100
MOST_MINOR = 99_999_999_999_999  # 999 999 999 999.99
THOUSAND, HUNDRED = 1000, 100

TR_ONES = ("", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz")
TR_TENS = ("", "on", "yirmi", "otuz", "kırk", "elli", "altmış", "yetmiş", "seksen", "doksan")
TR_SCALES = ("", "bin", "milyon", "milyar")
EN_ONES = (
    "", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
EN_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
EN_SCALES = ("", "thousand", "million", "billion")

# Turkish nouns stay singular after a number.
TR_UNITS = {"TRY": ("Türk lirası", "kuruş"), "USD": ("ABD doları", "sent"), "EUR": ("avro", "sent")}
EN_UNITS = {
    "TRY": (("Turkish lira", "Turkish liras"), ("kurus", "kurus")),
    "USD": (("US dollar", "US dollars"), ("cent", "cents")),
    "EUR": (("euro", "euros"), ("cent", "cents")),
}


def _joined(*words: str) -> str:
    return " ".join(word for word in words if word)


def _tr_below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, HUNDRED)
    # A hundred is yüz, never bir yüz.
    return _joined(
        TR_ONES[hundreds] if hundreds > 1 else "", "yüz" if hundreds else "", TR_TENS[rest // 10], TR_ONES[rest % 10]
    )


def _en_below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, HUNDRED)
    below = EN_ONES[rest] if rest < len(EN_ONES) else "-".join(filter(None, (EN_TENS[rest // 10], EN_ONES[rest % 10])))
    return _joined(EN_ONES[hundreds], "hundred" if hundreds else "", below)


def _by_thousands(number: int, scales: tuple[str, ...], below_thousand: Callable[[int], str]) -> str:
    words = ""
    for scale in scales:
        number, group = divmod(number, THOUSAND)
        if group:
            # A thousand is bin, never bir bin.
            count = "" if scale == "bin" and group == 1 else below_thousand(group)
            words = _joined(count, scale, words)
    return words


def _tr(major: int, minor: int, currency: str, *, negative: bool) -> str:
    unit, small = TR_UNITS[currency]
    whole = f"{_by_thousands(major, TR_SCALES, _tr_below_thousand) or 'sıfır'} {unit}" if major or not minor else ""
    part = f"{_tr_below_thousand(minor)} {small}" if minor else ""
    return _joined("Yalnız", "eksi" if negative else "", whole, part)


def _en(major: int, minor: int, currency: str, *, negative: bool) -> str:
    units, smalls = EN_UNITS[currency]
    whole = f"{_by_thousands(major, EN_SCALES, _en_below_thousand) or 'zero'} {units[major != 1]}"
    part = f"{_en_below_thousand(minor)} {smalls[minor != 1]}"
    told = (f"{whole} and {part}" if major else part) if minor else whole
    return _joined("Only", "minus" if negative else "", told)


def in_words(minor: int, currency: str, language: str) -> str:
    """An amount in minor units in words (`tr` or `en`); ValueError above 999 999 999 999.99 or for another currency."""
    if abs(minor) > MOST_MINOR or currency not in TR_UNITS:
        raise ValueError("amounts in words are for at most 999 999 999 999.99 of TRY, USD and EUR")
    major, part = divmod(abs(minor), MINOR_PER_MAJOR)
    telling = _tr if language == "tr" else _en
    return telling(major, part, currency, negative=minor < 0)
