"""What customers look at in the panel: the page of their licenses (P8)."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks import stock
from benchmarks.load import Call

PATH = "/panel/licenses"


def session_cookie(account: int) -> str:
    """The cookie with which an account's owner is signed in."""
    return f"session={stock.session_token(account)}"


def licenses_page(size: stock.Size, customers: int | None = None) -> Callable[[], Call]:
    """P8: the next customer who owns 20 licenses (of all who do, or of the first ones) opens their page."""
    following = stock.in_turn(customers or size.asked)

    def look() -> Call:
        account = following()
        first = account * stock.OWNED
        ends = (first, first + stock.OWNED - 1)
        domains = (stock.domain(end).encode() for end in ends)
        return Call(PATH, b"", "", (b'<ul class="ledger">', b"</html>", *domains), cookie=session_cookie(account))

    return look
