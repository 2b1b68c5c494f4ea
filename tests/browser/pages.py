"""Every page of the site as a reader may meet it, and how to come to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import expect

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
    "profile": _of_member("/panel/profile?done=details"),
    "profile refused": _refused("/panel/profile", "#password", "Şifreyi değiştir"),
    "agreements": _at("/agreements"),
    "document": _at("/agreements/service-agreement"),
    "document to come": _to_come,
    "comparison": _comparison_unfolded,
    "demo mail, empty": _no_letters,
    "demo mail": _letters,
    "404": _at("/nowhere", 404),
}
