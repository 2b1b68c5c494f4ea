"""Whom the benchmark signs in and registers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from urllib.parse import urlencode

import orjson

from benchmarks.load import Call

PASSWORD = "zeytin kule 4"
# As they are typed: the meter is asked at each pause.
METER_PASSWORDS = [
    "turuncu",
    "turuncu vapur",
    "turuncu vapur 73",
    "zeytin kule 4",
    "Turuncu-vapur-73-martı",
    "nehir1987",
    "kahve bulut",
    "kahve bulut merdiven 84",
]
_PERSON = {"first_name": "Nehir", "last_name": "Özışık", "email": "nehir@example.net", "phone": "0532 123 45 67"}
METER_PERSONAL = list(_PERSON.values())

_SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { sessionToken errors { code } } }"
_REGISTER = """mutation ($input: RegisterAccountInput!) {
  registerAccount(input: $input) { verificationSentTo errors { code field } } }"""
_counter = itertools.count()


def address(number: int) -> str:
    """The e-mail address of the account with this number."""
    return f"customer{number}@example.net"


def _graphql(document: str, variables: dict[str, object], expected: bytes) -> Call:
    body = orjson.dumps({"query": document, "variables": variables})
    return Call("/graphql", body, "application/json", (expected,))


def signing_in(accounts: int) -> Callable[[], Call]:
    """P5: the next of so many accounts signs in."""

    def sign_in() -> Call:
        email = address(next(_counter) % accounts)
        return _graphql(_SIGN_IN, {"input": {"email": email, "password": PASSWORD}}, b'"sessionToken":"ses_')

    return sign_in


def registering(agreement: str, notice: str) -> Callable[[], Call]:
    """P6: somebody new registers."""

    def register() -> Call:
        form = {
            "type": "SOLE_PROPRIETOR",
            "email": f"new{next(_counter)}@example.net",
            "password": PASSWORD,
            "firstName": "Nehir",
            "lastName": "Özışık",
            "phone": "0532 123 45 67",
            "nationalId": "17291716060",
            "address": {"line1": "Atatürk Caddesi 12", "province": "İzmir", "district": "Konak"},
            "acceptedAgreementId": agreement,
            "readPrivacyNoticeId": notice,
        }
        return _graphql(_REGISTER, {"input": form}, b'"errors":[]')

    return register


def meter() -> Call:
    """P7: the fragment for what was typed so far."""
    password = METER_PASSWORDS[next(_counter) % len(METER_PASSWORDS)]
    body = urlencode(_PERSON | {"password": password}).encode()
    return Call("/password-meter", body, "application/x-www-form-urlencoded", (b"<meter",))
