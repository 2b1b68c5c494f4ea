"""Gateways: what each takes for an invoice, and that a wrong sum or currency never pays one."""

from __future__ import annotations

from decimal import Decimal

import pytest
from strawberry import ID

from api.gateways.payments import BANK_TRANSFER, GATEWAYS, PUBLIC_STATE, Exact, GatewayState, Notice
from api.models import ids
from api.models.billing import Invoice, LedgerEntry, Payment
from api.money import Currency
from api.refusal import Refusal
from api.resolvers import licenses, payments
from tests.site import Site
from tests.test_support_vectors import STAFF, bought, noon

CARD = Exact("card")


@pytest.mark.parametrize(
    ("minor", "currency", "by_transfer", "by_card"),
    [
        (144000, Currency.TRY, True, True),
        (143999, Currency.TRY, True, False),
        (144001, Currency.TRY, True, False),
        (144000, Currency.EUR, False, False),
        (0, Currency.TRY, False, False),
        (-144000, Currency.TRY, False, False),
    ],
)
def test_what_a_gateway_takes_for_1440_lira(
    minor: int, currency: Currency, *, by_transfer: bool, by_card: bool
) -> None:
    notice = Notice("x", GatewayState.PAID, minor, currency)
    assert BANK_TRANSFER.pays(notice, 144000, "TRY") is by_transfer
    assert CARD.pays(notice, 144000, "TRY") is by_card


def test_every_state_of_a_provider_is_one_of_the_contract() -> None:
    assert set(PUBLIC_STATE) == set(GatewayState)
    assert {PUBLIC_STATE[state] for state in (GatewayState.FAILED, GatewayState.EXPIRED)} == {"REJECTED"}


async def test_a_provider_that_collected_another_sum_does_not_pay(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GATEWAYS, CARD.name, CARD)
    own, license_id = await bought(site, noon("2025-02-01"))
    invoice = (await licenses.renew_support(own, license_id, "yenile")).invoice
    assert invoice
    before = await LedgerEntry.all().count()
    for minor, code in ((invoice.total.minor - 1, "AMOUNT_MISMATCH"), (invoice.total.minor, None)):
        told = await payments.report_bank_transfer(own, invoice.id, Decimal(1), "x", f"{minor}")
        assert told.payment
        row = told.payment.row
        await Payment.filter(id=row.id).update(gateway=CARD.name, method=CARD.method, minor=minor)
        payment_id = ID(ids.public("pay", row.id))
        if code is None:
            await payments.confirm_payment(STAFF, payment_id)
            continue
        with pytest.raises(Refusal) as refused:
            await payments.confirm_payment(STAFF, payment_id)
        assert [(problem.code, problem.field) for problem in refused.value.problems] == [(code, ("payment_id",))]
        assert (await Invoice.get(id=invoice.row.id)).status == "UNPAID"
        assert (await Payment.get(id=row.id)).status == "REPORTED"
        assert await LedgerEntry.all().count() == before
    assert (await Invoice.get(id=invoice.row.id)).status == "PAID"
