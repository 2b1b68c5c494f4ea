from __future__ import annotations

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.refusal import UserErrorCode
from api.rules.emails import email_address
from tests.rules.refused import code_of, message_of

LABEL = st.text("abcçdefgğhıijklmnoöprsştuüvyz", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ayse@example.com", "ayse@example.com"),
        ("  AYSE@Example.COM ", "ayse@example.com"),
        ("ali+ruhsat@example.net", "ali+ruhsat@example.net"),
        ("INFO@INFO.COM", "info@info.com"),
        ("info@İSTANBUL.com.tr", "info@istanbul.com.tr"),
        ("info@I\u0307STANBUL.com.tr", "info@istanbul.com.tr"),
        ("info@ışık.com.tr", "info@xn--k-ekaa7p.com.tr"),
        ("info@XN--K-EKAA7P.com.tr", "info@xn--k-ekaa7p.com.tr"),
        ("a@shop.test", "a@shop.test"),
        ("a@intranet.local", "a@intranet.local"),
        ("a@nowhere.invalid", "a@nowhere.invalid"),
        ("a@example.org", "a@example.org"),
    ],
)
def test_an_address_has_one_form(typed: str, stored: str) -> None:
    assert email_address(typed) == stored
    assert email_address(stored) == stored


@pytest.mark.parametrize("typed", ["ALİ@example.com", "ışık@example.com", "şule@example.com", "\u212aemal@example.com"])
def test_turkish_letters_before_the_at_have_their_own_sentence(typed: str) -> None:
    assert code_of(email_address, typed) is UserErrorCode.INVALID_EMAIL
    assert message_of(email_address, typed) == "email_local_ascii"


@pytest.mark.parametrize(
    "typed",
    [
        "ayse", "@example.com", "ayse@", "ayse@localhost", "ayse@test", "a b@example.com",
        "a@b@example.com", "a@-a.com",
        "a@a..com", "a@[127.0.0.1]", "a@127.0.0.1", '"a b"@example.com', "a@exa mple.com",
        "a@example.com\nb@example.com",
        "a\0@example.com", "a@\ud800.com", ".a@example.com", "Ayşe <a@example.com>",
        "a@" + "ş" * 60 + ".com", "a@xn--a.com",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    assert code_of(email_address, typed) is UserErrorCode.INVALID_EMAIL


def test_blank_and_overlong_addresses() -> None:
    assert code_of(email_address, " ") is UserErrorCode.REQUIRED
    assert code_of(email_address, "a" * 1_000_000 + "@example.com") is UserErrorCode.TOO_LONG


@given(LABEL)
def test_both_forms_of_a_domain_are_one_address(label: str) -> None:
    a_label = idna.encode(f"{label}.com.tr", uts46=True).decode()
    assert email_address(f"a@{label}.com.tr") == email_address(f"A@{a_label}".upper()) == f"a@{a_label}"
