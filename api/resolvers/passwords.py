"""Verbs of passwords: their strength, forgetting and changing them."""

from __future__ import annotations

from tortoise.exceptions import IntegrityError

from api import clock, loaders, sealing, throttle
from api.access import open_to_all, signed_in_even_blocked
from api.audit import Act
from api.caller import Caller
from api.entrance import (
    Opened,
    accepted,
    good_link,
    open_account,
    pending_of,
    prove_current,
    required,
    session_of,
    spend,
    spent,
)
from api.hashing import hash_password
from api.i18n import as_language, translate
from api.models.people import Person
from api.models.sessions import Link, Session
from api.outbox import LetterKind
from api.perform import Writing, writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import passwords
from api.rules.emails import email_address
from api.rules.text import nfc
from api.schema.sessions import ChangePasswordPayload, PasswordStrength, RequestPasswordResetPayload, SessionPayload
from api.scoring import scored

_MOST_PERSONAL = 40


@open_to_all
async def password_strength(
    caller: Caller, password: str, personal_inputs: list[str] | None = None
) -> PasswordStrength:
    """How hard a password is to guess for somebody who knows the personal inputs; never an error."""
    await throttle.take((throttle.PASSWORD_STRENGTH_PER_ADDRESS, throttle.host_of(caller.address)))
    known = list(personal_inputs or [])[:_MOST_PERSONAL]
    if caller.person_id:
        known += await loaders.known_of(caller.person_id)
    found = await scored(password, passwords.measure, password, known)
    key, count = found.crack_time
    return PasswordStrength(
        score=found.score,
        acceptable=found.acceptable,
        warning=translate(caller.language, found.warning) if found.warning else None,
        suggestions=[translate(caller.language, key) for key in found.suggestions],
        crack_time=translate(caller.language, key, count=count),
    )


@open_to_all
async def request_password_reset(caller: Caller, email: str) -> RequestPasswordResetPayload:
    """Mails a link to choose a new password; the same answer whether or not the address is known."""
    found = Inspection()
    address = found.check("email", email_address, email)
    if found.problems or address is None:
        raise found.refusal()
    await throttle.take(
        (throttle.LETTERS_PER_ADDRESS, throttle.host_of(caller.address)), (throttle.LETTERS_PER_RECIPIENT, address)
    )
    async with writing(caller) as work:
        work.record(Act.PASSWORD_FORGET, f"email:{sealing.index('audit', address)[:32]}")
        work.send(LetterKind.PASSWORD_RESET, address, network=caller.address)
    return RequestPasswordResetPayload(sent_to=address)


async def _known_by(link: Link) -> list[str]:
    """What somebody who knows the link's person would try."""
    if link.person_id:
        return await loaders.known_of(link.person_id)
    pending = await pending_of(link)
    own = pending.form().details
    return [pending.email, own.first_name, own.last_name, own.phone, own.company_name or "", own.tax_identity or ""]


@open_to_all
async def reset_password(caller: Caller, token: str, new_password: str) -> SessionPayload:
    """Sets a new password by a mailed link, which proves the address too; every open session ends."""
    link = await good_link(caller, token, Link.PASSWORD)
    password = await accepted("new_password", new_password, await _known_by(link))
    hashed = await hash_password(password)
    try:
        async with writing(caller) as work:
            await spend(link)
            if link.registration_version:
                return SessionPayload.of(await open_account(work, await pending_of(link), hashed))
            return SessionPayload.of(await _replace_password(work, link, hashed))
    except IntegrityError:
        raise spent() from None


async def _replace_password(work: Writing, link: Link, hashed: str) -> Opened:
    owner = await Person.select_for_update().get(id=link.person_id)
    owner.password_hash, owner.proved_at = hashed, owner.proved_at or clock.now()
    await owner.save()
    await Session.filter(person_id=owner.id).delete()
    await Link.filter(person_id=owner.id, used_at=None).update(used_at=clock.now())
    work.record(Act.PASSWORD_RESET, f"person:{owner.id.hex}", actor=f"person:{owner.id.hex}")
    _tell_of_password(work, owner)
    return await session_of(work, owner.id)


def _tell_of_password(work: Writing, owner: Person) -> None:
    address = work.caller.address
    work.send(
        LetterKind.PASSWORD_CHANGED,
        owner.email,
        as_language(owner.language),
        first_name=owner.first_name,
        network=address,
    )


@signed_in_even_blocked
async def change_password(caller: Caller, current_password: str, new_password: str) -> ChangePasswordPayload:
    """Replaces the password; every other session ends."""
    found = Inspection()
    found.check("current_password", required, current_password)
    found.check("new_password", required, new_password)
    found.finish()
    owner = await prove_current(caller, current_password)
    password = await accepted("new_password", new_password, await loaders.known_of(owner.id))
    if password == nfc(current_password):
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.same_password", ("new_password",)))
    hashed = await hash_password(password)
    async with writing(caller) as work:
        replaced = Person.filter(id=owner.id, password_hash=owner.password_hash)
        if not await replaced.update(password_hash=hashed):
            raise Refusal(
                Problem(UserErrorCode.INVALID_CREDENTIALS, "refusals.current_password", ("current_password",))
            )
        await Session.filter(person_id=owner.id).exclude(id=caller.session_id).delete()
        await Link.filter(person_id=owner.id, used_at=None).update(used_at=clock.now())
        work.record(Act.PASSWORD_CHANGE, f"person:{owner.id.hex}")
        _tell_of_password(work, owner)
    return ChangePasswordPayload()
