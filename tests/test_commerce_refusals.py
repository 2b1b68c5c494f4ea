"""What orders, payments, renewals and installations refuse: the code, the field, and nothing changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from api import clock
from api.models import database, ids
from api.models.accounts import Account
from api.models.audit import AuditEntry
from api.models.licenses import License, LicenseEvent
from tests.cast import BORA, CEM
from tests.doors import GraphqlDoor, joined
from tests.site import Site
from tests.test_access import _everything
from tests.test_commerce_access import _belongings

ORDER = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { order { id number invoice { id number }
  licenses { id } evidence { kind document { version } } agreement { version } } errors { code field message } } }"""
CREATE = """mutation ($slug: String!, $currency: Currency!) { createProduct(input: {slug: $slug, name: "Modül",
  summary: "Özet", description: "Metin", categorySlug: "sms", price: "10", supportRenewalPrice: "4",
  currency: $currency}) { product { id } errors { code field } } }"""
TELL = """mutation ($id: ID!, $amount: Decimal!, $key: String!, $reference: String!, $on: Date) {
  reportBankTransfer(invoiceId: $id, amount: $amount, reference: $reference, idempotencyKey: $key, paidOn: $on) {
    payment { id } errors { code field } } }"""
CONFIRM = """mutation ($id: ID!, $amount: Decimal) { confirmPayment(paymentId: $id, amount: $amount) {
  payment { status } errors { code field } } }"""
REJECT = 'mutation ($id: ID!) { rejectPayment(paymentId: $id, reason: "gelmedi") { errors { code field } } }'
DOCUMENTS = """{ information: agreement(kind: PRELIMINARY_INFORMATION) { id }
  sales: agreement(kind: DISTANCE_SALES) { id } agreement(kind: SERVICE_AGREEMENT) { id } }"""


class World:
    """Bora with an active license, and what he is sold."""

    def __init__(self, site: Site, staff: str, bora: str, own: dict[str, str], product: str) -> None:
        self.site, self.staff, self.bora, self.own, self.product = site, staff, bora, own, product

    async def order(self, items: Any, key: str = "yeni", session: str | None = None, **more: Any) -> dict[str, Any]:
        given = {"items": items, "idempotencyKey": key} | more
        made: dict[str, Any] = (await self.site.data(ORDER, {"input": given}, session or self.bora))["placeOrder"]
        return made

    def item(self, **more: Any) -> dict[str, Any]:
        return {"productId": self.product} | more


@pytest.fixture
async def world(site: Site) -> World:
    staff = await site.staff_token()
    bora = await joined(GraphqlDoor(site), site, BORA)
    own = await _belongings(site, bora, staff)
    product = (await site.data('{ product(slug: "sms") { id } }'))["product"]["id"]
    return World(site, staff, bora, own, product)


def told(errors: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(error["code"], ".".join(error["field"] or [])) for error in errors}


@pytest.mark.parametrize("quantity", [0, -1, 101, 2_000_000_000])
async def test_a_quantity_is_1_to_100(world: World, quantity: int) -> None:
    before = await _everything()
    made = await world.order([world.item(quantity=quantity)])
    assert told(made["errors"]) == {("INVALID", "items.0.quantity")}
    assert await _everything() == before


async def test_what_is_no_number_does_not_reach_the_resolver(world: World) -> None:
    before = await _everything()
    for wrong in (1.5, "1", None, 10**12):
        given = {"items": [world.item(quantity=wrong)], "idempotencyKey": "x"}
        answer = await world.site.ask(ORDER, {"input": given}, world.bora)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_REQUEST"], wrong
    answer = await world.site.ask(CREATE, {"slug": "x", "currency": "XAU"}, world.staff)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_REQUEST"]
    assert await _everything() == before


