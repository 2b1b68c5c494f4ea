"""Leases: what a module may rely on without asking us, signed with Ed25519 (RFC 8032; licensing.md 3.4).

`RL1.<kid>.<payload>.<signature>`, the last two in Base64url without padding (RFC 4648 5). The signature is over the
ASCII text `ruhsat-lease-1`, a line feed, `<kid>.<payload>`: over the encoded text, so that no two ways to write JSON
matter. There is one algorithm and no field that names it.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from nacl.bindings import crypto_sign, crypto_sign_BYTES

PREFIX = "RL1"
CONTEXT = b"ruhsat-lease-1\n"
PAYLOAD_VERSION = 1
# How far a client's clock may be behind ours.
EARLY = timedelta(minutes=5)
_EARLY_SECONDS = int(EARLY.total_seconds())
_KEY_HASH_LENGTH = 16
_KID_LENGTH = 16
_URLSAFE = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with the name by which its public half is found."""

    kid: str
    private: Ed25519PrivateKey
    # As libsodium takes it, which signs a third quicker than OpenSSL: a check does little else.
    _secret: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        halves = self.private.private_bytes_raw() + self.private.public_key().public_bytes_raw()
        object.__setattr__(self, "_secret", halves)

    def sign(self, text: bytes) -> str:
        """The signature over a text, in Base64url."""
        return base64url(crypto_sign(text, self._secret)[:crypto_sign_BYTES])


@dataclass(slots=True)
class Lease:
    """What a lease says: no name, no address, no whole key."""

    license: str
    product: str
    key: str
    # ASCII form; the same host behind `www.` is meant too.
    domain: str
    issued_at: datetime
    expires_at: datetime
    # For how long after its end a module that reaches nobody may go on.
    grace: timedelta
    support_until: date | None
    latest_version: str | None = None
    nonce: str | None = None

    def payload(self) -> dict[str, Any]:
        """The fields as they are signed; instants in seconds since 1970, spans in seconds."""
        issued = int(self.issued_at.timestamp())
        fields: dict[str, Any] = {
            "v": PAYLOAD_VERSION,
            "lic": self.license,
            "prd": self.product,
            "kh": key_hash(self.key),
            "dom": [self.domain, f"www.{self.domain}"],
            "iat": issued,
            "nbf": issued - _EARLY_SECONDS,
            "exp": int(self.expires_at.timestamp()),
            "gr": int(self.grace.total_seconds()),
        }
        if self.support_until is not None:
            fields["sup"] = self.support_until.isoformat()
        if self.latest_version is not None:
            fields["ver"] = self.latest_version
        if self.nonce is not None:
            fields["non"] = self.nonce
        return fields

    def signed(self, signer: Signer) -> str:
        """The lease as text."""
        body = f"{signer.kid}.{base64url(orjson.dumps(self.payload()))}"
        return f"{PREFIX}.{body}.{signer.sign(CONTEXT + body.encode())}"


def key_hash(key: str) -> str:
    """The beginning of a license key's SHA-256: tells of which key a lease is, and not the key (125 random bits)."""
    return hashlib.sha256(key.encode()).hexdigest()[:_KEY_HASH_LENGTH]


def kid_of(public: bytes) -> str:
    """A public key's name: the beginning of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:_KID_LENGTH]


def base64url(value: bytes) -> str:
    """Base64url without padding."""
    return b2a_base64(value, newline=False).translate(_URLSAFE).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes of Base64url without padding; ValueError for other texts."""
    if not text.isascii():
        raise ValueError("not Base64url")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(text: str, keys: Mapping[str, bytes]) -> dict[str, Any] | None:
    """The payload of a lease that one of these public keys (by kid) signed; None for any other text.

    Says nothing of its time and domain: the reference clients under `clients/` do.
    """
    parts = text.split(".")
    if len(parts) != 4 or parts[0] != PREFIX or parts[1] not in keys:
        return None
    try:
        public = Ed25519PublicKey.from_public_bytes(keys[parts[1]])
        public.verify(from_base64url(parts[3]), CONTEXT + f"{parts[1]}.{parts[2]}".encode())
        payload = orjson.loads(from_base64url(parts[2]))
    except (InvalidSignature, ValueError):
        return None
    return payload if isinstance(payload, dict) and payload.get("v") == PAYLOAD_VERSION else None
