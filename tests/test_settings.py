"""Settings: what each variable means, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest

from api import clock
from api import settings as in_force
from api.first_texts import TEXTS, _filled
from api.process import prepare
from api.settings import ROOT, Settings, SettingsError, load
from api.terms import BankAccount, Billing, InstallationTerms, SupportTerms

PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "s" * 32,
    "BASE_URL": "https://portal.example.net",
    "MAIL_URL": "smtps://user:pass@mail.example.net",
    "DATABASE_URL": "postgres://ruhsat@db.example.net/ruhsat",
}


def problems(variables: dict[str, str]) -> list[str]:
    """What loading refuses."""
    with pytest.raises(SettingsError) as error:
        load(variables)
    assert str(error.value) == "\n".join(error.value.problems)
    return error.value.problems


def test_nothing_set_is_a_demo_of_this_machine_alone() -> None:
    settings = load({})
    assert settings == replace(load({"ENVIRONMENT": "demo", "DEMO_DATA": "1", "CLOCK_DOOR": "1"}))
    found = (settings.production, settings.host, settings.port, settings.base_url, settings.demo_data)
    assert found == (False, "127.0.0.1", 8000, "http://127.0.0.1:8000", True)
    assert settings.database_url == f"sqlite:///{ROOT / 'var' / 'ruhsat.sqlite3'}"
    assert settings.mail_url == f"file://{ROOT / 'var' / 'mail'}"
    assert (settings.secret_key, settings.secret_key_old, settings.clock_start) == ("", "", None)
    assert (settings.trusted_proxies, settings.throttle_scale, settings.form_seconds) == ((), 1, 1)
    hashing = settings.hashing
    assert (hashing.time_cost, hashing.memory_kib, hashing.parallelism, hashing.concurrency) == (2, 19456, 1, 2)
    assert (settings.vendor.support_open, settings.vendor.support_close) == (time(10), time(22))
    assert settings.support == SupportTerms(30, "whole_terms", "invoice_or_current", 0, 60)
    assert settings.installation == InstallationTerms(window_days=30, vault_days=7)


def test_blank_is_not_set() -> None:
    assert load({"HOST": " ", "PORT": "", "ENVIRONMENT": "  "}) == load({})


@pytest.mark.parametrize(
    ("variable", "value", "name", "expected"),
    [
        ("ENVIRONMENT", "demo", "production", False),
        ("DATABASE_URL", "sqlite:///srv/a.sqlite3", "database_url", "sqlite:///srv/a.sqlite3"),
        ("DATABASE_URL", "postgresql://u:p@h:5432/d", "database_url", "postgresql://u:p@h:5432/d"),
        ("BASE_URL", "https://portal.example.net/", "base_url", "https://portal.example.net"),
        ("BASE_URL", "http://[::1]:8000", "base_url", "http://[::1]:8000"),
        ("SECRET_KEY", "short is fine in a demo", "secret_key", "short is fine in a demo"),
        ("SECRET_KEY_OLD", "before", "secret_key_old", "before"),
        ("MAIL_URL", "smtp://user:pa%40ss@mail:2525", "mail_url", "smtp://user:pa%40ss@mail:2525"),
        ("MAIL_URL", "file:///srv/mail", "mail_url", "file:///srv/mail"),
        ("HOST", "0.0.0.0", "host", "0.0.0.0"),  # noqa: S104 - only read
        ("PORT", "0", "port", 0),
        ("PORT", "65535", "port", 65535),
        ("TRUSTED_PROXIES", "10.0.0.1, 10.1.0.0/16,", "trusted_proxies", ("10.0.0.1", "10.1.0.0/16")),
        ("CLOCK_START", "2026-11-22T12:00:00+03:00", "clock_start", datetime(2026, 11, 22, 9, tzinfo=UTC)),
        ("DEMO_DATA", "0", "demo_data", False),
        ("THROTTLE_SCALE", "0.5", "throttle_scale", 0.5),
        ("FORM_SECONDS", "2.5", "form_seconds", 2.5),
        ("CLOCK_DOOR", "0", "clock_door", False),
    ],
)
def test_each_variable_sets_what_it_names(variable: str, value: str, name: str, expected: Any) -> None:
    assert getattr(load({variable: value}), name) == expected


@pytest.mark.parametrize(
    ("variable", "value", "name", "expected"),
    [
        ("VENDOR_NAME", "Örnek", "name", "Örnek"),
        ("VENDOR_LEGAL_NAME", "Örnek A.Ş.", "legal_name", "Örnek A.Ş."),
        ("VENDOR_HOST", "www.example.net", "general_email", "info@example.net"),
        ("VENDOR_HOST", "example.net", "billing_email", "muhasebe@example.net"),
        ("VENDOR_EMAIL", "a@example.net", "general_email", "a@example.net"),
        ("VENDOR_BILLING_EMAIL", "b@example.net", "billing_email", "b@example.net"),
        ("VENDOR_PHONE", "0232 000 00 00", "phone", "0232 000 00 00"),
        ("VENDOR_ADDRESS", "Konak, İzmir", "address", "Konak, İzmir"),
        ("VENDOR_KEP", "a@hs01.kep.tr", "kep", "a@hs01.kep.tr"),
        ("VENDOR_MERSIS", "0123456789012345", "mersis", "0123456789012345"),
        ("VENDOR_TAX_OFFICE", "Karşıyaka", "tax_office", "Karşıyaka"),
        ("VENDOR_TAX_NUMBER", "4540536920", "tax_number", "4540536920"),
        ("VENDOR_TAX_NUMBER", "10000000146", "tax_number", "10000000146"),
        ("VENDOR_TRADE_REGISTRY", "İzmir 123456", "trade_registry", "İzmir 123456"),
        ("VENDOR_SMS_SENDER", "ORNEK", "sms_sender", "ORNEK"),
        ("VENDOR_JURISDICTION", "Ankara", "jurisdiction", "Ankara"),
        ("SUPPORT_OPEN", "09:30", "support_open", time(9, 30)),
        ("SUPPORT_CLOSE", "18:00", "support_close", time(18)),
    ],
)
def test_each_variable_of_the_vendor_sets_what_it_names(variable: str, value: str, name: str, expected: Any) -> None:
    assert getattr(load({variable: value}).vendor, name) == expected


@pytest.mark.parametrize(
    ("variable", "value", "section", "name", "expected"),
    [
        ("INVOICE_SERIES", "A1Z", "billing", "invoice_series", "A1Z"),
        ("CREDIT_NOTE_SERIES", "000", "billing", "credit_series", "000"),
        ("INVOICE_DUE_DAYS", "0", "billing", "due_days", 0),
        ("INVOICE_DUE_DAYS", "365", "billing", "due_days", 365),
        ("UNPAID_ORDER_DAYS", "1", "billing", "unpaid_order_days", 1),
        ("UNPAID_ORDER_DAYS", "365", "billing", "unpaid_order_days", 365),
        ("PAUSE_LATE_FEE", "0", "billing", "pause_late_fee", False),
        ("SUPPORT_INVOICE_DAYS_BEFORE", "45", "support", "invoice_days_before", 45),
        ("SUPPORT_BACKPAY_MODE", "prorata_days_plus_year", "support", "backpay_mode", "prorata_days_plus_year"),
        ("SUPPORT_BACKPAY_MODE", "waived", "support", "backpay_mode", "waived"),
        ("SUPPORT_BACKPAY_PRICE", "current", "support", "backpay_price", "current"),
        ("SUPPORT_BACKPAY_PRICE", "historic", "support", "backpay_price", "historic"),
        ("SUPPORT_MAX_BACKPAY_TERMS", "50", "support", "most_back_terms", 50),
        ("SUPPORT_WARN_REMAINING_DAYS", "0", "support", "warn_remaining_days", 0),
        ("INSTALL_WINDOW_DAYS", "0", "installation", "window_days", 0),
        ("INSTALL_WINDOW_DAYS", "365", "installation", "window_days", 365),
        ("INSTALL_VAULT_DAYS", "1", "installation", "vault_days", 1),
        ("INSTALL_VAULT_DAYS", "30", "installation", "vault_days", 30),
        ("DOMAIN_CHANGES_PER_YEAR", "0", "licensing", "domain_changes", 0),
        ("DOMAIN_MOVE_HOURS", "720", "licensing", "move_hours", 720),
        ("LEASE_DAYS", "90", "licensing", "lease_days", 90),
        ("LEASE_GRACE_DAYS", "0", "licensing", "grace_days", 0),
        ("OFFLINE_LEASE_DAYS", "1", "licensing", "offline_days", 1),
        ("SIGHTING_DAYS", "1", "licensing", "sighting_days", 1),
        ("LEGACY_PREFIXES", "/whmcs, /a/b/", "licensing", "legacy_prefixes", ("/whmcs", "/a/b")),
    ],
)
def test_each_term_of_business_sets_what_it_names(
    variable: str, value: str, section: str, name: str, expected: Any
) -> None:
    assert getattr(getattr(load({variable: value}), section), name) == expected


def test_a_demo_has_two_accounts_at_banks_that_do_not_exist_and_production_none() -> None:
    holder = "Örnek | Ortakları; A.Ş."
    examples = (
        BankAccount("Örnek Bankası", holder, "TR180099900000001234567890"),
        BankAccount("Deneme Bankası", holder, "TR790099800000009876543210"),
    )
    expected = Billing("WTR", "WTI", 7, 30, examples, pause_late_fee=True)
    assert load({"VENDOR_LEGAL_NAME": holder}).billing == expected
    assert load(PRODUCTION | {"VENDOR_LEGAL_NAME": holder}).billing == replace(expected, bank_accounts=())


def test_bank_accounts_are_read_in_their_order_with_ibans_as_people_type_them() -> None:
    typed = " Bir Bankası | Örnek A.Ş. | tr33 0006 1005 1978 6457 8413 26 ;İki|Örnek|TR130006200000001234567890;"
    typed += "Üç|Örnek|TR650006100ABCDEFGH5784132"
    for variables in ({}, PRODUCTION):
        assert load(variables | {"BANK_ACCOUNTS": typed}).billing.bank_accounts == (
            BankAccount("Bir Bankası", "Örnek A.Ş.", "TR330006100519786457841326"),
            BankAccount("İki", "Örnek", "TR130006200000001234567890"),
            BankAccount("Üç", "Örnek", "TR650006100ABCDEFGH5784132"),
        )


_RIGHT = "Bir|Örnek|TR330006100519786457841326"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        *(
            (value, "must be Bank|Holder|IBAN, separated by semicolons; account 2 is not.")
            for value in (f"{_RIGHT};İki", f"{_RIGHT};|Örnek|TR130006200000001234567890", f"{_RIGHT};{_RIGHT}|x")
        ),
        *(
            (
                f"{_RIGHT};İki|Örnek|{number}",
                "must have Turkish IBANs (TR and 24 characters); account 2 has a wrong one.",
            )
            for number in (
                "TR340006100519786457841326",
                "TR33000610051978645784132",
                "TR000006100519786457800016",
                "DE89370400440532013000",
                "TR33000610051978645784132\N{FULLWIDTH DIGIT SIX}",
                "IBAN TR330006100519786457841326",
            )
        ),
    ],
)
def test_an_account_that_nobody_can_pay_to_is_refused(value: str, problem: str) -> None:
    assert problems({"BANK_ACCOUNTS": value}) == [f"BANK_ACCOUNTS {problem}"]


def test_invoices_and_credit_notes_do_not_share_a_series() -> None:
    expected = ["CREDIT_NOTE_SERIES must differ from INVOICE_SERIES: their numbers would be the same."]
    assert problems({"INVOICE_SERIES": "WTI"}) == expected
    assert load({"INVOICE_SERIES": "WTI", "CREDIT_NOTE_SERIES": "WTR"}).billing.invoice_series == "WTI"


_SELLER = {
    "VENDOR_ADDRESS": "Konak, İzmir",
    "VENDOR_PHONE": "0232 000 00 00",
    "VENDOR_KEP": "ornek@hs01.kep.tr",
    "VENDOR_MERSIS": "0123456789012345",
    "VENDOR_TAX_OFFICE": "Karşıyaka",
    "VENDOR_TAX_NUMBER": "4540536920",
    "VENDOR_TRADE_REGISTRY": "İzmir 123456",
}


@pytest.mark.parametrize("name", [name for name, _ in TEXTS.values()])
def test_the_first_texts_name_the_seller_and_leave_out_what_is_not_set(name: str) -> None:
    whole = _filled(name, load(_SELLER).vendor)
    some = _filled(name, load({}).vendor)
    named = [value for value in _SELLER.values() if value in whole]
    assert named == (list(_SELLER.values()) if name in {"preliminary-information", "distance-sales"} else [])
    lines = whole.splitlines()
    assert some.splitlines() == [line for line in lines if not any(value in line for value in named)]
    assert not {"{", "}"} & set(whole)


def test_the_address_of_a_demo_follows_its_port() -> None:
    assert load({"PORT": "8123"}).base_url == "http://127.0.0.1:8123"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ENVIRONMENT", "prod"),
        *(("DATABASE_URL", url) for url in ("mysql://h/d", "sqlite://a.db", "sqlite:///", "a.db", "postgres://[")),
        *(
            ("BASE_URL", url)
            for url in (
                "portal.example.net",
                "ftp://portal.example.net",
                "https://",
                "https://a/b",
                "https://a?b",
                "https://a#b",
                "https://u@a",
                "http://a:b",
                "http://[",
            )
        ),
        *(
            ("MAIL_URL", url)
            for url in (
                "mail.example.net",
                "imap://h",
                "smtp://",
                "smtp://h:x",
                "file://folder/mail",
                "file:///",
                "smtp://[",
            )
        ),
        *(("PORT", port) for port in ("x", "-1", "65536", "80.5", "nan", "inf")),
        *(
            ("CLOCK_START", instant)
            for instant in (
                "now",
                "2026-11-22",
                "2026-11-22T12:00:00",
                "0001-01-01T00:00:00+03:00",
                "9999-12-31T23:59:59Z",
            )
        ),
        ("THROTTLE_SCALE", "0"),
        ("THROTTLE_SCALE", "-1"),
        ("FORM_SECONDS", "61"),
        ("SUPPORT_OPEN", "25:00"),
        ("SUPPORT_CLOSE", "ten"),
        ("ARGON2_TIME_COST", "0"),
        ("ARGON2_MEMORY_KIB", "7"),
        ("ARGON2_PARALLELISM", "17"),
        ("ARGON2_CONCURRENCY", "0"),
        *(
            ("VENDOR_TAX_NUMBER", number)
            for number in ("4540536921", "10000000147", "454053692", "TR4540536920", "４５４０５３６９２０")
        ),
        *(("INVOICE_SERIES", series) for series in ("WT", "WTRX", "wtr", "WT-", "ŞTR")),
        *(("INVOICE_DUE_DAYS", days) for days in ("-1", "366", "7.5", "week")),
        ("CREDIT_NOTE_SERIES", "W I"),
        ("UNPAID_ORDER_DAYS", "0"),
        ("UNPAID_ORDER_DAYS", "366"),
        ("PAUSE_LATE_FEE", "no"),
        ("SUPPORT_INVOICE_DAYS_BEFORE", "-1"),
        ("SUPPORT_INVOICE_DAYS_BEFORE", "366"),
        ("SUPPORT_BACKPAY_MODE", "half"),
        ("SUPPORT_BACKPAY_PRICE", "Current"),
        ("SUPPORT_MAX_BACKPAY_TERMS", "51"),
        ("SUPPORT_WARN_REMAINING_DAYS", "366"),
        ("INSTALL_WINDOW_DAYS", "366"),
        ("INSTALL_VAULT_DAYS", "0"),
        ("INSTALL_VAULT_DAYS", "31"),
        ("DOMAIN_CHANGES_PER_YEAR", "-1"),
        ("DOMAIN_MOVE_HOURS", "721"),
        ("LEASE_DAYS", "0"),
        ("LEASE_GRACE_DAYS", "91"),
        ("OFFLINE_LEASE_DAYS", "367"),
        ("SIGHTING_DAYS", "0"),
        ("LEGACY_PREFIXES", "whmcs"),
        ("LEGACY_PREFIXES", "/a b"),
        ("FILES_URL", "var/files"),
        ("FILES_URL", "s3:///prefix"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_its_name(variable: str, value: str) -> None:
    (problem,) = problems({variable: value})
    assert problem.startswith(f"{variable} must ")
    assert problem.endswith(".")


def test_argon2_needs_some_memory_for_each_lane() -> None:
    expected = "ARGON2_MEMORY_KIB must be at least 8 times ARGON2_PARALLELISM."
    assert problems({"ARGON2_MEMORY_KIB": "8", "ARGON2_PARALLELISM": "2"}) == [expected]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert len(problems({"PORT": "x", "ENVIRONMENT": "x", "CLOCK_START": "x"})) == 3


def test_production_starts_with_what_it_needs() -> None:
    settings = load(PRODUCTION)
    assert (settings.production, settings.demo_data, settings.throttle_scale) == (True, False, 1)
    assert prepare(settings) == settings
    assert in_force.current() is settings


def test_settings_are_asked_for_only_after_a_process_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_force, "_current", None)
    with pytest.raises(RuntimeError, match=r"settings\.use\(\) has not been called"):
        in_force.current()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *((name, "") for name in ("SECRET_KEY", "BASE_URL", "MAIL_URL", "DATABASE_URL")),
        ("SECRET_KEY", "s" * 31),
        ("CLOCK_START", "2026-11-22T12:00:00Z"),
        ("DEMO_DATA", "0"),
        ("THROTTLE_SCALE", "1"),
    ],
)
def test_production_refuses_to_start_without_what_it_needs_or_with_what_is_for_demos(variable: str, value: str) -> None:
    (problem,) = problems(PRODUCTION | {variable: value})
    assert problem.startswith(f"{variable} ")
    assert "production" in problem


def test_settings_do_not_show_their_secrets() -> None:
    shown = repr(load(PRODUCTION | {"SECRET_KEY": "k" * 40, "SECRET_KEY_OLD": "o" * 40}))
    assert "k" * 40 not in shown
    assert "o" * 40 not in shown
    assert "user:pass" not in shown


def test_the_clock_of_a_demo_starts_where_it_is_told_and_runs_on(basic_settings: Settings) -> None:
    start = datetime(2031, 1, 1, tzinfo=UTC)
    try:
        prepare(replace(basic_settings, clock_start=start))
        first = clock.now()
        assert 0 <= (first - start).total_seconds() < 1
        assert clock.now() > first
    finally:
        clock.start_at(None)
