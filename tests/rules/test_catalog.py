from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.refusal import Refusal, UserErrorCode
from api.rules.catalog import DESCRIPTION_HIGH, description, name, percent_rate, slug, summary, version
from tests.rules.refused import code_of, message_of

INVALID, TOO_LONG, REQUIRED = UserErrorCode.INVALID, UserErrorCode.TOO_LONG, UserErrorCode.REQUIRED


@pytest.mark.parametrize("typed", ["ab", "whmcs-parasut", "2fa", "a-1-b", "x" * 60, " sms \n"])
def test_a_slug(typed: str) -> None:
    assert slug(typed) == typed.strip()


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", REQUIRED), (" \u200b", REQUIRED), ("x" * 61, TOO_LONG), ("x" * 1_000_000, TOO_LONG), ("a", INVALID),
        ("A-b", INVALID), ("a--b", INVALID), ("-ab", INVALID), ("ab-", INVALID), ("a b", INVALID), ("a_b", INVALID),
        ("ışık", INVALID), ("ab\x00", INVALID), ("a/b", INVALID), ("..", INVALID), ("a\u0661", INVALID),
        ("\ud800a", INVALID),
    ],
)  # fmt: skip
def test_what_is_no_slug(typed: str, code: UserErrorCode) -> None:
    assert code_of(slug, typed) is code
    assert message_of(slug, typed) == {REQUIRED: "required", TOO_LONG: "too_long", INVALID: "slug"}[code]


def test_names_and_summaries_are_one_line() -> None:
    assert name("  Paraşüt   Modülü \n") == "Paraşüt Modülü"
    assert name("x" * 120) == "x" * 120
    assert summary("x") == "x"
    assert summary("ş" * 300) == "ş" * 300


@pytest.mark.parametrize(
    ("typed", "code"),
    [("", REQUIRED), ("x", UserErrorCode.TOO_SHORT), ("x" * 121, TOO_LONG), ("a\x00b", INVALID), ("a\u202eb", INVALID)],
)
def test_what_is_no_name(typed: str, code: UserErrorCode) -> None:
    assert code_of(name, typed) is code


@pytest.mark.parametrize(("typed", "code"), [(" ", REQUIRED), ("x" * 301, TOO_LONG), ("a\ud800", INVALID)])
def test_what_is_no_summary(typed: str, code: UserErrorCode) -> None:
    assert code_of(summary, typed) is code


def test_a_description_is_composed_with_line_feeds() -> None:
    assert description("# Ba\u015f\r\n\r\n- s\u0327\t1\rson 👩\u200d💻") == "# Baş\n\n- ş\t1\nson 👩\u200d💻"


def test_line_feeds_count_once() -> None:
    assert len(description("x\r\n" * (DESCRIPTION_HIGH // 2))) == DESCRIPTION_HIGH


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (" \n", REQUIRED), ("x" * (DESCRIPTION_HIGH + 1), TOO_LONG), ("x" * 10_000_000, TOO_LONG), ("a\x00b", INVALID),
        ("a\x1b[0m", INVALID), ("a\x0b", INVALID), ("a\x7fb", INVALID), ("a\x85b", INVALID), ("a\ud800", INVALID),
        ("a\u202eb", INVALID), ("a\u2066b", INVALID),
    ],
)  # fmt: skip
def test_what_is_no_description(typed: str, code: UserErrorCode) -> None:
    assert code_of(description, typed) is code


@pytest.mark.parametrize(
    "typed",
    ["1.0", "2.4.1", "2.4.1-beta.2", "0.0.1", "10.20.30.40", "2026.11", "1.0-rc1", "1.0.0-RC.1.x7", f"1.{'9' * 38}"],
)
def test_a_release_version(typed: str) -> None:
    assert version(f" {typed}\n") == typed


@pytest.mark.parametrize(
    "typed",
    [
        "1", "v1.0", "1.", ".1", "1..0", "1.0.0.0.0", "01.0", "1.00", "1.0-", "1.0-beta.", "1.0-a..b", "1.0 beta",
        "1.0+build", "1,0", "1.0-ß", "1.\u0661", "-1.0", "1.0\x00", "\ud800", f"1.{'9' * 39}", "9" * 1_000_000,
    ],
)  # fmt: skip
def test_what_is_no_release_version(typed: str) -> None:
    assert code_of(version, typed) is INVALID
    assert message_of(version, typed) == "release_version"


def test_a_blank_version_is_missing() -> None:
    assert code_of(version, "  ") is REQUIRED


@pytest.mark.parametrize(
    ("percent", "basis_points"),
    [
        ("0", 0), ("-0", 0), ("0.01", 1), ("1", 100), ("8.5", 850), ("18.50", 1850), ("20", 2000), ("20.000", 2000),
        ("2E+1", 2000), ("99.99", 9999), ("100", 10000), ("1E2", 10000),
    ],
)  # fmt: skip
def test_a_rate_in_basis_points(percent: str, basis_points: int) -> None:
    assert percent_rate(Decimal(percent)) == basis_points


@pytest.mark.parametrize(
    "percent",
    [
        "-0.01", "-20", "100.01", "101", "20.001", "0.005", "20." + "0" * 40 + "1", "1E-999999", "1E+999999", "NaN",
        "sNaN", "Infinity", "-Infinity",
    ],
)  # fmt: skip
def test_what_is_no_rate(percent: str) -> None:
    assert code_of(percent_rate, Decimal(percent)) is INVALID
    assert message_of(percent_rate, Decimal(percent)) == "percent_rate"


@given(st.integers(min_value=0, max_value=10_000))
def test_every_basis_point_can_be_entered(basis_points: int) -> None:
    assert percent_rate(Decimal(basis_points) / 100) == basis_points


@given(st.decimals())
def test_no_number_raises_anything_else(value: Decimal) -> None:
    try:
        basis_points = percent_rate(value)
    except Refusal:
        assert code_of(percent_rate, value) is INVALID
    else:
        assert Decimal(basis_points) / 100 == value


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    for rule in (slug, name, summary, description, version):
        try:
            stored = rule(text)
        except Refusal:
            continue
        assert rule(stored) == stored
