"""The hostile corpus through the views of tickets: everything is said as it was written, and nothing can execute.

What a browser makes of it is tried in tests/browser/test_hostile_tickets.py.
"""

from __future__ import annotations

import json
import re
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from api import throttle
from api.markdown import render
from tests.attached import PNG, post, uploaded
from tests.cast import AYSE
from tests.harmless import Look, letters_of, looked, squeezed
from tests.hostile import BODIES, LINES, LONE_SURROGATES, NAMES, NO_TEXTS
from tests.site import ON_ONE_DATABASE, Site, text_of
from tests.test_attachment_pages import as_visitor
from tests.test_invoice_pages import at_desk
from tests.ticketed import OPEN, SALES, Ticketed, refused, ticketed

EVERY = (*LINES, *BODIES)
_ON_A_PAGE = 50


async def pages(client: httpx.AsyncClient, path: str, following: str) -> list[str]:
    """A page and those that its link to further ones leads to."""
    found = []
    while path:
        answer = await client.get(path)
        assert answer.status_code == 200, (path, answer.text[:500])
        found.append(answer.text)
        onward = re.search(rf'href="([^"]*[?&;]{following}=[^"]+)"', answer.text)
        path = onward[1].replace("&amp;", "&") if onward else ""
    return found


async def test_subjects_are_told_by_lists_searches_and_letters_as_they_were_written(site: Site) -> None:
    throttle.use_scale(1000)
    people = await ticketed(site)
    made = [await people.open(subject=line, body=line) for line in LINES]
    assert [one["subject"] for one in made] == list(LINES)
    assert [one["messages"]["nodes"][0]["body"] for one in made] == list(LINES)
    async with as_visitor(site, people.session) as client:
        lists = [looked(page) for page in await pages(client, "/panel/tickets", "after")]
        own = [looked((await client.get(f"/panel/tickets/{one['number']}")).text) for one in made[::7]]
        letters = looked((await client.get("/panel/letters")).text)
    async with await at_desk(site) as client:
        queue = [looked(page) for page in await pages(client, "/desk/tickets", "after")]
        told = [looked((await client.get(f"/desk/tickets/{one['number']}")).text) for one in made[::23]]
    for look in (*lists, *own, letters, *queue, *told):
        assert look.dangers == []
    for views in (lists, queue):
        said = squeezed("".join("".join(look.text) for look in views))
        assert [line for line in LINES if squeezed(line) not in said] == []
    assert [line for line, look in zip(LINES[::23], told, strict=True) if _lost(line, look)] == []
    assert [line for line, look in zip(LINES[::7], own, strict=True) if _lost(line, look)] == []
    await _letters(site, list(LINES))


def _lost(line: str, look: Look) -> bool:
    return squeezed(line) not in squeezed("".join(look.text))


async def _letters(site: Site, subjects: list[str]) -> None:
    letters = [letter for letter in await site.letters_to(AYSE["email"]) if "talebiniz" in letter["Subject"]]
    assert len(letters) == len(subjects)
    texts = [squeezed(text_of(letter)) for letter in letters]
    told = "".join(texts)
    assert [line for line in subjects if squeezed(line) not in told] == []
    for letter in letters:
        assert _harmless(letter)


def _harmless(letter: EmailMessage) -> bool:
    """Whether a letter goes to one person, has the headers that letters have, and HTML that does nothing."""
    assert (letter["To"], letter["Cc"], letter["Bcc"]) == (AYSE["email"], None, None)
    assert {part.get_content_type() for part in letter.walk()} <= {"text/plain", "text/html", "multipart/alternative"}
    body = letter.get_body(("html",))
    assert body
    assert looked(str(body.get_content()), letter=True).dangers == []
    return True


async def test_messages_are_told_to_both_sides_as_they_were_written(site: Site) -> None:
    throttle.use_scale(1000)
    people = await ticketed(site)
    for start in range(0, len(EVERY), _ON_A_PAGE - 2):
        wanted = EVERY[start : start + _ON_A_PAGE - 2]
        ticket = await people.open()
        for place, text in enumerate(wanted):
            say = people.answer if place % 2 else people.reply
            told = await say(ticket["id"], text)
        bodies = [one["body"] for one in told["messages"]["nodes"]][1:]
        # White space at the end of a message, and how its lines end, say nothing.
        assert bodies == [text.replace("\r\n", "\n").strip("\n").rstrip() for text in wanted]
        async with as_visitor(site, people.session) as client, await at_desk(site) as desk:
            for reader, path in ((client, "/panel/tickets"), (desk, "/desk/tickets")):
                page = looked((await reader.get(f"{path}/{ticket['number']}")).text)
                assert page.dangers == []
                said = letters_of("".join(page.text))
                assert [text for text in wanted if letters_of("".join(looked(render(text)).text)) not in said] == []
    for letter in await site.letters_to(AYSE["email"]):
        if "talebiniz" in letter["Subject"]:
            assert _harmless(letter)


