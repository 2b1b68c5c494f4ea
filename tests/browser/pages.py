"""Every page of the site as a reader may meet it, and how to come to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from playwright.sync_api import expect

from api import clock
from tests.browser.server import Member, Server, Staff
from tests.browser.visitor import Visitor
from tests.cast import CEM


@dataclass(frozen=True)
class World:
    """What the pages show: people, texts, and the installation with its letters."""

    server: Server
    member: Member
    staff: Staff
    versions: tuple[str, str]


def _at(path: str, status: int = 200) -> Callable[[Visitor, World], None]:
    return lambda visitor, _: visitor.go(path, status)


def _of_member(path: str) -> Callable[[Visitor, World], None]:
    def come(visitor: Visitor, world: World) -> None:
        visitor.sign_in_as(world.member)
        visitor.go(path)

    return come


def _register(kind: str) -> Callable[[Visitor, World], None]:
    def come(visitor: Visitor, _: World) -> None:
        visitor.go("/register")
        visitor.choose_type(kind)
        expect(visitor.control("tax_number" if kind == "CORPORATE" else "national_id")).to_be_visible()
        visitor.rate("ankara")
        expect(visitor.meter.locator(".meter-word")).to_be_visible()

    return come


def _abroad(visitor: Visitor, _: World) -> None:
    visitor.go("/register")
    visitor.control("address.country").select_option("DE")
    expect(visitor.control("address.province").and_(visitor.page.locator("input"))).to_be_visible()


def _refused(path: str, form: str, button: str) -> Callable[[Visitor, World], None]:
    def come(visitor: Visitor, world: World) -> None:
        if path.startswith("/panel"):
            visitor.sign_in_as(world.member)
        visitor.go(path)
        visitor.page.locator(form).evaluate("form => { form.noValidate = true; }")
        visitor.press(button, 422, within=visitor.page.locator(form))

    return come


def _sent(visitor: Visitor, _: World) -> None:
    visitor.go("/forgot-password")
    visitor.fill({"email": "nobody@example.net"})
    visitor.press("Bağlantı gönder")


def _verify(visitor: Visitor, world: World) -> None:
    visitor.go(world.server.pending_path(CEM))


def _reset(visitor: Visitor, world: World) -> None:
    visitor.go(world.server.reset_path(world.member.email))


def _staff_panel(visitor: Visitor, world: World) -> None:
    visitor.sign_in_as(world.staff)
    visitor.go("/panel")


def _to_come(visitor: Visitor, world: World) -> None:
    visitor.go(f"/agreements/service-agreement?version={world.versions[1]}")


def _comparison(visitor: Visitor, world: World) -> None:
    old, new = world.versions
    visitor.go(f"/agreements/service-agreement/compare?old={old}&new={new}")
    expect(visitor.page.locator("ins").nth(1)).to_be_visible()


def _comparison_unfolded(visitor: Visitor, world: World) -> None:
    _comparison(visitor, world)
    for summary in visitor.page.locator("details > summary").all():
        summary.click()


def _no_letters(visitor: Visitor, world: World) -> None:
    aside = world.server.mail.with_name("mail-aside")
    world.server.mail.rename(aside)
    try:
        visitor.go("/demo/mail")
    finally:
        aside.rename(world.server.mail)
    expect(visitor.page.locator(".empty")).to_be_visible()


def _letters(visitor: Visitor, _: World) -> None:
    visitor.go("/demo/mail")
    expect(visitor.page.locator(".letter").first).to_be_visible()


def _api_tokens(visitor: Visitor, world: World) -> None:
    """The page with a token just made, its list and a question unfolded."""
    visitor.sign_in_as(world.staff)
    visitor.go("/panel/api-tokens")
    visitor.fill({"name": "Gece çalışan ve adı bir satıra sığmayacak kadar uzun bir denetim betiği"})
    visitor.page.locator("#make").get_by_role("checkbox").first.check()
    visitor.press("Anahtarı oluştur")
    expect(visitor.page.locator("#token")).to_be_visible()
    visitor.page.locator("details > summary").first.click()


def _announcing(visitor: Visitor, world: World) -> None:
    visitor.sign_in_as(world.staff)
    visitor.go("/desk/announcements/new")
    visitor.page.locator("#kind-support-extension").check()
    visitor.fill({"title": "Yoğunluk nedeniyle yanıtlar gecikebilir", "body": "Sabrınız için **teşekkürler**."})
    until = clock.local(clock.now() + timedelta(days=2))
    visitor.control("ends_at").fill(until.strftime("%Y-%m-%dT%H:%M"))
    visitor.control("maximum_first_answer_minutes").fill("600")


def _announcement_preview(visitor: Visitor, world: World) -> None:
    _announcing(visitor, world)
    visitor.press("Önizle")


def _at_desk(path: str) -> Callable[[Visitor, World], None]:
    def come(visitor: Visitor, world: World) -> None:
        visitor.sign_in_as(world.staff)
        visitor.go(path)

    return come


PAGES: dict[str, Callable[[Visitor, World], None]] = {
    "home": _at("/"),
    "register a corporation": _register("CORPORATE"),
    "register a sole proprietor": _register("SOLE_PROPRIETOR"),
    "register an individual": _register("INDIVIDUAL"),
    "register from abroad": _abroad,
    "registration refused": _refused("/register", "#registration", "Kayıt ol"),
    "sign-in": _at("/sign-in"),
    "sign-in refused": _refused("/sign-in", "main form", "Giriş yap"),
    "forgot password": _at("/forgot-password"),
    "look into your inbox": _sent,
    "reset": _reset,
    "reset by a bad link": _at("/reset-password?token=none", 422),
    "verify": _verify,
    "verify by a bad link": _at("/verify-email?token=none", 422),
    "panel": _of_member("/panel"),
    "panel of staff": _staff_panel,
    "desk": _at_desk("/desk"),
    "desk, queue": _at_desk("/desk/tickets"),
    "desk, all tickets": _at_desk("/desk/tickets?show=all"),
    "desk, new ticket": _at_desk("/desk/tickets/new"),
    "desk, canned answers": _at_desk("/desk/canned-answers"),
    "desk, new canned answer": _at_desk("/desk/canned-answers/new"),
    "profile": _of_member("/panel/profile?done=details"),
    "profile refused": _refused("/panel/profile", "#password", "Şifreyi değiştir"),
    "API tokens": _api_tokens,
    "API tokens, none": _of_member("/panel/api-tokens?done=revoked"),
    "API tokens refused": _refused("/panel/api-tokens", "#make", "Anahtarı oluştur"),
    "tickets, none": _of_member("/panel/tickets"),
    "new ticket": _of_member("/panel/tickets/new"),
    "new ticket refused": _refused("/panel/tickets/new", "#ticket", "Talebi aç"),
    "agreements": _at("/agreements"),
    "document": _at("/agreements/service-agreement"),
    "document to come": _to_come,
    "comparison": _comparison_unfolded,
    "demo mail, empty": _no_letters,
    "demo mail": _letters,
    "announcements": _at("/announcements"),
    "announcement of the desk": _announcing,
    "announcement of the desk, previewed": _announcement_preview,
    "license check": _at("/license-check"),
    "license check, no": _at("/license-check?domain=ŞİRKET.com.tr"),
    "license check refused": _at("/license-check?domain=com.tr", 422),
    "404": _at("/nowhere", 404),
}
