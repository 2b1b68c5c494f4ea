"""Who asks, through which door, from where and in which language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from api.i18n import DEFAULT_LANGUAGE, Language


class Door(StrEnum):
    """The way by which a call came in; written into the audit trail."""

    WEB = "web"
    GRAPHQL = "graphql"
    COMMAND = "command"
    CHECK = "check"
    CLOCK = "clock"


class Scope(StrEnum):
    """What a token or session may do."""

    # What is open to all; a token, where one is sent, must have them.
    PRODUCTS_READ = "products:read"
    LICENSES_VALIDATE = "licenses:validate"
    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_IDENTITY = "accounts:identity"
    AGREEMENTS_PUBLISH = "agreements:publish"
    # A customer's own orders, invoices and payments; paying them; ordering and renewing, which includes paying.
    INVOICES_READ = "invoices:read"
    INVOICES_PAY = "invoices:pay"
    ORDERS_WRITE = "orders:write"
    # A customer's own licenses; what may be asked for them.
    LICENSES_READ = "licenses:read"
    LICENSES_WRITE = "licenses:write"
    # A customer's own tickets.
    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    CATALOG_WRITE = "catalog:write"
    # Everybody's, for the vendor's people.
    BILLING_READ = "billing:read"
    BILLING_WRITE = "billing:write"
    LICENSES_ALL = "licenses:all"
    LICENSES_KEYS = "licenses:keys"
    LICENSES_MANAGE = "licenses:manage"
    INSTALLATIONS_MANAGE = "installations:manage"
    # Everybody's tickets: reading them; answering, assigning, merging and noting, with the canned answers.
    TICKETS_ALL = "tickets:all"
    TICKETS_MANAGE = "tickets:manage"
    ANNOUNCEMENTS_PUBLISH = "announcements:publish"
    # Suspending and reinstating an account at once, for security or debt.
    ACCOUNTS_SUSPEND = "accounts:suspend"
    # Measures for conduct (5.2): proposing one, and deciding on somebody else's proposal.
    CONDUCT_PROPOSE = "conduct:propose"
    CONDUCT_DECIDE = "conduct:decide"


# What every person's session may do, as a guest may.
OPEN_SCOPES = frozenset({Scope.PRODUCTS_READ, Scope.LICENSES_VALIDATE})
CUSTOMER_SCOPES = OPEN_SCOPES | frozenset(
    {
        Scope.ACCOUNT_READ,
        Scope.ACCOUNT_WRITE,
        Scope.INVOICES_READ,
        Scope.INVOICES_PAY,
        Scope.ORDERS_WRITE,
        Scope.LICENSES_READ,
        Scope.LICENSES_WRITE,
        Scope.TICKETS_READ,
        Scope.TICKETS_WRITE,
    }
)
# What the vendor's people may be given.
STAFF_SCOPES = frozenset(Scope) - CUSTOMER_SCOPES | OPEN_SCOPES

# Where an account stands, as far as that decides what it may do.
ACTIVE, SUSPENDED, TERMINATED, ERASED = "ACTIVE", "SUSPENDED", "TERMINATED", "ERASED"
# What is left to an account that was closed (5.2): of tickets only complaints, see `access.visible_tickets`.
_TERMINATED_SCOPES = OPEN_SCOPES | {Scope.ACCOUNT_READ, Scope.INVOICES_READ, Scope.TICKETS_READ, Scope.TICKETS_WRITE}
SCOPES_LEFT: dict[str, frozenset[Scope]] = {
    SUSPENDED: _TERMINATED_SCOPES | {Scope.INVOICES_PAY},
    TERMINATED: _TERMINATED_SCOPES,
    ERASED: frozenset(),
}


def with_included(granted: Iterable[Scope]) -> frozenset[Scope]:
    """What a token may do that was granted these scopes: whoever may order may pay."""
    scopes = frozenset(granted)
    return scopes | {Scope.INVOICES_PAY} if Scope.ORDERS_WRITE in scopes else scopes


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's caller; a guest has no person."""

    door: Door
    language: Language = DEFAULT_LANGUAGE
    address: str = ""
    agent: str = ""
    person_id: UUID | None = None
    account_id: UUID | None = None
    session_id: UUID | None = None
    # The API token that was sent instead of a session.
    token_id: UUID | None = None
    scopes: frozenset[Scope] = field(default=frozenset())
    is_staff: bool = False
    # Whether the account is suspended or terminated: what is left to it is in `SCOPES_LEFT`.
    blocked: bool = False

    @property
    def actor(self) -> str:
        """Who acts, as the audit trail names them."""
        if self.person_id:
            return f"person:{self.person_id.hex}"
        return str(self.door) if self.door in {Door.COMMAND, Door.CLOCK} else "guest"
