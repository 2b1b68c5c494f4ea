"""Tickets at the desk in the browser: two at one ticket, news without reloading, by keyboard, without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.server import Member, Server, Staff
from tests.browser.test_accessibility import COLORS, NARROW, STICKING_OUT, WIDE, violations
from tests.browser.test_attachments import file
from tests.browser.visitor import Visitor
from tests.cast import PASSWORD
from tests.ticketed import OPEN, REPLY

pytestmark = pytest.mark.browser

CANNED = """mutation ($title: String!, $body: String!) {
  saveCannedAnswer(title: $title, body: $body) { errors { code message } } }"""
# The desk asks every ten seconds, the queue every twenty.
POLLED_MS = 60_000


@pytest.fixture(scope="package")
def colleague(server: Server) -> Staff:
    """Ece works for the vendor too."""
    return server.staff("ece@example.net")


def opened(server: Server, member: Member, subject: str) -> dict[str, Any]:
    """A ticket of the member's."""
    given = {"kind": "SALES", "subject": subject, "body": "İkinci lisans **ne kadar**?"}
    found: dict[str, Any] = server.ask(OPEN, {"input": given}, member.session)["openTicket"]["ticket"]
    return found


def path_of(ticket: dict[str, Any]) -> str:
    return f"/desk/tickets/{ticket['number']}"


def at_ticket(open_browser: OpenBrowser, staff: Staff, ticket: dict[str, Any], **options: Any) -> Visitor:
    """Somebody of staff with the ticket before them."""
    desk = open_browser(**options)
    desk.sign_in_as(staff)
    desk.go(path_of(ticket))
    return desk


def test_two_at_one_ticket_are_warned_and_the_slower_one_is_told(
    open_browser: OpenBrowser, server: Server, staff: Staff, colleague: Staff, member: Member
) -> None:
    ticket = opened(server, member, "İki kişi bir talep")
    ece = at_ticket(open_browser, colleague, ticket)
    deniz = at_ticket(open_browser, staff, ticket)
    ece.page.locator("#answer-body").fill("Fiyat *bin* lira.")
    expect(deniz.page.locator("#presence")).to_contain_text("yanıt yazıyor", timeout=POLLED_MS)
    expect(ece.page.locator("#presence")).to_contain_text("bu talebi açtı", timeout=POLLED_MS)
    deniz.page.locator("#answer-body").fill("Ben yazdım bile.")
    deniz.press("Yanıtı gönder")
    expect(deniz.page.get_by_role("status").first).to_have_text("Yanıtınız gönderildi.")
    ece.press("Yanıtı gönder", 422)
    expect(ece.page.locator(".summary")).to_be_focused()
    expect(ece.page.locator("#overtaken")).to_contain_text("Ben yazdım bile.")
    expect(ece.page.locator("#answer-body")).to_have_value("Fiyat *bin* lira.")
    ece.press("Yanıtı gönder")
    expect(ece.page.locator(".entry-own")).to_have_count(2)


def test_what_the_customer_writes_appears_and_disturbs_nobody(
    open_browser: OpenBrowser, server: Server, staff: Staff, member: Member
) -> None:
    ticket = opened(server, member, "Canlı yazışma")
    desk = at_ticket(open_browser, staff, ticket)
    text = desk.page.locator("#answer-body")
    text.fill("Yarım kalan")
    server.ask(REPLY, {"id": ticket["id"], "body": "Bir de **şunu** soracaktım"}, member.session)
    expect(desk.page.locator("#stream, .stream").first).to_contain_text("Bir de şunu soracaktım", timeout=POLLED_MS)
    expect(text).to_have_value("Yarım kalan")
    expect(text).to_be_focused()


def test_the_queue_refreshes_itself_and_keeps_the_focus(
    open_browser: OpenBrowser, server: Server, staff: Staff, member: Member
) -> None:
    first = opened(server, member, "Önce gelen")
    desk = open_browser()
    desk.sign_in_as(staff)
    desk.go("/desk/tickets")
    link = desk.page.locator(f"#open-{first['number']}")
    link.focus()
    second = opened(server, member, "Sonra gelen")
    expect(desk.page.locator(f"#open-{second['number']}")).to_be_visible(timeout=POLLED_MS)
    expect(link).to_be_focused()


