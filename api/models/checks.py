"""The one row that a check of a license needs, by one statement; the ORM's way costs three times as much."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import orjson

from api.models.asyncpg_client import Client
from api.models.catalog import Product
from api.models.database import connection, fields_of, rows
from api.models.licenses import License
from api.models.together import Together

_STATEMENT = """
    SELECT l."key_index", l."id", l."status", l."domain_ascii", l."moved_from_ascii", l."moved_until",
        l."support_until", l."activated_at", l."product_id", l."account_id", a."status" AS "owner_status",
        p."version" AS "product_version"
    FROM "licenses" l JOIN "accounts" a ON a."id" = l."account_id" JOIN "products" p ON p."id" = l."product_id"
    WHERE l."key_index" """
# One parameter for any number of keys, so that it is prepared once.
_OF_ARRAY, _OF_JSON = _STATEMENT + "= ANY($1)", _STATEMENT + "IN (SELECT value FROM json_each($1))"  # noqa: S608 - constant
_FIELDS = {name: fields_of(License)[name] for name in ("id", "moved_until", "support_until", "activated_at")}


class CheckRow(NamedTuple):
    """A license with the state of its owner, and how often its product was changed; in the statement's order."""

    id: UUID
    status: str
    domain_ascii: str | None
    moved_from_ascii: str | None
    moved_until: datetime | None
    support_until: date | None
    activated_at: datetime | None
    product_id: UUID
    account_id: UUID
    owner_status: str
    product_version: int


async def _by_key(indexes: Sequence[str]) -> dict[str, CheckRow]:
    db = connection()
    if isinstance(db, Client):
        return {row[0]: CheckRow._make(row[1:]) for row in await db.records(_OF_ARRAY, indexes)}
    found = await rows(_OF_JSON, [orjson.dumps(indexes).decode()])
    # SQLite has texts where PostgreSQL has instants, days and ids.
    typed = [[_typed(name, value) for name, value in row.items()] for row in found]
    return {str(key): CheckRow._make(values) for key, *values in typed}


# Modules are told soon that they must rely on what they have.
PATIENCE_SECONDS = 2.0
_together = Together(_by_key, PATIENCE_SECONDS)


async def license_by(indexes: Sequence[str]) -> CheckRow | None:
    """The license that one of these key indexes names."""
    for index in indexes:
        if row := await _together.one(index):
            return row
    return None


def _typed(name: str, value: object) -> object:
    if name in {"product_id", "account_id"}:
        return UUID(str(value))
    field = _FIELDS.get(name)
    return field.to_python_value(value) if field else value


async def license_of(key: UUID) -> CheckRow:
    """The same of a license by its id, through the ORM: for explanations."""
    row = await License.get(id=key).select_related("account", "product")
    product: Product = row.product
    return CheckRow(
        row.id, row.status, row.domain_ascii, row.moved_from_ascii, row.moved_until, row.support_until,
        row.activated_at, row.product_id, row.account_id, row.account.status, product.version,
    )  # fmt: skip
