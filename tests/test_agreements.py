"""Legal texts: publishing, the 24 hours of clause 2.3, who is bound, and the pages that show it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from api import clock
from api.caller import Scope
from api.models.agreements import AgreementDocument
from tests.cast import AYSE, BORA
from tests.doors import DoorToSite, GraphqlDoor, joined, mine, registered
from tests.site import ON_ONE_DATABASE, Site

PUBLISH = """mutation ($input: PublishAgreementInput!) { publishAgreement(input: $input) {
  document { id kind version title html sha256 publishedAt effectiveAt } errors { code field message } } }"""
IN_FORCE = "query ($at: DateTime) { agreement(kind: SERVICE_AGREEMENT, at: $at) { id version } }"
BODY = "# Hizmet Sözleşmesi\n\nSüre kırk gündür.\n\n<script>alert(1)</script>[x](javascript:alert(1))"
NOW = datetime(2026, 11, 22, 14, 45, 12, tzinfo=UTC)
DAY, SECOND, INSTANT = timedelta(hours=24), timedelta(seconds=1), timedelta(microseconds=1)
LEGAL = "/agreements/service-agreement"


def text(version: str = "2026-11-22", **changes: str) -> dict[str, dict[str, str]]:
    given = {"kind": "SERVICE_AGREEMENT", "version": version, "title": "Hizmet Sözleşmesi", "body": BODY}
    return {"input": given | changes}


async def published(site: Site, version: str = "2026-11-22", **changes: str) -> Any:
    token = await site.staff_token(Scope.AGREEMENTS_PUBLISH)
    payload = (await site.data(PUBLISH, text(version, **changes), token))["publishAgreement"]
    assert payload["errors"] == []
    return payload["document"]


async def in_force(site: Site, at: datetime | None = None) -> str:
    return str((await site.data(IN_FORCE, {"at": at.isoformat() if at else None}))["agreement"]["version"])


async def page(site: Site, path: str, session: str = "") -> str:
    async with site.browser() as client:
        if session:
            client.cookies.set("session", session)
        response = await client.get(path)
    assert response.status_code == 200, path
    return response.text


async def test_a_revision_comes_into_force_after_exactly_24_hours(site: Site) -> None:
    with clock.stopped(NOW):
        document = await published(site)
        assert document["publishedAt"] == "2026-11-22T14:45:12+00:00"
        assert document["effectiveAt"] == "2026-11-23T14:45:12+00:00"
        assert document["sha256"] == hashlib.sha256(BODY.encode()).hexdigest()
        assert "kırk gündür" in document["html"]
        assert "<script" not in document["html"]
        assert "javascript:alert" not in document["html"].partition("href")[2]
        assert await in_force(site) == "2021-07-05"
    for now, version in ((NOW + DAY - INSTANT, "2021-07-05"), (NOW + DAY, "2026-11-22")):
        with clock.stopped(now):
            assert await in_force(site) == version
            assert f"Sürüm {version}" in (await page(site, LEGAL)).partition("document-columns")[0]
    # And what was in force at any instant can be asked for ever after.
    assert [await in_force(site, NOW + DAY + late) for late in (-SECOND, SECOND)] == ["2021-07-05", "2026-11-22"]
    before_any = {"at": "2021-07-04T20:59:59Z"}
    assert await site.data(IN_FORCE, before_any) == {"agreement": None}


@ON_ONE_DATABASE
async def test_the_first_version_of_a_kind_is_in_force_at_once(site: Site) -> None:
    with clock.stopped(NOW):
        document = await published(site, kind="COOKIE_NOTICE", title="Çerez Bildirimi")
        assert document["publishedAt"] == document["effectiveAt"]
        assert "Çerez Bildirimi" in await page(site, "/agreements/cookie-notice")


@ON_ONE_DATABASE
async def test_what_cannot_be_published(site: Site) -> None:
    table = [
        ({"version": "2021-07-05"}, [("version", "ALREADY_EXISTS")]),
        ({"version": " "}, [("version", "REQUIRED")]),
        ({"version": "x" * 41}, [("version", "TOO_LONG")]),
        ({"title": ""}, [("title", "REQUIRED")]),
        ({"title": "a\0b"}, [("title", "INVALID")]),
        ({"title": "x" * 201}, [("title", "TOO_LONG")]),
        ({"body": " \n"}, [("body", "REQUIRED")]),
        ({"body": "a\0b"}, [("body", "INVALID")]),
        ({"body": "x" * 200_001}, [("body", "TOO_LONG")]),
        (
            {"version": "", "title": "", "body": ""},
            [("version", "REQUIRED"), ("title", "REQUIRED"), ("body", "REQUIRED")],
        ),
    ]
    token = await site.staff_token()
    counts = await site.row_counts()
    for changes, problems in table:
        payload = (await site.data(PUBLISH, text(**changes), token))["publishAgreement"]
        assert payload["document"] is None
        assert [(".".join(error["field"]), error["code"]) for error in payload["errors"]] == problems
    assert await site.row_counts() == counts


async def test_who_may_publish(site: Site) -> None:
    door = GraphqlDoor(site)
    session = await joined(door, site, AYSE)
    limited = await site.staff_token(Scope.ACCOUNTS_READ)
    counts = await site.row_counts()
    for token, code in (
        ("", "UNAUTHENTICATED"),
        ("rsk_x", "UNAUTHENTICATED"),
        (session, "FORBIDDEN"),
        (limited, "FORBIDDEN"),
    ):
        for variables in (text(), text(version="", title="", body="")):
            answer = await site.ask(PUBLISH, variables, token)
            assert answer["data"] is None
            assert [error["extensions"]["code"] for error in answer["errors"]] == [code]
    assert await site.row_counts() == counts


async def test_a_version_is_never_changed_after_it_was_published(site: Site) -> None:
    await published(site)
    before = await AgreementDocument.all().order_by("id").values()
    token = await site.staff_token(Scope.AGREEMENTS_PUBLISH, email="ece@example.net")
    payload = (await site.data(PUBLISH, text(title="Başka", body="Başka"), token))["publishAgreement"]
    assert [(error["field"], error["code"]) for error in payload["errors"]] == [(["version"], "ALREADY_EXISTS")]
    assert await AgreementDocument.all().order_by("id").values() == before
    # The same name is free for another kind.
    await published(site, kind="PRIVACY_NOTICE")


@ON_ONE_DATABASE
async def test_a_pending_revision_is_announced_on_every_page(site: Site) -> None:
    door = GraphqlDoor(site)
    session = await joined(door, site, AYSE)
    pages = [
        ("/", ""),
        ("/register", ""),
        ("/sign-in", ""),
        ("/agreements", ""),
        ("/panel", session),
        ("/panel/profile", session),
    ]
    with clock.stopped(NOW - DAY):
        assert 'class="revision"' not in await page(site, "/")
    with clock.stopped(NOW):
        await published(site, "bir & iki")
        for path, own in pages:
            banner = (await page(site, path, own)).partition('class="revision"')[2].partition("</aside>")[0]
            # The wall clock of Istanbul.
            assert "23 Kasım 2026 17:45" in banner, path
            assert 'href="/agreements/service-agreement?version=bir%20%26%20iki"' in banner
            assert 'href="/agreements/service-agreement/compare?old=2021-07-05&amp;new=bir%20%26%20iki"' in banner
    with clock.stopped(NOW + DAY):
        assert 'class="revision"' not in await page(site, "/")


async def test_who_registers_in_the_24_hours_accepts_the_old_and_is_bound_by_the_new(
    site: Site, door: DoorToSite
) -> None:
    with clock.stopped(NOW - DAY):
        bora = await joined(door, site, BORA)
    with clock.stopped(NOW):
        await published(site)
    with clock.stopped(NOW + DAY / 2):
        link = await registered(door, site, AYSE)
    # The address is proved only after the revision came into force.
    with clock.stopped(NOW + DAY + timedelta(hours=1)):
        ayse = (await door.verify(link)).session or ""
        for session, since in ((bora, NOW - DAY), (ayse, NOW + DAY / 2)):
            rows = (await mine(site, session))["agreementAcceptances"]
            told = [
                (row["document"]["kind"], row["document"]["version"], row["method"], row["acceptedAt"]) for row in rows
            ]
            assert told[0] == ("SERVICE_AGREEMENT", "2026-11-22", "DEEMED", (NOW + DAY).isoformat())
            assert sorted(told[1:]) == [
                (kind, "2021-07-05", "EXPLICIT", since.isoformat()) for kind in ("PRIVACY_NOTICE", "SERVICE_AGREEMENT")
            ]
        assert "Sürüm 2026-11-22" in await page(site, "/panel", ayse)
    with clock.stopped(NOW + DAY - INSTANT):
        assert [row["method"] for row in (await mine(site, bora))["agreementAcceptances"]] == ["EXPLICIT"] * 2


async def test_who_registers_afterwards_accepts_the_new_version_only(site: Site) -> None:
    door = GraphqlDoor(site)
    with clock.stopped(NOW):
        await published(site)
    with clock.stopped(NOW + DAY):
        rows = (await mine(site, await joined(door, site, AYSE)))["agreementAcceptances"]
    assert {(row["document"]["kind"], row["document"]["version"], row["method"]) for row in rows} == {
        ("SERVICE_AGREEMENT", "2026-11-22", "EXPLICIT"),
        ("PRIVACY_NOTICE", "2021-07-05", "EXPLICIT"),
    }


@ON_ONE_DATABASE
async def test_every_version_has_a_page_and_the_list_tells_its_state(site: Site) -> None:
    with clock.stopped(NOW - 2 * DAY):
        await published(site, "ikinci")
    with clock.stopped(NOW):
        await published(site, "üçüncü", body="Bambaşka bir metin.")
        for version, state in (("2021-07-05", "past"), ("ikinci", "in_force"), ("üçüncü", "pending")):
            html = await page(site, f"{LEGAL}?version={version}")
            assert f"badge-{state}" in html.partition("document-columns")[0]
            states = [piece.partition('"')[0] for piece in html.partition("document-columns")[2].split("badge-")[1:]]
            assert states == ["pending", "in_force", "past"]
        assert "Bambaşka bir metin." in html
        assert "5 Temmuz 2021" in html
        async with site.browser() as client:
            for path in (
                f"{LEGAL}?version=yok",
                f"{LEGAL}?version=%00",
                "/agreements/yok",
                "/agreements/cookie-notice",
            ):
                assert (await client.get(path)).status_code == 404, path


@ON_ONE_DATABASE
async def test_two_versions_are_compared_word_by_word(site: Site) -> None:
    await published(site, "a", kind="REFUND_TERMS", body="# Başlık\n\nSüre otuz gündür.\n\nEski <madde>.")
    await published(
        site, "b", kind="REFUND_TERMS", body="# Başlık\n\nSüre kırk gündür.\n\nEski <madde>.\n\nYeni & ek madde."
    )
    html = await page(site, "/agreements/refund-terms/compare?old=a&new=b")
    body = html.partition('class="comparison prose"')[2]
    words = body.replace('<span class="visually-hidden">', "").replace("</span>", "")
    assert words.count("<del>") == 1
    assert words.count("<ins>") == 2
    assert "otuz" in words.partition("<del>")[2].partition("</del>")[0]
    assert "kırk" in words.partition("<ins>")[2].partition("</ins>")[0]
    assert "Yeni &amp; ek madde." in body
    assert "Eski &lt;madde&gt;." in body
    assert "<details>" in body
    async with site.browser() as client:
        for query in ("", "?old=a", "?old=a&new=yok", "?old=%00&new=b"):
            assert (await client.get(f"/agreements/refund-terms/compare{query}")).status_code == 404, query
        assert (await client.get("/agreements/service-agreement/compare?old=a&new=b")).status_code == 404


async def test_a_document_is_found_by_its_id(site: Site) -> None:
    document = await published(site)
    node = "query ($id: ID!) { node(id: $id) { id ... on AgreementDocument { version } } }"
    assert (await site.data(node, {"id": document["id"]}))["node"] == {"id": document["id"], "version": "2026-11-22"}
    for other in ("doc_" + "0" * 32, document["id"].upper(), "doc_x", "", "\0"):
        assert (await site.data(node, {"id": other}))["node"] is None
