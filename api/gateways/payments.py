"""Ways by which money comes in. A gateway tells of payments in its own states; the contract has four."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from api.money import Currency


class GatewayState(StrEnum):
    """What a provider says of a payment."""

    PENDING = "PENDING"
    PAID = "PAID"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"


# The contract's PaymentStatus of each.
PUBLIC_STATE = {
    GatewayState.PENDING: "REPORTED",
    GatewayState.PAID: "CONFIRMED",
    GatewayState.FAILED: "REJECTED",
    GatewayState.EXPIRED: "REJECTED",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What a gateway tells: its own name of the payment, its state, and how much of what."""

    reference: str
    state: GatewayState
    minor: int
    currency: Currency


class Gateway(Protocol):
    """One way to pay."""

    @property
    def name(self) -> str:
        """What payments are stored under; unique together with the provider's reference."""

    @property
    def method(self) -> str:
        """The contract's PaymentMethod."""

    def pays(self, notice: Notice, balance_minor: int, currency: str) -> bool:
        """Whether such a notice may be taken for an invoice with this open balance."""


@dataclass(frozen=True, slots=True)
class BankTransfer:
    """Havale, EFT, FAST: people type the amount, so less is a part and more is credit; the currency must fit."""

    name: str = "bank_transfer"
    method: str = "BANK_TRANSFER"

    def pays(self, notice: Notice, balance_minor: int, currency: str) -> bool:
        """Any amount above zero of the invoice's currency."""
        del balance_minor
        return notice.minor > 0 and notice.currency == currency


@dataclass(frozen=True, slots=True)
class Exact:
    """A provider that was told what to collect: anything but that amount and currency is for people to look at."""

    name: str
    method: str = "CARD"

    def pays(self, notice: Notice, balance_minor: int, currency: str) -> bool:
        """The open balance to the kurus, in the invoice's currency."""
        return (notice.minor, str(notice.currency)) == (balance_minor, currency) and notice.minor > 0


BANK_TRANSFER = BankTransfer()
GATEWAYS: dict[str, Gateway] = {BANK_TRANSFER.name: BANK_TRANSFER}
