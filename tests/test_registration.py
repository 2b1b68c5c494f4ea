"""Registering: from the form to the open account, what is stored of it, and what ends an unproved form."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from api import clock, jobs, throttle
from api.caller import Scope
from api.models.accounts import Account, ConsentEvent, Membership, ProfileChange
from api.models.agreements import AgreementAcceptance
from api.models.audit import AuditEntry
from api.models.letters import Letter
from api.models.people import Person
from api.models.registrations import Registration
from api.models.sessions import Link, Session
from tests.cast import AYSE, BORA, CEM, OTHER_PASSWORD, PASSWORD
from tests.doors import (
    DoorToSite,
    WebDoor,
    agreed,
    is_open,
    joined,
    mailed_change,
    mailed_reset,
    mine,
    page_of_link,
    registered,
    signed_in,
)
from tests.site import ON_ONE_DATABASE, Site, text_of, token_in

TYPES = pytest.mark.parametrize("form", [AYSE, BORA, CEM], ids=lambda form: form["type"].lower())
EXPIRED = {("token", "TOKEN_EXPIRED")}
WRONG = {("", "INVALID_CREDENTIALS")}
NODE = """query ($id: ID!) { node(id: $id) { ... on Account { firstName taxIdentity } } }"""


def kinds(letters: list[object]) -> list[str]:
    return [letter["X-Letter-Kind"] for letter in letters]  # type: ignore[index]


@TYPES
async def test_each_type_registers_signs_in_and_changes_password_and_address(
    site: Site, door: DoorToSite, form: dict[str, str]
) -> None:
    given = {"form_token": await door.form_token(site.client)} if isinstance(door, WebDoor) else {}
    outcome = await door.register(form | given)
    assert outcome.done, outcome
    assert outcome.session is None
    assert (await door.sign_in(form["email"], PASSWORD)).problems == WRONG
    letters = await site.letters_to(form["email"])
    assert kinds(letters) == ["verify_registration", "verify_registration"]
    opened = await door.verify(token_in(letters[-1]))
    assert opened.session
    account = await mine(site, opened.session)
    assert (account["type"], account["status"], account["emailVerified"]) == (form["type"], "ACTIVE", True)

    session = await signed_in(door, form["email"])
    assert session != opened.session
    assert (await door.sign_out(session)).done
    assert not await is_open(site, session)
    assert await is_open(site, opened.session)

    reset = await door.reset(await mailed_reset(door, site, form["email"]), OTHER_PASSWORD)
    assert reset.session
    assert not await is_open(site, opened.session)
    assert (await door.sign_in(form["email"], PASSWORD)).problems == WRONG

    new = f"yeni.{form['email']}"
    changed = await door.verify(await mailed_change(door, site, reset.session, new, OTHER_PASSWORD))
    assert changed.session
    assert (await door.sign_in(form["email"], OTHER_PASSWORD)).problems == WRONG
    account = await mine(site, await signed_in(door, new, OTHER_PASSWORD))
    assert (account["email"], account["emailVerified"]) == (new, True)
    assert kinds(await site.letters_to(form["email"])) == [
        "verify_registration",
        "verify_registration",
        "password_reset",
        "password_changed",
        "email_change_notice",
        "email_changed",
    ]


EXPECTED = {
    "SOLE_PROPRIETOR": {"company_name": None, "tax_office": None, "tax_identity_mask": "********060"},
    "CORPORATE": {"company_name": "Işık Yazılım A.Ş.", "tax_office": "Konak", "tax_identity_mask": "*******920"},
    "INDIVIDUAL": {"company_name": None, "tax_office": None, "tax_identity_mask": None},
}
IDENTITY = {"SOLE_PROPRIETOR": "17291716060", "CORPORATE": "4540536920", "INDIVIDUAL": None}


@TYPES
async def test_what_is_stored_of_a_form(site: Site, door: DoorToSite, form: dict[str, str]) -> None:
    before = clock.now()
    token = await registered(door, site, form)
    counts = await site.row_counts()
    empty = ("accounts", "people", "memberships", "agreement_acceptances", "consent_events", "sessions")
    assert {name: counts[name] for name in empty} == dict.fromkeys(empty, 0)
    assert counts["registrations"] == 1
    assert (await door.verify(token)).session
    assert await Registration.all().count() == 0

    account = await Account.get()
    stored = {
        "type": form["type"],
        "status": "ACTIVE",
        "first_name": form["first_name"],
        "last_name": form["last_name"],
        "phone": "+905321234567",
        "address_line1": "Atatürk Caddesi 12",
        "address_line2": None,
        "district": "Konak",
        "province": "İzmir",
        "postal_code": "35250",
        "country": "TR",
    } | EXPECTED[form["type"]]
    assert {name: getattr(account, name) for name in stored} == stored
    assert account.tax_identity() == IDENTITY[form["type"]]
    assert re.fullmatch(r"[2-9A-HJ-NP-TV-Z]{8}", account.number)

    person = await Person.get()
    assert (person.email, person.first_name, person.last_name, person.language) == (
        form["email"],
        form["first_name"],
        form["last_name"],
        "tr",
    )
    assert person.password_hash
    assert person.password_hash.startswith("$argon2id$")
    assert person.proved_at
    assert before < person.proved_at == account.created_at
    membership = await Membership.get()
    assert (membership.account_id, membership.person_id, membership.role) == (account.id, person.id, "OWNER")

    accepted = await AgreementAcceptance.all().select_related("document")
    assert {row.document.kind for row in accepted} == {"SERVICE_AGREEMENT", "PRIVACY_NOTICE"}
    evidence = {(row.method, row.address, row.agent) for row in accepted}
    assert evidence == {("EXPLICIT", "127.0.0.1", f"python-httpx/{httpx.__version__}")}
    # Accepted when the form was sent, not when the address was proved.
    assert all(before < row.accepted_at < account.created_at for row in accepted)
    assert await ConsentEvent.all().count() == 0
    acts = await AuditEntry.filter(door=door.name).order_by("at").values_list("act", flat=True)
    assert acts == ["registration:submit", "account:open", "session:open"]


@pytest.mark.parametrize("ticked", [{"email"}, {"email", "sms"}], ids=lambda ticked: "+".join(sorted(ticked)))
async def test_consent_is_kept_only_for_the_boxes_that_were_ticked(
    site: Site, door: DoorToSite, ticked: set[str]
) -> None:
    session = await joined(door, site, CEM | {f"marketing_{channel}": "true" for channel in ticked})
    events = await ConsentEvent.all()
    assert {event.channel for event in events} == ticked
    assert all(event.given and len(event.wording) > 20 for event in events)
    assert {(event.source, event.address) for event in events} == {(door.name, "127.0.0.1")}
    marketing = (await mine(site, session))["marketing"]
    assert marketing == {"email": "email" in ticked, "sms": "sms" in ticked, "source": door.name}


async def test_no_secret_can_be_read_in_the_database(site: Site, door: DoorToSite) -> None:
    links = [await registered(door, site, AYSE), await registered(door, site, BORA)]
    secrets = [PASSWORD, OTHER_PASSWORD, AYSE["national_id"], BORA["tax_number"], "9876543217", *links]
    stored = await site.everything_stored()
    assert "bora@example.net" in stored
    assert [secret for secret in secrets if secret in stored] == []
    # What the form says besides waits sealed, too.
    assert [word for word in ("Ayşe", "Işık", "Atatürk", "+90532") if word in stored] == []

    ayse, bora = [(await door.verify(token)).session or "" for token in links]
    assert (await door.update(bora, {"tax_number": "9876543217"})).done
    secrets += [ayse, bora, await mailed_reset(door, site, "ayse@example.net"), await site.staff_token()]
    secrets.append(await mailed_change(door, site, ayse, "ayse.yeni@example.net"))
    assert (await door.change_password(ayse, PASSWORD, OTHER_PASSWORD)).done
    await site.deliver()
    await site.chain_audit()
    stored = await site.everything_stored()
    assert "Işık Yazılım" in stored
    assert await ProfileChange.all().count() == 1
    assert [secret for secret in secrets if secret in stored] == []


async def test_an_identity_number_is_masked_for_all_but_staff_who_may_see_it(site: Site, door: DoorToSite) -> None:
    own, other = await joined(door, site, AYSE), await joined(door, site, BORA)
    account = await mine(site, own)
    assert account["taxIdentity"] == "********060"
    assert (await mine(site, other))["taxIdentity"] == "*******920"
    readers = {
        own: {"firstName": "Ayşe", "taxIdentity": "********060"},
        other: None,
        "": None,
        await site.staff_token(Scope.ACCOUNTS_READ): {"firstName": "Ayşe", "taxIdentity": "********060"},
        await site.staff_token(email="ece@example.net"): {"firstName": "Ayşe", "taxIdentity": "17291716060"},
    }
    seen = {reader: (await site.data(NODE, {"id": account["id"]}, reader))["node"] for reader in readers}
    assert seen == readers
    for path in ("/panel", "/panel/profile"):
        async with site.browser() as client:
            client.cookies.set("session", own)
            text = (await client.get(path)).text
        assert "********060" in text
        assert "17291716060" not in text


async def test_a_later_form_replaces_the_pending_one(site: Site, door: DoorToSite) -> None:
    first = await registered(door, site, AYSE)
    later = BORA | {"email": "AYSE@Example.net", "password": OTHER_PASSWORD, "first_name": "Berk"}
    assert (await door.register(later)).done
    assert await Registration.all().count() == 1
    # The earlier link dies with the form, not with the delivery of the next letter.
    assert (await door.verify(first)).problems == EXPIRED
    assert (await page_of_link(site, "/verify-email", first)).status_code == 422
    second = token_in((await site.letters_to("ayse@example.net"))[-1])
    assert (await door.verify(first)).problems == EXPIRED
    opened = await door.verify(second)
    assert opened.session
    account = await mine(site, opened.session)
    assert (account["firstName"], account["type"], account["taxIdentity"]) == ("Berk", "CORPORATE", "*******920")
    assert (await door.sign_in("ayse@example.net", PASSWORD)).problems == WRONG
    assert (await door.sign_in("ayse@example.net", OTHER_PASSWORD)).session
    assert await Account.all().count() == 1


async def test_signing_in_before_proof_answers_as_a_wrong_password_and_mails_a_link_that_works(
    site: Site, door: DoorToSite
) -> None:
    first = await registered(door, site, CEM)
    wrong = await door.sign_in(CEM["email"], OTHER_PASSWORD)
    assert len(await site.letters_to(CEM["email"])) == 1
    right = await door.sign_in("CEM@example.NET", PASSWORD)
    assert right.problems == wrong.problems == WRONG
    assert right.session is wrong.session is None
    letters = await site.letters_to(CEM["email"])
    assert kinds(letters) == ["verify_registration"] * 2
    fresh = token_in(letters[-1])
    assert fresh != first
    assert (await door.verify(fresh)).session
    # Both led to the one form, which is an account now.
    assert (await door.verify(first)).problems == EXPIRED


@ON_ONE_DATABASE
async def test_fresh_links_are_limited_without_telling_who_asks(site: Site, door: DoorToSite) -> None:
    await registered(door, site, CEM)
    answers = [(await door.sign_in(CEM["email"], PASSWORD)).problems for _ in range(9)]
    assert answers == [WRONG] * 9
    letters = await site.letters_to(CEM["email"])
    assert len(letters) == 1 + throttle.FRESH_LINKS_PER_RECIPIENT.uses
    assert (await door.verify(token_in(letters[-1]))).session


async def test_a_reset_link_proves_the_address_of_a_pending_form(site: Site, door: DoorToSite) -> None:
    verifying = await registered(door, site, AYSE)
    token = await mailed_reset(door, site, AYSE["email"])
    letters = await site.letters_to(AYSE["email"])
    assert kinds(letters) == ["verify_registration", "password_reset"]
    # Nobody's name stands in a letter to an address that nobody has proved.
    assert not any("Ayşe" in text_of(letter) for letter in letters)
    opened = await door.reset(token, OTHER_PASSWORD)
    assert opened.session
    account = await mine(site, opened.session)
    assert (account["firstName"], account["emailVerified"], account["status"]) == ("Ayşe", True, "ACTIVE")
    assert (await door.sign_in(AYSE["email"], PASSWORD)).problems == WRONG
    assert (await door.sign_in(AYSE["email"], OTHER_PASSWORD)).session
    assert (await door.verify(verifying)).problems == EXPIRED
    assert (await door.reset(token, PASSWORD)).problems == EXPIRED
    assert {row["method"] for row in account["agreementAcceptances"]} == {"EXPLICIT"}


async def test_a_reset_link_dies_with_the_pending_form_that_it_was_mailed_for(site: Site, door: DoorToSite) -> None:
    await registered(door, site, AYSE)
    token = await mailed_reset(door, site, AYSE["email"])
    await registered(door, site, AYSE | {"first_name": "Ayşegül"})
    assert (await door.reset(token, OTHER_PASSWORD)).problems == EXPIRED
    assert await Account.all().count() == 0


async def test_the_owner_of_a_known_address_gets_a_letter_and_nothing_else_happens(
    site: Site, door: DoorToSite
) -> None:
    session = await joined(door, site, AYSE)
    before = await mine(site, session)
    outcome = await door.register(CEM | {"email": "Ayse@EXAMPLE.net", "password": OTHER_PASSWORD})
    assert outcome.done
    assert await Registration.all().count() == 1
    assert (await door.sign_in(AYSE["email"], OTHER_PASSWORD)).problems == WRONG
    letters = await site.letters_to(AYSE["email"])
    assert kinds(letters) == ["verify_registration", "already_registered"]
    assert "?token=" not in text_of(letters[-1])
    assert "Ayşe" in text_of(letters[-1])
    assert "Cem" not in text_of(letters[-1])
    # What a stranger typed about the address is not kept.
    assert await Registration.all().count() == 0
    assert (await Account.all().count(), await Person.all().count(), await Link.all().count()) == (1, 1, 1)
    assert await mine(site, session) == before
    assert (await door.sign_in(AYSE["email"], OTHER_PASSWORD)).problems == WRONG
    assert (await door.sign_in(AYSE["email"], PASSWORD)).session


@ON_ONE_DATABASE
async def test_both_spellings_of_a_domain_are_one_address(site: Site, door: DoorToSite) -> None:
    coded = "yazılım.example".encode("idna").decode()
    assert (await door.register(CEM | {"email": " Cem@YAZıLıM.example "})).done
    assert (await door.register(CEM | {"email": f"cem@{coded}"})).done
    assert await Registration.all().values_list("email", flat=True) == [f"cem@{coded}"]


async def test_following_a_link_changes_nothing_until_it_is_confirmed(site: Site, door: DoorToSite) -> None:
    token = await registered(door, site, AYSE)
    before = await site.all_rows()
    for _ in range(3):
        page = await page_of_link(site, "/verify-email", token)
        assert page.status_code == 200
        assert AYSE["email"] in page.text
        assert "set-cookie" not in page.headers
    after = await site.all_rows()
    before.pop("throttles")
    after.pop("throttles")
    assert after == before
    assert (await door.verify(token)).session


async def test_a_link_opens_the_account_once(site: Site, door: DoorToSite) -> None:
    token = await registered(door, site, AYSE)
    assert (await door.verify(token)).session
    counts = await site.row_counts()
    assert (await door.verify(token)).problems == EXPIRED
    assert (await page_of_link(site, "/verify-email", token)).status_code == 422
    assert await site.row_counts() == counts
    assert await Session.all().count() == 1


async def test_a_link_is_good_for_48_hours_and_the_form_for_seven_days(site: Site, door: DoorToSite) -> None:
    mailed = clock.now()
    with clock.stopped(mailed):
        token = await registered(door, site, AYSE)
    with clock.stopped(mailed + timedelta(hours=48)):
        assert (await page_of_link(site, "/verify-email", token)).status_code == 422
        assert (await door.verify(token)).problems == EXPIRED
    with clock.stopped(mailed + timedelta(hours=47, minutes=59)):
        assert (await page_of_link(site, "/verify-email", token)).status_code == 200
    with clock.stopped(mailed + timedelta(days=6, hours=23)):
        await jobs.sweep()
        assert (await door.sign_in(AYSE["email"], PASSWORD)).problems == WRONG
        fresh = token_in((await site.letters_to(AYSE["email"]))[-1])
        assert (await page_of_link(site, "/verify-email", fresh)).status_code == 200
    with clock.stopped(mailed + timedelta(days=7, seconds=1)):
        await jobs.sweep()
        assert await Registration.all().count() == 0
        assert (await door.verify(fresh)).problems == EXPIRED
        assert (await door.sign_in(AYSE["email"], PASSWORD)).problems == WRONG
    assert len(await site.letters_to(AYSE["email"])) == 2


@ON_ONE_DATABASE
async def test_a_token_that_never_was_is_as_good_as_an_expired_one(site: Site, door: DoorToSite) -> None:
    await registered(door, site, AYSE)
    counts = await site.row_counts()
    for token in ("x", "ş" * 300, "\0", "' OR 1=1 --", "a" * 20_000):
        assert (await door.verify(token)).problems == EXPIRED
        assert (await door.reset(token, OTHER_PASSWORD)).problems == EXPIRED
    assert await site.row_counts() == counts


@ON_ONE_DATABASE
async def test_a_link_of_one_kind_does_not_do_the_work_of_another(site: Site, door: DoorToSite) -> None:
    verifying = await registered(door, site, AYSE)
    assert (await door.reset(verifying, OTHER_PASSWORD)).problems == EXPIRED
    resetting = await mailed_reset(door, site, AYSE["email"])
    assert (await door.verify(resetting)).problems == EXPIRED
    assert (await page_of_link(site, "/verify-email", resetting)).status_code == 422
    assert (await page_of_link(site, "/reset-password", verifying)).status_code == 422
    assert (await door.verify(verifying)).session


async def test_letters_to_one_address_are_limited_whoever_asks(site: Site, door: DoorToSite) -> None:
    form = await agreed(site, CEM)
    allowed = throttle.LETTERS_PER_RECIPIENT.uses
    for turn in range(allowed):
        assert (await (door.register(form) if turn % 2 else door.forget(form["email"]))).done
    counts = await site.row_counts()
    refused = await door.register(form)
    assert {code for _, code in refused.problems} == {"RATE_LIMITED"}
    assert {code for _, code in (await door.forget("CEM@example.net")).problems} == {"RATE_LIMITED"}
    assert await site.row_counts() == counts
    assert await Letter.filter(recipient=CEM["email"]).count() == allowed
    # Nobody else is affected, and an hour later all may go on.
    assert (await door.register(form | {"email": "ece@example.net"})).done
    with clock.stopped(clock.now() + timedelta(hours=1)):
        assert (await door.register(form)).done
