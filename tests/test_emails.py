"""Changing the e-mail address: confirmed at the new one, told to the old one, and what ends the link."""

from __future__ import annotations

from datetime import timedelta

from api import clock
from api.models.people import Person
from api.models.sessions import Link
from tests.cast import AYSE, BORA, CEM, OTHER_PASSWORD, PASSWORD
from tests.doors import DoorToSite, joined, mailed_change, mailed_reset, mine, page_of_link
from tests.site import ON_ONE_DATABASE, Site, text_of, token_in

EXPIRED = {("token", "TOKEN_EXPIRED")}
WRONG = {("", "INVALID_CREDENTIALS")}
OLD, NEW = AYSE["email"], "ayse.yeni@example.net"


def kinds(letters: list[object]) -> list[str]:
    return [letter["X-Letter-Kind"] for letter in letters]  # type: ignore[index]


async def test_an_address_changes_when_the_new_one_confirms(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, AYSE)
    link = await mailed_change(door, site, session, "Ayse.YENI@example.net".lower())
    assert (await mine(site, session))["email"] == OLD
    assert (await door.sign_in(NEW, PASSWORD)).problems == WRONG
    before = await site.row_counts()
    page = await page_of_link(site, "/verify-email", link)
    assert page.status_code == 200
    assert NEW in page.text
    assert await site.row_counts() == before
    proved = (await Person.get()).proved_at
    opened = await door.verify(link)
    assert opened.session
    person = await Person.get()
    assert person.email == NEW
    assert proved
    assert person.proved_at
    assert person.proved_at > proved
    assert (await door.verify(link)).problems == EXPIRED
    assert (await door.sign_in(OLD, PASSWORD)).problems == WRONG
    assert (await door.sign_in(NEW, PASSWORD)).session
    assert kinds(await site.letters_to(OLD)) == ["verify_registration", "email_change_notice", "email_changed"]
    assert kinds(await site.letters_to(NEW)) == ["email_change_confirm"]
    assert all(NEW in text_of(letter) for letter in (await site.letters_to(OLD))[1:])


async def test_links_to_the_old_address_die_with_it(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, AYSE)
    reset = await mailed_reset(door, site, OLD)
    change = await mailed_change(door, site, session, NEW)
    # One more is asked for, but not delivered before the change.
    assert (await door.forget(OLD)).done
    assert (await door.verify(change)).session
    assert (await door.reset(reset, OTHER_PASSWORD)).problems == EXPIRED
    letters = len(await site.letters_to(OLD))
    assert kinds((await site.letters_to(OLD))[letters - 1 :]) == ["email_changed"]
    assert await Link.filter(used_at=None).count() == 0
    assert (await door.sign_in(NEW, PASSWORD)).session


async def test_only_the_newest_request_counts(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, AYSE)
    first = await mailed_change(door, site, session, "yanlis@example.net")
    second = await mailed_change(door, site, session, NEW)
    assert (await door.verify(first)).problems == EXPIRED
    assert (await door.verify(second)).session
    assert (await Person.get()).email == NEW


async def test_a_request_that_was_replaced_before_its_letter_went_out_is_dropped(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, AYSE)
    assert (await door.change_email(session, "yanlis@example.net", PASSWORD)).done
    assert (await door.change_email(session, NEW, PASSWORD)).done
    assert await site.letters_to("yanlis@example.net") == []
    (letter,) = await site.letters_to(NEW)
    assert (await door.verify(token_in(letter))).session


async def test_a_change_of_password_ends_a_requested_change_of_address(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, AYSE)
    mailed = await mailed_change(door, site, session, "hirsiz@example.net")
    assert (await door.change_password(session, PASSWORD, OTHER_PASSWORD)).done
    assert (await door.verify(mailed)).problems == EXPIRED
    # Also while its letter waits.
    assert (await door.change_email(session, "hirsiz2@example.net", OTHER_PASSWORD)).done
    assert (await door.change_password(session, OTHER_PASSWORD, PASSWORD)).done
    assert await site.letters_to("hirsiz2@example.net") == []
    assert (await mine(site, session))["email"] == OLD


async def test_a_known_address_answers_alike_and_only_its_owner_is_told(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, AYSE)
    await joined(door, site, BORA)
    free = await door.change_email(session, CEM["email"], PASSWORD)
    taken = await door.change_email(session, "BORA@example.net", PASSWORD)
    assert (free.problems, taken.problems) == (set(), set())
    letters = await site.letters_to(BORA["email"])
    assert kinds(letters)[-1] == "email_change_taken"
    assert "?token=" not in text_of(letters[-1])
    assert "Ayşe" not in text_of(letters[-1])
    assert {person.email for person in await Person.all()} == {OLD, BORA["email"]}


async def test_an_address_that_became_somebodys_cannot_be_taken_any_more(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, AYSE)
    link = await mailed_change(door, site, session, CEM["email"])
    cem = await joined(door, site, CEM)
    counts = await site.row_counts()
    assert (await door.verify(link)).problems == EXPIRED
    assert await site.row_counts() == counts
    assert ((await mine(site, session))["email"], (await mine(site, cem))["email"]) == (OLD, CEM["email"])


async def test_a_link_to_change_is_good_for_a_day(site: Site, door: DoorToSite) -> None:
    asked = clock.now()
    with clock.stopped(asked):
        session = await joined(door, site, AYSE)
        link = await mailed_change(door, site, session, NEW)
    with clock.stopped(asked + timedelta(hours=24)):
        assert (await door.verify(link)).problems == EXPIRED
    with clock.stopped(asked + timedelta(hours=24, seconds=-1)):
        assert (await door.verify(link)).session


@ON_ONE_DATABASE
async def test_a_refused_request_changes_nothing(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, AYSE)
    link = await mailed_change(door, site, session, NEW)
    counts = await site.row_counts()
    table = {
        ("", PASSWORD): {("new_email", "REQUIRED")},
        ("ALİ@example.net", PASSWORD): {("new_email", "INVALID_EMAIL")},
        ("a\0@example.net", PASSWORD): {("new_email", "INVALID_EMAIL")},
        ("a" * 300, PASSWORD): {("new_email", "TOO_LONG")},
        ("biri@example.net", ""): {("current_password", "REQUIRED")},
        ("", ""): {("new_email", "REQUIRED"), ("current_password", "REQUIRED")},
        ("biri@example.net", OTHER_PASSWORD): {("current_password", "INVALID_CREDENTIALS")},
        ("AYSE@Example.net", PASSWORD): {("new_email", "NOT_ALLOWED")},
    }
    assert {given: (await door.change_email(session, *given)).problems for given in table} == table
    assert (await door.change_email("", NEW, PASSWORD)).problems == {("", "UNAUTHENTICATED")}
    assert await site.row_counts() == counts
    # Nor does it end the link that was mailed before.
    assert (await door.verify(link)).session
