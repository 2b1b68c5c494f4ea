"""The keys that sign leases: made once, rotated with an overlap, never stored in clear."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from api import clock, settings, signing
from api.caller import Caller, Door
from api.models.audit import AuditEntry
from api.models.orders import IdempotencyKey
from api.models.signing_keys import SigningKey
from tests.site import Site

COMMAND = Caller(door=Door.COMMAND)


async def _states() -> dict[str, str]:
    return {key.kid: key.state for key in await signing.published()}


async def test_a_new_database_has_a_key_that_signs_and_the_next(site: Site) -> None:
    del site
    assert sorted((await _states()).values()) == ["CURRENT", "NEXT"]
    assert await signing.begin(COMMAND) is False


async def test_of_several_who_begin_one_makes_the_keys(site: Site) -> None:
    del site
    await SigningKey.all().delete()
    await IdempotencyKey.filter(operation="signing_keys").delete()
    made = await asyncio.gather(*(signing.begin(COMMAND) for _ in range(5)))
    assert sorted(made) == [False, False, False, False, True]
    assert sorted((await _states()).values()) == ["CURRENT", "NEXT"]


async def test_a_rotation_lets_the_next_key_sign_and_keeps_the_one_before(site: Site) -> None:
    before, first = await _states(), (await signing.signer()).kid
    now_signing = (await signing.rotate(COMMAND)).kid
    assert before[now_signing] == "NEXT"
    after = await _states()
    assert (after[first], after[now_signing], sorted(after.values())) == ("OLD", "CURRENT", ["CURRENT", "NEXT", "OLD"])
    terms = settings.current().licensing
    with clock.stopped(clock.now() + timedelta(days=terms.offline_days + terms.grace_days - 1)):
        assert first in await _states()
    with clock.stopped(clock.now() + timedelta(days=terms.offline_days + terms.grace_days + 1)):
        assert first not in await _states()
    assert await AuditEntry.filter(act="signing_key:rotate").count() == 1
    row = await SigningKey.get(kid=first)
    assert row.public not in str(row.private_sealed)
    del site


async def test_rotations_at_once_follow_each_other(site: Site) -> None:
    del site
    await asyncio.gather(*(signing.rotate(COMMAND) for _ in range(4)))
    assert sorted((await _states()).values()) == ["CURRENT", "NEXT", "OLD", "OLD", "OLD", "OLD"]


async def test_another_process_signs_with_the_new_key_within_two_seconds(site: Site) -> None:
    del site
    old = await signing.signer()
    known = signing._known
    new = await signing.rotate(COMMAND)
    signing._known = known
    assert (await signing.signer()).kid == old.kid
    assert known is not None
    signing._known = (known[0] - 3, known[1])
    assert (await signing.signer()).kid == new.kid