async def test_the_items_of_an_order(world: World) -> None:
    other = (await world.site.data(CREATE, {"slug": "usd", "currency": "USD"}, world.staff))["createProduct"]["product"]
    before = await _everything()
    table: list[tuple[list[dict[str, Any]], set[tuple[str, str]]]] = [
        ([], {("REQUIRED", "items")}),
        ([world.item()] * 21, {("INVALID", "items")}),
        ([world.item(), {"productId": other["id"]}], {("INVALID", "items")}),
        ([world.item(), {"productId": ids.public("prd", ids.new_id())}], {("NOT_FOUND", "items.1.productId")}),
        ([{"productId": world.own["inv"]}], {("NOT_FOUND", "items.0.productId")}),
        ([{"productId": "x\0"}], {("NOT_FOUND", "items.0.productId")}),
        ([world.item(quantity=2, domain="a.com.tr")], {("NOT_ALLOWED", "items.0.domain")}),
        ([world.item(domain="127.0.0.1")], {("INVALID_DOMAIN", "items.0.domain")}),
        ([world.item(domain="x\0y")], {("INVALID_DOMAIN", "items.0.domain")}),
        ([world.item(domain="a" * 5000)], {("INVALID_DOMAIN", "items.0.domain")}),
        (
            [world.item(quantity=0), world.item(domain="-")],
            {("INVALID", "items.0.quantity"), ("INVALID_DOMAIN", "items.1.domain")},
        ),
    ]
    for items, expected in table:
        assert told((await world.order(items))["errors"]) == expected, items
    assert told((await world.order([world.item()], key=" "))["errors"]) == {("REQUIRED", "idempotencyKey")}
    assert told((await world.order([world.item()], key="x" * 101))["errors"]) == {("TOO_LONG", "idempotencyKey")}
    stale = await world.order([world.item()], expectedTotal="1.00")
    assert told(stale["errors"]) == {("STALE", "expectedTotal")}
    assert await _everything() == before


async def test_a_key_stands_for_one_order(world: World) -> None:
    first = await world.order([world.item()], "anahtar")
    again = await world.order([world.item()], "anahtar")
    assert again["order"] == first["order"]
    other = await world.order([world.item(quantity=2)], "anahtar")
    assert told(other["errors"]) == {("IDEMPOTENCY_CONFLICT", "idempotencyKey")}


async def test_a_consumer_accepts_two_texts_more_and_asks_for_performance(world: World) -> None:
    cem = await joined(GraphqlDoor(world.site), world.site, CEM)
    texts = await world.site.data(DOCUMENTS)
    information, sales = texts["information"]["id"], texts["sales"]["id"]
    before = await _everything()
    names = ("acceptedPreliminaryInformationId", "acceptedDistanceSalesId", "immediatePerformance")
    missing = await world.order([world.item()], session=cem)
    assert told(missing["errors"]) == {("REQUIRED", name) for name in names}
    swapped = dict(zip(names, (sales, information, True), strict=True))
    wrong = await world.order([world.item()], session=cem, **swapped)
    assert told(wrong["errors"]) == {("AGREEMENT_OUTDATED", name) for name in names[:2]}
    assert await _everything() == before
    right = dict(zip(names, (information, sales, True), strict=True))
    made = await world.order([world.item()], session=cem, acceptedAgreementId=texts["agreement"]["id"], **right)
    assert made["errors"] == []
    kinds = {evidence["kind"] for evidence in made["order"]["evidence"]}
    assert kinds == {"SERVICE_AGREEMENT", "PRELIMINARY_INFORMATION", "DISTANCE_SALES", "IMMEDIATE_PERFORMANCE"}


@pytest.mark.parametrize(
    ("amount", "code"),
    [("0", "INVALID"), ("-1", "INVALID"), ("0.001", "INVALID"), ("1E+30", "INVALID"), ("99999999999", "INVALID"),
     ("NaN", "INVALID"), ("Infinity", "INVALID"), ("1E-2000000", "INVALID")],
)  # fmt: skip
async def test_an_amount_is_a_sum_of_money(world: World, amount: str, code: str) -> None:
    order = (await world.order([world.item()]))["order"]
    before = await _everything()
    given = {"id": order["invoice"]["id"], "amount": amount, "key": "ö", "reference": "x"}
    answer = await world.site.ask(TELL, given, world.bora)
    if "errors" in answer:
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_REQUEST"], answer
    else:
        assert told(answer["data"]["reportBankTransfer"]["errors"]) == {(code, "amount")}
    assert await _everything() == before


async def test_a_new_price_is_a_sum_of_money(world: World) -> None:
    change = """mutation ($id: ID!, $input: UpdateProductInput!) { updateProduct(productId: $id, input: $input) {
      errors { code field } } }"""
    before = await _everything()
    for sums in ({"price": "-1"}, {"price": "0.001"}, {"supportRenewalPrice": "1E+9"}):
        made = await world.site.data(change, {"id": world.product, "input": sums}, world.staff)
        assert told(made["updateProduct"]["errors"]) == {("INVALID", name) for name in sums}
    assert await _everything() == before


