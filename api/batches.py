"""Reads that many objects of one answer need: asked for one by one, made together in one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from typing import Any, TypeVar
from uuid import UUID

from strawberry.dataloader import DataLoader
from tortoise.models import Model

R = TypeVar("R")
Load = Callable[[list[UUID]], Awaitable[Sequence[R]]]

_open: ContextVar[tuple[asyncio.AbstractEventLoop, dict[object, DataLoader[UUID, Any]]] | None] = ContextVar(
    "batches", default=None
)


def begin() -> None:
    """Open the batches of one request; the objects of its answer share them."""
    _open.set((asyncio.get_running_loop(), {}))


async def load(read: Load[R], key: UUID) -> R:
    """What `read` finds for the key; all keys asked for at once go into one call of it.

    `read` answers one result for each key, in their order. Nothing is kept: the same key is read anew later.
    """
    known = _open.get()
    if known is None or known[0] is not asyncio.get_running_loop():
        return (await read([key]))[0]
    loader: DataLoader[UUID, R] | None = known[1].get(read)
    if loader is None:
        loader = known[1][read] = DataLoader(load_fn=read, cache=False)
    return await loader.load(key)


async def by_id(model: type[Model], keys: list[UUID], *related: str) -> list[Any]:
    """The rows with these ids, in their order; every id must exist."""
    query = model.filter(id__in=set(keys))
    found = {row.pk: row for row in await (query.select_related(*related) if related else query)}
    return [found[key] for key in keys]


async def grouped(
    model: type[Model], column: str, keys: list[UUID], *order: str, related: tuple[str, ...] = ()
) -> list[list[Any]]:
    """The rows that belong to each of these ids, in an order."""
    query = model.filter(**{f"{column}__in": set(keys)}).order_by(*order)
    groups: dict[UUID, list[Any]] = {key: [] for key in keys}
    for row in await (query.select_related(*related) if related else query):
        groups[getattr(row, column)].append(row)
    return [groups[key] for key in keys]
