"""Measures for conduct (5.2): proposed with evidence, decided by somebody else, done once and with all that follows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from api import clock
from api.caller import Scope
from api.jobs import do_due
from api.models import ids
from api.models.accounts import Account
from api.models.audit import AuditEntry
from api.models.billing import Invoice, LedgerEntry
from api.models.conduct import ConductCase
from api.models.licenses import License, LicenseEvent
from api.models.orders import Order
from api.models.tickets import TicketMessage
from tests.cast import AYSE, BORA
from tests.licensed import licensed
from tests.site import Site, text_of
from tests.test_access import _everything
from tests.test_commerce_access import BUY
from tests.test_standing import account_id, move, refused
from tests.ticketed import OPEN, SALES, Ticketed, ticketed

CASE = """case { id measure status reason proposedBy decidedBy decisionReason decidedAt account { id number }
  evidence { messageId ticketNumber author fromStaff body } } errors { code field message }"""
PROPOSE = f"""mutation ($account: ID!, $measure: ConductMeasure!, $reason: String!, $evidence: [ID!]!) {{
  proposeConductMeasure(accountId: $account, measure: $measure, reason: $reason, evidenceIds: $evidence) {{
    {CASE} }} }}"""
DECIDE = f"""mutation ($id: ID!, $approve: Boolean!, $reason: String!) {{
  decideConductMeasure(caseId: $id, approve: $approve, reason: $reason) {{ {CASE} }} }}"""
WITHDRAW = f"mutation ($id: ID!) {{ withdrawConductMeasure(caseId: $id) {{ {CASE} }} }}"
LIST = "query ($status: ConductStatus) { conductCases(status: $status) { totalCount nodes { id status } } }"
INSULT = "Siz hırsızsınız! <b>{{7*7}}</b>"
WHY = "Destek ekibine hakaret"


@dataclass
class Bench:
    """Ayşe's tickets, who proposes and who decides."""

    desk: Ticketed
    account: str
    evidence: str
    decider: str

    async def do(self, document: str, token: str, **variables: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self.desk.site.data(document, variables, token)
        payload: dict[str, Any] = next(iter(answer.values()))
        return payload

    async def propose(self, **given: Any) -> dict[str, Any]:
        usual = {"account": self.account, "measure": "TERMINATE", "reason": WHY, "evidence": [self.evidence]}
        return await self.do(PROPOSE, self.desk.staff, **usual | given)

    async def decide(self, case: str, *, approve: bool = True, token: str = "", reason: str = "Açık hakaret") -> Any:
        return await self.do(DECIDE, token or self.decider, id=case, approve=approve, reason=reason)

    async def approved(self, measure: str) -> dict[str, Any]:
        case = (await self.propose(measure=measure))["case"]["id"]
        decided: dict[str, Any] = await self.decide(case)
        assert decided["errors"] == []
        return decided


async def bench(site: Site, body: str = INSULT) -> Bench:
    desk = await ticketed(site)
    opened = await desk.open(body=body)
    decider = await site.staff_token(email="ece@example.net")
    return Bench(desk, await account_id(site, desk.session), opened["messages"]["nodes"][0]["id"], decider)


async def test_a_measure_is_proposed_with_evidence_and_decided_by_somebody_else(site: Site) -> None:
    case = await bench(site)
    made = (await case.propose(measure="SUSPEND"))["case"]
    assert (made["status"], made["reason"], made["proposedBy"], made["decidedBy"]) == (
        "PROPOSED", WHY, "deniz@example.net", None,
    )  # fmt: skip
    (shown,) = made["evidence"]
    assert (shown["messageId"], shown["body"], shown["fromStaff"]) == (case.evidence, INSULT, False)
    assert (await Account.get()).status == "ACTIVE"
    own = await case.decide(made["id"], token=case.desk.staff)
    assert refused(own) == {("caseId", "NOT_ALLOWED")}
    decided = (await case.decide(made["id"]))["case"]
    assert (decided["status"], decided["decidedBy"], decided["decisionReason"]) == (
        "APPROVED", "ece@example.net", "Açık hakaret",
    )  # fmt: skip
    account = await Account.get()
    assert (account.status, account.status_reason) == ("SUSPENDED", WHY)
    text = text_of((await site.letters_to(AYSE["email"]))[-1])
    assert "5.2 maddesi uyarınca" in text
    assert WHY in text
    assert INSULT not in str(await AuditEntry.all().values())
    acts = await AuditEntry.filter(act__startswith="conduct:").order_by("at").values_list("act", flat=True)
    assert acts == ["conduct:propose", "conduct:decide"]
    # Whoever may suspend may also end a suspension for conduct.
    assert (await move(site, case.decider, "reinstate", case.account))["errors"] == []


async def test_termination_ends_licenses_and_what_is_unpaid_and_pays_nothing_back(site: Site) -> None:
    own = await licensed(site, AYSE)
    opened = (await site.data(OPEN, {"input": SALES}, own.session))["openTicket"]["ticket"]
    product = (await site.data('{ product(slug: "sms") { id } }'))["product"]["id"]
    waiting = (await site.data(BUY.replace('"b"', '"w"'), {"id": product}, own.session))["placeOrder"]["order"]
    renew = 'mutation ($id: ID!) { renewSupport(licenseId: $id, idempotencyKey: "r") { errors { code } } }'
    assert (await site.data(renew, {"id": own.id}, own.session))["renewSupport"]["errors"] == []
    case = Bench(
        Ticketed(site, own.session, own.staff), await account_id(site, own.session),
        opened["messages"]["nodes"][0]["id"], await site.staff_token(email="ece@example.net"),
    )  # fmt: skip
    paid_before = await Invoice.filter(status="PAID").count()
    ledger = await LedgerEntry.all().count()
    await site.deliver()
    await case.approved("TERMINATE")
    account = await Account.get()
    assert (account.status, account.status_reason) == ("TERMINATED", WHY)
    assert {row.status for row in await License.all()} == {"CANCELLED"}
    assert (await own.row()).status_reason == WHY
    assert await LicenseEvent.filter(kind="CANCELLED").count() == await License.all().count() == 2
    assert (await Order.get(id=ids.key_of(waiting["id"], "ord"))).status == "CANCELLED"
    assert await Invoice.filter(status="UNPAID").count() == 0
    assert await Invoice.filter(kind="CREDIT_NOTE").count() == 0
    assert (await Invoice.filter(status="PAID").count(), await LedgerEntry.all().count()) == (paid_before, ledger)
    new = (await site.letters_to(AYSE["email"]))[-1]
    assert new["Subject"] == "WHMCSTR: hesabınız sonlandırıldı"
    assert "ücret iadesi yapılmaz" in text_of(new)
    assert await own.code("a.com.tr") == "OWNER_BLOCKED"
    said: list[str] = []
    with clock.stopped(clock.now() + timedelta(days=360)):
        await do_due(said.append, dry=True)
    assert said == []
    assert refused(await move(site, case.decider, "reinstate", case.account)) == {("accountId", "NOT_ALLOWED")}
    appeal = (await site.data(OPEN, {"input": SALES | {"kind": "COMPLAINT"}}, own.session))["openTicket"]
    assert appeal["errors"] == []


@pytest.mark.parametrize("measure", ["SUSPEND", "TERMINATE"])
async def test_of_many_deciders_at_once_one_decides(site: Site, measure: str) -> None:
    case = await bench(site)
    made = (await case.propose(measure=measure))["case"]["id"]
    await site.deliver()
    tokens = [await site.staff_token(email=f"karar{number}@example.net") for number in range(4)]
    answers = await asyncio.gather(*(case.decide(made, token=token) for token in (*tokens, case.decider)))
    assert sorted(len(answer["errors"]) for answer in answers) == [0, 1, 1, 1, 1]
    assert {code for answer in answers for code in refused(answer)} == {("caseId", "NOT_ALLOWED")}
    told = [letter for letter in await site.letters_to(AYSE["email"]) if "hesabınız" in letter["Subject"]]
    assert len(told) == 1


async def test_of_many_proposals_at_once_one_is_open(site: Site) -> None:
    case = await bench(site)
    answers = await asyncio.gather(*(case.propose() for _ in range(4)))
    assert sorted(len(answer["errors"]) for answer in answers) == [0, 1, 1, 1]
    assert {code for answer in answers for code in refused(answer)} == {("accountId", "ALREADY_EXISTS")}
    assert await ConductCase.all().count() == 1


async def test_a_rejected_or_withdrawn_proposal_changes_nothing_and_frees_the_place(site: Site) -> None:
    case = await bench(site)
    first = (await case.propose())["case"]["id"]
    rejected = (await case.decide(first, approve=False))["case"]
    assert rejected["status"] == "REJECTED"
    second = (await case.propose())["case"]["id"]
    assert refused(await case.do(WITHDRAW, case.decider, id=second)) == {("caseId", "NOT_ALLOWED")}
    withdrawn = (await case.do(WITHDRAW, case.desk.staff, id=second))["case"]
    assert (withdrawn["status"], withdrawn["decidedBy"]) == ("WITHDRAWN", None)
    for answer in (await case.do(WITHDRAW, case.desk.staff, id=second), await case.decide(second)):
        assert refused(answer) == {("caseId", "NOT_ALLOWED")}
    assert (await Account.get()).status == "ACTIVE"
    listed = (await site.data(LIST, {"status": "REJECTED"}, case.decider))["conductCases"]
    assert listed == {"totalCount": 1, "nodes": [{"id": first, "status": "REJECTED"}]}
    assert (await site.data(LIST, {}, case.decider))["conductCases"]["totalCount"] == 2
    assert (await case.propose())["errors"] == []


async def test_evidence_is_what_stands_in_the_accounts_own_tickets(site: Site) -> None:
    case = await bench(site)
    bora = await ticketed(site, BORA)
    foreign = (await bora.open())["messages"]["nodes"][0]["id"]
    await case.desk.do(
        "mutation ($id: ID!) { closeTicket(ticketId: $id) { errors { code } } }",
        id=(await case.desk.open(subject="İkinci"))["id"],
    )
    event = await TicketMessage.filter(kind=TicketMessage.EVENT).first()
    assert event
    nobody = ids.public("msg", ids.new_id())
    bad = [case.evidence, foreign, nobody, "x", "", "msg_x\0", ids.public("msg", event.id), case.account]
    before = await _everything()
    answer = await case.propose(evidence=bad)
    assert refused(answer) == {(f"evidenceIds.{place}", "NOT_FOUND") for place in range(1, len(bad))}
    assert refused(await case.propose(evidence=[])) == {("evidenceIds", "REQUIRED")}
    assert refused(await case.propose(evidence=[case.evidence] * 51)) == {("evidenceIds", "TOO_LONG")}
    assert refused(await case.propose(reason=" ", evidence=[foreign])) == {
        ("reason", "REQUIRED"), ("evidenceIds.0", "NOT_FOUND"),
    }  # fmt: skip
    assert refused(await case.propose(account="acc_x")) == {("accountId", "NOT_FOUND")}
    assert await _everything() == before
    # Named twice it counts once.
    assert len((await case.propose(evidence=[case.evidence] * 3))["case"]["evidence"]) == 1


@pytest.mark.parametrize("status", ["TERMINATED", "ERASED", "PENDING_VERIFICATION"])
async def test_what_is_closed_already_is_not_measured_again(site: Site, status: str) -> None:
    case = await bench(site)
    open_one = (await case.propose())["case"]["id"]
    await Account.all().update(status=status, status_reason="önceki")
    assert refused(await case.decide(open_one)) == {("caseId", "NOT_ALLOWED")}
    assert (await Account.get()).status_reason == "önceki"
    assert (await case.decide(open_one, approve=False))["case"]["status"] == "REJECTED"
    assert refused(await case.propose()) == {("accountId", "NOT_ALLOWED")}


async def test_who_is_suspended_for_debt_can_be_suspended_for_conduct(site: Site) -> None:
    case = await bench(site)
    await move(site, case.decider, "suspend", case.account, "Borç")
    await case.approved("SUSPEND")
    assert (await Account.get()).status_reason == WHY


async def test_cases_are_for_those_who_propose_or_decide(site: Site) -> None:
    case = await bench(site)
    made = (await case.propose())["case"]["id"]
    node = "query ($id: ID!) { node(id: $id) { id } }"
    for scope in (Scope.CONDUCT_PROPOSE, Scope.CONDUCT_DECIDE):
        token = await site.staff_token(scope, email=f"{scope.value[-5:]}@example.net")
        assert (await site.data(node, {"id": made}, token))["node"] == {"id": made}
        asked = "{ conductCases { nodes { account { number email } } } }"
        answer = await site.ask(asked, {}, token)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    other = await site.staff_token(Scope.TICKETS_ALL, email="baska@example.net")
    for token in (case.desk.session, other, None):
        assert (await site.data(node, {"id": made}, token))["node"] is None
    for given in ("cdt_x", case.account, ids.public("cdt", ids.new_id())):
        assert refused(await case.decide(given)) == {("caseId", "NOT_FOUND")}
        assert refused(await case.do(WITHDRAW, case.desk.staff, id=given)) == {("caseId", "NOT_FOUND")}
    assert refused(await case.decide(made, reason="")) == {("reason", "REQUIRED")}
