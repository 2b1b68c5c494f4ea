"""zxcvbn without its traps: no global state, no limit of 72 characters, bounded time.

Uses inner functions of zxcvbn 4.5 (pinned); a test compares every estimate with the library's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isqrt

from zxcvbn import feedback, matching, scoring, time_estimates

# The library's time grows with the square of the length times the sets of l33t substitutions.
SCORED_LENGTH = 72
SCORED_LENGTH_OF_L33T = 16
MOST_WORK = 40_000
WORK_BESIDE_L33T = 4

GUESSES_PER_SECOND = 10_000  # offline, against a slow hash
MINUTE, HOUR, DAY = 60, 3_600, 86_400
MONTH, YEAR = 31 * DAY, 12 * 31 * DAY
CENTURY = 100 * YEAR
UNITS = (("year", YEAR), ("month", MONTH), ("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", 1))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What zxcvbn says in its own English, and which of the given words it met."""

    score: int
    guesses: Decimal
    warning: str
    suggestions: tuple[str, ...]
    met: frozenset[str]


GUESSED_AT_ONCE = Estimate(0, Decimal(1), "", (), frozenset())


def _affordable(text: str) -> str:
    """The part that is scored: at most 72 characters, and fewer where many l33t symbols occur."""
    part = text[:SCORED_LENGTH]
    sets = len(matching.enumerate_l33t_subs(matching.relevant_l33t_subtable(part, matching.L33T_TABLE)))
    return part[: max(SCORED_LENGTH_OF_L33T, isqrt(MOST_WORK // (sets + WORK_BESIDE_L33T)))]


def _ranked(words: Sequence[str], part: str, *, was_cut: bool) -> dict[str, int]:
    """Ranks by position; a word longer than a part that was cut counts by its beginning."""
    beginnings = [word[: len(part)] for word in words] if was_cut else []
    ranked: dict[str, int] = matching.build_ranked_dict(list(dict.fromkeys([*words, *beginnings])))
    return ranked


def _met(sequence: list[dict[str, str]]) -> Iterator[str]:
    for match in sequence:
        if match.get("dictionary_name") == "user_inputs":
            yield match["matched_word"]


def estimate(text: str, words: Sequence[str]) -> Estimate:
    """How many guesses the text withstands from somebody who also tries `words` (lower case, likeliest first)."""
    if not text:
        return GUESSED_AT_ONCE
    part = _affordable(text)
    ranked = _ranked(words, part, was_cut=len(part) < len(text))
    # A private dictionary: the library's own entry would be shared between threads, and outlive the call.
    dictionaries = {**matching.RANKED_DICTIONARIES, "user_inputs": ranked}
    found = scoring.most_guessable_match_sequence(part, matching.omnimatch(part, dictionaries))
    score: int = time_estimates.guesses_to_score(found["guesses"])
    said = feedback.get_feedback(score, found["sequence"])
    met = frozenset(_met(found["sequence"]))
    return Estimate(score, Decimal(found["guesses"]), said["warning"], tuple(said["suggestions"]), met)


def crack_time(guesses: Decimal) -> tuple[str, int]:
    """Catalog key and count of the time that 10 000 guesses a second take."""
    seconds = guesses / GUESSES_PER_SECOND
    if seconds >= CENTURY:
        return "passwords.crack_time.centuries", 0
    for name, length in UNITS:
        if seconds >= length:
            count = round(seconds / length)
            return f"passwords.crack_time.{name if count == 1 else name + 's'}", count
    return "passwords.crack_time.instant", 0
