"""API tokens on the site: made by a form without scripts, shown once, revoked after a question."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from api import clock
from api.caller import CUSTOMER_SCOPES, OPEN_SCOPES, STAFF_SCOPES, Scope
from api.models.sessions import ApiToken
from tests.cast import AYSE, BORA, PASSWORD
from tests.doors import GraphqlDoor, joined
from tests.site import ON_ONE_DATABASE, Site, text_of
from tests.test_invoice_pages import client_of
from web.api_tokens import GROUPS, scope_of

PAGE = "/panel/api-tokens"
FORM = {"name": "Muhasebe", "invoices_read": "true", "licenses_read": "true", "expires_at": "30"}
_MESSAGE = re.compile(r'data-code="([A-Z_]+)" data-field="([^"]+)"')
_SHOWN = re.compile(r'value="(rsk_\w+)"')


def test_the_form_has_a_box_for_every_scope() -> None:
    groups = {name: {scope_of(box) for box in boxes} for name, boxes in GROUPS.items()}
    assert groups == {
        "own": set(CUSTOMER_SCOPES - OPEN_SCOPES),
        "open": set(OPEN_SCOPES),
        "staff": set(STAFF_SCOPES - OPEN_SCOPES),
    }


async def test_a_token_is_made_shown_once_and_revoked(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    async with client_of(site, session) as ayse:
        assert "Henüz API anahtarınız yok" in (await ayse.get(PAGE)).text
        made = await ayse.post(PAGE, data=FORM)
        assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
        (token,) = _SHOWN.findall(made.text)
        assert made.text.count(token) == 1
        assert (await site.data("{ viewer { scopes } }", token=token))["viewer"]["scopes"] == [
            "invoices:read",
            "licenses:read",
        ]
        listed = (await ayse.get(PAGE)).text
        assert token not in listed
        assert f"{token[:8]}…" in listed
        for part in ("Muhasebe", "Faturaları okuma", "Lisansları okuma", "Geçerli", "Hiç kullanılmadı"):
            assert part in listed
        (row,) = await ApiToken.all()
        assert row.expires_at
        assert abs(row.expires_at - clock.now() - timedelta(days=30)) < timedelta(minutes=1)
        path = re.findall(rf'action="({PAGE}/tok_\w+/revoke)"', listed)[0]
        done = await ayse.post(path)
        assert (done.status_code, done.headers["location"]) == (303, f"{PAGE}?done=revoked")
        assert "Anahtar iptal edildi" in (await ayse.get(done.headers["location"])).text
        assert (await ayse.post(path)).status_code == 303
    assert (await site.data("{ viewer { scopes } }", token=token))["viewer"]["scopes"] == []


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"name": ""}, [("REQUIRED", "name")]),
        ({"name": "x" * 101}, [("TOO_LONG", "name")]),
        ({"licenses_read": "off", "invoices_read": "off"}, [("REQUIRED", "scopes")]),
        ({"expires_at": "31"}, [("REQUIRED", "expires_at")]),
        ({"expires_at": ""}, [("REQUIRED", "expires_at")]),
    ],
)
async def test_a_refused_form_keeps_what_was_chosen(
    site: Site, changes: dict[str, str], problems: list[tuple[str, str]]
) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    form = FORM | changes
    async with client_of(site, session) as ayse:
        answer = await ayse.post(PAGE, data=form)
    assert answer.status_code == 422
    assert _MESSAGE.findall(answer.text) == problems
    ticked = re.findall(r'type="checkbox" name="(\w+)" value="true" checked', answer.text)
    assert ticked == [name for name in ("licenses_read", "invoices_read") if form[name] == "true"]
    assert await ApiToken.all().count() == 0


@ON_ONE_DATABASE
async def test_a_box_that_one_does_not_have_is_neither_shown_nor_taken(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    async with client_of(site, session) as ayse:
        page = (await ayse.get(PAGE)).text
        assert "billing_read" not in page
        assert "Görevinizin yetkileri" not in page
        forged = await ayse.post(PAGE, data=FORM | {"billing_read": "true"})
    assert forged.status_code == 422
    assert '<li data-code="NOT_ALLOWED">' in forged.text
    assert await ApiToken.all().count() == 0


@ON_ONE_DATABASE
async def test_staff_see_the_scopes_of_their_post_in_their_language(site: Site) -> None:
    await site.staff_token(Scope.BILLING_READ)
    (letter,) = await site.letters_to("deniz@example.net")
    opened = await GraphqlDoor(site).reset(text_of(letter).split("?token=")[1].split()[0], PASSWORD)
    assert opened.session
    async with client_of(site, opened.session) as deniz:
        deniz.cookies.set("language", "en")
        page = (await deniz.get(PAGE)).text
        assert set(re.findall(r'type="checkbox" name="(\w+)"', page)) == {
            "products_read",
            "licenses_validate",
            "billing_read",
        }
        assert "What your post allows" in page
        made = await deniz.post(PAGE, data={"name": "report", "billing_read": "true", "expires_at": "never"})
        assert "This is the only time that you see this token." in made.text
    assert {row.expires_at for row in await ApiToken.filter(name="report")} == {None}


async def test_anothers_token_is_not_found_and_an_expired_one_says_so(site: Site) -> None:
    door = GraphqlDoor(site)
    ayse, bora = await joined(door, site, AYSE), await joined(door, site, BORA)
    async with client_of(site, bora) as owner:
        await owner.post(PAGE, data=FORM)
        (row,) = await ApiToken.all()
        async with client_of(site, ayse) as stranger:
            for name in (f"tok_{row.id.hex}", "tok_" + "0" * 32, "x"):
                assert (await stranger.post(f"{PAGE}/{name}/revoke")).status_code == 404
            assert row.prefix not in (await stranger.get(PAGE)).text
        await ApiToken.all().update(expires_at=clock.now())
        assert "Süresi doldu" in (await owner.get(PAGE)).text
    assert await ApiToken.filter(revoked_at=None).count() == 1
    answers = [await site.client.get(PAGE), await site.client.post(PAGE, data=FORM)]
    assert {answer.headers["location"].partition("?")[0] for answer in answers} == {"/sign-in"}
    assert await ApiToken.all().count() == 1
