"""Limits: a bucket that refills steadily, whose subjects are hosts and networks and not spellings of addresses."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from api import clock, throttle
from api.models.throttles import Throttle
from api.refusal import DenialCode, Denied
from api.throttle import Limit, host_of, network_of
from tests.site import Site

# One use in ten seconds, six at once.
SIX = Limit("six_a_minute", 6, timedelta(minutes=1))
INTERVAL = 10
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
_fresh = count()


class Bucket:
    """What a limit promises, told as simply as possible."""

    def __init__(self) -> None:
        self.uses = float(SIX.uses)

    def pass_time(self, seconds: int) -> None:
        self.uses = min(SIX.uses, self.uses + seconds / INTERVAL)

    def take(self) -> int:
        """The seconds to wait; 0 when the use was allowed."""
        if self.uses >= 1:
            self.uses -= 1
            return 0
        return round((1 - self.uses) * INTERVAL)

    def give_back(self) -> None:
        self.uses = min(SIX.uses, self.uses + 1)


async def _take(*uses: tuple[Limit, str]) -> int:
    try:
        await throttle.take(*uses)
    except Denied as denied:
        return (denied.retry_after or -1) if denied.code is DenialCode.RATE_LIMITED else -1
    return 0


STEPS = st.lists(
    st.tuples(st.sampled_from([0, 0, 0, 5, 10, 25, 70]), st.sampled_from(["take", "take", "back"])), max_size=25
)


@examples(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_a_limit_is_a_bucket_that_refills_steadily(site: Site, steps: list[tuple[int, str]]) -> None:
    del site
    bucket, subject, now = Bucket(), f"subject {next(_fresh)}", START
    taken = 0
    for seconds, step in steps:
        now += timedelta(seconds=seconds)
        bucket.pass_time(seconds)
        with clock.stopped(now):
            if step == "take":
                expected = bucket.take()
                assert await _take((SIX, subject)) == expected
                taken += expected == 0
            elif taken:
                # Only what was taken is ever given back.
                await throttle.give_back((SIX, subject))
                bucket.give_back()
                taken -= 1


async def test_a_used_up_limit_says_how_long_to_wait_and_opens_then(site: Site) -> None:
    del site
    with clock.stopped(START):
        assert [await _take((SIX, "a")) for _ in range(8)] == [0] * 6 + [10, 10]
        assert await _take((SIX, "b")) == 0
    with clock.stopped(START + timedelta(seconds=9.5)):
        assert await _take((SIX, "a")) == 1
    with clock.stopped(START + timedelta(seconds=10)):
        assert [await _take((SIX, "a")) for _ in range(2)] == [0, 10]
    with clock.stopped(START + timedelta(minutes=5)):
        assert [await _take((SIX, "a")) for _ in range(7)] == [0] * 6 + [10]


async def test_of_several_limits_the_longest_wait_counts(site: Site) -> None:
    del site
    two = Limit("two_an_hour", 2, timedelta(hours=1))
    with clock.stopped(START):
        uses = ((SIX, "a"), (two, "a"))
        assert [await _take(*uses) for _ in range(3)] == [0, 0, 1800]
        assert [await _take((SIX, "a")) for _ in range(5)] == [0, 0, 0, 0, 10]


async def test_a_limit_that_is_counted_in_blocks_allows_no_more(site: Site) -> None:
    del site
    blocks = Limit("six_in_blocks", 6, timedelta(minutes=1), block=3)
    with clock.stopped(START):
        assert [await _take((blocks, "a")) for _ in range(8)] == [0] * 6 + [30, 30]
        assert [row.full_at - START.timestamp() for row in await Throttle.all()] == [60]
    with clock.stopped(START + timedelta(seconds=30)):
        assert [await _take((blocks, "a")) for _ in range(4)] == [0] * 3 + [30]


async def test_uses_at_once_cannot_slip_by(site: Site) -> None:
    del site
    with clock.stopped(START):
        waits = await asyncio.gather(*(_take((SIX, "a"), (throttle.LINKS_PER_ADDRESS, "a")) for _ in range(30)))
    assert waits.count(0) == 6


async def test_counting_and_uncounting_at_once_never_wait_for_each_other(site: Site) -> None:
    del site
    uses = [(Limit(f"limit_{number}", 100_000, timedelta(minutes=1)), "a") for number in range(3)]
    by_key = sorted(uses, key=lambda use: throttle._use(*use).key)

    async def there_and_back(turn: int) -> None:
        await throttle.take(*uses)
        await throttle.give_back(*uses)
        # Written alone, a counter's row is stored behind the others: no scan finds them in the order of their keys.
        await throttle.take(by_key[turn % 2])

    with clock.stopped(START):
        await asyncio.gather(*(there_and_back(turn) for turn in range(600)))
    left = {row.key: row.full_at - START.timestamp() for row in await Throttle.all()}
    interval = throttle._use(*uses[0]).interval
    assert [round(left[throttle._use(*use).key] / interval) for use in by_key] == [300, 300, 0]


async def test_counters_do_not_tell_whom_they_count(site: Site) -> None:
    del site
    await throttle.take((SIX, "ayse@example.net"))
    (row,) = await Throttle.all().values()
    assert "ayse" not in repr(row)
    assert len(row["key"]) == 64


async def test_the_scale_multiplies_every_limit(site: Site) -> None:
    del site
    throttle.use_scale(2)
    with clock.stopped(START):
        assert [await _take((SIX, "a")) for _ in range(13)] == [0] * 12 + [5]
    throttle.use_scale(0.5)
    with clock.stopped(START):
        assert [await _take((SIX, "b")) for _ in range(4)] == [0] * 3 + [20]


@pytest.mark.parametrize(
    ("address", "host", "network"),
    [
        ("203.0.113.77", "203.0.113.77/32", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.77/32", "203.0.113.0/24"),
        ("::ffff:cb00:714d", "203.0.113.77/32", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("::1", "::/64", "::/48"),
        ("unix", "unix", "unix"),
        ("", "", ""),
    ],
)
def test_the_subject_of_a_limit_is_a_host_or_its_network(address: str, host: str, network: str) -> None:
    assert (host_of(address), network_of(address)) == (host, network)


def _limits() -> dict[str, Any]:
    return {name: value for name, value in vars(throttle).items() if isinstance(value, Limit)}


def test_every_limit_has_a_name_of_its_own() -> None:
    assert {name.lower(): limit.name for name, limit in _limits().items()} == {n.lower(): n.lower() for n in _limits()}


async def _sign_in(site: Site, address: str) -> int:
    async with site.browser(address) as client:
        return (await client.post("/sign-in", data={"email": "ayse@example.net", "password": "wrong"})).status_code


async def test_both_doors_share_the_counters_and_say_when_to_come_back(site: Site) -> None:
    sign_in = 'mutation { signIn(input: {email: "AYSE@example.net", password: "wrong"}) { errors { code } } }'
    with clock.stopped(START):
        for number in range(throttle.SIGN_IN_PER_ACCOUNT.uses // 2):
            assert await _sign_in(site, f"127.0.0.{number + 2}") == 422
            assert "errors" not in await site.ask(sign_in)
        async with site.browser("127.0.0.99") as client:
            refused = await client.post("/sign-in", data={"email": "ayse@example.net", "password": "wrong"})
        assert refused.status_code == 429
        assert "yaklaşık" in refused.text or "dakika sonra" in refused.text
        (error,) = (await site.ask(sign_in))["errors"]
        assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 90}
        # Somebody elsewhere can neither use the limit up for the owner nor is stopped by it.
        assert await _sign_in(site, "192.0.2.1") == 422
        # A batch and aliases do not get around them.
        batch = [{"query": sign_in}] * 3
        answers = (await site.client.post("/graphql", json=batch)).json()
        assert [answer["errors"][0]["extensions"]["code"] for answer in answers] == ["RATE_LIMITED"] * 3
        aliased = "mutation {" + " ".join(f"a{i}: {sign_in[11:-2]}" for i in range(3)) + "}"
        errors = (await site.ask(aliased))["errors"]
        assert {error["extensions"]["code"] for error in errors} == {"RATE_LIMITED"}
    with clock.stopped(START + timedelta(seconds=90)):
        assert await _sign_in(site, "127.0.0.99") == 422
