"""Conduct in the browser: proposed from a ticket, decided by another person, and what the customer finds then."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.server import Member, Server, Staff
from tests.browser.test_accessibility import COLORS, NARROW, STICKING_OUT, WIDE, violations
from tests.cast import AYSE
from tests.test_conduct import INSULT
from tests.ticketed import OPEN, SALES

pytestmark = pytest.mark.browser

MINE = "{ viewer { account { number } } }"


@pytest.fixture
def rude(server: Server, new_email: Callable[[str], str]) -> Member:
    """A customer."""
    return server.member(AYSE | {"email": new_email("ayse")})


def ticket_of(server: Server, member: Member) -> str:
    """The number of a ticket of theirs with what is no way to speak."""
    opened = server.ask(OPEN, {"input": SALES | {"body": f"{INSULT}\n\n{'uzun' * 40}"}}, member.session)
    return str(opened["openTicket"]["ticket"]["number"])


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_from_the_proposal_to_the_appeal(
    open_browser: OpenBrowser,
    server: Server,
    staff: Staff,
    rude: Member,
    new_email: Callable[[str], str],
    *,
    javascript: bool,
) -> None:
    proposer, decider = (open_browser(java_script_enabled=javascript) for _ in range(2))
    proposer.sign_in_as(staff)
    proposer.go(f"/desk/conduct/new?ticket={ticket_of(server, rude)}")
    proposer.page.get_by_text("Sonlandırma", exact=True).click()
    proposer.fill({"reason": "Destek ekibine hakaret"})
    proposer.press("Öneriyi gönder", 422)
    expect(proposer.page.locator(".summary")).to_be_focused()
    proposer.page.get_by_label("Siz hırsızsınız").check()
    proposer.press("Öneriyi gönder")
    expect(proposer.page.get_by_role("status")).to_contain_text("Öneriniz kaydedildi")
    expect(proposer.page.get_by_role("button", name="Onayla")).to_have_count(0)
    decider.sign_in_as(server.staff(new_email("ece")))
    decider.go("/desk/conduct")
    decider.page.locator(".ledger-name").first.click()
    expect(decider.page.locator(".evidence-text")).to_contain_text(INSULT)
    decider.fill({"reason": "Açık hakaret"})
    decider.page.get_by_label("Kanıtların tümünü okudum").check()
    decider.press("Onayla ve sonlandır")
    expect(decider.page.get_by_role("status")).to_contain_text("Önlem uygulandı")
    customer = open_browser(java_script_enabled=javascript)
    customer.sign_in_as(rude)
    customer.go("/panel")
    expect(customer.page.locator(".blocked")).to_contain_text("Destek ekibine hakaret")
    customer.page.locator(".blocked").get_by_role("link", name="Karara itiraz et").click()
    expect(customer.page.locator("[name=kind][value=SALES]")).to_have_count(0)


@pytest.mark.parametrize("page", ["banner", "accounts", "account", "cases", "case", "proposal"])
def test_a_page_is_accessible_and_fits_a_narrow_screen(
    open_browser: OpenBrowser, server: Server, staff: Staff, rude: Member, page: str
) -> None:
    number = server.ask(MINE, token=rude.session)["viewer"]["account"]["number"]
    visitor = open_browser(bypass_csp=True, viewport=NARROW)
    visitor.sign_in_as(staff)
    if page in {"cases", "case", "proposal"}:
        visitor.go(f"/desk/conduct/new?ticket={ticket_of(server, rude)}")
    if page in {"cases", "case"}:
        visitor.page.get_by_text("Askıya alma", exact=True).click()
        visitor.fill({"reason": "Hakaret"})
        visitor.page.get_by_label("Siz hırsızsınız").check()
        visitor.press("Öneriyi gönder")
    if page == "cases":
        visitor.go("/desk/conduct")
    if page == "accounts":
        visitor.go("/desk/accounts")
    if page in {"account", "banner"}:
        visitor.go(f"/desk/accounts/{number}")
    if page == "banner":
        visitor.fill({"reason": "Ödenmemiş faturalar " + "uzun" * 40})
        visitor.page.get_by_label("askıya almak istiyorum").check()
        visitor.press("Hesabı askıya al")
        visitor = open_browser(bypass_csp=True, viewport=NARROW)
        visitor.sign_in_as(rude)
        visitor.go("/panel/letters")
        expect(visitor.page.locator(".blocked")).to_be_visible()
    assert visitor.page.evaluate(STICKING_OUT) == []
    found = {}
    for scheme in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for size in (NARROW, WIDE):
            visitor.page.set_viewport_size(size)  # type: ignore[arg-type]
            found[size["width"], scheme] = violations(visitor, COLORS if scheme == "dark" else {})
    assert {key: said for key, said in found.items() if said} == {}
