"""How much there is, and which license has which key, domain, product and owner: by its number alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import cycle
from random import Random

from api.rules.license_keys import KEY_BITS, new_key

# What a customer whose list is asked for owns; the rest is spread evenly over the others.
OWNED = 20
_ASKED_SHARE = 50


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows of each kind a database has."""

    accounts: int
    products: int
    licenses: int

    @property
    def asked(self) -> int:
        """How many customers own exactly 20 licenses: the first ones."""
        return self.accounts // _ASKED_SHARE

    def owner(self, license_number: int) -> int:
        """The number of the account that owns a license."""
        others = license_number - self.asked * OWNED
        return license_number // OWNED if others < 0 else self.asked + others % (self.accounts - self.asked)

    def product(self, license_number: int) -> int:
        """The number of a license's product."""
        return license_number % self.products

    def key(self, license_number: int) -> str:
        """A license's key: as random as a real one, and the same in each run."""
        digest = blake2b(b"%d" % license_number, digest_size=16).digest()
        bits = int.from_bytes(digest, "big") >> len(digest) * 8 - KEY_BITS
        return new_key(key_prefix(self.product(license_number)), bits)


def scaled(scale: float, licenses: int = 100_000) -> Size:
    """performance.md's amounts times `scale`."""
    return Size(max(int(10_000 * scale), 100), max(int(1_000 * scale), 30), max(int(licenses * scale), 100))


def key_prefix(product: int) -> str:
    """What the keys of a product begin with."""
    return f"BEN{product:04}"


def slug(product: int) -> str:
    """A product's name in addresses; sorted like the numbers."""
    return f"modul-{product:04}"


def secret(product: int) -> str:
    """What a product's modules and the server share (licensing.md 2.3)."""
    return f"{slug(product)} shared secret"


def domain(license_number: int) -> str:
    """The domain that a license is bound to."""
    return f"magaza{license_number}.com.tr"


def session_token(account: int) -> str:
    """The token of the session in which an account's owner is signed in."""
    return f"ses_of_customer_{account}"


def shuffled(amount: int, seed: int) -> list[int]:
    """The numbers below `amount` in an order without pattern, the same in each run."""
    return Random(seed).sample(range(amount), amount)  # noqa: S311 - no secret


def in_turn(amount: int) -> Callable[[], int]:
    """Gives each number below `amount` once before any comes again."""
    numbers = cycle(shuffled(amount, seed=1))
    return lambda: next(numbers)


def keys_in_turn(size: Size, most: int | None) -> Callable[[], tuple[int, str]]:
    """Gives each license's number and key once before any comes again, or those of `most`, from all over.

    Made beforehand: the load must not take from PostgreSQL what it computes on the same core.
    """
    keys = cycle([(number, size.key(number)) for number in shuffled(size.licenses, seed=1)[:most]])
    return lambda: next(keys)
