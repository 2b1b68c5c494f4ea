"""Files of a message in the browser: chosen, dropped and pasted, with progress, by keyboard, and without JavaScript."""

from __future__ import annotations

import base64
import re

import pytest
from playwright.sync_api import FilePayload, Locator, Route, expect

from tests.attached import PNG
from tests.browser.conftest import OpenBrowser
from tests.browser.server import Member
from tests.browser.test_keyboard import MOST_STOPS
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

NEW = "/panel/tickets/new"
# A drop or a paste as a browser makes it, with one picture.
_TRANSFER = """
  const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type: "image/png" }));
"""
DROP = f"""(element, [kind, name, picture]) => {{ {_TRANSFER}
  const event = new DragEvent(kind, {{ bubbles: true, cancelable: true, dataTransfer: transfer }});
  return element.dispatchEvent(event); }}"""
PASTE = f"""(element, [kind, name, picture]) => {{ {_TRANSFER}
  const event = new ClipboardEvent(kind, {{ bubbles: true, cancelable: true, clipboardData: transfer }});
  return element.dispatchEvent(event); }}"""
PICTURE = base64.b64encode(PNG).decode()


def file(name: str, content: bytes = PNG) -> FilePayload:
    """A file to choose."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def begun(visitor: Visitor, member: Member) -> Locator:
    """The control of files on the page of a new ticket."""
    visitor.sign_in_as(member)
    visitor.go(NEW)
    return visitor.page.locator("#files")


def items(visitor: Visitor) -> Locator:
    """What stands below the control."""
    return visitor.page.locator(".attaching .attachment")


def sent(visitor: Visitor) -> list[str]:
    """The names of the files that the form would send now."""
    found: list[str] = visitor.page.locator(".attaching .attachment:has(input[name=attachments])").evaluate_all(
        "all => all.map(one => one.querySelector('bdi').textContent)"
    )
    return found


def held(visitor: Visitor) -> list[Route]:
    """Uploads that wait for the test."""
    waiting: list[Route] = []
    visitor.page.route("**/panel/attachments", lambda route: waiting.append(route))
    return waiting


def test_each_file_is_told_of_beside_it_and_the_others_are_kept(visitor: Visitor, known_member: Member) -> None:
    visitor.expect_status(422)
    control = begun(visitor, known_member)
    names = ["Ekran görüntüsü.png", "kurulum.exe", "b\u202egnp.png", "büyük.png", "error_log"]
    control.set_input_files(
        [
            file(names[0]), file(names[1], b"MZ\0\0"), file(names[2]), file(names[3], PNG + bytes(11 * 1024 * 1024)),
            file(names[4], b"satir"),
        ]
    )  # fmt: skip
    expect(items(visitor).locator("progress")).to_have_count(0)
    refused = visitor.page.locator(".attachment-refused")
    expect(refused).to_have_count(2)
    expect(refused.first.get_by_role("alert")).to_contain_text("Kabul edilenler: png")
    expect(refused.last.get_by_role("alert")).to_contain_text("en fazla 10 MB")
    assert sent(visitor) == ["Ekran görüntüsü.png", "bgnp.png", "error_log.txt"]
    expect(visitor.page.locator(".attaching [role=status]")).to_have_text("Dosya eklendi.")
    control.set_input_files([file(f"{place}.png") for place in range(8)])
    expect(items(visitor).locator("progress")).to_have_count(0)
    assert len(sent(visitor)) == 10
    expect(visitor.page.locator(".attachment-refused").last.get_by_role("alert")).to_contain_text("en fazla 10 dosya")
    # What was chosen went its own way, and does not go again with the form.
    assert control.evaluate("control => control.files.length") == 0


def test_files_are_dropped_on_the_form_and_pasted_into_the_text(visitor: Visitor, known_member: Member) -> None:
    begun(visitor, known_member)
    zone, text = visitor.page.locator(".attaching-zone"), visitor.control("body")
    assert zone.evaluate(DROP, ["dragover", "a.png", PICTURE]) is False
    expect(visitor.page.locator(".attaching-over")).to_have_count(1)
    assert zone.evaluate(DROP, ["drop", "bırakılan.png", PICTURE]) is False
    expect(visitor.page.locator(".attaching-over")).to_have_count(0)
    expect(items(visitor).locator("[data-remove]")).to_have_count(1)
    assert text.evaluate(PASTE, ["paste", "image.png", PICTURE]) is False
    expect(items(visitor).locator("[data-remove]")).to_have_count(2)
    # Beside the form a file would open in place of the page.
    assert visitor.page.locator("h1").evaluate(DROP, ["drop", "x.png", PICTURE]) is False
    assert sent(visitor) == ["bırakılan.png", "image.png"]
    assert visitor.path == NEW


def test_progress_is_shown_and_an_upload_can_be_cancelled(visitor: Visitor, known_member: Member) -> None:
    control = begun(visitor, known_member)
    waiting = held(visitor)
    control.set_input_files([file("bir.png"), file("iki.png"), file("üç.png")])
    expect(items(visitor).locator("progress")).to_have_count(3)
    expect(items(visitor).locator("progress").first).to_have_attribute("aria-label", "Yükleniyor")
    # The one on its way, and one that waits for it.
    for place in (0, 0):
        items(visitor).nth(place).get_by_role("button", name="Vazgeç").click()
    expect(items(visitor)).to_have_count(1)
    expect(visitor.page.locator(".attaching [role=status]")).to_have_text("Dosya kaldırıldı.")
    visitor.until(
        lambda: any("üç.png".encode() in (route.request.post_data_buffer or b"") for route in waiting), "the third file"
    )
    waiting[-1].continue_()
    expect(items(visitor).locator("[data-remove]")).to_have_count(1)
    assert sent(visitor) == ["üç.png"]


def test_a_message_waits_for_its_files(visitor: Visitor, member: Member) -> None:
    control = begun(visitor, member)
    visitor.page.locator('input[name="kind"][value="SALES"]').check()
    visitor.fill({"subject": "Dosyalı", "body": "Ekte"})
    waiting = held(visitor)
    control.set_input_files([file("geç.png")])
    expect(items(visitor).locator("progress")).to_have_count(1)
    visitor.page.get_by_role("button", name="Talebi aç").last.click()
    expect(visitor.page.locator(".attaching [role=status]")).to_contain_text("biter bitmez mesajınız gönderilecek")
    assert visitor.path == NEW
    visitor.until(lambda: waiting, "the upload")
    with visitor.page.expect_navigation():
        waiting[0].continue_()
    assert re.fullmatch(r"/panel/tickets/\w+", visitor.path)
    expect(visitor.page.locator(".attachments a")).to_have_text(["geç.png"])


def test_what_cannot_be_sent_says_so_and_the_message_is_not_sent_without_it(
    visitor: Visitor, known_member: Member
) -> None:
    control = begun(visitor, known_member)
    visitor.page.locator('input[name="kind"][value="SALES"]').check()
    visitor.fill({"subject": "Dosyalı", "body": "Ekte"})
    waiting = held(visitor)
    control.set_input_files([file("kopuk.png")])
    expect(items(visitor).locator("progress")).to_have_count(1)
    visitor.page.get_by_role("button", name="Talebi aç").last.click()
    visitor.faults.clear()
    visitor.until(lambda: waiting, "the upload")
    waiting[0].abort()
    expect(visitor.page.locator(".attachment-refused").get_by_role("alert")).to_contain_text("yüklenemedi")
    expect(visitor.page.locator(".attachment-refused").get_by_role("button")).to_be_focused()
    assert visitor.path == NEW
    # The browser says on its console that the connection was lost.
    assert all("ERR_FAILED" in fault for fault in visitor.faults)
    visitor.faults.clear()


def test_files_are_chosen_and_taken_back_by_keyboard_alone(visitor: Visitor, known_member: Member) -> None:
    begun(visitor, known_member)
    # A page behind another one opens no chooser.
    visitor.page.bring_to_front()
    # Listened for long before Enter: Chromium learns by one way that a chooser is waited for, of keys by another.
    with visitor.page.expect_file_chooser() as chooser:
        for _ in range(MOST_STOPS):
            visitor.page.keyboard.press("Tab")
            if visitor.focused == "files":
                break
        assert visitor.focused == "files"
        visitor.page.keyboard.press("Enter")
    chooser.value.set_files([file("bir.png"), file("iki.png")])
    expect(items(visitor).locator("[data-remove]")).to_have_count(2)
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    expect(items(visitor)).to_have_count(1)
    # Where the next file to take back stands, and at last where files are chosen.
    expect(items(visitor).get_by_role("button")).to_be_focused()
    visitor.page.keyboard.press("Enter")
    expect(items(visitor)).to_have_count(0)
    expect(visitor.page.locator("#files")).to_be_focused()


def test_without_javascript_files_come_with_the_form_and_a_tick_takes_them_off(
    open_browser: OpenBrowser, member: Member
) -> None:
    visitor = open_browser(java_script_enabled=False)
    control = begun(visitor, member)
    visitor.page.locator('input[name="kind"][value="SALES"]').check()
    visitor.fill({"subject": "Dosyalı", "body": "Ekte"})
    control.set_input_files([file("bir.png"), file("kurulum.exe", b"MZ\0"), file("iki.log", b"satir")])
    visitor.press("Talebi aç", 422)
    expect(visitor.page.locator("#files-problem")).to_contain_text("kurulum.exe")
    expect(items(visitor)).to_have_count(2)
    items(visitor).first.get_by_role("checkbox").uncheck()
    visitor.page.locator("#files").set_input_files([file("üç.png")])
    visitor.press("Talebi aç")
    expect(visitor.page.locator(".attachments a")).to_have_text(["iki.log", "üç.png"])
