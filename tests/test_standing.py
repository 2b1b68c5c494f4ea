"""Suspending an account at once and reinstating it: who, when, with what letter and what record."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from api import clock
from api.caller import CUSTOMER_SCOPES, Scope
from api.models import ids
from api.models.accounts import Account
from api.models.audit import AuditEntry
from api.models.licenses import License
from api.models.sessions import Link
from api.models.tickets import Ticket
from tests.attached import LINK, uploaded
from tests.cast import AYSE, BORA, PASSWORD
from tests.doors import CHANGE_EMAIL, GraphqlDoor
from tests.licensed import licensed
from tests.site import Site, text_of, token_in
from tests.test_access import _account, _everything
from tests.test_audit import PUBLISH
from tests.test_invoice_pages import client_of
from tests.test_ticket_merging import MERGE
from tests.ticketed import OPEN, SALES, ticketed

ACTS = {
    act: f"""mutation ($id: ID!, $reason: String!) {{ {act}Account(accountId: $id, reason: $reason) {{
  account {{ id status statusReason }} errors {{ code field message }} }} }}"""
    for act in ("suspend", "reinstate")
}


def refused(payload: dict[str, Any]) -> set[tuple[str, str]]:
    """The fields and codes of an act that was refused."""
    return {(".".join(error["field"] or []), error["code"]) for error in payload["errors"]}


async def account_id(site: Site, session: str) -> str:
    """The id of the account behind a session."""
    return str((await site.data("{ viewer { account { id } } }", token=session))["viewer"]["account"]["id"])


async def move(site: Site, staff: str, act: str, key: str, reason: str = "Ödenmemiş faturalar") -> dict[str, Any]:
    """Suspend or reinstate; the payload."""
    answer: dict[str, Any] = (await site.data(ACTS[act], {"id": key, "reason": reason}, staff))[f"{act}Account"]
    return answer


async def test_an_account_is_suspended_and_opened_again(site: Site) -> None:
    session = await _account(site, AYSE)
    staff = await site.staff_token()
    key = await account_id(site, session)
    done = await move(site, staff, "suspend", key)
    assert done["errors"] == []
    assert done["account"] == {"id": key, "status": "SUSPENDED", "statusReason": "Ödenmemiş faturalar"}
    letter = (await site.letters_to(AYSE["email"]))[-1]
    assert letter["Subject"] == "WHMCSTR: hesabınız askıya alındı"
    text = text_of(letter)
    assert "Nedeni: Ödenmemiş faturalar" in text
    assert "şikâyet türünde bir destek talebi" in text
    assert "5.2" not in text
    again = await move(site, staff, "suspend", key)
    assert refused(again) == {("accountId", "NOT_ALLOWED")}
    assert again["errors"][0]["message"] == "Bu hesap zaten askıda."
    done = await move(site, staff, "reinstate", key, "Ödeme geldi")
    assert done["account"] == {"id": key, "status": "ACTIVE", "statusReason": None}
    letter = (await site.letters_to(AYSE["email"]))[-1]
    assert "Nedeni: Ödeme geldi" in text_of(letter)
    assert refused(await move(site, staff, "reinstate", key)) == {("accountId", "NOT_ALLOWED")}
    acts = await AuditEntry.filter(act__startswith="account:", act__not="account:open").order_by("at")
    assert [(entry.act, entry.details["reason"]) for entry in acts] == [
        ("account:suspend", "Ödenmemiş faturalar"),
        ("account:reinstate", "Ödeme geldi"),
    ]
    scopes = (await site.data("{ viewer { scopes } }", token=session))["viewer"]["scopes"]
    assert scopes == sorted(CUSTOMER_SCOPES)


@pytest.mark.parametrize(
    ("status", "act", "message"),
    [
        ("PENDING_VERIFICATION", "suspend", "Hesabın durumu buna uygun değil."),
        ("TERMINATED", "suspend", "Hesabın durumu buna uygun değil."),
        ("ERASED", "suspend", "Hesabın durumu buna uygun değil."),
        ("ERASED", "reinstate", "Bu hesap askıda değil."),
        ("TERMINATED", "reinstate", "Sonlandırılmış hesap yeniden açılmaz (5.2); karara iki kişi birlikte vardı."),
    ],
)
async def test_other_states_are_left_as_they_are(site: Site, status: str, act: str, message: str) -> None:
    key = await account_id(site, await _account(site, AYSE))
    staff = await site.staff_token()
    await Account.all().update(status=status, status_reason="bir neden")
    before = await _everything()
    answer = await move(site, staff, act, key)
    assert answer["errors"] == [{"code": "NOT_ALLOWED", "field": ["accountId"], "message": message}]
    assert await _everything() == before


@pytest.mark.parametrize(("reason", "code"), [("", "REQUIRED"), ("  ", "REQUIRED"), ("x", "TOO_SHORT")])
async def test_a_reason_is_required(site: Site, reason: str, code: str) -> None:
    key = await account_id(site, await _account(site, AYSE))
    staff = await site.staff_token()
    assert refused(await move(site, staff, "suspend", key, reason)) == {("reason", code)}
    assert refused(await move(site, staff, "suspend", key, "x" * 501)) == {("reason", "TOO_LONG")}
    assert refused(await move(site, staff, "suspend", "acc_x", "bir neden")) == {("accountId", "NOT_FOUND")}
    assert (await Account.get()).status == "ACTIVE"


async def test_who_suspends_is_not_told_the_rest_of_the_account(site: Site) -> None:
    key = await account_id(site, await _account(site, AYSE))
    token = await site.staff_token(Scope.ACCOUNTS_SUSPEND)
    assert (await move(site, token, "suspend", key))["account"]["status"] == "SUSPENDED"
    more = ACTS["reinstate"].replace("statusReason", "email phone")
    answer = await site.ask(more, {"id": key, "reason": "bir neden"}, token)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    both = await site.staff_token(Scope.ACCOUNTS_SUSPEND, Scope.ACCOUNTS_READ)
    await Account.all().update(status="SUSPENDED", status_reason="bir neden")
    answer = await site.ask(more, {"id": key, "reason": "bir neden"}, both)
    assert answer["data"]["reinstateAccount"]["account"]["email"] == AYSE["email"]


async def test_of_many_that_suspend_at_once_one_does_and_one_letter_goes_out(site: Site) -> None:
    key = await account_id(site, await _account(site, AYSE))
    staff = await site.staff_token()
    letters = len(await site.letters_to(AYSE["email"]))
    answers = await asyncio.gather(*(move(site, staff, "suspend", key) for _ in range(5)))
    assert sorted(len(answer["errors"]) for answer in answers) == [0, 1, 1, 1, 1]
    assert len(await site.letters_to(AYSE["email"])) == letters + 1


async def test_licenses_are_blocked_at_once_and_confirmed_within_two_seconds_of_reinstating(site: Site) -> None:
    own = await licensed(site)
    key = await account_id(site, own.session)
    assert await own.code("a.com.tr") == "BOUND"
    await move(site, own.staff, "suspend", key)
    assert await own.code("a.com.tr") == "OWNER_BLOCKED"
    legacy = await own.verify("a.com.tr")
    assert "<status>Suspended</status>" in legacy.text
    begun = time.process_time()
    await move(site, own.staff, "reinstate", key)
    assert await own.code("a.com.tr") == "VALID"
    assert time.process_time() - begun < 2
    assert (await License.get()).status == "ACTIVE"


async def test_a_change_of_address_from_before_cannot_be_finished(site: Site) -> None:
    session = await _account(site, AYSE)
    key = await account_id(site, session)
    staff = await site.staff_token()
    await site.data(CHANGE_EMAIL, {"new": "yeni@example.net", "current": PASSWORD}, session)
    link = token_in((await site.letters_to("yeni@example.net"))[-1])
    await move(site, staff, "suspend", key)
    assert (await GraphqlDoor(site).verify(link)).problems == {("token", "TOKEN_EXPIRED")}
    assert await Link.filter(used_at=None, purpose="EMAIL").count() == 0


async def test_a_link_to_a_file_from_before_leads_nowhere(site: Site) -> None:
    desk = await ticketed(site)
    other = await ticketed(site, BORA)
    links = []
    for own in (desk, other):
        file = await uploaded(site, own.session)
        opened = await own.open(attachmentIds=[file])
        assert opened["messages"]["nodes"][0]["attachments"] != []
        made = await site.data(LINK, {"id": file}, own.session)
        links.append(made["createAttachmentLink"]["url"])
    await move(site, desk.staff, "suspend", await account_id(site, desk.session))
    assert [(await site.client.get(link)).status_code for link in links] == [410, 200]


async def test_staff_who_are_suspended_as_customers_keep_their_post(site: Site) -> None:
    session = await _account(site, AYSE)
    key = await account_id(site, session)
    token = await site.staff_token(email=AYSE["email"])
    await move(site, await site.staff_token(), "suspend", key)
    published = await site.data(PUBLISH, token=token)
    assert published["publishAgreement"]["errors"] == []
    assert "orders:write" not in (await site.data("{ viewer { scopes } }", token=token))["viewer"]["scopes"]


async def test_a_suspended_account_appeals_and_has_no_other_tickets(site: Site) -> None:
    desk = await ticketed(site)
    sales = await desk.open()
    before = await desk.open(kind="COMPLAINT", subject="Eski şikâyet")
    await Account.filter(first_name="Ayşe").update(status="SUSPENDED", status_reason="Borç")
    for kind in ("SALES", "BILLING", "INSTALLATION", "TECHNICAL"):
        answer = await desk.do(OPEN, input=SALES | {"kind": kind})
        assert refused(answer) == {("kind", "NOT_ALLOWED")}, kind
    appeal = await desk.open(kind="COMPLAINT", subject="İtiraz")
    await desk.reply(appeal["id"])
    await desk.reply(before["id"])
    refusal = await desk.site.data(
        'mutation ($id: ID!) { replyToTicket(ticketId: $id, body: "x") { errors { code field } } }',
        {"id": sales["id"]},
        desk.session,
    )
    assert refused(refusal["replyToTicket"]) == {("ticketId", "NOT_FOUND")}
    listed = await site.data("{ tickets { totalCount nodes { id } } }", token=desk.session)
    assert {node["id"] for node in listed["tickets"]["nodes"]} == {appeal["id"], before["id"]}
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await site.data(node, {"id": sales["id"]}, desk.session))["node"] is None
    assert (await site.data(node, {"id": appeal["id"]}, desk.session))["node"] == {"id": appeal["id"]}


async def test_a_suspended_account_comes_to_no_other_ticket_by_a_way_around(site: Site) -> None:
    desk = await ticketed(site)
    given = SALES | {"idempotencyKey": "bir"}
    sales = desk.done(await desk.do(OPEN, input=given))
    complaint = await desk.open(kind="COMPLAINT", subject="Şikâyet")
    merged = "query ($id: ID!) { node(id: $id) { ... on Ticket { mergedInto { id } } } }"
    # Merged while the other one was a complaint too; what it is about was changed since.
    await Ticket.filter(id=ids.key_of(sales["id"], "tic")).update(kind="COMPLAINT")
    desk.done(await desk.do(MERGE, desk.staff, id=complaint["id"], into=sales["id"]))
    await Ticket.filter(id=ids.key_of(sales["id"], "tic")).update(kind="SALES")
    seen = await site.data(merged, {"id": complaint["id"]}, desk.session)
    assert seen["node"] == {"mergedInto": {"id": sales["id"]}}
    await Account.filter(first_name="Ayşe").update(status="SUSPENDED", status_reason="Borç")
    seen = await site.data(merged, {"id": complaint["id"]}, desk.session)
    assert seen["node"] == {"mergedInto": None}
    assert refused(await desk.do(OPEN, input=given)) == {("kind", "NOT_ALLOWED")}
    async with client_of(site, desk.session) as ayse:
        page = (await ayse.get(f"/panel/tickets/{complaint['number']}")).text
    assert f"/panel/tickets/{sales['number']}" not in page


async def test_a_suspended_account_names_no_license_in_its_appeal(site: Site) -> None:
    own = await licensed(site, BORA)
    await Account.all().update(status="TERMINATED", status_reason="Davranış")
    given = SALES | {"kind": "COMPLAINT", "licenseId": own.id}
    answer = (await site.data(OPEN, {"input": given}, own.session))["openTicket"]
    assert refused(answer) == {("licenseId", "NOT_FOUND")}


SEARCH = "query ($search: String) { accounts(search: $search) { totalCount nodes { number email } } }"


async def test_staff_find_an_account_by_name_number_or_address(site: Site) -> None:
    await _account(site, AYSE)
    await _account(site, BORA)
    staff = await site.staff_token()
    every = (await site.data(SEARCH, token=staff))["accounts"]
    # In the order of the Turkish alphabet.
    assert [node["email"] for node in every["nodes"]] == [AYSE["email"], BORA["email"]]
    number = every["nodes"][1]["number"]
    for text in (
        "ışık",
        "ISIK yazilim",
        "İŞIK",
        "bora",
        number,
        number.lower(),
        f" {number} ",
        "bora@",
        "BORA@example.net",
    ):
        found = (await site.data(SEARCH, {"search": text}, staff))["accounts"]
        assert [node["email"] for node in found["nodes"]] == [BORA["email"]], text
        assert found["totalCount"] == 1
    for text in ("yok", "%", "_", "x@example.net", "' OR 1=1 --", "\0ayşe\0x"):
        assert (await site.data(SEARCH, {"search": text}, staff))["accounts"]["nodes"] == [], text
    ended = "{ accounts(status: TERMINATED) { totalCount } }"
    assert (await site.data(ended, token=staff))["accounts"]["totalCount"] == 0


async def test_jobs_neither_bill_nor_remind_of_a_terminated_account(site: Site) -> None:
    from api.jobs import do_due

    own = await licensed(site)
    row = await own.row()
    await License.all().update(support_until=clock.today())
    await Account.all().update(status="TERMINATED", status_reason="Davranış")
    said: list[str] = []
    await do_due(said.append, dry=True)
    assert [line for line in said if "license" in line] == []
    await Account.all().update(status="SUSPENDED")
    await do_due(said.append, dry=True)
    assert len([line for line in said if row.id.hex in line]) == 2
