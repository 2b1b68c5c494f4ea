"""What registration refuses: the same code on the same field at both doors, and nothing written."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api import clock, loaders
from api.models import ids
from api.models.accounts import Account
from api.models.agreements import AgreementDocument
from api.models.registrations import Registration
from tests.cast import AYSE, BORA, CEM, PASSWORD
from tests.doors import DoorToSite, WebDoor, agreed, joined, mine, registered
from tests.site import ON_ONE_DATABASE, Site

Problems = set[tuple[str, str]]
Table = dict[str, tuple[dict[str, str], Problems]]

_COMMON = [
    "first_name",
    "last_name",
    "email",
    "phone",
    "address.line1",
    "address.province",
    "address.district",
    "address.country",
    "password",
    "accepted_agreement_id",
    "read_privacy_notice_id",
]
REQUIRED = {
    "SOLE_PROPRIETOR": [*_COMMON, "national_id"],
    "CORPORATE": [*_COMMON, "company_name", "tax_office", "tax_number"],
    "INDIVIDUAL": _COMMON,
}
BLANKS = ["", "  ", "\u200b\u00a0"]
GERMAN = {
    "phone": "+49 30 901820",
    "address.line1": "Unter den Linden 1",
    "address.country": "DE",
    "address.province": "Land Berlin",
    "address.district": "Mitte",
    "address.postal_code": "10117",
}


async def ready(site: Site, door: DoorToSite, form: dict[str, str]) -> dict[str, str]:
    """The form with what its page put into it, so that it can be sent many times."""
    form = await agreed(site, form)
    if isinstance(door, WebDoor):
        form = form | {"form_token": await door.form_token(site.client)}
    return form


async def answers(door: DoorToSite, base: dict[str, str], table: Table) -> dict[str, Problems]:
    """What each row of the table is answered."""
    return {name: (await door.register(base | changes)).problems for name, (changes, _) in table.items()}


def expected(table: Table) -> dict[str, Problems]:
    return {name: problems for name, (_, problems) in table.items()}


def _without(form: dict[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in form.items() if key != name}


@ON_ONE_DATABASE
@pytest.mark.parametrize("form", [AYSE, BORA, CEM], ids=lambda form: form["type"].lower())
async def test_each_required_field_is_asked_for(site: Site, door: DoorToSite, form: dict[str, str]) -> None:
    base = await ready(site, door, form)
    counts = await site.row_counts()
    names = REQUIRED[form["type"]]
    wanted: dict[str, Problems] = {name: {(name, "REQUIRED")} for name in names}
    if isinstance(door, WebDoor):
        # Only the site asks for the password again.
        wanted["password"].add(("password_confirmation", "INVALID"))
        base |= {"password_confirmation": PASSWORD}
        missing = {name: (await door.send("/register", _without(base, name))).problems for name in names}
        assert missing == wanted
    blank = {name: (await door.register(base | {name: BLANKS[len(name) % 3]})).problems for name in names}
    assert blank == wanted
    assert await site.row_counts() == counts


@ON_ONE_DATABASE
async def test_all_problems_are_told_at_once(site: Site, door: DoorToSite) -> None:
    base = await ready(site, door, BORA)
    counts = await site.row_counts()
    empty = {name: "" for name in base if name not in {"type", "form_token"}}
    problems = (await door.register(base | empty)).problems
    wanted = {(name, "REQUIRED") for name in REQUIRED["CORPORATE"]}
    assert problems - {("password_confirmation", "REQUIRED")} == wanted
    assert await site.row_counts() == counts


LONG = "a" * 1000
OF_EVERYBODY: Table = {
    "first name with a digit": ({"first_name": "Ayşe1"}, {("first_name", "INVALID")}),
    "first name of markup": ({"first_name": "<b>x</b>"}, {("first_name", "INVALID")}),
    "first name of 51 letters": ({"first_name": "a" * 51}, {("first_name", "TOO_LONG")}),
    "last name of 101 letters": ({"last_name": "a" * 101}, {("last_name", "TOO_LONG")}),
    "email with İ before the @": ({"email": "ALİ@example.net"}, {("email", "INVALID_EMAIL")}),
    "email with ı before the @": ({"email": "ışık@example.net"}, {("email", "INVALID_EMAIL")}),
    "email without an @": ({"email": "ayse.example.net"}, {("email", "INVALID_EMAIL")}),
    "email of two": ({"email": "a@example.net,b@example.net"}, {("email", "INVALID_EMAIL")}),
    "email with a line break": ({"email": "a@example.net\nBcc: b@example.net"}, {("email", "INVALID_EMAIL")}),
    "email of 255": ({"email": "a" * 243 + "@example.net"}, {("email", "TOO_LONG")}),
    "phone too short": ({"phone": "0532 123 45 6"}, {("phone", "INVALID_PHONE")}),
    "phone of words": ({"phone": "abc"}, {("phone", "INVALID_PHONE")}),
    "phone with an extension": ({"phone": "0532 123 45 67 ext 3"}, {("phone", "INVALID_PHONE")}),
    "phone at a premium rate": ({"phone": "0900 123 45 67"}, {("phone", "INVALID_PHONE")}),
    "line 1 too short": ({"address.line1": "No 1"}, {("address.line1", "TOO_SHORT")}),
    "line 1 of 201": ({"address.line1": "a" * 201}, {("address.line1", "TOO_LONG")}),
    "line 2 of 201": ({"address.line2": "a" * 201}, {("address.line2", "TOO_LONG")}),
    "no such province": ({"address.province": "Bavyera"}, {("address.province", "INVALID")}),
    "district of another province": ({"address.district": "Çankaya"}, {("address.district", "INVALID")}),
    "postal code too short": ({"address.postal_code": "3525"}, {("address.postal_code", "INVALID_POSTAL_CODE")}),
    "postal code without a plate": ({"address.postal_code": "99250"}, {("address.postal_code", "INVALID_POSTAL_CODE")}),
    "full-width postal code": ({"address.postal_code": "３５２５０"}, {("address.postal_code", "INVALID_POSTAL_CODE")}),
    "no such country": ({"address.country": "ZZ"}, {("address.country", "INVALID")}),
    "a country in words": ({"address.country": "Türkiye"}, {("address.country", "INVALID")}),
    "password too short": ({"password": "mavi 7 x!"}, {("password", "WEAK_PASSWORD")}),
    "password everybody has": ({"password": "Sifre12345"}, {("password", "WEAK_PASSWORD")}),
    "password of the own name": ({"password": "Ayşe-Yılmaz-35"}, {("password", "WEAK_PASSWORD")}),
    "password of the own name in plain letters": ({"password": "ayse.yilmaz.2026"}, {("password", "WEAK_PASSWORD")}),
    "password of the own address": ({"password": "Konak-İzmir-35"}, {("password", "WEAK_PASSWORD")}),
    "password of the own number": ({"password": "17291716060!"}, {("password", "WEAK_PASSWORD")}),
    "password of 129": ({"password": "Turuncu-vapur-73-martı" + "x" * 107}, {("password", "TOO_LONG")}),
    "password of 100,000": ({"password": "a" * 100_000}, {("password", "TOO_LONG")}),
    "password with NUL": ({"password": "turuncu\0vapur 73 merdiven"}, {("password", "INVALID")}),
    "two at once": (
        {"first_name": "1", "address.postal_code": "x"},
        {("first_name", "INVALID"), ("address.postal_code", "INVALID_POSTAL_CODE")},
    ),
}
LONG_CODES = {
    "first_name": "TOO_LONG",
    "last_name": "TOO_LONG",
    "email": "TOO_LONG",
    "phone": "INVALID_PHONE",
    "address.line1": "TOO_LONG",
    "address.line2": "TOO_LONG",
    "address.province": "TOO_LONG",
    "address.district": "TOO_LONG",
    "address.postal_code": "INVALID_POSTAL_CODE",
    "address.country": "INVALID",
    "password": "TOO_LONG",
    "national_id": "INVALID_NATIONAL_ID",
    "accepted_agreement_id": "AGREEMENT_OUTDATED",
    "read_privacy_notice_id": "AGREEMENT_OUTDATED",
}
# A NUL, a bell, a right-to-left override and a line separator: nobody types them.
ODD = "\0\a\u202e\u2028"
ODD_CODES = (
    dict.fromkeys(LONG_CODES, "INVALID")
    | {name: code for name, code in LONG_CODES.items() if code not in {"TOO_LONG", "INVALID"}}
    | {"email": "INVALID_EMAIL"}
)


@ON_ONE_DATABASE
async def test_what_is_wrong_with_a_field_of_any_type(site: Site, door: DoorToSite) -> None:
    base = await ready(site, door, AYSE)
    counts = await site.row_counts()
    assert await answers(door, base, OF_EVERYBODY) == expected(OF_EVERYBODY)
    assert await site.row_counts() == counts


async def _refuse_everywhere(site: Site, door: DoorToSite, text: str, codes: dict[str, str]) -> None:
    base = await ready(site, door, AYSE)
    counts = await site.row_counts()
    table: Table = {name: ({name: text}, {(name, code)}) for name, code in codes.items()}
    assert await answers(door, base, table) == expected(table)
    corporate = await ready(site, door, BORA)
    code = codes["first_name"]
    table = {name: ({name: text}, {(name, code)}) for name in ("company_name", "tax_office")}
    table["tax_number"] = ({"tax_number": text}, {("tax_number", "INVALID_TAX_NUMBER")})
    assert await answers(door, corporate, table) == expected(table)
    assert await site.row_counts() == counts


@ON_ONE_DATABASE
async def test_no_field_takes_a_thousand_letters(site: Site, door: DoorToSite) -> None:
    await _refuse_everywhere(site, door, LONG, LONG_CODES)


async def test_no_field_takes_control_characters(site: Site, door: DoorToSite) -> None:
    await _refuse_everywhere(site, door, f"ab{ODD}cd", ODD_CODES)


def _numbers(field: str, code: str, numbers: list[str]) -> Table:
    return {number: ({field: number}, {(field, code)}) for number in numbers}


WRONG_NATIONAL_IDS = [
    "17291716050",
    "1729171606",
    "172917160600",
    "07291716092",
    "11111111111",
    "11111111110",
    "12345678950",
    "1729171606a",
    "１７２９１７１６０６０",
    "4540536920",
]
WRONG_TAX_NUMBERS = [
    "4540536921",
    "1111111111",
    "0000000000",
    "454053692",
    "45405369200",
    "abcdefghij",
    "17291716060",
]


@ON_ONE_DATABASE
async def test_wrong_identity_numbers(site: Site, door: DoorToSite) -> None:
    counts = await site.row_counts()
    persons = _numbers("national_id", "INVALID_NATIONAL_ID", WRONG_NATIONAL_IDS)
    assert await answers(door, await ready(site, door, AYSE), persons) == expected(persons)
    # An individual may leave it out, but not give a wrong one.
    one = _numbers("national_id", "INVALID_NATIONAL_ID", WRONG_NATIONAL_IDS[:1])
    assert await answers(door, await ready(site, door, CEM), one) == expected(one)
    companies = _numbers("tax_number", "INVALID_TAX_NUMBER", WRONG_TAX_NUMBERS)
    assert await answers(door, await ready(site, door, BORA), companies) == expected(companies)
    assert await site.row_counts() == counts


HIDDEN = {
    "SOLE_PROPRIETOR": {"tax_number": "4540536920", "tax_office": "Konak"},
    "CORPORATE": {"national_id": "17291716060"},
    "INDIVIDUAL": {"company_name": "Gizli Unvan", "tax_number": "4540536920", "tax_office": "Konak"},
}


async def test_what_the_type_does_not_ask_for_is_ignored_and_never_stored(site: Site, door: DoorToSite) -> None:
    for form in (AYSE, BORA, CEM):
        hidden = HIDDEN[form["type"]]
        await registered(door, site, form | dict.fromkeys(hidden, f"x{ODD}{LONG}"))
        link = await registered(door, site, form | hidden)
        pending = (await Registration.get()).form().details
        opened = await door.verify(link)
        account = await Account.get(type=form["type"])
        own = form.get("national_id") or form.get("tax_number")
        assert account.tax_identity() == pending.tax_identity == own
        assert account.tax_office == pending.tax_office == form.get("tax_office")
        assert account.company_name == pending.company_name == form.get("company_name")
        shown = await mine(site, opened.session or "")
        assert (shown["companyName"], shown["taxOffice"]) == (form.get("company_name"), form.get("tax_office"))


async def test_a_customer_abroad_needs_no_turkish_numbers(site: Site, door: DoorToSite) -> None:
    for form in (AYSE, BORA, CEM):
        numbers = {"tax_office": "", "tax_number": "", "national_id": ""}
        session = await joined(door, site, form | GERMAN | numbers)
        shown = await mine(site, session)
        assert (shown["taxOffice"], shown["taxIdentity"], shown["phone"]) == (None, None, "+4930901820")
        assert shown["address"] == {
            "line1": "Unter den Linden 1",
            "line2": None,
            "district": "Mitte",
            "province": "Land Berlin",
            "postalCode": "10117",
            "country": "DE",
        }


@ON_ONE_DATABASE
async def test_what_is_still_asked_of_a_customer_abroad(site: Site, door: DoorToSite) -> None:
    base = await ready(site, door, BORA | GERMAN | {"tax_office": "", "tax_number": ""})
    counts = await site.row_counts()
    table: Table = {
        "no province": ({"address.province": ""}, {("address.province", "REQUIRED")}),
        "no district": ({"address.district": " "}, {("address.district", "REQUIRED")}),
        "no company": ({"company_name": " "}, {("company_name", "REQUIRED")}),
        "postal code": ({"address.postal_code": "<10117>"}, {("address.postal_code", "INVALID_POSTAL_CODE")}),
        "tax number": ({"tax_number": "DE 811 569 869 ☃"}, {("tax_number", "INVALID_TAX_NUMBER")}),
        "phone": ({"phone": "0532 123 45 67 89 01 23"}, {("phone", "INVALID_PHONE")}),
    }
    assert await answers(door, base, table) == expected(table)
    assert await site.row_counts() == counts
    assert (await door.register(base | {"tax_number": "DE 811 569 869"})).done
    assert (await Registration.get()).form().details.tax_identity == "DE 811 569 869"


PHONES = [
    "0532 123 45 67",
    "5321234567",
    "+90 532 123 45 67",
    "0090 532 123 45 67",
    "905321234567",
    "(0532) 123-45-67",
    "0532.123.45.67",
    "+90 (532) 123 45 67",
]


@ON_ONE_DATABASE
async def test_eight_spellings_are_one_telephone_number(site: Site, door: DoorToSite) -> None:
    base = await ready(site, door, CEM)
    for place, phone in enumerate(PHONES):
        assert (await door.register(base | {"phone": phone, "email": f"cem{place}@example.net"})).done, phone
    stored = {row.email: row.form().details.phone for row in await Registration.all()}
    assert stored == {f"cem{place}@example.net": "+905321234567" for place in range(8)}


@ON_ONE_DATABASE
async def test_addresses_in_any_case_are_one_in_small_letters(site: Site, door: DoorToSite) -> None:
    base = await ready(site, door, CEM)
    for email in ("Cem.OZ@Example.NET", " cem.oz@example.net ", "CEM.OZ@EXAMPLE.NET"):
        assert (await door.register(base | {"email": email})).done
    assert [row.email for row in await Registration.all()] == ["cem.oz@example.net"]
    for domain in ("İSTANBUL.example", "istanbul.example"):
        assert (await door.register(base | {"email": f"cem@{domain}"})).done
    assert {row.email for row in await Registration.all()} == {"cem.oz@example.net", "cem@istanbul.example"}


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    "password",
    [
        "tğ7-vpr!Qz",
        "şüphesiz çığlık 41 kuğu",
        " turuncu vapur 73 merdiven",
        "turuncu vapur 73 merdiven ".ljust(128, "ş"),
    ],
    ids=["10 characters", "Turkish", "a space in front", "128 characters"],
)
async def test_a_good_password_of_10_to_128_characters_is_taken(site: Site, door: DoorToSite, password: str) -> None:
    await joined(door, site, CEM | {"password": password})
    assert (await door.sign_in(CEM["email"], password)).session


async def publish(kind: str, name: str, published: timedelta, effective: timedelta) -> str:
    """Publish a version of a text, so long from now, that counts so long from now; its id."""
    now = clock.now()
    row = await AgreementDocument.create(
        kind=kind,
        version=name,
        title=name,
        markdown=name,
        html=f"<p>{name}</p>",
        sha256="0" * 64,
        published_at=now + published,
        effective_at=now + effective,
    )
    # Its resolver would have done so; and no version is published that counts at once.
    loaders.forget_timetable()
    return ids.public(AgreementDocument.PREFIX, row.id)


async def test_only_the_texts_in_force_can_be_accepted(site: Site, door: DoorToSite) -> None:
    older = await agreed(site, {})
    hour, day = timedelta(hours=1), timedelta(days=1)
    agreement = await publish("SERVICE_AGREEMENT", "second", -2 * day, -day)
    notice = await publish("PRIVACY_NOTICE", "second", -2 * day, -day)
    pending = [await publish(kind, "third", -hour, day - hour) for kind in ("SERVICE_AGREEMENT", "PRIVACY_NOTICE")]
    in_force = {"accepted_agreement_id": agreement, "read_privacy_notice_id": notice}
    base = await ready(site, door, CEM | in_force)
    counts = await site.row_counts()
    for field, own, other, later in (
        ("accepted_agreement_id", agreement, notice, pending[0]),
        ("read_privacy_notice_id", notice, agreement, pending[1]),
    ):
        outdated = {(field, "AGREEMENT_OUTDATED")}
        table: Table = {
            "older": ({field: older[field]}, outdated),
            "pending": ({field: later}, outdated),
            "another kind": ({field: other}, outdated),
            "unknown": ({field: ids.public("doc", ids.new_id())}, outdated),
            "of another subject": ({field: own.replace("doc_", "acc_")}, outdated),
            "in capitals": ({field: own.upper()}, outdated),
            "with a space": ({field: f"{own} "}, outdated),
            "malformed": ({field: "doc_'; DROP TABLE accounts; --"}, outdated),
            "a number": ({field: "1"}, outdated),
            "NUL": ({field: "doc_\0"}, outdated),
        }
        assert await answers(door, base, table) == expected(table)
    both = {"accepted_agreement_id": notice, "read_privacy_notice_id": agreement}
    assert (await door.register(base | both)).problems == {(field, "AGREEMENT_OUTDATED") for field in both}
    assert await site.row_counts() == counts
    assert (await door.register(base)).done
    assert {ids.public("doc", key) for key in (await Registration.get()).form().documents} == {agreement, notice}
