"""Verbs of e-mail addresses: proving and changing them."""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.exceptions import IntegrityError

from api import clock, loaders, sealing, throttle
from api.access import open_to_all, signed_in
from api.audit import Act
from api.caller import Caller
from api.delivery import VALID_FOR
from api.entrance import Opened, good_link, open_account, pending_of, prove_current, required, session_of, spend, spent
from api.i18n import as_language
from api.models.people import Person
from api.models.sessions import Link
from api.outbox import LetterKind, link_token
from api.perform import Writing, writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules.emails import email_address
from api.schema.sessions import ChangeEmailPayload, SessionPayload


@dataclass(frozen=True, slots=True)
class Prospect:
    """What following a link would do, shown before it is confirmed."""

    purpose: str
    email: str
    name: str
    personal: tuple[str, ...] = ()


@open_to_all
async def prospect(caller: Caller, token: str) -> Prospect | None:
    """What a mailed link would do; looking changes nothing, so that mail scanners may."""
    try:
        link = await good_link(caller, token, Link.REGISTRATION, Link.EMAIL, Link.PASSWORD)
        if link.registration_version:
            pending = await pending_of(link)
            details = pending.form().details
            name = f"{details.first_name} {details.last_name}"
            return Prospect(link.purpose, pending.email, name, (pending.email, name, details.company_name or ""))
    except Refusal:
        return None
    owner = await Person.get(id=link.person_id)
    known = tuple(await loaders.known_of(owner.id))
    return Prospect(link.purpose, link.new_email or owner.email, f"{owner.first_name} {owner.last_name}", known)


@open_to_all
async def verify_email(caller: Caller, token: str) -> SessionPayload:
    """Confirms a mailed link: opens the account that was registered, or puts a new address in force."""
    link = await good_link(caller, token, Link.REGISTRATION, Link.EMAIL)
    try:
        async with writing(caller) as work:
            await spend(link)
            if link.purpose == Link.REGISTRATION:
                return SessionPayload.of(await open_account(work, await pending_of(link)))
            return SessionPayload.of(await _change_email(work, link))
    except IntegrityError:
        # The address has become somebody's since the link was mailed.
        raise spent() from None


async def _change_email(work: Writing, link: Link) -> Opened:
    owner = await Person.select_for_update().get(id=link.person_id)
    old, owner.email = owner.email, link.new_email or owner.email
    owner.proved_at = clock.now()
    await owner.save()
    # What was mailed to the old address must not open the account any more.
    await Link.filter(person_id=owner.id, used_at=None).update(used_at=clock.now())
    work.record(Act.EMAIL_CHANGE, f"person:{owner.id.hex}", actor=f"person:{owner.id.hex}")
    work.send(
        LetterKind.EMAIL_CHANGED, old, as_language(owner.language), first_name=owner.first_name, new_email=owner.email
    )
    return await session_of(work, owner.id)


@signed_in
async def change_email(caller: Caller, new_email: str, current_password: str) -> ChangeEmailPayload:
    """Sends a link to the new address and a notice to the old one; it changes when the link is followed."""
    found = Inspection()
    address = found.check("new_email", email_address, new_email)
    found.check("current_password", required, current_password)
    if found.problems or address is None:
        raise found.refusal()
    owner = await prove_current(caller, current_password)
    if address == owner.email:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.same_email", ("new_email",)))
    await throttle.take((throttle.LETTERS_PER_RECIPIENT, address))
    async with writing(caller) as work:
        # Of several requests only the newest link counts.
        await Link.filter(person_id=owner.id, purpose=Link.EMAIL, used_at=None).update(used_at=clock.now())
        work.record(Act.EMAIL_REQUEST, f"person:{owner.id.hex}")
        language = as_language(owner.language)
        letter = work.send(LetterKind.EMAIL_CHANGE_CONFIRM, address, language)
        # Made here, not at delivery: a letter that is late must not outlive what ends its link.
        await Link.create(
            token_hash=sealing.token_hash(link_token(letter)),
            purpose=Link.EMAIL,
            person_id=owner.id,
            new_email=address,
            expires_at=clock.now() + VALID_FOR[LetterKind.EMAIL_CHANGE_CONFIRM],
        )
        work.send(LetterKind.EMAIL_CHANGE_NOTICE, owner.email, language, first_name=owner.first_name, new_email=address)
    return ChangeEmailPayload(verification_sent_to=address)
