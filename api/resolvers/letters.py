"""Verbs of letters: what was sent to whom can be read again (agreement, article 7)."""

from __future__ import annotations

from uuid import UUID

from api.access import person, signed_in_even_blocked
from api.caller import Caller
from api.models.letters import Letter as LetterRow
from api.schema.letters import Letter
from api.schema.paging import Connection, page


@signed_in_even_blocked
async def letters(caller: Caller, first: int | None = None, after: str | None = None) -> Connection[Letter]:
    """The letters sent to the caller, newest first."""
    query = LetterRow.filter(person_id=person(caller), sent_at__not_isnull=True)
    return await page(query, "-sent_at", first, after, Letter.of)


@signed_in_even_blocked
async def letter(caller: Caller, key: UUID) -> Letter | None:
    """A letter to the caller, by its key."""
    row = await LetterRow.filter(person_id=person(caller), sent_at__not_isnull=True, id=key).first()
    return Letter.of(row) if row else None
