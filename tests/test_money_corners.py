"""Corners in which money could be made or lost: prices that change, fees waived, refunds, nested fields, odd input."""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

from strawberry import ID

from api import clock, jobs, settings
from api.models import ids
from api.models.billing import Invoice, LedgerEntry
from api.models.catalog import Product
from api.models.licenses import License
from api.refusal import Refusal
from api.resolvers import catalog, invoices, licenses, payments
from api.schema.catalog import UpdateProductInput
from tests.cast import AYSE
from tests.site import Site
from tests.test_access import _account, _api_token
from tests.test_commerce import FIVE_PERCENT, paid, renewed
from tests.test_commerce_access import _belongings
from tests.test_support_vectors import STAFF, bought, noon


async def quoted(own: Any, license_id: ID, day: str) -> list[Decimal]:
    """Back payment, renewal, VAT and total of the quote and of the invoice of a day, which must be the same."""
    with clock.stopped(noon(day)):
        key = ids.key_of(str(license_id), "lic")
        assert key
        shown = await licenses.license(own, key)
        assert shown
        quote = await shown.support_renewal_quote()
        row = await renewed(own, license_id, day)
        assert (row.net_minor, row.tax_minor) == (quote.back_payment.minor + quote.renewal.minor, quote.tax.minor)
        return [money.amount for money in (quote.back_payment, quote.renewal, quote.total)]


async def test_asking_again_and_again_keeps_each_years_own_price(site: Site) -> None:
    own, license_id = await bought(site, noon("2024-05-01"))
    assert await quoted(own, license_id, "2025-04-20") == [0, Decimal("1200.00"), Decimal("1440.00")]
    with clock.stopped(noon("2025-06-01")):
        product_id = ID(ids.public("prd", (await Product.get()).id))
        await catalog.update_product(STAFF, product_id, UpdateProductInput(support_renewal_price=Decimal("1500.01")))
    both = [Decimal("1200.00"), Decimal("1500.01"), Decimal("3240.01")]
    assert await quoted(own, license_id, "2026-05-02") == both
    assert await quoted(own, license_id, "2026-08-02") == both
    three = [Decimal("2700.01"), Decimal("1500.01"), Decimal("5040.02")]
    assert await quoted(own, license_id, "2027-05-02") == three
    assert await quoted(own, license_id, "2027-06-02") == three


async def test_paying_by_the_day_asked_for_daily_costs_a_year_and_its_days(site: Site) -> None:
    own, license_id = await bought(site, noon("2024-05-01"))
    before = settings.current()
    settings.use(replace(before, support=replace(before.support, backpay_mode="prorata_days_plus_year")))
    try:
        for day, back in (
            ("2025-05-02", "3.29"),
            ("2025-05-03", "6.58"),
            ("2025-05-04", "9.86"),
            ("2028-11-22", "4277.26"),
        ):
            found = await quoted(own, license_id, day)
            assert found[:2] == [Decimal(back), Decimal("1200.00")], day
        with clock.stopped(noon("2028-11-22")):
            row = await Invoice.filter(status=Invoice.UNPAID).get()
            await paid(own, row, str(Decimal(row.total_minor) / 100), "öde")
    finally:
        settings.use(before)
    assert (await License.get()).support_until.isoformat() == "2029-11-22"


async def test_what_was_paid_of_a_waived_fee_is_credit(site: Site) -> None:
    own, license_id = await bought(site, noon("2025-02-01"))
    with clock.stopped(noon("2026-03-03")):
        await invoices.set_late_fee_rule(STAFF, FIVE_PERCENT)
        row = await renewed(own, license_id)
    with clock.stopped(noon("2026-03-20")):
        await jobs.do_due()
        await paid(own, row, "1450", "çoğu")
        await invoices.waive_late_fee(STAFF, ID(ids.public("inv", row.id)), "Özür")
        assert (await Invoice.get(id=row.id)).status == "PAID"
        assert [money.amount for money in await payments.credits(own)] == [Decimal("10.00")]


async def test_the_quote_tells_of_the_late_fee_that_it_takes_over(site: Site) -> None:
    own, license_id = await bought(site, noon("2024-05-01"))
    with clock.stopped(noon("2025-04-20")):
        await invoices.set_late_fee_rule(STAFF, FIVE_PERCENT)
        await renewed(own, license_id)
    with clock.stopped(noon("2025-06-01")):
        await jobs.do_due()
    for day, total in (("2025-06-02", "1512.00"), ("2026-05-02", "2952.00")):
        with clock.stopped(noon(day)):
            key = ids.key_of(str(license_id), "lic")
            assert key
            shown = await licenses.license(own, key)
            assert shown
            quote = await shown.support_renewal_quote()
            assert (quote.late_fee.amount, quote.total.amount) == (Decimal("72.00"), Decimal(total))
            assert (await renewed(own, license_id, day)).total_minor == int(Decimal(total) * 100)


