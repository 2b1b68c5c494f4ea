"""Verbs of licenses and their support years."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from strawberry import ID
from tortoise.expressions import Q

from api import clock, invoicing, once, renewing, settling
from api.access import needs, needs_any, own_account, visible_rows, visible_to
from api.audit import Act
from api.caller import Caller, Scope
from api.holding import held_license
from api.models import ids, reading
from api.models.accounts import Account as AccountRow
from api.models.billing import Invoice as InvoiceRow
from api.models.catalog import Product
from api.models.licenses import License as LicenseRow
from api.models.reading import Join
from api.outbox import LetterKind
from api.perform import Writing, writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import billing as rules
from api.rules.license_keys import parse_key
from api.rules.text import search_key
from api.schema.billing import Invoice, InvoicePayload
from api.schema.catalog import Product as ProductNoun
from api.schema.catalog import shown_products
from api.schema.columns import EVERYTHING, Wanted
from api.schema.licenses import License, LicensePayload, LicenseStatus
from api.schema.paging import Connection, page_of_rows
from api.sealing import indexes

MOST_WORDS = 8
RENEWABLE = frozenset({LicenseRow.ACTIVE, LicenseRow.SUSPENDED})


@needs_any(Scope.LICENSES_READ, Scope.LICENSES_ALL)
async def licenses(
    caller: Caller,
    first: int | None = None,
    after: str | None = None,
    status: LicenseStatus | None = None,
    search: str | None = None,
    account_id: ID | None = None,
    wanted: Wanted = EVERYTHING,
) -> Connection[License]:
    """Licenses, newest first: one's own, or everybody's for staff; `search` looks at product, domain and whole key."""
    where = visible_rows(caller, Scope.LICENSES_READ, Scope.LICENSES_ALL)
    if account_id is not None:
        owner = ids.key_of(str(account_id), AccountRow.PREFIX)
        where &= reading.equals("account_id", owner) if owner else reading.NONE
    if status is not None:
        where &= reading.equals("status", status.value)
    text = (search or "")[:300].replace("\0", "")
    if key := parse_key(text):
        where &= reading.one_of("key_index", indexes("license_key", key))
    else:
        for word in search_key(text).split()[:MOST_WORDS]:
            where &= reading.contains("search_key", word)
    node = wanted.of_nodes()
    shown = partial(_shown, caller=caller, products=node.of("product") if node.any_of("product") else None)
    join = Join("product", Product, node.of("product").columns(ProductNoun)) if node.any_of("product") else None
    return await page_of_rows(LicenseRow, where, "-created_at", first, after, shown, node.columns(License), join)


async def _shown(rows: list[LicenseRow], caller: Caller, products: Wanted | None) -> list[License]:
    """The public forms of rows, with their products where these were read with them."""
    today = clock.today()
    if products is None:
        return [License.of(row, caller, today) for row in rows]
    known = await shown_products([row.product for row in rows], products)
    return [License.of(row, caller, today, product) for row, product in zip(rows, known, strict=True)]


@needs_any(Scope.LICENSES_READ, Scope.LICENSES_ALL)
async def license(caller: Caller, key: UUID) -> License | None:  # noqa: A001 - the subject's name
    """A license by its key, if the caller may see it."""
    row = await LicenseRow.filter(visible_to(caller, Scope.LICENSES_READ, Scope.LICENSES_ALL), id=key).first()
    return License.of(row, caller) if row else None


@needs_any(Scope.LICENSES_READ, Scope.LICENSES_ALL)
async def open_renewal_invoice(_: Caller, own: License) -> Invoice | None:
    """The renewal invoice of a license, one that the caller was shown, that waits to be paid; for the site."""
    waiting = await renewing.open_renewal(own.row.id)
    return Invoice.of(waiting) if waiting else None


@needs(Scope.ORDERS_WRITE)
async def renew_support(caller: Caller, license_id: ID, idempotency_key: str) -> InvoicePayload:
    """Invoices a new support year, with the back payment for the lapsed time (5.1.2, 5.1.3)."""
    account_id = own_account(caller)
    found = Inspection()
    key = found.check("idempotency_key", rules.idempotency_key, idempotency_key)
    async with writing(caller) as work:
        row = await held_license(license_id, Q(account_id=account_id))
        found.finish()
        claimed = ids.new_id()
        if key and (first := await once.claim(account_id, "renew_support", key, str(license_id), claimed)):
            work.record(Act.INVOICE_ISSUE, f"license:{row.id.hex}", repeated="yes")
            return InvoicePayload(invoice=Invoice.of(await InvoiceRow.get(id=first)))
        if row.status not in RENEWABLE:
            raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.not_renewable", ("license_id",)))
        account = await invoicing.lock_account(account_id)
        invoice = await renewing.bill(account, row, asked=True)
        await once.answer_with(account_id, "renew_support", key or "", invoice.id)
        work.record(Act.INVOICE_ISSUE, f"invoice:{invoice.id.hex}", number=invoice.number)
        await settling.settle(work, invoice)
    return InvoicePayload(invoice=Invoice.of(invoice))


@needs(Scope.LICENSES_WRITE)
async def request_license_transfer(caller: Caller, license_id: ID, to_email: str) -> LicensePayload:
    """Always refused (5.1.4), recorded, and answered with TRANSFER_FORBIDDEN whose message names the clause."""
    account_id = own_account(caller)
    del to_email
    async with writing(caller) as work:
        row = await held_license(license_id, Q(account_id=account_id))
        await settling.note(work, row, Act.TRANSFER_REFUSE, "TRANSFER_REFUSED")
    raise Refusal(Problem(UserErrorCode.TRANSFER_FORBIDDEN, "refusals.transfer_forbidden", ("license_id",)))


@needs(Scope.LICENSES_MANAGE)
async def suspend_license(caller: Caller, license_id: ID, reason: str) -> LicensePayload:
    """Suspends a license; the customer reads the reason."""
    return await _move(caller, license_id, reason, _SUSPEND)


@needs(Scope.LICENSES_MANAGE)
async def reinstate_license(caller: Caller, license_id: ID, reason: str) -> LicensePayload:
    """Ends a suspension; support days have run on."""
    return await _move(caller, license_id, reason, _REINSTATE)


@needs(Scope.LICENSES_MANAGE)
async def cancel_license(caller: Caller, license_id: ID, reason: str) -> LicensePayload:
    """Cancels a license for good; an open renewal invoice of it is cancelled too."""
    return await _move(caller, license_id, reason, _CANCEL)


# From which states, to which, as which act, event and letter.
_Move = tuple[frozenset[str], str, Act, str, LetterKind]
_SUSPEND: _Move = (
    frozenset({LicenseRow.ACTIVE}), LicenseRow.SUSPENDED, Act.LICENSE_SUSPEND, "SUSPENDED",
    LetterKind.LICENSE_SUSPENDED,
)  # fmt: skip
_REINSTATE: _Move = (
    frozenset({LicenseRow.SUSPENDED}), LicenseRow.ACTIVE, Act.LICENSE_REINSTATE, "REINSTATED",
    LetterKind.LICENSE_REINSTATED,
)  # fmt: skip
_CANCEL: _Move = (
    frozenset({LicenseRow.ACTIVE, LicenseRow.SUSPENDED}), LicenseRow.CANCELLED, Act.LICENSE_CANCEL,
    "CANCELLED", LetterKind.LICENSE_CANCELLED,
)  # fmt: skip


async def _move(caller: Caller, license_id: ID, reason: str, move: _Move) -> LicensePayload:
    before, after, act, event, kind = move
    found = Inspection()
    text = found.check("reason", rules.reason, reason)
    async with writing(caller) as work:
        row = await held_license(license_id, Q())
        found.finish()
        if row.status not in before:
            raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.license_state", ("license_id",)))
        row.status = after
        row.status_reason = None if after == LicenseRow.ACTIVE else text
        await settling.note(work, row, act, event, text)
        waiting = await renewing.open_renewal(row.id) if after == LicenseRow.CANCELLED else None
        if waiting:
            await settling.cancel(waiting, text or "")
        await _tell(work, row, kind, text or "")
    return LicensePayload(license=License.of(row, caller))


async def _tell(work: Writing, row: LicenseRow, kind: LetterKind, reason: str) -> None:
    product = await Product.get(id=row.product_id)
    await work.send_to_owner(
        row.account_id,
        kind,
        path=f"/panel/licenses/{ids.public(row.PREFIX, row.id)}",
        product=product.name,
        domain=row.domain or "",
        reason=reason,
    )
