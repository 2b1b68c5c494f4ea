"""Documents named by their SHA-256: sent before, registered at deploy, and nothing but those where that is set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from api import settings as in_force
from api.caller import Caller, Door
from api.models.audit import AuditEntry
from api.models.persisted_documents import PersistedDocument
from api.schema import catalog_answers, documents
from api.schema.negotiation import GRAPHQL_RESPONSE, JSON
from api.schema.registering import Unfit, register, registered
from api.schema.requests import DocumentCode
from api.settings import Settings
from tests.cast import AYSE
from tests.releasing import PUBLISH, packed
from tests.site import ON_ONE_DATABASE, Site, running_site
from tests.test_access import _account
from tests.test_catalog_pages import stocked

VIEWER = "query Viewer { viewer { isStaff } }"
ANSWER = {"data": {"viewer": {"isStaff": False}}}
CATALOG = "query ($slug: String!) { product(slug: $slug) { name } }"
RENAME = """mutation ($id: ID!, $name: String!) {
  updateProduct(productId: $id, input: {name: $name}) { errors { code } } }"""
SIGN_OUT = "mutation { signOut { errors { code } } }"
UNKNOWN, MISMATCH, BARRED = (
    DocumentCode.PERSISTED_QUERY_NOT_FOUND,
    DocumentCode.PERSISTED_QUERY_MISMATCH,
    DocumentCode.DOCUMENT_NOT_REGISTERED,
)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _automatic(text: str) -> dict[str, Any]:
    """What names a document by the protocol of automatic persisted queries."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": _sha256(text)}}}


def _by_id(text: str) -> dict[str, Any]:
    """What names it by the appendix of GraphQL over HTTP."""
    return {"documentId": f"sha256:{_sha256(text)}"}


FORMS = [_automatic, _by_id]


@pytest.fixture(autouse=True)
def as_started() -> None:
    """A process that has seen no document yet."""
    documents.forget()
    catalog_answers.forget()


@pytest.fixture
async def strict(settings: Settings) -> AsyncIterator[Site]:
    """A site that executes registered documents only."""
    strict = replace(settings, registered_only=True)
    in_force.use(strict)
    async with running_site(strict) as site:
        yield site


async def _post(site: Site, body: object, **headers: str) -> httpx.Response:
    return await site.client.post("/graphql", json=body, headers=headers)


def _code(answer: Any) -> str:
    (error,) = answer["errors"]
    assert "data" not in answer
    code: str = error["extensions"]["code"]
    return code


async def _register(folder: Path, *texts: str, only: bool = False) -> None:
    for text in texts:
        (folder / f"{_sha256(text)}.graphql").write_text(text, "utf-8")
    await register(Caller(door=Door.COMMAND), [folder / f"{_sha256(text)}.graphql" for text in texts], only=only)


@pytest.mark.parametrize("named", FORMS)
@pytest.mark.parametrize("compiled", [True, False])
@ON_ONE_DATABASE
async def test_a_document_that_was_sent_with_its_hash_is_known_by_it(site: Site, named: Any, compiled: bool) -> None:
    in_force.use(replace(site.settings, compiled_plans=compiled))
    unknown = await _post(site, named(VIEWER))
    assert (unknown.status_code, _code(unknown.json())) == (200, UNKNOWN)
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert unknown.headers["cache-control"] == "no-store"
    assert (await _post(site, named(VIEWER) | {"query": VIEWER})).json() == ANSWER
    for known in FORMS:
        for _ in range(3):
            assert (await _post(site, known(VIEWER))).json() == ANSWER
    text = {name: json.dumps(value) if name == "extensions" else value for name, value in named(VIEWER).items()}
    assert (await site.client.get("/graphql", params=text)).json() == ANSWER


@ON_ONE_DATABASE
async def test_an_unknown_hash_has_a_status_only_in_graphqls_own_type(site: Site) -> None:
    told = await _post(site, _automatic(VIEWER), accept=GRAPHQL_RESPONSE)
    assert (told.status_code, _code(told.json())) == (400, UNKNOWN)


