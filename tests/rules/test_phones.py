from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.refusal import UserErrorCode
from api.rules.phones import display_phone, phone_number
from tests.rules.refused import code_of, message_of


@pytest.mark.parametrize(
    "typed",
    [
        "0532 123 45 67", "5321234567", "+905321234567", "+90 532 123 45 67", "00905321234567", "905321234567",
        "(0532) 123-45-67", " 0532.123.45.67 ", "\u202a+90 532 123 45 67\u202c", "0532\u00a0123 45 67",
    ],
)  # fmt: skip
def test_every_way_to_write_a_mobile_number(typed: str) -> None:
    assert phone_number(typed, "TR") == "+905321234567"


@pytest.mark.parametrize(
    ("typed", "country", "stored", "shown"),
    [
        ("0532 123 45 67", "TR", "+905321234567", "0532 123 45 67"),
        ("0232 445 12 34", "TR", "+902324451234", "(0232) 445 12 34"),
        ("08503029266", "TR", "+908503029266", "0850 302 9266"),
        ("444 0 444", "TR", "+904440444", "444 0 444"),
        ("+90 392 228 12 34", "TR", "+903922281234", "(0392) 228 12 34"),
        ("030 901820", "DE", "+4930901820", "+49 30 901820"),
        ("+49 30 901820", "AQ", "+4930901820", "+49 30 901820"),
        ("+1 202 456 1111", "TR", "+12024561111", "+1 202-456-1111"),
    ],
)
def test_numbers_that_reach_somebody(typed: str, country: str, stored: str, shown: str) -> None:
    assert phone_number(typed, country) == stored
    assert display_phone(stored) == shown


@pytest.mark.parametrize("typed", ["0900 123 45 67", "0800 123 45 67", "0512 123 45 67"])
def test_premium_free_and_pager_numbers_are_refused(typed: str) -> None:
    assert code_of(phone_number, typed, "TR") is UserErrorCode.INVALID_PHONE
    assert message_of(phone_number, typed, "TR") == "phone_kind"


@pytest.mark.parametrize(
    "typed",
    [
        "0532 123 45 6", "0532 123 45 678", "112", "abc", "0532 123 45 67 ext 3",
        "0532 123 45 67 dahili 12", "0532 123 45 67#3",
        "0532 123 45 67;ext=3", "0800 FLOWERS", "٠٥٣٢١٢٣٤٥٦٧", "０５３２１２３４５６７", "+", "-", "+999 123",
        "5" * 1_000_000, "0532\x00123", "\ud800",
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused(typed: str) -> None:
    assert code_of(phone_number, typed, "TR") is UserErrorCode.INVALID_PHONE


def test_a_national_number_needs_a_country() -> None:
    assert code_of(phone_number, "0532 123 45 67", "AQ") is UserErrorCode.INVALID_PHONE
    assert code_of(phone_number, "  ", "TR") is UserErrorCode.REQUIRED


@given(st.integers(min_value=0, max_value=9_999_999))
def test_a_shown_number_can_be_typed_again(subscriber: int) -> None:
    stored = phone_number(f"0532{subscriber:07}", "TR")
    assert phone_number(display_phone(stored), "TR") == stored
