"""What people look at: the catalog as a guest (P3), their own licenses (P4)."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from benchmarks import stock
from benchmarks.load import Call

PAGE = 20
_PRODUCTS = """{ products(first: 20) { nodes { id slug name summary
  price { amount currency } supportRenewalPrice { amount currency } category { slug name } }
  pageInfo { hasNextPage endCursor } } }"""
_LICENSES = """{ licenses(first: 20) { nodes { id status domain supportUntil supportActive createdAt
  product { id slug name } } pageInfo { hasNextPage endCursor } } }"""


def _graphql(document: str, expected: tuple[bytes, ...], token: str = "") -> Call:
    return Call("/graphql", orjson.dumps({"query": document}), "application/json", expected, token)


def catalog() -> Call:
    """P3: the first page of what is sold."""
    ends = (0, PAGE - 1)
    return _graphql(_PRODUCTS, (*(f'"slug":"{stock.slug(end)}"'.encode() for end in ends), b'"hasNextPage":true'))


def own_licenses(size: stock.Size) -> Callable[[], Call]:
    """P4: the next customer who owns 20 licenses looks at them."""
    following = stock.in_turn(size.asked)

    def look() -> Call:
        account = following()
        first = account * stock.OWNED
        ends = (first, first + stock.OWNED - 1)
        expected = tuple(f'"domain":"{stock.domain(end)}"'.encode() for end in ends)
        expected += (b'"hasNextPage":false',)
        return _graphql(_LICENSES, expected, stock.session_token(account))

    return look
