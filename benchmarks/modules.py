"""What modules in the field ask: a license check over GraphQL (P1) and by the old protocol (P2)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from hashlib import md5
from urllib.parse import quote_plus

import orjson

from benchmarks import stock
from benchmarks.load import Call

LEGACY_PATH = "/modules/servers/licensing/verify.php"
VERSION = "1.1.0"
_VALIDATE = """mutation ($input: ValidateLicenseInput!) { validateLicense(input: $input) {
  valid code message domain product supportUntil supportActive latestVersion nonce checkedAt lease } }"""
_counter = itertools.count()


def validating(size: stock.Size, most: int | None = None) -> Callable[[], Call]:
    """P1: the next license is checked (of all, or of `most`), with a nonce, so that each lease is signed anew."""
    following = stock.keys_in_turn(size, most)

    def validate() -> Call:
        number, key = following()
        nonce = f"{next(_counter):032x}"
        asked = {
            "key": key,
            "domain": stock.domain(number),
            "product": stock.slug(size.product(number)),
            "version": VERSION,
            "nonce": nonce,
        }
        body = orjson.dumps({"query": _VALIDATE, "variables": {"input": asked}})
        expected = (
            b'"valid":true,"code":"VALID"',
            f'"domain":"{stock.domain(number)}"'.encode(),
            f'"nonce":"{nonce}"'.encode(),
            b'"lease":"RL1.',
        )
        return Call("/graphql", body, "application/json", expected)

    return validate


def checking(size: stock.Size, most: int | None = None) -> Callable[[], Call]:
    """P2: the next license is checked (of all, or of `most`); the answer must hold the right md5hash."""
    following = stock.keys_in_turn(size, most)

    def check() -> Call:
        number, key = following()
        host = stock.domain(number)
        # The protocol's: ten digits of the client's time and an MD5.
        token = f"1795000000{next(_counter):032x}"
        body = (
            f"licensekey={quote_plus(key)}&domain={host}&ip=10.20.30.40"
            f"&dir=%2Fvar%2Fwww%2Fhtml%2Fmodules%2Faddons%2Fbench&check_token={token}&"
        )
        shared = stock.secret(size.product(number)) + token
        expected = (
            b"<status>Active</status>",
            f"<validdomain>{host}".encode(),
            f"<md5hash>{md5(shared.encode(), usedforsecurity=False).hexdigest()}</md5hash>".encode(),
        )
        return Call(LEGACY_PATH, body.encode(), "application/x-www-form-urlencoded", expected)

    return check
