"""Releases with their files: published in Base64 and uploaded, signed, kept once, taken back."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from strawberry import ID

from api import signing
from api.caller import Caller, Door, Scope
from api.gateways.files import FilesAway, FileStore
from api.models.audit import AuditEntry
from api.models.catalog import Product, Release
from api.refusal import Denied
from api.resolvers import releases
from api.rules.leases import from_base64url
from api.rules.release_signatures import is_ours
from api.schema.catalog import PublishReleaseInput
from api.uploads import Uploaded
from tests.releasing import PUBLISH, Shop, opened, packed, upload
from tests.site import ON_ONE_DATABASE, Site, visitor

ATTACH = """mutation ($id: ID!, $file: String!) { attachReleaseFile(releaseId: $id, file: $file) {
  release { sha256 filename } errors { code field } } }"""
YANK = """mutation ($id: ID!, $yanked: Boolean!) { yankRelease(releaseId: $id, yanked: $yanked) {
  release { yanked } errors { code field } } }"""


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def stored(site: Site) -> list[Path]:
    """The files in the store's folder."""
    return sorted(file for file in Path(urlsplit(site.settings.files_url).path).rglob("*") if file.is_file())


async def publish(shop: Shop, **changes: Any) -> Any:
    given = {"productId": shop.product_id, "version": "1.0", "changelog": "- Yeni"} | changes
    return (await shop.site.data(PUBLISH, {"input": given}, shop.staff))["publishRelease"]


async def test_a_file_in_base64_is_kept_signed_and_told_of(site: Site) -> None:
    shop = await opened(site)
    content = packed()
    answer = await publish(shop, version="2.4.1", file=b64(content))
    sha256 = hashlib.sha256(content).hexdigest()
    signature = answer["release"].pop("signature")
    assert answer["errors"] == []
    assert answer["release"].pop("id").startswith("rel_")
    assert answer["release"] == {
        "version": "2.4.1",
        "sha256": sha256,
        "size": len(content),
        "filename": "sms-2.4.1.zip",
        "security": False,
        "yanked": False,
    }
    keys = {key.kid: from_base64url(key.public) for key in await signing.published()}
    assert is_ours(signature, keys, "sms", "2.4.1", sha256)
    assert not is_ours(signature, keys, "sms", "2.4.2", sha256)
    (file,) = stored(site)
    row = await Release.get()
    assert file.read_bytes() == content
    assert str(file).endswith(f"/releases/{row.id.hex}/{file.name}")
    assert file.parents[2].stat().st_mode & 0o777 == 0o700
    entry = await AuditEntry.get(act="release:publish")
    assert entry.details == {"product": "sms", "version": "2.4.1", "sha256": sha256}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"file": "*"}, {("INVALID", "file")}),
        ({"file": ""}, {("FILE_TYPE_NOT_ALLOWED", "file")}),
        ({"file": b64(b"<html>")}, {("FILE_TYPE_NOT_ALLOWED", "file")}),
        ({"file": b64(b"x"), "version": "1/../2"}, {("FILE_TYPE_NOT_ALLOWED", "file"), ("INVALID", "version")}),
        ({"file": b64(packed()), "version": "../../etc"}, {("INVALID", "version")}),
        ({"file": b64(packed()), "version": "1.0\n2.0"}, {("INVALID", "version")}),
        ({"file": b64(packed()), "version": "0.9"}, {("ALREADY_EXISTS", "version")}),
        ({"file": b64(packed()), "productId": "prd_x"}, {("NOT_FOUND", "productId")}),
    ],
)
async def test_what_is_refused_leaves_no_file(site: Site, changes: dict[str, str], expected: set[Any]) -> None:
    shop = await opened(site)
    await shop.publish("0.9")
    answer = await publish(shop, **changes)
    assert {(error["code"], *error["field"]) for error in answer["errors"]} == expected
    assert answer["release"] is None
    assert stored(site) == []
    assert await Release.all().count() == 1


