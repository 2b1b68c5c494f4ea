"""API tokens in a browser: made, copied and revoked; the same without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser
from tests.browser.server import Member

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False])
def test_a_token_is_made_shown_once_and_revoked(open_browser: OpenBrowser, member: Member, scripts: bool) -> None:
    visitor = open_browser(java_script_enabled=scripts)
    visitor.sign_in_as(member)
    visitor.go("/panel/api-tokens")
    visitor.fill({"name": "Muhasebe"})
    visitor.page.get_by_role("checkbox", name="Faturaları okuma").check()
    visitor.press("Anahtarı oluştur")
    shown = visitor.page.get_by_role("textbox", name="API anahtarı", exact=True)
    token = shown.input_value()
    copy = visitor.page.get_by_role("button", name="Kopyala")
    if scripts:
        copy.click()
        expect(visitor.page.get_by_text("Anahtar kopyalandı.")).to_be_visible()
        assert visitor.page.evaluate("getSelection().toString() || document.activeElement.value") == token
    else:
        expect(copy).to_be_hidden()
    assert visitor.server.ask("{ viewer { scopes } }", token=token) == {"viewer": {"scopes": ["invoices:read"]}}
    assert token not in "".join(visitor.urls) + visitor.server.log
    visitor.go("/panel/api-tokens")
    assert token not in visitor.page.content()
    visitor.page.locator("summary").first.click()
    visitor.press("Anahtarı iptal et")
    expect(visitor.page.get_by_text("Anahtar iptal edildi")).to_be_visible()
    expect(visitor.page.get_by_text("Henüz API anahtarınız yok")).to_be_visible()
    assert visitor.server.ask("{ viewer { scopes } }", token=token) == {"viewer": {"scopes": []}}