async def test_what_a_notice_may_say(world: World) -> None:
    order = (await world.order([world.item()]))["order"]
    unpaid, paid = order["invoice"]["id"], world.own["inv"]
    before = await _everything()
    fine = {"id": unpaid, "amount": "1200", "key": "ö", "reference": "x", "on": None}
    tomorrow, long_ago = clock.today() + timedelta(days=1), clock.today() - timedelta(days=900)
    for change, expected in (
        ({"reference": "  "}, ("REQUIRED", "reference")),
        ({"reference": "x" * 141}, ("TOO_LONG", "reference")),
        ({"key": ""}, ("REQUIRED", "idempotencyKey")),
        ({"on": tomorrow.isoformat()}, ("INVALID", "paidOn")),
        ({"on": long_ago.isoformat()}, ("INVALID", "paidOn")),
        ({"id": paid}, ("ALREADY_PAID", "invoiceId")),
    ):
        answer = await world.site.data(TELL, fine | change, world.bora)
        assert told(answer["reportBankTransfer"]["errors"]) == {expected}
    assert await _everything() == before
    await world.site.data(
        "mutation ($id: ID!) { cancelOrder(orderId: $id) { errors { code } } }", {"id": order["id"]}, world.bora
    )
    closed = await world.site.data(TELL, fine, world.bora)
    assert told(closed["reportBankTransfer"]["errors"]) == {("NOT_ALLOWED", "invoiceId")}


async def test_a_payment_is_decided_once(world: World) -> None:
    order = (await world.order([world.item()]))["order"]
    given = {"id": order["invoice"]["id"], "amount": "1200", "key": "ö", "reference": "x"}
    payment = (await world.site.data(TELL, given, world.bora))["reportBankTransfer"]["payment"]["id"]

    async def confirm(amount: str | None = None) -> set[tuple[str, str]]:
        made = await world.site.data(CONFIRM, {"id": payment, "amount": amount}, world.staff)
        return told(made["confirmPayment"]["errors"])

    assert await confirm("1199.99") == {("AMOUNT_MISMATCH", "amount")}
    assert await confirm("0") == {("INVALID", "amount")}
    assert (await world.site.data(REJECT, {"id": payment}, world.staff))["rejectPayment"]["errors"] == []
    assert await confirm() == {("NOT_ALLOWED", "paymentId")}
    first = {"id": world.own["pay"]}
    assert told((await world.site.data(REJECT, first, world.staff))["rejectPayment"]["errors"]) == {
        ("NOT_ALLOWED", "paymentId")
    }
    again = await world.site.data(CONFIRM, first, world.staff)
    assert again["confirmPayment"] == {"payment": {"status": "CONFIRMED"}, "errors": []}


async def test_a_pending_or_cancelled_license_is_not_renewed(world: World) -> None:
    pending = (await world.order([world.item()]))["order"]["licenses"][0]["id"]
    renew = 'mutation ($id: ID!) { renewSupport(licenseId: $id, idempotencyKey: "r") { errors { code field } } }'
    cancel = 'mutation ($id: ID!) { cancelLicense(licenseId: $id, reason: "deneme") { errors { code field } } }'
    for own in (pending, world.own["lic"]):
        if own != pending:
            assert (await world.site.data(cancel, {"id": own}, world.staff))["cancelLicense"]["errors"] == []
        made = await world.site.data(renew, {"id": own}, world.bora)
        assert told(made["renewSupport"]["errors"]) == {("NOT_ALLOWED", "licenseId")}
    again = await world.site.data(cancel, {"id": world.own["lic"]}, world.staff)
    assert told(again["cancelLicense"]["errors"]) == {("NOT_ALLOWED", "licenseId")}


async def test_no_path_changes_the_owner_of_a_license(world: World) -> None:
    (row,) = await License.all()
    ask = """mutation ($id: ID!) { requestLicenseTransfer(licenseId: $id, toEmail: "cem@example.net") {
      license { id } errors { code field message } } }"""
    made = (await world.site.data(ask, {"id": world.own["lic"]}, world.bora))["requestLicenseTransfer"]
    assert made["license"] is None
    assert told(made["errors"]) == {("TRANSFER_FORBIDDEN", "licenseId")}
    assert "5.1.4" in made["errors"][0]["message"]
    assert await LicenseEvent.filter(kind="TRANSFER_REFUSED").count() == 1
    assert await AuditEntry.filter(act="transfer:refuse").count() == 1
    await joined(GraphqlDoor(world.site), world.site, CEM)
    other = await Account.exclude(id=row.account_id).first()
    assert other
    with pytest.raises((IntegrityError, OperationalError)):
        await License.filter(id=row.id).update(account_id=other.id)
    row.account_id = other.id
    with pytest.raises((IntegrityError, OperationalError)):
        await row.save()
    assert (await License.get(id=row.id)).account_id != other.id
    assert (await database.rows("SELECT COUNT(*) AS n FROM licenses", []))[0]["n"] == 1


