"""Each scope does what it says and nothing else: every operation by a token of every scope, and by a guest.

A new operation without a row fails; so does one whose description names another scope than its row.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_composite_type,
)

from api import tokens
from api.caller import CUSTOMER_SCOPES, OPEN_SCOPES, STAFF_SCOPES, Scope, with_included
from api.models.people import Person
from api.schema.root import schema
from tests.cast import AYSE
from tests.doors import GraphqlDoor, joined
from tests.licensed import licensed
from tests.site import Site
from tests.test_access import _everything

NOTHING, SESSION = "nothing", "a session"
# What lets a token do it: nothing at all, one of these scopes, or never.
QUERIES = {
    "viewer": NOTHING,
    "node": NOTHING,
    "passwordStrength": NOTHING,
    "agreement": NOTHING,
    "products": "products:read",
    "product": "products:read",
    "categories": "products:read",
    "orders": "invoices:read or billing:read",
    "invoices": "invoices:read or billing:read",
    "payments": "invoices:read or billing:read",
    "credits": "invoices:read",
    "lateFeeRule": "billing:read",
    "licenses": "licenses:read or licenses:all",
    "explainValidation": "licenses:read or licenses:all",
    "domainCheck": NOTHING,
    "productLicensing": "catalog:write",
    "installationRequests": "licenses:read or installations:manage",
    "supportStatus": NOTHING,
    "announcements": NOTHING,
    "accounts": "accounts:read",
    "conductCases": "conduct:propose or conduct:decide",
    "letters": SESSION,
    "tickets": "tickets:read or tickets:all",
    "ticket": "tickets:read or tickets:all",
    "ticketAgents": "tickets:manage",
    "ticketQueue": "tickets:all",
    "cannedAnswers": "tickets:manage",
    "filledCannedAnswer": "tickets:manage",
    "apiTokens": SESSION,
}
MUTATIONS = {
    "registerAccount": NOTHING,
    "verifyEmail": NOTHING,
    "signIn": NOTHING,
    "requestPasswordReset": NOTHING,
    "resetPassword": NOTHING,
    "signOut": SESSION,
    "changePassword": SESSION,
    "changeEmail": SESSION,
    "createApiToken": SESSION,
    "revokeApiToken": SESSION,
    "updateAccount": "account:write",
    "setMarketingConsent": "account:write",
    "publishAgreement": "agreements:publish",
    "placeOrder": "orders:write",
    "cancelOrder": "orders:write",
    "reportBankTransfer": "invoices:pay",
    "applyCredit": "invoices:pay",
    "renewSupport": "orders:write",
    "bindLicenseDomain": "licenses:write",
    "changeLicenseDomain": "licenses:write or licenses:manage",
    "issueOfflineLease": "licenses:write",
    "validateLicense": "licenses:validate",
    "requestLicenseTransfer": "licenses:write",
    "requestInstallation": "licenses:write",
    "cancelInstallation": "licenses:write",
    "depositInstallationAccess": "licenses:write",
    "createCategory": "catalog:write",
    "createProduct": "catalog:write",
    "updateProduct": "catalog:write",
    "retireProduct": "catalog:write",
    "publishRelease": "catalog:write",
    "attachReleaseFile": "catalog:write",
    "yankRelease": "catalog:write",
    "createDownloadLink": "licenses:read or licenses:all",
    "setProductLicensing": "catalog:write",
    "uploadAttachment": "tickets:write or tickets:manage",
    "removeAttachment": "tickets:write or tickets:manage",
    "createAttachmentLink": "tickets:read or tickets:all",
    "setVatRate": "catalog:write",
    "confirmPayment": "billing:write",
    "rejectPayment": "billing:write",
    "issueCreditNote": "billing:write",
    "setLateFeeRule": "billing:write",
    "endLateFee": "billing:write",
    "waiveLateFee": "billing:write",
    "suspendLicense": "licenses:manage",
    "reinstateLicense": "licenses:manage",
    "cancelLicense": "licenses:manage",
    "readInstallationAccess": "installations:manage",
    "scheduleInstallation": "installations:manage",
    "completeInstallation": "installations:manage",
    "declineInstallation": "installations:manage",
    "suspendAccount": "accounts:suspend",
    "reinstateAccount": "accounts:suspend",
    "proposeConductMeasure": "conduct:propose",
    "decideConductMeasure": "conduct:decide",
    "withdrawConductMeasure": "conduct:propose",
    "openTicket": "tickets:write or tickets:manage",
    "replyToTicket": "tickets:write or tickets:manage",
    "closeTicket": "tickets:write or tickets:manage",
    "rateTicket": "tickets:write",
    "publishAnnouncement": "announcements:publish",
    "withdrawAnnouncement": "announcements:publish",
    "assignTicket": "tickets:manage",
    "addTicketNote": "tickets:manage",
    "changeTicket": "tickets:manage",
    "mergeTickets": "tickets:manage",
    "markTicketPresence": "tickets:manage",
    "saveCannedAnswer": "tickets:manage",
    "deleteCannedAnswer": "tickets:manage",
}
TABLE = QUERIES | MUTATIONS
# What guests may do too: their needs are needs of a token only.
OPEN = {name for name, need in TABLE.items() if need in set(OPEN_SCOPES)}
# Scopes that open no operation: they say what is seen of objects.
WITHOUT_OPERATION = {"account:read", "accounts:identity", "licenses:keys"}


def _fields(kind: str) -> dict[str, Any]:
    public = schema._schema
    found = public.query_type if kind == "query" else public.mutation_type
    assert found
    return found.fields


def _value(kind: Any) -> str:
    """A literal that the type takes; what it means does not matter, nothing has such an id."""
    if isinstance(kind, GraphQLNonNull):
        return _value(kind.of_type)
    if isinstance(kind, GraphQLList):
        return f"[{_value(kind.of_type)}]"
    if isinstance(kind, GraphQLEnumType):
        return str(next(iter(kind.values)))
    if isinstance(kind, GraphQLInputObjectType):
        return f"{{{_arguments(kind.fields)}}}"
    plain = {"Int": "1", "Boolean": "false", "Date": '"2999-01-01"', "DateTime": '"2999-01-01T00:00:00Z"'}
    return plain.get(kind.name, '"1"')


def _arguments(given: dict[str, Any]) -> str:
    needed = {name: one for name, one in given.items() if isinstance(one.type, GraphQLNonNull)}
    return ", ".join(f"{name}: {_value(one.type)}" for name, one in needed.items())


def document(name: str) -> str:
    """The operation with all that it requires, made from the schema."""
    kind = "query" if name in _fields("query") else "mutation"
    field = _fields(kind)[name]
    given = _arguments(field.args)
    selection = " { __typename }" if is_composite_type(get_named_type(field.type)) else ""
    return f"{kind} {{ {name}{f'({given})' if given else ''}{selection} }}"


def allowed(scopes: Iterable[str]) -> set[str]:
    """What the table lets a token of these scopes do."""
    return {name for name, need in TABLE.items() if need == NOTHING or set(need.split(" or ")) & set(scopes)}


def test_every_operation_of_the_schema_has_a_row() -> None:
    assert (set(_fields("query")), set(_fields("mutation"))) == (set(QUERIES), set(MUTATIONS))


def test_every_scope_opens_an_operation_or_says_what_is_seen() -> None:
    named = {scope for need in TABLE.values() if need not in {NOTHING, SESSION} for scope in need.split(" or ")}
    assert named <= set(Scope)
    assert set(Scope) - named == WITHOUT_OPERATION


@pytest.mark.parametrize("name", TABLE)
def test_a_fields_description_ends_with_what_it_needs(name: str) -> None:
    said = re.search(r" Needs: ([^.]*)\.$", (_fields("query") | _fields("mutation"))[name].description)
    need = TABLE[name]
    prefix = "of a token, scope " if name in OPEN else "" if need == SESSION else "scope "
    assert (said and said[1]) == (None if need == NOTHING else prefix + need)


async def _codes(site: Site, token: str | None, names: Iterable[str]) -> dict[str, set[str]]:
    """What top-level errors each operation answers, asked ten at a time."""
    told = {}
    waiting = iter(sorted(names))
    headers = {"authorization": f"Bearer {token}"} if token else {}
    while batch := list(itertools.islice(waiting, 10)):
        response = await site.client.post(
            "/graphql", json=[{"query": document(name)} for name in batch], headers=headers
        )
        for name, answer in zip(batch, response.json(), strict=True):
            told[name] = {error["extensions"]["code"] for error in answer.get("errors", [])}
    return told


async def _tried(site: Site, email: str, granted: Iterable[Scope], own: frozenset[Scope]) -> None:
    """A token with these scopes does what the table says of those that its person has, and nothing else."""
    person = await Person.get(email=email)
    token = (await tokens.issue(person.id, "of a test", granted, None)).text
    may = allowed(own & with_included(granted))
    before = await _everything()
    refused = await _codes(site, token, set(TABLE) - may)
    assert {name: codes for name, codes in refused.items() if codes != {"FORBIDDEN"}} == {}, granted
    assert await _everything() == before, granted
    done = await _codes(site, token, may)
    # Nothing is refused for want of a right; a limit that is used up says nothing of rights.
    assert {name: codes for name, codes in done.items() if codes - {"RATE_LIMITED"}} == {}, granted


async def test_a_customers_token_does_what_its_scope_says_and_nothing_else(site: Site) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    for scope in sorted(CUSTOMER_SCOPES):
        await _tried(site, AYSE["email"], [scope], CUSTOMER_SCOPES)
    # What is written on it beyond what a customer has is worth nothing.
    await _tried(site, AYSE["email"], Scope, CUSTOMER_SCOPES)
    await _tried(site, AYSE["email"], [], CUSTOMER_SCOPES)


async def test_a_staff_members_token_does_what_its_scope_says_and_nothing_else(site: Site) -> None:
    email = "deniz@example.net"
    await site.staff_token(email=email)
    for scope in sorted(STAFF_SCOPES):
        await _tried(site, email, [scope], STAFF_SCOPES)
    await _tried(site, email, Scope, STAFF_SCOPES)
    await _tried(site, email, [], STAFF_SCOPES)


async def test_a_guest_does_what_is_open_and_nothing_else(site: Site) -> None:
    may = allowed([]) | OPEN
    before = await _everything()
    refused = await _codes(site, None, set(TABLE) - may)
    assert {name: codes for name, codes in refused.items() if codes != {"UNAUTHENTICATED"}} == {}
    assert await _everything() == before
    assert {name: codes for name, codes in (await _codes(site, None, may)).items() if codes} == {}


async def _told_of_account(site: Site, email: str, granted: Iterable[Scope], documents: str, selected: str) -> set[str]:
    """What errors a token with these scopes meets that asks for the account behind the first of these documents."""
    person = await Person.get(email=email)
    token = (await tokens.issue(person.id, "of a test", granted, None)).text
    question = f"{{ {documents}(first: 1) {{ nodes {{ account {{ {selected} }} }} }} }}"
    more = " fragment More on Account { phone }" if "...More" in selected else ""
    answer = await site.ask(question + more, None, token)
    return {error["extensions"]["code"] for error in answer.get("errors", [])}


async def test_who_is_behind_a_document_needs_the_scope_of_accounts(site: Site) -> None:
    await licensed(site)
    bora, deniz = "bora@example.net", "deniz@example.net"
    every = Scope.LICENSES_ALL, Scope.BILLING_READ
    cases = [
        (bora, (Scope.LICENSES_READ, Scope.INVOICES_READ), Scope.ACCOUNT_READ),
        (deniz, every, Scope.ACCOUNTS_READ),
    ]
    for documents, (email, granted, needed) in itertools.product(("licenses", "orders", "invoices"), cases):
        assert await _told_of_account(site, email, granted, documents, "id number __typename") == set()
        for personal in ("id", "email", "id: taxIdentity", "... { address { line1 } }", "marketing { email }"):
            asked = documents, f"{personal} ...More"
            assert await _told_of_account(site, email, granted, *asked) == {"FORBIDDEN"}, asked
            assert await _told_of_account(site, email, (*granted, needed), *asked) == set(), asked
    # Of one's own account alone.
    assert await _told_of_account(site, deniz, (*every, Scope.ACCOUNT_READ), "licenses", "email ...More") == {
        "FORBIDDEN"
    }
