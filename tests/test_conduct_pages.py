"""The desk of accounts and of conduct: found, suspended and reinstated; proposed, decided, withdrawn."""

from __future__ import annotations

import re

import httpx
import pytest

from api.caller import Scope
from api.models.accounts import Account
from api.models.conduct import ConductCase
from tests.cast import AYSE, BORA
from tests.doors import GraphqlDoor, joined
from tests.site import ON_ONE_DATABASE, Site
from tests.test_conduct import INSULT, bench
from tests.test_desk_pages import desk_of
from tests.test_invoice_pages import client_of, problems

REASON = {"reason": "Ödenmemiş faturalar", "confirmed": "yes"}


async def number_of(form: dict[str, str]) -> str:
    return str((await Account.get(first_name=form["first_name"])).number)


async def test_an_account_is_found_suspended_and_reinstated_at_the_desk(site: Site) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    await joined(GraphqlDoor(site), site, BORA)
    number = await number_of(BORA)
    async with await desk_of(site) as deniz:
        page = (await deniz.get("/desk/accounts")).text
        assert re.findall(r'class="ledger-name" href="/desk/accounts/(\w+)"', page) == [await number_of(AYSE), number]
        for text in ("isik", BORA["email"], number.lower()):
            found = await deniz.get("/desk/accounts", params={"search": text})
            assert (found.status_code, found.headers["location"]) == (303, f"/desk/accounts/{number}")
        assert "Aramanıza uyan hesap yok" in (await deniz.get("/desk/accounts?search=yok")).text
        path = f"/desk/accounts/{number}"
        page = (await deniz.get(path)).text
        assert BORA["email"] in page
        assert "4540536920" not in page
        unsure = await deniz.post(f"{path}/suspend", data={"reason": "Ödenmemiş faturalar"})
        assert (unsure.status_code, problems(unsure)) == (422, {("REQUIRED", "confirmed")})
        assert 'value="Ödenmemiş faturalar"' in unsure.text
        blank = await deniz.post(f"{path}/suspend", data={"confirmed": "yes"})
        assert (blank.status_code, problems(blank)) == (422, {("REQUIRED", "reason")})
        done = await deniz.post(f"{path}/suspend", data=REASON)
        assert done.headers["location"] == f"{path}?done=suspend"
        page = (await deniz.get(done.headers["location"])).text
        assert page.count("Ödenmemiş faturalar") == 2
        assert f'action="{path}/reinstate"' in page
        twice = await deniz.post(f"{path}/suspend", data=REASON)
        assert twice.status_code == 422
        assert 'data-code="NOT_ALLOWED"' in twice.text
        assert f'name="next" value="{path}"' in twice.text
        assert (await deniz.post(f"{path}/reinstate", data=REASON)).status_code == 303
        assert (await Account.get(number=number)).status == "ACTIVE"
        assert (await deniz.get("/desk/accounts/YOK")).status_code == 404
        assert (await deniz.post("/desk/accounts/YOK/suspend", data=REASON)).status_code == 404


@pytest.mark.parametrize("number", ["9" * 13, "9" * 400, "٣", "x\u2028"])
async def test_what_can_be_no_number_is_the_number_of_nothing(site: Site, number: str) -> None:
    async with await desk_of(site) as deniz:
        for path in (f"/desk/accounts/{number}", f"/desk/tickets/{number}"):
            assert (await deniz.get(path)).status_code == 404
        assert (await deniz.post(f"/desk/accounts/{number}/suspend", data=REASON)).status_code == 404
        for path, name in (("/desk/tickets/new", "account"), ("/desk/conduct/new", "ticket")):
            asked = await deniz.get(path, params={name: number})
            unknown = await deniz.get(path, params={name: "YOK"})
            assert asked.status_code == unknown.status_code < 500
        assert (await deniz.get("/desk/accounts", params={"search": f"{number}@{number}"})).status_code == 200


@ON_ONE_DATABASE
async def test_who_may_only_read_accounts_sees_no_form(site: Site) -> None:
    await joined(GraphqlDoor(site), site, BORA)
    path = f"/desk/accounts/{await number_of(BORA)}"
    async with await desk_of(site, Scope.ACCOUNTS_READ) as ece:
        page = await ece.get(path)
        assert "<form" not in page.text.partition("<main")[2].partition("</main>")[0]
        assert (await ece.post(f"{path}/suspend", data=REASON)).status_code == 403
    async with await desk_of(site, Scope.ACCOUNTS_SUSPEND, email="ece@example.net") as ece:
        assert (await ece.get(path)).status_code == 404
    assert (await Account.get()).status == "ACTIVE"


