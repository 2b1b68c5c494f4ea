"""What orders, prices, late fees, credit notes and the catalog do over time, with exact days and sums."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from strawberry import ID

from api import clock, jobs
from api.models import ids
from api.models.billing import Invoice, InvoiceLine, LedgerEntry
from api.models.catalog import Product
from api.models.letters import Letter
from api.models.licenses import License
from api.models.orders import Order
from api.resolvers import catalog, invoices, license_domains, licenses, orders, payments
from api.schema.billing import LateFeeKind, LateFeeRuleInput
from api.schema.catalog import CreateProductInput, UpdateProductInput
from api.schema.orders import OrderItemInput, PlaceOrderInput
from tests.site import Site
from tests.test_support_vectors import STAFF, bought, noon

FIVE_PERCENT = LateFeeRuleInput(kind=LateFeeKind.PERCENT, grace_days=3, percent=Decimal(5))


async def renewed(own: Any, license_id: ID, key: str = "yenile") -> Invoice:
    made = (await licenses.renew_support(own, license_id, key)).invoice
    assert made
    return made.row


async def paid(own: Any, invoice: Invoice, amount: str, key: str) -> None:
    told = await payments.report_bank_transfer(own, ID(ids.public("inv", invoice.id)), Decimal(amount), "x", key)
    assert told.payment
    await payments.confirm_payment(STAFF, told.payment.id)


async def kinds(invoice: Invoice) -> list[str]:
    return [line.kind for line in await InvoiceLine.filter(invoice=invoice).order_by("position")]


async def test_a_late_fee_is_shown_before_it_bites_and_added_once(site: Site) -> None:
    own, license_id = await bought(site, noon("2025-02-01"))
    with clock.stopped(noon("2026-01-01")):
        await invoices.set_late_fee_rule(STAFF, FIVE_PERCENT)
    with clock.stopped(noon("2026-03-03")):
        row = await renewed(own, license_id)
        assert row.due_on.isoformat() == "2026-03-10"
        shown = await (await invoices.invoice(own, row.id)).next_late_fee()  # type: ignore[union-attr]
        assert shown
        assert (shown.on.isoformat(), shown.amount.amount, shown.tax.amount) == (
            "2026-03-14",
            Decimal("60.00"),
            Decimal("12.00"),
        )
    for day, total in (("2026-03-13", 144000), ("2026-03-14", 151200), ("2026-03-15", 151200), ("2026-05-01", 151200)):
        with clock.stopped(noon(day)):
            for _ in range(2):
                await jobs.do_due()
            assert (await Invoice.get(id=row.id)).total_minor == total, day
    assert await kinds(row) == ["SUPPORT_RENEWAL", "LATE_FEE"]
    assert await Letter.filter(kind="late_fee").count() == 1
    with clock.stopped(noon("2026-05-02")):
        await invoices.waive_late_fee(STAFF, ID(ids.public("inv", row.id)), "Banka kaynaklı gecikme")
        assert (await Invoice.get(id=row.id)).total_minor == 144000
        await paid(own, row, "1440", "öde")
    assert (await License.get()).support_until.isoformat() == "2027-02-01"


async def test_a_fee_of_a_rule_that_is_younger_than_the_due_day_is_shown_before_it_bites(site: Site) -> None:
    own, license_id = await bought(site, noon("2025-02-01"))
    with clock.stopped(noon("2026-03-03")):
        row = await renewed(own, license_id)
    with clock.stopped(noon("2026-06-01")):
        await invoices.set_late_fee_rule(STAFF, FIVE_PERCENT)
        await jobs.do_due()
        assert (await Invoice.get(id=row.id)).total_minor == 144000
        shown = await (await invoices.invoice(own, row.id)).next_late_fee()  # type: ignore[union-attr]
        assert shown
        assert shown.on.isoformat() == "2026-06-05"
    for day, total in (("2026-06-04", 144000), ("2026-06-05", 151200)):
        with clock.stopped(noon(day)):
            await jobs.do_due()
            assert (await Invoice.get(id=row.id)).total_minor == total, day


async def test_no_fee_on_a_first_invoice_nor_on_a_renewal_that_nobody_asked_for(site: Site) -> None:
    own, _ = await bought(site, noon("2025-02-01"))
    with clock.stopped(noon("2026-01-03")):
        await invoices.set_late_fee_rule(STAFF, FIVE_PERCENT)
        await jobs.do_due()
        item = (await (await orders.orders(own)).nodes[0].items())[0]
        form = PlaceOrderInput(items=[OrderItemInput(product_id=(await item.product()).id)], idempotency_key="iki")
        await orders.place_order(own, form)
    with clock.stopped(noon("2026-02-02")):
        await jobs.do_due()
        for row in await Invoice.filter(status=Invoice.UNPAID):
            assert "LATE_FEE" not in await kinds(row)
            assert await (await invoices.invoice(own, row.id)).next_late_fee() is None  # type: ignore[union-attr]


async def test_a_renewal_names_the_domain_where_there_is_one(site: Site) -> None:
    own, license_id = await bought(site, noon("2025-02-01"))
    for day, named in (("2026-01-03", "SMS"), ("2027-03-03", "SMS (şirket.com.tr)")):
        with clock.stopped(noon(day)):
            row = await renewed(own, license_id, day)
            lines = await InvoiceLine.filter(invoice=row)
            assert {line.description.partition(":")[0] for line in lines} == {named}
            await license_domains.bind_license_domain(own, license_id, "şirket.com.tr")


async def test_a_notice_of_transfer_stops_the_clock_of_the_late_fee(site: Site) -> None:
    own, license_id = await bought(site, noon("2025-02-01"))
    with clock.stopped(noon("2026-03-03")):
        await invoices.set_late_fee_rule(STAFF, FIVE_PERCENT)
        row = await renewed(own, license_id)
        told = await payments.report_bank_transfer(own, ID(ids.public("inv", row.id)), Decimal(40), "x", "parça")
        assert told.payment
    with clock.stopped(noon("2026-03-20")):
        await jobs.do_due()
        assert await kinds(row) == ["SUPPORT_RENEWAL"]
        await payments.confirm_payment(STAFF, told.payment.id)
        shown = await (await invoices.invoice(own, row.id)).next_late_fee()  # type: ignore[union-attr]
        assert shown
        # 17 days from the notice to its confirmation; 1400 of 1440 are still open.
        assert (shown.on.isoformat(), shown.amount.amount) == ("2026-03-31", Decimal("58.33"))


async def test_a_paid_invoice_is_corrected_by_a_credit_note_only(site: Site) -> None:
    own, license_id = await bought(site, noon("2025-02-01"))
    with clock.stopped(noon("2026-01-15")):
        row = await renewed(own, license_id)
        await paid(own, row, "1440", "öde")
        invoice_id = ID(ids.public("inv", row.id))
        part = (await invoices.issue_credit_note(STAFF, invoice_id, "Gecikmeli teslim", "k1", Decimal(100))).invoice
        assert part
        assert (part.total.amount, part.kind.value, part.number[:3]) == (Decimal("-120.00"), "CREDIT_NOTE", "WTI")
        assert [money.amount for money in await payments.credits(own)] == [Decimal("120.00")]
        again = (await invoices.issue_credit_note(STAFF, invoice_id, "Gecikmeli teslim", "k1", Decimal(100))).invoice
        assert again
        assert again.number == part.number
        rest = (await invoices.issue_credit_note(STAFF, invoice_id, "Yenilemeden vazgeçildi", "k2")).invoice
        assert rest
        assert rest.total.amount == Decimal("-1320.00")
        assert (await Invoice.get(id=row.id)).status == "REFUNDED"
        assert (await License.get()).support_until.isoformat() == "2026-02-01"
        assert sum(entry.minor for entry in await LedgerEntry.filter(invoice_id=None)) == 144000
    assert (await Invoice.get(id=row.id)).total_minor == 144000


async def test_a_credited_order_takes_its_licenses_with_it(site: Site) -> None:
    own, _ = await bought(site, noon("2025-02-01"))
    row = await Invoice.get()
    await invoices.issue_credit_note(STAFF, ID(ids.public("inv", row.id)), "Cayma", "k1")
    assert ((await Order.get()).status, (await License.get()).status) == ("REFUNDED", "CANCELLED")
    assert [money.amount for money in await payments.credits(own)] == [Decimal("3600.00")]


async def test_prices_and_rates_of_an_invoice_are_those_of_its_day(site: Site) -> None:
    own, _ = await bought(site, noon("2025-02-01"))
    product = await Product.get()
    product_id = ID(ids.public("prd", product.id))
    with clock.stopped(noon("2025-03-01")):
        changed = UpdateProductInput(price=Decimal(5000), prices_from=noon("2025-03-10"))
        await catalog.update_product(STAFF, product_id, changed)
        await catalog.set_vat_rate(STAFF, Decimal("22.5"), noon("2025-03-20").date())
    sums = []
    for day in ("2025-03-02", "2025-03-11", "2025-03-21"):
        with clock.stopped(noon(day)):
            form = PlaceOrderInput(items=[OrderItemInput(product_id=product_id)], idempotency_key=day)
            placed = (await orders.place_order(own, form)).order
            assert placed
            sums.append(placed.total.amount)
    assert sums == [Decimal("3600.00"), Decimal("6000.00"), Decimal("6125.00")]
    assert (await Invoice.filter(order_id__not_isnull=True).order_by("number").first()).total_minor == 360000  # type: ignore[union-attr]
    await catalog.retire_product(STAFF, product_id)
    seen = await site.data('{ products { totalCount } product(slug: "sms") { available } }')
    assert seen == {"products": {"totalCount": 0}, "product": {"available": False}}


async def test_the_catalog_knows_turkish_letters(site: Site) -> None:
    await catalog.create_category(STAFF, "hepsi", "Hepsi")
    names = ["Zeki", "Çınar", "Cem", "Işık", "İrem", "Irmak", "Ömer", "Oya", "Şule", "Sami", "Gül"]
    for at, name in enumerate(names):
        form = CreateProductInput(
            slug=f"modul-{at}",
            name=name,
            summary="Bir modül",
            description="Metin",
            category_slug="hepsi",
            price=Decimal(at),
            support_renewal_price=Decimal(0),
        )
        await catalog.create_product(STAFF, form)
    found, after = [], None
    while True:
        query = """query ($after: String) { products(first: 4, after: $after) { totalCount nodes { name }
          pageInfo { hasNextPage endCursor } } }"""
        page = (await site.data(query, {"after": after}))["products"]
        found += [node["name"] for node in page["nodes"]]
        assert page["totalCount"] == len(names)
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert found == ["Cem", "Çınar", "Gül", "Irmak", "Işık", "İrem", "Oya", "Ömer", "Sami", "Şule", "Zeki"]
    for typed in ("IŞIK", "ışık", "isik", "Isık"):
        seen = (await site.data("query ($s: String) { products(search: $s) { nodes { name } } }", {"s": typed}))[
            "products"
        ]
        assert [node["name"] for node in seen["nodes"]] == ["Işık"], typed
    for typed in ("%", "_", "'", "\\"):
        seen = (await site.data("query ($s: String) { products(search: $s) { totalCount } }", {"s": typed}))["products"]
        assert seen["totalCount"] == 0, typed


async def test_no_key_of_a_license_is_readable_in_the_database(site: Site) -> None:
    await bought(site, noon("2025-02-01"))
    await site.deliver()
    row = await License.get()
    stored = await site.everything_stored()
    assert row.key() not in stored
    assert row.key().split("-", 1)[1] not in stored
    assert row.key_mask in stored


async def test_staff_suspend_reinstate_and_cancel_with_a_reason_that_the_customer_reads(site: Site) -> None:
    own, license_id = await bought(site, noon("2025-02-01"))
    for act, status, letter in (
        (licenses.suspend_license, "SUSPENDED", "license_suspended"),
        (licenses.reinstate_license, "ACTIVE", "license_reinstated"),
        (licenses.cancel_license, "CANCELLED", "license_cancelled"),
    ):
        made = (await act(STAFF, license_id, f"Neden: {status}")).license
        assert made
        seen = await licenses.license(own, made.row.id)
        assert seen
        assert seen.status.value == status
        assert seen.status_reason == (None if status == "ACTIVE" else f"Neden: {status}")
        assert (await seen.events())[0].reason == f"Neden: {status}"
        assert await Letter.filter(kind=letter).count() == 1
    assert (clock.now() - timedelta(days=1)) < (await seen.events())[0].at
