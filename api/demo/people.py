"""Who lives in the demo: customers of each type and two people of the vendor, all at example.net."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from strawberry import ID

from api import loaders
from api.caller import CUSTOMER_SCOPES, STAFF_SCOPES, Caller, Door, Scope
from api.demo.post import deliver
from api.i18n import Language
from api.models import ids
from api.models.accounts import Membership
from api.models.agreements import AgreementDocument
from api.models.letters import Letter
from api.models.people import Person
from api.outbox import LetterKind, link_token
from api.resolvers.accounts import register_account
from api.resolvers.emails import verify_email
from api.resolvers.passwords import reset_password
from api.resolvers.staff import create_staff
from api.schema.accounts import AccountType, AddressInput, RegisterAccountInput
from api.settings import Settings

# Public on purpose: it opens nothing but a demo.
PASSWORD = "Kestane-Vapur-41-Pazartesi"
# A network for documentation (RFC 5737).
ADDRESS = "192.0.2.41"


@dataclass(frozen=True, slots=True)
class Someone:
    """A customer of the demo: when and how they register, and what they are there to show."""

    email: str
    shows: str
    days_ago: int
    form: dict[str, Any]
    language: Language = "tr"


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works for the demo's vendor."""

    email: str
    name: tuple[str, str]
    shows: str
    scopes: frozenset[Scope]


STAFF_EMAIL, DESK_EMAIL = "mert@example.net", "derya@example.net"
STAFF = (
    Colleague(STAFF_EMAIL, ("Mert", "Aydın"), "the vendor's staff, every scope", STAFF_SCOPES),
    Colleague(
        DESK_EMAIL,
        ("Derya", "Koç"),
        "the vendor's support desk; answers tickets, proposes measures, decides on none",
        frozenset(
            {
                Scope.ACCOUNTS_READ,
                Scope.LICENSES_ALL,
                Scope.INSTALLATIONS_MANAGE,
                Scope.TICKETS_ALL,
                Scope.TICKETS_MANAGE,
                Scope.CONDUCT_PROPOSE,
            }
        ),
    ),
)

CORPORATION = Someone(
    "selin@example.net",
    "corporation; support running, lapsed and soon to be renewed, an open renewal invoice, a license suspended",
    1210,
    {
        "type": AccountType.CORPORATE,
        "first_name": "Selin",
        "last_name": "Karaca",
        "phone": "0532 411 20 30",
        "company_name": "Karaca Barındırma Hizmetleri A.Ş.",
        "tax_office": "Kadıköy",
        "tax_number": "4540536920",
        "address": AddressInput(
            line1="Rıhtım Caddesi 48", line2="Kat 3", district="Kadıköy", province="İstanbul", postal_code="34710"
        ),
    },
)
SOLE_PROPRIETOR = Someone(
    "kerem@example.net",
    "sole proprietor; support lapsed for three years, credit, a part paid, a transfer that waits for staff",
    1515,
    {
        "type": AccountType.SOLE_PROPRIETOR,
        "first_name": "Kerem",
        "last_name": "Toprak",
        "phone": "0542 733 18 65",
        "company_name": "Toprak Bilişim",
        "national_id": "10000000146",
        "address": AddressInput(line1="Kordon Boyu 17", district="Konak", province="İzmir", postal_code="35250"),
    },
)
INDIVIDUAL = Someone(
    "elif@example.net",
    "individual; installations asked for, scheduled and done, an order that waits to be paid",
    70,
    {
        "type": AccountType.INDIVIDUAL,
        "first_name": "Elif",
        "last_name": "Şahin",
        "phone": "0505 264 90 12",
        "address": AddressInput(
            line1="Tunalı Hilmi Caddesi 92", district="Çankaya", province="Ankara", postal_code="06680"
        ),
    },
)
ABROAD = Someone(
    "jonas@example.net",
    "individual abroad, in English; an order refunded, one that lapsed unpaid, one that is overdue",
    250,
    {
        "type": AccountType.INDIVIDUAL,
        "first_name": "Jonas",
        "last_name": "Weber",
        "phone": "+49 30 23125000",
        "address": AddressInput(
            line1="Lindenallee 5", district="Mitte", province="Berlin", postal_code="10117", country="DE"
        ),
    },
    "en",
)
CUSTOMERS = (CORPORATION, SOLE_PROPRIETOR, INDIVIDUAL, ABROAD)


def sign_in_lines() -> list[str]:
    """The table of how to sign in as whom."""
    who = [(own.email, own.shows) for own in (*STAFF, *CUSTOMERS)]
    return [f"Sign in at /sign-in, with the password {PASSWORD}, as", *(f"  {mail:<20} {what}" for mail, what in who)]


async def live_here() -> bool:
    """Whether the people of the demo are in the database."""
    return await Person.filter(email__in=[own.email for own in (*STAFF, *CUSTOMERS)]).exists()


async def _token(email: str, kind: LetterKind, settings: Settings) -> str:
    """The token of the link in somebody's letter, delivered."""
    queued = await Letter.get(recipient=email, kind=kind.value)
    await deliver(settings)
    return link_token(queued)


async def texts(*kinds: str) -> dict[str, ID]:
    """The public ids of the legal texts in force now."""
    found = await loaders.ids_in_force(kinds)
    return {kind: ID(ids.public(AgreementDocument.PREFIX, key)) for kind, key in found.items()}


async def join(own: Someone, settings: Settings) -> Caller:
    """Register and follow the letter's link; answers the customer as a caller of the site."""
    guest = Caller(Door.WEB, language=own.language, address=ADDRESS)
    shown = await texts("SERVICE_AGREEMENT", "PRIVACY_NOTICE")
    form = RegisterAccountInput(
        email=own.email,
        password=PASSWORD,
        accepted_agreement_id=shown["SERVICE_AGREEMENT"],
        read_privacy_notice_id=shown["PRIVACY_NOTICE"],
        marketing_email=own is CORPORATION,
        **own.form,
    )
    await register_account(guest, form)
    await verify_email(guest, await _token(own.email, LetterKind.VERIFY_REGISTRATION, settings))
    member = await Membership.get(person__email=own.email)
    return replace(guest, person_id=member.person_id, account_id=member.account_id, scopes=CUSTOMER_SCOPES)


async def hire(own: Colleague, settings: Settings) -> Caller:
    """Make a person of the vendor, with a password; answers them as a caller of the site."""
    await create_staff(Caller(Door.COMMAND), own.email, own.scopes)
    guest = Caller(Door.WEB, address=ADDRESS)
    await reset_password(guest, await _token(own.email, LetterKind.STAFF_INVITATION, settings), PASSWORD)
    found = await Person.get(email=own.email)
    found.first_name, found.last_name = own.name
    await found.save(update_fields=["first_name", "last_name"])
    return replace(guest, person_id=found.id, scopes=own.scopes, is_staff=True)
