"""Nouns of licenses and their support years."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import strawberry

from api import batches, clock, renewing, settings
from api.access import may_see
from api.caller import Caller, Scope
from api.models import ids
from api.models.catalog import Release as ReleaseRow
from api.models.licenses import InstallationRequest as RequestRow
from api.models.licenses import License as LicenseRow
from api.models.licenses import LicenseEvent as EventRow
from api.models.orders import Order as OrderRow
from api.models.sightings import Sighting as SightingRow
from api.refusal import DenialCode, Denied
from api.rules.domains import readable
from api.schema.accounts import SCOPES_OF_ACCOUNTS, Account, account_behind
from api.schema.catalog import Product, Release, products_by_id
from api.schema.columns import Wanted, column, computed, computes, hanging
from api.schema.common import Node, UserError, asker, lazy
from api.schema.installations import InstallationRequest
from api.schema.money import Money
from api.schema.orders import Order
from api.schema.paging import Connection, page

DOMAIN_CHANGED = "DOMAIN_CHANGED"
# The first general VAT rate that is known (migration 0004).
_EARLIEST_QUOTE = date(2001, 5, 15)
_LATEST_QUOTE_YEARS = 50
# The largest Int of GraphQL.
_MOST_INT = 2**31 - 1


@strawberry.enum(description="Where a license stands.")
class LicenseStatus(StrEnum):
    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    CANCELLED = "CANCELLED"


# Looked up in a fifth of the time that the enumeration itself takes.
_STATUSES = {status.value: status for status in LicenseStatus}


@strawberry.type(description="What renewing costs on a day (5.1.2, 5.1.3).")
class SupportRenewalQuote:
    lapsed: bool = strawberry.field(description="Whether support has ended.")
    lapsed_days: int = strawberry.field(description="0 when not lapsed.")
    terms: int = strawberry.field(description="How many yearly prices are billed.")
    back_payment: Money = strawberry.field(description="Net: (n - 1) yearly prices; 0 when n is 1.")
    renewal: Money = strawberry.field(description="Net: one yearly price.")
    tax: Money = strawberry.field(description="VAT on both.")
    late_fee: Money = strawberry.field(description="Of a renewal invoice that waits, VAT included; usually 0.")
    total: Money = strawberry.field(description="What is to be paid.")
    support_until_after_payment: date = strawberry.field(description="The last day of support once it is paid.")
    costlier_from: date = strawberry.field(description="The first day on which renewing costs one yearly price more.")

    @classmethod
    def of(cls, quote: renewing.Quote) -> SupportRenewalQuote:
        """The public form of a quote."""
        own = quote.renewal
        return cls(
            lapsed=own.lapsed,
            lapsed_days=own.lapsed_days,
            terms=own.terms,
            back_payment=Money.of(own.back_minor, quote.currency),
            renewal=Money.of(own.renewal_minor, quote.currency),
            tax=Money.of(quote.tax_minor, quote.currency),
            late_fee=Money.of(quote.fee_minor, quote.currency),
            total=Money.of(quote.total_minor, quote.currency),
            support_until_after_payment=own.until_after,
            costlier_from=quote.costlier_from,
        )


@strawberry.type(description="Something that happened to a license.")
class LicenseEvent:
    kind: str = strawberry.field(description="ISSUED, ACTIVATED, RENEWED, SUSPENDED, REINSTATED, CANCELLED or another.")
    reason: str | None = strawberry.field(description="Why, where there is a reason.")
    domain: str | None = strawberry.field(description="The domain that the license got by it.")
    by_staff: bool = strawberry.field(description="Whether the vendor's people did it.")
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: EventRow) -> LicenseEvent:
        """The public form of a row."""
        return cls(kind=row.kind, reason=row.reason, domain=row.domain, by_staff=row.by_staff, at=row.at)


async def _requests(keys: list[UUID]) -> list[list[RequestRow]]:
    return await batches.grouped(RequestRow, "license_id", keys, "requested_at", "id")


async def _orders(keys: list[UUID]) -> list[OrderRow]:
    return await batches.by_id(OrderRow, keys)


def moves_since() -> datetime:
    """The beginning of the 365 days in which moves of a license count."""
    return clock.now() - timedelta(days=365)


async def _moves(keys: list[UUID]) -> list[int]:
    events = EventRow.filter(license_id__in=set(keys), kind=DOMAIN_CHANGED, by_staff=False, at__gt=moves_since())
    moved = Counter([row.license_id for row in await events])
    return [moved[key] for key in keys]


async def _events(keys: list[UUID]) -> list[list[EventRow]]:
    return await batches.grouped(EventRow, "license_id", keys, "-at", "-id")


@strawberry.type(description="Checks of a license from one domain and network. Evidence: it changes no right.")
class Sighting:
    domain: str = strawberry.field(description="In ASCII form; `*`: more domains than are kept apart.")
    network: str = strawberry.field(description="The asker's network, /24 or /48.")
    refused: bool = strawberry.field(description="Whether the domain is not the license's.")
    version: str | None = strawberry.field(description="The version that was told last.")
    count: int = strawberry.field(description="How many checks.")
    first_seen: datetime = strawberry.field(description="The first.")
    last_seen: datetime = strawberry.field(description="The last.")

    @property
    def domain_shown(self) -> str:
        """The domain as people read it."""
        return readable(self.domain)

    @classmethod
    def of(cls, row: SightingRow) -> Sighting:
        """The public form of a row."""
        return cls(
            domain=row.domain_ascii,
            network=row.network,
            refused=row.refused,
            version=row.version or None,
            count=min(row.count, _MOST_INT),
            first_seen=row.first_seen,
            last_seen=row.last_seen,
        )


@strawberry.type(description="A domain that a license was moved from, while it is still answered.")
class DomainMove:
    domain: str = strawberry.field(description="In ASCII form.")
    until: datetime = strawberry.field(description="The end of the window.")

    @property
    def domain_shown(self) -> str:
        """The domain as people read it."""
        return readable(self.domain)


def _key_for(own: License) -> str:
    """The key for its owner and for who may read everybody's, masked for anybody else."""
    row, caller = own.row, own.caller
    its_owner = row.account_id == caller.account_id and Scope.LICENSES_READ in caller.scopes
    return row.key() if its_owner or Scope.LICENSES_KEYS in caller.scopes else row.key_mask


