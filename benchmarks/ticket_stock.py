"""How many tickets there are, whose they are and what stands in them: by a ticket's number alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate
from random import Random

MESSAGES = 8
# Of the one ticket whose page is asked for, which is the newest of the customer who is asked for.
LONG = 200
# One of so many tickets waits for staff: the newest; and one of so many belongs to the customer who is asked for.
_WAITING, _OWN = 20, 19
_WORDS_OF_A_MESSAGE = 15
_DIFFERENT_MESSAGES = 2000
_VOCABULARY = 20_000
_SPACING = timedelta(minutes=10)
# In every second ticket each; the first two meet in every fourth, the first and the last in none.
EVEN, OFTEN, ODD = "ödeme", "kargo", "fatura"


@dataclass(frozen=True, slots=True)
class Tickets:
    """So many tickets."""

    count: int

    @property
    def accounts(self) -> int:
        """Ten tickets of each customer, but of the first, who has a nineteenth of all."""
        return max(self.count // 10, 20)

    @property
    def waiting(self) -> int:
        """How many wait for an answer."""
        return self.count // _WAITING

    def owner(self, number: int) -> int:
        """The number of a ticket's account."""
        return 0 if number % _OWN == 0 else 1 + number % (self.accounts - 1)

    def waits(self, number: int) -> bool:
        """Whether a ticket waits for an answer; the newest do, and number 0 is the newest."""
        return number < self.waiting

    def assigned(self, number: int) -> bool:
        """Whether somebody takes care of it: of every third the one who is asked for."""
        return number % 3 == 0


def told_at(number: int, now: datetime) -> datetime:
    """When the newest message of a ticket was sent."""
    return now - number * _SPACING


def subject(number: int) -> str:
    """A subject with a word that half of all have, and one that nobody else has."""
    often = "" if number // 2 % 2 else f" {OFTEN}"
    return f"{EVEN if number % 2 == 0 else ODD}{often} {rare(number)}"


def rare(number: int) -> str:
    """A word of one ticket alone."""
    return f"sipariş{number:06}"


def messages(number: int, count: int = MESSAGES) -> Iterator[str]:
    """What stands in a ticket."""
    for place in range(count):
        yield _texts()[(number * MESSAGES + place) * 7919 % _DIFFERENT_MESSAGES]


@cache
def _texts() -> list[str]:
    """Messages of words as often as words are in a language: the second half as often as the first, and so on."""
    random = Random(0)  # noqa: S311 - no secret
    syllables = [first + second for first in "bcçdfgğhjklmnprsştvyz" for second in "aeıioöuü"]
    vocabulary = ["".join(random.choices(syllables, k=random.randint(1, 5))) for _ in range(_VOCABULARY)]
    weights = list(accumulate(1 / (place + 10) for place in range(_VOCABULARY)))
    return [
        " ".join(random.choices(vocabulary, cum_weights=weights, k=_WORDS_OF_A_MESSAGE))
        for _ in range(_DIFFERENT_MESSAGES)
    ]