def test_a_ticket_is_answered_by_keyboard_alone(
    open_browser: OpenBrowser, server: Server, staff: Staff, member: Member
) -> None:
    opened(server, member, "Klavyeyle")
    desk = open_browser()
    desk.sign_in_as(staff)
    desk.go("/desk/tickets?search=klavyeyle")
    press = desk.page.keyboard.press
    press("j")
    expect(desk.page.locator(".queue-subject").first).to_be_focused()
    with desk.page.expect_navigation():
        press("Enter")
    press("n")
    expect(desk.page.locator("#note-body")).to_be_focused()
    desk.page.keyboard.type("Kısayol r")
    press("Escape")
    desk.page.locator("#main").focus()
    press("r")
    expect(desk.page.locator("#answer-body")).to_be_focused()
    desk.page.keyboard.type("Klavyeden yanıt")
    with desk.page.expect_navigation():
        press("Control+Enter")
    expect(desk.page.locator(".entry-own")).to_contain_text("Klavyeden yanıt")
    expect(desk.page.locator(".entry-note")).to_have_count(0)
    desk.page.locator(".shortcuts summary").click()
    desk.page.locator("#shortcuts-on").uncheck()
    desk.page.locator("#main").focus()
    press("r")
    expect(desk.page.locator("#answer-body")).not_to_be_focused()
    desk.page.locator("#shortcuts-on").check()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_canned_answer_a_note_and_a_merge(
    open_browser: OpenBrowser, server: Server, staff: Staff, member: Member, *, javascript: bool
) -> None:
    title = f"Selam {'ile' if javascript else 'siz'}"
    server.ask(CANNED, {"title": title, "body": "Merhaba {{customer_name}},"}, staff.api_token)
    ticket, other = opened(server, member, "Birleşecek"), opened(server, member, "Kalacak")
    desk = at_ticket(open_browser, staff, ticket, java_script_enabled=javascript)
    desk.page.locator("#answer-body").fill("Önce bu")
    desk.page.locator("#canned").select_option(label=title)
    insert = desk.page.get_by_role("button", name="Metne ekle")
    if javascript:
        insert.click()
        expect(desk.page.locator("#answer-body")).to_have_value(re.compile("^Önce bu\n\nMerhaba Bora Işık,$"))
        expect(desk.page.locator("#answer-body")).to_be_focused()
    else:
        desk.press("Metne ekle")
        expect(desk.page.locator("#answer-body")).to_have_value(re.compile("^Önce bu\n\nMerhaba Bora Işık,$"))
    desk.press("Gönder, müşteriye sor")
    expect(desk.page.locator(".ticket-top")).to_contain_text("Müşteri yanıtı bekliyor")
    desk.page.locator("#note summary").click()
    desk.page.locator("#note-body").fill("Yalnızca bize")
    desk.press("İç notu kaydet")
    expect(desk.page.locator(".entry-note")).to_contain_text("müşteri görmez")
    desk.press("Bana ata")
    expect(desk.page.locator(".ticket-top")).to_contain_text("Sizde")
    desk.page.get_by_role("link", name="Başka bir taleple birleştir").click()
    desk.page.get_by_role("link", name="Kalacak").click()
    expect(desk.heading).to_have_text("Birleştirmeyi onaylayın")
    expect(desk.page.locator(".move")).to_contain_text(ticket["number"])
    desk.press(f"{ticket['number']} numaralı talebi {other['number']} ile birleştir")
    assert desk.path == path_of(other)
    expect(desk.page.locator(".entry-note")).to_contain_text("Yalnızca bize")


def test_a_note_keeps_its_draft_and_takes_files(
    open_browser: OpenBrowser, server: Server, staff: Staff, member: Member
) -> None:
    ticket = opened(server, member, "Not ve dosya")
    desk = at_ticket(open_browser, staff, ticket)
    desk.page.locator("#answer-body").fill("Yarım yanıt")
    desk.page.locator("#note summary").click()
    desk.page.locator("#note-body").fill("Günlüğe bakın")
    expect(desk.page.locator(".draft-said")).to_have_text(["Taslak kaydedildi"] * 2)
    desk.go(path_of(ticket))
    expect(desk.page.locator("#note-body")).to_have_value("Günlüğe bakın")
    expect(desk.page.locator("#note-body")).to_be_visible()
    desk.page.locator("#note-files").set_input_files([file("günlük.txt", b"hata 17")])
    expect(desk.page.locator("#note .attachment [data-remove]")).to_have_count(1)
    expect(desk.page.locator("#answer .attachment")).to_have_count(0)
    desk.press("İç notu kaydet")
    expect(desk.page.locator(".entry-note")).to_contain_text("günlük.txt")
    # What was sent is no draft any more, what was not still is.
    expect(desk.page.locator("#note-body")).to_have_value("")
    expect(desk.page.locator("#answer-body")).to_have_value("Yarım yanıt")


