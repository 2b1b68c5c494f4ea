"""Who may call what: each resolver says it, and the binder writes it into the schema."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from tortoise.expressions import Q

from api.caller import Caller, Door, Scope
from api.models.reading import ALL, NONE, Where, equals
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


def open_but(scope: Scope) -> Callable[[Resolver[P, T]], Resolver[P, T]]:
    """Anybody may call this, but an API token, where one is sent, must have the scope."""

    def guard(resolver: Resolver[P, T]) -> Resolver[P, T]:
        async def guarded(caller: Caller, /, *args: P.args, **kwargs: P.kwargs) -> T:
            if caller.token_id is not None:
                require(caller, scope)
            return await resolver(caller, *args, **kwargs)

        update_wrapper(guarded, resolver)
        NEEDS[guarded] = f"of a token, scope {scope}"
        return guarded

    return guard


def signed_in(resolver: Resolver[P, T]) -> Resolver[P, T]:
    """Needs a person's own session; an API token cannot do this, nor can a suspended or terminated account."""

    async def guarded(caller: Caller, /, *args: P.args, **kwargs: P.kwargs) -> T:
        _require_session(caller)
        if caller.blocked:
            raise Denied(DenialCode.FORBIDDEN)
        return await resolver(caller, *args, **kwargs)

    update_wrapper(guarded, resolver)
    NEEDS[guarded] = "a session"
    return guarded


def signed_in_even_blocked(resolver: Resolver[P, T]) -> Resolver[P, T]:
    """As `signed_in`, and left to a suspended or terminated account too (5.2)."""

    async def guarded(caller: Caller, /, *args: P.args, **kwargs: P.kwargs) -> T:
        _require_session(caller)
        return await resolver(caller, *args, **kwargs)

    update_wrapper(guarded, resolver)
    NEEDS[guarded] = "a session"
    return guarded


def _require_session(caller: Caller) -> None:
    if caller.person_id is None:
        raise Denied(DenialCode.UNAUTHENTICATED)
    if caller.session_id is None:
        raise Denied(DenialCode.FORBIDDEN)


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


def needs_any(own: Scope, everybody: Scope) -> Callable[[Resolver[P, T]], Resolver[P, T]]:
    """Needs the scope for the caller's own objects or the one for everybody's; `visible_to` says which rows it sees."""

    def guard(resolver: Resolver[P, T]) -> Resolver[P, T]:
        async def guarded(caller: Caller, /, *args: P.args, **kwargs: P.kwargs) -> T:
            if everybody not in caller.scopes:
                require(caller, own)
            return await resolver(caller, *args, **kwargs)

        update_wrapper(guarded, resolver)
        NEEDS[guarded] = f"scope {own} or {everybody}"
        return guarded

    return guard


def visible_to(caller: Caller, own: Scope, everybody: Scope, column: str = "account_id") -> Q:
    """The rows that a caller may see: everybody's, their own account's, or none. Part of the query, never after it."""
    if everybody in caller.scopes:
        return Q()
    if own in caller.scopes and caller.account_id:
        own_rows: dict[str, Any] = {column: caller.account_id}
        return Q(**own_rows)
    return Q(pk__in=[])


def visible_rows(caller: Caller, own: Scope, everybody: Scope) -> Where:
    """The same for the statements of hot lists, by the column `account_id`."""
    if everybody in caller.scopes:
        return ALL
    if own in caller.scopes and caller.account_id:
        return equals("account_id", caller.account_id)
    return NONE


def visible_tickets(
    caller: Caller, own: Scope = Scope.TICKETS_READ, everybody: Scope = Scope.TICKETS_ALL, path: str = ""
) -> Q:
    """The tickets that a caller may see, by `path` from another row to its ticket, e.g. `message__ticket__`.

    A suspended or terminated account has its complaints left, which are its way to appeal (5.2).
    """
    seen = visible_to(caller, own, everybody, f"{path}account_id")
    if not caller.blocked or everybody in caller.scopes:
        return seen
    complaints: dict[str, Any] = {f"{path}kind": "COMPLAINT"}
    return seen & Q(**complaints)


def may_see(caller: Caller, account_id: UUID, own: Scope, everybody: Scope) -> bool:
    """Whether a caller may see what hangs on an object of this account: `visible_to` for one that was read already."""
    return everybody in caller.scopes or (own in caller.scopes and account_id == caller.account_id)


def require(caller: Caller, scope: Scope) -> None:
    """Denied unless the caller has the scope; a command is nobody's and acts with those that it was given."""
    if caller.person_id is None and caller.door is not Door.COMMAND:
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
