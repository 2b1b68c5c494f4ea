"""Verbs of the vendor's own people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from api import clock, tokens
from api.audit import Act
from api.caller import Caller, Scope
from api.models.people import Person, Staff
from api.outbox import LetterKind
from api.perform import writing
from api.rules.emails import email_address

TOKEN_NAME = "create-staff"
TOKEN_LIFE = timedelta(days=365)


async def create_staff(caller: Caller, email: str, scopes: Iterable[Scope]) -> str:
    """Make a person staff with these scopes, mail them a link to set a password, and answer a token of the same scopes.

    For the command line only: whoever may run it may do everything. A person who is staff already gets
    the scopes anew.
    """
    address = email_address(email)
    granted = sorted(scope.value for scope in scopes)
    now = clock.now()
    async with writing(caller) as work:
        owner = await Person.get_or_none(email=address)
        if owner is None:
            owner = await Person.create(
                email=address, language=caller.language, first_name="", last_name="", created_at=now
            )
        post = await Staff.get_or_none(person=owner)
        if post is None:
            await Staff.create(person=owner, scopes=granted, created_at=now)
        else:
            post.scopes = granted
            await post.save(update_fields=["scopes"])
        issued = await tokens.issue(owner.id, TOKEN_NAME, map(Scope, granted), now + TOKEN_LIFE)
        work.record(Act.STAFF_CREATE, f"person:{owner.id.hex}", scopes=" ".join(granted))
        work.send(LetterKind.STAFF_INVITATION, address, caller.language)
    return issued.text
