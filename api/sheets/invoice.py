"""The invoice as PDF, with what a Turkish invoice must bear (VUK 230; domain-tr 4.7)."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import typst
from babel.dates import format_date, format_datetime
from stdnum import iban

from api import clock
from api.i18n import Language, translate
from api.money import formatted, percent
from api.rules.amount_in_words import in_words

TEMPLATE = Path(__file__).with_name("invoice.typ")
# Stands for the tax number of a buyer who has none, as the tax office wants it (domain-tr 4.7).
FINAL_CONSUMER = "11111111111"
INVOICE, CREDIT_NOTE = "INVOICE", "CREDIT_NOTE"
# What is written across the head, and in which of the template's tones; what is merely due needs no mark.
_TONES = {"PAID": "good", "OVERDUE": "danger", "CANCELLED": "danger", "REFUNDED": "notice"}
_NUMBERS = {10: "vkn", 11: "tckn"}
_LABELS = (
    "number", "issued", "due", "currency", "order", "reference", "corrects", "seller", "buyer",
    "description", "quantity", "unit_price", "rate", "tax", "net", "net_total", "total", "paid", "balance",
    "transfer", "bank", "holder", "iban", "internet_sale", "web", "method", "paid_on", "notes", "information",
)  # fmt: skip
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Party:
    """Who sells or buys; `lines` is the postal address, `tax_number` a VKN (10 digits), TCKN (11) or foreign one."""

    name: str
    lines: tuple[str, ...]
    tax_office: str | None = None
    tax_number: str | None = None
    mersis: str | None = None
    trade_registry: str | None = None
    kep: str | None = None
    email: str | None = None
    phone: str | None = None
    web: str | None = None


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One thing billed; amounts in minor units, the rate in basis points."""

    description: str
    quantity: int
    unit_minor: int
    rate_bp: int
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class InvoiceSheet:
    """All that the paper says; `bank_accounts` are (bank, holder, IBAN), `payment` is (method in words, day)."""

    number: str
    kind: str
    status: str
    issued_at: datetime
    due_on: date
    currency: str
    seller: Party
    buyer: Party
    lines: tuple[SheetLine, ...]
    net_minor: int
    tax_minor: int
    total_minor: int
    paid_minor: int
    bank_accounts: tuple[tuple[str, str, str], ...]
    reference: str
    corrects: str | None = None
    order_number: str | None = None
    payment: tuple[str, date] | None = None
    notes: tuple[str, ...] = ()


def as_pdf(sheet: InvoiceSheet, language: Language) -> bytes:
    """The sheet as a tagged PDF on A4; the same sheet gives the same bytes. May run in any thread."""
    made = _compiler(sheet, language).compile(format="pdf", timestamp=int(sheet.issued_at.timestamp()))
    return cast("bytes", made)


@cache
def _fonts() -> typst.Fonts:
    # The letters are those that come with typst; the system's stand in for scripts they lack.
    return typst.Fonts()


def _compiler(sheet: InvoiceSheet, language: Language) -> typst.Compiler:
    # One compiler a sheet: a compiler refuses two threads at once, and making one takes under a millisecond.
    inputs = {"sheet": json.dumps(_printable(_data(sheet, language)))}
    return typst.Compiler(str(TEMPLATE), root=str(TEMPLATE.parent), font_paths=_fonts(), sys_inputs=inputs)


def _data(sheet: InvoiceSheet, language: Language) -> dict[str, Any]:
    def money(minor: int) -> str:
        return formatted(minor, sheet.currency, language)

    left = sheet.total_minor - sheet.paid_minor
    owed = left > 0 and sheet.kind == INVOICE and sheet.status not in {"PAID", "CANCELLED", "REFUNDED"}
    return {
        "language": language,
        "labels": {name: translate(language, f"sheet.label.{name}") for name in _LABELS},
        "title": translate(language, f"sheet.title.{sheet.kind}"),
        "tone": "notice" if sheet.kind == CREDIT_NOTE else "accent",
        "number": sheet.number,
        "mark": _mark(sheet, language),
        "issued": format_datetime(clock.local(sheet.issued_at), "d MMMM y HH:mm", locale=language),
        "due": _day(sheet.due_on, language) if sheet.kind == INVOICE else None,
        "currency": sheet.currency,
        "order": sheet.order_number,
        "corrects": sheet.corrects,
        "seller": _party(sheet.seller, language),
        "buyer": _party(sheet.buyer, language, FINAL_CONSUMER),
        "lines": [_line(line, sheet.currency, language) for line in sheet.lines],
        "net": money(sheet.net_minor),
        "rates": _rates(sheet, language),
        "total": money(sheet.total_minor),
        "paid": money(sheet.paid_minor) if sheet.paid_minor else None,
        "balance": money(left) if owed and sheet.paid_minor else None,
        "words": in_words(sheet.total_minor, sheet.currency, language),
        "reference": sheet.reference if owed else None,
        "accounts": [[bank, holder, iban.format(number)] for bank, holder, number in sheet.bank_accounts if owed],
        "web": sheet.seller.web,
        "payment": [sheet.payment[0], _day(sheet.payment[1], language)] if sheet.payment else None,
        "notes": sheet.notes,
    }


def _day(day: date, language: Language) -> str:
    return format_date(day, "d MMMM y", locale=language)


def _mark(sheet: InvoiceSheet, language: Language) -> dict[str, str] | None:
    if sheet.status not in _TONES or (sheet.kind == CREDIT_NOTE and sheet.status != "CANCELLED"):
        return None
    return {"text": translate(language, f"sheet.status.{sheet.status}"), "tone": _TONES[sheet.status]}


def _party(party: Party, language: Language, without_number: str | None = None) -> dict[str, Any]:
    number = party.tax_number or without_number
    kind = _NUMBERS.get(len(number), "tax_number") if number and number.isdecimal() else "tax_number"
    facts = {
        "tax_office": party.tax_office,
        kind: number,
        "mersis": party.mersis,
        "trade_registry": party.trade_registry,
        "kep": party.kep,
        "email": party.email,
        "phone": party.phone,
        "web": party.web,
    }
    said = [[translate(language, f"sheet.party.{name}"), value] for name, value in facts.items() if value]
    return {"name": party.name, "lines": party.lines, "facts": said}


def _line(line: SheetLine, currency: str, language: Language) -> list[str]:
    amounts = (formatted(minor, currency, language) for minor in (line.tax_minor, line.net_minor))
    unit = formatted(line.unit_minor, currency, language)
    return [line.description, str(line.quantity), unit, percent(line.rate_bp, language), *amounts]


def _rates(sheet: InvoiceSheet, language: Language) -> list[list[str]]:
    """For each VAT rate, highest first, what was taxed with it and the tax."""
    rates = []
    for rate in sorted({line.rate_bp for line in sheet.lines}, reverse=True):
        taxed = [line for line in sheet.lines if line.rate_bp == rate]
        net, tax = (
            formatted(sum(minors), sheet.currency, language)
            for minors in ((line.net_minor for line in taxed), (line.tax_minor for line in taxed))
        )
        rates.append([translate(language, "sheet.rate", rate=percent(rate, language), net=net), tax])
    return rates


def _printable(value: Any) -> Any:
    """The same data without letters that turn or hide what is beside them."""
    if isinstance(value, str):
        letters = (" " if unicodedata.category(letter) in {"Cc", "Cs"} else letter for letter in value)
        return "".join(letter for letter in letters if letter not in _DIRECTIONS)
    if isinstance(value, dict):
        return {key: _printable(part) for key, part in value.items()}
    return [_printable(part) for part in value] if isinstance(value, list | tuple) else value
