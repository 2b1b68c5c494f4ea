"""Who may call what: every resolver of the API by every kind of caller; a refused call changes nothing."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import pytest
from tortoise import Tortoise

from api import clock, tokens
from api.access import NEEDS
from api.caller import CUSTOMER_SCOPES, STAFF_SCOPES, Scope
from api.models import ids
from api.models.database import APP
from api.models.people import Person
from api.models.sessions import ApiToken
from api.resolvers import (
    accounts,
    agreements,
    announcements,
    api_tokens,
    attachments,
    canned_answers,
    catalog,
    conduct,
    downloads,
    emails,
    incoming_mail,
    installations,
    invoices,
    letters,
    license_domains,
    licenses,
    licensing,
    offline_leases,
    orders,
    passwords,
    payments,
    places,
    releases,
    sessions,
    staff,
    standing,
    support,
    ticket_agents,
    ticket_desk,
    ticket_merging,
    ticket_opening,
    tickets,
    validations,
)
from api.schema.root import schema
from tests.cast import AYSE, BORA, OTHER_PASSWORD, PASSWORD, as_input
from tests.doors import (
    CHANGE_EMAIL,
    CHANGE_PASSWORD,
    FORGET,
    REGISTER,
    RESET,
    SIGN_IN,
    SIGN_OUT,
    VERIFY,
    GraphqlDoor,
    agreed,
)
from tests.site import Site, token_in

GUEST, CUSTOMER, API_TOKEN, READ_TOKEN, POWERLESS, STAFF = CALLERS = (
    "guest",
    "customer",
    "customer's API token",
    "customer's API token that only reads",
    "staff without scope",
    "staff",
)
OK, UNAUTHENTICATED, FORBIDDEN = "OK", "UNAUTHENTICATED", "FORBIDDEN"
ALL = dict.fromkeys(CALLERS, OK)
OWN_SESSION = dict.fromkeys(CALLERS, FORBIDDEN) | {GUEST: UNAUTHENTICATED, CUSTOMER: OK}
OWN_ACCOUNT = OWN_SESSION | {API_TOKEN: OK}
CHECKER = dict.fromkeys(CALLERS, FORBIDDEN) | {GUEST: OK, CUSTOMER: OK, STAFF: OK}
PUBLISHER = dict.fromkeys(CALLERS, FORBIDDEN) | {GUEST: UNAUTHENTICATED, STAFF: OK}

VALIDATE = 'mutation { validateLicense(input: {key: "x", domain: "a.com.tr"}) { code } }'
UPDATE = "mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { account { phone } errors { code } } }"
CONSENT = "mutation { setMarketingConsent(email: true, sms: true) { account { id } errors { code } } }"
PUBLISH = """mutation ($input: PublishAgreementInput!) {
  publishAgreement(input: $input) { document { id } errors { code } } }"""
REVISION = {"kind": "SERVICE_AGREEMENT", "version": "next", "title": "Hizmet Sözleşmesi", "body": "1. Metin"}


@dataclass
class Call:
    """One operation: its resolver, what it is sent with, and what each caller gets."""

    resolver: Any
    document: str
    variables: dict[str, Any]
    answers: dict[str, str]


OPERATIONS = {
    "viewer": Call(accounts.viewer, "{ viewer { scopes account { id } } }", {}, ALL),
    "passwordStrength": Call(passwords.password_strength, '{ passwordStrength(password: "a") { score } }', {}, ALL),
    "agreement": Call(agreements.agreement, "{ agreement(kind: PRIVACY_NOTICE) { id html } }", {}, ALL),
    "registerAccount": Call(accounts.register_account, REGISTER, {}, ALL),
    "verifyEmail": Call(emails.verify_email, VERIFY, {"token": "x"}, ALL),
    "signIn": Call(sessions.sign_in, SIGN_IN, {"input": {"email": "x@example.net", "password": "y"}}, ALL),
    "requestPasswordReset": Call(passwords.request_password_reset, FORGET, {"email": "x@example.net"}, ALL),
    "resetPassword": Call(passwords.reset_password, RESET, {"token": "x", "password": OTHER_PASSWORD}, ALL),
    "signOut": Call(sessions.sign_out, SIGN_OUT, {}, OWN_SESSION),
    "changePassword": Call(
        passwords.change_password, CHANGE_PASSWORD, {"current": PASSWORD, "new": OTHER_PASSWORD}, OWN_SESSION
    ),
    "changeEmail": Call(
        emails.change_email, CHANGE_EMAIL, {"current": PASSWORD, "new": "yeni@example.net"}, OWN_SESSION
    ),
    "updateAccount": Call(accounts.update_account, UPDATE, {"input": {"phone": "0533 765 43 21"}}, OWN_ACCOUNT),
    "setMarketingConsent": Call(accounts.set_marketing_consent, CONSENT, {}, OWN_ACCOUNT),
    "validateLicense": Call(validations.validate_license, VALIDATE, {}, CHECKER),
    "publishAgreement": Call(agreements.publish_agreement, PUBLISH, {"input": REVISION}, PUBLISHER),
}
# `node` answers null instead of an error; it has a table of its own below.
WITH_TABLES_OF_THEIR_OWN = {"node"}


COMMERCE = (
    announcements, api_tokens, attachments, canned_answers, catalog, conduct, downloads, incoming_mail,
    installations, invoices, letters, license_domains, licenses, licensing, offline_leases, orders, payments,
    releases, standing, support, ticket_agents, ticket_desk, ticket_merging, ticket_opening, tickets, validations,
)  # fmt: skip


def _fields() -> dict[str, Any]:
    public = schema._schema
    assert public.query_type
    assert public.mutation_type
    return public.query_type.fields | public.mutation_type.fields


def test_every_operation_of_the_api_is_in_the_table() -> None:
    # Here, since that module takes its callers from this one.
    from tests.test_commerce_access import NEEDED

    assert set(_fields()) == set(OPERATIONS) | set(NEEDED) | WITH_TABLES_OF_THEIR_OWN


def test_every_verb_says_what_it_needs() -> None:
    silent = [
        f"{module.__name__}.{name}"
        for module in (accounts, agreements, emails, passwords, places, sessions, staff, *COMMERCE)
        for name, verb in vars(module).items()
        if inspect.iscoroutinefunction(verb) and verb.__module__ == module.__name__ and not name.startswith("_")
        if verb not in NEEDS
    ]
    # Only the command line and the clock call these; no door does.
    assert silent == [
        "api.resolvers.staff.create_staff",
        "api.resolvers.incoming_mail.answer_mail",
        "api.resolvers.installations.destroy",
        "api.resolvers.orders.cancel_unpaid",
    ]


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_schema_says_what_an_operation_needs(name: str) -> None:
    call = OPERATIONS[name]
    need = NEEDS[call.resolver]
    description = _fields()[name].description
    expected = {
        "OWN_SESSION": "a session",
        "OWN_ACCOUNT": "scope account:write",
        "PUBLISHER": "scope agreements:publish",
        "CHECKER": "of a token, scope licenses:validate",
    }
    kind = next((key for key in expected if globals()[key] is call.answers), None)
    assert need == (expected[kind] if kind else "nothing")
    assert description.endswith(f" Needs: {need}.") is (need != "nothing")
    assert description.count("Needs:") == (need != "nothing")


async def _account(site: Site, form: dict[str, str]) -> str:
    door = GraphqlDoor(site)
    assert (await door.register(form)).done
    letter = (await site.letters_to(form["email"]))[-1]
    session = (await door.verify(token_in(letter))).session
    assert session
    return session


async def _api_token(email: str, *scopes: str) -> str:
    person = await Person.get(email=email)
    return (await tokens.issue(person.id, "of a test", map(Scope, scopes), None)).text


async def _callers(site: Site) -> dict[str, str | None]:
    """A token for each kind of caller."""
    session = await _account(site, AYSE)
    staff_token = await site.staff_token()
    email = "ece@example.net"
    await site.staff_token(email=email)
    await site.deliver()
    return {
        GUEST: None,
        CUSTOMER: session,
        API_TOKEN: await _api_token(AYSE["email"], "account:read", "account:write", "agreements:publish"),
        READ_TOKEN: await _api_token(AYSE["email"], "account:read"),
        POWERLESS: await _api_token(email, "account:write"),
        STAFF: staff_token,
    }


async def _everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table but the counters of limits."""
    models = Tortoise.apps[APP] if Tortoise.apps else {}
    counted = {name: model for name, model in models.items() if name != "Throttle"}
    return {name: await model.all().order_by(model._meta.pk_attr).values() for name, model in counted.items()}