def test_who_is_signed_out_while_writing_finds_the_text_where_it_was(
    open_browser: OpenBrowser, server: Server, staff: Staff, member: Member
) -> None:
    ticket = opened(server, member, "Oturum biter")
    desk = at_ticket(open_browser, staff, ticket)
    desk.page.locator("#answer-body").fill("Uzun bir yanıt")
    desk.page.context.clear_cookies()
    desk.expect_status(401)
    expect(desk.page.locator("#signed-out")).to_contain_text("Oturumunuz kapandı", timeout=POLLED_MS)
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    desk.page.wait_for_timeout(11_000)
    assert asked == []
    expect(desk.page.locator("#answer-body")).to_have_value("Uzun bir yanıt")
    desk.press("Yanıtı gönder")
    assert desk.path == "/sign-in"
    desk.page.locator("#email").fill(staff.email)
    desk.page.locator("input[type=password]").fill(PASSWORD)
    desk.page.locator("input[type=password]").press("Enter")
    expect(desk.page.locator("#answer-body")).to_have_value("Uzun bir yanıt")
    assert desk.path == path_of(ticket)


def test_every_page_of_the_desk_is_accessible_and_fits_a_narrow_screen(
    open_browser: OpenBrowser, server: Server, staff: Staff, colleague: Staff, member: Member,
    new_email: Callable[[str], str],
) -> None:  # fmt: skip
    subject = "Çok-uzun-ve-boşluksuz-bir-konu-" + "x" * 80
    ticket = opened(server, member, subject)
    opened(server, member, "Öbürü")
    server.ask(CANNED, {"title": new_email("hazır"), "body": "Merhaba {{customer_name}},"}, staff.api_token)
    desk = at_ticket(open_browser, staff, ticket, bypass_csp=True, viewport=NARROW)
    found: dict[tuple[object, ...], object] = {}
    desk.page.locator("#note summary").click()
    desk.page.locator("#note-body").fill("Not")
    desk.press("İç notu kaydet")
    _look(found, "noted", desk)
    other = at_ticket(open_browser, colleague, ticket)
    other.page.locator("#answer-body").fill("Yazıyorum")
    expect(desk.page.locator("#presence")).to_contain_text("yanıt yazıyor", timeout=POLLED_MS)
    for summary in desk.page.locator("main summary").all():
        summary.click()
    _look(found, "ticket with all unfolded", desk)
    desk.page.locator("#answer form").first.evaluate("form => { form.noValidate = true; }")
    desk.press("Yanıtı gönder", 422)
    _look(found, "answer refused", desk)
    number = server.ask("{ viewer { account { number } } }", token=member.session)["viewer"]["account"]["number"]
    for path in (
        "/desk", "/desk/tickets", "/desk/tickets?show=all", "/desk/tickets?show=mine", "/desk/tickets?search=yokböyle",
        f"{path_of(ticket)}/merge", "/desk/tickets/new", f"/desk/tickets/new?account={number}",
        "/desk/canned-answers", "/desk/canned-answers/new",
    ):  # fmt: skip
        desk.go(path)
        _look(found, path, desk)
    desk.go(f"{path_of(ticket)}/merge")
    desk.page.get_by_role("link", name="Öbürü").click()
    _look(found, "merge to be confirmed", desk)
    assert {key: said for key, said in found.items() if said} == {}


def _look(found: dict[tuple[object, ...], object], name: str, at: Visitor) -> None:
    """What axe says of a page in both colors and widths, and what sticks out of it where it is narrow."""
    for scheme in ("light", "dark"):
        at.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for size in (NARROW, WIDE):
            at.page.set_viewport_size(size)  # type: ignore[arg-type]
            found[name, scheme, size["width"]] = violations(at, COLORS if scheme == "dark" else {})
    at.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    found[name, "sticking out", NARROW["width"]] = at.page.evaluate(STICKING_OUT)
