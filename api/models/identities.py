"""Who a session or an API token belongs to: the one read of every request, by one statement of our own.

Requests that come at once are looked up together; the ORM took longer for each than all else of its answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from api.models.asyncpg_client import Client
from api.models.database import connection, fields_of, rows
from api.models.sessions import Session
from api.models.together import Together

_HOLDER = """
    p."id" AS "person_id", p."language", p."email", p."first_name", p."last_name", m."account_id",
    a."status", a."status_reason", f."scopes" AS "staff_scopes"
    FROM "{table}" h JOIN "people" p ON p."id" = h."person_id"
    LEFT JOIN "memberships" m ON m."person_id" = p."id" LEFT JOIN "accounts" a ON a."id" = m."account_id"
    LEFT JOIN "staff" f ON f."person_id" = p."id"
    WHERE h."token_hash" """
_SESSION = 'SELECT h."token_hash", h."id", h."expires_at",' + _HOLDER.format(table="sessions")
_TOKEN = (
    'SELECT h."token_hash", h."id", h."expires_at", h."revoked_at", h."last_used_at", h."scopes",'
    + _HOLDER.format(table="api_tokens")
)
_OF_ARRAY, _OF_JSON = "= ANY($1)", "IN (SELECT value FROM json_each($1))"


class Holder(NamedTuple):
    """A person with their account and post, each None where there is none; in the statements' order."""

    person_id: UUID
    language: str
    email: str
    first_name: str
    last_name: str
    account_id: UUID | None
    status: str | None
    status_reason: str | None
    staff_scopes: list[str] | None


class SessionRow(NamedTuple):
    """A session with who holds it."""

    id: UUID
    expires_at: datetime
    holder: Holder


class TokenRow(NamedTuple):
    """An API token with who holds it."""

    id: UUID
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    scopes: list[str]
    holder: Holder


async def _found(sql: str, hashes: Sequence[str], instants: int) -> list[list[Any]]:
    """The rows of a statement; `instants`: how many columns after hash and id are some."""
    db = connection()
    if isinstance(db, Client):
        return [list(row) for row in await db.records(sql + _OF_ARRAY, hashes)]
    found = [list(row.values()) for row in await rows(sql + _OF_JSON, [orjson.dumps(hashes).decode()])]
    read_instant = fields_of(Session)["expires_at"].to_python_value
    for row in found:
        # SQLite has texts where PostgreSQL has instants and ids.
        row[1] = UUID(str(row[1]))
        row[2 : 2 + instants] = [read_instant(value) for value in row[2 : 2 + instants]]
        row[-9], row[-4] = UUID(str(row[-9])), row[-4] and UUID(str(row[-4]))
    return found


def _holder(values: list[Any]) -> Holder:
    *others, scopes = values
    return Holder._make([*others, _list(scopes)])


def _list(value: Any) -> Any:
    """A column of JSON: a text with either driver."""
    return orjson.loads(value) if isinstance(value, str) else value


async def _sessions(hashes: Sequence[str]) -> Mapping[str, SessionRow]:
    found = await _found(_SESSION, hashes, 1)
    return {row[0]: SessionRow(row[1], row[2], _holder(row[3:])) for row in found}


async def _tokens(hashes: Sequence[str]) -> Mapping[str, TokenRow]:
    found = await _found(_TOKEN, hashes, 3)
    return {row[0]: TokenRow._make([*row[1:5], _list(row[5]), _holder(row[6:])]) for row in found}


_sessions_together, _tokens_together = Together(_sessions), Together(_tokens)


async def session_by(token_hash: str) -> SessionRow | None:
    """The session of a token, ended or not."""
    return await _sessions_together.one(token_hash)


async def api_token_by(token_hash: str) -> TokenRow | None:
    """The API token, ended and revoked or not."""
    return await _tokens_together.one(token_hash)
