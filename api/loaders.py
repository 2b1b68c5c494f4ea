"""Reads that several subjects share, one statement each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from api import clock, sealing, tokens
from api.caller import CUSTOMER_SCOPES, ERASED, OPEN_SCOPES, SCOPES_LEFT, Scope, with_included
from api.models import identities
from api.models.accounts import ConsentEvent, Membership
from api.models.agreements import AgreementAcceptance, AgreementDocument
from api.models.identities import Holder
from api.models.people import Person
from api.rules import agreements

SERVICE_AGREEMENT = "SERVICE_AGREEMENT"
DEEMED = "DEEMED"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token belongs to and what it may do."""

    person_id: UUID
    account_id: UUID | None
    session_id: UUID | None
    token_id: UUID | None
    scopes: frozenset[Scope]
    is_staff: bool
    language: str
    email: str
    name: str
    # SUSPENDED or TERMINATED, and why; None for an account that is in order, and for who has none.
    blocked: str | None
    blocked_because: str


async def identify(token: str) -> Identity | None:
    """The identity behind a session or API token; None when it is unknown, ended or revoked."""
    now = clock.now()
    if token.startswith(tokens.PREFIX):
        if not tokens.well_formed(token):
            return None
        known = await identities.api_token_by(sealing.token_hash(token))
        if not known or known.revoked_at or (known.expires_at and known.expires_at <= now):
            return None
        granted = frozenset(scope for scope in Scope if scope in known.scopes)
        found = _identity(known.holder, token_id=known.id, granted=granted)
        if found:
            tokens.note_use(known.id, known.last_used_at)
        return found
    session = await identities.session_by(sealing.token_hash(token))
    return _identity(session.holder, session_id=session.id) if session and session.expires_at > now else None


def _identity(
    holder: Holder,
    session_id: UUID | None = None,
    token_id: UUID | None = None,
    granted: frozenset[Scope] | None = None,
) -> Identity | None:
    """Who a session belongs to, or a token that was granted scopes; nobody where the account was erased."""
    if holder.status == ERASED:
        return None
    own = session_scopes(holder.status, holder.staff_scopes)
    return Identity(
        person_id=holder.person_id,
        account_id=holder.account_id,
        session_id=session_id,
        token_id=token_id,
        # A token never does more than its person may do today.
        scopes=own if granted is None else own & with_included(granted),
        is_staff=holder.staff_scopes is not None,
        language=holder.language,
        email=holder.email,
        name=f"{holder.first_name} {holder.last_name}".strip(),
        blocked=holder.status if is_blocked(holder.status) else None,
        blocked_because=holder.status_reason or "",
    )


def is_blocked(account_status: object) -> bool:
    """Whether an account of this status was closed to all but what is left to it (5.2)."""
    return account_status in SCOPES_LEFT


def session_scopes(account_status: object, staff_scopes: object) -> frozenset[Scope]:
    """What a person's own session may do: all that their account, None for none, and their post allow."""
    own = SCOPES_LEFT.get(str(account_status), CUSTOMER_SCOPES) if account_status else OPEN_SCOPES
    if not isinstance(staff_scopes, Iterable):
        return own
    granted = set(staff_scopes)
    return own | frozenset(scope for scope in Scope if scope in granted)


async def owner_of(account_id: UUID) -> Person:
    """The person who owns an account."""
    membership = await Membership.get(account_id=account_id, role=Membership.OWNER).select_related("person")
    return membership.person


async def owners_of(account_ids: Iterable[UUID]) -> dict[UUID, Person]:
    """The persons who own these accounts, by account."""
    found = Membership.filter(account_id__in=set(account_ids), role=Membership.OWNER).select_related("person")
    return {membership.account_id: membership.person for membership in await found}


async def latest_consents(account_id: UUID) -> dict[str, ConsentEvent]:
    """The consent that counts of each channel."""
    return {event.channel: event async for event in ConsentEvent.filter(account_id=account_id).order_by("at", "id")}


async def versions(kind: str) -> list[AgreementDocument]:
    """All versions of a legal text, oldest first."""
    return await AgreementDocument.filter(kind=kind).order_by("effective_at", "published_at")


@dataclass(frozen=True, slots=True)
class Binding:
    """A version that binds an account, since when and how."""

    document: AgreementDocument
    since: datetime
    method: str


async def bindings(account_id: UUID, account_since: datetime) -> list[Binding]:
    """What an account accepted, and what binds it by silence (2.3); newest first."""
    explicit = await AgreementAcceptance.filter(account_id=account_id).select_related("document")
    known = {row.document_id for row in explicit}
    # The contract is formed by the form (2.1): a revision may come into force before the address is proved.
    since = min([account_since, *(row.accepted_at for row in explicit)])
    silent = agreements.deemed(await versions(SERVICE_AGREEMENT), since, known, clock.now())
    found = [Binding(row.document, row.accepted_at, row.method) for row in explicit]
    found += [Binding(document, document.effective_at, DEEMED) for document in silent]
    return sorted(found, key=lambda binding: binding.since, reverse=True)


async def has_version(kind: str) -> bool:
    """Whether a legal text was ever published."""
    return await AgreementDocument.filter(kind=kind).exists()


@dataclass(frozen=True, slots=True)
class _Timetable:
    """Which version comes into force when, as it was read at an instant."""

    read_at: datetime
    entries: tuple[tuple[str, UUID, datetime], ...]


# A version is known 24 hours before it counts (2.3), so what was read a minute ago still tells the truth.
_TIMETABLE_GOOD_FOR = timedelta(minutes=1)
_timetable: _Timetable | None = None


def forget_timetable() -> None:
    """Read the timetable anew next time: another database, or a kind's first version, which counts at once."""
    global _timetable
    _timetable = None


async def ids_in_force(kinds: Iterable[str]) -> dict[str, UUID]:
    """The version in force of each kind, by id, without its text."""
    now, wanted = clock.now(), set(kinds)
    entries = await _entries(now)
    in_force = {kind: key for kind, key, effective_at in entries if effective_at <= now and kind in wanted}
    if in_force.keys() != wanted:
        forget_timetable()
    return in_force


async def is_any_pending() -> bool:
    """Whether a version of a legal text is known that is not in force yet."""
    now = clock.now()
    return any(effective_at > now for _, _, effective_at in await _entries(now))


async def _entries(now: datetime) -> tuple[tuple[str, UUID, datetime], ...]:
    global _timetable
    if _timetable is None or not timedelta(0) <= now - _timetable.read_at < _TIMETABLE_GOOD_FOR:
        ordered = AgreementDocument.all().order_by("effective_at", "published_at")
        _timetable = _Timetable(now, tuple(await ordered.values_list("kind", "id", "effective_at")))
    return _timetable.entries


async def known_of(person_id: UUID) -> list[str]:
    """What somebody who knows this person would try as their password."""
    row = await Person.get(id=person_id)
    words = [row.email, row.first_name, row.last_name]
    membership = await Membership.filter(person_id=person_id).select_related("account").first()
    if membership:
        own = membership.account
        words += [own.phone, own.company_name or "", own.province, own.district, own.address_line1]
        words.append(own.tax_identity() or "")
    return [word for word in words if word]
