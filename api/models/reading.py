"""Rows of hot lists by statements that are put together here: some columns only, and no time spent on writing SQL.

The ORM takes longer to write a statement than the database to answer it (decision 0021). What comes out are its
models all the same; a column that was not asked for is an attribute that is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.models import Model

from api.models.asyncpg_client import Client
from api.models.database import SQLITE, connection, fields_of, rows

M = TypeVar("M", bound=Model)
_KEY = attrgetter("id")
# How the ORM knows a row that was read, beside its columns: whole, and with some of them.
_STATE: dict[str, Any] = {"_saved_in_db": True, "_custom_generated_pk": True, "_await_when_save": {}}
_WHOLE, _PARTIAL = _STATE | {"_partial": False}, _STATE | {"_partial": True}
_BY_DRIVER = (fields.DatetimeField, fields.DateField, fields.UUIDField)


@dataclass(frozen=True, slots=True)
class Where:
    """A condition in SQL whose `?` stand for its values, in their order; empty: all rows."""

    sql: str = ""
    values: tuple[object, ...] = ()

    def __and__(self, other: Where) -> Where:
        if not self.sql or not other.sql:
            return self if self.sql else other
        return Where(f"{self.sql} AND {other.sql}", self.values + other.values)


ALL, NONE = Where(), Where("1 = 0")


def equals(column: str, value: object) -> Where:
    """Rows that have this value."""
    return Where(f'"{column}" = ?', (value,))


def one_of(column: str, values: Sequence[str]) -> Where:
    """Rows that have one of these values."""
    return Where(f'"{column}" IN ({", ".join("?" * len(values))})', tuple(values)) if values else NONE


def contains(column: str, text: str) -> Where:
    """Rows whose text has this in it, as it is written."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return Where(f"\"{column}\" LIKE ? ESCAPE '\\'", (f"%{escaped}%",))


def further(column: str, value: object, key: UUID, *, down: bool) -> Where:
    """Rows after a place in the order of a column and the id; `down`: of descending ones."""
    sign = "<" if down else ">"
    # What all that lie further have in common comes first: with it the database begins to read at that place.
    sql = f'"{column}" {sign}= ? AND ("{column}" {sign} ? OR ("{column}" = ? AND "id" {sign} ?))'
    return Where(sql, (value, value, value, key))


async def read(
    model: type[M], columns: Iterable[str] | None, where: Where, order: str | None = None, limit: int | None = None
) -> list[M]:
    """Rows with these columns (None: all), sorted by a column (`-` before it: downward) and the id."""
    names = _names(model, columns if columns is None else frozenset(columns))
    return _rows(model, names, await _found(_statement(model, names, where.sql, order, limit), where.values))


@dataclass(frozen=True, slots=True)
class Join:
    """The rows that a relation leads to, with these columns (None: all)."""

    relation: str
    model: type[Model]
    columns: Iterable[str] | None


async def read_with(
    model: type[M], columns: Iterable[str] | None, where: Where, order: str, limit: int, join: Join
) -> list[M]:
    """As `read`, each row with the one that a relation which is never null leads to, by the same statement."""
    needed = None if columns is None else frozenset({*columns, f"{join.relation}_id", order.removeprefix("-")})
    names = _names(model, needed)
    others = _names(join.model, None if join.columns is None else frozenset(join.columns))
    inner = _statement(model, names, where.sql, order, limit)
    found = await _found(_joined(inner, names, order, join.relation, join.model, others), where.values)
    rows_ = _rows(model, names, found)
    for row, joined in zip(rows_, _rows(join.model, others, found, len(names)), strict=True):
        # Where the ORM keeps a relation that was fetched.
        row.__dict__[f"_{join.relation}"] = joined
    return rows_


async def by_id(model: type[M], keys: Iterable[UUID], columns: Iterable[str] | None = None) -> dict[UUID, M]:
    """The rows with these ids by id, with these columns (None: all)."""
    names = _names(model, columns if columns is None else frozenset(columns))
    wanted = list(dict.fromkeys(keys))
    sql = _selection(model, names)
    # One parameter for any number of keys, so that the statement is prepared once.
    if connection().capabilities.dialect == SQLITE:
        sql += ' WHERE "id" IN (SELECT value FROM json_each(?))'
        found = await _found(sql, (orjson.dumps([str(key) for key in wanted]).decode(),))
    else:
        found = await _found(f'{sql} WHERE "id" = ANY(?)', (wanted,))
    made = _rows(model, names, found)
    return dict(zip(map(_KEY, made), made, strict=True))


async def count(model: type[Model], where: Where) -> int:
    """How many rows there are."""
    table = model._meta.db_table  # noqa: SLF001 - Tortoise tells of it nowhere else
    sql = f'SELECT COUNT(*) AS "rows" FROM "{table}"{_condition(where.sql)}'  # noqa: S608 - values are parameters
    (found,) = await rows(_numbered(sql), where.values)
    return int(found["rows"])