@ON_ONE_DATABASE
async def test_a_hash_that_is_not_that_of_the_document_is_refused_and_nothing_is_kept(site: Site) -> None:
    for named in FORMS:
        answer = await _post(site, named(VIEWER) | {"query": "{ __typename }"})
        assert (answer.status_code, _code(answer.json())) == (400, MISMATCH)
        assert _code((await _post(site, named(VIEWER))).json()) == UNKNOWN
    assert _code((await _post(site, _automatic("{ __typename }"))).json()) == UNKNOWN


@ON_ONE_DATABASE
async def test_only_what_is_valid_is_kept(site: Site) -> None:
    for wrong in ("{", "{ nothing }", "{" * 60, "{" + "a " * 3000 + "}", "subscription { a }"):
        assert "errors" in (await _post(site, _automatic(wrong) | {"query": wrong})).json()
        assert _code((await _post(site, _automatic(wrong))).json()) == UNKNOWN
    # Valid, but asked with a variable that is not.
    assert _code((await _post(site, _automatic(CATALOG) | {"query": CATALOG})).json()) == "BAD_REQUEST"
    known = await _post(site, _automatic(CATALOG) | {"variables": {"slug": "x"}})
    assert known.json() == {"data": {"product": None}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"documentId": _sha256(VIEWER)[:-1]},
        {"documentId": f"sha512:{_sha256(VIEWER)}"},
        {"documentId": f"sha256:{_sha256(VIEWER).upper()}"},
        {"documentId": 1},
        {"documentId": []},
        {"documentId": "../../etc/passwd"},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": _sha256(VIEWER)}}},
        {"extensions": {"persistedQuery": {"sha256Hash": _sha256(VIEWER)}}},
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": ["a"]}}},
        {"extensions": {"persistedQuery": _sha256(VIEWER)}},
        _automatic(VIEWER) | _by_id(CATALOG),
    ],
)
@ON_ONE_DATABASE
async def test_what_names_no_document_is_malformed(site: Site, wrong: dict[str, Any]) -> None:
    for body in (wrong, wrong | {"query": VIEWER}, [wrong]):
        answer = await _post(site, body)
        assert (answer.status_code, _code(answer.json())) == (400, "BAD_REQUEST")
    assert (await _post(site, _automatic(VIEWER) | _by_id(VIEWER) | {"query": VIEWER})).json() == ANSWER


@ON_ONE_DATABASE
async def test_a_batch_may_name_its_documents(site: Site) -> None:
    batch = [_by_id(VIEWER), _by_id(VIEWER) | {"query": VIEWER}, _automatic(VIEWER), {"query": VIEWER}]
    unknown, *known = (await _post(site, batch)).json()
    assert (_code(unknown), known) == (UNKNOWN, [ANSWER] * 3)


@ON_ONE_DATABASE
async def test_a_mutation_is_known_by_its_hash_by_post_only(site: Site) -> None:
    session = await _account(site, AYSE)
    site.client.cookies.set("session", session)
    assert "data" in (await _post(site, _by_id(SIGN_OUT) | {"query": SIGN_OUT})).json()
    assert (await site.client.get("/graphql", params=_by_id(SIGN_OUT))).status_code == 405
    (error,) = (await _post(site, _by_id(SIGN_OUT))).json()["errors"]
    assert (error["extensions"]["code"], error["path"]) == ("UNAUTHENTICATED", ["signOut"])


@ON_ONE_DATABASE
async def test_a_file_is_sent_beside_a_document_that_is_named(site: Site, tmp_path: Path) -> None:
    product, staff = await stocked(site)
    await _register(tmp_path, PUBLISH)
    given = {"productId": product, "version": "2.4.1", "changelog": "- a", "file": None}
    parts = {
        "operations": json.dumps(_by_id(PUBLISH) | {"variables": {"input": given}}),
        "map": json.dumps({"0": ["variables.input.file"]}),
    }
    files = {"0": ("x.zip", packed())}
    bearer = {"authorization": f"Bearer {staff}"}
    answer = await site.client.post("/graphql", data=parts, files=files, headers=bearer)
    assert answer.json()["data"]["publishRelease"]["errors"] == []


