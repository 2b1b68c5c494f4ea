"""Settings, read once from the environment; `docs/settings.md` documents each.

This module is the only reader of `os.environ`.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from stdnum import iban
from stdnum.tr import tckimlik, vkn

from api.environment import Environment
from api.environment import SettingsError as SettingsError
from api.terms import (
    BACKPAY_MODES,
    BACKPAY_PRICES,
    AttachmentTerms,
    BankAccount,
    Billing,
    InstallationTerms,
    LicensingTerms,
    SupportHours,
    SupportTerms,
    TicketTerms,
)

ROOT = Path(__file__).parents[1]
# Banks 00998 and 00999 do not exist: nobody's money goes astray by a demo.
EXAMPLE_ACCOUNTS = {"Örnek Bankası": "TR180099900000001234567890", "Deneme Bankası": "TR790099800000009876543210"}
# Bank code of 5 digits, a reserved digit, 16 characters of the account (ISO 13616 registry).
TURKISH_IBAN = re.compile(r"TR[0-9]{8}[A-Z0-9]{16}")
# A path in front of the address that modules of the old protocol know.
PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")


@dataclass(frozen=True, slots=True)
class Vendor:
    """Who runs this installation; shown on the site, in letters and in the first agreement."""

    name: str
    legal_name: str
    host: str
    general_email: str
    billing_email: str
    phone: str
    address: str
    kep: str
    mersis: str
    tax_office: str
    tax_number: str
    trade_registry: str
    sms_sender: str
    jurisdiction: str
    support_open: time
    support_close: time


@dataclass(frozen=True, slots=True)
class Hashing:
    """Parameters of argon2id (RFC 9106); `concurrency` bounds memory: one hash holds `memory_kib` at a time."""

    time_cost: int
    memory_kib: int
    parallelism: int
    concurrency: int


@dataclass(frozen=True, slots=True)
class Settings:
    """One frozen object with everything the environment decides."""

    production: bool
    database_url: str
    base_url: str
    secret_key: str = field(repr=False)
    secret_key_old: str = field(repr=False)
    mail_url: str = field(repr=False)
    host: str
    port: int
    trusted_proxies: tuple[str, ...]
    clock_start: datetime | None
    demo_data: bool
    throttle_scale: float
    form_seconds: float
    clock_door: bool
    compiled_plans: bool
    registered_only: bool
    vendor: Vendor
    hashing: Hashing
    billing: Billing
    support: SupportTerms
    installation: InstallationTerms
    licensing: LicensingTerms
    tickets: TicketTerms
    attachments: AttachmentTerms
    files_url: str = field(repr=False)


_current: Settings | None = None


def use(settings: Settings) -> None:
    """Put settings into force for this process, once at its start."""
    global _current
    _current = settings


def current() -> Settings:
    """The settings in force; RuntimeError before `use`."""
    if _current is None:
        raise RuntimeError("settings.use() has not been called")
    return _current


def load(variables: Mapping[str, str] | None = None) -> Settings:
    """Settings from `variables` (the process environment when absent); SettingsError tells all that is wrong."""
    env = Environment(os.environ if variables is None else variables)
    environment = env.text("ENVIRONMENT", "demo")
    if environment not in {"demo", "production"}:
        env.problems.append("ENVIRONMENT must be demo or production.")
    production = environment == "production"
    database_url = env.text("DATABASE_URL", f"sqlite:///{ROOT / 'var' / 'ruhsat.sqlite3'}")
    _check_database(env, database_url)
    port = env.whole("PORT", 8000, low=0, high=65535)
    vendor = _vendor(env)
    settings = Settings(
        production=production,
        database_url=database_url,
        base_url=env.text("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        secret_key=env.text("SECRET_KEY"),
        secret_key_old=env.text("SECRET_KEY_OLD"),
        mail_url=env.text("MAIL_URL", "" if production else f"file://{ROOT / 'var' / 'mail'}"),
        host=env.text("HOST", "127.0.0.1"),
        port=port,
        trusted_proxies=tuple(p.strip() for p in env.text("TRUSTED_PROXIES").split(",") if p.strip()),
        clock_start=env.instant("CLOCK_START"),
        demo_data=env.text("DEMO_DATA", "0" if production else "1") != "0",
        throttle_scale=env.number("THROTTLE_SCALE", 1, low=0.001, high=1_000_000),
        form_seconds=env.number("FORM_SECONDS", 1, low=0, high=60),
        clock_door=env.text("CLOCK_DOOR", "1") != "0",
        compiled_plans=env.choice("GRAPHQL_EXECUTOR", ("compiled", "plain")) == "compiled",
        registered_only=env.choice("GRAPHQL_DOCUMENTS", ("any", "registered")) == "registered",
        vendor=vendor,
        hashing=_hashing(env),
        billing=_billing(env, vendor, production=production),
        support=_support(env),
        installation=_installation(env),
        licensing=_licensing(env),
        tickets=_tickets(env, vendor),
        attachments=_attachments(env),
        files_url=env.text("FILES_URL", f"file://{ROOT / 'var' / 'files'}"),
    )
    _check_urls(env, settings)
    if production:
        _check_production(env, settings)
    if env.problems:
        raise SettingsError(env.problems)
    return settings


def _vendor(env: Environment) -> Vendor:
    host = env.text("VENDOR_HOST", "www.whmcstr.net")
    domain = host.removeprefix("www.")
    return Vendor(
        name=env.text("VENDOR_NAME", "WHMCSTR"),
        legal_name=env.text("VENDOR_LEGAL_NAME", "WHMCSTR İnternet ve Bilişim Teknolojileri"),
        host=host,
        general_email=env.text("VENDOR_EMAIL", f"info@{domain}"),
        billing_email=env.text("VENDOR_BILLING_EMAIL", f"muhasebe@{domain}"),
        phone=env.text("VENDOR_PHONE"),
        address=env.text("VENDOR_ADDRESS"),
        kep=env.text("VENDOR_KEP"),
        mersis=env.text("VENDOR_MERSIS"),
        tax_office=env.text("VENDOR_TAX_OFFICE"),
        tax_number=_tax_number(env),
        trade_registry=env.text("VENDOR_TRADE_REGISTRY"),
        sms_sender=env.text("VENDOR_SMS_SENDER", "08503029266"),
        jurisdiction=env.text("VENDOR_JURISDICTION", "İzmir"),
        support_open=env.hour("SUPPORT_OPEN", "10:00"),
        support_close=env.hour("SUPPORT_CLOSE", "22:00"),
    )


def _tax_number(env: Environment) -> str:
    """A company's VKN (10 digits) or, of a sole trader, the T.C. kimlik number (11), by their check digits."""
    number = env.text("VENDOR_TAX_NUMBER")
    right = number.isascii() and number.isdigit() and (vkn.is_valid(number) or tckimlik.is_valid(number))
    if number and not right:
        env.problems.append("VENDOR_TAX_NUMBER must be a VKN of 10 digits or a T.C. kimlik number of 11.")
        return ""
    return number


