from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.refusal import Refusal, UserErrorCode
from api.rules.tax_identity import (
    foreign_identity,
    foreign_tax_number,
    mask,
    national_id,
    tax_number,
    tax_office,
)
from tests.rules.refused import code_of, message_of

NATIONAL_IDS = ["17291716060", "10000000146", "93690060294", "77735468412", "97452685916", "79384937370", "99542792412"]
TAX_NUMBERS = ["4540536920", "1234567890", "0000000001", "1111111114", "9876543217", "4276508393", "0965821351"]


@pytest.mark.parametrize("digits", NATIONAL_IDS)
def test_a_national_id_may_be_typed_with_spaces(digits: str) -> None:
    assert national_id(digits) == national_id(f" {digits[:3]} {digits[3:6]}\u00a0{digits[6:]} ") == digits


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("17291716050", "national_id"),
        ("07291716092", "national_id"),
        ("12345678901", "national_id"),
        ("00000000000", "national_id"),
        ("11111111111", "national_id"),
        ("22222222222", "national_id"),
        ("11111111110", "national_id"),
        ("55555555550", "national_id"),
        ("99999999990", "national_id"),
        ("12345678950", "national_id"),
        ("1729171606a", "national_id"),
        ("１７２９１７１６０６０", "national_id"),
        ("١٧٢٩١٧١٦٠٦٠", "national_id"),
        ("1" * 1_000_000, "national_id"),
        ("\ud800", "national_id"),
        ("172917160600", "national_id_length"),
        ("172917160", "national_id_length"),
        ("1729171606", "national_id_is_tax_number"),
        ("4540536920", "national_id_is_tax_number"),
    ],
)
def test_what_is_no_national_id_is_refused(typed: str, message: str) -> None:
    assert code_of(national_id, typed) is UserErrorCode.INVALID_NATIONAL_ID
    assert message_of(national_id, typed) == message


@pytest.mark.parametrize("digits", TAX_NUMBERS)
def test_a_tax_number_may_be_typed_with_spaces(digits: str) -> None:
    assert tax_number(digits) == tax_number(f"{digits[:3]} {digits[3:]}\n") == digits


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("4540536921", "tax_number"),
        ("1111111111", "tax_number"),
        ("2222222222", "tax_number"),
        ("0000000000", "tax_number"),
        ("abcdefghij", "tax_number"),
        ("４５４０５３６９２０", "tax_number"),
        ("454053692", "tax_number_length"),
        ("454053692000", "tax_number_length"),
        ("45405369200", "tax_number_is_national_id"),
        ("17291716060", "tax_number_is_national_id"),
    ],
)
def test_what_is_no_tax_number_is_refused(typed: str, message: str) -> None:
    assert code_of(tax_number, typed) is UserErrorCode.INVALID_TAX_NUMBER
    assert message_of(tax_number, typed) == message


@pytest.mark.parametrize("rule", [national_id, tax_number, foreign_identity, foreign_tax_number, tax_office])
def test_a_blank_number_is_missing(rule: object) -> None:
    assert callable(rule)
    assert code_of(rule, "  ") is UserErrorCode.REQUIRED


def _check_digits(nine: str) -> str:
    """The document's formula, written apart from the library's."""
    d = [int(digit) for digit in nine]
    tenth = (7 * sum(d[0::2]) - sum(d[1::2])) % 10
    return f"{tenth}{(sum(d) + tenth) % 10}"


@given(st.integers(min_value=100_000_000, max_value=999_999_999), st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(start: int, place: int, shift: int) -> None:
    digits = f"{start}{_check_digits(str(start))}"
    try:
        assert national_id(digits) == digits
    except Refusal:
        assert len(set(digits[:10])) == 1 or digits == "12345678950"
    wrong = f"{digits[:place]}{(int(digits[place]) + shift) % 10}{digits[place + 1 :]}"
    assert code_of(national_id, wrong) is UserErrorCode.INVALID_NATIONAL_ID


@given(st.text(max_size=40))
def test_only_ascii_digits_are_ever_stored(typed: str) -> None:
    for rule, length in ((national_id, 11), (tax_number, 10)):
        try:
            stored = rule(typed)
        except Refusal:
            continue
        assert stored.isascii()
        assert stored.isdigit()
        assert len(stored) == length


@pytest.mark.parametrize("number", ["DE123456789", "12-34/56.7", "AB 12", "U1", "9" * 30])
def test_foreign_numbers_are_kept(number: str) -> None:
    assert foreign_tax_number(number) == foreign_identity(number) == number


@pytest.mark.parametrize("number", ["--", "AB_1", "ÇĞ12", "<1>", "1\n2"])
def test_foreign_numbers_have_plain_characters(number: str) -> None:
    expected = UserErrorCode.INVALID if "\n" in number else UserErrorCode.INVALID_TAX_NUMBER
    assert code_of(foreign_tax_number, number) is expected


def test_foreign_numbers_have_their_length() -> None:
    assert code_of(foreign_identity, "1") is UserErrorCode.TOO_SHORT
    assert code_of(foreign_identity, "1" * 31) is UserErrorCode.TOO_LONG
    assert code_of(foreign_identity, "**") is UserErrorCode.INVALID_NATIONAL_ID


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Konak", "Konak"),
        ("Konak Vergi Dairesi", "Konak"),
        ("KONAK  VERGİ DAİRESİ MÜDÜRLÜĞÜ", "KONAK"),
        ("konak vergi dairesi müdürlüğü", "konak"),
        ("Konak V.D.", "Konak"),
        ("Konak v.d", "Konak"),
        ("Konak V. D.", "Konak"),
        ("Konak VD", "Konak"),
        ("Beşocak/5 Ocak", "Beşocak/5 Ocak"),
        ("Büyük Mükellefler Vergi Dairesi Başkanlığı", "Büyük Mükellefler"),
    ],
)
def test_a_tax_office_is_called_by_its_own_name(typed: str, stored: str) -> None:
    assert tax_office(typed) == stored


@pytest.mark.parametrize("typed", ["Vergi Dairesi", "V.D.", "12", "A V.D.", "<Konak>", "--"])
def test_a_tax_office_needs_a_name(typed: str) -> None:
    assert code_of(tax_office, typed) is UserErrorCode.INVALID
    assert message_of(tax_office, typed) == "tax_office"


@pytest.mark.parametrize(
    ("identity", "masked"),
    [("17291716060", "********060"), ("4540536920", "*******920"), ("AB1", "***"), ("A", "*"), ("", "")],
)
def test_a_masked_identity_shows_three_characters(identity: str, masked: str) -> None:
    assert mask(identity) == masked
