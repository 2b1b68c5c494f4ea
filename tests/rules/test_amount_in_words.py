from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.rules.amount_in_words import MOST_MINOR, in_words

MOST_TR = "dokuz yüz doksan dokuz"
MOST_EN = "nine hundred ninety-nine"
LIRAS = "Turkish liras"


@pytest.mark.parametrize(
    ("minor", "words"),
    [
        (123450, "Yalnız bin iki yüz otuz dört Türk lirası elli kuruş"),
        (0, "Yalnız sıfır Türk lirası"),
        (1, "Yalnız bir kuruş"),
        (50, "Yalnız elli kuruş"),
        (99, "Yalnız doksan dokuz kuruş"),
        (100, "Yalnız bir Türk lirası"),
        (101, "Yalnız bir Türk lirası bir kuruş"),
        (1000, "Yalnız on Türk lirası"),
        (1100, "Yalnız on bir Türk lirası"),
        (4200, "Yalnız kırk iki Türk lirası"),
        (10000, "Yalnız yüz Türk lirası"),
        (10100, "Yalnız yüz bir Türk lirası"),
        (11000, "Yalnız yüz on Türk lirası"),
        (20000, "Yalnız iki yüz Türk lirası"),
        (100000, "Yalnız bin Türk lirası"),
        (100100, "Yalnız bin bir Türk lirası"),
        (110000, "Yalnız bin yüz Türk lirası"),
        (144000, "Yalnız bin dört yüz kırk Türk lirası"),
        (200000, "Yalnız iki bin Türk lirası"),
        (1000000, "Yalnız on bin Türk lirası"),
        (2100000, "Yalnız yirmi bir bin Türk lirası"),
        (10000000, "Yalnız yüz bin Türk lirası"),
        (10100000, "Yalnız yüz bir bin Türk lirası"),
        (100000000, "Yalnız bir milyon Türk lirası"),
        (100100000, "Yalnız bir milyon bin Türk lirası"),
        (100000000000, "Yalnız bir milyar Türk lirası"),
        (-123450, "Yalnız eksi bin iki yüz otuz dört Türk lirası elli kuruş"),
        (-7, "Yalnız eksi yedi kuruş"),
        (
            MOST_MINOR,
            f"Yalnız {MOST_TR} milyar {MOST_TR} milyon {MOST_TR} bin {MOST_TR} Türk lirası doksan dokuz kuruş",
        ),
    ],
)
def test_turkish_liras_in_turkish(minor: int, words: str) -> None:
    assert in_words(minor, "TRY", "tr") == words


@pytest.mark.parametrize(
    ("minor", "words"),
    [
        (123450, "Only one thousand two hundred thirty-four Turkish liras and fifty kurus"),
        (0, "Only zero Turkish liras"),
        (1, "Only one kurus"),
        (100, "Only one Turkish lira"),
        (101, "Only one Turkish lira and one kurus"),
        (1300, "Only thirteen Turkish liras"),
        (2000, "Only twenty Turkish liras"),
        (10000, "Only one hundred Turkish liras"),
        (11900, "Only one hundred nineteen Turkish liras"),
        (100000, "Only one thousand Turkish liras"),
        (100100000, "Only one million one thousand Turkish liras"),
        (-123450, "Only minus one thousand two hundred thirty-four Turkish liras and fifty kurus"),
        (
            MOST_MINOR,
            f"Only {MOST_EN} billion {MOST_EN} million {MOST_EN} thousand {MOST_EN} {LIRAS} and ninety-nine kurus",
        ),
    ],
)
def test_turkish_liras_in_english(minor: int, words: str) -> None:
    assert in_words(minor, "TRY", "en") == words


@pytest.mark.parametrize(
    ("minor", "currency", "language", "words"),
    [
        (2505, "USD", "tr", "Yalnız yirmi beş ABD doları beş sent"),
        (2505, "EUR", "tr", "Yalnız yirmi beş avro beş sent"),
        (2505, "USD", "en", "Only twenty-five US dollars and five cents"),
        (2505, "EUR", "en", "Only twenty-five euros and five cents"),
        (101, "USD", "en", "Only one US dollar and one cent"),
        (101, "EUR", "en", "Only one euro and one cent"),
    ],
)
def test_other_currencies(minor: int, currency: str, language: str, words: str) -> None:
    assert in_words(minor, currency, language) == words


@pytest.mark.parametrize(
    ("minor", "currency"), [(MOST_MINOR + 1, "TRY"), (-MOST_MINOR - 1, "TRY"), (1, "GBP"), (1, "try"), (1, "")]
)
def test_what_has_no_words_is_a_mistake_of_the_program(minor: int, currency: str) -> None:
    with pytest.raises(ValueError, match="TRY, USD and EUR"):
        in_words(minor, currency, "tr")


TR_VALUES = {
    "sıfır": 0, "bir": 1, "iki": 2, "üç": 3, "dört": 4, "beş": 5, "altı": 6, "yedi": 7, "sekiz": 8, "dokuz": 9,
    "on": 10, "yirmi": 20, "otuz": 30, "kırk": 40, "elli": 50, "altmış": 60, "yetmiş": 70, "seksen": 80, "doksan": 90,
}  # fmt: skip
TR_SCALE_VALUES = {"bin": 1_000, "milyon": 1_000_000, "milyar": 1_000_000_000}


def read(words: str) -> int:
    """A Turkish number read aloud, by a way other than it was written."""
    total = group = 0
    for word in words.split():
        if word == "yüz":
            group = 100 * max(group, 1)
        elif word in TR_SCALE_VALUES:
            total, group = total + max(group, 1) * TR_SCALE_VALUES[word], 0
        else:
            group += TR_VALUES[word]
    return total + group


@given(st.integers(min_value=0, max_value=MOST_MINOR))
def test_turkish_words_read_back_as_the_amount(minor: int) -> None:
    words = in_words(minor, "TRY", "tr").removeprefix("Yalnız ")
    whole, unit, part = words.rpartition("Türk lirası")
    liras, kurus = (whole, part) if unit else ("", words)
    assert read(liras) * 100 + read(kurus.removesuffix("kuruş")) == minor
    assert not words.startswith(("bir bin", "bir yüz"))
    assert "  " not in words
