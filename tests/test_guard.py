"""The outermost layer: forged requests, headers, body limits, cookies, open redirects, proxies."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from api import clock
from api.caller import CUSTOMER_SCOPES
from api.models.sessions import Session
from api.resolvers import agreements
from tests.cast import AYSE, OTHER_PASSWORD, PASSWORD
from tests.doors import GraphqlDoor, WebDoor, agreed
from tests.site import Site, token_in, visitor
from web.app import application
from web.guard import CONTENT_SECURITY_POLICY, EDITOR_POLICY, FORM_BYTES, GRAPHQL_BYTES
from web.sessions import local_path

HEADERS = {
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
    "cache-control",
}
SIGN_OUT = {"query": "mutation { signOut { errors { code } } }"}
VIEWER = {"query": "{ viewer { scopes } }"}


async def ayse(site: Site) -> str:
    """Ayşe has an account; answers a session."""
    door = GraphqlDoor(site)
    await door.register(AYSE)
    (letter,) = await site.letters_to("ayse@example.net")
    session = (await door.verify(token_in(letter))).session
    assert session
    return session


FORGERY = [
    ({"sec-fetch-site": "cross-site"}, True),
    ({"sec-fetch-site": "same-site"}, True),
    ({"sec-fetch-site": "same-origin"}, False),
    ({"sec-fetch-site": "none"}, False),
    ({"sec-fetch-site": "SAME-ORIGIN"}, True),
    # Fetch metadata decide where they are sent; the origin only where they are not.
    ({"sec-fetch-site": "same-origin", "origin": "https://evil.example"}, False),
    ({"sec-fetch-site": "cross-site", "origin": "http://testserver"}, True),
    ({"origin": "https://evil.example"}, True),
    ({"origin": "http://testserver.evil.example"}, True),
    ({"origin": "http://evil.example@testserver"}, True),
    ({"origin": "http://testserver:8080"}, True),
    ({"origin": "null"}, True),
    ({"origin": ""}, True),
    ({"origin": "http://["}, True),
    ({"origin": "http://testserver"}, False),
    ({"host": "portal.example.net", "origin": "http://portal.example.net"}, False),
    ({"host": "127.0.0.1:8000", "origin": "http://testserver"}, False),
    ({}, False),
]


async def test_a_request_that_another_site_makes_a_browser_send_is_refused(site: Site) -> None:
    for headers, forged in FORGERY:
        response = await site.client.post("/language", data={"language": "en"}, headers=headers)
        assert response.status_code == (403 if forged else 303), headers
        assert ("language" in response.cookies) is not forged
        site.client.cookies.clear()


async def test_another_site_may_link_to_a_page(site: Site) -> None:
    headers = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert (await site.client.get("/register", headers=headers)).status_code == 200


async def test_every_form_of_the_site_refuses_another_site(site: Site) -> None:
    session = await ayse(site)
    paths = [
        "/register",
        "/register/fields",
        "/register/address",
        "/password-meter",
        "/verify-email",
        "/sign-in",
        "/sign-out",
        "/forgot-password",
        "/reset-password",
        "/language",
        *(f"/panel/profile/{name}" for name in ("details", "password", "email", "marketing", "language")),
    ]
    letters = len(await site.deliver())
    site.client.cookies.set("session", session)
    for path in paths:
        response = await site.client.post(path, data={}, headers={"sec-fetch-site": "cross-site"})
        assert (path, response.status_code) == (path, 403)
        assert "Bu sayfaya erişiminiz yok" in response.text
    assert await Session.all().count() == 1
    assert len(await site.deliver()) == letters


async def test_graphql_refuses_another_site_that_uses_the_cookie_but_not_a_bearer_token(site: Site) -> None:
    session = await ayse(site)
    foreign = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    site.client.cookies.set("session", session)
    refused = await site.client.post("/graphql", json=SIGN_OUT, headers=foreign)
    assert refused.status_code == 403
    assert refused.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN"}
    basic = await site.client.post("/graphql", json=SIGN_OUT, headers=foreign | {"authorization": "Basic eDp5"})
    assert basic.status_code == 403
    # A bearer token that is wrong does not fall back to the cookie.
    wrong = await site.client.post("/graphql", json=VIEWER, headers=foreign | {"authorization": "Bearer ses_x"})
    assert wrong.json() == {"data": {"viewer": {"scopes": []}}}
    assert await Session.all().count() == 1
    right = await site.client.post("/graphql", json=VIEWER, headers=foreign | {"authorization": f"Bearer {session}"})
    assert right.json() == {"data": {"viewer": {"scopes": sorted(CUSTOMER_SCOPES)}}}
    # At the pages a bearer token excuses nothing.
    page = await site.client.post("/language", headers=foreign | {"authorization": f"Bearer {session}"})
    assert page.status_code == 403


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain; application/json",
        "application/graphql",
        "",
    ],
)
async def test_graphql_refuses_what_a_form_can_send(site: Site, content_type: str) -> None:
    body = b'{"query": "{ viewer { isStaff } }"}'
    response = await site.client.post("/graphql", content=body, headers={"content-type": content_type})
    assert response.status_code == 415
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
async def test_graphql_takes_json(site: Site, content_type: str) -> None:
    body = b'{"query": "{ viewer { isStaff } }"}'
    response = await site.client.post("/graphql", content=body, headers={"content-type": content_type})
    assert (response.status_code, response.json()) == (200, {"data": {"viewer": {"isStaff": False}}})


async def test_graphql_by_get_answers_queries_and_refuses_mutations(site: Site) -> None:
    session = await ayse(site)
    site.client.cookies.set("session", session)
    query = "query ($at: DateTime) { agreement(kind: SERVICE_AGREEMENT, at: $at) { version } }"
    given = {"query": query, "variables": '{"at": "2022-01-01T00:00:00Z"}'}
    response = await site.client.get("/graphql", params=given)
    assert response.json() == {"data": {"agreement": {"version": "2021-07-05"}}}
    refused = await site.client.get("/graphql", params=SIGN_OUT)
    assert refused.status_code == 405
    assert await Session.all().count() == 1
    assert (await site.client.put("/graphql", json=VIEWER)).status_code == 405
    assert (await site.client.get("/graphql", params={"query": query, "variables": "{"})).status_code == 400


def _guarded(response: httpx.Response, status: int) -> None:
    assert response.status_code == status, response.text
    assert set(response.headers) >= HEADERS, response.request.url
    assert response.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["referrer-policy"] == "same-origin"
    assert "access-control-allow-origin" not in response.headers
    assert "server" not in response.headers


async def test_every_kind_of_answer_carries_the_security_headers(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = site.client
    _guarded(await client.get("/"), 200)
    _guarded(await client.get("/register"), 200)
    _guarded(await client.get("/agreements/service-agreement"), 200)
    _guarded(await client.get("/demo/mail"), 200)
    _guarded(await client.head("/"), 200)
    _guarded(await client.get("/panel"), 303)
    _guarded(await client.get("/nowhere"), 404)
    _guarded(await client.get("/agreements/nothing"), 404)
    _guarded(await client.get("/static/site.css"), 200)
    _guarded(await client.get("/static/nothing.css"), 404)
    _guarded(await client.get("/static/%2e%2e/pyproject.toml"), 404)
    _guarded(await client.post("/"), 405)
    _guarded(await client.post("/register", content=b"a=%FF"), 415)
    form = {"content-type": "application/x-www-form-urlencoded"}
    _guarded(await client.post("/register", content=b"a=%FF", headers=form), 400)
    _guarded(await client.post("/register", content=b"a=1&" * 101, headers=form), 400)
    _guarded(await client.post("/register", content=b"", headers={"sec-fetch-site": "cross-site"}), 403)
    _guarded(await client.post("/register", content=b"a" * (FORM_BYTES + 1), headers=form), 413)
    _guarded(await client.post("/sign-in", data={"email": "a@example.net", "password": "b"}), 422)
    _guarded(await client.post("/graphql", json=VIEWER), 200)
    _guarded(await client.post("/graphql", content=b""), 415)
    _guarded(await client.post("/graphql", json=VIEWER, headers={"sec-fetch-site": "cross-site"}), 403)

    async def stumble(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the inside of the program")

    monkeypatch.setattr(agreements, "revisions", stumble)
    crashed = await client.get("/agreements")
    _guarded(crashed, 500)
    assert "Beklenmeyen bir hata oluştu" in crashed.text
    assert "the inside of the program" not in crashed.text
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert caplog.records[0].getMessage().split()[1] in crashed.text
    monkeypatch.setattr(agreements, "pending_revisions", stumble)
    # Not even the page of errors can be made now.
    _guarded(await client.get("/"), 500)


async def test_only_the_editor_of_graphql_may_write_styles_and_nothing_may_write_scripts(site: Site) -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "script-src 'self';" in EDITOR_POLICY
    assert EDITOR_POLICY.count("unsafe") == 1
    page = await site.client.get("/graphql", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-security-policy"]) == (200, EDITOR_POLICY)
    asked = await site.client.get("/graphql?query={viewer{isStaff}}", headers={"accept": "text/html"})
    assert asked.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    for path in ("/", "/register", "/sign-in", "/graphql"):
        html = (await site.client.get(path, headers={"accept": "text/html"})).text
        assert "<style" not in html
        assert " style=" not in html
        assert "<script>" not in html
        assert not re.search(r"\son\w+=", html)


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 65536 + 1):
        yield b"a" * 65536


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_beyond_its_limit_is_refused_whether_its_length_is_announced_or_not(
    site: Site, announced: bool
) -> None:
    def body(size: int) -> bytes | AsyncIterator[bytes]:
        return b"a" * (size + 1) if announced else _pieces(size)

    json = {"content-type": "application/json"}
    api = await site.client.post("/graphql", content=body(GRAPHQL_BYTES), headers=json)
    assert (api.status_code, api.headers["content-type"]) == (413, "application/json")
    assert api.json()["errors"][0]["extensions"] == {"code": "QUERY_TOO_COMPLEX"}
    form = {"content-type": "application/x-www-form-urlencoded"}
    for path in ("/register", "/sign-in", "/password-meter", "/language"):
        page = await site.client.post(path, content=body(FORM_BYTES), headers=form)
        assert (page.status_code, page.headers["content-type"]) == (413, "text/html; charset=utf-8")
        assert "Gönderilen veri çok büyük" in page.text


async def test_a_body_at_its_limit_is_read(site: Site) -> None:
    query = b'{"query": "{ viewer { isStaff } }"}'
    body = query + b" " * (GRAPHQL_BYTES - len(query))
    response = await site.client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert response.json() == {"data": {"viewer": {"isStaff": False}}}


async def test_no_form_comes_back_with_a_password(site: Site) -> None:
    session = await ayse(site)
    secrets = {
        "password": PASSWORD,
        "password_confirmation": OTHER_PASSWORD,
        "new_password": PASSWORD,
        "new_password_confirmation": OTHER_PASSWORD,
        "current_password": PASSWORD + "!",
        "email": "nobody@example.net",
        "token": "no-such-token",
    }
    page = await site.client.get("/register")
    token = page.text.split('name="form_token" value="')[1].split('"')[0]
    registration = await agreed(site, AYSE | secrets | {"form_token": token})
    refused = [
        await site.client.post("/register", data=registration),
        await site.client.post("/register", data=registration | {"step": "fields"}),
        await site.client.post("/sign-in", data=secrets),
        await site.client.post("/reset-password", data=secrets),
        await site.client.post("/register/fields", data=registration),
        await site.client.post("/register/address", data=registration),
        await site.client.post("/password-meter", data=secrets),
    ]
    site.client.cookies.set("session", session)
    refused += [
        await site.client.post("/panel/profile/password", data=secrets),
        await site.client.post("/panel/profile/email", data=secrets),
        await site.client.post("/panel/profile/details", data=secrets),
    ]
    assert [response.status_code for response in refused] == [422, 200, 422, 422, 200, 200, 200, 422, 422, 422]
    for response in refused:
        assert PASSWORD not in response.text, response.request.url
        assert OTHER_PASSWORD not in response.text, response.request.url


def _cookie(response: httpx.Response, name: str) -> set[str]:
    (found,) = [line for line in response.headers.get_list("set-cookie") if line.startswith(f"{name}=")]
    return set(found.split("; ")[1:])


async def test_the_session_is_a_cookie_that_scripts_and_other_sites_cannot_use(site: Site) -> None:
    await ayse(site)
    with clock.stopped(clock.now()):
        signed_in = (await WebDoor(site).sign_in("ayse@example.net", PASSWORD)).raw
    assert _cookie(signed_in, "session") == {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=604800"}
    site.client.cookies.set("session", signed_in.cookies["session"])
    signed_out = await site.client.post("/sign-out")
    assert _cookie(signed_out, "session") == {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=0"}
    language = await site.client.post("/language", data={"language": "en"})
    assert _cookie(language, "language") == {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=31536000"}


async def test_in_production_cookies_are_secure_and_browsers_are_told_to_stay_on_https(site: Site) -> None:
    await ayse(site)
    settings = replace(site.settings, production=True, base_url="https://portal.example.net")
    async with visitor(application(settings)) as client:
        with clock.stopped(clock.now()):
            response = await client.post("/sign-in", data={"email": "ayse@example.net", "password": PASSWORD})
        assert _cookie(response, "session") == {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=604800", "Secure"}
        assert response.headers["strict-transport-security"] == "max-age=31536000"
        assert (await client.get("/demo/mail")).status_code == 404
    assert "strict-transport-security" not in (await site.client.get("/")).headers


LEADING_AWAY = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/a\\evil",
    "https://evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "evil.example",
    "///evil.example",
    "",
]


@pytest.mark.parametrize("text", LEADING_AWAY)
def test_a_path_to_go_on_to_never_leads_to_another_site(text: str) -> None:
    assert local_path(text, "/panel") == "/panel"


@pytest.mark.parametrize(
    "text", ["/", "/panel/profile?done=email#email", "/agreements/service-agreement?version=a%2Fb"]
)
def test_a_path_of_this_site_is_gone_on_to(text: str) -> None:
    assert local_path(text, "/panel") == text


async def test_signing_in_and_choosing_a_language_go_on_to_this_site_only(site: Site) -> None:
    await ayse(site)
    for text in LEADING_AWAY:
        form = {"email": "ayse@example.net", "password": PASSWORD, "next": text}
        async with site.browser() as client:
            assert (await client.post("/sign-in", data=form)).headers["location"] == "/panel"
            assert (await client.get("/sign-in", params={"next": text})).headers["location"] == "/panel"
            chosen = await client.post("/language", data={"language": "en", "next": text})
            assert chosen.headers["location"] == "/"
            assert await client.post("/sign-out")
            page = await client.get("/sign-in", params={"next": text})
            assert 'name="next" value="/panel"' in page.text


async def _address_seen(client: httpx.AsyncClient, forwarded: str) -> str:
    await Session.all().delete()
    form = {"email": "ayse@example.net", "password": PASSWORD}
    await client.post("/sign-in", data=form, headers={"x-forwarded-for": forwarded})
    return (await Session.get()).address


async def test_a_forwarded_address_counts_from_trusted_proxies_only(site: Site) -> None:
    await ayse(site)
    assert await _address_seen(site.client, "203.0.113.9") == "127.0.0.1"
    app = application(replace(site.settings, trusted_proxies=("10.0.0.0/8", "192.0.2.1")))
    async with visitor(app, "10.1.2.3") as proxied, visitor(app, "198.51.100.7") as direct:
        assert await _address_seen(proxied, "203.0.113.9") == "203.0.113.9"
        # What a client claims itself stands to the left of what the proxies saw.
        assert await _address_seen(proxied, "1.2.3.4, 203.0.113.9") == "203.0.113.9"
        assert await _address_seen(proxied, "203.0.113.9, 192.0.2.1") == "203.0.113.9"
        assert await _address_seen(direct, "203.0.113.9") == "198.51.100.7"
