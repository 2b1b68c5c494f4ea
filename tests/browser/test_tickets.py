"""Tickets in the browser: answers that come by themselves, drafts that stay, the keyboard, and no JavaScript at all."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.server import Member, Server, Staff
from tests.browser.test_accessibility import COLORS, NARROW, STICKING_OUT, WIDE, violations
from tests.browser.test_keyboard import MOST_STOPS, tab_to
from tests.browser.visitor import Visitor
from tests.ticketed import OPEN, REPLY, SALES

pytestmark = pytest.mark.browser

TICKETS = "/panel/tickets"
NEW = {"subject": "SMS gönderimi durdu", "body": "Dün akşamdan beri **gönderilmiyor**."}
DRAFTS = "() => Object.keys(localStorage).filter((key) => key.startsWith('ruhsat.draft.'))"
# Where on the screen an element stands.
TOP = "element => Math.round(element.getBoundingClientRect().top)"


def opened(server: Server, member: Member, **given: str) -> tuple[str, str]:
    """A ticket made without the browser: its page and its id."""
    made = server.ask(OPEN, {"input": SALES | given}, member.session)["openTicket"]["ticket"]
    return f"{TICKETS}/{made['number']}", made["id"]


def answer(server: Server, staff: Staff, ticket: str, body: str, *, close: bool = False) -> None:
    """Staff answer."""
    server.ask(REPLY, {"id": ticket, "body": body, "close": close}, staff.api_token)


def tab_to_text(visitor: Visitor) -> None:
    """Press Tab until the message has the focus."""
    for _ in range(MOST_STOPS):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("() => document.activeElement.matches('textarea[name=body]')"):
            return
    pytest.fail("Tab does not lead to the message")


def choose(visitor: Visitor, kind: str) -> None:
    """Choose what a new ticket is about."""
    visitor.page.locator(f'input[name="kind"][value="{kind}"]').check()


def file(name: str, content: str) -> FilePayload:
    """A file to choose."""
    return {"name": name, "mimeType": "text/plain", "buffer": content.encode()}


def test_a_ticket_with_two_attachments_is_answered_at_the_desk_before_the_customers_eyes(
    open_browser: OpenBrowser, staff: Staff, member: Member
) -> None:
    visitor, desk = open_browser(), open_browser()
    visitor.sign_in_as(member)
    visitor.go(f"{TICKETS}/new")
    choose(visitor, "SALES")
    visitor.fill(NEW)
    visitor.page.locator("#files").set_input_files(
        [file("günlük.txt", "hata 17"), file("ayar.ini", "[sms]\nsender=08503029266")]
    )
    expect(visitor.page.locator("main .attachment [data-remove]")).to_have_count(2)
    visitor.press("Talebi aç")
    expect(visitor.page.locator(".done")).to_contain_text("Talebiniz açıldı. En geç")
    files = visitor.page.locator(".entry-own .attachments a")
    expect(files).to_have_text(["günlük.txt", "ayar.ini"])
    with visitor.page.expect_download() as got:
        files.first.click()
    assert got.value.suggested_filename == "günlük.txt"
    assert got.value.path().read_text("utf-8") == "hata 17"
    desk.sign_in_as(staff)
    desk.go(visitor.path.replace("/panel/", "/desk/"))
    expect(desk.page.locator(".attachments a")).to_have_text(["günlük.txt", "ayar.ini"])
    desk.fill({"body": "Gönderici başlığı **onaysız**."})
    desk.press("Yanıtı gönder")
    expect(visitor.page.locator(".entry-other strong")).to_have_text("onaysız")
    expect(visitor.page.locator("#news-said")).to_contain_text("yanıt yazdı")


def test_an_answer_comes_without_reloading_and_without_disturbing(
    visitor: Visitor, server: Server, staff: Staff, member: Member
) -> None:
    path, ticket = opened(server, member)
    for number in range(8):
        server.ask(REPLY, {"id": ticket, "body": f"Ekliyorum {number}\n\n" * 6}, member.session)
    visitor.sign_in_as(member)
    visitor.go(path)
    expect(visitor.page.locator(".ticket-side .badge")).to_have_text("Yanıt bekliyor")
    text = visitor.control("body")
    text.click()
    text.press_sequentially("Yazıyorum, ")
    before = text.evaluate(TOP)
    visitor.page.evaluate("() => { window.mark = 'the same page'; }")
    answer(server, staff, ticket, "Günlüğü **gönderir misiniz**?")
    expect(visitor.page.locator("#ticket-stream strong", has_text="gönderir misiniz")).to_have_count(1)
    expect(visitor.page.locator("#news-said")).to_contain_text("yanıt yazdı")
    expect(visitor.page.locator(".ticket-side .badge")).to_have_text("Yanıtlandı")
    assert abs(text.evaluate(TOP) - before) <= 1
    expect(text).to_be_focused()
    text.press_sequentially("bitti.")
    expect(text).to_have_value("Yazıyorum, bitti.")
    visitor.page.locator("#news-said a").click()
    expect(visitor.page.locator(".entry-other").last).to_be_in_viewport()
    expect(visitor.page.locator("#news-said")).to_be_empty()
    answer(server, staff, ticket, "Kapatıyorum.", close=True)
    expect(visitor.page.locator("#rate")).to_be_visible()
    expect(visitor.page.locator("main")).to_contain_text("yanıt yazarsanız yeniden açılır")
    assert visitor.page.evaluate("() => window.mark") == "the same page"
    visitor.press("Gönder")
    expect(visitor.page.locator(".done")).to_contain_text("İletiniz gönderildi")


def test_a_tab_that_nobody_sees_asks_less_often(open_browser: OpenBrowser, server: Server, member: Member) -> None:
    # Of its own kind: the clock of its page is no longer the machine's.
    visitor = open_browser(timezone_id="Europe/Istanbul")
    path, _ = opened(server, member)
    visitor.sign_in_as(member)
    visitor.page.clock.install()
    visitor.go(path)
    for _ in range(2):
        with visitor.page.expect_response("**/news?**"):
            visitor.page.clock.run_for(5100)
    visitor.page.evaluate("() => Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })")
    before = len(visitor.urls)
    for _ in range(10):
        visitor.page.clock.run_for(5000)
        visitor.page.wait_for_timeout(50)
    assert len(visitor.urls) == before
    with visitor.page.expect_response("**/news?**"):
        visitor.page.clock.run_for(15_000)
    # Who comes back to it is told at once.
    with visitor.page.expect_response("**/news?**"):
        visitor.page.evaluate(
            "() => { delete document.hidden; document.dispatchEvent(new Event('visibilitychange')); }"
        )


def test_who_was_signed_out_is_told_and_asks_no_more(
    visitor: Visitor, server: Server, staff: Staff, member: Member
) -> None:
    path, ticket = opened(server, member)
    visitor.sign_in_as(member)
    visitor.go(path)
    visitor.context.clear_cookies()
    visitor.expect_status(401)
    answer(server, staff, ticket, "Bunu görmemeli")
    over = visitor.page.locator("#ticket-news")
    expect(over).to_contain_text("Oturumunuz kapandı")
    asked = len(visitor.urls)
    visitor.page.wait_for_timeout(6000)
    assert len(visitor.urls) == asked
    expect(visitor.page.locator("main")).not_to_contain_text("Bunu görmemeli")
    visitor.page.get_by_role("link", name="Yeniden giriş yapın").click()
    assert visitor.path == "/sign-in"


def test_a_draft_survives_a_closed_tab_and_goes_when_it_was_sent(
    visitor: Visitor, server: Server, member: Member
) -> None:
    visitor.sign_in_as(member)
    visitor.go(f"{TICKETS}/new")
    choose(visitor, "SALES")
    visitor.fill(NEW)
    expect(visitor.page.locator(".draft-said")).to_have_text("Taslak kaydedildi")
    visitor.go("/panel")
    visitor.go(f"{TICKETS}/new")
    expect(visitor.control("subject")).to_have_value(NEW["subject"])
    expect(visitor.control("body")).to_have_value(NEW["body"])
    expect(visitor.page.locator(".draft-said")).to_contain_text("geri getirildi")
    choose(visitor, "SALES")
    # What the server refused is still a draft.
    visitor.page.locator("#ticket").evaluate("form => { form.noValidate = true; }")
    visitor.fill({"subject": ""})
    visitor.press("Talebi aç", 422)
    assert len(visitor.page.evaluate(DRAFTS)) == 1
    visitor.fill({"subject": NEW["subject"]})
    visitor.press("Talebi aç")
    assert re.fullmatch(r"/panel/tickets/[\w-]+", visitor.path)
    assert visitor.page.evaluate(DRAFTS) == []
    visitor.fill({"body": "Yarım kalan yanıt"})
    expect(visitor.page.locator(".draft-said")).to_have_text("Taslak kaydedildi")
    own = visitor.path
    visitor.go(f"{TICKETS}/new")
    expect(visitor.control("body")).to_have_value("")
    visitor.go(own)
    expect(visitor.control("body")).to_have_value("Yarım kalan yanıt")
    visitor.page.get_by_role("button", name="Taslağı sil").click()
    expect(visitor.control("body")).to_have_value("")
    expect(visitor.control("body")).to_be_focused()
    assert visitor.page.evaluate(DRAFTS) == []


def test_signing_out_takes_the_drafts_along(visitor: Visitor, server: Server, member: Member) -> None:
    path, _ = opened(server, member)
    visitor.sign_in_as(member)
    visitor.go(path)
    visitor.fill({"body": "Kimse görmesin"})
    expect(visitor.page.locator(".draft-said")).to_have_text("Taslak kaydedildi")
    visitor.go("/panel/profile")
    visitor.sign_out()
    assert visitor.page.evaluate(DRAFTS) == []


def test_what_is_written_is_looked_at_before_it_is_sent(visitor: Visitor, server: Server, member: Member) -> None:
    path, _ = opened(server, member, subject="Toplu gönderim durdu bugün")
    visitor.sign_in_as(member)
    visitor.go(f"{TICKETS}/new")
    choose(visitor, "SALES")
    visitor.fill({"body": NEW["body"]})
    visitor.page.get_by_role("button", name="Önizle").click()
    expect(visitor.page.locator("#preview strong")).to_have_text("gönderilmiyor")
    visitor.control("subject").fill("Toplu gönderim durdu")
    visitor.control("body").click()
    similar = visitor.page.locator("#similar")
    expect(similar).to_contain_text("Benzer bir talebiniz zaten açık")
    expect(similar.get_by_role("link")).to_have_attribute("href", path)
    visitor.press("Talebi aç")
    expect(visitor.heading).to_have_text("Toplu gönderim durdu")


def test_a_ticket_is_opened_answered_closed_and_rated_with_the_keyboard_alone(
    visitor: Visitor, server: Server, staff: Staff, member: Member
) -> None:
    keys = visitor.page.keyboard
    visitor.sign_in_as(member)
    visitor.go(f"{TICKETS}/new")
    keys.press("Tab")
    keys.press("Enter")
    tab_to(visitor, "kind-technical")
    keys.press("ArrowDown")
    assert visitor.focused == "kind-sales"
    tab_to(visitor, "subject")
    keys.type("Klavyeyle açılan talep")
    tab_to_text(visitor)
    keys.type("Fare yok.")
    with visitor.page.expect_navigation():
        keys.press("Control+Enter")
    expect(visitor.heading).to_have_text("Klavyeyle açılan talep")
    number = visitor.path.rpartition("/")[2]
    found = server.ask("query ($n: String!) { ticket(number: $n) { id } }", {"n": number}, member.session)
    answer(server, staff, found["ticket"]["id"], "Geldi mi?")
    expect(visitor.page.locator(".entry-other")).to_have_count(1)
    tab_to_text(visitor)
    keys.type("Geldi.")
    with visitor.page.expect_navigation():
        keys.press("Control+Enter")
    expect(visitor.page.locator(".entry-own")).to_have_count(2)
    tab_to_text(visitor)
    tab_to(visitor, "summary")
    keys.press("Enter")
    keys.press("Tab")
    with visitor.page.expect_navigation():
        keys.press("Enter")
    expect(visitor.page.locator(".done")).to_have_text("Talep kapatıldı.")
    tab_to(visitor, "rating-1")
    for _ in range(4):
        keys.press("ArrowDown")
    assert visitor.focused == "rating-5"
    tab_to(visitor, "comment")
    tab_to(visitor, "button")
    with visitor.page.expect_navigation():
        keys.press("Enter")
    expect(visitor.page.locator("main")).to_contain_text("5/5 · Çok memnunum")


def test_all_of_it_works_without_javascript(
    open_browser: OpenBrowser, server: Server, staff: Staff, member: Member
) -> None:
    plain = open_browser(java_script_enabled=False)
    _, known = opened(server, member, subject="SMS gönderimi durdu")
    plain.sign_in_as(member)
    plain.go(TICKETS)
    plain.page.get_by_role("link", name="Yeni talep").click()
    choose(plain, "SALES")
    plain.fill(NEW)
    plain.press("Önizle")
    expect(plain.page.locator("#preview strong")).to_have_text("gönderilmiyor")
    expect(plain.control("subject")).to_have_value(NEW["subject"])
    plain.press("Talebi aç")
    expect(plain.page.locator("#similar")).to_contain_text("Benzer bir talebiniz zaten açık")
    plain.page.locator("#files").set_input_files([file("günlük.txt", "hata 17")])
    plain.press("Önizle")
    expect(plain.page.locator(".attachment")).to_contain_text("günlük.txt")
    plain.press("Talebi aç")
    plain.press("Yine de yeni talep aç")
    expect(plain.page.locator(".entry-own .attachments a")).to_have_text("günlük.txt")
    expect(plain.page.locator(".done")).to_contain_text("Talebiniz açıldı. En geç")
    expect(plain.page.locator(".draft-drop")).to_be_hidden()
    answer(server, staff, known, "Buradayız")
    plain.fill({"body": "Bir *ek*"})
    plain.press("Önizle")
    expect(plain.page.locator("#preview em")).to_have_text("ek")
    plain.press("Gönder")
    expect(plain.page.locator(".entry-own")).to_have_count(2)
    plain.page.locator("summary").click()
    plain.press("Evet, kapat")
    plain.page.locator("#rating-4").check()
    plain.fill({"comment": "Teşekkürler"})
    plain.press("Değerlendir")
    expect(plain.page.locator("main")).to_contain_text("4/5 · Memnunum")
    plain.fill({"body": "Yeniden açıyorum"})
    plain.press("Gönder")
    expect(plain.page.locator(".ticket-side .badge")).to_have_text("Yanıt bekliyor")


def test_every_state_of_tickets_is_accessible_and_fits_a_narrow_screen(
    open_browser: OpenBrowser, server: Server, staff: Staff, member: Member
) -> None:
    visitor = open_browser(bypass_csp=True, viewport=NARROW)
    visitor.sign_in_as(member)
    found: dict[tuple[object, ...], object] = {}
    visitor.go(TICKETS)
    _look(found, "no tickets", visitor)
    long = "Çokuzunbirbaşlıkveboşluksuzyazılmışbirkonu" * 4
    path, ticket = opened(
        server, member, subject=long, body="| a | b |\n|---|---|\n| 1 | 2 |\n\n```\n" + "x" * 300 + "\n```"
    )
    opened(server, member, subject="Toplu gönderim durdu")
    visitor.go(TICKETS)
    _look(found, "list", visitor)
    visitor.go("/panel")
    _look(found, "panel", visitor)
    visitor.go(path)
    _look(found, "one", visitor)
    answer(server, staff, ticket, "# Başlık\n\n> alıntı\n\n- bir\n- iki")
    expect(visitor.page.locator(".entry-other")).to_have_count(1)
    _look(found, "one with news", visitor)
    visitor.page.locator("summary").click()
    visitor.press("Evet, kapat")
    _look(found, "closed", visitor)
    visitor.page.locator(".ticket-rating").evaluate("form => { form.noValidate = true; }")
    visitor.press("Değerlendir", 422)
    _look(found, "rating refused", visitor)
    visitor.go(f"{TICKETS}/new")
    visitor.fill(NEW | {"subject": "Toplu gönderim durdu"})
    visitor.page.get_by_role("button", name="Önizle").click()
    expect(visitor.page.locator("#preview strong")).to_be_visible()
    expect(visitor.page.locator("#similar .caution")).to_be_visible()
    _look(found, "new", visitor)
    visitor.page.locator("#ticket").evaluate("form => { form.noValidate = true; }")
    visitor.fill({"body": ""})
    visitor.press("Talebi aç", 422)
    _look(found, "new refused", visitor)
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