def _billing(env: Environment, vendor: Vendor, *, production: bool) -> Billing:
    billing = Billing(
        invoice_series=env.series("INVOICE_SERIES", "WTR"),
        credit_series=env.series("CREDIT_NOTE_SERIES", "WTI"),
        due_days=env.whole("INVOICE_DUE_DAYS", 7, low=0, high=365),
        unpaid_order_days=env.whole("UNPAID_ORDER_DAYS", 30, low=1, high=365),
        bank_accounts=_bank_accounts(env, holder="" if production else vendor.legal_name),
        pause_late_fee=env.switch("PAUSE_LATE_FEE", "1"),
    )
    if billing.invoice_series == billing.credit_series:
        env.problems.append("CREDIT_NOTE_SERIES must differ from INVOICE_SERIES: their numbers would be the same.")
    return billing


def _bank_accounts(env: Environment, holder: str) -> tuple[BankAccount, ...]:
    """The accounts as they are set; when none are, examples in the name of `holder` if there is one."""
    text = env.text("BANK_ACCOUNTS")
    if not text and holder:
        return tuple(BankAccount(bank, holder, number) for bank, number in EXAMPLE_ACCOUNTS.items())
    accounts = []
    for place, entry in enumerate((entry for entry in text.split(";") if entry.strip()), start=1):
        parts = [part.strip() for part in entry.split("|")]
        if len(parts) != 3 or not all(parts):
            env.problems.append(
                f"BANK_ACCOUNTS must be Bank|Holder|IBAN, separated by semicolons; account {place} is not."
            )
            continue
        number = "".join(parts[2].split()).upper()
        right = TURKISH_IBAN.fullmatch(number) and iban.is_valid(number)
        # Check digits 00, 01 and 99 pass the remainder too, but no bank gives them.
        if right and iban.calc_check_digits(number) == number[2:4]:
            accounts.append(BankAccount(parts[0], parts[1], number))
        else:
            env.problems.append(
                f"BANK_ACCOUNTS must have Turkish IBANs (TR and 24 characters); account {place} has a wrong one."
            )
    return tuple(accounts)