def _support_active(own: License) -> bool:
    row = own.row
    return row.status != LicenseRow.CANCELLED and row.support_until is not None and own.today <= row.support_until


async def _products_of(licenses: Sequence[License], wanted: Wanted) -> Sequence[Product]:
    known = [own.known for own in licenses if own.known]
    if len(known) == len(licenses):
        return known
    return await products_by_id([own.row.product_id for own in licenses], wanted)


@computes
@strawberry.type(description="The right to run one product on one domain.")
class License(Node):
    id: strawberry.ID = computed(
        "Opaque; never a counter.", of=lambda own: strawberry.ID(ids.public(LicenseRow.PREFIX, own.row.id))
    )
    key: str = computed(
        "In full only for its owner and for staff with licenses:keys; otherwise masked.",
        "account_id", "key_sealed", "key_mask",
        of=_key_for,
    )  # fmt: skip
    status: LicenseStatus = computed("Where it stands.", "status", of=lambda own: _STATUSES[own.row.status])
    status_reason: str | None = column("Why it is suspended or cancelled.", "status_reason")
    domain: str | None = column(
        "The one domain on which it may run (definitions, article 3); null until it is bound. Unicode form.", "domain"
    )
    domain_ascii: str | None = column("The same in ASCII form (IDNA).", "domain_ascii")
    activated_at: datetime | None = column("When it was paid.", "activated_at")
    support_until: date | None = column("Last day, inclusive, of the support & update package.", "support_until")
    support_active: bool = computed(
        "Whether support and updates run today.", "status", "support_until", of=_support_active
    )
    installation_until: date = column(
        "Last day, inclusive, on which free installation can be asked for (5.1.1).", "installation_until"
    )
    created_at: datetime = column("When it was issued.", "created_at")
    row: strawberry.Private[LicenseRow]
    caller: strawberry.Private[Caller]
    today: strawberry.Private[date]
    # Its product, where that was read with it.
    known: strawberry.Private[Product | None]

    @hanging("What may be run.", "product_id", many=_products_of)
    async def product(self) -> Product:
        """Its product."""
        if self.known is not None:
            return self.known
        return await batches.load(products_by_id, self.row.product_id)

    @hanging(f"Whose it is; that never changes (5.1.4). {SCOPES_OF_ACCOUNTS}", "account_id")
    async def account(self, info: strawberry.Info) -> Account:
        """Its owner."""
        return await account_behind(self.row.account_id, info)

    @hanging("The order that it came with; null without the scope to read it.", "account_id", "order_id")
    async def order(self, info: strawberry.Info) -> Order | None:
        """Its order."""
        return await self.order_for(asker(info))

    async def order_for(self, caller: Caller) -> Order | None:
        """Its order, as a caller may see it."""
        if not may_see(caller, self.row.account_id, Scope.INVOICES_READ, Scope.BILLING_READ):
            return None
        return Order.of(await batches.load(_orders, self.row.order_id))

    @lazy("What renewing costs today or on another day, back payment included (5.1.3).")
    async def support_renewal_quote(self, on: date | None = None) -> SupportRenewalQuote:
        """The quote of a day; Denied BAD_REQUEST for one that no calendar of this program reaches."""
        today = clock.today()
        day = on or today
        if not _EARLIEST_QUOTE <= day <= today.replace(month=1, day=1, year=today.year + _LATEST_QUOTE_YEARS):
            raise Denied(DenialCode.BAD_REQUEST)
        return SupportRenewalQuote.of(await renewing.quote(self.row, day))

    @hanging("The newest request for its free installation.")
    async def installation_request(self) -> InstallationRequest | None:
        """The newest request."""
        rows = await batches.load(_requests, self.row.id)
        return InstallationRequest.of(rows[-1]) if rows else None

    @hanging("The releases its support period covers, newest first.", "product_id", "support_until")
    async def downloads(self, first: int | None = None, after: str | None = None) -> Connection[Release]:
        """What came out until the last day of support, Istanbul's days (domain-tr 1.4)."""
        until = self.row.support_until
        covered = ReleaseRow.filter(product_id=self.row.product_id, yanked=False)
        if until is None:
            covered = covered.filter(id__in=[])
        else:
            end = clock.start_of(until + timedelta(days=1))
            covered = covered.filter(released_at__lt=end)
        return await page(covered, "-released_at", first, after, Release.of)

    @hanging("How often its domain may still be changed within a year.")
    async def domain_changes_left(self) -> int:
        """What is left of the yearly allowance."""
        return max(0, settings.current().licensing.domain_changes - await batches.load(_moves, self.row.id))

    @hanging("Where it was asked for, last seen first; `refused`: only domains that are not its own.")
    async def sightings(
        self, first: int | None = None, after: str | None = None, refused: bool | None = None
    ) -> Connection[Sighting]:
        """Where it was asked for."""
        seen = SightingRow.filter(license_id=self.row.id)
        if refused is not None:
            seen = seen.filter(refused=refused)
        return await page(seen, "-last_seen", first, after, Sighting.of)

    @hanging("The domain from before a move, which is answered until then.", "moved_from_ascii", "moved_until")
    async def moving_from(self) -> DomainMove | None:
        """The move that is under way."""
        row = self.row
        if row.moved_from_ascii is None or row.moved_until is None or row.moved_until <= clock.now():
            return None
        return DomainMove(domain=row.moved_from_ascii, until=row.moved_until)

    @hanging("What happened to it, newest first.")
    async def events(self) -> list[LicenseEvent]:
        """Its history."""
        return [LicenseEvent.of(row) for row in await batches.load(_events, self.row.id)]

    @classmethod
    def of(cls, row: LicenseRow, caller: Caller, today: date | None = None, product: Product | None = None) -> License:
        """The public form of a row for a caller who may see it, with the local day and its product where known."""
        return cls(row=row, caller=caller, today=today or clock.today(), known=product)


@strawberry.type(description="A lease for a machine without a network.")
class LeasePayload:
    lease: str | None = strawberry.field(default=None, description="The lease as text; null when refused.")
    expires_at: datetime | None = strawberry.field(default=None, description="When it ends; nothing ends it sooner.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")


@strawberry.type(description="What came of a change of a license.")
class LicensePayload:
    license: License | None = strawberry.field(default=None, description="The license; null when refused.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")
