"""What happened to the demo's customers; each story brings some of the states that there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from strawberry import ID

from api import clock
from api.caller import Caller
from api.demo.calendar import Story
from api.demo.people import ABROAD, CORPORATION, INDIVIDUAL, SOLE_PROPRIETOR, texts
from api.models import ids
from api.models.billing import Invoice
from api.models.licenses import License
from api.money import as_decimal
from api.resolvers import installations, invoices, license_domains, licenses, orders, payments
from api.resolvers.orders import AGREEMENT, CONSUMER_TEXTS
from api.schema.billing import LateFeeKind, LateFeeRuleInput
from api.schema.orders import OrderItemInput, PlaceOrderInput


@dataclass
class World:
    """The vendor's people and the customers by address, the modules' ids by slug; `staff` may do everything."""

    staff: Caller
    colleagues: dict[str, Caller]
    customers: dict[str, Caller]
    modules: dict[str, ID]
    serial: int = field(default=0)

    def key(self) -> str:
        """An idempotency key that was not used yet."""
        self.serial += 1
        return f"demo {self.serial}"


@dataclass(frozen=True)
class Purchase:
    """An order that was placed, as its story goes on with it."""

    world: World
    own: Caller
    order: ID
    invoice: ID
    total: Decimal
    licenses: list[ID]

    @property
    def license(self) -> ID:
        """Its first license."""
        return self.licenses[0]

    async def report(self, amount: Decimal | None = None) -> ID:
        """Tell of a transfer, of the whole sum unless another is given."""
        return await report(self.world, self.own, self.invoice, amount or self.total)

    async def pay(self, amount: Decimal | None = None) -> None:
        """Tell of a transfer that staff find."""
        await payments.confirm_payment(self.world.staff, await self.report(amount))


async def report(world: World, own: Caller, invoice: ID, amount: Decimal) -> ID:
    """Tell of a transfer made today; answers the payment's id."""
    told = await payments.report_bank_transfer(
        own, invoice, amount, "FAST havale", world.key(), paid_on=clock.today(), bank="Örnek Bankası"
    )
    if told.payment is None:
        raise RuntimeError("the transfer was not taken")
    return told.payment.id


async def buy(world: World, email: str, slug: str, domain: str | None = None, quantity: int = 1) -> Purchase:
    """Place an order as the site does, with every text accepted."""
    own = world.customers[email]
    shown = await texts(AGREEMENT, *CONSUMER_TEXTS.values())
    item = OrderItemInput(product_id=world.modules[slug], quantity=quantity, domain=domain)
    form = PlaceOrderInput(
        items=[item],
        idempotency_key=world.key(),
        accepted_agreement_id=shown[AGREEMENT],
        accepted_preliminary_information_id=shown[CONSUMER_TEXTS["accepted_preliminary_information_id"]],
        accepted_distance_sales_id=shown[CONSUMER_TEXTS["accepted_distance_sales_id"]],
        immediate_performance=True,
    )
    placed = (await orders.place_order(own, form)).order
    if placed is None:
        raise RuntimeError("the order was not taken")
    bill = await Invoice.get(order_id=placed.row.id)
    made = [
        ID(ids.public(License.PREFIX, row.id)) for row in await License.filter(order_id=placed.row.id).order_by("id")
    ]
    return Purchase(world, own, placed.id, ID(ids.public(Invoice.PREFIX, bill.id)), as_decimal(bill.total_minor), made)


async def steady(world: World) -> Story:
    """Three years of support, each renewal paid in time; the module is everywhere in the company."""
    yield 1200
    bought = await buy(world, CORPORATION.email, "sanal-pos-koprusu", "odeme.karaca.example.net")
    yield 1198
    await bought.pay()
    for days_ago in (1198 - 365 + 9, 1198 - 731 + 9, 1198 - 1096 + 9):
        yield days_ago
        await _pay_renewal(world, bought)


