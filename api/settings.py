"""Settings, read once from the environment; `docs/settings.md` documents each.

This module is the only reader of `os.environ`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

ROOT = Path(__file__).parents[1]


class SettingsError(Exception):
    """The environment cannot be used; each problem names its variable and the remedy."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


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
    vendor: Vendor
    hashing: Hashing


class _Environment:
    """Reads variables and collects what is wrong with them."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return self.variables.get(name, "").strip() or default

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        raw = self.text(name)
        try:
            value = float(raw) if raw else default
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            self.problems.append(f"{name} must be a number from {low:g} to {high:g}.")
            return default
        return value

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self.number(name, default, low=low, high=high)
        if value != int(value):
            self.problems.append(f"{name} must be a whole number from {low} to {high}.")
        return int(value)

    def instant(self, name: str) -> datetime | None:
        raw = self.text(name)
        if not raw:
            return None
        try:
            value = datetime.fromisoformat(raw)
        except ValueError:
            value = datetime.min  # noqa: DTZ901 - only tells that parsing failed
        # A clock at the edge of the calendar cannot add a day.
        if value.tzinfo is None or not 1970 <= value.year <= 2999:
            self.problems.append(f"{name} must be an ISO 8601 instant with its offset, e.g. 2026-11-22T12:00:00Z.")
            return None
        return value

    def hour(self, name: str, default: str) -> time:
        try:
            return time.fromisoformat(self.text(name, default))
        except ValueError:
            self.problems.append(f"{name} must be a time of day, e.g. {default}.")
            return time.fromisoformat(default)


def load(variables: Mapping[str, str] | None = None) -> Settings:
    """Settings from `variables` (the process environment when absent); SettingsError tells all that is wrong."""
    env = _Environment(os.environ if variables is None else variables)
    environment = env.text("ENVIRONMENT", "demo")
    if environment not in {"demo", "production"}:
        env.problems.append("ENVIRONMENT must be demo or production.")
    production = environment == "production"
    database_url = env.text("DATABASE_URL", f"sqlite:///{ROOT / 'var' / 'ruhsat.sqlite3'}")
    _check_database(env, database_url)
    port = env.whole("PORT", 8000, low=0, high=65535)
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
        vendor=_vendor(env),
        hashing=_hashing(env),
    )
    _check_urls(env, settings)
    if production:
        _check_production(env, settings)
    if env.problems:
        raise SettingsError(env.problems)
    return settings


def _vendor(env: _Environment) -> Vendor:
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
        sms_sender=env.text("VENDOR_SMS_SENDER", "08503029266"),
        jurisdiction=env.text("VENDOR_JURISDICTION", "İzmir"),
        support_open=env.hour("SUPPORT_OPEN", "10:00"),
        support_close=env.hour("SUPPORT_CLOSE", "22:00"),
    )


def _hashing(env: _Environment) -> Hashing:
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


def _check_database(env: _Environment, url: str) -> None:
    parts = _parts(url)
    if parts.scheme == "sqlite":
        if not parts.path.strip("/") or parts.netloc:
            env.problems.append("DATABASE_URL must be sqlite:///absolute/path, postgres:// or postgresql://.")
    elif parts.scheme not in {"postgres", "postgresql"}:
        env.problems.append("DATABASE_URL must start with sqlite:///, postgres:// or postgresql://.")


def _check_urls(env: _Environment, settings: Settings) -> None:
    base = _parts(settings.base_url)
    more = base.path or base.query or base.fragment or base.username
    if base.scheme not in {"http", "https"} or not base.hostname or more:
        env.problems.append("BASE_URL must be the site's address without a path, e.g. https://portal.example.com.")
    mail = _parts(settings.mail_url)
    to_server = mail.scheme in {"smtp", "smtps"} and mail.hostname
    to_folder = mail.scheme == "file" and mail.path.strip("/") and not mail.netloc
    if settings.mail_url and not to_server and not to_folder:
        env.problems.append("MAIL_URL must be smtp://host:port, smtps://host:port or file:///absolute/folder.")


def _check_production(env: _Environment, settings: Settings) -> None:
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