def _condition(where: str) -> str:
    return f" WHERE {where}" if where else ""


def _sorting(order: str, table: str = "") -> str:
    way = "DESC" if order.startswith("-") else "ASC"
    return f'ORDER BY {table}"{order.removeprefix("-")}" {way}, {table}"id" {way}'


@lru_cache(256)
def _statement(model: type[Model], names: tuple[str, ...], where: str, order: str | None, limit: int | None) -> str:
    sql = f"{_selection(model, names)}{_condition(where)}"
    if order:
        sql += f" {_sorting(order)}"
    return sql if limit is None else f"{sql} LIMIT {limit}"


@lru_cache(256)
def _joined(
    inner: str, names: tuple[str, ...], order: str, relation: str, model: type[Model], others: tuple[str, ...]
) -> str:
    """The statement `inner` with the rows of `model` that a relation of its own leads to."""
    own, other = _listed(names, "own"), _listed(others, "other")
    return (
        f"SELECT {own}, {other} FROM ({inner}) own "  # noqa: S608 - names of columns only
        f'JOIN "{model._meta.db_table}" other '  # noqa: SLF001 - as above
        f'ON other."id" = own."{relation}_id" {_sorting(order, "own.")}'
    )


@lru_cache(256)
def _numbered(sql: str) -> str:
    """The statement with `$1`, `$2` for its `?`."""
    first, *others = sql.split("?")
    return first + "".join(f"${place}{part}" for place, part in enumerate(others, 1))


@lru_cache(256)
def _every(model: type[Model]) -> tuple[str, ...]:
    return tuple(model._meta.fields_db_projection)  # noqa: SLF001 - as above


def _selection(model: type[Model], names: tuple[str, ...]) -> str:
    return f'SELECT {_listed(names)} FROM "{model._meta.db_table}"'  # noqa: S608, SLF001 - names of columns only


def _listed(names: tuple[str, ...], table: str = "") -> str:
    before = f"{table}." if table else ""
    # Two tables may have columns of one name.
    return ", ".join(f'{before}"{name}"' + (f' AS "{table}_{name}"' if table else "") for name in names)


@lru_cache(256)
def _names(model: type[Model], columns: frozenset[str] | None) -> tuple[str, ...]:
    return _every(model) if columns is None else tuple(sorted({"id", *columns}))


async def _found(sql: str, values: Sequence[object]) -> list[Any]:
    """The values of each row, as a sequence."""
    db = connection()
    if isinstance(db, Client):
        return await db.records(_numbered(sql), *values)
    return [tuple(row.values()) for row in await rows(_numbered(sql), values)]


def _rows(model: type[M], names: tuple[str, ...], found: Sequence[Sequence[Any]], first: int = 0) -> list[M]:
    """The rows whose columns stand in what was found from the place `first` on."""
    changes = _changes(model, names, native=connection().capabilities.dialect != SQLITE)
    make: Callable[[Sequence[Any]], M] = _maker(model, names, first)
    return [make(_changed(one, changes, first) if changes else one) for one in found]


@lru_cache(256)
def _changes(
    model: type[Model], names: tuple[str, ...], *, native: bool
) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    """What makes a column's value of what the database gave, by its place; PostgreSQL's driver knows most types."""
    known = fields_of(model)
    places = ((place, known[name]) for place, name in enumerate(names))
    return tuple(
        (place, field.to_python_value)
        for place, field in places
        if not (native and (isinstance(field, _BY_DRIVER) or field.field_type in {str, int, bool, bytes}))
    )


def _changed(values: Iterable[Any], changes: tuple[tuple[int, Callable[[Any], Any]], ...], first: int) -> list[Any]:
    given = list(values)
    for place, change in changes:
        given[first + place] = change(given[first + place])
    return given


@lru_cache(256)
def _maker(model: type[Model], names: tuple[str, ...], first: int) -> Callable[[Sequence[Any]], Any]:
    """What makes a row as the ORM's own way does, without asking each value what it is."""
    state = _WHOLE if len(names) == len(_every(model)) else _PARTIAL
    known = {"new": object.__new__, "set": object.__setattr__, "model": model, "state": state}
    columns = ", ".join(f"{name!r}: values[{place}]" for place, name in enumerate(names, first))
    lines = ("def make(values):", " row = new(model)", f" set(row, '__dict__', {{{columns}, **state}})", " return row")
    exec("\n".join(lines), known)  # noqa: S102 - names of columns only; half the time of a loop over them
    made: Callable[[Sequence[Any]], Any] = known["make"]  # type: ignore[assignment]
    return made
