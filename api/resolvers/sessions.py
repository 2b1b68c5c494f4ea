"""Verbs of signing in and out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from api import sealing, throttle
from api.access import open_to_all, person, signed_in_even_blocked
from api.audit import Act
from api.caller import ERASED, Caller
from api.entrance import open_session, required
from api.hashing import hash_password, outdated, verify_password
from api.i18n import Language
from api.models.people import Person
from api.models.registrations import Registration
from api.models.sessions import Session
from api.outbox import LetterKind
from api.perform import writing
from api.refusal import Inspection, Refusal, UserErrorCode
from api.rules import passwords
from api.rules.emails import email_address
from api.rules.text import nfc
from api.schema.sessions import SessionPayload, SignInInput, SignOutPayload


@dataclass(frozen=True, slots=True)
class _Candidate:
    """The person behind an e-mail address, as far as signing in needs to know them."""

    id: UUID
    password_hash: str | None
    account_id: UUID | None
    staff_scopes: Iterable[str] | None
    account_status: str | None


async def _candidate(email: str) -> _Candidate | None:
    row = await Person.to_sign_in(email)
    return _Candidate(**row) if row else None


def _no_match() -> Refusal:
    return Refusal.of(UserErrorCode.INVALID_CREDENTIALS, "refusals.invalid_credentials")


@open_to_all
async def sign_in(caller: Caller, input: SignInInput) -> SessionPayload:  # noqa: A002 - the contract's name
    """Opens a session; one message covers a wrong address, a wrong password and an address not proved yet."""
    found = Inspection()
    found.check("email", required, input.email)
    found.check("password", required, input.password)
    found.finish()
    try:
        email = email_address(input.email)
    except Refusal:
        email = ""
    network = throttle.network_of(caller.address)
    limits = (
        (throttle.SIGN_IN_PER_ACCOUNT, f"{email} {network}"),
        (throttle.SIGN_IN_PER_ADDRESS, throttle.host_of(caller.address)),
        (throttle.SIGN_IN_PER_NETWORK, network),
    )
    await throttle.take(*limits)
    password = nfc(input.password) if len(input.password) <= passwords.MAX_LENGTH else ""
    candidate = await _candidate(email)
    pending = None if candidate else await Registration.get_or_none(email=email)
    stored = candidate.password_hash if candidate else pending.password_hash if pending else None
    right = await verify_password(stored, password)
    if candidate is None or not right or candidate.account_status == ERASED:
        await _refuse(caller, email, fresh_link=pending if right else None, known=candidate is not None)
        raise _no_match()
    renewed = await hash_password(password) if stored and outdated(stored) else None
    async with writing(caller) as work:
        if renewed:
            await Person.filter(id=candidate.id).update(password_hash=renewed)
        opened = await open_session(
            work, candidate.id, candidate.account_id, candidate.staff_scopes, candidate.account_status
        )
        await throttle.give_back(*limits)
    return SessionPayload.of(opened)


async def _refuse(caller: Caller, email: str, *, fresh_link: Registration | None, known: bool) -> None:
    """Record the refusal; whose form waits for its proof gets a fresh link. As much work whoever is asked for."""
    if known:
        await Registration.get_or_none(email=email)
    async with writing(caller) as work:
        work.record(Act.SESSION_REFUSE, f"email:{sealing.index('audit', email)[:32]}")
        if fresh_link:
            version = fresh_link.version.hex
            work.send(LetterKind.VERIFY_REGISTRATION, email, version=version, network=caller.address, fresh="yes")


@signed_in_even_blocked
async def sign_out(caller: Caller) -> SignOutPayload:
    """Ends the session in use."""
    async with writing(caller) as work:
        await Session.filter(id=caller.session_id).delete()
        work.record(Act.SESSION_CLOSE, caller.actor)
    return SignOutPayload()


@signed_in_even_blocked
async def set_language(caller: Caller, language: Language) -> None:
    """Remembers the language of the site and of letters."""
    async with writing(caller) as work:
        await Person.filter(id=person(caller)).update(language=language)
        work.record(Act.LANGUAGE_CHANGE, caller.actor, language=language)
