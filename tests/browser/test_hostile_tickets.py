"""The hostile corpus in a real browser: through lists, tickets, the desk and letters, nothing of it executes.

A script that ran would say so (`window.ran`, a dialog), and a request to another host is a fault of the visitor.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.attached import PNG, UPLOAD
from tests.browser.conftest import OpenBrowser
from tests.browser.server import Member, Server, Staff
from tests.browser.test_attachments import file, items
from tests.browser.visitor import Visitor
from tests.harmless import squeezed
from tests.hostile import BODIES, EVIL, LINES, NAMES
from tests.ticketed import OPEN, REPLY, SALES

pytestmark = pytest.mark.browser

_ON_A_PAGE = 48
_PICTURE = base64.b64encode(PNG).decode()
RAN = "() => window.ran || 0"
# What a reader may do without meaning it: hovering, focusing, opening, and clicking what leads nowhere else.
TOUCH = """() => {
  const kinds = ["mouseover", "mouseenter", "focus", "toggle", "load", "error", "pointerrawupdate", "animationend"];
  for (const e of document.querySelectorAll("main *"))
    for (const kind of kinds) e.dispatchEvent(new Event(kind, { bubbles: false }));
  return document.querySelectorAll("main :is(script, iframe, object, embed, base, svg script)").length;
}"""
SCHEMES = """() => [...document.links].map((link) => link.protocol)
  .filter((protocol) => !["http:", "https:", "mailto:"].includes(protocol))"""


@contextmanager
def watched(page: Page) -> Iterator[None]:
    """No dialog may open meanwhile."""
    opened: list[str] = []

    def note(dialog: Dialog) -> None:
        opened.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    yield
    page.remove_listener("dialog", note)
    assert opened == []


def harmless(page: Page) -> None:
    """Nothing on the page ran, whatever was touched, and no link leads to a script."""
    assert page.evaluate(TOUCH) == 0
    assert page.evaluate(SCHEMES) == []
    assert page.evaluate(RAN) == 0
    assert "evil.example" not in page.url


def said(page: Page) -> str:
    """What stands on the page, whatever of it is seen."""
    return squeezed(page.locator("main").evaluate("main => main.textContent"))


def lists(visitor: Visitor, path: str) -> str:
    """What a list says on all its pages."""
    visitor.go(path)
    told = ""
    while True:
        harmless(visitor.page)
        told += said(visitor.page)
        onward = visitor.page.locator("main a[href*='after=']")
        if not onward.count():
            return told
        visitor.go(str(onward.first.get_attribute("href")))


def test_subjects_do_nothing_in_lists_searches_titles_and_letters(
    open_browser: OpenBrowser, server: Server, member: Member, staff: Staff
) -> None:
    made = [
        server.ask(OPEN, {"input": SALES | {"subject": line, "body": line}}, member.session)["openTicket"]["ticket"]
        for line in LINES
    ]
    customer, desk = open_browser(), open_browser()
    customer.sign_in_as(member)
    desk.sign_in_as(staff)
    for visitor, path in ((customer, "/panel/tickets"), (desk, "/desk/tickets")):
        with watched(visitor.page):
            told = lists(visitor, path)
            assert [line for line in LINES if squeezed(line) not in told] == []
            for ticket in made[::9]:
                visitor.go(f"{path}/{ticket['number']}")
                harmless(visitor.page)
                assert squeezed(ticket["subject"]) in said(visitor.page)
            visitor.go(f"{path}?search=%3Cscript%3Ealert(1)%3C/script%3E")
            harmless(visitor.page)
    with watched(customer.page):
        customer.go("/panel/letters")
        harmless(customer.page)


def test_messages_do_nothing_to_either_side(
    open_browser: OpenBrowser, server: Server, member: Member, staff: Staff
) -> None:
    customer, desk = open_browser(), open_browser()
    customer.sign_in_as(member)
    desk.sign_in_as(staff)
    every = (*BODIES, *LINES)
    for start in range(0, len(every), _ON_A_PAGE):
        ticket = server.ask(OPEN, {"input": SALES}, member.session)["openTicket"]["ticket"]
        for place, text in enumerate(every[start : start + _ON_A_PAGE]):
            token = staff.api_token if place % 2 else member.session
            server.ask(REPLY, {"id": ticket["id"], "body": text}, token)
        for visitor, path in ((customer, "/panel/tickets"), (desk, "/desk/tickets")):
            with watched(visitor.page):
                visitor.go(f"{path}/{ticket['number']}")
                harmless(visitor.page)


def test_names_of_files_do_nothing_where_they_are_chosen_and_read(
    open_browser: OpenBrowser, server: Server, member: Member, staff: Staff
) -> None:
    customer, desk = open_browser(), open_browser()
    customer.sign_in_as(member)
    desk.sign_in_as(staff)
    customer.expect_status(422)
    names = [sent for sent, _ in NAMES if sent and not any("\ud800" <= letter <= "\udfff" for letter in sent)]
    taken = [sent for sent in names if dict(NAMES)[sent]]
    with watched(customer.page):
        customer.go("/panel/tickets/new")
        for start in range(0, len(names), 8):
            customer.page.locator("#files").set_input_files([file(name) for name in names[start : start + 8]])
            expect(items(customer).locator("progress")).to_have_count(0)
            harmless(customer.page)
            while (button := items(customer).get_by_role("button")).count():
                button.first.click()
    keys = [
        server.ask(UPLOAD, {"file": _PICTURE, "name": name}, member.session)["uploadAttachment"]["attachment"]["id"]
        for name in taken
    ]
    for start in range(0, len(keys), 10):
        given = SALES | {"attachmentIds": keys[start : start + 10]}
        ticket = server.ask(OPEN, {"input": given}, member.session)["openTicket"]["ticket"]
        for visitor, path in ((customer, "/panel/tickets"), (desk, "/desk/tickets")):
            with watched(visitor.page):
                visitor.go(f"{path}/{ticket['number']}")
                harmless(visitor.page)
                expect(visitor.page.locator(".attachments a")).to_have_count(len(keys[start : start + 10]))


def test_a_file_is_saved_and_never_shown_whatever_it_is(visitor: Visitor, server: Server, member: Member) -> None:
    visitor.sign_in_as(member)
    page = b"<!doctype html><script>window.ran=1,alert(1)</script><img src=https://evil.example/x.png>"
    for name in ("x.txt", "x.php", "x.xml", "x.js"):
        given = {"file": base64.b64encode(page).decode(), "name": name}
        key = server.ask(UPLOAD, given, member.session)["uploadAttachment"]["attachment"]["id"]
        with watched(visitor.page):
            visitor.go("/panel")
            with visitor.page.expect_download() as saved:
                visitor.page.evaluate("(path) => { location.href = path; }", f"/panel/attachments/{key}")
            assert saved.value.suggested_filename == (name if name == "x.txt" else f"{name}.txt")
            assert saved.value.path().read_bytes() == page
            harmless(visitor.page)
            # Nor does it run, or show anything, where a page of ours would take it for a part of itself.
            visitor.page.evaluate(
                """async (path) => {
                  for (const [tag, name] of [["script", "src"], ["img", "src"]])
                    await new Promise((done) => {
                      const part = document.createElement(tag);
                      part.onload = part.onerror = done;
                      part[name] = path;
                      document.body.append(part);
                    });
                }""",
                f"/panel/attachments/{key}",
            )
            assert visitor.page.evaluate(RAN) == 0
            # The browser says on its console that it refused to.
            assert all("MIME type" in fault for fault in visitor.faults), visitor.faults
            visitor.faults.clear()


def test_letters_do_nothing_in_a_reader_without_any_policy(
    open_browser: OpenBrowser, server: Server, member: Member, staff: Staff
) -> None:
    count = 0
    for line in (*LINES[::4], *BODIES):
        given = SALES | {"subject": line if "\n" not in line and len(line) < 200 else "Uzun"}
        ticket = server.ask(OPEN, {"input": given}, member.session)["openTicket"]["ticket"]
        server.ask(REPLY, {"id": ticket["id"], "body": line}, staff.api_token)
        count += 2
    letters = server.letters_to(member.email, count + 1)
    reader = open_browser(bypass_csp=True)
    reader.go("/sign-in")
    # This reader runs what it is given.
    reader.page.set_content("<script>window.ran = 1</script>")
    assert reader.page.evaluate(RAN) == 1
    with watched(reader.page):
        for letter in letters:
            body = letter.get_body(("html",))
            assert body
            reader.page.evaluate("() => { window.ran = 0; }")
            reader.page.set_content(str(body.get_content()))
            assert reader.page.evaluate(RAN) == 0
            assert reader.page.evaluate("() => document.querySelectorAll('script, iframe, object, form').length") == 0
            assert reader.page.evaluate(SCHEMES) == []
    assert not any(EVIL in url for url in reader.urls)
