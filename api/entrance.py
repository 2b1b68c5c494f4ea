"""How a caller comes in: sessions are opened, mailed links are spent, the current password is proved again."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from api import clock, loaders, sealing, throttle
from api.access import person
from api.audit import Act
from api.caller import ERASED, Caller
from api.hashing import verify_password
from api.models.database import insert
from api.models.people import Person
from api.models.registrations import Registration
from api.models.sessions import Link, Session
from api.perform import Writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import passwords
from api.rules.text import is_blank, nfc
from api.scoring import scored

SESSION_LIFE = timedelta(days=7)
SESSION_PREFIX = "ses_"


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just opened: the token that leaves the program once, its end, and who the caller is from now on."""

    token: str
    expires_at: datetime
    caller: Caller


def required(text: str) -> str:
    """Something must have been given."""
    if is_blank(text):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    return text


async def open_session(
    work: Writing,
    person_id: UUID,
    account_id: UUID | None,
    staff_scopes: Iterable[str] | None,
    account_status: str | None,
) -> Opened:
    """A new session with an id of its own; its token leaves the program once, here."""
    token = SESSION_PREFIX + secrets.token_urlsafe(32)
    now = clock.now()
    session = Session(
        person_id=person_id,
        token_hash=sealing.token_hash(token),
        created_at=now,
        expires_at=now + SESSION_LIFE,
        address=work.caller.address[:45],
        agent=work.caller.agent[:300],
    )
    await insert(session)
    work.record(Act.SESSION_OPEN, f"person:{person_id.hex}", actor=f"person:{person_id.hex}")
    caller = replace(
        work.caller,
        person_id=person_id,
        account_id=account_id,
        session_id=session.id,
        scopes=loaders.session_scopes(account_status, staff_scopes),
        is_staff=staff_scopes is not None,
        blocked=loaders.is_blocked(account_status),
    )
    return Opened(token, session.expires_at, caller)


async def session_of(work: Writing, person_id: UUID) -> Opened:
    """A new session for a person whose account and post are not loaded yet; none for an account that was erased."""
    columns = ("memberships__account_id", "staff__scopes", "memberships__account__status")
    account_id, scopes, status = await Person.filter(id=person_id).first().values_list(*columns)
    if status == ERASED:
        raise spent()
    return await open_session(work, person_id, account_id, scopes, status)


def spent() -> Refusal:
    """A link that was used, has expired, was replaced or never was."""
    return Refusal(Problem(UserErrorCode.TOKEN_EXPIRED, "refusals.token_expired", ("token",)))


async def good_link(caller: Caller, token: str, *purposes: str) -> Link:
    """The unused link of this token; TOKEN_EXPIRED for any other text."""
    if is_blank(token):
        raise Refusal(Problem(UserErrorCode.REQUIRED, "refusals.required", ("token",)))
    await throttle.take((throttle.LINKS_PER_ADDRESS, throttle.host_of(caller.address)))
    link = await Link.get_or_none(token_hash=sealing.token_hash(token), used_at=None, expires_at__gt=clock.now())
    if link is None or link.purpose not in purposes:
        raise spent()
    return link


async def spend(link: Link) -> None:
    """Use a link up; of two that try at once, one gets through."""
    if not await Link.filter(id=link.id, used_at=None).update(used_at=clock.now()):
        raise spent()


async def pending_of(link: Link) -> Registration:
    """The form that the link proves; a later form has made the link worthless."""
    pending = await Registration.get_or_none(version=link.registration_version)
    if pending is None:
        raise spent()
    return pending


async def open_account(work: Writing, pending: Registration, password_hash: str | None = None) -> Opened:
    """Make the proved form an account and sign its owner in."""
    owner, account = await pending.open_account(clock.now(), password_hash)
    actor = f"person:{owner.id.hex}"
    work.record(Act.ACCOUNT_OPEN, f"account:{account.id.hex}", actor=actor, registration=pending.version.hex)
    return await open_session(work, owner.id, account.id, None, account.status)


async def accepted(field: str, text: str, personal: Iterable[str]) -> str:
    """The new password as it is hashed, if the policy takes it; the refusal is of `field`."""
    found = Inspection()
    password = await scored(text, found.check, field, passwords.password, text, list(personal))
    found.finish()
    return password or ""


async def prove_current(caller: Caller, current: str) -> Person:
    """The caller's row, once their password was given again; INVALID_CREDENTIALS beside the field otherwise."""
    key = person(caller)
    await throttle.take((throttle.CURRENT_PASSWORD_PER_PERSON, key.hex))
    owner = await Person.get(id=key)
    given = nfc(current) if len(current) <= passwords.MAX_LENGTH else ""
    if not await verify_password(owner.password_hash, given):
        raise Refusal(Problem(UserErrorCode.INVALID_CREDENTIALS, "refusals.current_password", ("current_password",)))
    await throttle.give_back((throttle.CURRENT_PASSWORD_PER_PERSON, key.hex))
    return owner
