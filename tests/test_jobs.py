"""The clock door by hand: what it did, what it would do, and as if it were another day."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from api import clock
from api.__main__ import _jobs
from api.audit import Act
from api.jobs import do_due, run_once, sweep
from api.models.audit import AuditEntry
from api.models.billing import Invoice
from api.models.letters import Letter
from api.models.licenses import License, VaultAccess, VaultSecret
from api.models.orders import Order
from api.resolvers import installations, orders, payments
from api.settings import Settings, SettingsError
from tests.cast import AYSE
from tests.doors import GraphqlDoor
from tests.site import Site
from tests.test_support_vectors import STAFF, bought, noon


async def lines(*, dry: bool = False) -> list[str]:
    said: list[str] = []
    await do_due(said.append, dry=dry)
    return said


async def test_a_dry_run_says_what_a_run_does_and_changes_nothing(site: Site) -> None:
    _, license_id = await bought(site, noon("2024-05-01"))
    with clock.stopped(noon("2025-04-01")):
        before = await site.row_counts()
        planned = await lines(dry=True)
        assert planned == [
            f"would: renewal invoice for license {license_id}, support until 2025-05-01",
            f"would: reminder for license {license_id}, support until 2025-05-01 (-30)",
        ]
        assert await site.row_counts() == before
        assert [f"would: {line}" for line in await lines()] == planned
        assert await lines() == []


async def test_an_order_that_is_not_paid_in_30_days_ends_with_its_invoice_and_licenses(site: Site) -> None:
    own, _ = await bought(site, noon("2024-05-01"))
    with clock.stopped(noon("2024-06-01")):
        product = (await (await orders.orders(own)).nodes[0].items())[0]
        items = [orders.OrderItemInput(product_id=(await product.product()).id, quantity=3)]
        placed = (await orders.place_order(own, orders.PlaceOrderInput(items=items, idempotency_key="iki"))).order
        assert placed
        invoice = await placed.invoice()
        told = await payments.report_bank_transfer(own, invoice.id, Decimal(100), "havale", "parça")
        assert told.payment
        await payments.confirm_payment(STAFF, told.payment.id)
    with clock.stopped(noon("2024-07-01")):
        assert [line for line in await lines() if line.startswith("order")] == []
    with clock.stopped(noon("2024-07-02")):
        ended = f"order {placed.number} is cancelled, unpaid for 30 days"
        assert [line for line in await lines() if line.startswith("order")] == [ended]
    row = await Order.get(id=placed.row.id)
    assert (row.status, row.cancel_reason) == ("CANCELLED", "Sipariş süresi içinde ödenmedi.")
    assert (await Invoice.get(id=invoice.row.id)).number == invoice.number
    assert {own.status for own in await License.filter(order_id=row.id)} == {"CANCELLED"}
    assert [money.amount for money in await payments.credits(own)] == [Decimal("100.00")]


async def test_an_order_with_a_notice_of_transfer_waits_for_staff(site: Site) -> None:
    own, _ = await bought(site, noon("2024-05-01"))
    with clock.stopped(noon("2024-06-01")):
        (bought_before,) = (await orders.orders(own)).nodes
        product = await (await bought_before.items())[0].product()
        form = orders.PlaceOrderInput(items=[orders.OrderItemInput(product_id=product.id)], idempotency_key="iki")
        placed = (await orders.place_order(own, form)).order
        assert placed
        await payments.report_bank_transfer(own, (await placed.invoice()).id, Decimal(3600), "havale", "iki")
    with clock.stopped(noon("2024-08-01")):
        assert [line for line in await lines() if line.startswith(("order", "reminder of"))] == []


async def test_access_data_that_nobody_reads_are_destroyed(site: Site) -> None:
    own, license_id = await bought(site, noon("2024-05-01"))
    with clock.stopped(noon("2024-05-02")):
        asked = (await installations.request_installation(own, license_id, "kurun")).request
        assert asked
        await installations.deposit_installation_access(own, asked.id, "ftp: gizli söz")
    with clock.stopped(noon("2024-05-08")):
        assert not [line for line in await lines() if "access data" in line]
        assert "gizli söz" not in await site.everything_stored()
    with clock.stopped(noon("2024-05-09")):
        assert [line for line in await lines() if "access data" in line] == [
            f"access data of installation {asked.id} are destroyed, unread"
        ]
    (secret,) = await VaultSecret.all()
    assert (secret.sealed, secret.destroyed_because) == (None, "EXPIRED")
    assert [touch.act for touch in await VaultAccess.all().order_by("at")] == ["DEPOSIT", "DESTROY"]


async def test_one_thing_that_fails_does_not_stop_the_rest(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await bought(site, noon("2024-05-01"))

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no")

    with clock.stopped(noon("2025-04-01")):
        monkeypatch.setattr("api.timetable.renewing.bill", broken)
        said = await lines()
        assert len(said) == 2
        assert said[1] == "failed, to be tried again: 1"
        assert "could not be done" in caplog.text
        monkeypatch.undo()
        assert len(await lines()) == 1


async def test_letters_of_a_day_go_out_with_it(site: Site) -> None:
    await bought(site, noon("2024-05-01"))
    said: list[str] = []
    with clock.stopped(noon("2025-05-08")):
        await run_once(site.settings, said.append)
    assert any(line.startswith("letters delivered") for line in said)
    assert await Letter.filter(due_at__lte=noon("2025-05-08")).count() == 0


async def test_what_is_past_its_retention_is_said_before_and_erased_once(site: Site) -> None:
    await GraphqlDoor(site).register(AYSE)
    with clock.stopped(clock.now() + timedelta(days=8)):
        said: list[str] = []
        await run_once(site.settings, said.append, dry=True)
        assert said[-1] == "would: rows past their retention erased: 1"
        assert sorted(await asyncio.gather(*(sweep() for _ in range(5)))) == [0, 0, 0, 0, 1]
    assert await AuditEntry.filter(act=Act.RETENTION_SWEEP.value).count() == 1


async def test_a_day_of_ones_own_is_for_the_demo_only(settings: Settings) -> None:
    production = replace(settings, production=True)
    with pytest.raises(SettingsError, match="--as-of"):
        await _jobs(production, once=True, as_of=clock.now() + timedelta(days=1), dry=False)
    with pytest.raises(SettingsError, match="--once"):
        await _jobs(settings, once=False, as_of=None, dry=True)
