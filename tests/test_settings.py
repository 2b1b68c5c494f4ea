"""Settings: what each variable means, what is refused, and the key that a demo makes for itself."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from api import clock
from api.process import prepare
from api.settings import ROOT, Settings, SettingsError, demo_secret, kept_secret, load
from tests.conftest import ENVIRONMENT

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
        ("VENDOR_SMS_SENDER", "ORNEK", "sms_sender", "ORNEK"),
        ("VENDOR_JURISDICTION", "Ankara", "jurisdiction", "Ankara"),
        ("SUPPORT_OPEN", "09:30", "support_open", time(9, 30)),
        ("SUPPORT_CLOSE", "18:00", "support_close", time(18)),
    ],
)
def test_each_variable_of_the_vendor_sets_what_it_names(variable: str, value: str, name: str, expected: Any) -> None:
    assert getattr(load({variable: value}).vendor, name) == expected


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


def test_the_key_of_a_demo_lies_beside_its_database() -> None:
    assert kept_secret(load({"DATABASE_URL": "sqlite:///srv/data/a.sqlite3"})) == Path("/srv/data/secret_key")
    assert kept_secret(load({"DATABASE_URL": "postgres://h/d"})) == ROOT / "var" / "secret_key"


def test_a_demo_makes_its_key_once_for_its_owner_alone(tmp_path: Path) -> None:
    given = {**ENVIRONMENT, "SECRET_KEY": "", "DATABASE_URL": f"sqlite://{tmp_path}/data/a.sqlite3"}
    first = prepare(load(given))
    file = tmp_path / "data" / "secret_key"
    assert first.secret_key == file.read_text("ascii")
    assert len(first.secret_key) == 64
    assert file.stat().st_mode & 0o777 == 0o600
    assert prepare(load(given)).secret_key == first.secret_key
    assert [path.name for path in file.parent.iterdir()] == ["secret_key"]


def test_threads_that_start_at_once_make_one_key(tmp_path: Path) -> None:
    for attempt in range(20):
        path = tmp_path / str(attempt) / "secret_key"
        together = Barrier(8)

        def start(path: Path = path, together: Barrier = together) -> str:
            together.wait()
            return demo_secret(path)

        with ThreadPoolExecutor(8) as pool:
            keys = {task.result() for task in [pool.submit(start) for _ in range(8)]}
        assert keys == {path.read_text("ascii")}
        assert [len(key) for key in keys] == [64]


def test_processes_that_start_at_once_make_one_key(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    code = f"from pathlib import Path; from api.settings import demo_secret; print(demo_secret(Path({str(path)!r})))"
    running = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603
        for _ in range(8)
    ]
    assert {process.communicate(timeout=20)[0].strip() for process in running} == {path.read_text("ascii")}


def test_the_clock_of_a_demo_starts_where_it_is_told_and_runs_on(basic_settings: Settings) -> None:
    start = datetime(2031, 1, 1, tzinfo=UTC)
    try:
        prepare(replace(basic_settings, clock_start=start))
        first = clock.now()
        assert 0 <= (first - start).total_seconds() < 1
        assert clock.now() > first
    finally:
        clock.start_at(None)