def _support(env: Environment) -> SupportTerms:
    return SupportTerms(
        invoice_days_before=env.whole("SUPPORT_INVOICE_DAYS_BEFORE", 30, low=0, high=365),
        backpay_mode=env.choice("SUPPORT_BACKPAY_MODE", BACKPAY_MODES),
        backpay_price=env.choice("SUPPORT_BACKPAY_PRICE", BACKPAY_PRICES),
        most_back_terms=env.whole("SUPPORT_MAX_BACKPAY_TERMS", 0, low=0, high=50),
        warn_remaining_days=env.whole("SUPPORT_WARN_REMAINING_DAYS", 60, low=0, high=365),
    )


def _installation(env: Environment) -> InstallationTerms:
    return InstallationTerms(
        window_days=env.whole("INSTALL_WINDOW_DAYS", 30, low=0, high=365),
        vault_days=env.whole("INSTALL_VAULT_DAYS", 7, low=1, high=30),
    )


def _licensing(env: Environment) -> LicensingTerms:
    prefixes = tuple(part.strip().rstrip("/") for part in env.text("LEGACY_PREFIXES").split(",") if part.strip())
    if not all(PREFIX.fullmatch(prefix) for prefix in prefixes):
        env.problems.append("LEGACY_PREFIXES must be paths by commas, e.g. /whmcs,/billing/portal.")
    return LicensingTerms(
        domain_changes=env.whole("DOMAIN_CHANGES_PER_YEAR", 1, low=0, high=365),
        move_hours=env.whole("DOMAIN_MOVE_HOURS", 72, low=0, high=720),
        lease_days=env.whole("LEASE_DAYS", 7, low=1, high=90),
        grace_days=env.whole("LEASE_GRACE_DAYS", 14, low=0, high=90),
        offline_days=env.whole("OFFLINE_LEASE_DAYS", 366, low=1, high=366),
        sighting_days=env.whole("SIGHTING_DAYS", 180, low=1, high=3650),
        legacy_prefixes=prefixes,
    )


def _tickets(env: Environment, vendor: Vendor) -> TicketTerms:
    if vendor.support_open >= vendor.support_close:
        env.problems.append("SUPPORT_CLOSE must be later than SUPPORT_OPEN, on the same day.")
    hours = SupportHours(
        opens=vendor.support_open,
        closes=vendor.support_close,
        days=env.weekdays("SUPPORT_DAYS", "1,2,3,4,5,6,7"),
        holidays=env.dates("SUPPORT_HOLIDAYS"),
    )
    terms = TicketTerms(
        hours=hours,
        answer_minutes=env.whole("SUPPORT_ANSWER_MINUTES", 180, low=1, high=10_080),
        expected_minutes=env.whole("SUPPORT_EXPECTED_MINUTES", 5, low=0, high=10_080),
        extension_days=env.whole("SUPPORT_EXTENSION_DAYS", 7, low=1, high=30),
        reopen_days=env.whole("TICKET_REOPEN_DAYS", 14, low=0, high=365),
        warn_minutes=env.whole("SUPPORT_WARN_MINUTES", 30, low=0, high=600),
    )
    if terms.expected_minutes > terms.answer_minutes:
        env.problems.append("SUPPORT_EXPECTED_MINUTES must be at most SUPPORT_ANSWER_MINUTES.")
    return terms


