"""What pages keep: fragments that are the same for everybody, and what changes seldom for a moment only."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from jinja2 import UndefinedError
from starlette.datastructures import State

from api import clock
from api.models.announcements import Announcement
from api.resolvers.agreements import draft
from api.schema.agreements import DocumentKind
from tests.cast import AYSE, BORA
from tests.doors import GraphqlDoor, joined
from tests.site import ON_ONE_DATABASE, Site
from tests.statements import statements
from tests.test_invoice_pages import client_of
from web.render import kept

_FOOTER = re.compile(r'<footer class="site-footer">.*</footer>', re.DOTALL)
STRIP, BANNER = "/announcements/ann_", '<aside class="revision"'


def _footer(page: str) -> str:
    found = _FOOTER.search(page)
    assert found
    return found[0]


@ON_ONE_DATABASE
async def test_what_is_kept_of_a_page_is_the_same_for_all_who_read_its_language(site: Site) -> None:
    turkish = _footer((await site.client.get("/")).text)
    english = _footer((await site.client.get("/", headers={"accept-language": "en"})).text)
    assert ("Metinler" in turkish, "Metinler" in english) == (True, False)
    for form in (AYSE, BORA):
        async with client_of(site, await joined(GraphqlDoor(site), site, form)) as client:
            for path in ("/panel", "/products", "/nothing"):
                assert _footer((await client.get(path)).text) == turkish
            client.cookies.set("language", "en")
            assert _footer((await client.get("/panel")).text) == english


@ON_ONE_DATABASE
async def test_a_fragment_of_somebodys_own_cannot_be_kept(site: Site) -> None:
    # It asks for more than the installation tells everybody: an error, never another reader's words.
    for own in ("site_header", "panel_nav", "blocked_banner"):
        with pytest.raises(UndefinedError):
            kept(own, "tr", State({"settings": site.settings, "kept": {}}))


async def test_what_another_process_announced_is_told_within_seconds(site: Site) -> None:
    now = clock.now()
    async with client_of(site, await joined(GraphqlDoor(site), site, AYSE)) as ayse:
        with clock.stopped(now):
            assert STRIP not in (await ayse.get("/panel/profile")).text
            await Announcement(
                kind=Announcement.SUPPORT_EXTENSION, title="Yoğunuz", body="", html="", published_at=now,
                starts_at=now, ends_at=now + timedelta(seconds=25), maximum_minutes=600,
            ).save(force_create=True)  # fmt: skip
        for seconds, told in ((10, True), (24, True), (25, False)):
            with clock.stopped(now + timedelta(seconds=seconds)):
                assert (STRIP in (await ayse.get("/panel/profile")).text) == told


async def test_a_revision_that_another_process_published_is_told_within_a_minute(site: Site) -> None:
    now = clock.now()
    with clock.stopped(now):
        assert BANNER not in (await site.client.get("/")).text
        row = draft(DocumentKind.SERVICE_AGREEMENT, "2.0", "Hizmet Sözleşmesi", "Metin", now, first=False)
        await row.save(force_create=True)
    with clock.stopped(now + timedelta(minutes=1)):
        assert BANNER in (await site.client.get("/")).text
    with clock.stopped(row.effective_at):
        assert BANNER not in (await site.client.get("/")).text


async def test_a_page_asks_for_its_reader_and_its_own_rows_only(site: Site) -> None:
    async with client_of(site, await joined(GraphqlDoor(site), site, AYSE)) as ayse:
        await ayse.get("/panel/licenses")
        with statements() as seen:
            await ayse.get("/panel/licenses")
    assert [table for table in ("agreement_documents", "announcements") if any(f'"{table}"' in s for s in seen)] == []
    assert len(seen) == 2
