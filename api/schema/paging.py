"""Lists in pages: cursor connections, at most 100 objects at a time (Relay's cursor connections)."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import orjson
import strawberry
from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from api.models.ids import as_uuid
from api.refusal import DenialCode, Denied
from api.schema.common import lazy

T = TypeVar("T")
M = TypeVar("M", bound=Model)

MOST = 100
DEFAULT = 20


@strawberry.type(description="Where a page of a list stands.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follows.")
    has_previous_page: bool = strawberry.field(description="Whether something stands before.")
    start_cursor: str | None = strawberry.field(description="The cursor of the page's first object.")
    end_cursor: str | None = strawberry.field(description="The cursor of its last; `after` for the next page.")


@strawberry.type(description="An object of a list with its place.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="Opaque; the object's place in the list.")
    node: T = strawberry.field(description="The object.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The page's objects with their cursors.")
    nodes: list[T] = strawberry.field(description="The page's objects.")
    page_info: PageInfo = strawberry.field(description="Whether and where it goes on.")
    counted: strawberry.Private[Callable[[], Awaitable[int]]]

    @lazy("How many objects the whole list has.")
    async def total_count(self) -> int:
        """Counted only when it is asked for."""
        return await self.counted()


def _cursor(value: object, row: Model) -> str:
    shown = value.isoformat() if isinstance(value, datetime) else str(value)
    return base64.urlsafe_b64encode(orjson.dumps([shown, row.pk.hex])).decode()


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
    related: str = "",
    instant: bool = True,
) -> Connection[T]:
    """A page of a query sorted by a column and the id, its rows shown together; `instant`: the column is one.

    Denied BAD_REQUEST for a size outside 0 to 100 and for a cursor that is not one of this list.
    """
    size = DEFAULT if first is None else first
    if not 0 <= size <= MOST:
        raise Denied(DenialCode.BAD_REQUEST)
    column, down = order.removeprefix("-"), order.startswith("-")
    beyond = "lt" if down else "gt"
    wanted = query
    if after is not None:
        value, key = _place(after, instant=instant)
        further = Q(**{f"{column}__{beyond}": value}) | Q(**{column: value, f"id__{beyond}": key})
        # What all that lies further has in common: with it alone the database begins to read at that place.
        wanted = query.filter(further, **{f"{column}__{beyond}e": value})
    wanted = wanted.order_by(order, "-id" if down else "id").limit(size + 1)
    found = await (wanted.select_related(related) if related else wanted)
    rows = found[:size]
    nodes = await of(rows) if rows else []
    cursors = [_cursor(getattr(row, column), row) for row in rows]
    info = PageInfo(
        has_next_page=len(found) > size,
        has_previous_page=after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
    edges = [Edge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)]
    return Connection(edges=edges, nodes=nodes, page_info=info, counted=query.count)
