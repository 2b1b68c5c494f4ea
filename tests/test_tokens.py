"""API tokens: their form, what is looked up for them, and when they were used last."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api import clock, tally, tokens
from api.caller import Scope
from api.models.people import Person, Staff
from api.models.sessions import ApiToken
from tests.site import Site
from tests.statements import statements

SCOPES = "{ viewer { scopes } }"
# Of Python's zlib and a base62 by hand: 0xFFFFFFFF is the largest checksum there is.
KNOWN = "rsk_000000000000000000000000000000"


def test_a_token_has_its_prefix_its_length_and_its_checksum() -> None:
    made = {tokens.new_token() for _ in range(200)}
    assert len(made) == 200
    assert {len(token) for token in made} == {40}
    assert all(token.startswith("rsk_") and tokens.well_formed(token) for token in made)


def test_the_checksum_is_crc_32_in_six_symbols_of_base62() -> None:
    assert tokens.checksum("") == "000000"
    # The check value of CRC-32 (ISO-HDLC): 0xCBF43926 of "123456789", 3 45 35 27 22 14 to base 62.
    assert tokens.checksum("123456789") == "3jZRME"


@given(st.integers(0, 39), st.sampled_from("0Zz9_ \u0660éI"))
@example(39, "\n")
def test_one_wrong_symbol_is_seen(place: int, symbol: str) -> None:
    token = KNOWN + tokens.checksum(KNOWN)
    changed = token[:place] + symbol + token[place + 1 :]
    assert tokens.well_formed(changed) is (changed == token)


@pytest.mark.parametrize(
    "text", ["", "rsk_", KNOWN, KNOWN + "000000\n", " " + KNOWN, "ses_" + "a" * 43, "rsk_" + "a" * 43, "rsk_\0"]
)
def test_other_text_is_no_token(text: str) -> None:
    assert not tokens.well_formed(text)


async def test_a_malformed_token_never_reaches_the_database(site: Site) -> None:
    token = await site.staff_token()
    last = "0" if token[-1] != "0" else "1"
    with statements() as asked:
        for wrong in (token[:-1] + last, token + "0", token[:-1], "rsk_" + "a" * 43, "rsk_"):
            assert (await site.data(SCOPES, token=wrong))["viewer"]["scopes"] == []
        assert asked == []
        # A well-formed one that nobody has is looked for, once.
        assert (await site.data(SCOPES, token=tokens.new_token()))["viewer"]["scopes"] == []
        assert len(asked) == 1


async def test_a_token_tells_the_minute_of_its_last_use_after_the_request(site: Site) -> None:
    token = await site.staff_token()
    unused = await site.staff_token(email="ece@example.net")
    minute = clock.now().replace(second=0, microsecond=0) + timedelta(days=1)
    late = minute + timedelta(seconds=56)
    with clock.stopped(late):
        await site.data(SCOPES, token=token)
        await site.data(SCOPES, token=token)
    row = ApiToken.get(token_hash=(await ApiToken.all().order_by("created_at"))[0].token_hash)
    assert (await row).last_used_at is None
    assert len(tokens.USES) == 1
    await tally.flush_all()
    assert (await row).last_used_at == minute
    # In the same minute there is nothing new to tell; what is older changes nothing.
    with clock.stopped(late + timedelta(seconds=3)):
        await site.data(SCOPES, token=token)
    assert len(tokens.USES) == 0
    tokens.note_use((await row).id, None)
    await tally.flush_all()
    assert (await row).last_used_at == minute
    with clock.stopped(late + timedelta(minutes=1)):
        await site.data(SCOPES, token=token)
        await site.data(SCOPES, token=unused)
    await tally.flush_all()
    told = {row.last_used_at for row in await ApiToken.all()}
    assert told == {minute + timedelta(minutes=1)}


async def test_a_use_that_ended_or_failed_is_none(site: Site) -> None:
    token = await site.staff_token()
    await ApiToken.all().update(revoked_at=clock.now())
    await site.data(SCOPES, token=token)
    await ApiToken.all().update(revoked_at=None, expires_at=clock.now())
    await site.data(SCOPES, token=token)
    assert len(tokens.USES) == 0


async def test_a_token_does_no_more_than_its_person_may_do_today(site: Site) -> None:
    token = await site.staff_token(Scope.BILLING_READ, Scope.CATALOG_WRITE)
    assert (await site.data(SCOPES, token=token))["viewer"]["scopes"] == ["billing:read", "catalog:write"]
    await Staff.all().update(scopes=["billing:read"])
    assert (await site.data(SCOPES, token=token))["viewer"]["scopes"] == ["billing:read"]
    answer = await site.ask('mutation { createCategory(slug: "x", name: "x") { errors { code } } }', token=token)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    await Staff.all().delete()
    viewer = await site.data("{ viewer { isStaff scopes } }", token=token)
    assert viewer["viewer"] == {"isStaff": False, "scopes": []}


async def test_a_token_is_nowhere_but_in_its_owners_hands(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = await site.staff_token()
    await site.data(SCOPES, token=token)
    await site.ask("{ nonsense }", token=token)
    person = await Person.all().first()
    assert person
    issued = await tokens.issue(person.id, "yedek", [Scope.BILLING_READ], None)
    assert issued.row.prefix == issued.text[:8]
    kept = await site.everything_stored() + caplog.text + str(await site.deliver())
    for text in (token, issued.text):
        assert text[8:] not in kept