async def _pay_renewal(world: World, bought: Purchase) -> None:
    key = ids.key_of(str(bought.license), License.PREFIX)
    for bill in await Invoice.filter(license_id=key, status=Invoice.UNPAID):
        number = ID(ids.public(Invoice.PREFIX, bill.id))
        paid = await report(world, bought.own, number, as_decimal(bill.total_minor))
        await payments.confirm_payment(world.staff, paid)


async def soon_to_be_renewed(world: World) -> Story:
    """Support ends in twelve days; the clock door has billed the next year."""
    yield 355
    bought = await buy(world, CORPORATION.email, "sms-habercisi", "sms.karaca.example.net")
    yield 353
    await bought.pay()


async def lapsed_a_year(world: World) -> Story:
    """Bought two years ago, never renewed; the customer has asked what it costs and was billed."""
    yield 2 * 365 + 20
    bought = await buy(world, CORPORATION.email, "havale-eslestirici", "banka.karaca.example.net")
    yield 2 * 365 + 17
    await bought.pay()
    yield 16
    await licenses.renew_support(bought.own, bought.license, world.key())


async def lapsed_three_years(world: World) -> Story:
    """Bought four years ago and left alone since."""
    yield 4 * 365 + 45
    bought = await buy(world, SOLE_PROPRIETOR.email, "tr-alan-adi-kaydi", "toprak.example.net")
    yield 4 * 365 + 43
    await bought.pay()


async def suspended(world: World) -> Story:
    """Found running on a second domain."""
    yield 300
    bought = await buy(world, CORPORATION.email, "giris-bekcisi", "panel.karaca.example.net")
    yield 299
    await bought.pay()
    yield 15
    await licenses.suspend_license(
        world.staff, bought.license, "Lisans ikinci bir alan adında çalışıyor (madde 3); kaldırılınca açılacaktır."
    )


async def cancelled_by_staff(world: World) -> Story:
    """One of three licenses is given up by its customer."""
    yield 500
    bought = await buy(world, SOLE_PROPRIETOR.email, "gelir-panosu", quantity=3)
    yield 496
    await bought.pay()
    yield 490
    await license_domains.bind_license_domain(bought.own, bought.license, "rapor.toprak.example.net")
    yield 210
    await licenses.cancel_license(world.staff, bought.licenses[1], "Müşterinin yazılı isteği üzerine sonlandırıldı.")


async def with_credit(world: World) -> Story:
    """Paid too much, and got a part back by a credit note."""
    yield 160
    bought = await buy(world, SOLE_PROPRIETOR.email, "dogrulama-kodu", "kod.toprak.example.net")
    yield 158
    await bought.pay(bought.total + 250)
    yield 150
    await invoices.issue_credit_note(
        world.staff, bought.invoice, "Kampanya indirimi sonradan uygulandı.", world.key(), Decimal(100)
    )


async def refunded(world: World) -> Story:
    """The whole invoice is corrected; its license ends with it."""
    yield 240
    bought = await buy(world, ABROAD.email, "alan-adi-gozcusu", "weber.example.net")
    yield 238
    await bought.pay()
    yield 232
    await invoices.issue_credit_note(
        world.staff, bought.invoice, "The module does not work with the customer's registry.", world.key()
    )


async def never_paid(world: World) -> Story:
    """Nobody paid; the clock door cancelled it after 30 days."""
    yield 95
    await buy(world, ABROAD.email, "bulut-yedek", "backup.weber.example.net")


async def given_up(world: World) -> Story:
    """The customer cancelled the order."""
    yield 70
    bought = await buy(world, CORPORATION.email, "askiya-alma-takvimi")
    yield 69
    await orders.cancel_order(bought.own, bought.order)