async def test_each_caller_gets_what_the_table_says_and_a_refused_call_changes_nothing(site: Site) -> None:
    callers = await _callers(site)
    letters = len(await site.deliver())
    for name, call in OPERATIONS.items():
        if call.answers is ALL:
            continue
        for caller, expected in call.answers.items():
            if expected == OK:
                continue
            before = await _everything()
            answer = await site.ask(call.document, call.variables, callers[caller])
            assert [error["extensions"]["code"] for error in answer["errors"]] == [expected], (name, caller)
            assert answer["data"] is None
            assert await _everything() == before, (name, caller)
    assert len(await site.deliver()) == letters


async def test_each_caller_may_do_what_the_table_says(site: Site) -> None:
    callers = await _callers(site)
    registration = {"input": as_input(await agreed(site, BORA))}
    for name, call in OPERATIONS.items():
        variables = registration if name == "registerAccount" else call.variables
        for caller, expected in call.answers.items():
            if expected == OK and call.answers is not OWN_SESSION:
                answer = await site.ask(call.document, variables, callers[caller])
                assert "errors" not in answer, (name, caller)
                assert list(answer["data"]) == [name]
    # Last what ends sessions.
    for name in ("changeEmail", "changePassword", "signOut"):
        call = OPERATIONS[name]
        answer = await site.ask(call.document, call.variables, callers[CUSTOMER])
        assert answer["data"][name]["errors"] == []
    assert (await site.data("{ viewer { scopes } }", token=callers[CUSTOMER]))["viewer"]["scopes"] == []


