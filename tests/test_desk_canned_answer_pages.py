"""Canned answers at the desk: kept, refused beside their field, and taken into an answer."""

from __future__ import annotations

import re

from api.models.tickets import CannedAnswer, TicketMessage
from api.rules import canned_answers as rules
from tests.site import Site
from tests.test_desk_pages import desk_of
from tests.test_desk_ticket_pages import CANNED, HTMX, at
from tests.test_invoice_pages import problems
from tests.ticketed import ticketed
from web.desk_canned_answers import VARIABLES


async def test_canned_answers_are_kept_and_refused_beside_their_field(site: Site) -> None:
    given = {"title": "Selam", "kind": "", "body": "Merhaba {{customer_name}},"}
    async with await desk_of(site) as deniz:
        assert "Henüz hazır yanıt yok" in (await deniz.get(CANNED)).text
        bad = await deniz.post(f"{CANNED}/new", data=given | {"body": "{{password}}"})
        assert (bad.status_code, problems(bad)) == (422, {("INVALID", "body")})
        shown = await deniz.post(f"{CANNED}/new", data=given | {"step": "preview"})
        assert "Merhaba ‹müşterinin adı soyadı›," in shown.text
        assert await CannedAnswer.all().count() == 0
        made = await deniz.post(f"{CANNED}/new", data=given)
        assert made.headers["location"] == f"{CANNED}?done=saved"
        (row,) = await CannedAnswer.all()
        there = f"{CANNED}/can_{row.id.hex}"
        assert "Merhaba {{customer_name}},</textarea>" in (await deniz.get(there)).text
        twice = await deniz.post(f"{CANNED}/new", data=given)
        assert (twice.status_code, problems(twice)) == (422, {("ALREADY_EXISTS", "title")})
        assert (await deniz.post(there, data=given | {"kind": "SALES"})).status_code == 303
        assert "Satış" in (await deniz.get(CANNED)).text
        assert (await deniz.post(f"{there}/delete")).headers["location"] == f"{CANNED}?done=deleted"
        assert (await deniz.get(there)).status_code == 404
        looked = await deniz.post(f"{CANNED}/preview", data={"body": "**{{domain}}** <script>"}, headers=HTMX)
        assert "<strong>‹lisansın alan adı›</strong> &lt;script&gt;" in looked.text
    assert await CannedAnswer.all().count() == 0


def test_the_form_explains_every_variable_there_is() -> None:
    assert sorted(VARIABLES) == sorted(rules.VARIABLES)


async def test_a_canned_answer_goes_below_what_was_written(site: Site) -> None:
    own = await ticketed(site)
    opened = await own.open(subject="Konu {{agent_name}}")
    async with await desk_of(site) as deniz:
        body = "Merhaba {{customer_name}}, {{subject}} ({{ticket_number}})"
        await deniz.post(f"{CANNED}/new", data={"title": "Selam", "kind": "", "body": body})
        await deniz.post(f"{CANNED}/new", data={"title": "Kurulum", "kind": "INSTALLATION", "body": "Kurulur"})
        page = (await deniz.get(at(opened))).text
        assert re.findall(r'<option value="can_\w+">([^<]+)</option>', page) == ["Selam"]
        (row,) = await CannedAnswer.filter(title="Selam")
        form = {"body": "Önce bu", "canned": f"can_{row.id.hex}"}
        filled = f"Önce bu\n\nMerhaba Ayşe Yılmaz, Konu {{{{agent_name}}}} ({opened['number']})</textarea>"
        inserted = await deniz.post(f"{at(opened)}/canned", data=form, headers=HTMX)
        assert filled in inserted.text
        assert "<html" not in inserted.text
        plain = await deniz.post(f"{at(opened)}/answer", data=form | {"step": "canned"}, files={"files": ("", b"")})
        assert filled in plain.text
        assert "Önce bu</textarea>" in (await deniz.post(f"{at(opened)}/canned", data={"body": "Önce bu"})).text
    assert await TicketMessage.filter(from_staff=True).count() == 0
