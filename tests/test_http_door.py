"""The door speaks GraphQL over HTTP: media types, statuses, GET and POST, with compiled plans and without."""

from __future__ import annotations

from dataclasses import replace

import httpx
import orjson
import pytest

from api import settings as in_force
from api.models.sessions import Session
from api.schema import catalog_answers
from api.schema.negotiation import GRAPHQL_RESPONSE, JSON, media_type
from tests.cast import AYSE
from tests.releasing import packed, upload
from tests.site import ON_ONE_DATABASE, Site
from tests.test_access import _account
from tests.test_catalog_pages import stocked

# What is read of a request and made of an answer knows no database.
pytestmark = ON_ONE_DATABASE

TYPENAME = {"query": "{ __typename }"}
ANSWER = {"data": {"__typename": "Query"}}
SIGN_OUT = {"query": "mutation { signOut { errors { code } } }"}
NODE = "query ($id: ID!) { node(id: $id) { id } }"


@pytest.fixture(params=["compiled", "plain"], autouse=True)
def executor(request: pytest.FixtureRequest, site: Site) -> None:
    """Each rule holds with either executor."""
    in_force.use(replace(site.settings, compiled_plans=request.param == "compiled"))


async def _post(site: Site, body: object, accept: str | None = None, **headers: str) -> httpx.Response:
    """The answer, asked for twice: a plan is made by the first."""
    client = site.client
    if accept is None:
        client.headers.pop("accept", None)
    else:
        client.headers["accept"] = accept
    await client.post("/graphql", json=body, headers=headers)
    return await client.post("/graphql", json=body, headers=headers)


def _told(response: httpx.Response) -> tuple[int, str, list[str]]:
    """The status, the media type and the keys of an answer."""
    return response.status_code, response.headers["content-type"], sorted(response.json())


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/json", JSON),
        ("Application/JSON; charset=utf-8", JSON),
        ("application/*", JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", JSON),
        ("application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json;charset=utf-8", GRAPHQL_RESPONSE),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL_RESPONSE),
        ("application/json, application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/json, application/graphql-response+json;q=0.9", JSON),
        ("application/graphql-response+json;q=0, */*", JSON),
        ("application/json;q=0, */*;q=0.1", GRAPHQL_RESPONSE),
        ("application/json;q=x", JSON),
        ("text/html", None),
        ("application/json;q=0", None),
        ("text/*, image/png", None),
    ],
)
async def test_the_media_type_is_the_one_that_is_preferred(
    site: Site, accept: str | None, expected: str | None
) -> None:
    assert media_type(accept or "") == expected
    response = await _post(site, TYPENAME, accept)
    if expected is None:
        assert _told(response) == (406, JSON, ["errors"])
        return
    suffix = "" if expected == JSON else "; charset=utf-8"
    assert (response.status_code, response.headers["content-type"]) == (200, expected + suffix)
    assert response.json() == ANSWER


async def test_all_lines_of_accept_are_one_list_however_long(site: Site) -> None:
    del site.client.headers["accept"]
    many = ", ".join(f"application/x-{number}" for number in range(100))
    for lines in (["text/html", JSON], [many, JSON], [f"{many}, {JSON}"], ["text/html", "image/png", "*/*;q=0.1"]):
        headers = [("accept", line) for line in lines]
        answer = await site.client.post("/graphql", json=TYPENAME, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (200, JSON), lines
    lines = [("accept", JSON + ";q=0.5"), ("accept", GRAPHQL_RESPONSE)]
    answer = await site.client.post("/graphql", json=TYPENAME, headers=lines)
    assert answer.headers["content-type"].startswith(GRAPHQL_RESPONSE)
    editor = await site.client.get("/graphql", headers=[("accept", JSON), ("accept", "text/html")])
    assert 'id="graphiql"' in editor.text


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"query": "{"}, id="no syntax"),
        pytest.param({"query": "{ nothing }"}, id="not valid"),
        pytest.param({"query": NODE, "variables": {"id": [1]}}, id="a wrong variable"),
        pytest.param({"query": NODE}, id="no variable"),
        pytest.param({"query": "{" + "{" * 100}, id="too nested"),
        pytest.param({"query": "{" + "a " * 3000 + "}"}, id="too long"),
    ],
)
async def test_what_could_not_be_executed_has_no_data_and_a_status_only_in_graphqls_own_type(
    site: Site, body: dict[str, object]
) -> None:
    told = await _post(site, body, GRAPHQL_RESPONSE)
    assert _told(told) == (400, f"{GRAPHQL_RESPONSE}; charset=utf-8", ["errors"])
    assert _told(await _post(site, body, JSON)) == (200, JSON, ["errors"])
    assert _told(await _post(site, body)) == (200, JSON, ["errors"])


