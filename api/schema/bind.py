"""Makes GraphQL fields of resolvers: their arguments without the caller, their first line as description.

A mutation's refusal becomes its payload's `errors`; what the caller cannot mend stays an exception and
becomes a top-level error at the door.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, get_args, get_type_hints

import strawberry

from api.access import NEEDS
from api.refusal import Refusal
from api.schema.common import asker, user_error

Resolver = Callable[..., Awaitable[Any]]


def _described(resolver: Resolver) -> str:
    sentence = (inspect.getdoc(resolver) or "").split("\n")[0]
    need = NEEDS[resolver]
    return sentence if need == "nothing" else f"{sentence} Needs: {need}."


def _as_field(resolver: Resolver, answer: Resolver) -> Any:
    """A field named and typed as the resolver, answered by `answer(info, **arguments)`."""
    hints = get_type_hints(resolver)
    own = inspect.signature(resolver)
    arguments = [p.replace(annotation=hints[name]) for name, p in own.parameters.items() if name != "caller"]
    info = inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=strawberry.Info)

    @wraps(answer)
    async def field(info: strawberry.Info, **given: Any) -> Any:
        return await answer(info, **given)

    del field.__wrapped__
    field.__name__ = resolver.__name__
    field.__module__ = resolver.__module__
    field.__signature__ = own.replace(  # type: ignore[attr-defined]
        parameters=[info, *arguments], return_annotation=hints["return"]
    )
    field.__annotations__ = {p.name: p.annotation for p in (info, *arguments)} | {"return": hints["return"]}
    return strawberry.field(resolver=field, description=_described(resolver))


def query(resolver: Resolver) -> Any:
    """A field of Query."""

    async def answer(info: strawberry.Info, **given: Any) -> Any:
        return await resolver(asker(info), **given)

    return _as_field(resolver, answer)


def mutation(resolver: Resolver) -> Any:
    """A field of Mutation; a refusal answers the payload with errors and nothing else."""
    payload = get_type_hints(resolver)["return"]
    assert not get_args(payload), resolver  # noqa: S101 - a payload is never null

    async def answer(info: strawberry.Info, **given: Any) -> Any:
        caller = asker(info)
        try:
            return await resolver(caller, **given)
        except Refusal as refusal:
            return payload(errors=[user_error(problem, caller.language) for problem in refusal.problems])

    return _as_field(resolver, answer)
