"""The free installation on the site: asked for, its vault read once, closed by the desk or taken back; its window."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from api import clock
from api.models.licenses import InstallationRequest, VaultSecret
from tests.cast import AYSE, BORA
from tests.doors import GraphqlDoor, signed_in
from tests.site import Site
from tests.test_invoice_pages import at_desk, client_of, problems
from tests.test_license_pages import owned

SECRET = "ftp.ornek.com.tr kullanıcı: bora parola: çok gizli"


async def asked(client: httpx.AsyncClient, path: str) -> str:
    """Ask for an installation; where the desk acts on it."""
    sent = await client.post(path, data={"note": "Akşam olsun"})
    assert sent.headers["location"] == f"{path}?done=requested"
    row = await InstallationRequest.all().order_by("-requested_at").first()
    assert row
    return f"/desk/installations/ins_{row.id.hex}"


def in_days(days: int) -> str:
    """A time as the desk's control sends it."""
    return clock.local(clock.now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


async def test_installation_from_the_wish_to_the_vault(site: Site) -> None:
    session, own = await owned(site, BORA)
    path = f"/panel/licenses/{own}/installation"
    async with client_of(site, session) as bora, await at_desk(site) as deniz:
        blank = await bora.post(path, data={"note": " "})
        assert (blank.status_code, problems(blank)) == (422, {("REQUIRED", "note")})
        assert (await bora.post(path, data={"note": "Akşam olsun"})).headers["location"] == f"{path}?done=requested"
        (row,) = await InstallationRequest.all()
        assert (await bora.post(f"{path}/access", data={"access": SECRET})).headers["location"] == f"{path}?done=access"
        page = (await bora.get(path)).text
        assert "çok gizli" not in page
        assert "Bırakıldı" in page
        desk = (await deniz.get("/desk/installations")).text
        assert BORA["company_name"] in desk
        assert "çok gizli" not in desk
        act = f"/desk/installations/ins_{row.id.hex}"
        unassigned = await deniz.post(f"{act}/read")
        assert unassigned.status_code == 422
        past = await deniz.post(f"{act}/schedule", data={"scheduled_for": "2001-01-01T10:00"})
        assert (past.status_code, problems(past)) == (422, {("INVALID", "scheduled_for")})
        later = clock.local(clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
        assert (await deniz.post(f"{act}/schedule", data={"scheduled_for": later})).status_code == 303
        shown = await deniz.post(f"{act}/read")
        assert SECRET in shown.text
        assert shown.headers["cache-control"] == "no-store"
        assert (await deniz.post(f"{act}/read")).status_code == 422
        assert "Okundu" in (await bora.get(path)).text
        assert (await deniz.post(f"{act}/complete", data={"answer": "Kuruldu, iyi günler"})).status_code == 303
        assert "Kuruldu, iyi günler" in (await bora.get(path)).text
    (secret,) = await VaultSecret.all()
    assert secret.sealed is None
    assert "çok gizli" not in await site.everything_stored()


async def test_the_right_to_installation_ends_with_its_30th_day(site: Site) -> None:
    _, own = await owned(site, BORA)
    start = clock.start_of(clock.today())
    for day, status in ((30, 200), (31, 200)):
        with clock.stopped(start + timedelta(days=day, hours=23, minutes=59)):
            session = await signed_in(GraphqlDoor(site), BORA["email"])
            async with client_of(site, session) as bora:
                page = await bora.get(f"/panel/licenses/{own}/installation")
                assert page.status_code == status
                assert ("Kurulum iste" in page.text) == (day == 30)
                if day == 31:
                    late = await bora.post(f"/panel/licenses/{own}/installation", data={"note": "kurun"})
                    assert late.status_code == 422
                    assert "gününde doldu" in late.text
    assert await InstallationRequest.all().count() == 0


async def test_the_time_that_the_desk_sets_is_istanbuls(site: Site) -> None:
    session, own = await owned(site, BORA)
    async with client_of(site, session) as bora, await at_desk(site) as deniz:
        act = await asked(bora, f"/panel/licenses/{own}/installation")
        assert (await deniz.post(f"{act}/schedule", data={"scheduled_for": in_days(3)})).status_code == 303
        row = await InstallationRequest.get()
        assert row.scheduled_for is not None
        assert clock.local(row.scheduled_for).strftime("%Y-%m-%dT%H:%M") == in_days(3)
        assert row.status == "SCHEDULED"
        assert act.rpartition("/")[2] in (await deniz.get("/desk/installations?status=SCHEDULED")).text
        assert act.rpartition("/")[2] not in (await deniz.get("/desk/installations")).text


@pytest.mark.parametrize(
    ("act", "form", "problem"),
    [
        ("schedule", {"scheduled_for": ""}, ("INVALID", "scheduled_for")),
        ("schedule", {"scheduled_for": "yarın"}, ("INVALID", "scheduled_for")),
        ("schedule", {"scheduled_for": "9999-12-31T23:59"}, ("INVALID", "scheduled_for")),
        ("schedule", {"scheduled_for": "SOON", "assignee_email": "x@example.net"}, ("NOT_FOUND", "assignee_email")),
        ("complete", {"answer": "x" * 501}, ("TOO_LONG", "answer")),
        ("decline", {"reason": " "}, ("REQUIRED", "reason")),
    ],
)
async def test_the_desk_is_told_beside_the_field(
    site: Site, act: str, form: dict[str, str], problem: tuple[str, str]
) -> None:
    session, own = await owned(site, BORA)
    async with client_of(site, session) as bora, await at_desk(site) as deniz:
        path = await asked(bora, f"/panel/licenses/{own}/installation")
        given = {name: in_days(1) if value == "SOON" else value for name, value in form.items()}
        answer = await deniz.post(f"{path}/{act}", data=given)
        assert (answer.status_code, problems(answer)) == (422, {problem})
        assert 'name="next" value="/desk/installations"' in answer.text
    assert (await InstallationRequest.get()).status == "REQUESTED"


async def test_declined_or_taken_back_it_may_be_asked_for_again_but_not_twice_at_once(site: Site) -> None:
    session, own = await owned(site, BORA)
    path = f"/panel/licenses/{own}/installation"
    async with client_of(site, session) as bora, await at_desk(site) as deniz:
        act = await asked(bora, path)
        twice = await bora.post(path, data={"note": "Yine"})
        assert twice.status_code == 422
        assert 'data-code="ALREADY_EXISTS"' in twice.text
        declined = await deniz.post(f"{act}/decline", data={"reason": "PHP sürümü çok eski"})
        assert declined.headers["location"] == "/desk/installations?done=decline"
        page = (await bora.get(path)).text
        assert "PHP sürümü çok eski" in page
        assert "Kurulum iste" in page
        late = await bora.post(f"{path}/access", data={"access": SECRET})
        assert late.status_code == 422
        assert 'data-code="NOT_ALLOWED"' in late.text
        assert "çok gizli" not in late.text
        await asked(bora, path)
        assert (await bora.post(f"{path}/access", data={"access": SECRET})).status_code == 303
        assert (await bora.post(f"{path}/cancel")).headers["location"] == f"{path}?done=cancelled"
        page = (await bora.get(path)).text
        assert "Yok edildi" in page
        assert "Kurulum iste" in page
        again = await bora.post(f"{path}/cancel")
        assert again.status_code == 422
        assert 'data-code="NOT_ALLOWED"' in again.text
    (secret,) = await VaultSecret.all()
    assert (secret.sealed, secret.destroyed_because) == (None, "WITHDRAWN")


async def test_what_is_refused_by_the_vault_is_not_shown_again(site: Site) -> None:
    session, own = await owned(site, BORA)
    path = f"/panel/licenses/{own}/installation"
    async with client_of(site, session) as bora:
        assert (await bora.post(f"{path}/access", data={"access": SECRET})).status_code == 404
        await asked(bora, path)
        blank = await bora.post(f"{path}/access", data={"access": " "})
        assert (blank.status_code, problems(blank)) == (422, {("REQUIRED", "access")})
        long = await bora.post(f"{path}/access", data={"access": SECRET * 100})
        assert (long.status_code, problems(long)) == (422, {("TOO_LONG", "access")})
        assert "çok gizli" not in long.text
        assert f'name="next" value="{path}"' in long.text
    assert await VaultSecret.all().count() == 0


async def test_the_vault_empties_itself_after_seven_days(site: Site) -> None:
    session, own = await owned(site, BORA)
    path = f"/panel/licenses/{own}/installation"
    async with client_of(site, session) as bora:
        act = await asked(bora, path)
        await bora.post(f"{path}/access", data={"access": SECRET})
    with clock.stopped(clock.now() + timedelta(days=7, minutes=1)):
        async with await at_desk(site) as deniz:
            await deniz.post(f"{act}/schedule", data={"scheduled_for": in_days(1)})
            answer = await deniz.post(f"{act}/read")
            assert answer.status_code == 422
            assert 'data-code="NOT_FOUND"' in answer.text
            assert "çok gizli" not in answer.text


async def test_a_vault_is_not_read_by_following_a_link(site: Site) -> None:
    session, own = await owned(site, BORA)
    path = f"/panel/licenses/{own}/installation"
    async with client_of(site, session) as bora, await at_desk(site) as deniz:
        act = await asked(bora, path)
        await bora.post(f"{path}/access", data={"access": SECRET})
        await deniz.post(f"{act}/schedule", data={"scheduled_for": in_days(1)})
        assert (await deniz.get(f"{act}/read")).status_code == 405
        shown = await deniz.post(f"{act}/read")
        assert SECRET in shown.text
        assert 'name="next" value="/desk/installations"' in shown.text
        assert SECRET not in (await deniz.get("/desk/installations?status=SCHEDULED")).text


async def test_nobody_else_acts_on_an_installation(site: Site) -> None:
    session, own = await owned(site, BORA)
    async with client_of(site, session) as bora:
        act = await asked(bora, f"/panel/licenses/{own}/installation")
        for name in ("schedule", "read", "complete", "decline"):
            assert (await bora.post(f"{act}/{name}", data={"reason": "neden"})).status_code == 404
    stranger, _ = await owned(site, AYSE, "iki")
    async with client_of(site, stranger) as ayse, site.browser() as guest, await at_desk(site) as deniz:
        assert (await ayse.post(f"/panel/licenses/{own}/installation/cancel")).status_code == 404
        assert (await guest.get("/desk/installations")).headers["location"] == "/sign-in?next=/desk/installations"
        assert (await deniz.post("/desk/installations/ins_" + "0" * 32 + "/read")).status_code == 404
        # Staff see the card, but what only its owner does is not there for them.
        assert (await deniz.post(f"/panel/licenses/{own}/installation", data={"note": "x"})).status_code == 404
    assert (await InstallationRequest.get()).status == "REQUESTED"