async def test_a_catalog_query_by_hash_is_kept_with_its_tag_and_told_anew_after_a_change(
    site: Site, tmp_path: Path
) -> None:
    # Nothing is kept without plans.
    in_force.use(replace(site.settings, compiled_plans=True))
    product, staff = await stocked(site)
    await _register(tmp_path, CATALOG)
    asked = _by_id(CATALOG) | {"variables": '{"slug": "sms"}'}
    await site.client.get("/graphql", params=asked)
    first = await site.client.get("/graphql", params=asked)
    assert first.headers["cache-control"] == "public, no-cache"
    assert first.headers["vary"] == "Accept, Accept-Language, Authorization, Cookie"
    tag = {"if-none-match": first.headers["etag"]}
    assert (await site.client.get("/graphql", params=asked, headers=tag)).status_code == 304
    # The same document as text is the same answer.
    as_text = {"query": CATALOG, "variables": '{"slug": "sms"}'}
    assert (await site.client.get("/graphql", params=as_text)).headers["etag"] == first.headers["etag"]
    await site.data(RENAME, {"id": product, "name": "Yeni"}, staff)
    after = await site.client.get("/graphql", params=asked, headers=tag)
    assert (after.status_code, after.json()["data"]["product"]["name"]) == (200, "Yeni")


@pytest.mark.parametrize("named", FORMS)
@ON_ONE_DATABASE
async def test_a_hash_is_known_also_when_the_answer_was_kept_already(site: Site, named: Any) -> None:
    """Otherwise its sender would be asked for the text again and again."""
    in_force.use(replace(site.settings, compiled_plans=True))
    await stocked(site)
    asked = {"query": CATALOG, "variables": {"slug": "sms"}}
    answers = [(await _post(site, asked)).json() for _ in range(3)]
    documents.forget()
    alone = named(CATALOG) | {"variables": {"slug": "sms"}}
    assert _code((await _post(site, alone)).json()) == UNKNOWN
    assert (await _post(site, alone | asked)).json() == answers[0]
    assert (await _post(site, alone)).json() == answers[0]


async def test_registered_documents_are_known_to_every_process_from_the_first_request(
    site: Site, tmp_path: Path
) -> None:
    await _register(tmp_path, VIEWER)
    for named in FORMS:
        documents.forget()
        assert (await _post(site, named(VIEWER))).json() == ANSWER


async def test_only_registered_documents_are_executed_where_that_is_set(strict: Site, tmp_path: Path) -> None:
    introspection = get_introspection_query()
    others = ["{ __typename }", introspection, VIEWER + " ", SIGN_OUT, "{", "{" * 100]
    bodies = [{"query": text} for text in others] + [named(text) for text in others for named in FORMS]
    bodies += [_automatic(text) | {"query": text} for text in others]
    await _register(tmp_path, VIEWER)
    for _ in range(2):
        for body in bodies:
            answer = await _post(strict, body)
            assert (answer.status_code, _code(answer.json())) == (200, BARRED), body
            assert (await _post(strict, body, accept=GRAPHQL_RESPONSE)).status_code == 400
    for body in (_automatic(VIEWER), _by_id(VIEWER), {"query": VIEWER}, _by_id(VIEWER) | {"query": VIEWER}):
        assert (await _post(strict, body)).json() == ANSWER
        assert (await strict.client.get("/graphql", params=_by_id(VIEWER))).json() == ANSWER
    batch = (await _post(strict, [{"query": VIEWER}, {"query": "{ __typename }"}])).json()
    assert (batch[0], _code(batch[1])) == (ANSWER, BARRED)
    barred = await strict.client.get("/graphql", params={"query": "{ __typename }"})
    assert _code(barred.json()) == BARRED


@ON_ONE_DATABASE
async def test_the_editor_is_not_there_where_only_registered_documents_are_executed(strict: Site) -> None:
    page = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    answer = await strict.client.get("/graphql", headers=page)
    assert (answer.status_code, answer.headers["content-type"]) == (400, JSON)
    assert 'href="/graphql"' not in (await strict.client.get("/", headers=page)).text


