"""Ids: 128 random bits, never counters; in public with a prefix that names the subject."""

from __future__ import annotations

import secrets
from uuid import UUID

LONGEST_NUMBER = 12
_NUMBER_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> UUID:
    """A fresh id."""
    return UUID(bytes=secrets.token_bytes(16))


def as_uuid(value: object) -> UUID:
    """A key as either database gives it: SQLite keeps text."""
    return value if isinstance(value, UUID) else UUID(str(value))


def new_number(length: int = 8) -> str:
    """A random number that people read to each other: no letters that look alike."""
    return "".join(secrets.choice(_NUMBER_ALPHABET) for _ in range(length))


def may_be_number(text: str) -> bool:
    """Whether a number can be so written; the database is not asked for any other."""
    return len(text) <= LONGEST_NUMBER and text.isascii() and text.isprintable()


def public(prefix: str, key: UUID) -> str:
    """The id that leaves the program, e.g. `acc_…`."""
    return f"{prefix}_{key.hex}"


def parse(public_id: str) -> tuple[str, UUID] | None:
    """Prefix and key of a public id; None for any text that is not exactly one of ours."""
    prefix, _, digits = public_id.partition("_")
    if len(digits) != 32 or not digits.isascii():
        return None
    try:
        key = UUID(hex=digits)
    except ValueError:
        return None
    return (prefix, key) if key.hex == digits else None


def key_of(public_id: str, prefix: str) -> UUID | None:
    """The key of a public id of this subject, else None."""
    parsed = parse(public_id)
    return parsed[1] if parsed and parsed[0] == prefix else None
