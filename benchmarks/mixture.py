"""A day of a worker in short: all works in turn by their shares, and what a server also hears (P10)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from random import Random

import orjson

from benchmarks import stock
from benchmarks.lists import catalog, own_licenses
from benchmarks.load import Call
from benchmarks.modules import LEGACY_PATH, checking, validating
from benchmarks.pages import PATH, licenses_page
from benchmarks.people import meter, signing_in

_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_UNKNOWN = "BEN0000-AAAAAAAA-AAAAAAAA-AAAAAAAA-AAAA"
_counter = itertools.count()


def _graphql(document: str, *expected: bytes, status: int = 200) -> Call:
    return Call("/graphql", orjson.dumps({"query": document}), _JSON, expected, status=status)


def _unknown_license() -> Call:
    asked = f'key: "{_UNKNOWN}", domain: "yok{next(_counter)}.com.tr", product: "{stock.slug(0)}"'
    return _graphql(f"mutation {{ validateLicense(input: {{{asked}}}) {{ valid code }} }}", b'"valid":false')


def _unknown_to_the_old_protocol() -> Call:
    body = f"licensekey={_UNKNOWN}&domain=yok{next(_counter)}.com.tr&ip=10.20.30.40&dir=%2F&check_token=1"
    return Call(LEGACY_PATH, body.encode(), _FORM, (b"<status>Invalid</status>",))


def _elsewhere(size: stock.Size) -> Callable[[], Call]:
    """A known key on a domain that it is not bound to."""
    following = stock.keys_in_turn(size, 1000)

    def check() -> Call:
        _, key = following()
        asked = f'key: "{key}", domain: "kopya{next(_counter)}.com.tr", product: "{stock.slug(0)}"'
        return _graphql(f"mutation {{ validateLicense(input: {{{asked}}}) {{ valid code }} }}", b'"valid":false')

    return check


def _new_document() -> Call:
    """Nobody sent it before: whatever is kept of documents has no use of it."""
    return _graphql(f"{{ a{next(_counter)}: products(first: 1) {{ nodes {{ id slug }} }} }}", b'"slug"')


def _unknown_field() -> Call:
    return _graphql(f"{{ products(first: 1) {{ nodes {{ id f{next(_counter)} }} }} }}", b'"errors"')


def _no_document() -> Call:
    return _graphql(f"{{ products(first: {next(_counter)}", b'"errors"')


def _no_json() -> Call:
    return Call("/graphql", b'{"query": %d' % next(_counter), _JSON, (), status=400)


def _no_page() -> Call:
    return Call(f"/yok/{next(_counter)}", b"", "", (b"</html>",), status=404)


def _nobody() -> Call:
    """Somebody who is not signed in opens the panel, and is led to the sign-in page."""
    return Call(PATH, b"", "", (), status=303)


def mixture(size: stock.Size, register: Callable[[], Call]) -> Callable[[], Call]:
    """The next request; of each 1,000 in a row so many are of each kind, in an order without pattern."""
    shares = [
        (300, validating(size)),
        (300, checking(size)),
        (80, catalog),
        (80, own_licenses(size)),
        (40, licenses_page(size)),
        (20, meter),
        # Each takes as long as some fifty others.
        (1, signing_in(size.accounts)),
        (1, register),
        (30, _unknown_license),
        (30, _unknown_to_the_old_protocol),
        (20, _elsewhere(size)),
        (30, _new_document),
        (20, _unknown_field),
        (20, _no_document),
        (4, _no_json),
        (20, _no_page),
        (4, _nobody),
    ]
    makers = [make for share, make in shares for _ in range(share)]
    Random(0).shuffle(makers)  # noqa: S311 - no secret
    following = itertools.cycle(makers)

    def ask() -> Call:
        make = next(following)
        return make()

    return ask
