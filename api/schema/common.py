"""What every noun shares: the node interface and the errors of payloads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

from api.caller import Caller
from api.i18n import Language, translate
from api.models.ids import key_of as key_of
from api.refusal import Problem
from api.refusal import UserErrorCode as Code

M = TypeVar("M", bound=Callable[..., Any])

UserErrorCode = strawberry.enum(Code, name="UserErrorCode", description="What is wrong with an input.")


@strawberry.interface(description="An object with an id of its own.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque; never a counter.")


@strawberry.type(description="One thing that the caller can mend.")
class UserError:
    code: UserErrorCode = strawberry.field(description="What is wrong.")  # type: ignore[valid-type]
    field: list[str] | None = strawberry.field(
        description="The path inside the input in camelCase, list positions as digits; null: the whole input."
    )
    message: str = strawberry.field(description="A sentence in the request's language that names the remedy.")


def lazy(description: str) -> Callable[[M], M]:
    """A field that is read only when it is asked for; the method stays callable, and typed, for the site."""
    return cast("Callable[[M], M]", strawberry.field(description=description))


def asker(info: strawberry.Info) -> Caller:
    """The caller of the request that is being answered."""
    caller: Caller = info.context["caller"]
    return caller


def camel(name: str) -> str:
    """snake_case as the schema spells it."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def user_error(problem: Problem, language: Language) -> UserError:
    """The public form of a problem."""
    return UserError(
        code=problem.code,
        field=[camel(part) for part in problem.field] if problem.field else None,
        message=translate(language, problem.message, **problem.values),
    )
