"""Moving a license to another domain: the yearly allowance, the window of the old one, and the history."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api import clock, settings
from api.models.audit import AuditEntry
from api.models.licenses import License, LicenseEvent
from api.rules.leases import opened
from tests.cast import AYSE, BORA
from tests.doors import GraphqlDoor, joined, signed_in
from tests.licensed import Licensed, licensed
from tests.site import Site
from tests.test_checks import _keys

MOVE = """mutation ($id: ID!, $domain: String!, $reason: String!) {
  changeLicenseDomain(licenseId: $id, domain: $domain, reason: $reason) {
    license { domain domainChangesLeft movingFrom { domain until } events { kind domain reason byStaff } }
    errors { code field message } } }"""
OFFLINE = """mutation ($id: ID!, $days: Int!) { issueOfflineLease(licenseId: $id, days: $days) {
  lease expiresAt errors { code field message } } }"""
EXPLAIN = """query ($id: ID!, $domain: String!, $at: DateTime, $version: String) {
  explainValidation(licenseId: $id, domain: $domain, at: $at, version: $version) {
    valid code message domain binds checks { code outcome message remedy } } }"""
IS_LICENSED = "query ($domain: String!) { domainCheck(domain: $domain) { licensed domain message } }"


@pytest.fixture
async def own(site: Site) -> Licensed:
    made = await licensed(site)
    assert await made.code("eski.com.tr") == "BOUND"
    return made


async def _move(own: Licensed, domain: str, token: str | None = None, reason: str = "site taşındı") -> Any:
    given = {"id": own.id, "domain": domain, "reason": reason}
    return (await own.site.data(MOVE, given, token or own.session))["changeLicenseDomain"]


def _told(answer: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["field"]) for error in answer["errors"]]


async def test_a_move_answers_both_domains_until_its_window_ends(own: Licensed) -> None:
    begun = clock.now()
    with clock.stopped(begun):
        moved = await _move(own, "https://YENİ.com.tr/")
    assert moved["errors"] == []
    assert moved["license"]["domain"] == "yeni.com.tr"
    assert moved["license"]["domainChangesLeft"] == 0
    assert moved["license"]["movingFrom"]["domain"] == "eski.com.tr"
    assert moved["license"]["events"][0] == {
        "kind": "DOMAIN_CHANGED", "domain": "yeni.com.tr", "reason": "site taşındı", "byStaff": False,
    }  # fmt: skip
    end = begun + timedelta(hours=settings.current().licensing.move_hours)
    for at, old in ((begun, "VALID"), (end - timedelta(seconds=1), "VALID"), (end, "DOMAIN_MISMATCH")):
        with clock.stopped(at):
            assert (await own.code("yeni.com.tr"), await own.code("www.eski.com.tr")) == ("VALID", old)
    with clock.stopped(end - timedelta(hours=1)):
        lease = opened((await own.validate("eski.com.tr"))["lease"], await _keys())
        assert lease is not None
        # What the old domain is given ends with the window, without grace.
        assert (lease["exp"], lease["gr"]) == (int(end.timestamp()), 0)
    letter = (await own.site.letters_to(BORA["email"]))[-1]
    assert "yeni.com.tr" in str(letter["Subject"])
    entry = await AuditEntry.filter(act="license:move").first()
    assert entry is not None


async def test_the_allowance_counts_365_days_and_says_when_it_is_back(own: Licensed) -> None:
    begun = clock.now()
    with clock.stopped(begun):
        assert (await _move(own, "b.com.tr"))["errors"] == []
        refused = await _move(own, "c.com.tr")
    assert _told(refused) == [("DOMAIN_CHANGE_LIMIT", ["domain"])]
    back = clock.local(begun + timedelta(days=365))
    assert f"{back.day} " in refused["errors"][0]["message"]
    assert (await own.row()).domain == "b.com.tr"
    with clock.stopped(begun + timedelta(days=365, seconds=-1)):
        own.session = await signed_in(GraphqlDoor(own.site), BORA["email"])
        assert _told(await _move(own, "c.com.tr")) == [("DOMAIN_CHANGE_LIMIT", ["domain"])]
    with clock.stopped(begun + timedelta(days=365, seconds=1)):
        assert (await _move(own, "c.com.tr"))["errors"] == []


async def test_an_allowance_that_was_larger_comes_back_with_the_move_that_makes_room(own: Licensed) -> None:
    begun = clock.now()
    settings.use(replace(own.site.settings, licensing=replace(own.site.settings.licensing, domain_changes=2)))
    for days, domain in ((0, "b.com.tr"), (10, "c.com.tr")):
        with clock.stopped(begun + timedelta(days=days)):
            own.session = await signed_in(GraphqlDoor(own.site), BORA["email"])
            assert (await _move(own, domain))["errors"] == []
    settings.use(own.site.settings)
    with clock.stopped(begun + timedelta(days=20)):
        refused = await _move(own, "d.com.tr", await signed_in(GraphqlDoor(own.site), BORA["email"]))
    back = clock.local(begun + timedelta(days=375))
    assert f"{back.day} " in refused["errors"][0]["message"]
    with clock.stopped(begun + timedelta(days=375, seconds=1)):
        assert (await _move(own, "d.com.tr", await signed_in(GraphqlDoor(own.site), BORA["email"])))["errors"] == []


async def test_staff_move_a_license_beyond_the_allowance_and_it_does_not_count(own: Licensed) -> None:
    assert (await _move(own, "b.com.tr"))["errors"] == []
    moved = await _move(own, "c.com.tr", own.staff, "destek talebi")
    assert moved["errors"] == []
    assert moved["license"]["events"][0]["byStaff"] is True
    with clock.stopped(clock.now() + timedelta(days=366)):
        assert (await _move(own, "d.com.tr", await signed_in(GraphqlDoor(own.site), BORA["email"])))["errors"] == []


async def test_what_is_no_move_is_refused_by_its_field(own: Licensed) -> None:
    for domain, reason, told in (
        ("", "neden", [("REQUIRED", ["domain"])]),
        ("com.tr", "neden", [("INVALID_DOMAIN", ["domain"])]),
        ("192.168.0.1", "", [("INVALID_DOMAIN", ["domain"]), ("REQUIRED", ["reason"])]),
        ("b.com.tr", "x" * 501, [("TOO_LONG", ["reason"])]),
        ("www.eski.com.tr", "aynı yer", [("ALREADY_EXISTS", ["domain"])]),
    ):
        assert _told(await _move(own, domain, reason=reason)) == told
    ayse = await joined(GraphqlDoor(own.site), own.site, AYSE)
    assert _told(await _move(own, "b.com.tr", ayse)) == [("NOT_FOUND", ["licenseId"])]
    await License.all().update(status="SUSPENDED")
    assert _told(await _move(own, "b.com.tr")) == [("NOT_ALLOWED", ["licenseId"])]
    await License.all().update(status="ACTIVE", domain=None, domain_ascii=None)
    assert _told(await _move(own, "b.com.tr")) == [("NOT_ALLOWED", ["licenseId"])]
    assert await LicenseEvent.filter(kind="DOMAIN_CHANGED").count() == 0


async def test_of_twenty_moves_at_once_one_is_done(own: Licensed) -> None:
    answers = await asyncio.gather(*(_move(own, f"yeni{turn}.com.tr") for turn in range(20)))
    assert Counter(str(_told(answer)) for answer in answers) == {
        "[]": 1, "[('DOMAIN_CHANGE_LIMIT', ['domain'])]": 19,
    }  # fmt: skip
    assert await LicenseEvent.filter(kind="DOMAIN_CHANGED").count() == 1


async def test_an_explanation_tells_every_check_and_changes_nothing(own: Licensed) -> None:
    before = await own.site.all_rows()

    async def explained(domain: str, token: str | None = None, **more: Any) -> Any:
        given = {"id": own.id, "domain": domain} | more
        return (await own.site.data(EXPLAIN, given, token or own.session))["explainValidation"]

    good = await explained("WWW.eski.com.tr")
    assert (good["code"], good["valid"], good["domain"], good["binds"]) == ("VALID", True, "eski.com.tr", False)
    assert {check["outcome"] for check in good["checks"]} == {"PASSED"}
    other = await explained("baska.com.tr", own.staff)
    failed = [check for check in other["checks"] if check["outcome"] == "FAILED"]
    assert [(check["code"], bool(check["remedy"])) for check in failed] == [(other["code"], True)]
    local = await explained("localhost")
    assert [check["outcome"] for check in local["checks"] if check["code"].startswith("DOMAIN")] == [
        "PASSED", "PASSED", "FAILED", "NOT_REACHED",
    ]  # fmt: skip
    assert await own.site.all_rows() == before
    ayse = await joined(GraphqlDoor(own.site), own.site, AYSE)
    assert await explained("eski.com.tr", ayse) is None
    naive = await own.site.ask(EXPLAIN, {"id": own.id, "domain": "a.com", "at": "2027-01-01T00:00:00"}, own.session)
    assert [error["extensions"]["code"] for error in naive["errors"]] == ["BAD_REQUEST"]


async def test_an_explanation_travels_in_time(own: Licensed) -> None:
    with clock.stopped(clock.now() + timedelta(seconds=1)):
        await _move(own, "yeni.com.tr")
    for hours, code in ((71, "VALID"), (73, "DOMAIN_MISMATCH")):
        at = (clock.now() + timedelta(hours=hours)).isoformat()
        given = {"id": own.id, "domain": "eski.com.tr", "at": at}
        assert (await own.site.data(EXPLAIN, given, own.session))["explainValidation"]["code"] == code


async def test_a_lease_for_a_machine_without_a_network(own: Licensed) -> None:
    async def issued(days: int, token: str | None = None) -> Any:
        return (await own.site.data(OFFLINE, {"id": own.id, "days": days}, token or own.session))["issueOfflineLease"]

    made = await issued(366)
    lease = opened(made["lease"], await _keys())
    assert lease is not None
    assert (lease["exp"] - lease["iat"], lease["gr"], lease["dom"][0]) == (366 * 86400, 0, "eski.com.tr")
    assert await LicenseEvent.filter(kind="LEASE_ISSUED").count() == 1
    for days in (0, -1, 367):
        assert _told(await issued(days)) == [("INVALID", ["days"])]
    assert _told(await issued(30, await joined(GraphqlDoor(own.site), own.site, AYSE))) == [
        ("NOT_FOUND", ["licenseId"])
    ]
    await License.all().update(status="SUSPENDED")
    assert _told(await issued(30)) == [("NOT_ALLOWED", ["licenseId"])]
    await License.all().update(status="ACTIVE", domain=None, domain_ascii=None)
    assert _told(await issued(30)) == [("NOT_ALLOWED", ["licenseId"])]


async def test_anybody_may_ask_whether_a_domain_is_licensed_and_learns_no_more(own: Licensed) -> None:
    async def asked(domain: str) -> Any:
        return (await own.site.data(IS_LICENSED, {"domain": domain}))["domainCheck"]

    yes = await asked("https://WWW.Eski.com.tr/giris")
    assert (yes["licensed"], yes["domain"]) == (True, "eski.com.tr")
    assert (await asked("baska.com.tr"))["licensed"] is False
    assert await asked("") == {"licensed": False, "domain": None, "message": (await asked(" "))["message"]}
    assert "SMS" not in str(yes)
    await License.all().update(status="SUSPENDED")
    assert (await asked("eski.com.tr"))["licensed"] is False
    for _ in range(60):
        answer = await own.site.ask(IS_LICENSED, {"domain": "a.com.tr"})
    assert answer["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
