"""Signing in and out: sessions, and the limits that both doors share."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from api import clock, throttle
from api.caller import CUSTOMER_SCOPES
from api.models.audit import AuditEntry
from api.models.people import Person
from api.models.sessions import Session
from tests.cast import AYSE, BORA, CEM, OTHER_PASSWORD, PASSWORD
from tests.doors import SIGN_IN, DoorToSite, GraphqlDoor, WebDoor, is_open, joined, mine, signed_in
from tests.site import ON_ONE_DATABASE, Site

WRONG = {("", "INVALID_CREDENTIALS")}
LIMITED = {("", "RATE_LIMITED")}
FAILURES = throttle.SIGN_IN_PER_ACCOUNT.uses


async def test_each_signing_in_opens_a_session_of_its_own(site: Site, door: DoorToSite) -> None:
    first = await joined(door, site, AYSE)
    second = await signed_in(door, "AYSE@Example.Net")
    assert second != first
    assert (await door.sign_out(second)).done
    assert (await is_open(site, first), await is_open(site, second)) == (True, False)
    # Signed out is signed out: the token opens nothing any more, at either door.
    assert (await door.change_password(second, PASSWORD, OTHER_PASSWORD)).problems == {("", "UNAUTHENTICATED")}
    assert await Session.all().count() == 1


async def test_a_session_ends_by_itself_after_seven_days(site: Site, door: DoorToSite) -> None:
    began = clock.now()
    with clock.stopped(began):
        session = await joined(door, site, AYSE)
    with clock.stopped(began + timedelta(days=7, seconds=-1)):
        assert await is_open(site, session)
    with clock.stopped(began + timedelta(days=7)):
        assert not await is_open(site, session)


@ON_ONE_DATABASE
async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(site: Site) -> None:
    door = WebDoor(site)
    await joined(door, site, AYSE)
    response = (await door.sign_in(AYSE["email"], PASSWORD)).raw
    assert (response.status_code, response.headers["location"]) == (303, "/panel")
    (cookie,) = response.headers.get_list("set-cookie")
    name_and_value, *flags = cookie.split("; ")
    assert name_and_value.startswith("session=ses_")
    kept = 7 * 24 * 3600
    assert {flag for flag in flags if "max-age" not in flag.lower()} == {"HttpOnly", "Path=/", "SameSite=lax"}
    assert any(f"Max-Age={kept - late}" in flags for late in range(3))
    out = (await door.sign_out(response.cookies["session"])).raw
    assert "Max-Age=0" in out.headers["set-cookie"]


async def test_one_message_covers_every_reason(site: Site, door: DoorToSite) -> None:
    await joined(door, site, AYSE)
    counts = await site.row_counts()
    attempts = [
        (AYSE["email"], OTHER_PASSWORD),
        (AYSE["email"], PASSWORD.upper()),
        (AYSE["email"], f"{PASSWORD} "),
        (AYSE["email"], PASSWORD + "x" * 200),
        (AYSE["email"], "\0"),
        ("nobody@example.net", PASSWORD),
        ("ALİ@example.net", PASSWORD),
        ("not an address", PASSWORD),
        ("a\0@example.net", PASSWORD),
    ]
    outcomes = [await door.sign_in(*attempt) for attempt in attempts]
    assert [outcome.problems for outcome in outcomes] == [WRONG] * len(attempts)
    assert [outcome.session for outcome in outcomes] == [None] * len(attempts)
    # Each is recorded, without the password or the address in clear.
    after = await site.row_counts()
    assert after == counts | {"audit_entries": counts["audit_entries"] + len(attempts)}
    assert await AuditEntry.filter(act="session:refuse", actor="guest", door=door.name).count() == len(attempts)
    blank = {("email", "REQUIRED"), ("password", "REQUIRED")}
    assert (await door.sign_in(" ", "")).problems == blank
    assert await site.row_counts() == after


@ON_ONE_DATABASE
async def test_a_password_is_the_same_however_its_letters_are_composed(site: Site, door: DoorToSite) -> None:
    password = "şüphesiz çığlık 41 kuğu"
    await joined(door, site, AYSE | {"password": unicodedata.normalize("NFD", password)})
    assert (await door.sign_in(AYSE["email"], password)).session
    assert (await door.sign_in(AYSE["email"], unicodedata.normalize("NFD", password))).session


async def test_an_outdated_hash_is_renewed(site: Site, door: DoorToSite) -> None:
    await joined(door, site, AYSE)
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    await Person.all().update(password_hash=old)
    await signed_in(door, AYSE["email"])
    renewed = (await Person.get()).password_hash
    assert renewed
    assert renewed != old
    await signed_in(door, AYSE["email"])
    assert (await Person.get()).password_hash == renewed


async def test_both_doors_count_the_same_failures(site: Site, door: DoorToSite) -> None:
    await joined(door, site, AYSE)
    await joined(door, site, BORA)
    web, graphql = WebDoor(site), GraphqlDoor(site)
    began = clock.now()
    with clock.stopped(began):
        for turn in range(FAILURES):
            one = (web, graphql)[turn % 2]
            assert (await one.sign_in(AYSE["email"].upper(), OTHER_PASSWORD)).problems == WRONG
        counts = await site.row_counts()
        refused = await door.sign_in(AYSE["email"], PASSWORD)
        assert refused.problems == LIMITED
        assert refused.session is None
        assert await site.row_counts() == counts
        # Others sign in meanwhile.
        await signed_in(door, BORA["email"])
    wait = int(throttle.SIGN_IN_PER_ACCOUNT.period.total_seconds() / FAILURES)
    if isinstance(door, WebDoor):
        assert refused.raw.status_code == 429
        assert refused.raw.headers["retry-after"] == str(wait)
        assert f'value="{AYSE["email"]}"' in refused.raw.text
        assert PASSWORD not in refused.raw.text
    else:
        (error,) = refused.raw["errors"]
        assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfter": wait}
        assert refused.raw["data"] is None
    with clock.stopped(began + timedelta(seconds=wait - 1)):
        assert (await door.sign_in(AYSE["email"], PASSWORD)).problems == LIMITED
    with clock.stopped(began + timedelta(seconds=wait)):
        await signed_in(door, AYSE["email"])
        assert (await door.sign_in(AYSE["email"], OTHER_PASSWORD)).problems == WRONG
        assert (await door.sign_in(AYSE["email"], OTHER_PASSWORD)).problems == LIMITED


@ON_ONE_DATABASE
async def test_right_passwords_are_not_counted(site: Site, door: DoorToSite) -> None:
    await joined(door, site, AYSE)
    with clock.stopped(clock.now()):
        for _ in range(FAILURES + 2):
            await signed_in(door, AYSE["email"])
        failures = [(await door.sign_in(AYSE["email"], OTHER_PASSWORD)).problems for _ in range(FAILURES + 1)]
    assert failures == [WRONG] * FAILURES + [LIMITED]


@ON_ONE_DATABASE
async def test_the_limit_of_an_address_counts_unknown_addresses_too(site: Site) -> None:
    allowed = throttle.SIGN_IN_PER_ADDRESS.uses
    attempt = 'mutation { signIn(input: {email: "%s", password: "x"}) { errors { code } } }'
    answers: list[str] = []
    with clock.stopped(clock.now()):
        async with site.browser("2001:db8:1:2::1") as client:
            for start in range(0, allowed, 10):
                batch = [{"query": attempt % f"nobody{start + n}@example.net"} for n in range(10)]
                told = (await client.post("/graphql", json=batch)).json()
                answers += [one["data"]["signIn"]["errors"][0]["code"] for one in told]
            form = {"email": CEM["email"], "password": PASSWORD}
            assert answers == ["INVALID_CREDENTIALS"] * allowed
            assert (await client.post("/sign-in", data=form)).status_code == 429
        # The same host by another of its addresses is one visitor; a neighbour is not.
        async with site.browser("2001:db8:1:2:ffff::9") as client:
            assert (await client.post("/sign-in", data=form)).status_code == 429
        async with site.browser("2001:db8:1:3::1") as client:
            assert (await client.post("/sign-in", data=form)).status_code == 422


@ON_ONE_DATABASE
@pytest.mark.parametrize("batched", [False, True], ids=["aliases", "batches"])
async def test_aliases_and_batches_count_each(site: Site, batched: bool) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    wrong = {"input": {"email": AYSE["email"], "password": OTHER_PASSWORD}}
    codes: list[str] = []
    with clock.stopped(clock.now()):
        if batched:
            for _ in range(2):
                answer = (await site.client.post("/graphql", json=[{"query": SIGN_IN, "variables": wrong}] * 10)).json()
                for one in answer:
                    payload = one["data"]["signIn"]["errors"] if one["data"] else [one["errors"][0]["extensions"]]
                    codes.append(payload[0]["code"])
        else:
            for _ in range(2):
                fields = " ".join(f"a{n}: signIn(input: $input) {{ errors {{ code }} }}" for n in range(10))
                answer = await site.ask(f"mutation ($input: SignInInput!) {{ {fields} }}", wrong)
                if answer["data"]:
                    codes += [payload["errors"][0]["code"] for payload in answer["data"].values()]
                else:
                    codes += [error["extensions"]["code"] for error in answer["errors"]]
        assert codes[:FAILURES] == ["INVALID_CREDENTIALS"] * FAILURES
        assert set(codes[FAILURES:]) == {"RATE_LIMITED"}
        assert (await WebDoor(site).sign_in(AYSE["email"], PASSWORD)).problems == LIMITED
        mixed = " ".join(
            f'a{n}: signIn(input: {{email: "ece{n % 2}@example.net", password: "x"}}) {{ errors {{ code }} }}'
            for n in range(30)
        )
        await site.ask(f"mutation {{ {mixed} }}")
    assert await AuditEntry.filter(act="session:refuse").count() == FAILURES + 2 * FAILURES


async def test_a_person_without_a_password_cannot_sign_in(site: Site, door: DoorToSite) -> None:
    await site.staff_token(email="deniz@example.net")
    for password in ("x", "None", "\0"):
        assert (await door.sign_in("deniz@example.net", password)).problems == WRONG
    token = (await site.letters_to("deniz@example.net"))[0]
    assert token["X-Letter-Kind"] == "staff_invitation"
    opened = await door.sign_in("deniz@example.net", PASSWORD)
    assert opened.problems == WRONG


@ON_ONE_DATABASE
async def test_what_a_session_may_do_is_told_to_its_viewer(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, AYSE)
    viewer = (await site.data("{ viewer { isStaff scopes } }", token=session))["viewer"]
    assert viewer == {"isStaff": False, "scopes": sorted(CUSTOMER_SCOPES)}
    assert (await site.data("{ viewer { isStaff scopes account { id } } }"))["viewer"] == {
        "isStaff": False,
        "scopes": [],
        "account": None,
    }
    assert await mine(site, "ses_unknown") is None
