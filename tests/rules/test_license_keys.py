from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.rules.license_keys import BODY_LENGTH, CHECK_SYMBOLS, SYMBOLS, key_prefix, masked, new_key, parse_key

BITS = st.integers(min_value=0, max_value=2**125 - 1)
PREFIXES = st.from_regex(r"[A-Z0-9]{3,8}", fullmatch=True)
ZERO = "WHM-00000-00000-00000-00000-00000-0"
# 2**125 - 1 is 31 in each of 25 symbols; mod 37 it is 17, which is H.
HIGHEST = "WHM-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-H"


def with_body(key: str, body: str, check: str) -> str:
    return "-".join((key.split("-")[0], *(body[at : at + 5] for at in range(0, BODY_LENGTH, 5)), check))


def parts(key: str) -> tuple[str, str]:
    groups = key.split("-")
    return "".join(groups[1:-1]), groups[-1]


@pytest.mark.parametrize(
    ("bits", "key"),
    [
        (0, ZERO),
        (1, "WHM-00000-00000-00000-00000-00001-1"),
        (31, "WHM-00000-00000-00000-00000-0000Z-Z"),
        (32, "WHM-00000-00000-00000-00000-00010-*"),
        (33, "WHM-00000-00000-00000-00000-00011-~"),
        (34, "WHM-00000-00000-00000-00000-00012-$"),
        (35, "WHM-00000-00000-00000-00000-00013-="),
        (36, "WHM-00000-00000-00000-00000-00014-U"),
        (37, "WHM-00000-00000-00000-00000-00015-0"),
        (2**125 - 1, HIGHEST),
    ],
)
def test_a_key_carries_its_bits_and_their_remainder(bits: int, key: str) -> None:
    assert new_key("WHM", bits) == key
    assert parse_key(key) == key


@pytest.mark.parametrize(
    ("prefix", "bits"),
    [("WHM", -1), ("WHM", 2**125), ("WH", 0), ("WHMCSPAYX", 0), ("whm", 0), ("WH-M", 0), ("ŞHM", 0), ("", 0)],
)
def test_a_bad_prefix_or_number_is_a_mistake_of_the_program(prefix: str, bits: int) -> None:
    with pytest.raises(ValueError, match="125 bits"):
        new_key(prefix, bits)


@pytest.mark.parametrize(
    "typed",
    [
        "WHM-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-H", "whm-zzzzz-zzzzz-zzzzz-zzzzz-zzzzz-h",
        "WHMZZZZZZZZZZZZZZZZZZZZZZZZZH", "  WHM ZZZZZ ZZZZZ ZZZZZ ZZZZZ ZZZZZ H\n",
        "WHM\u2013ZZZZZ\u2013ZZZZZ\u2013ZZZZZ\u2013ZZZZZ\u2013ZZZZZ\u2013H", "WHM-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZH",
        "\ufeffWHM-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-H\u200b", "WHMZZZZZ-ZZZZZZZZZ--ZZZZZZZZZZZ-H",
        "WHM\u00a0ZZZZZ\tZZZZZ ZZZZZ ZZZZZ ZZZZZ H",
    ],
)  # fmt: skip
def test_every_way_to_type_a_key(typed: str) -> None:
    assert parse_key(typed) == HIGHEST


@pytest.mark.parametrize("typed", ["WHM-OOOOO-ooooo-00000-0O0o0-00000-O", "whm-ooooo-ooooo-ooooo-ooooo-ooooo-o"])
def test_letter_o_is_read_as_zero(typed: str) -> None:
    assert parse_key(typed) == ZERO


@pytest.mark.parametrize("one", ["I", "i", "L", "l", "ı", "İ", "1"])
def test_letters_like_one_are_read_as_one(one: str) -> None:
    assert parse_key(f"WHM-00000-00000-00000-00000-0000{one}-{one}") == "WHM-00000-00000-00000-00000-00001-1"


