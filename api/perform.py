"""The doorway of every write: one transaction with its audit entries and letters, then the clock door is woken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from api import clock, loaders
from api.audit import Act
from api.caller import Caller
from api.i18n import Language, as_language
from api.models.audit import AuditEntry
from api.models.database import insert, insert_all, insert_unless_there, transaction
from api.models.letters import Letter
from api.outbox import LetterKind, letter
from api.wakeup import wake


class Writing:
    """What a write leaves behind besides its rows."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.entries: list[AuditEntry] = []
        self.letters: list[Letter] = []
        self.nothing = False

    def happened(self, something: bool) -> bool:
        """Say whether there was anything to do; where there was not, nothing need be recorded."""
        self.nothing = not something
        return something

    def record(self, act: Act, subject: str, actor: str | None = None, **details: str) -> None:
        """Note the act for the audit trail; `details` hold no secret."""
        self.entries.append(
            AuditEntry(
                at=clock.now(),
                actor=actor or self.caller.actor,
                door=self.caller.door.value,
                act=act.value,
                subject=subject,
                address=self.caller.address[:45],
                details=details,
            )
        )

    def send(self, kind: LetterKind, recipient: str, language: Language | None = None, **values: str) -> Letter:
        """Queue a letter, in the caller's language unless another is given."""
        queued = letter(kind, recipient, language or self.caller.language, **values)
        self.letters.append(queued)
        return queued

    async def send_to_owner(
        self, account_id: UUID, kind: LetterKind, *, once: str | None = None, **values: str
    ) -> None:
        """Queue a letter to an account's owner; `once` names what it tells, so that no other tells it again."""
        owner = await loaders.owner_of(account_id)
        queued = self.send(kind, owner.email, as_language(owner.language), **values)
        queued.once = once


@asynccontextmanager
async def writing(caller: Caller) -> AsyncIterator[Writing]:
    """One transaction; its audit entries and letters are saved with it or not at all."""
    async with transaction():
        work = Writing(caller)
        yield work
        await _save(work)
    if work.letters:
        wake()


async def _save(work: Writing) -> None:
    if not work.entries and not work.nothing:
        raise RuntimeError("a write must record what it did")
    for entry in work.entries:
        await insert(entry)
    await insert_all([queued for queued in work.letters if queued.once is None])
    for queued in work.letters:
        # A reminder that was queued already, here or on another machine, is not queued again.
        if queued.once is not None:
            await insert_unless_there(queued, "once")
