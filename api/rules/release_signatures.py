"""Signatures of releases: that a file is ours, and which version of which product (Ed25519, RFC 8032).

Signed is the ASCII text `ruhsat-release-1`, the key's name, the product's slug, the version and the file's SHA-256 in
hex, a line each with line feeds between them. The public keys are those of leases.
"""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api.rules.leases import Signer, from_base64url

PREFIX = "RR1"
CONTEXT = "ruhsat-release-1"


def signed_text(kid: str, slug: str, version: str, sha256: str) -> bytes:
    """What is signed; slugs, versions and hex digits hold no line feed, so that no two releases share a text."""
    return f"{CONTEXT}\n{kid}\n{slug}\n{version}\n{sha256}".encode("ascii")


def release_signature(signer: Signer, slug: str, version: str, sha256: str) -> str:
    """The signature of a release as text: `RR1.<kid>.<Base64url>`."""
    return f"{PREFIX}.{signer.kid}.{signer.sign(signed_text(signer.kid, slug, version, sha256))}"


def is_ours(text: str, keys: Mapping[str, bytes], slug: str, version: str, sha256: str) -> bool:
    """Whether one of these public keys (by kid) signed this release."""
    parts = text.split(".")
    if len(parts) != 3 or parts[0] != PREFIX or parts[1] not in keys:
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(keys[parts[1]])
        public.verify(from_base64url(parts[2]), signed_text(parts[1], slug, version, sha256))
    except (InvalidSignature, ValueError):
        return False
    return True
