"""Leases: what is signed is what was meant, and nothing else opens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from api.rules.leases import Lease, Signer, base64url, from_base64url, key_hash, kid_of, opened

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()
SIGNER = Signer(kid_of(PUBLIC), PRIVATE)
KEYS = {SIGNER.kid: PUBLIC}
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEASE = Lease(
    license="lic_1",
    product="sms",
    key="SMS-00000-00000-00000-00000-00000-0",
    domain="xn--irket-idb.com.tr",
    issued_at=NOW,
    expires_at=NOW + timedelta(days=7),
    grace=timedelta(days=14),
    support_until=date(2027, 11, 22),
    latest_version="2.1.0",
)


def test_a_lease_says_what_it_is_good_for_and_not_whose_it_is() -> None:
    assert opened(LEASE.signed(SIGNER), KEYS) == {
        "v": 1,
        "lic": "lic_1",
        "prd": "sms",
        "kh": key_hash(LEASE.key),
        "dom": ["xn--irket-idb.com.tr", "www.xn--irket-idb.com.tr"],
        "iat": 1795348800,
        "nbf": 1795348500,
        "exp": 1795953600,
        "gr": 1209600,
        "sup": "2027-11-22",
        "ver": "2.1.0",
    }
    assert LEASE.key not in LEASE.signed(SIGNER)


def test_what_is_not_there_is_left_out_and_a_nonce_is_echoed() -> None:
    bare = replace(LEASE, support_until=None, latest_version=None, nonce="n-1")
    payload = opened(bare.signed(SIGNER), KEYS)
    assert payload is not None
    assert payload["non"] == "n-1"
    assert not {"sup", "ver"} & payload.keys()


def test_signatures_are_those_of_the_standard() -> None:
    text = b"any text"
    assert SIGNER.sign(text) == base64url(PRIVATE.sign(text))


def test_the_same_lease_is_the_same_text() -> None:
    assert LEASE.signed(SIGNER) == LEASE.signed(SIGNER)


@given(position=st.integers(0, 10_000), flip=st.integers(1, 127))
def test_a_lease_that_was_changed_anywhere_does_not_open(position: int, flip: int) -> None:
    text = LEASE.signed(SIGNER)
    place = position % len(text)
    changed = text[:place] + chr(ord(text[place]) ^ flip) + text[place + 1 :]
    payload = opened(changed, KEYS)
    # The last symbol of Base64 carries bits that are not part of the signature.
    assert payload is None or (place == len(text) - 1 and payload == opened(text, KEYS))


@pytest.mark.parametrize("text", ["", "RL1", "RL1...", "RL1.x.y.z", "RL2." + LEASE.signed(SIGNER)[4:], "ş.ş.ş.ş"])
def test_other_texts_do_not_open(text: str) -> None:
    assert opened(text, KEYS) is None


def test_a_lease_of_another_key_does_not_open() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    assert opened(LEASE.signed(Signer(SIGNER.kid, other)), KEYS) is None
    assert opened(LEASE.signed(SIGNER), {kid_of(b"x" * 32): PUBLIC}) is None


@given(st.binary(max_size=100))
def test_base64url_there_and_back(value: bytes) -> None:
    assert from_base64url(base64url(value)) == value
