"""A license in each state in which it can be asked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from api.rules.license_keys import new_key
from tests.clients.shop import Shop

DOMAIN = "www.Ornek.com.tr"
OWN = "ornek.com.tr"


def pending(shop: Shop) -> str:
    return shop.ordered(domain=OWN, paid=False).key


def suspended(shop: Shop) -> str:
    return shop.move("suspendLicense", shop.ordered(domain=OWN)).key


def cancelled(shop: Shop) -> str:
    return shop.move("cancelLicense", shop.ordered(domain=OWN)).key


def blocked(shop: Shop) -> str:
    owner = shop.buyer("engelli")
    key = shop.ordered(owner, domain=OWN).key
    shop.block(owner)
    return key


@dataclass(frozen=True)
class Refusal:
    """How a state is refused: made from a shop, told to old modules and to new ones."""

    make: Callable[[Shop], str]
    status: str
    message: str
    code: str


REFUSALS = {
    "pending": Refusal(pending, "Invalid", "Not Activated", "PENDING"),
    "suspended": Refusal(suspended, "Suspended", "", "SUSPENDED"),
    "cancelled": Refusal(cancelled, "Invalid", "License Cancelled", "CANCELLED"),
    "owner_blocked": Refusal(blocked, "Suspended", "", "OWNER_BLOCKED"),
    "unknown_key": Refusal(lambda _: new_key("SMS", 12345), "Invalid", "", "NOT_FOUND"),
    "malformed_key": Refusal(lambda _: "Leased-1234567890", "Invalid", "", "KEY_MALFORMED"),
    "another_domain": Refusal(
        lambda shop: shop.ordered(domain="baska.com.tr").key, "Invalid", "Domain Invalid", "DOMAIN_MISMATCH"
    ),
}
