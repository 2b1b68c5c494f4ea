"""The words that a guesser tries first: the person's own, then those that are popular in Turkey."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from api.rules.text import nfc, search_key, tr_lower

SHORTEST_WORD = 3
LONGEST_WORD = 60
MOST_WORDS = 60
MOST_INPUTS = 40
LONGEST_INPUT = 254
SEPARATORS = re.compile(r"[\W_]+")
PHONE = re.compile(r"[+(]?[\d\s()\-./]{7,}")
SUBSCRIBER_DIGITS = 7
NATIONAL_DIGITS = 10
# Labels of everybody's address say nothing about the person.
EVERYBODYS = frozenset({"com", "net", "org", "gen", "edu", "gov", "www"})

POPULAR = (
    "sifre", "şifre", "parola", "password", "whmcstr", "galatasaray", "fenerbahce", "fenerbahçe", "besiktas",
    "beşiktaş", "trabzonspor", "ataturk", "atatürk", "mustafakemal", "istanbul", "ankara", "izmir", "turkiye",
    "türkiye", "askim", "aşkım", "seniseviyorum", "seni", "seviyorum", "canim", "canım", "bursa", "karsiyaka",
    "goztepe", "allah", "bismillah", "merhaba", "deneme", "admin", "yonetici", "1907", "1905", "1903", "1923",
    "1453", "qwerty", "bilgisayar", "sevgilim", "sevgili", "kalem", "defter", "hayatim", "hayatım", "bebegim",
    "bebeğim", "prenses", "kraliçe", "kralice", "aslan", "kartal", "kanarya", "cimbom", "samsun", "antalya", "adana",
)  # fmt: skip


def _digit_runs(text: str) -> Iterator[str]:
    """A telephone or identity number as it would be typed into a password: with and without +90 and area code."""
    if PHONE.fullmatch(text):
        digits = "".join(filter(str.isdigit, text))
        yield digits
        yield digits[-NATIONAL_DIGITS:]
        yield digits[-SUBSCRIBER_DIGITS:]


def _split(text: str) -> Iterator[str]:
    yield from _digit_runs(text) if PHONE.fullmatch(text) else SEPARATORS.split(text)


def _words(personal: Iterable[str]) -> Iterator[str]:
    for text in islice(personal, MOST_INPUTS):
        for word in _split(nfc(text[:LONGEST_INPUT]).strip()):
            short = word[:LONGEST_WORD]
            if len(short) >= SHORTEST_WORD and short.lower() not in EVERYBODYS:
                yield short


def personal_words(personal: Iterable[str]) -> tuple[str, ...]:
    """At most 60 words, each also in `search_key` form, in lower case as the library compares them."""
    chosen = islice(dict.fromkeys(_words(personal)), MOST_WORDS)
    return tuple(dict.fromkeys(form for word in chosen for form in (tr_lower(word), search_key(word)) if form))