@pytest.mark.parametrize("place", range(len(EVERY)))
def test_markdown_loses_no_word(place: int) -> None:
    text = EVERY[place]
    page = render(text)
    look = looked(page)
    assert look.dangers == []
    marks = r"&#?\w+;|```\w*|^ *\[1\]:.*$|\]\([^)]*\)+|\"onmouseover[^\"]*\""
    words = re.findall(r"\w{3,}", re.sub(marks, " ", text.replace("_", " "), flags=re.MULTILINE))
    # A destination and a title stand in attributes.
    said = letters_of(page)
    assert [word for word in words if letters_of(word) not in said] == []


@ON_ONE_DATABASE
async def test_what_is_no_text_is_refused_beside_its_control_at_both_doors(site: Site) -> None:
    throttle.use_scale(1000)
    people = await ticketed(site)
    for text in NO_TEXTS:
        assert refused(await people.do(OPEN, input=SALES | {"subject": text})) == {("INVALID", "subject")}, ascii(text)
        assert refused(await people.do(OPEN, input=SALES | {"body": text})) == {("INVALID", "body")}, ascii(text)
        async with as_visitor(site, people.session) as client:
            form = {"kind": "SALES", "priority": "NORMAL", "subject": "x", "body": text}
            answer = await client.post("/panel/tickets/new", data=form)
            assert (answer.status_code, 'data-field="body"' in answer.text) == (422, True), ascii(text)
    for text in LONE_SURROGATES:
        raw = json.dumps({"query": OPEN, "variables": {"input": SALES | {"subject": text}}})
        async with as_visitor(site, people.session) as client:
            answer = await client.post("/graphql", content=raw, headers={"content-type": "application/json"})
        assert answer.status_code == 400


@ON_ONE_DATABASE
async def test_names_of_files_are_told_and_saved_without_harm(site: Site) -> None:
    throttle.use_scale(1000)
    people = await ticketed(site)
    shown = [(sent, name) for sent, name in NAMES if name and _can_be_sent(sent)]
    for start in range(0, len(shown), 10):
        batch = shown[start : start + 10]
        files = [await uploaded(site, people.session, PNG, sent) for sent, _ in batch]
        ticket = await people.open(attachmentIds=files)
        async with as_visitor(site, people.session) as client:
            page = looked((await client.get(f"/panel/tickets/{ticket['number']}")).text)
            saved = [await client.get(f"/panel/attachments/{one}") for one in files]
        assert page.dangers == []
        said = squeezed("".join(page.text))
        assert [name for _, name in batch if squeezed(name) not in said] == []
        for answer in saved:
            assert re.fullmatch(
                r'attachment; filename="[\w ._()+-]*"; filename\*=UTF-8\'\'[!-~]+',
                answer.headers["content-disposition"],
            )
    for sent, name in NAMES:
        if name is None and _can_be_sent(sent):
            answer = (await post(site, people.session, PNG, sent)).json()["data"]["uploadAttachment"]
            assert [error["code"] for error in answer["errors"]] == ["FILE_TYPE_NOT_ALLOWED"], ascii(sent)


def _can_be_sent(name: str) -> bool:
    """Whether a multipart form spells the name as it is (a browser writes %22 for a quote)."""
    return bool(name) and not any(letter in '"\r\n' or "\ud800" <= letter <= "\udfff" for letter in name)


async def test_a_search_for_anything_finds_or_does_not_and_never_fails(site: Site) -> None:
    throttle.use_scale(1000)
    people: Ticketed = await ticketed(site)
    await people.open(subject="Bir soru")
    question = "query ($s: String!) { tickets(first: 5, search: $s) { totalCount } }"
    for line in LINES:
        answer: dict[str, Any] = await site.ask(question, {"s": line}, people.session)
        assert "errors" not in answer, (line, answer)
    async with as_visitor(site, people.session) as client:
        for line in LINES[::5]:
            answered = await client.get("/panel/tickets", params={"search": line})
            assert answered.status_code == 200, line
            look = looked(answered.text)
            assert look.dangers == [], line


def test_what_looks_for_harm_finds_it_where_nothing_was_escaped() -> None:
    found = [line for line in LINES if looked(f"<p>{line}</p>").dangers]
    assert len(found) > 60
    assert not any(looked(f"<p>{line.replace('&', '&amp;').replace('<', '&lt;')}</p>").dangers for line in LINES)
