"""The words that a text is found by: IŞIK, ışık and isik are one word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from api.rules.text import search_key

# A longer word is cut, in texts and in what is asked for alike.
LONGEST = 40
# Of one text; what a longer one says after so many different words is not found.
MOST = 1000
# Of what somebody asks for.
MOST_ASKED, LONGEST_ASKED = 8, 300
# A word that begins with another of so many letters is the same with an ending: ödeme, ödemenin.
_STEM = 4
# Accents, and marks that print nothing and may stand within a word, such as a soft hyphen.
_WITHIN = frozenset({"Mn", "Me", "Cf"})
_WORD = re.compile(r"[^\W_]+")


def words(text: str, most: int = MOST) -> list[str]:
    """The different words of a text in their order: runs of letters and digits, in the form of `search_key`."""
    if not text.isascii():
        # Beforehand, for normalizing a long row of accents takes its time squared.
        text = "".join(one for one in text if one.isascii() or unicodedata.category(one) not in _WITHIN)
    found: dict[str, None] = {}
    for match in _WORD.finditer(search_key(text)):
        found[match[0][:LONGEST]] = None
        if len(found) == most:
            break
    return list(found)


def asked(text: str) -> list[str]:
    """What somebody looks for: the beginnings of words, at most 8; one that another begins with asks for nothing."""
    given = words(text[:LONGEST_ASKED], MOST_ASKED)
    return [one for one in given if not any(other != one and other.startswith(one) for other in given)]


def after(beginning: str) -> str:
    """The text before which, in byte order, all texts stand that begin so, and at which no later one does."""
    last = ord(beginning[-1]) + 1
    # There are no characters between: those numbers are halves of pairs.
    return beginning[:-1] + chr(0xE000 if last == 0xD800 else last)


def share_most(subject: Iterable[str], other: Iterable[str]) -> bool:
    """Whether more than half of the words of a subject stand in another, be it with another ending."""
    mine, theirs = list(subject), list(other)
    return 2 * sum(any(_alike(word, one) for one in theirs) for word in mine) > len(mine)


def _alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return short == long or (len(short) >= _STEM and long.startswith(short))
