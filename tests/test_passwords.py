"""Forgotten and changed passwords: single-use links, sessions that end, and what is refused."""

from __future__ import annotations

from datetime import timedelta

from api import clock, throttle
from api.models.people import Person
from api.models.sessions import Session
from tests.cast import AYSE, OTHER_PASSWORD, PASSWORD
from tests.doors import DoorToSite, GraphqlDoor, WebDoor, is_open, joined, mailed_reset, page_of_link, signed_in
from tests.site import ON_ONE_DATABASE, Site, text_of, token_in

WRONG = {("", "INVALID_CREDENTIALS")}
EXPIRED = {("token", "TOKEN_EXPIRED")}
EMAIL = AYSE["email"]
# What a new password is refused for, the person's own words among it.
REFUSED = {
    "": "REQUIRED",
    "mavi 7 x!": "WEAK_PASSWORD",
    "Ayşe-Yılmaz-35": "WEAK_PASSWORD",
    "17291716060!": "WEAK_PASSWORD",
    "Konak-İzmir-35": "WEAK_PASSWORD",
    "a" * 129: "TOO_LONG",
    "turuncu\0vapur 73 merdiven": "INVALID",
}


def kinds(letters: list[object]) -> list[str]:
    return [letter["X-Letter-Kind"] for letter in letters]  # type: ignore[index]


async def test_a_reset_ends_every_session_and_every_other_link(site: Site, door: DoorToSite) -> None:
    sessions = [await joined(door, site, AYSE), await signed_in(door, EMAIL)]
    links = [await mailed_reset(door, site, EMAIL) for _ in range(2)]
    outcome = await door.reset(links[0], OTHER_PASSWORD)
    assert outcome.session
    assert [await is_open(site, session) for session in (*sessions, outcome.session)] == [False, False, True]
    assert await Session.all().count() == 1
    for link in links:
        assert (await page_of_link(site, "/reset-password", link)).status_code == 422
        assert (await door.reset(link, PASSWORD)).problems == EXPIRED
    assert (await door.sign_in(EMAIL, PASSWORD)).problems == WRONG
    assert (await door.sign_in(EMAIL, OTHER_PASSWORD)).session
    letter = (await site.letters_to(EMAIL))[-1]
    assert letter["X-Letter-Kind"] == "password_changed"
    assert "Ayşe" in text_of(letter)
    assert "127.0.0.1" in text_of(letter)


async def test_a_reset_link_is_good_for_two_hours(site: Site, door: DoorToSite) -> None:
    await joined(door, site, AYSE)
    mailed = clock.now()
    with clock.stopped(mailed):
        link = await mailed_reset(door, site, EMAIL)
    with clock.stopped(mailed + timedelta(hours=2)):
        assert (await door.reset(link, OTHER_PASSWORD)).problems == EXPIRED
        assert (await page_of_link(site, "/reset-password", link)).status_code == 422
    with clock.stopped(mailed + timedelta(hours=2, seconds=-1)):
        assert (await door.reset(link, OTHER_PASSWORD)).session


async def test_looking_at_a_reset_link_and_refused_passwords_do_not_use_it_up(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, AYSE)
    link = await mailed_reset(door, site, EMAIL)
    before = await site.all_rows()
    page = await page_of_link(site, "/reset-password", link)
    assert page.status_code == 200
    assert "set-cookie" not in page.headers
    answers = {password: (await door.reset(link, password)).problems for password in REFUSED}
    wanted = {password: {("new_password", code)} for password, code in REFUSED.items()}
    if door.name == "web":
        # Only the site asks for the password again.
        wanted[""].add(("new_password_confirmation", "REQUIRED"))
    assert answers == wanted
    after = await site.all_rows()
    assert {name: rows for name, rows in after.items() if name != "throttles"} == {
        name: rows for name, rows in before.items() if name != "throttles"
    }
    assert await is_open(site, session)
    assert (await door.reset(link, OTHER_PASSWORD)).session


async def test_only_a_known_address_gets_a_letter(site: Site, door: DoorToSite) -> None:
    await joined(door, site, AYSE)
    before = len(await site.deliver())
    assert (await door.forget("nobody@example.net")).done
    assert len(await site.deliver()) == before
    assert "letters" in await site.row_counts()
    assert "nobody@example.net" not in await site.everything_stored()
    assert (await door.forget(" AYSE@Example.NET ")).done
    letter = (await site.letters_to(EMAIL))[-1]
    assert letter["X-Letter-Kind"] == "password_reset"
    # A proved address is greeted by name.
    assert "Ayşe" in text_of(letter)
    counts = await site.row_counts()
    assert (await door.forget("")).problems == {("email", "REQUIRED")}
    assert (await door.forget("ALİ@example.net")).problems == {("email", "INVALID_EMAIL")}
    assert (await door.forget("a" * 255)).problems == {("email", "TOO_LONG")}
    assert await site.row_counts() == counts