async def test_what_each_caller_is_told_of_itself(site: Site) -> None:
    callers = await _callers(site)
    told = {}
    for caller, token in callers.items():
        viewer = (await site.data("{ viewer { isStaff scopes account { email } } }", token=token))["viewer"]
        told[caller] = (viewer["isStaff"], viewer["scopes"], viewer["account"] and viewer["account"]["email"])
    assert told == {
        GUEST: (False, [], None),
        CUSTOMER: (False, sorted(CUSTOMER_SCOPES), "ayse@example.net"),
        # A token never does more than its person may.
        API_TOKEN: (False, ["account:read", "account:write"], "ayse@example.net"),
        READ_TOKEN: (False, ["account:read"], "ayse@example.net"),
        POWERLESS: (True, [], None),
        STAFF: (True, sorted(STAFF_SCOPES), None),
    }


NODE = "query ($id: ID!) { node(id: $id) { __typename id ... on Account { email taxIdentity } } }"


async def test_another_customers_account_looks_like_one_that_does_not_exist(site: Site) -> None:
    callers = await _callers(site)
    bora = await _account(site, BORA)
    own = (await site.data("{ viewer { account { id } } }", token=callers[CUSTOMER]))["viewer"]["account"]["id"]
    other = (await site.data("{ viewer { account { id } } }", token=bora))["viewer"]["account"]["id"]
    nobody = ids.public("acc", ids.new_id())
    document = (await site.data("{ agreement(kind: PRIVACY_NOTICE) { id } }"))["agreement"]["id"]
    masked = {"__typename": "Account", "id": own, "email": "ayse@example.net", "taxIdentity": "********060"}
    seen = {
        GUEST: (None, None),
        CUSTOMER: (masked, None),
        API_TOKEN: (masked, None),
        READ_TOKEN: (masked, None),
        POWERLESS: (None, None),
        STAFF: (
            masked | {"taxIdentity": "17291716060"},
            {"__typename": "Account", "id": other, "email": "bora@example.net", "taxIdentity": "4540536920"},
        ),
    }
    odd = [
        nobody,
        other.upper(),
        other[:-1],
        f"acc_{other}",
        other.replace("acc_", "doc_"),
        document.replace("doc_", "acc_"),
    ]
    odd += ["", "acc_", "acc_" + "0" * 31 + "\u0660", "acc_{" + "0" * 30 + "}", "per_" + other[4:], "x\0"]
    for caller, (of_own, of_other) in seen.items():
        token = callers[caller]
        assert (await site.ask(NODE, {"id": own}, token)) == {"data": {"node": of_own}}, caller
        assert (await site.ask(NODE, {"id": other}, token)) == {"data": {"node": of_other}}, caller
        public = (await site.data(NODE, {"id": document}, token))["node"]
        assert public == {"__typename": "AgreementDocument", "id": document}
        for text in odd:
            assert (await site.ask(NODE, {"id": text}, token)) == {"data": {"node": None}}, (caller, text)


async def test_a_token_that_has_ended_opens_nothing(site: Site) -> None:
    await _account(site, AYSE)
    token = await _api_token(AYSE["email"], "account:read")
    ask = "{ viewer { scopes } }"
    assert (await site.data(ask, token=token))["viewer"]["scopes"] == ["account:read"]
    await ApiToken.all().update(expires_at=clock.now())
    assert (await site.data(ask, token=token))["viewer"]["scopes"] == []
    await ApiToken.all().update(expires_at=None, revoked_at=clock.now())
    assert (await site.data(ask, token=token))["viewer"]["scopes"] == []


async def test_an_api_token_is_no_cookie(site: Site) -> None:
    await _account(site, AYSE)
    async with site.browser() as client:
        client.cookies.set("session", await _api_token(AYSE["email"], "account:read", "account:write"))
        page = await client.get("/panel/profile")
        saved = await client.post("/panel/profile/language", data={"language": "en"})
    assert (page.status_code, page.headers.get("location")) == (303, "/sign-in?next=/panel/profile")
    assert saved.headers["location"] == "/sign-in?next=/panel"


async def test_the_panel_is_for_those_who_are_signed_in(site: Site) -> None:
    before = await _everything()
    for name in ("details", "password", "email", "marketing", "language"):
        response = await site.client.post(f"/panel/profile/{name}", data={"language": "en", "email": "true"})
        assert (response.status_code, response.headers["location"]) == (303, "/sign-in?next=/panel")
    for path in ("/panel", "/panel/profile"):
        response = await site.client.get(path)
        assert (response.status_code, response.headers["location"]) == (303, f"/sign-in?next={path}")
    assert await _everything() == before
