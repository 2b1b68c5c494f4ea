"""Four years lived day by day: orders, payments, crashes and doubled clock runs; each thing happens exactly once."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from strawberry import ID
from tortoise.models import Model

from api import clock, jobs, perform
from api.caller import CUSTOMER_SCOPES, STAFF_SCOPES, Caller, Door
from api.models import ids
from api.models.accounts import Account, Membership
from api.models.billing import Invoice, InvoiceLine, LateFee, LedgerEntry, Payment
from api.models.letters import Letter
from api.models.licenses import License
from api.models.people import Person
from api.refusal import Refusal
from api.resolvers import catalog, invoices, licenses, orders, payments
from api.schema.billing import LateFeeKind, LateFeeRuleInput
from api.schema.catalog import CreateProductInput
from api.schema.orders import OrderItemInput, PlaceOrderInput
from tests.cast import AYSE, BORA
from tests.doors import GraphqlDoor, joined
from tests.site import Site

FIRST_DAY = date(2024, 2, 27)
DAYS = 4 * 365 + 1
# Told again here, apart from the program's own tables.
SUPPORT_LETTERS = (-30, -14, -7, -1, 0, 7)
INVOICE_LETTERS = (-3, 0, 3, 10)
STILL_SENT_FOR = 7
BILLED_BEFORE = 30
GRACE = 3
RULE = LateFeeRuleInput(kind=LateFeeKind.PERCENT, grace_days=GRACE, percent=Decimal(5))
STAFF = Caller(Door.GRAPHQL, scopes=STAFF_SCOPES, is_staff=True, person_id=UUID(int=1))


class Crash(Exception):
    """The process died between two lines."""


@dataclass
class World:
    """The customers, and what the clock door ought to have done by now."""

    chance: random.Random
    customers: list[Caller]
    products: list[str]
    serial: int = 0
    reminders: set[str] = field(default_factory=set)
    renewals: set[tuple[UUID, int]] = field(default_factory=set)
    fees: set[UUID] = field(default_factory=set)

    def key(self) -> str:
        self.serial += 1
        return f"key {self.serial}"

    def owner(self, account_id: UUID) -> Caller:
        return next(caller for caller in self.customers if caller.account_id == account_id)


def due_letter(target: date, today: date, days: tuple[int, ...]) -> int | None:
    if today > target + timedelta(days=days[-1] + STILL_SENT_FOR):
        return None
    return max((day for day in days if today >= target + timedelta(days=day)), default=None)


async def customer(email: str) -> Caller:
    person = await Person.get(email=email)
    member = await Membership.get(person=person)
    return Caller(Door.GRAPHQL, person_id=person.id, account_id=member.account_id, scopes=CUSTOMER_SCOPES)


async def act(world: World) -> None:
    """What people do on one day."""
    chance = world.chance
    if chance.random() < 0.02:
        items = [OrderItemInput(product_id=ID(chance.choice(world.products)), quantity=chance.choice((1, 1, 2)))]
        await orders.place_order(
            chance.choice(world.customers), PlaceOrderInput(items=items, idempotency_key=world.key())
        )
    if chance.random() < 0.06 and (waiting := await Invoice.filter(status=Invoice.UNPAID).order_by("number")):
        await pay(world, chance.choice(waiting))
    if chance.random() < 0.01 and (own := await License.filter(status=License.ACTIVE).order_by("created_at", "id")):
        row = chance.choice(own)
        await licenses.renew_support(world.owner(row.account_id), ID(ids.public("lic", row.id)), world.key())
    if chance.random() < 0.01 and (waiting := await Invoice.filter(status=Invoice.UNPAID).order_by("number")):
        row = chance.choice(waiting)
        # Without credit it is refused; whether there was some, the ledger tells at the end.
        with suppress(Refusal):
            await payments.apply_credit(world.owner(row.account_id), ID(ids.public("inv", row.id)), world.key())


async def pay(world: World, row: Invoice) -> None:
    share = world.chance.choice((Decimal(1), Decimal(1), Decimal("0.5"), Decimal("1.25")))
    amount = (Decimal(row.total_minor) / 100 * share).quantize(Decimal("0.01"))
    own, invoice_id, key = world.owner(row.account_id), ID(ids.public("inv", row.id)), world.key()
    for _ in range(2):
        told = await payments.report_bank_transfer(own, invoice_id, amount, "havale", key)
    assert told.payment
    for _ in range(2):
        await payments.confirm_payment(STAFF, told.payment.id)


async def expect(world: World, today: date) -> None:
    """Note what this day's clock ought to do, before it runs."""
    for row in await License.filter(status=License.ACTIVE):
        assert row.support_until
        day = due_letter(row.support_until, today, SUPPORT_LETTERS)
        if day is not None:
            world.reminders.add(f"support:{row.id.hex}:{row.support_until}:{day}")
        in_time = 0 <= (row.support_until - today).days <= BILLED_BEFORE
        if in_time and not await Invoice.filter(license_id=row.id, status=Invoice.UNPAID).exists():
            world.renewals.add((row.id, row.terms_paid))
    for late in await Invoice.filter(status=Invoice.UNPAID, kind=Invoice.RENEWAL_REQUESTED):
        if today > late.due_on + timedelta(days=GRACE):
            world.fees.add(late.id)