def test_a_prefix_keeps_letters_that_a_body_does_not_have() -> None:
    assert parse_key("oil-00000-00000-00000-00000-00000-0") == "OIL-00000-00000-00000-00000-00000-0"
    assert parse_key("oıl-00000-00000-00000-00000-00000-0") == "OIL-00000-00000-00000-00000-00000-0"
    assert parse_key("U12-00000-00000-00000-00000-00000-0") == "U12-00000-00000-00000-00000-00000-0"


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "-", "WHM", ZERO[:-2], ZERO[:-1] + "1", ZERO + "0", "WH-00000-00000-00000-00000-00000-0",
        "WHMCSPAYX-00000-00000-00000-00000-00000-0", "WHM-U0000-00000-00000-00000-00000-0",
        "WHM-00000-00000-00000-00000-0000*-*", "WŞM-00000-00000-00000-00000-00000-0",
        "WHM-\u0660\u0660\u0660\u0660\u0660-00000-00000-00000-00000-0", ZERO + "\x00", "\x00" * 29, "\ud800" * 29,
        ZERO.replace("-", "."), "ß" * 29, ZERO + " " * 80, "0" * 10_000_000, f"{ZERO} {ZERO}",
    ],
)  # fmt: skip
def test_what_is_no_key(typed: str) -> None:
    assert parse_key(typed) is None


@given(st.text())
def test_no_text_raises(text: str) -> None:
    parsed = parse_key(text)
    assert parsed is None or parse_key(parsed) == parsed
    assert masked(text) == "•••••"


@given(PREFIXES, BITS)
def test_a_new_key_is_canonical_however_it_is_typed(prefix: str, bits: int) -> None:
    key = new_key(prefix, bits)
    assert parse_key(key) == parse_key(key.lower()) == parse_key(key.replace("-", "")) == key
    value = 0
    for symbol in parts(key)[0]:
        value = value * 32 + SYMBOLS.index(symbol)
    assert value == bits
    assert len(key) <= 40


@given(BITS, st.integers(0, BODY_LENGTH - 1), st.sampled_from(SYMBOLS))
def test_any_single_typo_in_the_body_is_detected(bits: int, place: int, symbol: str) -> None:
    key = new_key("WHM", bits)
    body, check = parts(key)
    typed = with_body(key, body[:place] + symbol + body[place + 1 :], check)
    assert parse_key(typed) == (key if typed == key else None)


@given(BITS)
def test_any_other_check_symbol_is_detected(bits: int) -> None:
    key = new_key("WHM", bits)
    accepted = [symbol for symbol in CHECK_SYMBOLS if parse_key(key[:-1] + symbol)]
    assert accepted == [key[-1]]


@given(BITS, st.integers(0, BODY_LENGTH - 1))
def test_any_swap_of_neighbors_is_detected(bits: int, place: int) -> None:
    key = new_key("WHM", bits)
    symbols = list("".join(parts(key)))
    symbols[place], symbols[place + 1] = symbols[place + 1], symbols[place]
    typed = with_body(key, "".join(symbols[:-1]), symbols[-1])
    assert parse_key(typed) == (key if typed == key else None)


@given(BITS, st.integers(0, BODY_LENGTH))
def test_a_symbol_too_many_or_too_few_is_detected(bits: int, place: int) -> None:
    symbols = "".join(parts(new_key("WHMCS", bits)))
    assert parse_key("WHMCS-" + symbols[:place] + symbols[place + 1 :]) is None
    assert parse_key("WHMCS-" + symbols[:place] + symbols[place] + symbols[place:]) is None


def test_a_masked_key_shows_its_prefix_and_four_symbols() -> None:
    assert masked(HIGHEST) == "WHM-•••••-•••••-•••••-•••••-•ZZZZ-•"
    assert masked(new_key("PARASUT1", 0x123456)) == "PARASUT1-•••••-•••••-•••••-•••••-•4D2P-•"


@pytest.mark.parametrize("text", ["", "secret", "WHM-12345", HIGHEST.lower(), HIGHEST + " "])
def test_what_is_no_canonical_key_is_hidden_whole(text: str) -> None:
    assert masked(text) == "•••••"


@pytest.mark.parametrize(
    ("slug", "prefix"),
    [
        ("whmcs-parasut", "WHMCSPAR"), ("sms", "SMS"), ("a-b", "ABX"), ("x", "XXX"), ("2fa", "2FA"),
        ("e-fatura", "EFATURA"), ("ışık-İl", "ISIKIL"), ("", "XXX"), ("---", "XXX"), ("中文", "XXX"),
    ],
)  # fmt: skip
def test_a_prefix_is_made_of_the_slug(slug: str, prefix: str) -> None:
    assert key_prefix(slug) == prefix


@given(st.text(max_size=70))
def test_any_slug_gives_a_prefix_that_keys_take(slug: str) -> None:
    assert new_key(key_prefix(slug), 0).endswith("-00000-00000-00000-00000-00000-0")
