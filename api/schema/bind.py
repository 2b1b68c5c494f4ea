"""Makes GraphQL fields of resolvers: their arguments without the caller, their first line as description.

A mutation's refusal becomes its payload's `errors`; what the caller cannot mend stays an exception and
becomes a top-level error at the door.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

import strawberry

from api.access import NEEDS
from api.caller import Caller
from api.refusal import Refusal
from api.schema.columns import wanted_of
from api.schema.common import asker, user_error

Resolver = Callable[..., Awaitable[Any]]
# What tells a resolver which fields of its answer are asked for; no argument of the schema.
WANTED = "wanted"


@dataclass(frozen=True, slots=True)
class Bound:
    """What answers a field of the root, given the caller and the arguments; `wants`: also what is asked of it."""

    answer: Callable[[Caller, dict[str, Any]], Awaitable[Any]]
    wants: bool


def _described(resolver: Resolver) -> str:
    sentence = (inspect.getdoc(resolver) or "").split("\n")[0]
    need = NEEDS[resolver]
    return sentence if need == "nothing" else f"{sentence} Needs: {need}."


def _as_field(resolver: Resolver, answer: Callable[[Caller, dict[str, Any]], Awaitable[Any]]) -> Any:
    """A field named and typed as the resolver, answered by `answer`."""
    hints = get_type_hints(resolver)
    own = inspect.signature(resolver)
    bound = Bound(answer, WANTED in own.parameters)
    arguments = [p.replace(annotation=hints[name]) for name, p in own.parameters.items() if name not in _NO_ARGUMENTS]
    info = inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=strawberry.Info)

    async def field(info: strawberry.Info, **given: Any) -> Any:
        if bound.wants:
            raw = info._raw_info  # noqa: SLF001 - Strawberry's own selections are made anew for each read
            given[WANTED] = wanted_of(raw.field_nodes, raw.fragments)
        return await answer(asker(info), given)

    field.__name__ = resolver.__name__
    field.__module__ = resolver.__module__
    field.__signature__ = own.replace(  # type: ignore[attr-defined]
        parameters=[info, *arguments], return_annotation=hints["return"]
    )
    field.__annotations__ = {p.name: p.annotation for p in (info, *arguments)} | {"return": hints["return"]}
    # Plans call it without making an `info`.
    field.bound = bound  # type: ignore[attr-defined]
    return strawberry.field(resolver=field, description=_described(resolver))


_NO_ARGUMENTS = {"caller", WANTED}


def query(resolver: Resolver) -> Any:
    """A field of Query."""
    return _as_field(resolver, lambda caller, given: resolver(caller, **given))


def mutation(resolver: Resolver) -> Any:
    """A field of Mutation; a refusal answers the payload with errors and nothing else."""
    payload = get_type_hints(resolver)["return"]
    assert not get_args(payload), resolver  # noqa: S101 - a payload is never null

    async def answer(caller: Caller, given: dict[str, Any]) -> Any:
        try:
            return await resolver(caller, **given)
        except Refusal as refusal:
            return payload(errors=[user_error(problem, caller.language) for problem in refusal.problems])

    return _as_field(resolver, answer)
