"""The API's editor in the browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenBrowser

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("locale", "query"), [("tr-TR", "YururluktekiSozlesme"), ("en-GB", "AgreementInForce")])
def test_graphiql_runs_its_first_query_under_its_policy(open_browser: OpenBrowser, locale: str, query: str) -> None:
    visitor = open_browser(locale=locale)
    visitor.go("/graphql")
    expect(visitor.page.locator(".graphiql-query-editor")).to_contain_text(query)
    visitor.page.locator(".graphiql-execute-button").click()
    result = visitor.page.locator(".graphiql-response")
    expect(result).to_contain_text('"agreement"')
    expect(result).to_contain_text("Hizmet Sözleşmesi")
    expect(result).not_to_contain_text("errors")
