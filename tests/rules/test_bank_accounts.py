from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.refusal import Refusal, UserErrorCode
from api.rules.bank_accounts import grouped, iban, payment_reference
from tests.rules.refused import code_of, message_of

RIGHT = "TR330006100519786457841326"


@pytest.mark.parametrize(
    "typed",
    [
        RIGHT, "tr330006100519786457841326", "TR33 0006 1005 1978 6457 8413 26", " TR33-0006-1005-1978-6457-8413-26\n",
        "TR33\u00a00006\u00a01005\u00a01978\u00a06457\u00a08413\u00a026",
    ],
)  # fmt: skip
def test_every_way_to_write_an_iban(typed: str) -> None:
    assert iban(typed) == RIGHT


def test_a_generated_iban_is_right() -> None:
    assert iban("TR130006200000001234567890") == "TR130006200000001234567890"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("TR340006100519786457841326", "iban"), ("TR33000610051978645784132", "iban"),
        ("TR3300061005197864578413260", "iban"), ("330006100519786457841326", "iban"), ("TR", "iban"),
        ("TR33000610051978645784132O", "iban"), ("TR3300061O0519786457841326", "iban"),
        ("TR\u0663\u0663\u0660\u0660\u0660\u0666100519786457841326", "iban"), (RIGHT + "\x00", "iban"),
        ("\ud800" * 26, "iban"), ("T" * 1_000_000, "iban"), ("TR33.0006.1005.1978.6457.8413.26", "iban"),
        ("ＴＲ330006100519786457841326", "iban"),
        ("DE89370400440532013000", "iban_country"), ("GB29 NWBK 6016 1331 9268 19", "iban_country"),
    ],
)  # fmt: skip
def test_what_is_no_turkish_iban(typed: str, message: str) -> None:
    assert code_of(iban, typed) is UserErrorCode.INVALID
    assert message_of(iban, typed) == message


def test_a_blank_iban_is_missing() -> None:
    assert code_of(iban, " \u200b") is UserErrorCode.REQUIRED


def test_check_digits_that_no_bank_gives_out_are_refused() -> None:
    accepted = []
    for digits in range(100):
        for last in range(10):
            number = f"TR{digits:02}000620000000123456789{last}"
            try:
                accepted.append(int(iban(number)[2:4]))
            except Refusal:
                continue
    assert len(accepted) == 10
    assert min(accepted) >= 2
    assert max(accepted) <= 98


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        number = iban(text)
    except Refusal:
        assert code_of(iban, text) in {UserErrorCode.REQUIRED, UserErrorCode.INVALID}
    else:
        assert iban(grouped(number)) == number


def test_an_iban_is_shown_by_four() -> None:
    assert grouped(RIGHT) == "TR33 0006 1005 1978 6457 8413 26"
    assert iban(grouped(RIGHT)) == RIGHT


@pytest.mark.parametrize(
    ("number", "reference"),
    [("WTR2026000000001", "WTR2026000000001"), ("wtr-2026/000000001", "WTR2026000000001"), ("A 1", "A1")],
)
def test_a_reference_is_the_number_in_plain_letters_and_digits(number: str, reference: str) -> None:
    assert payment_reference(number) == reference
