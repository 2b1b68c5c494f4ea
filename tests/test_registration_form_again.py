"""A refused registration form comes back as it was typed, and never with a password."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import BORA, CEM, PASSWORD
from tests.doors import WebDoor
from tests.site import ON_ONE_DATABASE, Site
from tests.test_registration_refusals import Table, answers, expected, publish, ready


@ON_ONE_DATABASE
async def test_an_outdated_form_is_shown_with_the_text_in_force_unticked(site: Site) -> None:
    base = await ready(site, door := WebDoor(site), CEM)
    fresh = await publish("SERVICE_AGREEMENT", "second", timedelta(days=-2), timedelta(days=-1))
    page = (await door.register(base)).raw
    assert page.status_code == 422
    assert f'value="{fresh}"' in page.text
    assert base["accepted_agreement_id"] not in page.text
    box = page.text[page.text.index(f'value="{fresh}"') :].partition(">")[0]
    assert "checked" not in box
    notice = page.text[page.text.index(f'value="{base["read_privacy_notice_id"]}"') :].partition(">")[0]
    assert "checked" in notice


@ON_ONE_DATABASE
async def test_a_refused_form_comes_back_filled_in_but_never_with_the_password(site: Site) -> None:
    door = WebDoor(site)
    typed = {"first_name": '"><script>1</script>', "last_name": "Öz{{7*7}}", "phone": "12", "marketing_sms": "true"}
    page = (await door.register(BORA | typed)).raw
    assert page.status_code == 422
    assert PASSWORD not in page.text
    assert "<script>1" not in page.text
    assert "&#34;&gt;&lt;script&gt;1&lt;/script&gt;" in page.text
    assert "Öz{{7*7}}" in page.text
    for value in ("bora@example.net", "4540536920", "Atatürk Caddesi 12", "Işık Yazılım A.Ş."):
        assert f'value="{value}"' in page.text
    sms = page.text[page.text.index('name="marketing_sms"') :].partition(">")[0]
    email = page.text[page.text.index('name="marketing_email"') :].partition(">")[0]
    assert ("checked" in sms, "checked" in email) == (True, False)
    # Summed up on top, each with a link to its control.
    summary = page.text.partition('class="summary"')[2].partition("</ul>")[0]
    assert [f'href="#{name}"' in summary for name in ("first_name", "last_name", "phone")] == [True] * 3
    assert 'role="alert"' in page.text


@ON_ONE_DATABASE
@pytest.mark.parametrize("sprung", [{"website": "https://spam.example"}, {"form_token": "x"}, {"form_token": ""}])
async def test_a_sprung_trap_shows_the_form_again_filled_in(site: Site, sprung: dict[str, str]) -> None:
    door = WebDoor(site)
    counts = await site.row_counts()
    outcome = await door.register(CEM | sprung)
    assert outcome.problems == {("", "INVALID")}
    assert outcome.raw.status_code == 422
    assert 'value="cem@example.net"' in outcome.raw.text
    assert await site.row_counts() == counts
    # Sent again as the page stands, with what only a machine typed taken out, it is taken.
    token = outcome.raw.text.partition('name="form_token" value="')[2].partition('"')[0]
    assert (await door.register(CEM | {"form_token": token})).done


@ON_ONE_DATABASE
async def test_an_unknown_type_is_refused_on_its_field(site: Site) -> None:
    door = WebDoor(site)
    base = await ready(site, door, CEM)
    counts = await site.row_counts()
    table: Table = {
        "": ({"type": ""}, {("type", "REQUIRED")}),
        "unknown": ({"type": "PARTNER"}, {("type", "INVALID")}),
        "small": ({"type": "corporate"}, {("type", "INVALID")}),
    }
    assert await answers(door, base, table) == expected(table)
    assert await site.row_counts() == counts
