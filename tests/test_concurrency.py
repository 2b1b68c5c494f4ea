"""Many at once: what may happen once happens once, and limits hold exactly."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence

from api import clock, throttle
from api.models.accounts import Account, Membership
from api.models.letters import Letter
from api.models.people import Person
from api.models.registrations import Registration
from api.models.sessions import Session
from tests.cast import AYSE, BORA, CEM, OTHER_PASSWORD, PASSWORD
from tests.doors import DoorToSite, Outcome, WebDoor, agreed, joined, mailed_change, mailed_reset, registered
from tests.site import Site, token_in

EXPIRED = {("token", "TOKEN_EXPIRED")}
LIMITED = {("", "RATE_LIMITED")}
WRONG = {("", "INVALID_CREDENTIALS")}


async def at_once(acts: Sequence[Awaitable[Outcome]]) -> Counter[frozenset[tuple[str, str]]]:
    """How often each answer was given."""
    return Counter(frozenset(outcome.problems) for outcome in await asyncio.gather(*acts))


def counted(**answers: int) -> Counter[frozenset[tuple[str, str]]]:
    known = {"done": set(), "expired": EXPIRED, "limited": LIMITED, "wrong": WRONG}
    return Counter({frozenset(known[name]): count for name, count in answers.items()})


async def test_fifty_registrations_of_one_address_make_one_account(site: Site, door: DoorToSite) -> None:
    form = await agreed(site, CEM)
    if isinstance(door, WebDoor):
        form |= {"form_token": await door.form_token(site.client)}
    allowed = throttle.LETTERS_PER_RECIPIENT.uses
    with clock.stopped(clock.now()):
        forms = [form | {"last_name": "Öz" + "abcdefghij"[turn % 10], "email": "Cem@example.net"} for turn in range(50)]
        answers = await at_once([door.register(one) for one in forms])
    assert answers == counted(done=allowed, limited=50 - allowed)
    assert await Registration.all().count() == 1
    letters = await site.letters_to("cem@example.net")
    assert len(letters) == allowed
    # Only the link of the form that was stored last is good, whichever letter brings it.
    assert await at_once([door.verify(token_in(letter)) for letter in letters]) == counted(done=1, expired=allowed - 1)
    assert (await Person.all().count(), await Account.all().count(), await Registration.all().count()) == (1, 1, 0)
    assert (await door.sign_in("cem@example.net", PASSWORD)).session


async def test_registrations_of_many_addresses_do_not_disturb_each_other(site: Site, door: DoorToSite) -> None:
    form = await agreed(site, AYSE)
    if isinstance(door, WebDoor):
        form |= {"form_token": await door.form_token(site.client)}
    answers = await at_once([door.register(form | {"email": f"ayse{turn}@example.net"}) for turn in range(12)])
    assert answers == counted(done=12)
    letters = await site.deliver()
    assert {letter["To"] for letter in letters} == {f"ayse{turn}@example.net" for turn in range(12)}
    assert await at_once([door.verify(token_in(letter)) for letter in letters]) == counted(done=12)
    assert (await Account.all().count(), await Membership.all().count(), await Session.all().count()) == (12, 12, 12)


async def test_of_twenty_who_follow_one_link_one_opens_the_account(site: Site, door: DoorToSite) -> None:
    link = await registered(door, site, AYSE)
    assert await at_once([door.verify(link) for _ in range(20)]) == counted(done=1, expired=19)
    counts = await site.row_counts()
    assert [counts[name] for name in ("accounts", "people", "sessions", "registrations")] == [1, 1, 1, 0]
    assert counts["agreement_acceptances"] == 2


async def test_of_twenty_resets_by_one_link_one_is_done(site: Site, door: DoorToSite) -> None:
    await joined(door, site, AYSE)
    link = await mailed_reset(door, site, AYSE["email"])
    passwords = [f"{OTHER_PASSWORD} {turn}" for turn in range(20)]
    outcomes = await asyncio.gather(*(door.reset(link, password) for password in passwords))
    done = [password for password, outcome in zip(passwords, outcomes, strict=True) if outcome.done]
    assert Counter(frozenset(outcome.problems) for outcome in outcomes) == counted(done=1, expired=19)
    assert await Session.all().count() == 1
    assert (await door.sign_in(AYSE["email"], done[0])).session
    assert await Letter.filter(kind="password_changed").count() == 1


async def test_resetting_and_confirming_a_waiting_form_at_once_opens_one_account(site: Site, door: DoorToSite) -> None:
    link = await registered(door, site, AYSE)
    reset = await mailed_reset(door, site, AYSE["email"])
    acts = [door.verify(link) if turn % 2 else door.reset(reset, OTHER_PASSWORD) for turn in range(10)]
    assert await at_once(acts) == counted(done=1, expired=9)
    assert (await Account.all().count(), await Person.all().count()) == (1, 1)


async def test_parallel_wrong_passwords_are_counted_exactly(site: Site, door: DoorToSite) -> None:
    await joined(door, site, AYSE)
    allowed = throttle.SIGN_IN_PER_ACCOUNT.uses
    with clock.stopped(clock.now()):
        answers = await at_once([door.sign_in(AYSE["email"], OTHER_PASSWORD) for _ in range(50)])
    assert answers == counted(wrong=allowed, limited=50 - allowed)


async def test_parallel_right_passwords_give_their_counts_back(site: Site, door: DoorToSite) -> None:
    await joined(door, site, AYSE)
    allowed = throttle.SIGN_IN_PER_ACCOUNT.uses
    with clock.stopped(clock.now()):
        assert await at_once([door.sign_in(AYSE["email"], PASSWORD) for _ in range(allowed)]) == counted(done=allowed)
        answers = await at_once([door.sign_in(AYSE["email"], OTHER_PASSWORD) for _ in range(allowed + 5)])
    assert answers == counted(wrong=allowed, limited=5)


async def test_of_two_who_take_one_new_address_one_gets_it(site: Site, door: DoorToSite) -> None:
    links = []
    for form in (AYSE, BORA):
        session = await joined(door, site, form)
        links.append(await mailed_change(door, site, session, "ortak@example.net"))
    assert await at_once([door.verify(link) for link in links]) == counted(done=1, expired=1)
    addresses = {person.email for person in await Person.all()}
    assert len(addresses) == 2
    assert len(addresses & {AYSE["email"], BORA["email"]}) == 1
    assert "ortak@example.net" in addresses
    # The loser's account is as it was.
    (loser,) = addresses - {"ortak@example.net"}
    assert (await door.sign_in(loser, PASSWORD)).session
    assert await Session.all().count() == 4


async def test_of_parallel_changes_of_one_password_one_is_done(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, AYSE)
    throttle.use_scale(100)
    passwords = [f"{OTHER_PASSWORD} {turn}" for turn in range(8)]
    acts = (door.change_password(session, PASSWORD, password) for password in passwords)
    outcomes = await asyncio.gather(*acts)
    done = [password for password, outcome in zip(passwords, outcomes, strict=True) if outcome.done]
    assert len(done) == 1
    wrong = {("current_password", "INVALID_CREDENTIALS")}
    assert [outcome.problems for outcome in outcomes].count(wrong) == 7
    assert (await door.sign_in(AYSE["email"], done[0])).session


async def test_two_who_deliver_at_once_send_each_letter_once(site: Site, door: DoorToSite) -> None:
    form = await agreed(site, CEM)
    for turn in range(5):
        assert (await door.register(form | {"email": f"cem{turn}@example.net"})).done
    await asyncio.gather(*(site.deliver() for _ in range(4)))
    assert sorted(letter["To"] for letter in site.postbox.letters) == [f"cem{turn}@example.net" for turn in range(5)]
