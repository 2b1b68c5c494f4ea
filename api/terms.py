"""The vendor's terms of business as plain values; `api.settings` reads them, rules may take them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Literal

BackpayMode = Literal["whole_terms", "prorata_days_plus_year", "waived"]
BackpayPrice = Literal["invoice_or_current", "current", "historic"]

# The first of each is the default.
BACKPAY_MODES: tuple[BackpayMode, ...] = ("whole_terms", "prorata_days_plus_year", "waived")
BACKPAY_PRICES: tuple[BackpayPrice, ...] = ("invoice_or_current", "current", "historic")


@dataclass(frozen=True, slots=True)
class BankAccount:
    """Where customers transfer money to; `iban` is a checked Turkish one, 26 characters without spaces."""

    bank: str
    holder: str
    iban: str


@dataclass(frozen=True, slots=True)
class Billing:
    """How invoices are numbered and paid: series of 3 characters of A-Z0-9 (GİB's form), periods in days.

    `pause_late_fee` stops the late fee (5.3.1) while a declared transfer waits for confirmation.
    """

    invoice_series: str
    credit_series: str
    due_days: int
    unpaid_order_days: int
    bank_accounts: tuple[BankAccount, ...]
    pause_late_fee: bool


@dataclass(frozen=True, slots=True)
class SupportTerms:
    """How support years are renewed and paid back (service agreement 5.1.2, 5.1.3).

    Periods are in days; `most_back_terms` caps the years that are paid back, 0 sets no cap.
    """

    invoice_days_before: int
    backpay_mode: BackpayMode
    backpay_price: BackpayPrice
    most_back_terms: int
    warn_remaining_days: int


@dataclass(frozen=True, slots=True)
class LicensingTerms:
    """How licenses are checked (licensing.md): a domain's moves in 365 days, the hours in which the old domain still
    answers, days of a lease, of its grace and of one for a machine without a network, days that sightings are kept,
    and the paths under which modules of the old protocol ask (each begins with a slash, without one at its end).
    """

    domain_changes: int
    move_hours: int
    lease_days: int
    grace_days: int
    offline_days: int
    sighting_days: int
    legacy_prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InstallationTerms:
    """Free installation (service agreement 5.1.1): days to ask for it, days that its access data are kept."""

    window_days: int
    vault_days: int


@dataclass(frozen=True, slots=True)
class SupportHours:
    """When support is open (service agreement 8.1): from `opens` to before `closes`, in Istanbul, on `days` (ISO: 1 is
    Monday) that are no holidays.
    """

    opens: time
    closes: time
    days: frozenset[int]
    holidays: frozenset[date]


@dataclass(frozen=True, slots=True)
class TicketTerms:
    """What is promised to who asks (service agreement 8): support minutes to a first answer at the latest and as it is
    expected, days that an extension lasts at most (8.2), days in which a closed ticket is reopened, and the minutes
    before a promise is missed at which staff are warned.
    """

    hours: SupportHours
    answer_minutes: int
    expected_minutes: int
    extension_days: int
    reopen_days: int
    warn_minutes: int


@dataclass(frozen=True, slots=True)
class AttachmentTerms:
    """What may hang on messages: files of one message, mebibytes of one file and of all of an account, and who scans
    them (`clamd://host:port`; empty: nobody).
    """

    most_files: int
    file_mebibytes: int
    account_mebibytes: int
    scan_url: str
