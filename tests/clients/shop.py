"""The running license server with licenses in every state, for the clients' tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from tests.browser.server import Member, Server, Staff
from tests.cast import BORA
from tests.licensed import LICENSING, PATH
from tests.test_catalog_pages import CATEGORY, PRODUCT, RELEASE, SMS

SECRET = "kjfdlskfhiuewhfk947368"
LEGACY_ID = "71"
ORDER = """mutation ($items: [OrderItemInput!]!, $key: String!) { placeOrder(input: {items: $items,
  idempotencyKey: $key}) { order { invoice { id total { amount } } licenses { id key } } errors { code field } } }"""
PAID = """mutation ($id: ID!, $amount: Decimal!, $key: String!) { reportBankTransfer(invoiceId: $id, amount: $amount,
  reference: "x", idempotencyKey: $key) { payment { id } errors { code } } }"""
CONFIRM = "mutation ($id: ID!) { confirmPayment(paymentId: $id) { errors { code } } }"
MOVE = 'mutation ($id: ID!) { %s(licenseId: $id, reason: "Test") { errors { code } } }'


@dataclass(frozen=True)
class Held:
    """A license as its owner knows it."""

    owner: Member
    id: str
    key: str


class Shop:
    """A server process with a product whose old modules share a secret."""

    def __init__(self, folder: Path) -> None:
        self.server = Server(folder)
        self._file = folder / "ruhsat.sqlite3"
        self._numbers = count(1)

    @property
    def base(self) -> str:
        """The address that old modules were given."""
        return f"{self.server.base}/"

    @property
    def endpoint(self) -> str:
        """Where new modules ask."""
        return f"{self.server.base}/graphql"

    @cached_property
    def staff(self) -> Staff:
        """Deniz works for the vendor."""
        return self.server.staff("deniz@example.net")

    @cached_property
    def product(self) -> str:
        """The product's id."""
        token = self.staff.api_token
        self.server.ask(CATEGORY % ("bildirim", "Bildirim"), token=token)
        made = self.server.ask(PRODUCT, {"i": SMS | {"name": "SMS Habercisi & Ortağı"}}, token)
        product = str(made["createProduct"]["product"]["id"])
        release = {"productId": product, "version": "2.1.0", "changelog": "Yeni"}
        self.server.ask(RELEASE, {"i": release}, token)
        given = {"legacySecret": SECRET, "legacyProductId": LEGACY_ID}
        self.server.ask(LICENSING, {"id": product, "input": given}, token)
        return product

    @cached_property
    def bora(self) -> Member:
        """A corporation that buys."""
        return self.buyer("bora")

    def buyer(self, name: str) -> Member:
        """A corporation of this name."""
        return self.server.member(
            BORA
            | {
                "email": f"{name}.{next(self._numbers)}@example.net",
                "company_name": f"{name.capitalize()} {next(self._numbers)} A.Ş.",
            }
        )

    def ordered(self, owner: Member | None = None, *, domain: str | None = None, paid: bool = True) -> Held:
        """A new license, active when it is paid."""
        owner = owner or self.bora
        item = {"productId": self.product} | ({"domain": domain} if domain else {})
        given = {"items": [item], "key": f"order {next(self._numbers)}"}
        order = self.server.ask(ORDER, given, owner.session)["placeOrder"]["order"]
        if paid:
            bill = {"id": order["invoice"]["id"], "amount": order["invoice"]["total"]["amount"], "key": given["key"]}
            told = self.server.ask(PAID, bill, owner.session)["reportBankTransfer"]
            self.server.ask(CONFIRM, {"id": told["payment"]["id"]}, self.staff.api_token)
        (made,) = order["licenses"]
        return Held(owner, made["id"], made["key"])

    def move(self, act: str, held: Held) -> Held:
        """Suspend, reinstate or cancel a license."""
        self.server.ask(MOVE % act, {"id": held.id}, self.staff.api_token)
        return held

    def block(self, owner: Member) -> None:
        """Suspend a customer, as nobody can through a door yet."""
        self.change(
            """UPDATE accounts SET status = 'SUSPENDED' WHERE id = (SELECT m.account_id FROM memberships m
            JOIN people p ON p.id = m.person_id WHERE p.email = ?)""",
            owner.email,
        )

    def change(self, statement: str, *values: Any) -> None:
        """Change one row behind the server's back."""
        with sqlite3.connect(self._file, timeout=10) as database:
            assert database.execute(statement, values).rowcount == 1
        database.close()

    def post(self, form: dict[str, str] | bytes, **headers: str) -> httpx.Response:
        """What the old protocol's address answers, urlencoded or as given."""
        given = {"content": form} if isinstance(form, bytes) else {"data": form}
        return httpx.post(self.server.base + PATH, headers=headers, timeout=10, **given)  # type: ignore[arg-type]

    def keys(self) -> dict[str, dict[str, Any]]:
        """The published keys by kid."""
        found = httpx.get(f"{self.server.base}/.well-known/license-keys.json").json()
        assert found["format"] == "RL1"
        return {key["kid"]: key for key in found["keys"]}

    def pinned(self) -> dict[str, str]:
        """What a module's author pins now."""
        return {kid: key["key"] for kid, key in self.keys().items()}

    @contextmanager
    def away(self) -> Iterator[None]:
        """The server is stopped within."""
        self.server.halt()
        try:
            yield
        finally:
            self.server.start()
