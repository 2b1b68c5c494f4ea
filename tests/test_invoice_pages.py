"""Invoices on the site: read, printed, paid by transfer and with credit; and the desk that confirms."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from api import clock
from api.models.billing import Invoice, Payment, Receipt
from api.models.licenses import License
from tests.cast import AYSE, BORA, CEM, PASSWORD
from tests.doors import GraphqlDoor, joined, signed_in
from tests.site import Site, text_of, token_in

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
CREATE = """mutation { createCategory(slug: "sms", name: "SMS") { errors { code } }
  createProduct(input: {slug: "sms", name: "SMS Işık", summary: "Bir modül", description: "Metin", categorySlug: "sms",
    price: "1000", supportRenewalPrice: "400"}) { product { id } errors { code field } } }"""
PLACE = """mutation ($id: ID!, $key: String!) { placeOrder(input: {items: [{productId: $id}], idempotencyKey: $key}) {
  order { invoice { id number } } errors { code field } } }"""


async def ordered(site: Site, form: dict[str, str], key: str = "bir") -> tuple[str, str, str]:
    """Somebody's session with the id and number of the invoice of an order of 1200.00 with VAT."""
    door = GraphqlDoor(site)
    staff = await site.staff_token()
    product = await site.data('{ product(slug: "sms") { id } }')
    if product["product"] is None:
        await site.data(CREATE, token=staff)
        product = await site.data('{ product(slug: "sms") { id } }')
    session = await joined(door, site, form)
    made = await site.data(PLACE, {"id": product["product"]["id"], "key": key}, session)
    invoice = made["placeOrder"]["order"]["invoice"]
    return session, invoice["id"], invoice["number"]


def client_of(site: Site, session: str) -> httpx.AsyncClient:
    client = site.browser()
    client.cookies.set("session", session)
    return client


async def at_desk(site: Site) -> httpx.AsyncClient:
    """A staff member's browser."""
    await site.staff_token()
    letter = (await site.letters_to("deniz@example.net"))[-1]
    outcome = await GraphqlDoor(site).reset(token_in(letter), PASSWORD)
    assert outcome.session, outcome
    return client_of(site, outcome.session)


def notice(**changes: str) -> dict[str, str]:
    given = {
        "amount": "1.200,00",
        "paid_on": clock.today().isoformat(),
        "bank": "Ziraat",
        "reference": "WTR",
        "key": "k",
    }
    return given | changes


async def told(client: httpx.AsyncClient, invoice: str, form: dict[str, str], file: Any = None) -> httpx.Response:
    files = {"receipt": file or ("", b"", "application/octet-stream")}
    return await client.post(f"/panel/invoices/{invoice}/transfer", data=form, files=files)


def problems(response: httpx.Response) -> set[tuple[str, str]]:
    return set(re.findall(r'data-code="(\w+)" data-field="([\w.]+)"', response.text))


async def test_from_the_invoice_to_an_active_license(site: Site) -> None:
    session, invoice, number = await ordered(site, BORA)
    async with client_of(site, session) as bora, await at_desk(site) as deniz:
        page = await bora.get(f"/panel/invoices/{invoice}")
        assert number in page.text
        assert "₺1.200,00" in page.text
        for _ in range(2):
            sent = await told(bora, invoice, notice(), ("dekont.png", PNG, "image/png"))
            assert (sent.status_code, sent.headers["location"]) == (
                303,
                f"/panel/invoices/{invoice}?done=transfer#payments",
            )
        (row,) = await Payment.all()
        assert "İnceleniyor" in (await bora.get(f"/panel/invoices/{invoice}")).text
        desk = await deniz.get("/desk/payments")
        assert BORA["company_name"] in desk.text
        receipt = re.search(r'href="(/panel/payments/\w+/receipt)"', desk.text)
        assert receipt
        file = await deniz.get(receipt[1])
        assert file.content == PNG
        assert file.headers["content-disposition"].startswith("attachment")
        confirm = re.search(r'action="(/desk/payments/\w+/confirm)"', desk.text)
        assert confirm
        assert (await deniz.post(confirm[1])).headers["location"] == "/desk/payments?done=confirm"
        assert (await License.get()).status == "ACTIVE"
        assert "Ödendi" in (await bora.get(f"/panel/invoices/{invoice}")).text
        assert (await Payment.get(id=row.id)).status == "CONFIRMED"


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"amount": ""}, {("REQUIRED", "amount")}),
        ({"amount": "1234.56"}, {("INVALID", "amount")}),
        ({"amount": "on iki"}, {("INVALID", "amount")}),
        ({"amount": "0"}, {("INVALID", "amount")}),
        ({"amount": "-5"}, {("INVALID", "amount")}),
        ({"amount": "99999999999"}, {("INVALID", "amount")}),
        ({"reference": " "}, {("REQUIRED", "reference")}),
        ({"paid_on": "dün"}, {("INVALID", "paid_on")}),
        ({"paid_on": "2999-01-01"}, {("INVALID", "paid_on")}),
    ],
)
async def test_a_notice_with_something_wrong_comes_back_filled_in(
    site: Site, changes: dict[str, str], found: set[tuple[str, str]]
) -> None:
    session, invoice, _ = await ordered(site, BORA)
    async with client_of(site, session) as bora:
        answer = await told(bora, invoice, notice(**changes))
        assert answer.status_code == 422
        assert problems(answer) == found
        assert "Ziraat" in answer.text
    assert await Payment.all().count() == 0


