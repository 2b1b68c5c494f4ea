"""What the functions of a compiled plan do with lists: complete the items in one loop, read ahead for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import CoroutineType
from typing import Any

from graphql.pyutils import Path, Undefined, gather_with_cancel, is_iterable

from api.schema.columns import Many, Wanted
from api.schema.completion import Completion, Failed, Run, Site, awaited, gathered, guarded, settle, waits


def ahead_of(own: Callable[[Any, Path, Run], Any], place: Site) -> Callable[[Any, Path, Run], Any]:
    """A field's value as it was read for the whole list at once; where it was not, as the field itself answers."""

    def resolver(source: Any, path: Path, run: Run) -> Any:
        known = run.ahead.get(place)
        return own(source, path, run) if known is None or id(source) not in known else known[id(source)]

    return resolver


def known_of(place: Site) -> Callable[[Any, Run], Any]:
    """The value that was read ahead; LookupError where none was."""
    return lambda source, run: run.ahead[place][id(source)]


@dataclass(frozen=True, slots=True)
class Ahead:
    """A field that a function answers for a whole list of objects of a class."""

    place: Site
    many: Many
    wanted: Wanted
    origin: type

    async def read(self, sources: list[Any], run: Run) -> None:
        """Read it for these objects; a failure is the value of each, as it is where they ask one by one."""
        values: Sequence[Any]
        try:
            values = await self.many(sources, self.wanted)
        except Exception as error:
            values = [error] * len(sources)
        known = run.ahead.setdefault(self.place, {})
        known.update(zip(map(id, sources), values, strict=True))


async def _read_all(ahead: Sequence[Ahead], sources: list[Any], run: Run) -> None:
    if len(ahead) == 1:
        await ahead[0].read(sources, run)
    else:
        await gather_with_cancel(*(one.read(sources, run) for one in ahead))


def each(
    item: Completion,
    failed: Failed,
    type_: Any,
    site: Site,
    ahead: Sequence[Ahead] = (),
    usual: Callable[[Any, Run], Any] | None = None,
) -> Completion:
    """Completes the items of a list in one loop, after what is read for all of them at once.

    `usual` answers an item without a path where all is as usual; where one is not, all take the long way.
    """

    def complete(value: Any, path: Path, run: Run) -> Any:
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            raise value
        if hasattr(value, "__aiter__") or not is_iterable(value):
            return run.executor.complete_value(type_, site.details, site.info(path, run), path, value, None)
        if ahead and value and value.__class__ is list and all(one.__class__ is ahead[0].origin for one in value):
            return _after_reading(value, path, run)
        return complete_items(value, path, run)

    async def _after_reading(value: list[Any], path: Path, run: Run) -> Any:
        await _read_all(ahead, value, run)
        done = complete_items(value, path, run)
        return await done if done.__class__ is CoroutineType else done

    def complete_items(value: Any, path: Path, run: Run) -> Any:
        if usual is not None and value.__class__ is list:
            with suppress(Exception):
                return [usual(one, run) for one in value]
        done: list[Any] = []
        waiting: list[int] = []
        try:
            for place, one in enumerate(value):
                done.append(_completed(one, item, failed, Path(path, place, None), run))
                if done[-1].__class__ is CoroutineType:
                    waiting.append(place)
        except Exception:
            settle([done[place] for place in waiting], run)
            raise
        return gathered(done, waiting) if waiting else done

    return complete


def _completed(one: Any, item: Completion, failed: Failed, path: Path, run: Run) -> Any:
    """An item, or what is to be awaited for it."""
    try:
        if waits(one):
            return awaited(one, item, failed, path, run)
        completed = item(one, path, run)
    except Exception as error:
        failed(error, path, run)
        return None
    return guarded(completed, failed, path, run) if completed.__class__ is CoroutineType else completed
