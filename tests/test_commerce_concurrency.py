"""A hundred requests at once: one effect for each key, gapless numbers, no money made or lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from strawberry import ID

from api import clock, jobs
from api.caller import CUSTOMER_SCOPES, STAFF_SCOPES, Caller, Door
from api.models import ids
from api.models.accounts import Membership
from api.models.billing import Invoice, LateFee, LedgerEntry, Payment
from api.models.letters import Letter
from api.models.licenses import InstallationRequest, License
from api.models.orders import Order
from api.models.people import Person
from api.refusal import Refusal
from api.resolvers import catalog, installations, invoices, licenses, orders, payments
from api.schema.billing import LateFeeKind, LateFeeRuleInput
from api.schema.catalog import CreateProductInput
from api.schema.orders import OrderItemInput, PlaceOrderInput
from tests.cast import AYSE, BORA
from tests.doors import GraphqlDoor, joined
from tests.site import Site

AT_ONCE = 100


async def person(site: Site, form: dict[str, str]) -> Caller:
    await joined(GraphqlDoor(site), site, form)
    found = await Person.get(email=form["email"])
    account_id = (await Membership.get(person=found)).account_id
    return Caller(Door.GRAPHQL, person_id=found.id, account_id=account_id, scopes=CUSTOMER_SCOPES)


@pytest.fixture
async def staff(site: Site) -> Caller:
    await site.staff_token()
    found = await Person.get(email="deniz@example.net")
    return Caller(Door.GRAPHQL, person_id=found.id, scopes=STAFF_SCOPES, is_staff=True)


@pytest.fixture
async def product(staff: Caller) -> str:
    await catalog.create_category(staff, "moduller", "Modüller")
    form = CreateProductInput(
        slug="sms",
        name="SMS",
        summary="Bir modül",
        description="Metin",
        category_slug="moduller",
        price=Decimal(1000),
        support_renewal_price=Decimal(400),
    )
    made = (await catalog.create_product(staff, form)).product
    assert made
    return str(made.id)


@pytest.fixture
async def ayse(site: Site) -> Caller:
    return await person(site, AYSE)


def order(product: str, key: str) -> PlaceOrderInput:
    return PlaceOrderInput(items=[OrderItemInput(product_id=ID(product))], idempotency_key=key)


async def numbers_are_gapless() -> None:
    taken: dict[str, list[int]] = {}
    for row in await Invoice.all():
        taken.setdefault(row.number[:7], []).append(int(row.number[7:]))
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in taken.values())


async def bought(ayse: Caller, staff: Caller, product: str, key: str = "ilk") -> License:
    placed = (await orders.place_order(ayse, order(product, key))).order
    assert placed
    await confirmed(ayse, staff, (await placed.invoice()).id, Decimal(1200), key)
    return await License.get(order_id=placed.row.id)


async def confirmed(ayse: Caller, staff: Caller, invoice: ID, amount: Decimal, key: str) -> None:
    told = await payments.report_bank_transfer(ayse, invoice, amount, "havale", key)
    assert told.payment
    await payments.confirm_payment(staff, told.payment.id)


async def test_orders_at_once_with_equal_keys_are_one_order(ayse: Caller, product: str) -> None:
    made = await asyncio.gather(*(orders.place_order(ayse, order(product, "bir")) for _ in range(AT_ONCE)))
    assert len({one.order.id for one in made if one.order}) == 1
    assert [await model.all().count() for model in (Order, Invoice, License)] == [1, 1, 1]
    assert await Letter.filter(kind="order_placed").count() == 1


async def test_orders_at_once_with_different_keys_are_all_there(site: Site, ayse: Caller, product: str) -> None:
    bora = await person(site, BORA)
    work = (orders.place_order(who, order(product, f"{at}")) for at in range(AT_ONCE // 2) for who in (ayse, bora))
    made = await asyncio.gather(*work)
    assert len({one.order.id for one in made if one.order}) == AT_ONCE
    await numbers_are_gapless()
    assert await Invoice.all().count() == AT_ONCE


async def test_keys_used_for_other_inputs_at_once_conflict(ayse: Caller, product: str) -> None:
    def asked(at: int) -> PlaceOrderInput:
        items = [OrderItemInput(product_id=ID(product), quantity=1 + at % 2)]
        return PlaceOrderInput(items=items, idempotency_key="aynı")

    made = await asyncio.gather(*(orders.place_order(ayse, asked(at)) for at in range(AT_ONCE)), return_exceptions=True)
    refused = [one for one in made if isinstance(one, Refusal)]
    assert Counter(problem.code for one in refused for problem in one.problems) == {"IDEMPOTENCY_CONFLICT": 50}
    assert await Order.all().count() == 1


async def test_confirmations_at_once_count_once(ayse: Caller, staff: Caller, product: str) -> None:
    placed = (await orders.place_order(ayse, order(product, "bir"))).order
    assert placed
    told = await payments.report_bank_transfer(ayse, (await placed.invoice()).id, Decimal(1500), "havale", "bir")
    assert told.payment
    work: list[Any] = [payments.confirm_payment(staff, told.payment.id) for _ in range(AT_ONCE)]
    work += [payments.reject_payment(staff, told.payment.id, "gelmedi") for _ in range(5)]
    made = await asyncio.gather(*work, return_exceptions=True)
    refused = [one for one in made if isinstance(one, BaseException)]
    assert all(isinstance(one, Refusal) for one in refused)
    (row,) = await Payment.all()
    entries = await LedgerEntry.all()
    assert (await License.first() or License()).status == ("ACTIVE" if row.status == "CONFIRMED" else "PENDING")
    assert sum(entry.minor for entry in entries) == (150000 if row.status == "CONFIRMED" else 0)
    assert await Letter.filter(kind="invoice_paid").count() == (row.status == "CONFIRMED")


async def test_renewals_at_once_bill_one_year(ayse: Caller, staff: Caller, product: str) -> None:
    own = await bought(ayse, staff, product)
    license_id = ID(ids.public("lic", own.id))
    later = clock.now() + timedelta(days=400)
    with clock.stopped(later):
        work = [licenses.renew_support(ayse, license_id, f"{at % 10}") for at in range(AT_ONCE)]
        made = await asyncio.gather(*work, *(jobs.do_due() for _ in range(5)), return_exceptions=True)
        assert [one for one in made if isinstance(one, BaseException)] == []
        (waiting,) = await Invoice.filter(license_id=own.id, status=Invoice.UNPAID)
        assert (waiting.total_minor, waiting.terms) == (48000, 1)
        own_invoice = ID(ids.public("inv", waiting.id))
        await confirmed(ayse, staff, own_invoice, Decimal(480), "öde")
    own = await License.get(id=own.id)
    assert own.terms_paid == 2
    await numbers_are_gapless()


async def test_clock_doors_at_once_do_each_thing_once(ayse: Caller, staff: Caller, product: str) -> None:
    rule = LateFeeRuleInput(kind=LateFeeKind.PERCENT, grace_days=0, percent=Decimal(5))
    await invoices.set_late_fee_rule(staff, rule)
    owned = [await bought(ayse, staff, product, f"{at}") for at in range(3)]
    for row in owned:
        await licenses.renew_support(ayse, ID(ids.public("lic", row.id)), row.id.hex)
    with clock.stopped(clock.now() + timedelta(days=9)):
        await asyncio.gather(*(jobs.do_due() for _ in range(8)))
    assert await LateFee.all().count() == 3
    assert sorted(row.total_minor for row in await Invoice.filter(license_id__not_isnull=True)) == [50400] * 3
    with clock.stopped(clock.start_of(owned[0].support_until or clock.today()) + timedelta(hours=9)):
        await asyncio.gather(*(jobs.do_due() for _ in range(8)))
    told = await Letter.filter(kind="support_reminder")
    assert len({letter.once for letter in told}) == len(told) == 3


async def test_credit_used_at_once_is_used_once(ayse: Caller, staff: Caller, product: str) -> None:
    own = await bought(ayse, staff, product)
    placed = [(await orders.place_order(ayse, order(product, f"iki {at}"))).order for at in range(2)]
    first, second = [(await one.invoice()).id for one in placed if one]
    await confirmed(ayse, staff, first, Decimal(1300), "fazla")
    work = [payments.apply_credit(ayse, second, f"{at}") for at in range(20)]
    made = await asyncio.gather(*work, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in made) == 1
    assert sum(entry.minor for entry in await LedgerEntry.filter(invoice_id=None)) == 0
    assert own.status == License.ACTIVE


async def test_requests_for_installation_at_once_are_one(ayse: Caller, staff: Caller, product: str) -> None:
    own = await bought(ayse, staff, product)
    license_id = ID(ids.public("lic", own.id))
    work = [installations.request_installation(ayse, license_id, "kurun") for _ in range(20)]
    made = await asyncio.gather(*work, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in made) == 1
    (row,) = await InstallationRequest.all()
    request_id = ID(ids.public("ins", row.id))
    await installations.deposit_installation_access(ayse, request_id, "ftp")
    await installations.schedule_installation(staff, request_id, clock.now() + timedelta(days=1))
    reads = [installations.read_installation_access(staff, request_id) for _ in range(20)]
    read = await asyncio.gather(*reads, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in read) == 1