async def test_an_error_of_a_field_is_part_of_an_answer_that_was_made(site: Site) -> None:
    partly = await _post(site, {"query": "{ __typename letters { totalCount } }"}, GRAPHQL_RESPONSE)
    assert (partly.status_code, sorted(partly.json()), partly.json()["data"]) == (200, ["data", "errors"], None)
    assert partly.json()["errors"][0]["path"] == ["letters"]


async def test_other_methods_and_mutations_by_get_are_told_what_is_allowed(site: Site) -> None:
    session = await _account(site, AYSE)
    site.client.cookies.set("session", session)
    for _ in range(2):
        refused = await site.client.get("/graphql", params=SIGN_OUT)
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
        assert sorted(refused.json()) == ["errors"]
    assert await Session.all().count() == 1
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        answer = await site.client.request(method, "/graphql", headers={"sec-fetch-site": "same-origin"})
        allowed = {one.strip() for one in answer.headers["allow"].split(",")}
        assert (answer.status_code, allowed) == (405, {"GET", "HEAD", "POST"}), method


async def test_a_query_by_get_takes_json_in_its_parameters_and_leaves_empty_ones_out(site: Site) -> None:
    asked = {"query": NODE, "variables": '{"id": "x"}', "extensions": "{}", "operationName": "", "other": "1"}
    answered = await site.client.get("/graphql", params=asked)
    assert (answered.status_code, answered.json()) == (200, {"data": {"node": None}})
    asked = {"query": "query A { __typename } query B { a: __typename }", "operationName": "B", "variables": ""}
    assert (await site.client.get("/graphql", params=asked)).json() == {"data": {"a": "Query"}}
    head = await site.client.head("/graphql", params=TYPENAME)
    assert (head.status_code, head.headers["content-type"]) == (200, JSON)
    for wrong in ({"variables": "[1]"}, {"variables": "{"}, {"extensions": "[]"}, {"extensions": "x"}, {"query": " "}):
        assert (await site.client.get("/graphql", params=asked | wrong)).status_code == 400, wrong
    assert (await site.client.get("/graphql", headers={"accept": JSON})).status_code == 400


async def test_a_body_that_is_no_request_is_told_so_in_either_type(site: Site) -> None:
    wrong: list[dict[str, object]] = [
        {},
        {"query": None},
        TYPENAME | {"extensions": []},
        TYPENAME | {"extensions": "{}"},
        TYPENAME | {"extensions": 0},
        TYPENAME | {"variables": [7]},
        TYPENAME | {"operationName": {}},
    ]
    for body in wrong:
        for accept in (JSON, GRAPHQL_RESPONSE):
            response = await _post(site, body, accept)
            assert (response.status_code, sorted(response.json())) == (400, ["errors"]), body
            assert response.headers["content-type"].startswith(accept)
    right = TYPENAME | {"extensions": None, "variables": None, "operationName": None, "documentId": None, "other": 1}
    assert (await _post(site, right)).json() == ANSWER
    nothing = await site.client.post("/graphql", headers={"content-type": JSON})
    assert (nothing.status_code, sorted(nothing.json())) == (400, ["errors"])
    assert (await site.client.post("/graphql")).status_code == 415
    coded = await site.client.post("/graphql", content=orjson.dumps(TYPENAME), headers={"content-type": f"{JSON};a=b"})
    assert coded.json() == ANSWER


async def test_a_batch_is_answered_in_the_type_that_is_asked_for(site: Site) -> None:
    answers = await _post(site, [TYPENAME, {"query": "{"}, TYPENAME], GRAPHQL_RESPONSE)
    assert (answers.status_code, [sorted(one) for one in answers.json()]) == (200, [["data"], ["errors"], ["data"]])


async def test_a_file_beside_a_question_about_the_catalog_harms_nothing(site: Site) -> None:
    catalog_answers.forget()
    _, staff = await stocked(site)
    for _ in range(3):
        answer = await upload(site, "{ categories { name } }", {"input": {"file": None}}, packed(), staff)
        assert answer.json() == {"data": {"categories": [{"name": "Bildirim"}]}}
