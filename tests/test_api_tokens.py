"""Making, seeing and revoking API tokens: one's own, in a session, with scopes that one has."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api import clock, tokens
from api.audit import Act
from api.caller import CUSTOMER_SCOPES, Scope
from api.jobs import sweep
from api.models import ids
from api.models.audit import AuditEntry
from api.models.people import Person
from api.models.sessions import ApiToken
from api.resolvers.api_tokens import MOST_LIVING
from tests.cast import AYSE, BORA, OTHER_PASSWORD, PASSWORD
from tests.doors import GraphqlDoor, joined, signed_in
from tests.site import Site, text_of

CREATE = """mutation ($name: String!, $scopes: [String!]!, $expiresAt: DateTime) {
  createApiToken(name: $name, scopes: $scopes, expiresAt: $expiresAt) {
    token apiToken { id name prefix scopes createdAt expiresAt lastUsedAt } errors { code field } } }"""
REVOKE = "mutation ($id: ID!) { revokeApiToken(id: $id) { apiToken { id } errors { code field } } }"
LIST = "{ apiTokens { id name prefix scopes createdAt expiresAt lastUsedAt } }"
SCOPES = "{ viewer { scopes } }"
NODE = "query ($id: ID!) { node(id: $id) { id ... on ApiToken { name } } }"
READS = ["licenses:read", "invoices:read"]


async def make(site: Site, session: str, **given: Any) -> Any:
    """A token with these, else usual, inputs."""
    return (await site.data(CREATE, {"name": "muhasebe", "scopes": READS} | given, session))["createApiToken"]


async def test_a_customer_makes_sees_uses_and_revokes_a_token(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    until = clock.now().replace(microsecond=0) + timedelta(days=90)
    made = await make(
        site, session, name="  muhasebe   betiği ", scopes=[*READS, "invoices:read"], expiresAt=str(until)
    )
    assert made["errors"] == []
    token, shown = made["token"], made["apiToken"]
    assert tokens.well_formed(token)
    assert shown | {"id": "", "createdAt": ""} == {
        "id": "",
        "name": "muhasebe betiği",
        "prefix": token[:8],
        "scopes": sorted(READS),
        "createdAt": "",
        "expiresAt": until.isoformat(),
        "lastUsedAt": None,
    }
    assert (await site.data(LIST, token=session))["apiTokens"] == [shown]
    assert (await site.data(NODE, {"id": shown["id"]}, session))["node"] == {"id": shown["id"], "name": shown["name"]}
    assert (await site.data(SCOPES, token=token))["viewer"]["scopes"] == sorted(READS)
    for _ in range(2):
        revoked = (await site.data(REVOKE, {"id": shown["id"]}, session))["revokeApiToken"]
        assert revoked == {"apiToken": {"id": shown["id"]}, "errors": []}
        assert (await site.data(SCOPES, token=token))["viewer"]["scopes"] == []
    assert (await site.data(LIST, token=session))["apiTokens"] == []
    trail = await AuditEntry.filter(act__in=[Act.TOKEN_CREATE.value, Act.TOKEN_REVOKE.value]).order_by("at")
    assert [(entry.act, entry.details["scopes"]) for entry in trail] == [
        ("token:create", "invoices:read licenses:read"),
        ("token:revoke", "invoices:read licenses:read"),
    ]
    assert {entry.subject for entry in trail} == {f"token:{shown['id'].removeprefix('tok_')}"}
    assert "muhasebe" not in str([entry.details for entry in trail])
    assert token[8:] not in await site.everything_stored()


async def test_its_owner_is_told_by_letter_without_the_token(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    until = clock.now() + timedelta(days=30)
    first = await make(site, session, expiresAt=until.isoformat())
    await make(site, session, name="süresiz")
    told, other = (await site.letters_to(AYSE["email"]))[-2:]
    assert told["Subject"].endswith("yeni bir API anahtarı oluşturuldu")
    assert "“muhasebe”" in text_of(told)
    assert "Yetkileri: invoices:read, licenses:read\n" in text_of(told)
    assert f"\nGeçerliliği: {until.astimezone(clock.ISTANBUL).day} " in text_of(told)
    assert "http://testserver/panel/api-tokens" in text_of(told)
    assert first["token"][8:] not in str(told)
    assert "\nGeçerliliği: siz iptal edene kadar\n\nAnahtarı siz" in text_of(other)


async def test_a_staff_member_gives_what_the_vendor_gave(site: Site) -> None:
    await site.staff_token(Scope.BILLING_READ)
    (letter,) = await site.letters_to("deniz@example.net")
    door = GraphqlDoor(site)
    reset = await door.reset(text_of(letter).split("?token=")[1].split()[0], PASSWORD)
    assert reset.session
    refused = await make(site, reset.session, scopes=["billing:read", "billing:write", "account:read"])
    assert refused["errors"] == [
        {"code": "NOT_ALLOWED", "field": ["scopes", "1"]},
        {"code": "NOT_ALLOWED", "field": ["scopes", "2"]},
    ]
    made = await make(site, reset.session, scopes=["billing:read", "products:read"])
    assert (await site.data(SCOPES, token=made["token"]))["viewer"]["scopes"] == ["billing:read", "products:read"]


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({"name": " "}, [("REQUIRED", ["name"])]),
        ({"name": "x" * 101}, [("TOO_LONG", ["name"])]),
        ({"name": "iki\nsatır"}, [("INVALID", ["name"])]),
        ({"scopes": []}, [("REQUIRED", ["scopes"])]),
        ({"scopes": ["licenses:read"] * 101}, [("TOO_LONG", ["scopes"])]),
        (
            {"scopes": ["licenses:read", "licenses:all", "x", "", "LICENSES:READ", "x\0"]},
            [
                ("NOT_ALLOWED", ["scopes", "1"]),
                ("INVALID", ["scopes", "2"]),
                ("REQUIRED", ["scopes", "3"]),
                ("INVALID", ["scopes", "4"]),
                ("INVALID", ["scopes", "5"]),
            ],
        ),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, [("INVALID", ["expiresAt"])]),
        ({"expiresAt": "2999-01-01T00:00:00"}, [("INVALID", ["expiresAt"])]),
        ({"expiresAt": "9999-12-31T23:59:59-12:00"}, [("INVALID", ["expiresAt"])]),
        (
            {"name": "", "scopes": [], "expiresAt": "2020-01-01T00:00:00Z"},
            [("REQUIRED", ["name"]), ("REQUIRED", ["scopes"]), ("INVALID", ["expiresAt"])],
        ),
    ],
)
async def test_what_is_wrong_is_told_beside_its_field(
    site: Site, given: dict[str, Any], errors: list[tuple[str, list[str]]]
) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    before = await site.row_counts()
    answer = await make(site, session, **given)
    assert (answer["token"], answer["apiToken"]) == (None, None)
    assert [(error["code"], error["field"]) for error in answer["errors"]] == errors
    assert await site.row_counts() == before


async def test_an_expiry_in_another_time_zone_is_told_in_utc(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    made = await make(site, session, expiresAt="2999-01-01T02:00:00+03:00")
    assert made["apiToken"]["expiresAt"] == "2998-12-31T23:00:00+00:00"
    assert (await site.data(LIST, token=session))["apiTokens"] == [made["apiToken"]]


async def test_a_person_has_fifty_living_tokens_at_most_even_at_once(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    person = await Person.get(email=AYSE["email"])
    for _ in range(MOST_LIVING - 1):
        await tokens.issue(person.id, "x", [Scope.ACCOUNT_READ], None)
    ended = await tokens.issue(person.id, "x", [Scope.ACCOUNT_READ], clock.now() - timedelta(seconds=1))
    answers = await asyncio.gather(*(make(site, session) for _ in range(4)))
    told = sorted(tuple(error["code"] for error in answer["errors"]) for answer in answers)
    assert told == [(), *[("NOT_ALLOWED",)] * 3]
    assert (await make(site, session))["errors"] == [{"code": "NOT_ALLOWED", "field": None}]
    one = await ApiToken.filter(person_id=person.id).exclude(id=ended.row.id).first()
    assert one
    await site.data(REVOKE, {"id": ids.public("tok", one.id)}, session)
    assert (await make(site, session))["errors"] == []


async def test_anothers_token_is_as_unknown_as_none_at_all(site: Site) -> None:
    door = GraphqlDoor(site)
    ayse, bora = await joined(door, site, AYSE), await joined(door, site, BORA)
    foreign = (await make(site, bora))["apiToken"]["id"]
    before = await site.all_rows()
    for given in (foreign, ids.public("tok", ids.new_id()), foreign.replace("tok_", "acc_"), "x", "", "x\0"):
        answer = (await site.data(REVOKE, {"id": given}, ayse))["revokeApiToken"]
        assert answer == {"apiToken": None, "errors": [{"code": "NOT_FOUND", "field": ["id"]}]}
        assert (await site.data(NODE, {"id": given}, ayse))["node"] is None
    assert (await site.data(LIST, token=ayse))["apiTokens"] == []
    assert await site.all_rows() == before


async def test_a_token_makes_sees_and_revokes_none(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    made = await make(site, session, scopes=sorted(CUSTOMER_SCOPES))
    own = {"id": made["apiToken"]["id"]}
    for document, given in ((CREATE, {"name": "x", "scopes": READS}), (REVOKE, own), (LIST, {})):
        answer = await site.ask(document, given, made["token"])
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert (await site.data(NODE, own, made["token"]))["node"] is None
    assert await ApiToken.filter(revoked_at=None).count() == 1


async def test_a_new_password_ends_sessions_and_no_tokens_and_its_letter_says_so(site: Site) -> None:
    door = GraphqlDoor(site)
    session = await joined(door, site, AYSE)
    other = await signed_in(door, AYSE["email"])
    token = (await make(site, session))["token"]
    assert (await door.change_password(session, PASSWORD, OTHER_PASSWORD)).done
    assert (await site.data(SCOPES, token=other))["viewer"]["scopes"] == []
    assert (await site.data(SCOPES, token=token))["viewer"]["scopes"] == sorted(READS)
    letter = (await site.letters_to(AYSE["email"]))[-1]
    assert "API anahtarları ise geçerli kalır" in text_of(letter)
    assert "http://testserver/panel/api-tokens" in text_of(letter)


async def test_whoever_makes_tokens_without_end_is_told_to_wait(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    for _ in range(60):
        await make(site, session)
        await ApiToken.all().delete()
    answer = await site.ask(CREATE, {"name": "x", "scopes": READS}, session)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["RATE_LIMITED"]


async def test_tokens_that_ended_long_ago_are_erased(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    for name, days in (("kısa", 1), ("uzun", 60), ("süresiz", None), ("iptal", None)):
        until = (clock.now() + timedelta(days=days)).isoformat() if days else None
        await make(site, session, name=name, expiresAt=until)
    await ApiToken.filter(name="iptal").update(revoked_at=clock.now())
    with clock.stopped(clock.now() + timedelta(days=32)):
        await sweep()
    assert {row.name for row in await ApiToken.all()} == {"uzun", "süresiz"}
