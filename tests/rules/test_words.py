"""The words of texts: Turkish letters, endings, lengths, and what hostile texts cost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.rules.words import LONGEST, LONGEST_ASKED, MOST, MOST_ASKED, after, asked, share_most, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("IŞIK, ışık; Işık!", ["isik"]),
        ("I\u0307s\u0327ık", ["isik"]),
        ("Sanal POS'tan 3D ödeme", ["sanal", "pos", "tan", "3d", "odeme"]),
        ("https://www.mağaza.com.tr/odeme?id=42", ["https", "www", "magaza", "com", "tr", "odeme", "id", "42"]),
        ("hata_kodu -- 0x80070005", ["hata", "kodu", "0x80070005"]),
        ("öde\u00admeler \u2066sağ\u2069 a\u200db", ["odemeler", "sag", "ab"]),
        ("ﬁyat ①②", ["fiyat", "12"]),
        ("😀 {{7*7}} <b>", ["7", "b"]),
        ("Ляля محمد", ["ляля", "محمد"]),
        ("!!! ... \n\t", []),
    ],
)
def test_words_are_runs_of_letters_and_digits_in_one_spelling(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_long_words_are_cut_in_texts_and_in_what_is_asked_alike() -> None:
    long = "çekoslovakyalılaştıramadıklarımızdanmısınızcasına"
    (cut,) = words(long)
    assert len(cut) == LONGEST
    assert asked(long) == [cut]


def test_only_so_many_words_of_a_text_are_kept() -> None:
    text = " ".join(f"kelime{number}" for number in range(2 * MOST))
    assert words(text) == [f"kelime{number}" for number in range(MOST)]


def test_what_is_asked_is_short_and_says_nothing_twice() -> None:
    assert asked("öde ödeme ÖDEMELER kart") == ["odemeler", "kart"]
    assert len(asked(" ".join(f"{letter}kelime" for letter in "abcdefghijkl"))) == MOST_ASKED
    assert asked(" " * LONGEST_ASKED + "kart") == []


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=10), st.text(max_size=10))
def test_what_begins_so_stands_between_a_beginning_and_its_end(beginning: str, rest: str) -> None:
    low, high = beginning.encode(), after(beginning).encode()
    assert low <= (beginning + rest).encode("utf-8", "surrogatepass") < high
    assert not high.startswith(low)


def test_the_end_is_never_half_of_a_pair() -> None:
    assert after("a\ud7ff") == "a\ue000"


@pytest.mark.parametrize("text", ["a" + "\u0301\u0323" * 50_000, "\u202e" * 100_000, "ﷺ" * 20_000, "a\u00ad" * 50_000])
def test_hostile_texts_are_cut_into_words_quickly(text: str) -> None:
    begun = time.process_time()
    words(text)
    assert time.process_time() - begun < 2


@pytest.mark.parametrize(
    ("subject", "other", "alike"),
    [
        ("Ödeme sayfası açılmıyor", "ODEME sayfası yavaş", True),
        ("Ödemenin iadesi", "ödeme iade", True),
        ("Ödeme sayfası açılmıyor", "Kargo sayfası", False),
        ("Fatura", "Kurulum", False),
        ("pos", "posta", False),
        ("!!!", "???", False),
    ],
)
def test_subjects_are_alike_when_most_of_one_stands_in_the_other(subject: str, other: str, alike: bool) -> None:
    assert share_most(words(subject), words(other)) is alike
