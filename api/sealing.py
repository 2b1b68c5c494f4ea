"""Sealing of what must not be readable in the database, and indexes to find it by.

Keys are derived from SECRET_KEY (HKDF, RFC 5869), one for each purpose. What was sealed under
SECRET_KEY_OLD stays readable, and is found, until it is sealed anew.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets in use: the present one, and the one before it while keys are rotated."""

    present: str
    old: str = ""


_keys: Keys | None = None


def use(keys: Keys) -> None:
    """Set the secrets of this process, once at its start."""
    global _keys
    _keys = keys


def _secrets() -> tuple[str, ...]:
    if _keys is None:
        raise RuntimeError("sealing.use() has not been called")
    return (_keys.present, _keys.old) if _keys.old else (_keys.present,)


@cache
def _derive(secret: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"ruhsat:{purpose}".encode()).derive(secret.encode())


def seal(text: str) -> bytes:
    """Encrypt (AES-256-GCM) with the present key."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_derive(_secrets()[0], "seal")).encrypt(nonce, text.encode(), None)


def unseal(sealed: bytes) -> str:
    """The text that was sealed; InvalidTag when neither key fits or the bytes were changed."""
    for secret in _secrets():
        try:
            return AESGCM(_derive(secret, "seal")).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None).decode()
        except InvalidTag:
            continue
    raise InvalidTag


def index(purpose: str, text: str) -> str:
    """A keyed hash under the present key by which an equal text can be found; tells nothing without the key."""
    return _keyed(_secrets()[0], purpose, text)


def indexes(purpose: str, text: str) -> list[str]:
    """The keyed hashes under every key in use, for a look-up while keys are rotated."""
    return [_keyed(secret, purpose, text) for secret in _secrets()]


def _keyed(secret: str, purpose: str, text: str) -> str:
    return hmac.digest(_derive(secret, f"index:{purpose}"), text.encode(), "sha256").hex()


def token_hash(token: str) -> str:
    """What is stored of a random token of 128 bits or more (no key needed: it cannot be guessed)."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def sign(purpose: str, text: str) -> str:
    """A signature that `signed` accepts, for values that travel through a form."""
    return index(f"sign:{purpose}", text)


def signed(purpose: str, text: str, signature: str) -> bool:
    """Whether `signature` was made by `sign` under a key in use (compared in constant time)."""
    given = signature.encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(made.encode(), given) for made in indexes(f"sign:{purpose}", text))
