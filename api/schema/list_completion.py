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
        if len(ahead) == 1:
            await ahead[0].read(value, run)
        else:
            await gather_with_cancel(*(one.read(value, run) for one in ahead))
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
                _complete_item(one, Path(path, place, None), done, waiting, run)
        except Exception:
            settle([done[place] for place in waiting], run)
            raise
        return gathered(done, waiting) if waiting else done

    def _complete_item(one: Any, path: Path, done: list[Any], waiting: list[int], run: Run) -> None:
        try:
            if waits(one):
                completed: Any = awaited(one, item, failed, path, run)
                waiting.append(len(done))
            else:
                completed = item(one, path, run)
                if completed.__class__ is CoroutineType:
                    completed = guarded(completed, failed, path, run)
                    waiting.append(len(done))
        except Exception as error:
            failed(error, path, run)
            completed = None
        done.append(completed)

    return complete
