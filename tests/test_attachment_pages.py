"""Attachments on the site: sending, taking back, and saving them; and forms that bring them along."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api import clock, settings
from api.models.attachments import Attachment, AttachmentLink
from api.models.audit import AuditEntry
from tests.attached import LINK, PNG, customer, hung, row_of, staff, ticket_of, uploaded
from tests.cast import AYSE, BORA, CEM
from tests.doors import GraphqlDoor, joined
from tests.site import ON_ONE_DATABASE, Site, visitor
from tests.test_attachments import files_of, within
from tests.test_invoice_pages import at_desk
from web.attachments import attachment_field
from web.uploads import read_with_attachments

ATTACHMENTS = "/panel/attachments"


def as_visitor(site: Site, session: str | None) -> httpx.AsyncClient:
    """A browser with a session."""
    client = site.browser()
    if session:
        client.cookies.set("session", session)
    return client


async def send(site: Site, session: str | None, content: bytes = PNG, name: str = "ekran.png") -> httpx.Response:
    """Send a file as the page's script does."""
    async with as_visitor(site, session) as client:
        return await client.post(ATTACHMENTS, files={"files": (name, content)})


async def test_a_file_is_sent_and_taken_back_by_fragments(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    made = await send(site, session, PNG, "<b>ekran.png")
    (row,) = await Attachment.all()
    assert (made.status_code, row.filename) == (200, "-b-ekran.png")
    (key,) = re.findall(r'name="attachments" value="(att_[0-9a-f]{32})"', made.text)
    assert f'data-remove="{ATTACHMENTS}/{key}/remove"' in made.text
    async with as_visitor(site, session) as client:
        assert (await client.post(f"{ATTACHMENTS}/{key}/remove")).status_code == 204
        assert (await client.post(f"{ATTACHMENTS}/{key}/remove")).status_code == 204
    assert await Attachment.all().count() == 0
    assert files_of(site) == []


@ON_ONE_DATABASE
async def test_what_is_refused_is_told_with_its_code(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    answer = await send(site, session, b"MZ" + bytes(40), "x.exe")
    assert answer.status_code == 422
    assert 'data-code="FILE_TYPE_NOT_ALLOWED" data-field="file"' in answer.text
    empty = await send(site, session, b"", "x.png")
    assert (empty.status_code, 'data-code="REQUIRED"' in empty.text) == (422, True)
    async with as_visitor(site, session) as client:
        bare = await client.post(ATTACHMENTS, files={"other": ("x.png", PNG)})
        assert (bare.status_code, 'data-code="REQUIRED"' in bare.text) == (422, True)
        assert (await client.post(ATTACHMENTS, json={})).status_code == 415
        assert (await client.post(ATTACHMENTS, content=b"x", headers={"content-type": "multipart/form-data"})).is_error
    large = await send(site, session, PNG + bytes(site.settings.attachments.file_mebibytes * 1024 * 1024), "x.png")
    assert (large.status_code, 'data-code="FILE_TOO_LARGE"' in large.text) == (422, True)
    assert (await send(site, session, PNG + bytes(11 * 1024 * 1024), "x.png")).status_code == 413
    assert (await send(site, None)).headers["location"].startswith("/sign-in")
    async with as_visitor(site, session) as client:
        forged = {"sec-fetch-site": "cross-site"}
        assert (await client.post(ATTACHMENTS, files={"files": ("x.png", PNG)}, headers=forged)).status_code == 403
    assert await Attachment.all().count() == 0


async def _got(site: Site, session: str | None, one: str, method: str = "GET") -> httpx.Response:
    async with as_visitor(site, session) as client:
        return await client.request(method, f"{ATTACHMENTS}/{one}")


async def test_an_attachment_is_only_ever_saved(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    content = b"<?php echo '<script>alert(1)</script>';"
    one = await uploaded(site, session, content, "Çözüm işte.php")
    answer = await _got(site, session, one)
    assert (answer.status_code, answer.content) == (200, content)
    told = {
        "content-type": "application/octet-stream",
        "content-disposition": 'attachment; filename="Cozum iste.php.txt"; '
        "filename*=UTF-8''%C3%87%C3%B6z%C3%BCm%20i%C5%9Fte.php.txt",
        "content-length": str(len(content)),
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
    }
    assert {name: answer.headers[name] for name in told} == told
    looked = await _got(site, session, one, "HEAD")
    assert (looked.status_code, looked.content) == (200, b"")


async def test_who_reads_what_and_what_is_recorded_of_it(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    bora = await joined(GraphqlDoor(site), site, BORA)
    deniz = await site.staff_token()
    ticket = await ticket_of(AYSE["email"])
    waiting, told = await uploaded(site, session), await uploaded(site, session)
    await hung(ticket, await customer(AYSE["email"]), told)
    noted = await uploaded(site, deniz)
    await hung(ticket, await staff(), noted, note=True)
    for one, reader, status in (
        (waiting, session, 200), (told, session, 200), (noted, session, 404),
        (waiting, bora, 404), (told, bora, 404), (noted, bora, 404), ("att_" + "0" * 32, bora, 404), ("x", bora, 404),
        (told, None, 303), (noted, None, 303),
    ):  # fmt: skip
        assert (await _got(site, reader, one)).status_code == status, (one, reader)
    assert await AuditEntry.filter(act="attachment:read").count() == 0
    async with await at_desk(site) as client:
        for one, status in ((told, 200), (noted, 200), (waiting, 404)):
            assert (await client.get(f"{ATTACHMENTS}/{one}")).status_code == status
    read = await AuditEntry.filter(act="attachment:read")
    # Who sent a file reads their own.
    assert [(entry.subject, entry.details["by"]) for entry in read] == [
        (f"attachment:{(await row_of(told)).id.hex}", "page")
    ]
    assert "ekran" not in str([entry.details for entry in read])


async def test_a_link_is_good_for_one_download_within_its_time(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    await joined(GraphqlDoor(site), site, CEM)
    one = await uploaded(site, session)

    async def fresh() -> str:
        answer = (await site.data(LINK, {"id": one}, session))["createAttachmentLink"]
        assert answer["errors"] == []
        return str(answer["url"]).removeprefix("http://testserver")

    async def got(path: str) -> httpx.Response:
        async with visitor(site.app) as client:
            return await client.get(path)

    path = await fresh()
    async with visitor(site.app) as client:
        assert (await client.head(path)).status_code == 405
    first = await got(path)
    assert (first.status_code, first.content) == (200, PNG)
    assert first.headers["content-disposition"].startswith("attachment; ")
    assert ((await got(path)).status_code, (await got("/attachments/x")).status_code) == (410, 410)
    assert path.rpartition("/")[2] not in await site.everything_stored()
    late = await fresh()
    with clock.stopped(clock.now() + timedelta(minutes=16)):
        assert (await got(late)).status_code == 410
    gone = await fresh()
    await Attachment.all().delete()
    assert (await got(gone)).status_code == 410
    assert await AttachmentLink.all().count() == 0


@ON_ONE_DATABASE
async def test_a_file_that_the_store_lost_is_away_and_uses_no_link_up(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    one = await uploaded(site, session)
    link = (await site.data(LINK, {"id": one}, session))["createAttachmentLink"]["url"]
    (file,) = files_of(site)
    file.rename(file.with_suffix(".away"))
    assert (await _got(site, session, one)).status_code == 503
    async with visitor(site.app) as client:
        assert (await client.get(link)).status_code == 503
        file.with_suffix(".away").rename(file)
        assert (await client.get(link)).status_code == 200
    assert (await row_of(one)).size == len(PNG)


class Forms:
    """A form of a page that takes files, as any page has one."""

    def __init__(self, site: Site, session: str) -> None:
        self.session = session
        self.app = Starlette(routes=[Route("/", self.read, methods=["POST"])])
        self.app.state.settings = site.settings

    async def read(self, request: Request) -> Response:
        """What comes of reading it."""
        form, ids = await read_with_attachments(request)
        field = await attachment_field(request, ids)
        return JSONResponse(
            {
                "body": form.value("body"),
                "ids": ids,
                "problems": [(one.name, one.code, one.text) for one in form.problems],
                "shown": [item.filename for item in field.items],
            }
        )

    async def post(self, **sent: Any) -> Any:
        """Send it."""
        async with visitor(self.app) as client:
            client.cookies.set("session", self.session)
            return (await client.post("/", **sent)).json()


async def test_without_javascript_a_form_brings_its_files_along(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    foreign = await uploaded(site, await joined(GraphqlDoor(site), site, BORA))
    before = await uploaded(site, session, b"a", "once.txt")
    forms = Forms(site, session)
    found = await forms.post(
        data={"body": "Ekte", "attachments": [before, foreign]},
        files=[
            ("files", ("bir.png", PNG)), ("files", ("iki.log", b"satir")), ("files", ("resim\u202egpj.exe", b"MZ\0")),
            ("files", ("", b"")),
        ],
    )  # fmt: skip
    assert (found["body"], found["ids"][:2], len(found["ids"])) == ("Ekte", [before, foreign], 4)
    assert found["shown"] == ["once.txt", "bir.png", "iki.log"]
    ((name, code, text),) = found["problems"]
    assert (name, code) == ("files", "FILE_TYPE_NOT_ALLOWED")
    assert text.startswith("\u2068resimgpj.exe\u2069: ")
    assert [(await row_of(one)).filename for one in found["ids"][2:]] == ["bir.png", "iki.log"]
    plain = await forms.post(data={"body": "Düz", "attachments": before})
    assert (plain["ids"], plain["shown"]) == ([before], ["once.txt"])


@ON_ONE_DATABASE
async def test_files_beyond_what_is_taken_are_refused_one_by_one(site: Site) -> None:
    session = await joined(GraphqlDoor(site), site, AYSE)
    within(site, file_mebibytes=1, most_files=3)
    forms = Forms(site, session)
    files = [("files", (f"{place}.png", PNG + bytes(place * 600 * 1024))) for place in range(3)]
    found = await forms.post(data={"body": "x"}, files=files)
    assert [code for _, code, _ in found["problems"]] == ["FILE_TOO_LARGE"]
    assert found["shown"] == ["0.png", "1.png"]


@pytest.mark.parametrize("language", ["tr", "en"])
@ON_ONE_DATABASE
async def test_the_field_says_how_much_it_takes(site: Site, language: str) -> None:
    from web.render import fragment

    async def shown(request: Request) -> Response:
        from web.forms import Form

        return await fragment(request, "attachment_field", attaching=await attachment_field(request), form=Form())

    app = Starlette(routes=[Route("/", shown)])
    async with visitor(app) as client:
        page = html.unescape((await client.get("/", headers={"accept-language": language})).text)
    terms = settings.current().attachments
    assert f'data-most="{terms.most_files}"' in page
    assert re.search(rf"{terms.most_files}\D+{terms.file_mebibytes} MB", page)
    assert 'accept=".png,.jpg' in page