async def installed(world: World) -> Story:
    """A free installation from the wish to its end; the access data were read once."""
    yield 62
    bought = await buy(world, INDIVIDUAL.email, "hizmet-orkestrasi", "akis.elif.example.net")
    yield 60
    await bought.pay()
    yield 58
    request = await _ask(bought, "cPanel kurulu; akşam saatleri uygundur.")
    yield 56
    await _schedule(world, request)
    yield 55
    await installations.deposit_installation_access(bought.own, request, "panel: demo, parola: ornek-erisim-1")
    yield 54
    await installations.read_installation_access(world.staff, request)
    await installations.complete_installation(world.staff, request, "Kuruldu ve bir deneme siparişiyle sınandı.")


async def installation_scheduled(world: World) -> Story:
    """Access data lie in the vault, unread; staff will come tomorrow."""
    yield 12
    bought = await buy(world, INDIVIDUAL.email, "giris-bekcisi", "panel.elif.example.net")
    yield 11
    await bought.pay()
    yield 9
    request = await _ask(bought, "Yedek alındı, istediğiniz zaman başlayabilirsiniz.")
    yield 2
    await installations.schedule_installation(world.staff, request, clock.now() + timedelta(days=3, hours=4))
    yield 1
    await installations.deposit_installation_access(bought.own, request, "ssh: demo, parola: ornek-erisim-2")


async def installation_requested(world: World) -> Story:
    """A wish that waits for staff."""
    yield 6
    bought = await buy(world, INDIVIDUAL.email, "sms-habercisi", "sms.elif.example.net")
    yield 4
    await bought.pay()
    yield 3
    await _ask(bought, "Gönderici adımız onaylandı; kurulumu bekliyoruz.")


async def _ask(bought: Purchase, note: str) -> ID:
    made = (await installations.request_installation(bought.own, bought.license, note)).request
    if made is None:
        raise RuntimeError("the installation was not taken")
    return made.id


async def _schedule(world: World, request: ID) -> None:
    await installations.schedule_installation(world.staff, request, clock.now() + timedelta(days=2))


async def overdue(world: World) -> Story:
    """Twelve days old, five days late; a first transfer was not found."""
    yield 12
    bought = await buy(world, ABROAD.email, "gelir-panosu", "reports.weber.example.net")
    yield 10
    told = await bought.report()
    yield 8
    await payments.reject_payment(world.staff, told, "No transfer of this amount arrived; please check the IBAN.")


async def partly_paid(world: World) -> Story:
    """Half of it arrived."""
    yield 5
    bought = await buy(world, SOLE_PROPRIETOR.email, "alan-adi-gozcusu", "gozcu.toprak.example.net")
    yield 4
    await bought.pay((bought.total / 2).quantize(Decimal("0.01")))


async def transfer_waits(world: World) -> Story:
    """Told of yesterday; staff have not looked yet."""
    yield 3
    bought = await buy(world, SOLE_PROPRIETOR.email, "hizmet-orkestrasi", "akis.toprak.example.net")
    yield 1
    await bought.report()


async def due(world: World) -> Story:
    """Ordered the day before yesterday, to be paid this week."""
    yield 2
    await buy(world, INDIVIDUAL.email, "dogrulama-kodu", "kod.elif.example.net")


async def late_fee(world: World) -> Story:
    """Since half a year paying late costs something; three weeks are free."""
    yield 180
    rule = LateFeeRuleInput(
        kind=LateFeeKind.PERCENT, grace_days=21, percent=Decimal(2), minimum=Decimal(25), maximum=Decimal(500)
    )
    await invoices.set_late_fee_rule(world.staff, rule)


# How many days ago each begins: one from before the vendor's first texts is left out.
STORIES: dict[Callable[[World], Story], int] = {
    lapsed_three_years: 4 * 365 + 45,
    steady: 1200,
    lapsed_a_year: 2 * 365 + 20,
    cancelled_by_staff: 500,
    soon_to_be_renewed: 355,
    suspended: 300,
    refunded: 240,
    late_fee: 180,
    with_credit: 160,
    never_paid: 95,
    given_up: 70,
    installed: 62,
    installation_scheduled: 12,
    overdue: 12,
    installation_requested: 6,
    partly_paid: 5,
    transfer_waits: 3,
    due: 2,
}
