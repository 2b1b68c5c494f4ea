"""Migrations: from nothing and from the first release with data in it, on both databases."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError
from tortoise.migrations.api import migrate
from tortoise.migrations.autodetector import MigrationAutodetector

from api.first_texts import publish_first_texts
from api.models import database, ids
from api.models.accounts import Account, Membership
from api.models.database import APP, MIGRATION_CONFIG
from api.models.letters import Letter
from api.models.people import Person
from api.process import connected, prepare
from api.settings import ROOT, Settings
from tests.cast import AYSE, PASSWORD
from tests.conftest import DATABASES, ENVIRONMENT, _create
from tests.doors import GraphqlDoor
from tests.site import running_site, token_in

FIRST = "0001_initial"


@pytest.fixture(params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES])
async def empty(request: pytest.FixtureRequest, basic_settings: Settings) -> Settings:
    """Settings of a database with nothing in it."""
    prepare(basic_settings)
    if request.param == "sqlite":
        return basic_settings
    return replace(
        basic_settings, database_url=await _create(request.getfixturevalue("postgres_server"), "ruhsat_empty")
    )


async def _rows() -> dict[str, list[dict[str, Any]]]:
    models = Tortoise.apps[APP] if Tortoise.apps else {}
    return {name: await model.all().values() for name, model in models.items()}


@asynccontextmanager
async def _at_first_release(settings: Settings) -> AsyncIterator[None]:
    """A database as the first migration left it."""
    await migrate(config=database.config(settings.database_url), target=f"{APP}.{FIRST}")
    await Tortoise.close_connections()
    async with connected(settings):
        yield


async def test_an_empty_database_is_migrated_and_again_without_effect(empty: Settings) -> None:
    for published in (5, 0, 0):
        await database.migrate(empty.database_url)
        async with connected(empty):
            assert len(await publish_first_texts(empty.vendor)) == published
            rows = await _rows()
    assert {name: len(found) for name, found in rows.items() if found} == {
        "AgreementDocument": 5,
        "AuditEntry": 5,
        "CatalogVersion": 1,
        "VatRate": 2,
    }


A_LETTER = """INSERT INTO letters (id, kind, recipient, language, "values", created_at, attempts, sent_at, subject)
  VALUES ('00000000-0000-0000-0000-000000000001', 'password_reset', 'ayse@example.net', 'tr', '{"network": "::1"}',
    '2026-11-22 10:00:00+00:00', 1, '2026-11-22 10:00:01+00:00', 'Konu')"""
KEPT = ("accounts", "agreement_documents", "audit_entries", "letters", "memberships", "people")


async def _kept() -> dict[str, list[dict[str, Any]]]:
    return {name: await database.rows(f'SELECT * FROM "{name}" ORDER BY id', []) for name in KEPT}  # noqa: S608


async def test_a_database_of_the_first_release_keeps_what_is_in_it(empty: Settings) -> None:
    async with _at_first_release(empty):
        await publish_first_texts(empty.vendor)
        now = datetime(2026, 11, 22, 10, tzinfo=UTC)
        person = await Person.create(
            email=AYSE["email"], language="tr", first_name="Ayşe", last_name="Yılmaz", proved_at=now, created_at=now
        )
        account = Account(type="INDIVIDUAL", status="ACTIVE", created_at=now, changed_at=now, phone="+905321234567")
        account.first_name, account.last_name, account.country = "Ayşe", "Yılmaz", "TR"
        account.address_line1, account.district, account.province = "Atatürk Caddesi 12", "Konak", "İzmir"
        account.index_texts()
        await account.save()
        await Membership.create(account=account, person=person, role=Membership.OWNER, created_at=now)
        await database.rows(A_LETTER, [])
        before = await _kept()
    assert all(before.values())
    await database.migrate(empty.database_url)
    async with running_site(empty) as site:
        after = await _kept()
        assert {name: len(rows) for name, rows in after.items()} == {name: len(rows) for name, rows in before.items()}
        for name, rows in before.items():
            assert [{key: new[key] for key in old} for old, new in zip(rows, after[name], strict=True)] == rows
        door = GraphqlDoor(site)
        assert (await door.forget(AYSE["email"])).done
        (letter,) = await site.letters_to(AYSE["email"])
        assert (await door.reset(token_in(letter), PASSWORD)).session


@pytest.mark.postgres
async def test_processes_that_migrate_a_server_at_once_take_turns(
    basic_settings: Settings, postgres_server: str
) -> None:
    # SQLite's turns are tried in test_commands.py.
    settings = replace(basic_settings, database_url=await _create(postgres_server, "ruhsat_turns"))
    given = ENVIRONMENT | {"DATABASE_URL": settings.database_url, "PATH": os.environ["PATH"]}
    command = (sys.executable, "-m", "api", "migrate")
    pipes = {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE}
    running = [await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=given, **pipes) for _ in range(2)]
    said = [await process.communicate() for process in running]
    assert [(process.returncode, err) for process, (_, err) in zip(running, said, strict=True)] == [(0, b"")] * 2
    assert b"".join(out for out, _ in said).count(b"published: ") == 5
    prepare(settings)
    async with connected(settings):
        rows = await _rows()
    assert {name: len(found) for name, found in rows.items() if found} == {
        "AgreementDocument": 5,
        "AuditEntry": 7,
        "CatalogVersion": 1,
        "IdempotencyKey": 1,
        "SigningKey": 2,
        "VatRate": 2,
    }


async def test_the_models_have_no_change_without_a_migration() -> None:
    await Tortoise.init(config=MIGRATION_CONFIG)
    try:
        assert Tortoise.apps
        changes = await MigrationAutodetector(Tortoise.apps, MIGRATION_CONFIG["apps"]).changes()
        assert [(change.name, change.operations) for change in changes] == []
    finally:
        await Tortoise.close_connections()


async def test_rows_that_belong_to_nothing_are_refused(settings: Settings) -> None:
    async with connected(settings):
        with pytest.raises(IntegrityError):
            await Membership.create(
                account_id=ids.new_id(), person_id=ids.new_id(), role=Membership.OWNER, created_at="2026-11-22T00:00Z"
            )
        assert await Membership.all().count() == 0


async def test_an_address_and_a_customer_number_belong_to_one(settings: Settings) -> None:
    async with running_site(settings) as site:
        door = GraphqlDoor(site)
        await door.register(AYSE)
        (letter,) = await site.letters_to("ayse@example.net")
        await door.verify(token_in(letter))
        row = await Account.get()
        row.id = ids.new_id()
        with pytest.raises(IntegrityError):
            await row.save(force_create=True)


async def test_sqlite_writes_ahead_and_holds_to_foreign_keys(basic_settings: Settings) -> None:
    await database.migrate(basic_settings.database_url)
    async with connected(basic_settings):
        found = {
            name: await database.rows(f"PRAGMA {name}", []) for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
        assert found == {
            "journal_mode": [{"journal_mode": "wal"}],
            "foreign_keys": [{"foreign_keys": 1}],
            "busy_timeout": [{"timeout": 20_000}],
        }
        assert await database.rows("PRAGMA foreign_key_check", []) == []


async def test_a_transaction_is_whole_or_nothing(settings: Settings) -> None:
    async with connected(settings):

        async def stumble() -> None:
            async with database.transaction():
                await Letter.create(
                    kind="password_changed",
                    recipient="a@example.net",
                    language="tr",
                    values={},
                    created_at="2026-11-22T00:00Z",
                )
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await stumble()
        assert await Letter.all().count() == 0


def test_the_url_of_a_database_is_read_as_documented(tmp_path: Path) -> None:
    sqlite = database.config(f"sqlite://{tmp_path}/a.sqlite3")["connections"]["sqlite"]
    assert sqlite["credentials"]["file_path"] == f"{tmp_path}/a.sqlite3"
    for scheme in ("postgres", "postgresql"):
        made = database.config(f"{scheme}://ruhsat:p%40ss@db:5433/portal")["connections"]["postgres"]["credentials"]
        assert (made["host"], made["port"], made["user"], made["password"]) == ("db", 5433, "ruhsat", "p@ss")
        assert made["database"] == "portal"
