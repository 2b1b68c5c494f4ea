"""API tokens: how they are made, told from other text, and when they were used last.

A token is `rsk_`, 30 random symbols of base62 (178 bits) and 6 more that are the CRC-32 of what comes before, as in
GitHub's tokens: a typing mistake or a made-up one is seen without asking the database, and whoever scans files for
secrets that leaked finds ours without false alarms. Only the hash of a token is stored.
"""

from __future__ import annotations

import re
import secrets
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from string import ascii_lowercase, ascii_uppercase, digits
from uuid import UUID

from tortoise.expressions import Q

from api import clock, sealing, tally
from api.caller import Scope
from api.models.database import insert
from api.models.sessions import ApiToken
from api.tally import Tally

PREFIX = "rsk_"
RANDOM_SYMBOLS, CHECKSUM_SYMBOLS = 30, 6
# What lists show of a token: enough to find it again, too little to guess it.
SHOWN = 8
_SYMBOLS = digits + ascii_uppercase + ascii_lowercase
_TOKEN = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{RANDOM_SYMBOLS + CHECKSUM_SYMBOLS}}}", re.ASCII)


def checksum(text: str) -> str:
    """The CRC-32 of ASCII text in base62, six symbols with leading zeros."""
    rest, symbols = zlib.crc32(text.encode("ascii")), ""
    while len(symbols) < CHECKSUM_SYMBOLS:
        rest, place = divmod(rest, len(_SYMBOLS))
        symbols = _SYMBOLS[place] + symbols
    return symbols


def new_token() -> str:
    """A fresh token."""
    start = PREFIX + "".join(secrets.choice(_SYMBOLS) for _ in range(RANDOM_SYMBOLS))
    return start + checksum(start)


def well_formed(token: str) -> bool:
    """Whether a text can be one of our tokens; what is not need not be looked for."""
    if not _TOKEN.fullmatch(token):
        return False
    # The sum guards against mistakes, not against anybody: it is no secret.
    return token[-CHECKSUM_SYMBOLS:] == checksum(token[:-CHECKSUM_SYMBOLS])


@dataclass(frozen=True, slots=True)
class Issued:
    """A token just made: its text, which is never seen again, and its row."""

    text: str
    row: ApiToken


async def issue(person_id: UUID, name: str, scopes: Iterable[Scope], expires_at: datetime | None) -> Issued:
    """Save a new token of a person; its text leaves the program once, here."""
    text = new_token()
    row = ApiToken(
        person_id=person_id,
        name=name,
        prefix=text[:SHOWN],
        token_hash=sealing.token_hash(text),
        scopes=sorted(scope.value for scope in scopes),
        created_at=clock.now(),
        expires_at=expires_at,
    )
    await insert(row)
    return Issued(text, row)


async def _write_uses(rows: list[tuple[UUID, datetime]]) -> None:
    for minute in sorted({used for _, used in rows}):
        used_then = [key for key, used in rows if used == minute]
        older = Q(last_used_at=None) | Q(last_used_at__lt=minute)
        await ApiToken.filter(older, id__in=used_then).update(last_used_at=minute)


# The minute in which a token was used last, by its id.
USES: Tally[UUID, datetime] = tally.register(Tally("uses of API tokens", _write_uses, max))


def note_use(token_id: UUID, known: datetime | None) -> None:
    """Remember that a token is used now, to the minute; nothing where the row says so already (`known`)."""
    minute = clock.now().replace(second=0, microsecond=0)
    if known is None or known < minute:
        USES.note(token_id, minute)
