"""Verbs of API tokens: a person makes, sees and revokes their own, in a session; no token makes another."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from strawberry import ID
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from api import clock, throttle, tokens
from api.access import person, signed_in
from api.audit import Act
from api.caller import Caller, Scope
from api.i18n import as_language
from api.models import ids
from api.models.people import Person
from api.models.sessions import ApiToken as ApiTokenRow
from api.outbox import LetterKind
from api.perform import writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules.text import is_blank, line
from api.schema.api_tokens import ApiToken, ApiTokenPayload, CreateApiTokenPayload

NAME_HIGH = 100
MOST_LIVING = 50
# More than there are scopes: whoever sends more has not read the list.
MOST_SCOPES = 100
_MOST_LISTED = 100
# Beyond this an instant has no UTC form in some time zone.
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)


def _own(caller: Caller) -> QuerySet[ApiTokenRow]:
    return ApiTokenRow.filter(person_id=person(caller))


@signed_in
async def api_tokens(caller: Caller) -> list[ApiToken]:
    """The caller's API tokens that were not revoked, newest first; 100 at most."""
    rows = await _own(caller).filter(revoked_at=None).order_by("-created_at", "id").limit(_MOST_LISTED)
    return [ApiToken.of(row) for row in rows]


@signed_in
async def api_token(caller: Caller, key: UUID) -> ApiToken | None:
    """An API token of the caller, by its key."""
    row = await _own(caller).filter(id=key).first()
    return ApiToken.of(row) if row else None


@signed_in
async def create_api_token(
    caller: Caller, name: str, scopes: list[str], expires_at: datetime | None = None
) -> CreateApiTokenPayload:
    """Makes an API token of the caller with some of their own scopes; its text is answered this once."""
    found = Inspection()
    called = found.check("name", line, name, high=NAME_HIGH) or ""
    granted = _granted(found, caller, scopes)
    until = found.check("expires_at", _future, expires_at)
    found.finish()
    await throttle.take((throttle.API_TOKENS_PER_PERSON, person(caller).hex))
    async with writing(caller) as work:
        # Whoever makes another one at the same time waits here.
        owner = await Person.select_for_update().get(id=person(caller))
        living = Q(expires_at=None) | Q(expires_at__gt=clock.now())
        if await _own(caller).filter(living, revoked_at=None).count() >= MOST_LIVING:
            raise Refusal.of(UserErrorCode.NOT_ALLOWED, "refusals.most_api_tokens", high=MOST_LIVING)
        issued = await tokens.issue(owner.id, called, granted, until)
        ends = until.isoformat() if until else ""
        # The name is whatever somebody typed, and the trail is for good.
        work.record(Act.TOKEN_CREATE, _subject(issued.row), scopes=" ".join(issued.row.scopes), expires=ends)
        work.send(
            LetterKind.API_TOKEN_CREATED,
            owner.email,
            as_language(owner.language),
            first_name=owner.first_name,
            network=caller.address,
            name=called,
            scopes=", ".join(issued.row.scopes),
            expires=ends,
        )
    return CreateApiTokenPayload(token=issued.text, api_token=ApiToken.of(issued.row))


@signed_in
async def revoke_api_token(caller: Caller, id: ID) -> ApiTokenPayload:  # noqa: A002 - the contract's name
    """Ends an API token of the caller at once; one that was revoked before stays revoked."""
    key = ids.key_of(id, ApiTokenRow.PREFIX)
    async with writing(caller) as work:
        row = await _own(caller).select_for_update().get_or_none(id=key) if key else None
        if row is None:
            raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.api_token_unknown", ("id",)))
        if work.happened(row.revoked_at is None):
            row.revoked_at = clock.now()
            await row.save(update_fields=["revoked_at"])
            work.record(Act.TOKEN_REVOKE, _subject(row), scopes=" ".join(row.scopes))
    return ApiTokenPayload(api_token=ApiToken.of(row))


def _subject(row: ApiTokenRow) -> str:
    return f"token:{row.id.hex}"


def _granted(found: Inspection, caller: Caller, scopes: list[str]) -> frozenset[Scope]:
    """The scopes asked for, each once; a problem stands beside its place in the list."""
    if not scopes:
        found.problems.append(Problem(UserErrorCode.REQUIRED, "refusals.scopes_required", ("scopes",)))
    if len(scopes) > MOST_SCOPES:
        most = {"high": MOST_SCOPES}
        found.problems.append(Problem(UserErrorCode.TOO_LONG, "refusals.most_scopes", ("scopes",), most))
        return frozenset()
    asked = [found.check(f"scopes.{place}", _scope, caller, text) for place, text in enumerate(scopes)]
    return frozenset(scope for scope in asked if scope)


def _scope(caller: Caller, text: str) -> Scope:
    if is_blank(text):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    if text not in set(Scope):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.scope_unknown")
    if text not in caller.scopes:
        raise Refusal.of(UserErrorCode.NOT_ALLOWED, "refusals.scope_not_yours")
    return Scope(text)


def _future(instant: datetime | None) -> datetime | None:
    if instant is None:
        return None
    if instant.tzinfo is None or not clock.now() < instant <= _LATEST:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.expires_at")
    return instant.astimezone(UTC)