async def test_a_decimal_point_is_answered_with_how_a_sum_is_written(site: Site) -> None:
    session, invoice, _ = await ordered(site, BORA)
    async with client_of(site, session) as bora:
        assert "kuruşu virgül ayırır" in (await told(bora, invoice, notice(amount="1200.00"))).text


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("dekont.exe", PNG, "FILE_TYPE_NOT_ALLOWED"),
        ("dekont.pdf", PNG, "FILE_TYPE_NOT_ALLOWED"),
        ("dekont.png", b"<svg onload=alert(1)>", "FILE_TYPE_NOT_ALLOWED"),
        ("dekont.png", PNG + b"0" * (5 * 1024 * 1024), "FILE_TOO_LARGE"),
    ],
)
async def test_a_receipt_is_a_small_picture_or_pdf(site: Site, name: str, content: bytes, code: str) -> None:
    session, invoice, _ = await ordered(site, BORA)
    async with client_of(site, session) as bora:
        answer = await told(bora, invoice, notice(), (name, content, "image/png"))
        assert (answer.status_code, problems(answer)) == (422, {(code, "receipt")})
    assert await Receipt.all().count() == 0


async def test_bodies_that_are_no_form_are_refused(site: Site) -> None:
    session, invoice, _ = await ordered(site, BORA)
    address = f"/panel/invoices/{invoice}/transfer"
    async with client_of(site, session) as bora:
        for body, kind, status in (
            (b"x", "multipart/form-data", 400),
            (b"--x\r\nnonsense", "multipart/form-data; boundary=x", 422),
            (b"amount=1", "application/x-www-form-urlencoded", 415),
            (b"0" * (7 * 1024 * 1024), "multipart/form-data; boundary=x", 413),
        ):
            answer = await bora.post(address, content=body, headers={"content-type": kind})
            assert answer.status_code == status, (body[:20], answer.status_code)
    assert await Payment.all().count() == 0


async def test_another_customers_invoice_is_as_unknown_as_none(site: Site) -> None:
    _, invoice, number = await ordered(site, BORA)
    session, own, _ = await ordered(site, AYSE, "iki")
    async with client_of(site, session) as ayse:
        for key in (invoice, "inv_" + "0" * 32, "x"):
            assert (await ayse.get(f"/panel/invoices/{key}")).status_code == 404
            assert (await ayse.get(f"/panel/invoices/{key}.pdf")).status_code == 404
            assert (await ayse.post(f"/panel/invoices/{key}/credit", data={"key": "k"})).status_code == 404
        assert (await told(ayse, invoice, notice())).status_code == 404
        listed = await ayse.get("/panel/invoices")
        assert number not in listed.text
        assert own in listed.text
        assert (await ayse.get("/desk/payments")).status_code == 404
    assert await Payment.all().count() == 0


@pytest.mark.parametrize("form", [AYSE, BORA], ids=["sole proprietor", "corporation"])
async def test_the_sheet_bears_what_the_law_wants(site: Site, form: dict[str, str]) -> None:
    session, invoice, number = await ordered(site, form)
    async with client_of(site, session) as client:
        sheet = await client.get(f"/panel/invoices/{invoice}.pdf")
    assert sheet.headers["content-type"] == "application/pdf"
    text = " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(sheet.content)).pages).split())
    for part in (
        number,
        "₺1.200,00",
        "₺200,00",
        "Konak",
        form.get("tax_number") or form["national_id"],
        "Yalnız bin iki yüz",
    ):
        assert part in text


