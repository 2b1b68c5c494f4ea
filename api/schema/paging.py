"""Lists in pages: cursor connections, at most 100 objects at a time (Relay's cursor connections)."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, TypeVar

import orjson
import strawberry
from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from api.models.ids import as_uuid
from api.models.reading import Join, Where, count, further, read, read_with
from api.refusal import DenialCode, Denied
from api.schema.columns import computed, computes
from api.schema.common import lazy

T = TypeVar("T")
M = TypeVar("M", bound=Model)
R = TypeVar("R", bound=Model)

MOST = 100
DEFAULT = 20


def _cursor(own: PageInfo, place: int) -> str | None:
    return own.cursor_of(own.rows[place]) if own.rows else None


@computes
@strawberry.type(description="Where a page of a list stands.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follows.")
    has_previous_page: bool = strawberry.field(description="Whether something stands before.")
    start_cursor: str | None = computed("The cursor of the page's first object.", of=lambda own: _cursor(own, 0))
    end_cursor: str | None = computed(
        "The cursor of its last; `after` for the next page.", of=lambda own: _cursor(own, -1)
    )
    rows: strawberry.Private[Sequence[Any]]
    cursor_of: strawberry.Private[Callable[[Any], str]]


@strawberry.type(description="An object of a list with its place.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="Opaque; the object's place in the list.")
    node: T = strawberry.field(description="The object.")


def _edges(own: Connection[Any]) -> list[Edge[Any]]:
    return [Edge(cursor=own.cursor_of(row), node=node) for row, node in zip(own.rows, own.nodes, strict=True)]


@computes
@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = computed("The page's objects with their cursors.", of=_edges)
    nodes: list[T] = strawberry.field(description="The page's objects.")
    page_info: PageInfo = strawberry.field(description="Whether and where it goes on.")
    rows: strawberry.Private[Sequence[Any]]
    cursor_of: strawberry.Private[Callable[[Any], str]]
    counted: strawberry.Private[Callable[[], Awaitable[int]]]

    @lazy("How many objects the whole list has.")
    async def total_count(self) -> int:
        """Counted only when it is asked for."""
        return await self.counted()


def _cursors_by(column: str) -> Callable[[Model], str]:
    """The place of a row in a list that is sorted by a column and the id."""

    def cursor_of(row: Model) -> str:
        value = getattr(row, column)
        shown = value.isoformat() if isinstance(value, datetime) else str(value)
        return base64.urlsafe_b64encode(orjson.dumps([shown, row.pk.hex])).decode()

    return cursor_of


def _place(cursor: str, *, instant: bool) -> tuple[Any, Any]:
    try:
        value, key = orjson.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        if not isinstance(value, str) or "\0" in value:
            raise ValueError(cursor)
        return (datetime.fromisoformat(value).astimezone(UTC) if instant else value), as_uuid(key)
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise Denied(DenialCode.BAD_REQUEST) from None


async def page(
    query: QuerySet[M], order: str, first: int | None, after: str | None, of: Callable[[M], T]
) -> Connection[T]:
    """A page of a query sorted by an instant (`-` before it: downward) and the id, each row shown by `of`."""

    async def shown(rows: list[M]) -> list[T]:
        return [of(row) for row in rows]

    return await page_of(query, order, first, after, shown)


async def page_of(
    query: QuerySet[M],
    order: str,
    first: int | None,
    after: str | None,
    of: Callable[[list[M]], Awaitable[list[T]]],
    *,
    instant: bool = True,
) -> Connection[T]:
    """A page of a query sorted by a column and the id, its rows shown together; `instant`: the column is one.

    Denied BAD_REQUEST for a size outside 0 to 100 and for a cursor that is not one of this list.
    """
    size = size_of(first)
    column, down = order.removeprefix("-"), order.startswith("-")
    beyond = "lt" if down else "gt"
    wanted = query
    if after is not None:
        value, key = _place(after, instant=instant)
        beyond_it = Q(**{f"{column}__{beyond}": value}) | Q(**{column: value, f"id__{beyond}": key})
        # What all that lies further has in common: with it alone the database begins to read at that place.
        wanted = query.filter(beyond_it, **{f"{column}__{beyond}e": value})
    found = await wanted.order_by(order, "-id" if down else "id").limit(size + 1)
    rows = found[:size]
    nodes = await of(rows) if rows else []
    return connected(rows, nodes, _cursors_by(column), after, query.count, more=len(found) > size)


async def page_of_rows(
    model: type[M],
    where: Where,
    order: str,
    first: int | None,
    after: str | None,
    of: Callable[[list[M]], Awaitable[list[T]]],
    columns: frozenset[str] | None,
    join: Join | None = None,
) -> Connection[T]:
    """As `page_of` for a hot list: of each row only these columns are read (None: all), and what `join` leads to."""
    size = size_of(first)
    column = order.removeprefix("-")
    wanted = where
    if after is not None:
        value, key = _place(after, instant=True)
        wanted = where & further(column, value, key, down=order.startswith("-"))
    needed = None if columns is None else columns | {column}
    if join:
        found = await read_with(model, needed, wanted, order, size + 1, join)
    else:
        found = await read(model, needed, wanted, order, size + 1)
    rows = found[:size]
    nodes = await of(rows) if rows else []
    return connected(rows, nodes, _cursors_by(column), after, partial(count, model, where), more=len(found) > size)


def size_of(first: int | None) -> int:
    """How many objects a page has; Denied BAD_REQUEST for a number outside 0 to 100."""
    size = DEFAULT if first is None else first
    if not 0 <= size <= MOST:
        raise Denied(DenialCode.BAD_REQUEST)
    return size


def connected(
    rows: Sequence[R],
    nodes: list[T],
    cursor_of: Callable[[R], str],
    after: str | None,
    counted: Callable[[], Awaitable[int]],
    *,
    more: bool,
) -> Connection[T]:
    """A page of these rows as they are shown; `more`: others follow."""
    info = PageInfo(has_next_page=more, has_previous_page=after is not None, rows=rows, cursor_of=cursor_of)
    return Connection(nodes=nodes, page_info=info, rows=rows, cursor_of=cursor_of, counted=counted)
