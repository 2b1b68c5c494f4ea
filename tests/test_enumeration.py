"""Nobody can tell whether an address is known: the same answer, status, headers, statements and time."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx

from api import clock, throttle
from tests.cast import AYSE, CEM, OTHER_PASSWORD, PASSWORD, as_input
from tests.doors import (
    FORGET,
    REGISTER,
    SIGN_IN,
    DoorToSite,
    GraphqlDoor,
    Outcome,
    WebDoor,
    agreed,
    joined,
    registered,
)
from tests.site import ON_ONE_DATABASE, Site
from tests.statements import statements

# Of one length, so that not even the length of an answer differs.
KNOWN, PENDING, UNKNOWN = (f"{name}@example.net" for name in ("bilinen", "bekliyo", "yabanci"))
EVERYBODY = (KNOWN, PENDING, UNKNOWN)
Act = Callable[[str], Awaitable[Outcome]]
ROUNDS, MEASUREMENTS = 12, 4


async def peopled(site: Site, door: DoorToSite) -> dict[str, Act]:
    """A person, a form that waits and nobody; and what a stranger may do with their addresses."""
    throttle.use_scale(1000)
    await joined(door, site, AYSE | {"email": KNOWN})
    await registered(door, site, AYSE | {"email": PENDING})
    form = await agreed(site, CEM)
    if isinstance(door, WebDoor):
        form |= {"form_token": await door.form_token(site.client)}
    return {
        "register": lambda email: door.register(form | {"email": email}),
        "sign in": lambda email: door.sign_in(email, OTHER_PASSWORD),
        "reset": lambda email: door.forget(email),
    }


def shape(outcome: Outcome, email: str) -> Any:
    """An answer without the address that was asked for."""
    if not isinstance(outcome.raw, httpx.Response):
        return outcome.problems, outcome.session, str(outcome.raw).replace(email, "…")
    # How well an answer is compressed depends on the letters of the address; what it says is compared as text.
    leave = {"date", "content-length"} if "content-encoding" in outcome.raw.headers else {"date"}
    headers = {name: value for name, value in outcome.raw.headers.items() if name not in leave}
    body = re.sub(r'name="form_token" value="[^"]+"', "", outcome.raw.text.replace(email, "…"))
    return outcome.problems, outcome.session, outcome.raw.status_code, headers, body


async def test_known_waiting_and_unknown_addresses_are_answered_alike(site: Site, door: DoorToSite) -> None:
    acts = await peopled(site, door)
    for name, act in acts.items():
        shapes, work = [], []
        for email in EVERYBODY:
            await act(email)
            with statements() as seen:
                outcome = await act(email)
            shapes.append(shape(outcome, email))
            work.append(sorted(seen))
            if isinstance(outcome.raw, httpx.Response):
                assert "set-cookie" not in outcome.raw.headers
        assert shapes[0] == shapes[1] == shapes[2], name
        # Hashed wherever a password is looked at, and the database asked for the same: nothing to measure.
        assert work[0] == work[1] == work[2], name
        assert len(work[0]) >= 3, name


async def test_the_graphql_door_answers_alike_in_status_and_headers(site: Site) -> None:
    await peopled(site, GraphqlDoor(site))
    form = as_input(await agreed(site, CEM))
    for document, variables in (
        (REGISTER, lambda email: {"input": form | {"email": email}}),
        (SIGN_IN, lambda email: {"input": {"email": email, "password": OTHER_PASSWORD}}),
        (FORGET, lambda email: {"email": email}),
    ):
        told = []
        for email in EVERYBODY:
            answer = await site.client.post("/graphql", json={"query": document, "variables": variables(email)})
            headers = {name: value for name, value in answer.headers.items() if name != "date"}
            told.append((answer.status_code, headers, answer.text.replace(email, "…")))
        assert told[0] == told[1] == told[2]
        assert "set-cookie" not in told[0][1]


async def test_a_right_password_for_a_waiting_form_is_answered_as_a_wrong_one_for_all(
    site: Site, door: DoorToSite
) -> None:
    # Whoever registered an address knows its pending password, and must not learn what became of it.
    await peopled(site, door)
    await door.register(CEM | {"email": KNOWN})
    answers = []
    for email in EVERYBODY:
        with statements() as seen:
            outcome = await door.sign_in(email, PASSWORD if email != KNOWN else OTHER_PASSWORD)
        answers.append((shape(outcome, email), sorted(seen)))
    assert answers[0] == answers[2]
    assert answers[1][0] == answers[2][0]
    # All that is more is the letter, in the transaction that is written anyway.
    more = [statement for statement in answers[1][1] if statement not in answers[2][1]]
    assert len(answers[1][1]) == len(answers[2][1]) + 1
    assert ['INSERT INTO "letters"' in statement for statement in more] == [True]


async def test_the_limit_of_letters_does_not_tell_either(site: Site, door: DoorToSite) -> None:
    await joined(door, site, AYSE | {"email": KNOWN})
    form = await agreed(site, CEM | {"password": OTHER_PASSWORD})
    told = {}
    # An hour later the letter of the person's own registration counts no more.
    with clock.stopped(clock.now() + timedelta(hours=1)):
        for email in (KNOWN, UNKNOWN):
            # A stranger's form, the stranger's own password for it, and letters until there are too many.
            outcomes = [await door.register(form | {"email": email})]
            outcomes += [await door.sign_in(email, OTHER_PASSWORD) for _ in range(6)]
            outcomes += [await door.forget(email) for _ in range(7)]
            told[email] = [outcome.problems for outcome in outcomes]
    wrong, limited = {("", "INVALID_CREDENTIALS")}, {("", "RATE_LIMITED")}
    more = throttle.LETTERS_PER_RECIPIENT.uses - 1
    assert told[KNOWN] == [set()] + [wrong] * 6 + [set()] * more + [limited] * (7 - more)
    assert told[UNKNOWN] == told[KNOWN]


async def _medians(act: Act) -> list[float]:
    """How long an act takes with each address, in seconds."""
    taken: dict[str, list[float]] = {email: [] for email in EVERYBODY}
    for turn in range(ROUNDS):
        # In turn, and each first as often, so that a busy machine slows all of them.
        for place in range(3):
            email = EVERYBODY[(turn + place) % 3]
            began = time.perf_counter()
            await act(email)
            taken[email].append(time.perf_counter() - began)
    return [statistics.median(times) for times in taken.values()]


@ON_ONE_DATABASE
async def test_known_waiting_and_unknown_addresses_take_equal_time(site: Site, door: DoorToSite) -> None:
    acts = await peopled(site, door)
    for name, act in acts.items():
        # What differs by itself does so each time; what a busy machine did to one measurement is gone in the next.
        medians: list[list[float]] = []
        while not medians or max(medians[-1]) >= 1.5 * min(medians[-1]) + 0.005:
            assert len(medians) < MEASUREMENTS, (name, medians)
            medians.append(await _medians(act))