async def expect_invoice_letters(world: World, today: date) -> None:
    for row in await Invoice.filter(status=Invoice.UNPAID):
        day = due_letter(row.due_on, today, INVOICE_LETTERS)
        if day is not None:
            world.reminders.add(f"invoice:{row.id.hex}:{row.due_on}:{day}")


async def run_the_clock(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One run that may die at any audit entry; then one that does not, and one that must find nothing to do."""
    whole = perform.insert

    async def dying(row: Model) -> None:
        await whole(row)
        if world.chance.random() < 0.2:
            raise Crash

    said: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(perform, "insert", dying)
        await jobs.do_due(said.append)
    if not said and world.chance.random() > 0.1:
        return []
    await jobs.do_due()
    said.clear()
    await jobs.do_due(said.append)
    return said


async def check(world: World) -> None:
    """What must hold at the end."""
    numbers: dict[str, list[int]] = {}
    for row in await Invoice.all():
        numbers.setdefault(row.number[:7], []).append(int(row.number[7:]))
    for found in numbers.values():
        assert sorted(found) == list(range(1, len(found) + 1))
    assert {letter.once for letter in await Letter.exclude(once=None)} == world.reminders
    made = await Invoice.exclude(once=None)
    assert {(row.license_id, row.terms_before) for row in made} == world.renewals
    assert len(made) == len(world.renewals)
    charged = await LateFee.filter(status=LateFee.CHARGED)
    first = {fee.invoice_id for fee in charged} & world.fees
    assert first == world.fees
    came_in = sum(row.minor for row in await Payment.filter(status=Payment.CONFIRMED).exclude(method=Payment.CREDIT))
    entries = await LedgerEntry.all()
    assert sum(entry.minor for entry in entries) == came_in
    for caller in world.customers:
        assert sum(e.minor for e in entries if e.invoice_id is None and e.account_id == caller.account_id) >= 0
    for row in await Invoice.all():
        lines = await InvoiceLine.filter(invoice=row)
        assert row.total_minor == sum(line.net_minor + line.tax_minor for line in lines)
        assert sum(line.kind == InvoiceLine.LATE_FEE for line in lines) <= 1
        paid = sum(entry.minor for entry in entries if entry.invoice_id == row.id)
        assert paid == {Invoice.PAID: row.total_minor, Invoice.CANCELLED: 0}.get(row.status, paid)
        assert 0 <= paid <= row.total_minor
    for own in await License.exclude(support_anchor=None):
        paid_terms = await Invoice.filter(license_id=own.id, status=Invoice.PAID)
        assert own.terms_paid == 1 + sum(row.terms for row in paid_terms)


async def test_four_years_day_by_day(site: Site, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    door = GraphqlDoor(site)
    with clock.stopped(datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, 6, tzinfo=UTC)):
        for form in (AYSE, BORA):
            await joined(door, site, form)
        await catalog.create_category(STAFF, "moduller", "Modüller")
        products = []
        for slug, price in (("sms", Decimal("1234.56")), ("odeme", Decimal("99.98"))):
            made = await catalog.create_product(
                STAFF,
                CreateProductInput(
                    slug=slug,
                    name=slug.upper(),
                    summary="Bir modül",
                    description="Metin",
                    category_slug="moduller",
                    price=price,
                    support_renewal_price=price / 2,
                ),
            )
            assert made.product
            products.append(str(made.product.id))
    world = World(
        random.Random(20241123),  # noqa: S311 - the same four years in every run
        [await customer(f["email"]) for f in (AYSE, BORA)],
        products,
    )
    for passed in range(DAYS):
        today = FIRST_DAY + timedelta(days=passed)
        with clock.stopped(datetime(today.year, today.month, today.day, 9, 30, tzinfo=UTC)):
            if passed == 100:
                await invoices.set_late_fee_rule(STAFF, RULE)
            await act(world)
            await expect(world, today)
            said = await run_the_clock(world, monkeypatch)
            assert said == []
            await expect_invoice_letters(world, today)
    await check(world)
    assert len(world.renewals) > 20
    assert len(world.fees) > 2
    assert len(await Account.all()) == 2
