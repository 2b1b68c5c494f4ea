"""The doorway of every write: one transaction with its audit entries and letters, then the clock door is woken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api import clock
from api.audit import Act
from api.caller import Caller
from api.i18n import Language
from api.models.audit import AuditEntry
from api.models.database import insert, transaction
from api.models.letters import Letter
from api.outbox import LetterKind, letter
from api.wakeup import wake


class Writing:
    """What a write leaves behind besides its rows."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.entries: list[AuditEntry] = []
        self.letters: list[Letter] = []

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
    if not work.entries:
        raise RuntimeError("a write must record what it did")
    for row in (*work.entries, *work.letters):
        await insert(row)
