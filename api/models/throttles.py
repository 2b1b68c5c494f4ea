"""Counters of limits, shared by all doors and processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from tortoise import fields
from tortoise.models import Model

from api.models.database import rows


@dataclass(frozen=True, slots=True)
class Use:
    """One use to count: whose counter, and its rate in seconds."""

    key: str
    interval: float
    tolerance: float


class Throttle(Model):
    """One counter of the generic cell rate algorithm (ITU-T I.371).

    `key` is a keyed hash of limit and subject; `full_at` (epoch seconds) moves on by `interval` with each
    use, and a use is refused while it lies more than `tolerance` ahead.
    """

    key = fields.CharField(max_length=64, primary_key=True)
    full_at = fields.FloatField()
    interval = fields.FloatField()
    tolerance = fields.FloatField()

    class Meta:
        table = "throttles"

    @classmethod
    async def take(cls, uses: Sequence[Use], now: float) -> float | None:
        """Count the uses; None when all were allowed, else the seconds until the refused ones are.

        One statement, so that parallel uses cannot slip by; in the order of the keys, so that two of them
        cannot wait for each other.
        """
        ordered = sorted(uses, key=lambda use: use.key)
        counted = {row["key"] for row in await rows(*_take_statement(ordered, now))}
        refused = {use.key: use.tolerance for use in ordered if use.key not in counted}
        if not refused:
            return None
        if counted:
            # What is refused as a whole is not half counted.
            await cls.give_back(sorted(counted))
        counters: list[tuple[str, float]] = await cls.filter(key__in=list(refused)).values_list("key", "full_at")
        return max([0.0, *(full_at - now - refused[key] for key, full_at in counters)])

    @classmethod
    async def give_back(cls, keys: Sequence[str]) -> None:
        """Take one counted use of each counter back.

        In the order of the keys as well: an UPDATE would hold the rows as it finds them, and could wait for a
        `take` that waits for it. A counter that was swept away comes back empty.
        """
        if keys:
            await rows(_give_back_text(len(keys)), sorted(keys))


def _take_statement(uses: Sequence[Use], now: float) -> tuple[str, list[object]]:
    values: list[object] = [now]
    for use in uses:
        values += [use.key, now + use.interval, use.interval, use.tolerance]
    return _take_text(len(uses)), values


@cache
def _take_text(count: int) -> str:
    """The statement that counts this many uses; its text is placeholders only."""
    marks = [", ".join(f"${at + n}" for n in range(4)) for at in range(2, 2 + 4 * count, 4)]
    present = "CAST($1 AS DOUBLE PRECISION)"
    return f"""
        INSERT INTO throttles ("key", "full_at", "interval", "tolerance") VALUES ({"), (".join(marks)})
        ON CONFLICT ("key") DO UPDATE SET
            "full_at" = EXCLUDED."interval"
                + CASE WHEN throttles."full_at" > {present} THEN throttles."full_at" ELSE {present} END,
            "interval" = EXCLUDED."interval", "tolerance" = EXCLUDED."tolerance"
        WHERE throttles."full_at" <= {present} + EXCLUDED."tolerance"
        RETURNING "key"
    """  # noqa: S608 - placeholders only


@cache
def _give_back_text(count: int) -> str:
    """The statement that uncounts one use of this many counters; its text is placeholders only."""
    marks = "), (".join(f"${position}, 0, 0, 0" for position in range(1, count + 1))
    return f"""
        INSERT INTO throttles ("key", "full_at", "interval", "tolerance") VALUES ({marks})
        ON CONFLICT ("key") DO UPDATE SET "full_at" = throttles."full_at" - throttles."interval"
    """  # noqa: S608 - placeholders only
