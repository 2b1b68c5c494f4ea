"""The demo: a believable vendor on a new database, made once, never in production."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from api import clock, demo, jobs, settings, settling
from api.__main__ import _ready, main
from api.caller import OPEN_SCOPES
from api.demo.asking import COPY, PAYMENTS
from api.demo.assortment import MODULES
from api.demo.people import CUSTOMERS, PASSWORD, SOLE_PROPRIETOR, STAFF, sign_in_lines
from api.models.accounts import Account, Membership
from api.models.announcements import Announcement
from api.models.attachments import Attachment
from api.models.billing import Invoice, LedgerEntry, Payment
from api.models.catalog import Product, Release
from api.models.conduct import ConductCase
from api.models.letters import Letter
from api.models.licenses import InstallationRequest, License, VaultSecret
from api.models.orders import Order
from api.models.people import Person
from api.models.sightings import Sighting
from api.models.tickets import CannedAnswer, Ticket, TicketMessage, TicketPromise
from api.process import prepare
from api.rules.hours import elapsed
from api.schema.announcements import AnnouncementKind
from api.settings import Settings, SettingsError
from tests.conftest import ENVIRONMENT
from tests.doors import GraphqlDoor, mine, signed_in
from tests.site import Site


@pytest.fixture
async def told(site: Site) -> list[str]:
    """A site with the demo, and what was said while it was made."""
    said: list[str] = []
    await demo.make(site.settings, said.append)
    return said


async def _statuses(model: type[License | Invoice | Order | InstallationRequest | Payment]) -> set[str]:
    return {row.status for row in await model.all()}


async def _see_money() -> None:
    unpaid = await Invoice.filter(status="UNPAID", kind="ORDER")
    assert {row.due_on < clock.today() for row in unpaid} == {True, False}
    paid = dict(zip(unpaid, await settling.paid_of([row.id for row in unpaid]), strict=True))
    assert [row for row, minor in paid.items() if 0 < minor < row.total_minor]
    member = await Membership.get(person__email=SOLE_PROPRIETOR.email)
    assert await settling.credit_minor(member.account_id, "TRY") == 37_000
    arrived = await Payment.filter(status="CONFIRMED", method="BANK_TRANSFER")
    assert sum([row.minor for row in await LedgerEntry.all()]) == sum([row.minor for row in arrived])


async def _see_support() -> None:
    today = clock.today()
    ends = [row.support_until for row in await License.filter(status="ACTIVE")]
    lapsed = Counter((today - end).days // 365 for end in ends if end and end < today)
    assert {years: lapsed[years] for years in (1, 3)} == {1: 1, 3: 1}
    assert [end for end in ends if end and today <= end <= today + timedelta(days=30)]
    assert await Invoice.filter(kind="RENEWAL", status="UNPAID", due_on__gte=today).count() == 1
    assert (await License.get(status="SUSPENDED")).status_reason
    secret = await VaultSecret.get(destroyed_at=None)
    assert (await secret.request).status == "SCHEDULED"
    assert secret.expires_at > clock.now()


async def _see_numbers() -> None:
    """Gapless in each series and year, in the order of time."""
    by_series: dict[str, list[int]] = {}
    days: list[date] = []
    for row in await Invoice.all().order_by("issued_at", "number"):
        by_series.setdefault(row.number[:7], []).append(int(row.number[7:]))
        assert row.number[3:7] == str(row.issued_on.year)
        days.append(row.issued_on)
    assert days == sorted(days)
    assert {series: numbers for series, numbers in by_series.items() if numbers != [*range(1, len(numbers) + 1)]} == {}


async def _see_checks() -> None:
    """One license was moved and is answered on both domains, one asked for by a copy, one bound by its module."""
    moved = await License.get(moved_from_ascii="izle.karaca.example.net")
    assert moved.domain == "gozcu.karaca.example.net"
    assert moved.moved_until is not None
    assert moved.moved_until > clock.now()
    rows = await Sighting.all().order_by("domain_ascii").values_list("domain_ascii", "refused", "count")
    assert rows == [(PAYMENTS, False, 7), (COPY, True, 3), ("yedek.elif.example.net", False, 1)]
    assert (await License.get(domain_ascii="yedek.elif.example.net")).status == "ACTIVE"


async def _see_desk() -> None:
    """Tickets of every kind, status and priority over a year, of every customer; promises, most of them kept."""
    rows = await Ticket.all().order_by("opened_at")
    assert len(rows) >= 60
    assert {(row.kind, row.priority, row.status) for row in rows} >= {
        ("TECHNICAL", "HIGH", "OPEN"), ("SALES", "LOW", "CLOSED"), ("BILLING", "HIGH", "ANSWERED"),
        ("INSTALLATION", "NORMAL", "WAITING_FOR_CUSTOMER"), ("COMPLAINT", "NORMAL", "OPEN"),
    }  # fmt: skip
    assert len({row.account_id for row in rows}) == len(CUSTOMERS)
    assert timedelta(days=340) < clock.now() - rows[0].opened_at < timedelta(days=366)
    assert max(row.opened_at for row in rows) <= clock.now()
    assert {row.rating for row in rows} == {None, 3, 4, 5}
    assert [row.opened_by_staff for row in rows].count(True) == 1
    (merged,) = [row for row in rows if row.merged_into_id]
    assert (merged.status, merged.waiting_since) == ("CLOSED", None)
    said = await TicketMessage.filter(kind="MESSAGE")
    assert len(said) == len({entry.body for entry in said})
    assert {entry.event for entry in await TicketMessage.filter(kind="EVENT")} == {
        "assigned", "closed", "reopened", "rated", "extended", "merged_into", "merged_from",
    }  # fmt: skip
    assert await TicketMessage.filter(kind="NOTE", audience="STAFF").count() >= 8
    answered = await TicketPromise.filter(outcome="ANSWERED")
    kept = [promise for promise in answered if promise.ended_at and promise.ended_at <= promise.due_at]
    assert 0.9 < len(kept) / len(answered) < 0.98
    assert await CannedAnswer.all().count() == 6
    assert {row.kind for row in await Announcement.all()} == {kind.value for kind in AnnouncementKind}
    assert [case.status for case in await ConductCase.all().order_by("proposed_at")] == ["REJECTED", "PROPOSED"]
    assert await Attachment.exclude(message_id=None).count() == 1


async def _see_what_waits() -> None:
    """One is missed, one almost due, and all others are under the extension that holds now."""
    hours = settings.current().tickets.hours
    now = clock.now()
    waiting = await TicketPromise.filter(outcome=None).order_by("due_at")
    assert [promise.due_at < now for promise in waiting] == [True, *[False] * 6]
    assert [promise.minutes for promise in waiting] == [180, *[240] * 6]
    assert timedelta() < elapsed(now, waiting[1].due_at, hours) <= timedelta(minutes=8)
    extension = await Announcement.get(kind="SUPPORT_EXTENSION", ends_at__gt=now)
    assert {promise.extension_id for promise in waiting[1:]} == {extension.id}


async def test_every_state_is_there_and_days_sums_and_numbers_agree(site: Site, told: list[str]) -> None:
    assert told[-len(sign_in_lines()) :] == sign_in_lines()
    assert await _statuses(License) == {"PENDING", "ACTIVE", "SUSPENDED", "CANCELLED"}
    assert await _statuses(Order) == {"PENDING_PAYMENT", "COMPLETED", "CANCELLED", "REFUNDED"}
    assert await _statuses(Invoice) == {"UNPAID", "PAID", "CANCELLED", "REFUNDED"}
    assert await _statuses(Payment) == {"REPORTED", "CONFIRMED", "REJECTED"}
    assert await _statuses(InstallationRequest) == {"REQUESTED", "SCHEDULED", "DONE"}
    assert {row.type for row in await Account.all()} == {"CORPORATE", "SOLE_PROPRIETOR", "INDIVIDUAL"}
    assert {row.kind for row in await Invoice.all()} == {"ORDER", "RENEWAL", "RENEWAL_REQUESTED", "CREDIT_NOTE"}
    assert await Product.all().count() == len(MODULES) == 12
    assert await Product.exclude(retired_at=None).count() == 1
    assert await Release.all().count() == sum(len(module.releases) for module in MODULES)
    for row in await Release.all():
        file = Path(site.settings.files_url.removeprefix("file://")) / str(row.file_key)
        assert zipfile.ZipFile(file).testzip() is None
        assert hashlib.sha256(file.read_bytes()).hexdigest() == row.sha256
    await _see_money()
    await _see_support()
    await _see_numbers()
    await _see_checks()
    await _see_desk()
    await _see_what_waits()
    # Nothing is left to do, and no letter of the past goes out as news.
    said: list[str] = []
    await jobs.do_due(said.append)
    assert said == []
    assert {row.outcome for row in await Letter.all()} == {"sent"}
    assert await site.deliver() == []


async def test_everybody_signs_in_as_told_and_a_second_run_changes_nothing(site: Site, told: list[str]) -> None:
    before = await site.all_rows()
    said: list[str] = []
    await demo.make(site.settings, said.append)
    assert said == ["demo: there are customers or products already; nothing is made", *sign_in_lines()]
    assert await site.all_rows() == before
    emails = {row.email for row in await Person.all()}
    assert emails == {own.email for own in (*STAFF, *CUSTOMERS)}
    assert [mail for mail in emails if not mail.endswith("@example.net") or not [x for x in told if mail in x]] == []
    assert [line for line in told if PASSWORD in line]
    door = GraphqlDoor(site)
    for own in CUSTOMERS:
        account = await mine(site, await signed_in(door, own.email, PASSWORD))
        assert (account["email"], account["type"], account["status"]) == (own.email, own.form["type"].value, "ACTIVE")
    for colleague in STAFF:
        session = await signed_in(door, colleague.email, PASSWORD)
        viewer = (await site.data("{ viewer { isStaff scopes } }", token=session))["viewer"]
        assert (viewer["isStaff"], set(viewer["scopes"])) == (True, colleague.scopes | OPEN_SCOPES)
        assert (await site.data("{ ticketQueue { totalCount } }", token=session))["ticketQueue"]["totalCount"] == 7


async def test_a_server_makes_it_at_its_first_start_and_tells_the_people_at_each(
    basic_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    prepared = prepare(basic_settings)
    await _ready(replace(prepared, demo_data=False))
    assert not [line for line in capsys.readouterr().out.splitlines() if not line.startswith(("published: ", "made "))]
    await _ready(prepared)
    first = capsys.readouterr().out.splitlines()
    assert [line for line in first if line.startswith("demo: made ")] == ["demo: made 12 modules and 4 customers"]
    assert first[-len(sign_in_lines()) :] == sign_in_lines()
    await _ready(prepared)
    assert capsys.readouterr().out.splitlines() == sign_in_lines()
    await _ready(replace(prepared, demo_data=False))
    assert capsys.readouterr().out == ""


async def test_a_database_in_use_is_left_alone(site: Site) -> None:
    await Product.all().delete()
    token = await site.staff_token()
    made = 'mutation { createCategory(slug: "sms", name: "SMS") { errors { code } } }'
    assert (await site.data(made, token=token))["createCategory"]["errors"] == []
    given = 'slug: "a-b", name: "Ab", summary: "Bir", description: "Bir", categorySlug: "sms", price: 1, '
    product = f"mutation {{ createProduct(input: {{ {given} supportRenewalPrice: 1 }}) {{ errors {{ code }} }} }}"
    assert (await site.data(product, token=token))["createProduct"]["errors"] == []
    said: list[str] = []
    await demo.make(site.settings, said.append)
    assert said == ["demo: there are customers or products already; nothing is made"]
    assert (await Account.all().count(), await Product.all().count()) == (0, 1)


async def test_with_an_early_clock_what_came_before_the_first_texts_is_left_out(site: Site) -> None:
    said: list[str] = []
    with clock.stopped(clock.start_of(date(2023, 3, 1)) + timedelta(hours=12)):
        await demo.make(site.settings, said.append)
        assert await License.filter(status="ACTIVE", support_until__gte=clock.today()).exists()
    assert said[-len(sign_in_lines()) :] == sign_in_lines()
    assert await _statuses(License) == {"PENDING", "ACTIVE", "SUSPENDED", "CANCELLED"}
    first = await Invoice.all().order_by("issued_at").first()
    assert first
    assert first.issued_on > date(2021, 7, 6)


async def test_a_clock_beside_the_first_texts_makes_nothing(site: Site) -> None:
    said: list[str] = []
    with clock.stopped(clock.start_of(date(2021, 8, 1))):
        await demo.make(site.settings, said.append)
    assert said == ["demo: the clock stands too close to the first legal texts for a history; nothing is made"]
    assert not await Account.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"production": True}, "The demo is never made in production."),
        ({"demo_data": False}, "DEMO_DATA=0: no demo is made here."),
    ],
)
async def test_it_is_refused_in_production_and_where_it_is_switched_off(
    site: Site, changes: dict[str, bool], sentence: str
) -> None:
    before = await site.row_counts()
    refused: Settings = replace(site.settings, **changes)  # type: ignore[arg-type]
    with pytest.raises(SettingsError) as error:
        await demo.make(refused, lambda _: None)
    assert error.value.problems == [sentence]
    assert await site.row_counts() == before


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {
                "ENVIRONMENT": "production",
                "SECRET_KEY": "a key of production that is long enough",
                "BASE_URL": "https://portal.example.net",
                "VENDOR_TAX_NUMBER": "4540536920",
            },
            "The demo is never made in production.",
        ),
        ({"DEMO_DATA": "0"}, "DEMO_DATA=0: no demo is made here."),
    ],
)
def test_the_command_says_so_and_makes_no_database(
    given: dict[str, str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = {"DATABASE_URL": f"sqlite://{tmp_path}/ruhsat.sqlite3", "MAIL_URL": f"file://{tmp_path}/mail"}
    for name, value in (ENVIRONMENT | folder | given).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["api", "demo"])
    assert main() == 1
    assert capsys.readouterr() == ("", f"{sentence}\n")
    assert list(tmp_path.iterdir()) == []
