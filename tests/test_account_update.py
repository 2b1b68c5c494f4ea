"""Changing one's own details and consents: what is stored, what is kept as history, what is refused."""

from __future__ import annotations

import httpx

from api import sealing
from api.models.accounts import Account, ConsentEvent, ProfileChange
from api.models.audit import AuditEntry
from api.models.people import Person
from tests.cast import AYSE, BORA, CEM
from tests.doors import DoorToSite, GraphqlDoor, joined, mine
from tests.site import ON_ONE_DATABASE, Site

GERMAN = {
    "phone": "+49 30 901820",
    "address.line1": "Unter den Linden 1",
    "address.country": "DE",
    "address.province": "Land Berlin",
    "address.district": "Mitte",
    "address.postal_code": "10117",
}


def _clear(sealed: object) -> str | None:
    return sealing.unseal(bytes(sealed)) if isinstance(sealed, bytes | memoryview) else None


async def history() -> dict[str, tuple[str | None, str | None]]:
    """Old and new value of each changed field."""
    return {row.field: (_clear(row.old_sealed), _clear(row.new_sealed)) for row in await ProfileChange.all()}


async def test_changes_are_stored_with_their_history(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, AYSE)
    outcome = await door.update(
        session,
        {
            "first_name": "  Ayşe   Nur ",
            "phone": "(0232) 445-12-34",
            "company_name": "Yılmaz & Kızı",
            "national_id": "10000000146",
            "address.line2": "Kat 3",
            "address.district": "BORNOVA",
            "address.postal_code": "",
        },
    )
    assert outcome.done, outcome
    account = await mine(site, session)
    assert account["firstName"] == "Ayşe Nur"
    assert account["companyName"] == "Yılmaz & Kızı"
    assert account["taxIdentity"] == "********146"
    assert account["address"] == {
        "line1": "Atatürk Caddesi 12",
        "line2": "Kat 3",
        "district": "Bornova",
        "province": "İzmir",
        "postalCode": None,
        "country": "TR",
    }
    assert await history() == {
        "first_name": ("Ayşe", "Ayşe Nur"),
        "phone": ("+905321234567", "+902324451234"),
        "company_name": (None, "Yılmaz & Kızı"),
        "tax_identity": ("17291716060", "10000000146"),
        "address_line2": (None, "Kat 3"),
        "district": ("Konak", "Bornova"),
        "postal_code": ("35250", None),
    }
    person, row = await Person.get(), await Account.get()
    who = {(change.source, change.actor, change.address) for change in await ProfileChange.all()}
    assert who == {(door.name, f"person:{person.id.hex}", "127.0.0.1")}
    assert (person.first_name, row.tax_identity()) == ("Ayşe Nur", "10000000146")
    assert row.search_key == "yilmaz & kizi ayse nur yilmaz"
    entry = await AuditEntry.get(act="account:update")
    assert set(entry.details["fields"].split()) == set(await history())
    stored = await site.everything_stored()
    assert [number for number in ("17291716060", "10000000146") if number in stored] == []


async def test_what_stays_as_it_is_leaves_no_history(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, BORA)
    before = await mine(site, session)
    same = {"first_name": "Bora", "phone": "+90 532 123 45 67", "company_name": "Işık Yazılım A.Ş."}
    assert (await door.update(session, same)).done
    assert (await door.update(session, {})).done
    assert await mine(site, session) == before
    assert await history() == {}


async def test_a_customer_may_move_abroad_and_back(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, BORA)
    assert (await door.update(session, GERMAN | {"tax_office": ""})).done
    abroad = await mine(site, session)
    assert (abroad["address"]["province"], abroad["taxOffice"], abroad["taxIdentity"]) == (
        "Land Berlin",
        None,
        "*******920",
    )
    # Back in Turkey the office is asked for again.
    home = {name: BORA[name] for name in GERMAN}
    counts = await site.row_counts()
    assert (await door.update(session, home)).problems == {("tax_office", "REQUIRED")}
    assert await site.row_counts() == counts
    assert (await door.update(session, home | {"tax_office": "Bornova V.D."})).done
    assert (await mine(site, session))["taxOffice"] == "Bornova"


