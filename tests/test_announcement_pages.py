"""Announcements on the site: everybody's list, the panel's strip, and the desk that publishes in two steps."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import httpx
import pytest

from api import clock
from api.models.announcements import Announcement
from api.models.audit import AuditEntry
from api.models.tickets import TicketMessage, TicketPromise
from tests.cast import AYSE, BORA
from tests.doors import GraphqlDoor, joined, signed_in
from tests.site import Site
from tests.test_announcements import DAY, NOON, extension, given, published
from tests.test_invoice_pages import at_desk, client_of, problems
from tests.test_license_pages import owned
from tests.waiting import answered, waiting

DESK = "/desk/announcements"


def typed(**changes: str) -> dict[str, str]:
    """What the desk's form sends of an extension to 600 minutes for a day."""
    return {
        "kind": "SUPPORT_EXTENSION",
        "title": "Yoğunuz",
        "body": "Biraz **sabır**",
        "starts_at": "",
        "ends_at": "2026-11-21T12:00",
        "maximum_first_answer_minutes": "600",
        "product_id": "",
    } | changes


def sent_by(page: str) -> dict[str, str]:
    """The hidden controls of the preview."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.split(f'action="{DESK}"')[1]))


async def _staff(site: Site) -> httpx.AsyncClient:
    """A staff member's browser whose session is good at noon of the tests' day."""
    client = await at_desk(site)
    with clock.stopped(NOON):
        client.cookies.set("session", await signed_in(GraphqlDoor(site), "deniz@example.net"))
    return client


async def test_an_extension_is_seen_before_it_is_published_and_published_once(site: Site) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    await waiting(at=NOON)
    await waiting(at=NOON - timedelta(hours=1))
    async with await _staff(site) as deniz:
        with clock.stopped(NOON):
            preview = await deniz.post(f"{DESK}/preview", data=typed())
            assert preview.status_code == 200
            assert "<strong>sabır</strong>" in preview.text
            assert "2 açık yanıt sözü uzar; en geç olanı bugün 22:00 olur." in " ".join(
                re.sub(r"<[^>]+>", " ", preview.text).split()
            )
            assert await Announcement.all().count() == 0
            assert await TicketMessage.all().count() == 0
            form = sent_by(preview.text)
            for _ in range(2):
                answer = await deniz.post(DESK, data=form)
                assert answer.headers["location"] == f"{DESK}?done=published"
    assert await Announcement.all().count() == 1
    assert {promise.minutes for promise in await TicketPromise.all()} == {600}
    assert await TicketMessage.filter(event="extended").count() == 2
    assert [entry.details for entry in await AuditEntry.filter(act="announcement:publish").order_by("at")] == [
        {"kind": "SUPPORT_EXTENSION", "moved": "2"},
        {"repeated": "yes"},
    ]


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        (typed(title=" ", ends_at=""), {("REQUIRED", "title"), ("REQUIRED", "ends_at")}),
        (typed(ends_at="yarın"), {("INVALID", "ends_at")}),
        (typed(starts_at="9999-12-31T23:59"), {("INVALID", "starts_at")}),
        (typed(maximum_first_answer_minutes="çok"), {("INVALID", "maximum_first_answer_minutes")}),
        (typed(maximum_first_answer_minutes=""), {("REQUIRED", "maximum_first_answer_minutes")}),
        (typed(kind="GENERAL", product_id="prd_x"), {("NOT_FOUND", "product_id")}),
    ],
)
async def test_what_is_wrong_stands_beside_its_control_and_what_was_typed_stays(
    site: Site, form: dict[str, str], wrong: set[tuple[str, str]]
) -> None:
    async with await _staff(site) as deniz:
        with clock.stopped(NOON):
            for path in (f"{DESK}/preview", DESK):
                answer = await deniz.post(path, data=form)
                assert (answer.status_code, problems(answer)) == (422, wrong)
                assert "Biraz **sabır**" in answer.text
                assert f'name="next" value="{DESK}/new"' in answer.text
            corrected = await deniz.post(f"{DESK}/new", data=typed())
            assert (corrected.status_code, "Biraz **sabır**" in corrected.text) == (200, True)
    assert await Announcement.all().count() == 0


async def test_what_another_kind_has_no_use_for_is_left_out(site: Site) -> None:
    await owned(site, AYSE)
    product = (await site.data('{ product(slug: "sms") { id } }'))["product"]["id"]
    async with await _staff(site) as deniz:
        with clock.stopped(NOON):
            await deniz.post(DESK, data=typed(product_id=product))
            await deniz.post(DESK, data=typed(kind="SECURITY", product_id=product, send_letters="true"))
    found = [
        (row.kind, row.product_id is None, row.maximum_minutes, row.letters_wait)
        for row in await Announcement.all().order_by("kind")
    ]
    assert found == [("SECURITY", False, None, True), ("SUPPORT_EXTENSION", True, 600, False)]


async def test_withdrawing_asks_once_more_and_takes_it_off_every_page(site: Site) -> None:
    async with await _staff(site) as deniz:
        with clock.stopped(NOON):
            await deniz.post(DESK, data=typed(kind="MAINTENANCE"))
            (row,) = await Announcement.all()
            path = f"{DESK}/ann_{row.id.hex}/withdraw"
            assert "Geri çekmeyi onayla" in (await deniz.get(DESK)).text
            assert (await deniz.get(path)).status_code == 405
            assert (await deniz.post(path)).headers["location"] == f"{DESK}?done=withdrawn"
            assert row.title not in (await deniz.get(DESK)).text
            assert "Geri çekildi" in (await deniz.get(f"{DESK}?ended=1")).text
            assert (await site.client.get(f"/announcements/ann_{row.id.hex}")).status_code == 404
            assert row.title not in (await site.client.get("/announcements")).text
            assert (await deniz.post(f"{DESK}/ann_{'0' * 32}/withdraw")).status_code == 404


async def test_the_desk_is_for_those_who_publish(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    async with client_of(site, session) as ayse, site.browser() as guest:
        for path in (DESK, f"{DESK}/new"):
            assert (await ayse.get(path)).status_code == 404
            assert (await guest.get(path)).headers["location"] == f"/sign-in?next={path}"
        for path in (DESK, f"{DESK}/preview", f"{DESK}/ann_{'0' * 32}/withdraw"):
            assert (await ayse.post(path, data=typed())).status_code == 404
    assert await Announcement.all().count() == 0


async def test_everybody_reads_what_is_announced_with_how_support_stands(site: Site) -> None:
    with clock.stopped(NOON):
        empty = (await site.client.get("/announcements")).text
    assert "Şu an duyuru yok" in empty
    assert "Son 90 günde sayılacak bir yanıt sözü olmadı." in empty
    session, _ = await owned(site, BORA)
    token = await site.staff_token()
    product = (await site.data('{ product(slug: "sms") { id } }'))["product"]["id"]
    hostile = "{{7*7}} <script>alert(1)</script> [x](javascript:alert(1)) **kalın**"
    body = given(title="Bakım <b>", body=hostile, kind="MAINTENANCE", productId=product, endsAt=NOON + DAY)
    made = await published(site, token, body)
    await published(site, token, extension(title="Yoğunuz"))
    await answered(await waiting(at=NOON), NOON + timedelta(minutes=5))
    await waiting(at=NOON - 30 * DAY)
    with clock.stopped(NOON + timedelta(minutes=30)):
        page = (await site.client.get("/announcements")).text
        alone = await site.client.get(f"/announcements/{made['announcement']['id']}")
        async with client_of(site, await signed_in(GraphqlDoor(site), BORA["email"])) as bora:
            panel = (await bora.get("/panel")).text
            elsewhere = (await bora.get("/panel/licenses")).text
            outside = (await bora.get("/products")).text
    assert alone.status_code == 200
    for text in (page, alone.text):
        assert "Bakım &lt;b&gt;" in text
        assert "{{7*7}}" in text
        assert "<strong>kalın</strong>" in text
        assert "<script>alert" not in text
        assert 'href="javascript' not in text
        assert "SMS Işık" in text
    assert "2 yanıt sözünden 1 tanesi tutuldu" in page
    assert "%50" in page
    for text in (panel, elsewhere):
        assert "ilk yanıt en çok 10 sa sürebilir" in text
    assert "ilk yanıt en çok" not in outside
    assert "Bakım &lt;b&gt;" in panel
    assert session


async def test_the_strip_goes_when_the_extension_ends_and_waits_until_it_begins(site: Site) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    token = await site.staff_token()
    await published(site, token, extension(startsAt=NOON + timedelta(hours=1)))

    async def strip(now: datetime) -> bool:
        with clock.stopped(now):
            async with client_of(site, await signed_in(GraphqlDoor(site), AYSE["email"])) as ayse:
                return "ilk yanıt en çok 10 sa" in (await ayse.get("/panel/licenses")).text

    assert [await strip(NOON + timedelta(hours=hours)) for hours in (0, 1, 23, 24)] == [False, True, True, False]
