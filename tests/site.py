"""The site as tests use it: both doors by HTTP, and the letters that it sends."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from tortoise import Tortoise

from api import audit
from api.caller import STAFF_SCOPES, Caller, Door, Scope
from api.delivery import deliver_due
from api.models import database
from api.process import connected
from api.resolvers.staff import create_staff
from api.settings import Settings
from web.app import application

# For tests of what no database has a part in, such as rules and pages: every other test runs on both.
ON_ONE_DATABASE = pytest.mark.parametrize("settings", [pytest.param("sqlite", marks=pytest.mark.sqlite)], indirect=True)

_PATIENCE_SECONDS = 10


@dataclass
class Postbox:
    """Takes the letters that are delivered; `refuse` makes it a mail server that is down."""

    letters: list[EmailMessage] = field(default_factory=list)
    refuse: Exception | None = None

    async def send(self, message: EmailMessage) -> None:
        if self.refuse:
            raise self.refuse
        self.letters.append(message)


def text_of(letter: EmailMessage) -> str:
    """A letter's plain text."""
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def token_in(letter: EmailMessage) -> str:
    """The token of a letter's link."""
    found = re.search(r"\?token=(\S+)", text_of(letter))
    assert found, text_of(letter)
    return found.group(1)


@dataclass
class Site:
    """One running site with its own database and postbox."""

    settings: Settings
    app: Any
    client: httpx.AsyncClient
    postbox: Postbox = field(default_factory=Postbox)

    def browser(self, address: str = "127.0.0.1") -> httpx.AsyncClient:
        """Another visitor, with cookies of its own."""
        return visitor(self.app, address)

    async def ask(
        self, document: str, variables: dict[str, Any] | None = None, token: str | None = None, **headers: str
    ) -> dict[str, Any]:
        """A GraphQL answer, whole."""
        if token:
            headers["authorization"] = f"Bearer {token}"
        body = {"query": document, "variables": variables or {}}
        async with visitor(self.app) as client:
            response = await client.post("/graphql", json=body, headers=headers)
        answer: dict[str, Any] = response.json()
        return answer

    async def data(self, document: str, variables: dict[str, Any] | None = None, token: str | None = None) -> Any:
        """A GraphQL answer's data; there must be no error."""
        answer = await self.ask(document, variables, token)
        assert "errors" not in answer, answer
        return answer["data"]

    async def deliver(self) -> list[EmailMessage]:
        """Send what is due, and answer every letter so far."""
        while await deliver_due(self.postbox, self.settings):
            pass
        return self.postbox.letters

    async def letters_to(self, address: str) -> list[EmailMessage]:
        """Send what is due, and answer the letters to one address, oldest first."""
        return [letter for letter in await self.deliver() if letter["To"] == address]

    async def staff_token(self, *scopes: Scope, email: str = "deniz@example.net") -> str:
        """A staff member's API token."""
        return await create_staff(Caller(Door.COMMAND), email, scopes or STAFF_SCOPES)

    async def row_counts(self) -> dict[str, int]:
        """How many rows each table holds; the counters of limits left out, they count refusals too."""
        return {name: len(rows) for name, rows in (await self.all_rows()).items() if name != "throttles"}

    async def all_rows(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table."""
        assert Tortoise.apps
        names = [model._meta.db_table for model in Tortoise.apps.get_models_iterable()]
        return {name: await database.rows(f'SELECT * FROM "{name}"', []) for name in names}  # noqa: S608

    async def everything_stored(self) -> str:
        """All that somebody reads who got hold of the database, as one text."""
        values = [value for rows in (await self.all_rows()).values() for row in rows for value in row.values()]
        texts = [value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in values]
        return "\n".join(texts)

    async def chain_audit(self) -> None:
        """Link the audit trail."""
        while await audit.chain():
            pass


def visitor(app: Any, address: str = "127.0.0.1") -> httpx.AsyncClient:
    """A client of the application without a network."""
    transport = httpx.ASGITransport(app, client=(address, 50000), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


async def _all_ended() -> None:
    """Wait for what an answer left behind, as the reads beside a field that failed: it needs the database."""
    if left := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(left, timeout=_PATIENCE_SECONDS)


@asynccontextmanager
async def running_site(settings: Settings) -> AsyncIterator[Site]:
    """The site on a migrated database."""
    async with connected(settings):
        app = application(settings)
        async with visitor(app) as client:
            yield Site(settings, app, client)
        await _all_ended()