async def test_the_sheet_of_a_corrected_invoice_names_the_credit_note(site: Site) -> None:
    session, invoice, _ = await ordered(site, BORA)
    report = """mutation ($id: ID!) {
      reportBankTransfer(invoiceId: $id, amount: "1200", reference: "x", idempotencyKey: "x") { payment { id } } }"""
    correct = """mutation ($id: ID!) {
      issueCreditNote(invoiceId: $id, reason: "İndirim", idempotencyKey: "x", net: "100") { invoice { number } } }"""
    staff = await site.staff_token()
    payment = (await site.data(report, {"id": invoice}, session))["reportBankTransfer"]["payment"]["id"]
    await site.data(
        "mutation ($id: ID!) { confirmPayment(paymentId: $id) { errors { code } } }", {"id": payment}, staff
    )
    number = (await site.data(correct, {"id": invoice}, staff))["issueCreditNote"]["invoice"]["number"]
    async with client_of(site, session) as client:
        sheet = await client.get(f"/panel/invoices/{invoice}.pdf")
    text = " ".join("".join(page.extract_text() for page in PdfReader(BytesIO(sheet.content)).pages).split())
    assert "Ödenen ₺1.080,00" in text
    assert f"{number} numaralı iade faturasıyla ₺120,00 düzeltildi" in text


async def test_money_beyond_the_invoice_is_used_for_the_next(site: Site) -> None:
    session, invoice, _ = await ordered(site, BORA)
    async with client_of(site, session) as bora, await at_desk(site) as deniz:
        await told(bora, invoice, notice(amount="1.500,00"))
        desk = await deniz.get("/desk/payments")
        assert "Tutar faturada kalandan farklı" in desk.text
        confirm = re.search(r'action="(/desk/payments/\w+/confirm)"', desk.text)
        assert confirm
        await deniz.post(confirm[1])
        assert "₺300,00" in (await bora.get("/panel/invoices")).text
        product = (await site.data('{ product(slug: "sms") { id } }'))["product"]["id"]
        second = (await site.data(PLACE, {"id": product, "key": "iki"}, session))["placeOrder"]["order"]["invoice"][
            "id"
        ]
        page = await bora.get(f"/panel/invoices/{second}")
        key = re.search(r'/credit">.*?name="key" value="(\w+)"', page.text, re.DOTALL)
        assert key
        used = await bora.post(f"/panel/invoices/{second}/credit", data={"key": key[1]})
        assert used.headers["location"] == f"/panel/invoices/{second}?done=credit#payments"
        assert "₺900,00" in (await bora.get(f"/panel/invoices/{second}")).text
        assert (await bora.post(f"/panel/invoices/{second}/credit", data={"key": "yeni"})).status_code == 422


async def test_a_rejection_needs_a_reason_that_the_customer_reads(site: Site) -> None:
    session, invoice, _ = await ordered(site, BORA)
    async with client_of(site, session) as bora, await at_desk(site) as deniz:
        await told(bora, invoice, notice())
        reject = re.search(r'action="(/desk/payments/\w+/reject)"', (await deniz.get("/desk/payments")).text)
        assert reject
        refused = await deniz.post(reject[1], data={"reason": " "})
        assert (refused.status_code, problems(refused)) == (422, {("REQUIRED", "reason")})
        done = await deniz.post(reject[1], data={"reason": "Ekstrede <b>yok</b>"})
        assert done.status_code == 303
        page = await bora.get(f"/panel/invoices/{invoice}")
        assert "Ekstrede &lt;b&gt;yok&lt;/b&gt;" in page.text
        letters = await site.letters_to(BORA["email"])
        assert "Ekstrede <b>yok</b>" in text_of(letters[-1])


async def test_the_list_is_filtered_and_says_what_is_late(site: Site) -> None:
    session, _, number = await ordered(site, CEM | {"type": "SOLE_PROPRIETOR", "national_id": "10000000146"})
    with clock.stopped(clock.now() + timedelta(days=8)):
        session = await signed_in(GraphqlDoor(site), CEM["email"])
        async with client_of(site, session) as cem:
            assert "Gecikti" in (await cem.get("/panel/invoices?status=OVERDUE")).text
            assert number not in (await cem.get("/panel/invoices?status=PAID")).text
            assert (await cem.get("/panel/invoices?after=x")).status_code == 404
    assert await Invoice.all().count() == 1
