"""What is left to a suspended, terminated or erased account (5.2), by session and by API token."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api import clock, tokens
from api.caller import CUSTOMER_SCOPES, OPEN_SCOPES, SCOPES_LEFT, Scope, with_included
from api.models.accounts import Account
from api.models.billing import Payment
from api.models.people import Person
from api.models.sessions import Session
from tests.cast import AYSE, BORA, PASSWORD
from tests.doors import DoorToSite, GraphqlDoor, is_open, joined
from tests.licensed import licensed
from tests.site import Site, token_in
from tests.test_access import _account, _everything
from tests.test_commerce_access import BUY, TELL, _belongings
from tests.test_scopes import NOTHING, SESSION, TABLE, _codes, document

SUSPENDED, TERMINATED, ERASED = "SUSPENDED", "TERMINATED", "ERASED"
BLOCKED = (SUSPENDED, TERMINATED)
# What needs a session and is left; the rest of what needs one is not.
SESSION_LEFT = {"letters", "changePassword", "signOut"}
ME = "{ viewer { scopes account { status statusReason } } }"


async def block(status: str, reason: str | None = "Borç") -> None:
    await Account.all().update(status=status, status_reason=reason)


def left(status: str, granted: frozenset[Scope] | None = None) -> set[str]:
    """What is open to a session of such an account, or to its token with these scopes."""
    scopes = SCOPES_LEFT[status] if granted is None else SCOPES_LEFT[status] & with_included(granted)
    may = {name for name, need in TABLE.items() if need == NOTHING or set(need.split(" or ")) & scopes}
    # A session may what a guest may.
    return may | (SESSION_LEFT if granted is None else set())


@pytest.mark.parametrize("status", BLOCKED)
async def test_every_operation_is_open_or_forbidden_as_the_list_says(site: Site, status: str) -> None:
    session = await _account(site, AYSE)
    person = await Person.get(email=AYSE["email"])
    made = {granted: await tokens.issue(person.id, "of a test", granted, None) for granted in (CUSTOMER_SCOPES,)}
    await block(status)
    # Last what ends the session.
    ends = {"changePassword", "signOut"}
    for token, may in ((made[CUSTOMER_SCOPES].text, left(status, CUSTOMER_SCOPES)), (session, left(status))):
        before = await _everything()
        refused = await _codes(site, token, set(TABLE) - may)
        assert {name: codes for name, codes in refused.items() if codes != {"FORBIDDEN"}} == {}
        assert await _everything() == before
        done = await _codes(site, token, may - ends)
        assert {name: codes for name, codes in done.items() if codes - {"RATE_LIMITED"}} == {}
    for name in sorted(ends):
        assert "errors" not in await site.ask(document(name), token=session)


def test_the_list_of_what_is_left_says_what_it_should() -> None:
    read = {"account:read", "invoices:read", "tickets:read", "tickets:write", *OPEN_SCOPES}
    assert {status: set(scopes) for status, scopes in SCOPES_LEFT.items()} == {
        SUSPENDED: {*read, "invoices:pay"}, TERMINATED: read, ERASED: set(),
    }  # fmt: skip
    assert {name for name, need in TABLE.items() if need == SESSION} > SESSION_LEFT


@pytest.mark.parametrize("status", BLOCKED)
async def test_it_signs_in_reads_why_changes_its_password_and_signs_out(
    site: Site, door: DoorToSite, status: str
) -> None:
    await joined(door, site, AYSE)
    await block(status, "Ödenmemiş faturalar")
    opened = (await door.sign_in(AYSE["email"], PASSWORD)).session
    assert opened
    viewer = (await site.data(ME, token=opened))["viewer"]
    assert viewer["account"] == {"status": status, "statusReason": "Ödenmemiş faturalar"}
    assert viewer["scopes"] == sorted(SCOPES_LEFT[status])
    assert (await door.change_password(opened, PASSWORD, "yeşil vapur 19 merdiven")).done
    assert (await door.change_email(opened, "yeni@example.net", PASSWORD)).problems == {("", "FORBIDDEN")}
    assert (await door.consent(opened, email=True, sms=True)).problems == {("", "FORBIDDEN")}
    assert (await door.sign_out(opened)).done
    assert not await is_open(site, opened)


async def test_the_scopes_that_signing_in_answers_are_narrowed_too(site: Site) -> None:
    await _account(site, AYSE)
    await block(TERMINATED)
    ask = """mutation { signIn(input: {email: "ayse@example.net", password: "%s"}) { viewer { scopes } } }"""
    answer = await site.data(ask % PASSWORD)
    assert answer["signIn"]["viewer"]["scopes"] == sorted(SCOPES_LEFT[TERMINATED])


async def test_a_suspended_account_pays_what_it_owes_and_a_terminated_one_does_not(site: Site) -> None:
    staff = await site.staff_token()
    session = await _account(site, AYSE)
    await _belongings(site, session, staff)
    product = (await site.data('{ product(slug: "sms") { id } }'))["product"]["id"]
    order = (await site.data(BUY.replace('"b"', '"c"'), {"id": product}, session))["placeOrder"]["order"]
    # A token that may order goes on paying.
    person = await Person.get(email=AYSE["email"])
    token = (await tokens.issue(person.id, "of a test", [Scope.ORDERS_WRITE], None)).text
    await block(SUSPENDED)
    again = await site.ask(BUY.replace('"b"', '"d"'), {"id": product}, session)
    assert [error["extensions"]["code"] for error in again["errors"]] == ["FORBIDDEN"]
    for asker, key in ((session, '"e"'), (token, '"f"')):
        told = await site.data(TELL.replace('"b"', key), {"id": order["invoice"]["id"]}, asker)
        assert told["reportBankTransfer"]["errors"] == []
    assert (await site.data("{ invoices { totalCount } }", token=session))["invoices"]["totalCount"] == 2
    await block(TERMINATED)
    for asker in (session, token):
        refused = await site.ask(TELL.replace('"b"', '"g"'), {"id": order["invoice"]["id"]}, asker)
        assert [error["extensions"]["code"] for error in refused["errors"]] == ["FORBIDDEN"]
    assert await Payment.all().count() == 3
    assert (await site.data("{ invoices { totalCount } }", token=session))["invoices"]["totalCount"] == 2


@pytest.mark.parametrize("status", BLOCKED)
async def test_its_licenses_are_as_if_they_did_not_exist(site: Site, status: str) -> None:
    own = await licensed(site)
    order = (await site.data("{ orders { nodes { id } } }", token=own.session))["orders"]["nodes"][0]["id"]
    await block(status)
    node = "query ($id: ID!) { node(id: $id) { id ... on Order { licenses { id } } } }"
    assert (await site.data(node, {"id": own.id}, own.session))["node"] is None
    assert (await site.data(node, {"id": order}, own.session))["node"] == {"id": order, "licenses": []}


async def test_who_was_erased_is_nobody(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, AYSE)
    person = await Person.get(email=AYSE["email"])
    token = (await tokens.issue(person.id, "of a test", CUSTOMER_SCOPES, None)).text
    assert (await door.forget(AYSE["email"])).done
    reset = token_in((await site.letters_to(AYSE["email"]))[-1])
    await block(ERASED, None)
    for dead in (session, token):
        assert (await site.data(ME, token=dead))["viewer"] == {"scopes": [], "account": None}
    assert (await door.sign_in(AYSE["email"], PASSWORD)).problems == {("", "INVALID_CREDENTIALS")}
    sessions = await Session.all().count()
    answer = await GraphqlDoor(site).reset(reset, "yeşil vapur 19 merdiven")
    assert answer.problems == {("token", "TOKEN_EXPIRED")}
    assert await Session.all().count() == sessions


async def test_another_account_is_not_touched(site: Site) -> None:
    await _account(site, AYSE)
    bora = await _account(site, BORA)
    await Account.filter(first_name="Ayşe").update(status=SUSPENDED, status_reason="Borç")
    assert (await site.data(ME, token=bora))["viewer"]["scopes"] == sorted(CUSTOMER_SCOPES)
    with clock.stopped(clock.now() + timedelta(minutes=1)):
        assert (await site.data(ME, token=bora))["viewer"]["account"]["status"] == "ACTIVE"
