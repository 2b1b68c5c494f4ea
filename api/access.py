"""Who may call what: each resolver says it, and the binder writes it into the schema."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from api.caller import Caller, Scope
from api.refusal import DenialCode, Denied

P = ParamSpec("P")
T = TypeVar("T")
Resolver = Callable[Concatenate[Caller, P], Coroutine[Any, Any, T]]

# What each resolver asks of its caller, by its function; read by the binder and by the access tests.
NEEDS: dict[object, str] = {}


def open_to_all(resolver: Resolver[P, T]) -> Resolver[P, T]:
    """Anybody may call this; what they see of it is decided in its queries."""
    NEEDS[resolver] = "nothing"
    return resolver


def signed_in(resolver: Resolver[P, T]) -> Resolver[P, T]:
    """Needs a person's own session; an API token cannot do this."""

    async def guarded(caller: Caller, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if caller.person_id is None:
            raise Denied(DenialCode.UNAUTHENTICATED)
        if caller.session_id is None:
            raise Denied(DenialCode.FORBIDDEN)
        return await resolver(caller, *args, **kwargs)

    update_wrapper(guarded, resolver)
    NEEDS[guarded] = "a session"
    return guarded


def needs(scope: Scope) -> Callable[[Resolver[P, T]], Resolver[P, T]]:
    """Needs a token or session with the scope."""

    def guard(resolver: Resolver[P, T]) -> Resolver[P, T]:
        async def guarded(caller: Caller, /, *args: P.args, **kwargs: P.kwargs) -> T:
            require(caller, scope)
            return await resolver(caller, *args, **kwargs)

        update_wrapper(guarded, resolver)
        NEEDS[guarded] = f"scope {scope}"
        return guarded

    return guard


def require(caller: Caller, scope: Scope) -> None:
    """Denied unless the caller has the scope."""
    if caller.person_id is None:
        raise Denied(DenialCode.UNAUTHENTICATED)
    if scope not in caller.scopes:
        raise Denied(DenialCode.FORBIDDEN)


def own_account(caller: Caller) -> UUID:
    """The account that the caller acts for; staff without one are told that this is not for them."""
    if caller.account_id is None:
        raise Denied(DenialCode.FORBIDDEN)
    return caller.account_id


def person(caller: Caller) -> UUID:
    """The person behind the caller."""
    if caller.person_id is None:
        raise Denied(DenialCode.UNAUTHENTICATED)
    return caller.person_id