def _message_boxes(page: httpx.Response) -> list[str]:
    return re.findall(r'type="checkbox" name="(evidence-msg_\w+)"', page.text)


async def test_a_measure_is_proposed_from_a_ticket_and_decided_by_another_person(site: Site) -> None:
    case = await bench(site)
    async with await desk_of(site) as deniz, await desk_of(site, email="ece@example.net") as ece:
        ticket = (await site.data("{ tickets { nodes { number } } }", token=case.desk.staff))["tickets"]["nodes"][0]
        await case.desk.answer((await case.desk.open(subject="Başka"))["id"])
        form_at = f"/desk/conduct/new?ticket={ticket['number']}"
        page = await deniz.get(form_at)
        assert "Siz hırsızsınız! &lt;b&gt;{{7*7}}&lt;/b&gt;" in page.text
        (box,) = _message_boxes(page)
        given = {"ticket": ticket["number"], "measure": "TERMINATE", "reason": "Hakaret"}
        none = await deniz.post("/desk/conduct/new", data=given)
        assert (none.status_code, problems(none)) == (422, {("REQUIRED", "evidence_ids")})
        assert "hx" not in none.headers
        odd = await deniz.post("/desk/conduct/new", data=given | {"measure": "x", box: "yes"})
        assert (odd.status_code, problems(odd)) == (422, {("REQUIRED", "measure")})
        foreign = await deniz.post("/desk/conduct/new", data=given | {"evidence-msg_x": "yes"})
        assert foreign.status_code == 422
        assert 'data-code="NOT_FOUND"' in foreign.text
        made = await deniz.post("/desk/conduct/new", data=given | {box: "yes"})
        path = made.headers["location"].removesuffix("?done=propose")
        page = (await deniz.get(path)).text
        assert "kararı başka biri verir" in page
        assert f"{path}/decide" not in page
        own = await deniz.post(f"{path}/decide", data=REASON | {"decision": "approve"})
        assert own.status_code == 422
        assert path in (await ece.get("/desk/conduct")).text
        page = (await ece.get(path)).text
        assert "&lt;b&gt;{{7*7}}&lt;/b&gt;" in page
        assert INSULT not in page
        unsure = await ece.post(f"{path}/decide", data={"decision": "approve", "reason": "Açık"})
        assert (unsure.status_code, problems(unsure)) == (422, {("REQUIRED", "confirmed")})
        done = await ece.post(f"{path}/decide", data=REASON | {"decision": "approve"})
        assert done.headers["location"] == f"{path}?done=approve"
        assert (await Account.get()).status == "TERMINATED"
        assert path in (await ece.get("/desk/conduct?status=APPROVED")).text
        again = await ece.post(f"{path}/decide", data=REASON | {"decision": "reject"})
        assert again.status_code == 422
        assert (await ece.get("/desk/conduct/cdt_x")).status_code == 404
        assert (await ece.get("/desk/conduct/new?ticket=YOK")).status_code == 404


@pytest.mark.parametrize("decision", ["reject", "withdraw"])
@ON_ONE_DATABASE
async def test_what_is_rejected_or_withdrawn_changes_nothing(site: Site, decision: str) -> None:
    case = await bench(site)
    made = (await case.propose())["case"]["id"]
    path = f"/desk/conduct/{made}"
    async with await desk_of(site) as deniz, await desk_of(site, email="ece@example.net") as ece:
        if decision == "reject":
            done = await ece.post(f"{path}/decide", data=REASON | {"decision": "reject"})
        else:
            assert (await ece.post(f"{path}/withdraw")).status_code == 422
            done = await deniz.post(f"{path}/withdraw")
        assert done.headers["location"] == f"{path}?done={decision}"
        assert (await deniz.get(done.headers["location"])).status_code == 200
    assert (await ConductCase.get()).status == {"reject": "REJECTED", "withdraw": "WITHDRAWN"}[decision]
    assert (await Account.get()).status == "ACTIVE"


@ON_ONE_DATABASE
async def test_customers_find_none_of_it(site: Site) -> None:
    case = await bench(site)
    made = (await case.propose())["case"]["id"]
    async with client_of(site, case.desk.session) as ayse:
        for path in ("/desk/accounts", "/desk/conduct", f"/desk/conduct/{made}", "/desk/conduct/new?ticket=X"):
            assert (await ayse.get(path)).status_code == 404, path
        for path in (f"/desk/conduct/{made}/decide", f"/desk/conduct/{made}/withdraw", "/desk/conduct/new"):
            assert (await ayse.post(path, data=REASON)).status_code == 404, path