async def test_no_fee_is_charged_while_a_notice_waits_though_the_rule_is_younger(site: Site) -> None:
    own, license_id = await bought(site, noon("2025-02-01"))
    with clock.stopped(noon("2026-03-03")):
        row = await renewed(own, license_id)
    with clock.stopped(noon("2026-05-25")):
        await payments.report_bank_transfer(own, ID(ids.public("inv", row.id)), Decimal(1440), "x", "haber")
    with clock.stopped(noon("2026-06-01")):
        await invoices.set_late_fee_rule(STAFF, FIVE_PERCENT)
        await jobs.do_due()
    with clock.stopped(noon("2026-06-20")):
        await jobs.do_due()
    assert (await Invoice.get(id=row.id)).total_minor == 144000


async def test_a_refund_takes_the_open_renewal_with_it(site: Site) -> None:
    own, license_id = await bought(site, noon("2025-02-01"))
    with clock.stopped(noon("2026-01-15")):
        second = await renewed(own, license_id)
        await paid(own, second, "1440", "iki")
        third = await renewed(own, license_id, "üç")
        await invoices.issue_credit_note(STAFF, ID(ids.public("inv", second.id)), "Vazgeçti", "k")
        assert (await Invoice.get(id=third.id)).status == "CANCELLED"
        assert (await License.get()).terms_paid == 1


async def test_credit_notes_never_return_more_than_was_paid(site: Site) -> None:
    own, license_id = await bought(site, noon("2025-02-01"))
    with clock.stopped(noon("2026-01-15")):
        product_id = ID(ids.public("prd", (await Product.get()).id))
        await catalog.update_product(STAFF, product_id, UpdateProductInput(support_renewal_price=Decimal("0.99")))
        row = await renewed(own, license_id)
        await paid(own, row, "1.19", "öde")
        invoice_id = ID(ids.public("inv", row.id))
        for turn in range(40):
            # VAT is rounded up on each part, so that the whole is used up before the 33rd.
            with suppress(Refusal):
                await invoices.issue_credit_note(STAFF, invoice_id, "Parça parça", f"{turn}", Decimal("0.03"))
        with suppress(Refusal):
            await invoices.issue_credit_note(STAFF, invoice_id, "Kalanı", "son")
        assert sum(entry.minor for entry in await LedgerEntry.filter(invoice_id=row.id)) == 0
        assert sum(entry.minor for entry in await LedgerEntry.filter(invoice_id=None)) == 119


async def test_a_token_sees_of_nested_objects_what_its_scopes_allow(site: Site) -> None:
    staff = await site.staff_token()
    session = await _account(site, AYSE)
    await _belongings(site, session, staff)
    bills = await _api_token(AYSE["email"], "invoices:read")
    keys = await _api_token(AYSE["email"], "licenses:read")
    orders = "{ orders { nodes { number licenses { key } } } }"
    nested = "{ licenses { nodes { key order { number } } } }"
    whole = (await License.get()).key()
    assert (await site.data(orders, token=session))["orders"]["nodes"][0]["licenses"] == [{"key": whole}]
    assert (await site.data(orders, token=bills))["orders"]["nodes"][0]["licenses"] == []
    assert (await site.data(nested, token=session))["licenses"]["nodes"][0]["order"] is not None
    assert (await site.data(nested, token=keys))["licenses"]["nodes"] == [{"key": whole, "order": None}]


async def test_odd_values_are_refused_and_nothing_breaks(site: Site) -> None:
    await bought(site, noon("2025-02-01"))
    staff = await site.staff_token()
    product = ids.public("prd", (await Product.get()).id)
    naive = """mutation ($id: ID!) {
      updateProduct(productId: $id, input: {price: "1", pricesFrom: "2999-01-01T00:00:00"}) {
        errors { code field } } }"""
    answer = await site.ask(naive, {"id": product}, staff)
    refused = [{"code": "INVALID", "field": ["pricesFrom"]}]
    assert answer["data"] is None or answer["data"]["updateProduct"]["errors"] == refused
    assert "INTERNAL" not in str(answer)
    for value in ("\0", "a\0b"):
        cursor = base64.urlsafe_b64encode(f'["{value!s}", "{"0" * 32}"]'.replace("\0", "\\u0000").encode()).decode()
        answer = await site.ask("query ($c: String) { products(after: $c) { totalCount } }", {"c": cursor})
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_REQUEST"]
    cursor = base64.urlsafe_b64encode(f'["0001-01-01T00:00:00+14:00", "{"0" * 32}"]'.encode()).decode()
    answer = await site.ask("query ($c: String) { orders(after: $c) { totalCount } }", {"c": cursor}, staff)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_REQUEST"]
    order = """mutation ($id: ID!, $t: Decimal) { placeOrder(input: {items: [{productId: $id}], idempotencyKey: "t",
      expectedTotal: $t}) { errors { code field } } }"""
    session = await _account(site, AYSE)
    for total in ("sNaN", "NaN", "-1", "1E+999999"):
        answer = await site.ask(order, {"id": product, "t": total}, session)
        assert "INTERNAL" not in str(answer), total
        assert answer.get("errors") or answer["data"]["placeOrder"]["errors"], total
