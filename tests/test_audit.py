"""The record of acts: every act leaves an entry, the chain tells of changes, and no secret is written anywhere."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from tortoise import Tortoise

from api import audit, clock, jobs, sealing
from api.audit import Act
from api.caller import Caller, Door
from api.models.accounts import Account, ProfileChange
from api.models.audit import AuditEntry
from api.models.database import APP
from api.models.letters import Letter
from api.models.people import Person
from api.models.registrations import Registration
from api.models.sessions import Session
from api.perform import writing
from api.resolvers.sessions import set_language
from tests.cast import AYSE, OTHER_PASSWORD, PASSWORD
from tests.doors import GraphqlDoor, WebDoor
from tests.site import Site, token_in

EMAIL, NEW_EMAIL = "ayse@example.net", "ayse.yilmaz@example.net"
WRONG_PASSWORD = "yanlış bir parola 19"
UPDATE = """mutation { updateAccount(input: {phone: "0533 765 43 21", nationalId: "10000000146"}) {
  errors { code field } } }"""
CONSENT = "mutation { setMarketingConsent(email: true, sms: false) { errors { code } } }"
PUBLISH = """mutation { publishAgreement(input: {kind: PRIVACY_NOTICE, version: "next", title: "a", body: "b"}) {
  errors { code } } }"""


@dataclass
class Journey:
    """What was done, and every secret that was used on the way."""

    acts: list[tuple[str, str, str]] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)


async def _newest_link(site: Site, address: str) -> str:
    return token_in((await site.letters_to(address))[-1])


async def travel(site: Site, door: GraphqlDoor | WebDoor) -> Journey:
    """Everything that a customer and a member of staff can do, once."""
    way = Journey()
    door_name = door.name

    def did(act: Act, actor: str = "person", by: str = door_name) -> None:
        way.acts.append((act.value, actor, by))

    assert (await door.register(AYSE)).done
    did(Act.REGISTRATION_SUBMIT, "guest")
    link = await _newest_link(site, EMAIL)
    first = await door.verify(link)
    did(Act.ACCOUNT_OPEN)
    did(Act.SESSION_OPEN)
    assert not (await door.sign_in(EMAIL, WRONG_PASSWORD)).done
    did(Act.SESSION_REFUSE, "guest")
    second = await door.sign_in(EMAIL, PASSWORD)
    did(Act.SESSION_OPEN)
    assert first.session
    assert second.session
    for document, act in ((UPDATE, Act.ACCOUNT_UPDATE), (CONSENT, Act.CONSENT_CHANGE)):
        assert "errors" not in await site.ask(document, token=second.session)
        did(act, by="graphql")
    assert (await door.change_password(second.session, PASSWORD, OTHER_PASSWORD)).done
    did(Act.PASSWORD_CHANGE)
    assert (await door.change_email(second.session, NEW_EMAIL, OTHER_PASSWORD)).done
    did(Act.EMAIL_REQUEST)
    change = await _newest_link(site, NEW_EMAIL)
    third = await door.verify(change)
    did(Act.EMAIL_CHANGE)
    did(Act.SESSION_OPEN)
    assert (await door.forget(NEW_EMAIL)).done
    did(Act.PASSWORD_FORGET, "guest")
    reset = await _newest_link(site, NEW_EMAIL)
    fourth = await door.reset(reset, PASSWORD)
    did(Act.PASSWORD_RESET)
    did(Act.SESSION_OPEN)
    assert third.session
    assert fourth.session
    assert (await door.sign_out(fourth.session)).done
    did(Act.SESSION_CLOSE)
    staff = await site.staff_token()
    did(Act.STAFF_CREATE, "command", "command")
    assert "errors" not in await site.ask(PUBLISH, token=staff)
    did(Act.AGREEMENT_PUBLISH, by="graphql")
    invitation = await _newest_link(site, "deniz@example.net")
    sessions = {session for opened in (first, second, third, fourth) if (session := opened.session)}
    way.secrets = {link, change, reset, invitation, staff, *sessions, PASSWORD, OTHER_PASSWORD, WRONG_PASSWORD}
    way.secrets |= {"17291716060", "10000000146", site.settings.secret_key}
    return way


@pytest.fixture(params=[GraphqlDoor, WebDoor], ids=["graphql", "web"])
def door(request: pytest.FixtureRequest, site: Site) -> GraphqlDoor | WebDoor:
    """Either door."""
    made: GraphqlDoor | WebDoor = request.param(site)
    return made


async def _entries() -> list[AuditEntry]:
    """What was written after the first texts and signing keys."""
    since = AuditEntry.exclude(act=Act.SIGNING_KEY_MAKE.value).order_by("at", "id")
    return [entry for entry in await since if entry.details.get("version") != "2021-07-05"]


async def test_every_act_of_a_journey_leaves_an_entry(site: Site, door: GraphqlDoor | WebDoor) -> None:
    way = await travel(site, door)
    entries = await _entries()
    kinds = [(entry.act, entry.actor.partition(":")[0], entry.door) for entry in entries]
    assert sorted(kinds) == sorted(way.acts)
    person = await Person.get(email=NEW_EMAIL)
    account = await Account.get()
    assert {entry.address for entry in entries} == {"127.0.0.1", ""}
    by_act = {entry.act: entry for entry in entries}
    assert by_act["account:open"].subject == f"account:{account.id.hex}"
    assert by_act["account:update"].details == {"fields": "phone tax_identity"}
    assert by_act["consent:change"].details == {"email": "given"}
    assert by_act["password:change"].subject == by_act["password:change"].actor == f"person:{person.id.hex}"
    assert by_act["session:refuse"].subject == f"email:{sealing.index('audit', EMAIL)[:32]}"


async def test_the_rest_of_the_acts_leave_an_entry_too(site: Site) -> None:
    await GraphqlDoor(site).register(AYSE)
    with clock.stopped(clock.now() + timedelta(days=8)):
        await jobs.sweep()
    assert await Registration.all().count() == 0
    (entry,) = await AuditEntry.filter(act=Act.RETENTION_SWEEP.value)
    assert (entry.actor, entry.door, entry.subject) == ("clock", "clock", "retention")
    assert {name: count for name, count in entry.details.items() if count != "0"} == {"registrations": "1"}
    assert entry.details.keys() == jobs._past_retention().keys()
    session = (await _signed_up(site)).session
    async with site.browser() as client:
        client.cookies.set("session", session or "")
        await client.post("/panel/profile/language", data={"language": "en"})
    (entry,) = await AuditEntry.filter(act=Act.LANGUAGE_CHANGE.value)
    assert entry.details == {"language": "en"}
    done = {entry.act for entry in await AuditEntry.all()}
    assert {Act.RETENTION_SWEEP.value, Act.LANGUAGE_CHANGE.value} <= done
    assert set_language.__name__ == "set_language"


async def _signed_up(site: Site) -> Any:
    door = GraphqlDoor(site)
    await door.register(AYSE)
    return await door.verify(await _newest_link(site, EMAIL))


async def test_a_refusal_leaves_no_entry_but_that_of_a_refused_sign_in(site: Site) -> None:
    session = (await _signed_up(site)).session
    assert session
    before = await AuditEntry.all().count()
    door = GraphqlDoor(site)
    assert not (await door.register(AYSE | {"phone": "1"})).done
    assert not (await door.verify("x")).done
    assert not (await door.reset("x", OTHER_PASSWORD)).done
    assert not (await door.change_password(session, WRONG_PASSWORD, OTHER_PASSWORD)).done
    assert not (await door.change_email(session, NEW_EMAIL, WRONG_PASSWORD)).done
    assert await AuditEntry.all().count() == before


async def test_a_write_that_says_nothing_of_itself_is_a_mistake_and_rolls_back(site: Site) -> None:
    await _signed_up(site)

    async def silent() -> None:
        async with writing(Caller(Door.COMMAND)):
            await Session.all().delete()

    with pytest.raises(RuntimeError, match="a write must record what it did"):
        await silent()
    assert await Session.all().count() == 1


async def test_the_chain_binds_each_subjects_entries_and_tells_of_a_change(site: Site) -> None:
    await travel(site, GraphqlDoor(site))
    count = await AuditEntry.all().count()
    assert await AuditEntry.filter(position=None).count() == count
    assert await audit.chain() <= count
    await site.chain_audit()
    assert await AuditEntry.filter(position=None).count() == 0
    assert await audit.chain() == 0
    assert await audit.first_break() is None
    person = await Person.get(email=NEW_EMAIL)
    own = await AuditEntry.filter(subject=f"person:{person.id.hex}").order_by("position")
    assert [entry.position for entry in own] == list(range(len(own)))
    assert len(own) >= 6


CHANGES: dict[str, dict[str, Any]] = {
    "who": {"actor": "person:0"},
    "what": {"act": "session:close"},
    "where": {"address": "203.0.113.1"},
    "how": {"door": "clock"},
    "details": {"details": {"a": "b"}},
    "link": {"chain": "0" * 64},
}


async def test_whatever_is_changed_in_an_entry_breaks_its_chain(site: Site) -> None:
    await travel(site, GraphqlDoor(site))
    await site.chain_audit()
    subject = f"person:{(await Person.get(email=NEW_EMAIL)).id.hex}"
    entry = await AuditEntry.get(subject=subject, position=2)
    for name, change in (CHANGES | {"when": {"at": entry.at + timedelta(microseconds=1)}}).items():
        kept = {key: getattr(entry, key) for key in change}
        await AuditEntry.filter(id=entry.id).update(**change)
        assert await audit.first_break() == subject, name
        await AuditEntry.filter(id=entry.id).update(**kept)
        assert await audit.first_break() is None
    await entry.delete()
    assert await audit.first_break() == subject


async def test_machines_that_link_at_once_make_one_chain(site: Site) -> None:
    await travel(site, GraphqlDoor(site))
    while await AuditEntry.filter(position=None).exists():
        await asyncio.gather(*(audit.chain() for _ in range(4)))
    assert await audit.first_break() is None
    for subject in set(await AuditEntry.all().values_list("subject", flat=True)):
        places = await AuditEntry.filter(subject=subject).order_by("position").values_list("position", flat=True)
        assert places == list(range(len(places)))


def _spellings(secret: str) -> set[str]:
    """A secret as a log or a row might hold it."""
    return {secret, secret.encode("unicode_escape").decode(), secret.replace(" ", "+")}


async def test_no_secret_is_in_any_row(site: Site, door: GraphqlDoor | WebDoor) -> None:
    way = await travel(site, door)
    await site.chain_audit()
    models = Tortoise.apps[APP] if Tortoise.apps else {}
    assert {"Account", "AuditEntry", "Letter", "TicketMessage"} <= set(models)
    for name, model in models.items():
        for row in await model.all().values():
            text = repr(row)
            found = [secret for secret in way.secrets for spelling in _spellings(secret) if spelling in text]
            assert found == [], name
    assert await ProfileChange.all().count() == 2
    assert await Letter.all().count() == 8
    # An address that asked for a reset or was refused is not readable in the record either.
    assert [e.id for e in await AuditEntry.all() if "@" in repr((e.subject, e.actor, e.details))] == []


async def test_no_secret_is_in_the_log(
    site: Site, door: GraphqlDoor | WebDoor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    # What the drivers of the databases say at DEBUG is their own affair: nobody runs with it.
    for chatty in ("tortoise", "aiosqlite", "asyncio", "httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.INFO)
    try:
        way = await travel(site, door)
        site.postbox.refuse = ConnectionError("down")
        await door.forget(NEW_EMAIL)
        await site.deliver()
    finally:
        for chatty in ("tortoise", "aiosqlite", "asyncio", "httpx", "httpcore"):
            logging.getLogger(chatty).setLevel(logging.NOTSET)
    assert [secret for secret in way.secrets for spelling in _spellings(secret) if spelling in caplog.text] == []
    assert EMAIL not in caplog.text
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("api", "web"))]
    assert len(ours) == 1
    assert re.fullmatch(r"letter [0-9a-f-]{36} was not taken \(ConnectionError\), attempt 1", ours[0])