@ON_ONE_DATABASE
async def test_what_is_refused_at_registration_is_refused_here(site: Site, door: DoorToSite) -> None:
    sessions = {form["type"]: await joined(door, site, form) for form in (AYSE, BORA, CEM)}
    counts = await site.row_counts()
    table = [
        ("CORPORATE", {"first_name": ""}, {("first_name", "REQUIRED")}),
        ("CORPORATE", {"company_name": " "}, {("company_name", "REQUIRED")}),
        ("CORPORATE", {"tax_office": ""}, {("tax_office", "REQUIRED")}),
        ("CORPORATE", {"tax_number": "4540536921"}, {("tax_number", "INVALID_TAX_NUMBER")}),
        ("CORPORATE", {"tax_number": "17291716060"}, {("tax_number", "INVALID_TAX_NUMBER")}),
        ("CORPORATE", {"address.province": "Berlin"}, {("address.province", "INVALID")}),
        (
            "CORPORATE",
            {"address.country": "DE", "address.postal_code": "<>"},
            {("address.postal_code", "INVALID_POSTAL_CODE")},
        ),
        ("SOLE_PROPRIETOR", {"national_id": "17291716050"}, {("national_id", "INVALID_NATIONAL_ID")}),
        ("SOLE_PROPRIETOR", {"last_name": "x\0y"}, {("last_name", "INVALID")}),
        ("SOLE_PROPRIETOR", {"last_name": "y" * 1000}, {("last_name", "TOO_LONG")}),
        (
            "INDIVIDUAL",
            {"phone": "12", "address.line1": "x"},
            {("phone", "INVALID_PHONE"), ("address.line1", "TOO_SHORT")},
        ),
        ("INDIVIDUAL", {"national_id": "1"}, {("national_id", "INVALID_NATIONAL_ID")}),
    ]
    answers = [(kind, changes, (await door.update(sessions[kind], changes)).problems) for kind, changes, _ in table]
    assert answers == table
    assert (await door.update("", {"first_name": "Eve"})).problems == {("", "UNAUTHENTICATED")}
    assert (await door.consent("", email=True, sms=True)).problems == {("", "UNAUTHENTICATED")}
    assert await site.row_counts() == counts
    assert await history() == {}


@ON_ONE_DATABASE
async def test_what_the_type_does_not_ask_for_is_ignored(site: Site, door: DoorToSite) -> None:
    sole, individual = await joined(door, site, AYSE), await joined(door, site, CEM)
    assert (await door.update(sole, {"tax_number": "4540536920", "tax_office": "Konak"})).done
    assert (await door.update(individual, {"company_name": "Gizli", "tax_office": "x\0", "tax_number": "1"})).done
    assert await history() == {}
    assert await Account.filter(tax_office=None, company_name=None).count() == 2
    assert (await mine(site, sole))["taxIdentity"] == "********060"


async def test_an_identity_number_is_emptied_only_where_it_is_optional(site: Site) -> None:
    door = GraphqlDoor(site)
    sole, individual = await joined(door, site, AYSE), await joined(door, site, CEM | {"national_id": "10000000146"})
    assert (await mine(site, individual))["taxIdentity"] == "********146"
    assert (await door.update(individual, {"national_id": ""})).done
    assert (await mine(site, individual))["taxIdentity"] is None
    assert await history() == {"tax_identity": ("10000000146", None)}
    assert (await door.update(sole, {"national_id": ""})).problems == {("national_id", "REQUIRED")}


@ON_ONE_DATABASE
async def test_staff_without_an_account_have_nothing_to_change(site: Site) -> None:
    door = GraphqlDoor(site)
    token = await site.staff_token()
    assert (await door.update(token, {"first_name": "Eve"})).problems == {("", "FORBIDDEN")}
    assert (await door.consent(token, email=True, sms=True)).problems == {("", "FORBIDDEN")}


async def test_consents_are_kept_as_a_history_that_only_grows(site: Site, door: DoorToSite) -> None:
    session = await joined(door, site, CEM)
    steps = [(True, False), (True, True), (True, True), (False, True), (False, False)]
    kept: list[dict[str, object]] = []
    for email, sms in steps:
        assert (await door.consent(session, email=email, sms=sms)).done
        marketing = (await mine(site, session))["marketing"]
        assert marketing == {"email": email, "sms": sms, "source": door.name}
        rows = await ConsentEvent.all().order_by("at").values()
        assert rows[: len(kept)] == kept
        kept = rows
    told = [(row["channel"], row["given"]) for row in kept]
    assert told == [("email", True), ("sms", True), ("email", False), ("sms", False)]
    assert {(row["source"], row["address"], row["agent"]) for row in kept} == {
        (door.name, "127.0.0.1", f"python-httpx/{httpx.__version__}")
    }
    assert all(row["wording"] for row in kept)