@ON_ONE_DATABASE
async def test_the_editor_opens_unless_a_document_is_named(site: Site) -> None:
    page = {"accept": "text/html,*/*;q=0.8"}
    assert 'id="graphiql"' in (await site.client.get("/graphql", headers=page)).text
    assert 'href="/graphql"' in (await site.client.get("/", headers=page)).text
    for asked in ({"query": VIEWER}, _by_id(VIEWER), {"extensions": "{}"}):
        assert (await site.client.get("/graphql", params=asked, headers=page)).headers["content-type"] == JSON


async def test_a_document_that_was_forgotten_is_refused_within_a_minute(
    strict: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _register(tmp_path, VIEWER, CATALOG)
    assert (await _post(strict, _by_id(VIEWER))).json() == ANSWER
    await _register(tmp_path, CATALOG, only=True)
    assert [row.sha256 for row in await registered()] == [_sha256(CATALOG)]
    later = documents.time.monotonic() + documents.GOOD_FOR + 1
    monkeypatch.setattr(documents.time, "monotonic", lambda: later)
    assert _code((await _post(strict, _by_id(VIEWER))).json()) == BARRED
    acts = [entry.act for entry in await AuditEntry.filter(subject=f"document:{_sha256(VIEWER)}").order_by("at")]
    assert acts == ["document:register", "document:forget"]


async def test_files_folders_and_manifests_are_registered_all_or_none(site: Site, tmp_path: Path) -> None:
    caller = Caller(door=Door.COMMAND)
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "viewer.graphql").write_text(VIEWER + "\n", "utf-8")
    (deep / "catalog.gql").write_text(CATALOG, "utf-8")
    (deep / "README.md").write_text("# none", "utf-8")
    plain, apollo = tmp_path / "plain.json", tmp_path / "apollo.json"
    plain.write_text(json.dumps({_sha256(VIEWER): VIEWER, f"sha256:{_sha256(SIGN_OUT)}": SIGN_OUT}), "utf-8")
    listed = {"format": "apollo-persisted-query-manifest", "version": 1}
    one = {"id": _sha256(CATALOG), "name": "", "type": "query", "body": CATALOG}
    apollo.write_text(json.dumps(listed | {"operations": [one]}), "utf-8")
    for _ in range(2):
        made = await register(caller, [tmp_path / "a", plain, apollo], only=False)
        assert set(made) == {_sha256(text) for text in (VIEWER + "\n", VIEWER, SIGN_OUT, CATALOG)}
    assert {row.sha256 for row in await registered()} == set(made)
    assert await AuditEntry.filter(act="document:register").count() == 4
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    (wrong / "a.graphql").write_text("{ __typename }", "utf-8")
    for text in ("{ nothing }", "{", "{" * 50, "fragment f on Query { __typename }", "{" + "a " * 3000 + "}", "\xff"):
        (wrong / "b.graphql").write_bytes(text.encode("latin-1"))
        with pytest.raises(Unfit, match=r"b\.graphql"):
            await register(caller, [wrong], only=True)
    for text in ("[]", "{", '{"a": 1}', json.dumps({_sha256(VIEWER): CATALOG}), '{"operations": [1]}'):
        plain.write_text(text, "utf-8")
        with pytest.raises(Unfit, match=r"plain\.json"):
            await register(caller, [plain], only=False)
    for nothing in ([tmp_path / "none.graphql"], [], [deep.parent / "empty"]):
        with pytest.raises(Unfit):
            await register(caller, nothing, only=True)
    assert await PersistedDocument.all().count() == 4


def test_what_a_process_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_DOCUMENTS", 3)
    monkeypatch.setattr(documents, "MOST_BYTES", 1000)
    memory = documents.Memory()
    for name in "abc":
        memory.keep(name, name)
    assert memory.find("a") == "a"
    memory.keep("d", "d")
    assert [memory.find(name) for name in "abcd"] == ["a", None, "c", "d"]
    memory.keep("e", "e" * 700)
    memory.keep("f", "f" * 700)
    assert [memory.find(name) for name in "acdef"] == [None, None, None, None, "f" * 700]
    memory.keep("g", "g" * 2000)
    assert [memory.find(name) for name in "fg"] == [None, None]
    memory.keep("a", "a", until=0)
    assert memory.find("a") is None
    memory.forget()
    memory.keep("a", "a" * 900)
    assert memory.find("a") == "a" * 900
