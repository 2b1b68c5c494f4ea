"""Signatures of releases: the vector that module authors test with, and that nothing else verifies."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.rules.leases import Signer, kid_of
from api.rules.release_signatures import is_ours, release_signature, signed_text

# RFC 8032 7.1, test 1.
PRIVATE = Ed25519PrivateKey.from_private_bytes(
    bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
)
PUBLIC = PRIVATE.public_key().public_bytes_raw()
SIGNER = Signer(kid_of(PUBLIC), PRIVATE)
SHA256 = hashlib.sha256(b"PK\x03\x04").hexdigest()
VECTOR = "RR1.21fe31dfa154a261.CsapHz1hkSF-PjnIs0uoNKta0FmSKYxU_l4vWoC2xzZrRaTz_PygvC0uzC9duTIq_7v-I0LRUPk5EJ49HSFzAQ"


def test_the_vector() -> None:
    assert SIGNER.kid == "21fe31dfa154a261"
    assert signed_text(SIGNER.kid, "sms", "2.4.1", SHA256) == (
        b"ruhsat-release-1\n21fe31dfa154a261\nsms\n2.4.1\n" + SHA256.encode()
    )
    assert release_signature(SIGNER, "sms", "2.4.1", SHA256) == VECTOR


@pytest.mark.parametrize(
    ("text", "slug", "version", "sha256", "expected"),
    [
        (VECTOR, "sms", "2.4.1", SHA256, True),
        (VECTOR, "sms", "2.4.2", SHA256, False),
        (VECTOR, "sms2", "2.4.1", SHA256, False),
        (VECTOR, "sms", "2.4.1", "0" * 64, False),
        (VECTOR.replace("RR1", "RL1"), "sms", "2.4.1", SHA256, False),
        (VECTOR.replace("21fe", "0000"), "sms", "2.4.1", SHA256, False),
        (VECTOR[:-4], "sms", "2.4.1", SHA256, False),
        ("RR1.21fe31dfa154a261.ş", "sms", "2.4.1", SHA256, False),
        ("", "sms", "2.4.1", SHA256, False),
    ],
)
def test_only_what_was_signed_is_ours(text: str, slug: str, version: str, sha256: str, expected: bool) -> None:
    assert is_ours(text, {SIGNER.kid: PUBLIC}, slug, version, sha256) is expected