async def test_installation_is_asked_for_in_time_and_once(world: World) -> None:
    ask = 'mutation ($id: ID!) { requestInstallation(licenseId: $id, note: "kurun") { errors { code field } } }'
    twice = await world.site.data(ask, {"id": world.own["lic"]}, world.bora)
    assert told(twice["requestInstallation"]["errors"]) == {("ALREADY_EXISTS", "licenseId")}
    back = "mutation ($id: ID!) { cancelInstallation(requestId: $id) { errors { code field } } }"
    assert (await world.site.data(back, {"id": world.own["ins"]}, world.bora))["cancelInstallation"]["errors"] == []
    pending = (await world.order([world.item()]))["order"]["licenses"][0]["id"]
    unpaid = await world.site.data(ask, {"id": pending}, world.bora)
    assert told(unpaid["requestInstallation"]["errors"]) == {("NOT_ALLOWED", "licenseId")}
    with clock.stopped(clock.start_of(clock.today() + timedelta(days=31))):
        bora = (await GraphqlDoor(world.site).sign_in(BORA["email"], BORA["password"])).session
        late = await world.site.data(ask, {"id": world.own["lic"]}, bora)
    assert told(late["requestInstallation"]["errors"]) == {("INSTALLATION_WINDOW_CLOSED", "licenseId")}


async def test_an_address_that_nobody_can_have_is_no_assignee(world: World) -> None:
    plan = """mutation ($id: ID!, $at: DateTime!, $to: String!) {
      scheduleInstallation(requestId: $id, scheduledFor: $at, assigneeEmail: $to) { errors { code field } } }"""
    given = {"id": world.own["ins"], "at": (clock.now() + timedelta(days=1)).isoformat(), "to": "x" * 300}
    made = await world.site.data(plan, given, world.staff)
    assert told(made["scheduleInstallation"]["errors"]) == {("NOT_FOUND", "assigneeEmail")}


async def test_a_license_cancelled_since_is_not_installed(world: World) -> None:
    cancel = 'mutation ($id: ID!) { cancelLicense(licenseId: $id, reason: "deneme") { errors { code field } } }'
    assert (await world.site.data(cancel, {"id": world.own["lic"]}, world.staff))["cancelLicense"]["errors"] == []
    leave = 'mutation ($id: ID!) { depositInstallationAccess(requestId: $id, access: "ftp") { errors { code field } } }'
    made = await world.site.data(leave, {"id": world.own["ins"]}, world.bora)
    assert told(made["depositInstallationAccess"]["errors"]) == {("NOT_ALLOWED", "requestId")}
    plan = """mutation ($id: ID!, $at: DateTime!) { scheduleInstallation(requestId: $id, scheduledFor: $at) {
      errors { code field } } }"""
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    made = await world.site.data(plan, {"id": world.own["ins"], "at": tomorrow}, world.staff)
    assert told(made["scheduleInstallation"]["errors"]) == {("NOT_ALLOWED", "requestId")}
    decline = 'mutation ($id: ID!) { declineInstallation(requestId: $id, reason: "iptal") { errors { code } } }'
    made = await world.site.data(decline, {"id": world.own["ins"]}, world.staff)
    assert made["declineInstallation"]["errors"] == []


async def test_lists_take_up_to_100_and_their_own_cursors(world: World) -> None:
    for arguments in ("first: 101", "first: -1", 'after: "x"', 'after: "WzEsMl0="', 'after: ""'):
        for name in ("orders", "products", "invoices", "licenses", "payments"):
            answer = await world.site.ask(f"{{ {name}({arguments}) {{ totalCount }} }}", token=world.bora)
            assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_REQUEST"], (name, arguments)
    for on in ("0001-01-01", "9999-12-31"):
        text = f'{{ licenses {{ nodes {{ supportRenewalQuote(on: "{on}") {{ terms }} }} }} }}'
        answer = await world.site.ask(text, token=world.bora)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_REQUEST"]
