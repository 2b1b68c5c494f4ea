"""One effect for one idempotency key, however often and however concurrently the request comes."""

from __future__ import annotations

import hashlib
from uuid import UUID

import orjson

from api import clock
from api.models.orders import IdempotencyKey
from api.refusal import Problem, Refusal, UserErrorCode


async def claim(owner: UUID, operation: str, key: str, asked: object, answer: UUID) -> UUID | None:
    """Take the key in this transaction for an effect whose object will be `answer`; None: go on.

    Otherwise the object of the first request. Refusal IDEMPOTENCY_CONFLICT when that one asked something else.
    """
    sha256 = hashlib.sha256(orjson.dumps(asked, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()
    row = IdempotencyKey(
        owner=owner, operation=operation, key=key, input_sha256=sha256, answer=answer, created_at=clock.now()
    )
    first = await row.claim()
    if first is None:
        return None
    if first[0] != sha256:
        raise Refusal(
            Problem(UserErrorCode.IDEMPOTENCY_CONFLICT, "refusals.idempotency_conflict", ("idempotency_key",))
        )
    return first[1]


async def answer_with(owner: UUID, operation: str, key: str, answer: UUID) -> None:
    """Say what came of a key that was claimed in this transaction before that was known."""
    await IdempotencyKey.filter(owner=owner, operation=operation, key=key).update(answer=answer)


async def answer_to(owner: UUID, operation: str, key: str) -> UUID | None:
    """The object of the first request with this key, if there was one."""
    row = await IdempotencyKey.get_or_none(owner=owner, operation=operation, key=key)
    return row.answer if row else None
