"""How easily a password is guessed, and which ones are taken."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from api.refusal import Refusal, UserErrorCode
from api.rules.password_feedback import suggestion_keys, warning_key
from api.rules.password_guessing import Estimate, crack_time, estimate
from api.rules.password_words import POPULAR, personal_words
from api.rules.text import is_blank, nfc, search_key

MIN_LENGTH = 10
MAX_LENGTH = 128
MIN_SCORE = 3
UNTYPEABLE = frozenset({"Cc", "Cs"})
INSTANT = ("passwords.crack_time.instant", 0)


@dataclass(frozen=True, slots=True)
class Strength:
    """What the meter shows: a score of 0 to 4, and catalog keys; `crack_time` is a key and its count."""

    score: int
    acceptable: bool
    warning: str | None
    suggestions: tuple[str, ...]
    crack_time: tuple[str, int]


def _has_untypeable(text: str) -> bool:
    return any(unicodedata.category(character) in UNTYPEABLE for character in text)


def _objection(text: str) -> str | None:
    """The warning for what no guesser need look at."""
    if len(text) > MAX_LENGTH:
        return "passwords.warning.too_long"
    if is_blank(text):
        return "passwords.warning.empty"
    return "refusals.control_characters" if _has_untypeable(text) else None


def _without(words: Sequence[str], text: str) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "")
    return text


def _disguises(password: str, own: Sequence[str]) -> list[str]:
    """The password, its plain form, and that without the person's own words.

    Separators multiply the library's guesses, so a name and a digit would pass: what is left over must be strong.
    """
    plain = search_key(password)
    return list(dict.fromkeys((password, plain, _without(own, plain))))


def _estimates(password: str, own: Sequence[str]) -> Iterator[Estimate]:
    words = (*own, *POPULAR)
    for text in _disguises(password, own):
        found = estimate(text, words)
        yield found
        if found.score == 0:
            return


def _warning(password: str, weakest: Estimate, own: Sequence[str]) -> str | None:
    if weakest.warning:
        return warning_key(weakest.warning)
    plain = search_key(password)
    if weakest.score < MIN_SCORE and (weakest.met & {*own} or any(word in plain for word in own)):
        return "passwords.warning.personal"
    if len(password) < MIN_LENGTH:
        return "passwords.warning.too_short"
    return "passwords.warning.similar_to_common" if weakest.score < MIN_SCORE and weakest.met else None


def measure(password: str, personal: Iterable[str]) -> Strength:
    """The lowest score of the password's disguises, for somebody who knows `personal`; takes up to 0.4 s of CPU."""
    objection = _objection(password)
    if objection:
        return Strength(0, False, objection, (), INSTANT)
    composed = nfc(password)
    own = personal_words(personal)
    estimates = list(_estimates(composed, own))
    weakest = min(estimates, key=lambda found: found.score)
    return Strength(
        score=weakest.score,
        acceptable=weakest.score >= MIN_SCORE and len(composed) >= MIN_LENGTH,
        warning=_warning(composed, weakest, own),
        suggestions=suggestion_keys(weakest.suggestions),
        crack_time=crack_time(min(found.guesses for found in estimates)),
    )


def password(text: str, personal: Iterable[str]) -> str:
    """The password composed (NFC), as it is hashed; spaces are part of it."""
    if len(text) > MAX_LENGTH:
        raise Refusal.of(UserErrorCode.TOO_LONG, "refusals.too_long", high=MAX_LENGTH)
    if is_blank(text):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    if _has_untypeable(text):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.control_characters")
    strength = measure(text, personal)
    if not strength.acceptable:
        raise Refusal.of(UserErrorCode.WEAK_PASSWORD, strength.warning or "refusals.weak_password")
    return nfc(text)
