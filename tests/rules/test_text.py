from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.refusal import Refusal, UserErrorCode
from api.rules.text import (
    SORT_KEY_LENGTH,
    collapse,
    line,
    optional_line,
    search_key,
    sort_key,
    tr_lower,
    tr_upper,
)
from tests.rules.refused import code_of, refused

SORTED = ["", "10 Numara", "9 Eylül", "Ali", "Ali Can", "Alican", "Cem", "Çınar", "Gül", "Ğ", "Irmak", "İrem", "Oya"]
SORTED += [
    "Ömer",
    "Quin",
    "Rıza",
    "Sami",
    "Şule",
    "Umut",
    "Ünal",
    "Van",
    "Wanda",
    "Xenia",
    "Yeliz",
    "Zeki",
    "Ляля",
    "محمد",
]
ANYTHING = st.text(st.characters(), max_size=60)
TURKISH = st.text("abcçdefgğhıijklmnoöprsştuüvyzqwxABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZQWX", max_size=20)


@pytest.mark.parametrize("spelling", ["IŞIK", "ışık", "ISIK", "isik", "Işık", "İşik", " ışık ", "I\u0307şık"])
def test_every_spelling_of_a_word_has_one_search_key(spelling: str) -> None:
    assert search_key(spelling) == "isik"


@pytest.mark.parametrize(
    ("text", "key"),
    [("İSTANBUL", "istanbul"), ("Istanbul", "istanbul"), ("Hakkâri", "hakkari"), ("Çağrı  Ümit", "cagri umit")],
)
def test_search_keys_are_plain(text: str, key: str) -> None:
    assert search_key(text) == key


@pytest.mark.parametrize(
    ("upper", "lower"), [("İSTANBUL IŞIK", "istanbul ışık"), ("DIŞ", "dış"), ("İNCİ", "inci"), ("ÇĞÖŞÜ", "çğöşü")]
)
def test_turkish_case_keeps_the_dot(upper: str, lower: str) -> None:
    assert tr_lower(upper) == lower
    assert tr_upper(lower) == upper


def test_sort_keys_follow_the_turkish_alphabet() -> None:
    mixed = SORTED[1::2] + SORTED[::2]
    assert sorted(mixed, key=sort_key) == SORTED


def test_sort_keys_ignore_case_and_accents() -> None:
    assert sort_key("HAKKÂRİ") == sort_key("hakkari")
    assert sort_key("I\u0307zmir") == sort_key("İzmir")


@given(ANYTHING)
def test_a_sort_key_is_short_ascii(text: str) -> None:
    key = sort_key(text)
    assert key.isascii()
    assert len(key) <= SORT_KEY_LENGTH


@given(TURKISH, TURKISH)
def test_a_beginning_sorts_before_the_whole(start: str, rest: str) -> None:
    assert sort_key(start) <= sort_key(start + rest)


@given(TURKISH)
def test_turkish_case_can_be_turned_back(text: str) -> None:
    assert tr_lower(tr_upper(text)) == tr_lower(text)
    assert search_key(tr_upper(text)) == search_key(tr_lower(text)) == search_key(search_key(text))


@pytest.mark.parametrize("text", ["", " ", "\n", "\t \u00a0", "\u200b", "\u200d \ufeff", "\u3164", " " * 1_000_000])
def test_what_shows_nothing_is_missing(text: str) -> None:
    assert code_of(line, text, high=50) is UserErrorCode.REQUIRED
    assert optional_line(text, high=50) is None


@pytest.mark.parametrize(
    "text", ["a\0b", "a\nb", "a\u202eb", "a\u200bb", "a\x7fb", "a\ud800", "a\ue000", "a\u2028b", "a\tb"]
)
def test_what_cannot_be_seen_is_refused(text: str) -> None:
    assert code_of(line, text, high=50) is UserErrorCode.INVALID


def test_a_line_is_trimmed_collapsed_and_composed() -> None:
    assert line("  Ayşe \u00a0 Nur\n", high=50) == "Ayşe Nur"
    assert line(unicodedata.normalize("NFD", "Çağrı"), high=5) == "Çağrı"


def test_the_limits_are_told() -> None:
    short, long = refused(line, "ab", low=3, high=5), refused(line, "abcdef", low=3, high=5)
    assert (short.code, short.values) == (UserErrorCode.TOO_SHORT, {"low": 3})
    assert (long.code, long.values) == (UserErrorCode.TOO_LONG, {"high": 5})


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "a" + "\u0315\u0300" * 500_000, "\ud800" * 1_000_000, "a\0" * 500_000]
)
def test_a_megabyte_is_refused_at_once(text: str) -> None:
    started = time.process_time()
    assert code_of(line, text, high=100) is UserErrorCode.TOO_LONG
    assert time.process_time() - started < 0.2


@given(ANYTHING)
def test_a_line_that_is_taken_is_taken_again_unchanged(text: str) -> None:
    try:
        taken = line(text, high=50)
    except Refusal:
        return
    assert taken == collapse(taken) == line(taken, high=50)
    assert 1 <= len(taken) <= 50


@settings(deadline=None)
@given(st.text(st.characters(categories=["Cs", "Cc", "Cf", "Cn", "L", "M", "Z"]), max_size=300))
def test_no_text_breaks_the_keys(text: str) -> None:
    search_key(text)
    sort_key(text)
    optional_line(text, low=2, high=20) if text.isalpha() and 2 <= len(text) <= 10 and text.isascii() else None