async def test_a_file_of_20_mb_is_uploaded_beside_the_operation(site: Site) -> None:
    shop = await opened(site)
    content = packed(20_000_000)
    release = await shop.publish("3.0", content)
    row = await Release.get()
    assert (row.size, row.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    (file,) = stored(site)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == row.sha256
    # What was sent as its name is nobody's concern.
    assert row.filename == "sms-3.0.zip"
    answer = await shop.get(await shop.path(release))
    assert hashlib.sha256(answer.content).hexdigest() == row.sha256


async def test_who_may_not_publish_uploads_nothing(site: Site) -> None:
    shop = await opened(site)
    given = {"input": {"productId": shop.product_id, "version": "1.0", "changelog": "x", "file": None}}
    for token, status, code in (
        (None, 415, "BAD_REQUEST"),
        ("rsk_unknown", 401, "UNAUTHENTICATED"),
        # Who may send files for messages is refused by the operation, and everybody else before their file is read.
        (shop.session, 200, "FORBIDDEN"),
        (await site.staff_token(Scope.BILLING_READ, email="ece@example.net"), 403, "FORBIDDEN"),
    ):
        answer = await upload(site, PUBLISH, given, packed(), token)
        found = [error["extensions"]["code"] for error in answer.json()["errors"]]
        assert (answer.status_code, found) == (status, [code])
    async with visitor(site.app) as client:
        client.cookies.set("session", shop.session)
        answer = await client.post("/graphql", data={"operations": "{}", "map": "{}"}, files={"0": b"x"})
    assert answer.status_code == 415
    assert stored(site) == []


@pytest.mark.parametrize(
    ("operations", "places"),
    [
        ([{"query": PUBLISH}], {"0": ["0.variables.input.file"]}),
        ({"query": PUBLISH, "variables": {"input": {}}}, {"0": ["variables.input.file.more"]}),
        ({"query": PUBLISH, "variables": {"input": {"file": "x"}}}, {"0": ["variables.input.file"]}),
        ({"query": PUBLISH, "variables": {"input": {"file": None}}}, {"0": ["variables.input.other"]}),
        ({"query": PUBLISH, "variables": {"input": {"file": None}}}, {"1": ["variables.input.file"]}),
        ({"query": PUBLISH, "variables": {"input": {"file": None}}}, {"0": []}),
        ({"query": PUBLISH, "variables": {"input": {"file": None}}}, {"0": ["a", "b"]}),
        ({"query": PUBLISH, "variables": {"input": {"file": None}}}, {"0": [""]}),
        ({"query": PUBLISH, "variables": {"input": {"file": None}}}, {"0": ["query"]}),
        ({"query": PUBLISH, "variables": {"input": {"file": None}}}, {}),
        ({"query": PUBLISH, "variables": {"input": {"file": None}}}, {"operations": ["variables.input.file"]}),
        ({"variables": {"input": {"file": None}}}, {"0": ["variables.input.file"]}),
        ("x", {"0": ["variables.input.file"]}),
    ],
)
@ON_ONE_DATABASE
async def test_an_upload_that_does_not_follow_the_specification_is_a_bad_request(
    site: Site, operations: object, places: object
) -> None:
    staff = await site.staff_token()
    parts = {"operations": json.dumps(operations), "map": json.dumps(places)}
    headers = {"authorization": f"Bearer {staff}"}
    async with visitor(site.app) as client:
        answer = await client.post("/graphql", data=parts, files={"0": ("x.zip", packed())}, headers=headers)
        two = await client.post("/graphql", data=parts, files={"0": b"x", "1": b"y"}, headers=headers)
        raw = await client.post(
            "/graphql", content=b"x", headers=headers | {"content-type": "multipart/form-data; boundary=b"}
        )
        unbound = await client.post("/graphql", content=b"x", headers=headers | {"content-type": "multipart/form-data"})
    for found in (answer, two, raw, unbound):
        assert (found.status_code, found.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


@ON_ONE_DATABASE
async def test_a_body_beyond_its_limit_is_too_large(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    staff = await site.staff_token()
    monkeypatch.setattr("web.guard.GRAPHQL_UPLOAD_BYTES", 2_000_000)
    given = {"input": {"productId": "prd_x", "version": "1.0", "changelog": "x", "file": None}}
    assert (await upload(site, PUBLISH, given, packed(1_900_000), staff)).status_code == 200
    assert (await upload(site, PUBLISH, given, packed(2_100_000), staff)).status_code == 413
    # JSON, and forms without a token, keep the limit that they had.
    assert (await upload(site, PUBLISH, given, packed(1_100_000), None)).status_code == 413
    async with visitor(site.app) as client:
        json_body = {"query": "x" * 1_100_000}
        answer = await client.post("/graphql", json=json_body, headers={"authorization": f"Bearer {staff}"})
    assert answer.status_code == 413


async def test_a_failed_transaction_takes_the_file_out_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await opened(site)

    async def save(*_: object, **__: object) -> None:
        raise RuntimeError("the database went away")

    with monkeypatch.context() as patch:
        patch.setattr(Release, "save", save)
        answer = await site.ask(
            PUBLISH,
            {"input": {"productId": shop.product_id, "version": "1.0", "changelog": "x", "file": b64(packed())}},
            shop.staff,
        )
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INTERNAL"]
    assert stored(site) == []
    assert await Release.all().count() == 0


async def test_a_store_that_is_away_is_a_refusal_with_a_sentence(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = await opened(site)

    async def put(*_: object) -> None:
        raise FilesAway

    monkeypatch.setattr(FileStore, "put", put)
    answer = await publish(shop, file=b64(packed()))
    assert [(error["code"], error["field"]) for error in answer["errors"]] == [("NOT_ALLOWED", ["file"])]
    assert "deposu" in answer["errors"][0]["message"]
    assert await Release.all().count() == 0


async def test_of_many_who_publish_one_version_at_once_one_does_and_one_file_stays(site: Site) -> None:
    shop = await opened(site)
    answers = await asyncio.gather(*(publish(shop, file=b64(packed(size))) for size in range(1000, 1010)))
    assert (
        sorted([error["code"] for error in answer["errors"]] for answer in answers) == [[]] + [["ALREADY_EXISTS"]] * 9
    )
    (file,) = stored(site)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == (await Release.get()).sha256


async def test_a_file_is_attached_once(site: Site) -> None:
    shop = await opened(site)
    release = await shop.publish("1.0")
    content = packed()
    answers = await asyncio.gather(
        *(site.data(ATTACH, {"id": release, "file": b64(packed(size))}, shop.staff) for size in range(500, 505))
    )
    found = sorted([(e["code"], *e["field"]) for e in answer["attachReleaseFile"]["errors"]] for answer in answers)
    assert found == [[]] + [[("ALREADY_EXISTS", "releaseId")]] * 4
    (file,) = stored(site)
    row = await Release.get()
    assert hashlib.sha256(file.read_bytes()).hexdigest() == row.sha256
    assert row.filename == "sms-1.0.zip"
    for given, expected in (
        ({"id": release, "file": b64(content)}, ("ALREADY_EXISTS", ["releaseId"])),
        ({"id": "rel_x", "file": b64(content)}, ("NOT_FOUND", ["releaseId"])),
        ({"id": shop.product_id, "file": b64(content)}, ("NOT_FOUND", ["releaseId"])),
    ):
        (error,) = (await site.data(ATTACH, given, shop.staff))["attachReleaseFile"]["errors"]
        assert (error["code"], error["field"]) == expected
    assert len(stored(site)) == 1
    later = await shop.publish("1.1")
    answer = await upload(site, ATTACH, {"id": later, "file": None}, content, shop.staff, {"0": ["variables.file"]})
    assert answer.json()["data"]["attachReleaseFile"]["release"]["sha256"] == hashlib.sha256(content).hexdigest()


async def test_a_release_is_taken_back_and_offered_again(site: Site) -> None:
    shop = await opened(site)
    release = await shop.publish("1.0", packed())
    for yanked in (True, True, False):
        answer = await site.data(YANK, {"id": release, "yanked": yanked}, shop.staff)
        assert answer["yankRelease"] == {"release": {"yanked": yanked}, "errors": []}
        assert bool((await shop.link(release))["errors"]) is yanked
    (error,) = (await site.data(YANK, {"id": "rel_x", "yanked": True}, shop.staff))["yankRelease"]["errors"]
    assert error == {"code": "NOT_FOUND", "field": ["releaseId"]}
    assert [entry.details for entry in await AuditEntry.filter(act="release:yank").order_by("at")] == [
        {"yanked": "yes"},
        {"yanked": "yes"},
        {"yanked": "no"},
    ]


async def test_the_command_publishes_by_the_same_rules(site: Site) -> None:
    shop = await opened(site)
    caller = Caller(Door.COMMAND, scopes=frozenset({Scope.CATALOG_WRITE}))
    given = PublishReleaseInput(
        product_id=ID(shop.product_id), version="7.0", changelog="x", file=Uploaded.of(packed()), security=True
    )
    made = (await releases.publish_release(caller, given)).release
    assert made
    assert (made.filename, made.security) == ("sms-7.0.zip", True)
    assert (await AuditEntry.get(act="release:publish")).actor == "command"
    with pytest.raises(Denied) as denied:
        await releases.publish_release(Caller(Door.COMMAND), given)
    assert denied.value.code == "FORBIDDEN"


async def test_checks_learn_of_a_release_and_of_its_end(site: Site) -> None:
    shop = await opened(site)
    before = (await Product.get()).version
    release = await shop.publish("1.0")
    published = (await Product.get()).version
    await site.data(YANK, {"id": release, "yanked": True}, shop.staff)
    assert before < published < (await Product.get()).version
