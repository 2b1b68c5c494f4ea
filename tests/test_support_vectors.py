"""The days and sums of domain-tr 1.3 and 1.4, lived through: in GraphQL, on the page's numbers and on the invoice."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from strawberry import ID

from api import clock
from api.caller import CUSTOMER_SCOPES, STAFF_SCOPES, Caller, Door
from api.models import ids
from api.models.accounts import Membership
from api.models.licenses import License
from api.models.people import Person
from api.resolvers import catalog, licenses, orders, payments
from api.schema.catalog import CreateProductInput
from api.schema.orders import OrderItemInput, PlaceOrderInput
from tests.cast import BORA
from tests.doors import GraphqlDoor, joined, signed_in
from tests.site import Site

STAFF = Caller(Door.GRAPHQL, scopes=STAFF_SCOPES, is_staff=True, person_id=UUID(int=1))
QUOTE = """query ($on: Date) { licenses { nodes { id supportUntil supportActive installationUntil
  supportRenewalQuote(on: $on) { lapsed lapsedDays terms backPayment { amount } renewal { amount } tax { amount }
    total { amount } supportUntilAfterPayment } } } }"""


def noon(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=9, tzinfo=UTC)


async def bought(site: Site, at: datetime) -> tuple[Caller, ID]:
    """A license whose support year costs 1200, ordered and paid at an instant."""
    with clock.stopped(at):
        await joined(GraphqlDoor(site), site, BORA)
        person = await Person.get(email=BORA["email"])
        account_id = (await Membership.get(person=person)).account_id
        own = Caller(Door.GRAPHQL, person_id=person.id, account_id=account_id, scopes=CUSTOMER_SCOPES)
        await catalog.create_category(STAFF, "moduller", "Modüller")
        form = CreateProductInput(
            slug="sms",
            name="SMS",
            summary="Bir modül",
            description="Metin",
            category_slug="moduller",
            price=Decimal(3000),
            support_renewal_price=Decimal(1200),
        )
        product = (await catalog.create_product(STAFF, form)).product
        assert product
        items = [OrderItemInput(product_id=product.id)]
        placed = (await orders.place_order(own, PlaceOrderInput(items=items, idempotency_key="bir"))).order
        assert placed
        invoice = (await placed.invoice()).id
        told = await payments.report_bank_transfer(own, invoice, Decimal(3600), "havale", "bir")
        assert told.payment
        await payments.confirm_payment(STAFF, told.payment.id)
        row = await License.get(order_id=placed.row.id)
    return own, ID(ids.public("lic", row.id))


@pytest.mark.parametrize(
    ("anchor", "today", "terms", "until", "net", "gross", "gap"),
    [
        ("2024-05-01", "2025-04-20", 1, "2026-05-01", 1200, 1440, 0),
        ("2024-05-01", "2025-05-01", 1, "2026-05-01", 1200, 1440, 0),
        ("2024-05-01", "2025-05-02", 1, "2026-05-01", 1200, 1440, 1),
        ("2024-05-01", "2026-04-30", 1, "2026-05-01", 1200, 1440, 364),
        ("2024-05-01", "2026-05-01", 2, "2027-05-01", 2400, 2880, 365),
        ("2024-05-01", "2026-05-02", 2, "2027-05-01", 2400, 2880, 366),
        ("2024-02-29", "2025-02-28", 1, "2026-02-28", 1200, 1440, 0),
        ("2024-02-29", "2025-03-01", 1, "2026-02-28", 1200, 1440, 1),
        ("2024-02-29", "2027-03-01", 3, "2028-02-29", 3600, 4320, 731),
        ("2025-12-31", "2026-12-31", 1, "2027-12-31", 1200, 1440, 0),
        ("2024-05-01", "2029-05-02", 5, "2030-05-01", 6000, 7200, 1462),
    ],
)
async def test_what_renewing_costs_on_a_day(
    site: Site, anchor: str, today: str, terms: int, until: str, net: int, gross: int, gap: int
) -> None:
    own, license_id = await bought(site, noon(anchor))
    with clock.stopped(noon(today)):
        token = await signed_in(GraphqlDoor(site), BORA["email"])
        for on in (None, today):
            (shown,) = (await site.data(QUOTE, {"on": on}, token))["licenses"]["nodes"]
            assert shown["supportActive"] == (gap == 0)
            assert shown["supportRenewalQuote"] == {
                "lapsed": gap > 0,
                "lapsedDays": gap,
                "terms": terms,
                "backPayment": {"amount": f"{net - 1200}.00"},
                "renewal": {"amount": "1200.00"},
                "tax": {"amount": f"{gross - net}.00"},
                "total": {"amount": f"{gross}.00"},
                "supportUntilAfterPayment": until,
            }
        invoice = (await licenses.renew_support(own, license_id, "yenile")).invoice
        assert invoice
        assert (invoice.subtotal.amount, invoice.total.amount) == (Decimal(net), Decimal(gross))
        told = await payments.report_bank_transfer(own, invoice.id, Decimal(gross), "havale", "iki")
        assert told.payment
        await payments.confirm_payment(STAFF, told.payment.id)
        (shown,) = (await site.data(QUOTE, {}, token))["licenses"]["nodes"]
        assert (shown["supportUntil"], shown["supportActive"]) == (until, True)


@pytest.mark.parametrize(
    ("ordered", "last_day"),
    [
        ("2026-01-01T20:59:59+00:00", "2026-01-31"),
        ("2026-01-01T21:00:00+00:00", "2026-02-01"),
        ("2026-02-10T12:00:00+00:00", "2026-03-12"),
        ("2028-01-30T12:00:00+00:00", "2028-02-29"),
    ],
)
async def test_until_when_installation_is_free(site: Site, ordered: str, last_day: str) -> None:
    at = datetime.fromisoformat(ordered)
    await bought(site, at)
    with clock.stopped(at):
        token = await signed_in(GraphqlDoor(site), BORA["email"])
        (shown,) = (await site.data(QUOTE, {}, token))["licenses"]["nodes"]
        assert shown["installationUntil"] == last_day
        assert shown["supportUntil"] == clock.local(at).date().replace(year=clock.local(at).year + 1).isoformat()


async def test_an_open_renewal_is_absorbed_with_its_own_price(site: Site) -> None:
    own, license_id = await bought(site, noon("2024-05-01"))
    with clock.stopped(noon("2025-04-20")):
        first = (await licenses.renew_support(own, license_id, "bir")).invoice
        again = (await licenses.renew_support(own, license_id, "iki")).invoice
        assert first
        assert again
        assert first.number == again.number
    with clock.stopped(noon("2026-05-02")):
        new = (await licenses.renew_support(own, license_id, "üç")).invoice
        assert new
        assert new.number != first.number
        assert [(line.kind.value, line.total.amount) for line in await new.lines()] == [
            ("SUPPORT_BACK_PAYMENT", Decimal("1200.00")),
            ("SUPPORT_RENEWAL", Decimal("1200.00")),
        ]
        token = await signed_in(GraphqlDoor(site), BORA["email"])
        shown = await site.data("{ invoices(status: CANCELLED) { nodes { number balance { amount } } } }", {}, token)
        assert shown["invoices"]["nodes"] == [{"number": first.number, "balance": {"amount": "0.00"}}]