def _attachments(env: Environment) -> AttachmentTerms:
    scan_url = env.text("SCAN_URL")
    scanner = _parts(scan_url)
    if scan_url and not (scanner.scheme == "clamd" and scanner.hostname and scanner.port):
        env.problems.append("SCAN_URL must be clamd://host:port.")
    return AttachmentTerms(
        most_files=env.whole("ATTACHMENT_MOST_FILES", 10, low=0, high=50),
        file_mebibytes=env.whole("ATTACHMENT_FILE_MIB", 10, low=1, high=64),
        account_mebibytes=env.whole("ATTACHMENT_ACCOUNT_MIB", 500, low=1, high=1_000_000),
        scan_url=scan_url,
    )


def _hashing(env: Environment) -> Hashing:
    # OWASP's argon2id profile (19 MiB, t=2, p=1); RFC 9106's 64 MiB by setting.
    hashing = Hashing(
        time_cost=env.whole("ARGON2_TIME_COST", 2, low=1, high=20),
        memory_kib=env.whole("ARGON2_MEMORY_KIB", 19456, low=8, high=1_048_576),
        parallelism=env.whole("ARGON2_PARALLELISM", 1, low=1, high=16),
        concurrency=env.whole("ARGON2_CONCURRENCY", 2, low=1, high=64),
    )
    if hashing.memory_kib < 8 * hashing.parallelism:
        env.problems.append("ARGON2_MEMORY_KIB must be at least 8 times ARGON2_PARALLELISM.")
    return hashing


def _parts(url: str) -> SplitResult:
    """A URL's parts; none for what cannot be split, or whose port is no number."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def _check_database(env: Environment, url: str) -> None:
    parts = _parts(url)
    if parts.scheme == "sqlite":
        if not parts.path.strip("/") or parts.netloc:
            env.problems.append("DATABASE_URL must be sqlite:///absolute/path, postgres:// or postgresql://.")
    elif parts.scheme not in {"postgres", "postgresql"}:
        env.problems.append("DATABASE_URL must start with sqlite:///, postgres:// or postgresql://.")


def _check_urls(env: Environment, settings: Settings) -> None:
    base = _parts(settings.base_url)
    more = base.path or base.query or base.fragment or base.username
    if base.scheme not in {"http", "https"} or not base.hostname or more:
        env.problems.append("BASE_URL must be the site's address without a path, e.g. https://portal.example.com.")
    mail = _parts(settings.mail_url)
    to_server = mail.scheme in {"smtp", "smtps"} and mail.hostname
    to_folder = mail.scheme == "file" and mail.path.strip("/") and not mail.netloc
    files = _parts(settings.files_url)
    in_folder = files.scheme == "file" and files.path.strip("/") and not files.netloc
    if not in_folder and not (files.scheme == "s3" and files.hostname):
        env.problems.append("FILES_URL must be file:///absolute/folder or s3://bucket/prefix?endpoint=https://host.")
    if settings.mail_url and not to_server and not to_folder:
        env.problems.append("MAIL_URL must be smtp://host:port, smtps://host:port or file:///absolute/folder.")


def _check_production(env: Environment, settings: Settings) -> None:
    required = {"SECRET_KEY": 32, "BASE_URL": 1, "MAIL_URL": 1, "DATABASE_URL": 1}
    for name, length in required.items():
        if len(env.text(name)) < length:
            hint = f" (at least {length} characters)" if length > 1 else ""
            env.problems.append(f"{name} must be set in production{hint}.")
    for name in ("CLOCK_START", "DEMO_DATA", "THROTTLE_SCALE"):
        if env.text(name):
            env.problems.append(f"{name} is for demo only; production refuses to start with it.")


def kept_secret(settings: Settings) -> Path:
    """Where a demo keeps the key it made: beside its SQLite database, else in var/."""
    parts = urlsplit(settings.database_url)
    folder = Path(parts.path).parent if parts.scheme == "sqlite" else ROOT / "var"
    return folder / "secret_key"


def demo_secret(path: Path) -> str:
    """The demo's own key, made on first use (mode 0600) so that restarts and commands share it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        own = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        # Of processes that start at once one gives it its name, whole; the others read it.
        with suppress(FileExistsError):
            os.link(own, path)
        own.unlink()
    return path.read_text("ascii").strip()
