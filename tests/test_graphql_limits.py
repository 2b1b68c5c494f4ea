"""What is too much or malformed at the GraphQL door is answered in order, soon, and leaves nothing behind."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import httpx
import orjson
import pytest
from graphql import get_introspection_query
from tortoise import Tortoise

from api.models.database import APP
from api.resolvers import agreements
from api.schema import limits
from tests.cast import AYSE, PASSWORD, as_input
from tests.doors import CHANGE_EMAIL, CHANGE_PASSWORD, FORGET, REGISTER, RESET, SIGN_IN, VERIFY, GraphqlDoor, agreed
from tests.site import Site, token_in

# Of this process's own work, so that a machine busy with other things does not count.
WITHIN_SECONDS = 3.0
JSON = {"content-type": "application/json"}
TOO_COMPLEX, BAD = "QUERY_TOO_COMPLEX", "BAD_REQUEST"


async def _rows() -> dict[str, int]:
    """How many rows there are of everything but the counters of limits."""
    models = Tortoise.apps[APP] if Tortoise.apps else {}
    return {name: await model.all().count() for name, model in models.items() if name != "Throttle"}


async def _post(site: Site, body: bytes) -> httpx.Response:
    """The answer, which must come soon."""
    started = time.process_time()
    response = await site.client.post("/graphql", content=body, headers=JSON)
    assert time.process_time() - started < WITHIN_SECONDS
    return response


def _codes(answer: Any) -> set[str]:
    return {error["extensions"]["code"] for error in answer["errors"]}


def _spread(count: int) -> str:
    return " ".join(f"fragment f{i} on Query {{ ...f{i + 1} ...f{i + 1} }}" for i in range(count))


DOCUMENTS = {
    "10 000 nested braces": ("{" * 10_000 + "}" * 10_000, TOO_COMPLEX),
    "10 000 nested fields": ("{a" * 10_000 + "}" * 10_000, TOO_COMPLEX),
    "10 000 nested lists": ('{node(id:"' + "[" * 10_000 + '"){id}}', TOO_COMPLEX),
    "10 000 closing braces": ("}" * 10_000, BAD),
    "1 000 aliases": ("{" + " ".join(f"a{i}: viewer {{ isStaff }}" for i in range(1000)) + "}", TOO_COMPLEX),
    "31 aliases": ("{" + " ".join(f"a{i}: __typename" for i in range(31)) + "}", TOO_COMPLEX),
    "31 aliases in a fragment": (
        "{ ...f } fragment f on Query {" + " ".join(f"a{i}: __typename" for i in range(31)) + "}",
        TOO_COMPLEX,
    ),
    "3 001 tokens": ("{" + "a " * 2999 + "}", TOO_COMPLEX),
    "100 000 tokens": ("{" + "a " * 100_000 + "}", TOO_COMPLEX),
    "one field 51 times again": ("{" + "__typename " * 52 + "}", TOO_COMPLEX),
    "one object 740 times": ("{" + "viewer{isStaff}" * 740 + "}", TOO_COMPLEX),
    "one object 740 times in a fragment that nothing uses": (
        "{__typename} fragment f on Query {" + "viewer{isStaff}" * 700 + "}",
        TOO_COMPLEX,
    ),
    "one list 400 times": ("{viewer{account{" + "agreementAcceptances{document{id}}" * 400 + "}}}", TOO_COMPLEX),
    "13 levels": ("{viewer{account" + "{account" * 11 + "}" * 13, TOO_COMPLEX),
    "fragments that double 40 times": (
        "{ ...f0 } " + _spread(40) + " fragment f40 on Query { __typename }",
        TOO_COMPLEX,
    ),
    "400 fragments": ("{ ...f0 } " + _spread(400), TOO_COMPLEX),
    "a fragment inside itself": ("{ ...f } fragment f on Query { ...f }", BAD),
    "fragments inside each other": ("{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }", BAD),
    "an unknown field": ("{ viewr { isStaff } }", BAD),
    "an unknown argument": ('{ agreement(knd: "x") { id } }', BAD),
    "no syntax": ("}{", BAD),
    "a comment": ("# nothing", BAD),
    "NUL": ("{ viewer { \0 } }", BAD),
    "a lone surrogate in a string": ('{ node(id: "\\ud800") { id } }', BAD),
    "a subscription": ("subscription { viewer { isStaff } }", BAD),
    "1 000 variables": ("query (" + " ".join(f"$v{i}: Int" for i in range(700)) + ") { __typename }", BAD),
    "99 kB of a number": ("{ agreement(kind: " + "9" * 99_000 + ") { id } }", BAD),
    "1 MB of a number": ("{ agreement(kind: " + "9" * 900_000 + ") { id } }", TOO_COMPLEX),
    "1 MB of a comment": ("#" + "x" * 900_000 + "\n{", TOO_COMPLEX),
}


async def test_a_document_that_is_too_much_or_malformed_is_refused(site: Site) -> None:
    for name, (document, code) in DOCUMENTS.items():
        response = await _post(site, orjson.dumps({"query": document}))
        answer = response.json()
        assert (name, _codes(answer), answer.get("data")) == (name, {code}, None)
        assert response.status_code == (400 if name == "a subscription" else 200), name
        assert "Did you mean" not in response.text
        assert len(response.text) < 100_000


BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "a string": b'"{ viewer { isStaff } }"',
    "no query": b"{}",
    "a query that is a list": b'{"query": []}',
    "a blank query": b'{"query": "  "}',
    "variables that are a list": b'{"query": "{ __typename }", "variables": []}',
    "a name that is a number": b'{"query": "{ __typename }", "operationName": 1}',
    "the name of no operation": b'{"query": "{ __typename }", "operationName": "x"}',
    "invalid UTF-8": b'{"query": "{ __typename }\xff"}',
    "a lone surrogate": b'{"query": "{ __typename } \\ud800"}',
    "UTF-16": '{"query": "{ __typename }"}'.encode("utf-16"),
    "JSON 100 000 deep": b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
    "lists 100 000 deep": b"[" * 100_000 + b"]" * 100_000,
    "an array of 1 000 operations": orjson.dumps([{"query": "{ __typename }"}] * 1000),
    "an array of 11 operations": orjson.dumps([{"query": "{ __typename }"}] * 11),
    "an array of nothing": b"[]",
    "an array in an array": b'[[{"query": "{ __typename }"}]]',
    "NaN": b'{"query": "{ __typename }", "variables": {"a": NaN}}',
}


async def test_a_body_that_is_no_operation_is_refused(site: Site) -> None:
    before = await _rows()
    for name, body in BODIES.items():
        response = await _post(site, body)
        assert (name, response.status_code, _codes(response.json())) == (name, 400, {BAD})
    assert await _rows() == before


async def test_ten_operations_are_answered_one_by_one_and_share_the_limits(site: Site) -> None:
    (answers,) = [await _post(site, orjson.dumps([{"query": "{ __typename }"}] * 10))]
    assert answers.json() == [{"data": {"__typename": "Query"}}] * 10
    heavy = "{" + "viewer{isStaff scopes account{id}}" * 10 + "}"
    batch = [{"query": f"# {i}\n{heavy}"} for i in range(10)]
    assert [sorted(answer) for answer in (await _post(site, orjson.dumps(batch))).json()] == [["data"]] * 10


async def test_what_a_person_and_an_editor_ask_for_is_within_the_limits(site: Site) -> None:
    standard = get_introspection_query(
        descriptions=True, specified_by_url=True, directive_is_repeatable=True, schema_description=True
    )
    answer = await site.ask(standard)
    assert "errors" not in answer
    assert {"Query", "Mutation"} <= {kind["name"] for kind in answer["data"]["__schema"]["types"]}
    for count, fields in ((limits.MOST_ALIASES, "a{}: __typename"), (limits.MOST_REPEATED + 1, "__typename")):
        document = "{" + " ".join(fields.format(i) for i in range(count)) + "}"
        assert "errors" not in await site.ask(document)


def _long(form: dict[str, Any], path: list[str], text: str) -> dict[str, Any]:
    """The form with a text at the path."""
    head, *rest = path
    return form | {head: _long(form[head], rest, text) if rest else text}


TEXTS = {
    "nearly 1 MB": "x" * 900_000,
    "nearly 1 MB of ı": "ı" * 450_000,
    "NUL": "a\0b",
    "a text that turns": "\u202eabc",
    "marks on marks": "a" + "\u0301" * 100_000,
}
REGISTRATION_TEXTS = [
    ["email"],
    ["password"],
    ["firstName"],
    ["lastName"],
    ["phone"],
    ["companyName"],
    ["nationalId"],
    ["acceptedAgreementId"],
    ["readPrivacyNoticeId"],
    *(["address", name] for name in ("line1", "line2", "district", "province", "postalCode", "country")),
]


@pytest.mark.parametrize("text", TEXTS)
async def test_a_monstrous_text_in_any_field_of_a_registration_is_refused_there(site: Site, text: str) -> None:
    form = as_input(await agreed(site, AYSE))
    before = await _rows()
    for path in REGISTRATION_TEXTS:
        started = time.process_time()
        answer = await site.ask(REGISTER, {"input": _long(form, path, TEXTS[text])})
        assert time.process_time() - started < WITHIN_SECONDS, path
        fields = [error["field"] for error in answer["data"]["registerAccount"]["errors"]]
        assert path in fields, answer
        assert len(orjson.dumps(answer)) < 5000
    assert await _rows() == before


@pytest.mark.parametrize("text", TEXTS)
async def test_what_an_account_type_is_not_asked_for_may_be_monstrous_and_is_not_kept(site: Site, text: str) -> None:
    door = GraphqlDoor(site)
    form = AYSE | {"tax_office": TEXTS[text], "tax_number": "\0"}
    assert (await door.register(form)).done
    (letter,) = await site.letters_to("ayse@example.net")
    session = (await door.verify(token_in(letter))).session
    account = (await site.data("{ viewer { account { taxOffice } } }", token=session))["viewer"]["account"]
    assert account == {"taxOffice": None}


@pytest.mark.parametrize("text", TEXTS)
async def test_a_monstrous_text_in_any_other_argument_is_answered(site: Site, text: str) -> None:
    door = GraphqlDoor(site)
    await door.register(AYSE)
    (letter,) = await site.letters_to("ayse@example.net")
    session = (await door.verify(token_in(letter))).session
    staff = await site.staff_token()
    await site.deliver()
    huge = TEXTS[text]
    publish = """mutation ($input: PublishAgreementInput!) {
      publishAgreement(input: $input) { errors { code field } } }"""
    update = "mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { errors { code field } } }"
    before = await _rows()
    calls: list[tuple[str, dict[str, Any], str | None]] = [
        (VERIFY, {"token": huge}, None),
        (SIGN_IN, {"input": {"email": huge, "password": "a"}}, None),
        (SIGN_IN, {"input": {"email": "a@example.net", "password": "a", "otp": huge}}, None),
        (SIGN_IN, {"input": {"email": "ayse@example.net", "password": huge}}, None),
        (FORGET, {"email": huge}, None),
        (RESET, {"token": "a", "password": huge}, None),
        (CHANGE_PASSWORD, {"current": huge, "new": "a"}, session),
        (CHANGE_PASSWORD, {"current": PASSWORD, "new": huge}, session),
        (CHANGE_EMAIL, {"new": huge, "current": PASSWORD}, session),
        (update, {"input": {"firstName": huge}}, session),
        (publish, {"input": {"kind": "REFUND_TERMS", "version": huge, "title": "a", "body": "b"}}, staff),
        (publish, {"input": {"kind": "REFUND_TERMS", "version": "a", "title": huge, "body": "b"}}, staff),
        ("query ($a: String!) { passwordStrength(password: $a) { score } }", {"a": huge}, None),
        (
            'query ($a: [String!]) { passwordStrength(password: "x", personalInputs: $a) { score } }',
            {"a": [huge]},
            None,
        ),
        ("query ($a: ID!) { node(id: $a) { id } }", {"a": huge}, None),
        ("query ($a: DateTime) { agreement(kind: REFUND_TERMS, at: $a) { id } }", {"a": huge}, None),
    ]
    for document, variables, token in calls:
        started = time.process_time()
        answer = await site.ask(document, variables, token)
        assert time.process_time() - started < WITHIN_SECONDS, document
        assert "INTERNAL" not in json.dumps(answer)
        assert len(json.dumps(answer)) < 5000
    after = await _rows()
    # Refused sign-ins are recorded; nothing else is written.
    assert after.pop("AuditEntry") - before.pop("AuditEntry") == 3
    assert after == before
    assert [*(await site.deliver())][2:] == []


async def test_a_password_of_100_000_characters_is_too_long(site: Site) -> None:
    form = as_input(await agreed(site, AYSE | {"password": PASSWORD * 4000}))
    answer = await site.ask(REGISTER, {"input": form})
    assert [(e["code"], e["field"]) for e in answer["data"]["registerAccount"]["errors"]] == [
        ("TOO_LONG", ["password"])
    ]


WRONG_TYPES: list[tuple[str, dict[str, Any]]] = [
    (SIGN_IN, {"input": {"email": "a@example.net", "password": {"secret": "s3cr3t-value"}}}),
    (SIGN_IN, {"input": {"email": "a@example.net", "password": ["s3cr3t-value"]}}),
    (SIGN_IN, {"input": {"email": "a@example.net", "password": "s3cr3t-value", "pasword": "s3cr3t-value"}}),
    (SIGN_IN, {"input": "s3cr3t-value"}),
    (SIGN_IN, {"input": {"password": "s3cr3t-value"}}),
    (SIGN_IN, {}),
    (RESET, {"token": 5, "password": ["s3cr3t-value"]}),
    (RESET, {"token": "a", "password": {"s3cr3t-value": 1}}),
    (CHANGE_PASSWORD, {"current": ["s3cr3t-value"], "new": 1.5}),
    (VERIFY, {"token": ["s3cr3t-value"]}),
    ("query ($a: DateTime) { agreement(kind: REFUND_TERMS, at: $a) { id } }", {"a": "s3cr3t-value"}),
    ("query ($a: DocumentKind!) { agreement(kind: $a) { id } }", {"a": "s3cr3t-value"}),
    ("query ($a: Int!) { node(id: $a) { id } }", {"a": "s3cr3t-value"}),
    ('mutation { signIn(input: {email: "a", password: ["s3cr3t-value"]}) { errors { code } } }', {}),
    ('mutation { signIn(input: {email: "a", password: {a: "s3cr3t-value"}}) { errors { code } } }', {}),
    ('mutation { signIn(input: {email: "a", pasword: "s3cr3t-value"}) { errors { code } } }', {}),
    ('mutation { signIn(input: "s3cr3t-value") { errors { code } } }', {}),
    ('{ agreement(kind: "s3cr3t-value") { id } }', {}),
    ('{ agreement(kind: REFUND_TERMS, at: "s3cr3t-value") { id } }', {}),
    ('mutation { signIn(input: {email: "a" "s3cr3t-value"}) { errors { code } } }', {}),
    ('query ($a: String = ["s3cr3t-value"]) { passwordStrength(password: $a) { score } }', {}),
    ('{ passwordStrength(password: "a", personalInputs: [["s3cr3t-value"]]) { score } }', {}),
]


async def test_an_error_of_types_repeats_the_value_neither_to_the_caller_nor_in_the_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for document, variables in WRONG_TYPES:
        answer = await site.ask(document, variables)
        assert _codes(answer) == {BAD}, document
        assert "s3cr3t" not in json.dumps(answer)
        assert "Did you mean" not in json.dumps(answer)
    assert "s3cr3t" not in caplog.text


async def test_an_error_of_types_says_what_is_wrong_and_where(site: Site) -> None:
    given = {"input": {"email": "a@example.net", "password": ["a"]}}
    expected = "Variable '$input' has invalid value at .password: String cannot represent a non string value."
    assert [error["message"] for error in (await site.ask(SIGN_IN, given))["errors"]] == [expected]
    given = {"input": {"email": "a@example.net", "pasword": "a", "password": "a"}}
    expected = "Variable '$input' has invalid value: Expected value of type 'SignInInput' not to include unknown field "
    assert [error["message"] for error in (await site.ask(SIGN_IN, given))["errors"]] == [expected + "'pasword'."]
    (error,) = (await site.ask('{ agreement(kind: "REFUND") { id } }'))["errors"]
    assert error["message"] == "Enum 'DocumentKind' cannot represent non-enum value."


async def test_an_instant_at_the_edge_of_the_calendar_is_answered(site: Site) -> None:
    query = "query ($a: DateTime) { agreement(kind: SERVICE_AGREEMENT, at: $a) { version } }"
    known = {
        "0001-01-01T00:00:00+14:00": None,
        "2021-07-04T20:59:59Z": None,
        "2021-07-05T00:00:00+03:00": {"version": "2021-07-05"},
        "2026-01-01T00:00:00": {"version": "2021-07-05"},
        "9999-12-31T23:59:59-12:00": {"version": "2021-07-05"},
    }
    for instant, version in known.items():
        assert await site.data(query, {"a": instant}) == {"agreement": version}


async def test_a_crash_is_answered_with_an_id_that_the_log_knows_and_nothing_of_the_inside(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise LookupError("SELECT secret FROM somewhere")

    monkeypatch.setattr(agreements.Row, "filter", stumble)
    answer = await site.ask("{ agreement(kind: SERVICE_AGREEMENT) { id } viewer { isStaff } }")
    (error,) = answer["errors"]
    assert answer["data"] == {"agreement": None, "viewer": {"isStaff": False}}
    assert sorted(error["extensions"]) == ["code", "requestId"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["message"] == "Beklenmeyen bir hata oluştu; lütfen biraz sonra yeniden deneyiniz."
    assert error["path"] == ["agreement"]
    assert "SELECT" not in json.dumps(answer)
    (record,) = [record for record in caplog.records if record.name == "api.schema.errors"]
    assert record.getMessage() == f"request {error['extensions']['requestId']} failed"
    assert record.exc_info


async def test_the_server_answers_others_while_it_refuses_too_much(site: Site) -> None:
    for document, _ in DOCUMENTS.values():
        await site.ask(document)
        started = time.process_time()
        assert (await site.data("{ viewer { isStaff } }"))["viewer"] == {"isStaff": False}
        assert time.process_time() - started < 1
