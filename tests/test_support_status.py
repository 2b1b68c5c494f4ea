"""`supportStatus`: whether support is open, what is promised now, and the public figure of promises kept and missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api import clock
from api.clock import ISTANBUL
from api.models.tickets import TicketPromise
from tests.cast import AYSE
from tests.doors import GraphqlDoor, joined
from tests.site import Site
from tests.waiting import answered, waiting

STATUS = """{ supportStatus { open opensAt maximumFirstAnswerMinutes expectedMinutes firstAnswerDueAtIfOpenedNow
  arithmetic { since until minutes } keptPromises missedPromises } }"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


async def status(site: Site, now: datetime) -> dict[str, Any]:
    with clock.stopped(now):
        found: dict[str, Any] = (await site.data(STATUS))["supportStatus"]
    return found


async def test_it_tells_what_a_ticket_opened_now_would_be_promised(site: Site) -> None:
    assert await status(site, at("2026-11-20T21:40:59")) == {
        "open": True,
        "opensAt": None,
        "maximumFirstAnswerMinutes": 180,
        "expectedMinutes": 5,
        "firstAnswerDueAtIfOpenedNow": "2026-11-21T09:40:59+00:00",
        "arithmetic": [
            {"since": "2026-11-20T18:40:00+00:00", "until": "2026-11-20T19:00:00+00:00", "minutes": 20},
            {"since": "2026-11-21T07:00:00+00:00", "until": "2026-11-21T09:40:00+00:00", "minutes": 160},
        ],
        "keptPromises": 0,
        "missedPromises": 0,
    }
    closed = await status(site, at("2026-11-20T22:00"))
    assert (closed["open"], closed["opensAt"]) == (False, "2026-11-21T07:00:00+00:00")
    assert closed["firstAnswerDueAtIfOpenedNow"] == "2026-11-21T10:00:00+00:00"


async def test_kept_and_missed_promises_are_counted(site: Site) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    start, hour = at("2026-11-20T10:00"), timedelta(hours=1)
    for after, outcome in [
        (3 * hour, TicketPromise.ANSWERED),
        (1 * hour, TicketPromise.ANSWERED),
        (3 * hour + timedelta(microseconds=1), TicketPromise.ANSWERED),
        (2 * hour, TicketPromise.WITHDRAWN),
        (4 * hour, TicketPromise.WITHDRAWN),
    ]:
        await answered(await waiting(at=start), start + after, outcome)
    await waiting(at=start + hour)
    counted = []
    for now in (start + 4 * hour, start + 4 * hour + timedelta(minutes=1), start + timedelta(days=90, hours=3)):
        found = await status(site, now)
        counted.append((found["keptPromises"], found["missedPromises"]))
    # Missed: one answered late, one withdrawn late, and one that nobody answered; the oldest are no longer counted.
    assert counted == [(2, 2), (2, 3), (2, 3)]
    last = await status(site, start + timedelta(days=90, hours=3, minutes=2))
    assert (last["keptPromises"], last["missedPromises"]) == (0, 1)


async def test_the_figure_is_read_once_a_minute(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []

    async def counted(since: datetime, now: datetime) -> tuple[int, int]:
        reads.append((since, now))
        return len(reads), 0

    monkeypatch.setattr(TicketPromise, "counted", counted)
    start = at("2026-11-20T10:00")
    told = [(await status(site, start + timedelta(seconds=s)))["keptPromises"] for s in (0, 30, 59, 60, 61)]
    assert told == [1, 1, 1, 2, 2]
    assert reads[0] == (start.astimezone(UTC) - timedelta(days=90), start)


@pytest.mark.parametrize(
    ("now", "shown"),
    [("2026-11-20T21:40", "yarın 12:40"), ("2026-11-20T03:00", "bugün 13:00"), ("2026-12-31T21:30", "yarın 12:30")],
)
async def test_page_and_api_promise_the_same(site: Site, now: str, shown: str) -> None:
    due = (await status(site, at(now)))["firstAnswerDueAtIfOpenedNow"]
    with clock.stopped(at(now)):
        page = (await site.client.get("/announcements")).text
    assert f'<time datetime="{due}">{shown}</time>' in page