async def test_a_change_keeps_the_own_session_and_ends_the_others(site: Site, door: DoorToSite) -> None:
    own, other = await joined(door, site, AYSE), await signed_in(door, EMAIL)
    link = await mailed_reset(door, site, EMAIL)
    assert (await door.change_password(own, PASSWORD, OTHER_PASSWORD)).done
    assert (await is_open(site, own), await is_open(site, other)) == (True, False)
    assert (await door.reset(link, PASSWORD)).problems == EXPIRED
    assert (await door.sign_in(EMAIL, PASSWORD)).problems == WRONG
    assert (await door.sign_in(EMAIL, OTHER_PASSWORD)).session
    assert kinds(await site.letters_to(EMAIL))[-1] == "password_changed"


@ON_ONE_DATABASE
async def test_a_refused_change_changes_nothing(site: Site, door: DoorToSite) -> None:
    own, other = await joined(door, site, AYSE), await signed_in(door, EMAIL)
    hashed = (await Person.get()).password_hash
    counts = await site.row_counts()
    answers = {new: (await door.change_password(own, PASSWORD, new)).problems for new in REFUSED}
    wanted = {new: {("new_password", code)} for new, code in REFUSED.items()}
    if door.name == "web":
        # Only the site asks for the password again.
        wanted[""].add(("new_password_confirmation", "REQUIRED"))
    assert answers == wanted
    assert (await door.change_password(own, "", OTHER_PASSWORD)).problems == {("current_password", "REQUIRED")}
    wrong = {("current_password", "INVALID_CREDENTIALS")}
    assert (await door.change_password(own, OTHER_PASSWORD, OTHER_PASSWORD)).problems == wrong
    assert (await door.change_password(own, PASSWORD + "x" * 200, OTHER_PASSWORD)).problems == wrong
    assert (await door.change_password(own, PASSWORD, PASSWORD)).problems == {("new_password", "NOT_ALLOWED")}
    assert (await door.change_password("", PASSWORD, OTHER_PASSWORD)).problems == {("", "UNAUTHENTICATED")}
    assert await site.row_counts() == counts
    assert (await Person.get()).password_hash == hashed
    assert await is_open(site, other)


@ON_ONE_DATABASE
async def test_guessing_the_current_password_is_limited(site: Site, door: DoorToSite) -> None:
    own = await joined(door, site, AYSE)
    allowed = throttle.CURRENT_PASSWORD_PER_PERSON.uses
    with clock.stopped(clock.now()):
        guesses = [
            await (
                door.change_password(own, f"{OTHER_PASSWORD} {turn}", OTHER_PASSWORD)
                if turn % 2
                else door.change_email(own, "yeni@example.net", f"{OTHER_PASSWORD} {turn}")
            )
            for turn in range(allowed)
        ]
        assert [guess.problems for guess in guesses] == [{("current_password", "INVALID_CREDENTIALS")}] * allowed
        last = await door.change_password(own, PASSWORD, OTHER_PASSWORD)
        assert last.problems == {("", "RATE_LIMITED")}
        if door.name == "web":
            assert (last.raw.status_code, last.raw.headers["retry-after"]) == (429, "90")
        # Signing in is counted apart: whoever knows the password is not locked out by a stolen session.
        assert (await door.sign_in(EMAIL, PASSWORD)).session


async def test_an_api_token_cannot_change_a_password(site: Site) -> None:
    refused = await GraphqlDoor(site).change_password(await site.staff_token(), PASSWORD, OTHER_PASSWORD)
    assert refused.problems == {("", "FORBIDDEN")}


async def test_an_invitation_sets_the_first_password_of_staff(site: Site, door: DoorToSite) -> None:
    await site.staff_token(email="deniz@example.net")
    (letter,) = await site.letters_to("deniz@example.net")
    opened = await door.reset(token_in(letter), PASSWORD)
    assert opened.session
    viewer = (await site.data("{ viewer { isStaff account { id } } }", token=opened.session))["viewer"]
    assert viewer == {"isStaff": True, "account": None}
    person = await Person.get()
    assert person.proved_at
    assert (await door.sign_in("deniz@example.net", PASSWORD)).session


@ON_ONE_DATABASE
async def test_the_repetition_must_be_the_same(site: Site) -> None:
    door = WebDoor(site)
    session = await joined(door, site, AYSE)
    form = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD, "new_password_confirmation": PASSWORD}
    problems = {("new_password_confirmation", "INVALID")}
    assert (await door.send("/panel/profile/password", form, session)).problems == problems
    link = await mailed_reset(door, site, EMAIL)
    assert (await door.send("/reset-password", form | {"token": link})).problems == problems
    assert (await door.sign_in(EMAIL, PASSWORD)).session
