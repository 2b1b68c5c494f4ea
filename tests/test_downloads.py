"""Links to releases' files: who gets one, that it is good for one download, and that this may be resumed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import shutil
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn

from api import clock, jobs, sealing
from api.gateways.files import PIECE_BYTES
from api.models import ids
from api.models.audit import AuditEntry
from api.models.catalog import Release
from api.models.downloads import Download
from api.models.licenses import License
from tests.cast import AYSE, BORA
from tests.doors import GraphqlDoor, joined, signed_in
from tests.ports import free_port
from tests.releasing import LINK, Shop, opened, packed
from tests.site import ON_ONE_DATABASE, Site


async def refused(shop: Shop, release_id: str) -> tuple[str, str]:
    """The code and the field of what asking for a link was refused with."""
    answer = await shop.link(release_id)
    assert (answer["url"], answer["expiresAt"]) == (None, None)
    (error,) = answer["errors"]
    return error["code"], error["field"][0]


async def test_a_link_hands_out_the_file_once_with_all_that_is_known_of_it(site: Site) -> None:
    shop = await opened(site)
    content = packed()
    release = await shop.publish("2.4.1", content)
    row = await Release.get()
    path = await shop.path(release)
    answer = await shop.get(path)
    assert (answer.status_code, answer.content) == (200, content)
    told = {
        "content-length": str(len(content)),
        "content-type": "application/zip",
        "content-disposition": 'attachment; filename="sms-2.4.1.zip"',
        "accept-ranges": "bytes",
        "etag": f'"{hashlib.sha256(content).hexdigest()}"',
        "repr-digest": f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:",
        "ruhsat-signature": row.signature,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    assert {name: answer.headers[name] for name in told} == told
    again = await shop.get(path)
    assert (again.status_code, again.content) == (410, b"")
    assert [entry.act for entry in await AuditEntry.filter(act__startswith="download:").order_by("at")] == [
        "download:offer",
        "download:begin",
    ]


async def test_only_the_hash_of_a_token_is_kept(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shop = await opened(site)
    path = await shop.path(await shop.publish("1.0", packed()))
    token = path.rpartition("/")[2]
    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    page = await shop.get(path, accept="text/html")
    gone = await shop.get(path, accept="text/html")
    assert (page.status_code, gone.status_code) == (200, 410)
    assert token not in gone.text
    assert token not in await site.everything_stored()
    # The test's own client names addresses; nothing of ours does.
    assert [r.name for r in caplog.records if token in r.getMessage() and not r.name.startswith("http")] == []


@pytest.mark.parametrize(
    ("released_at", "until", "expected"),
    [
        ("2027-03-10T20:59:59Z", date(2027, 3, 10), True),
        ("2027-03-10T21:00:00Z", date(2027, 3, 10), False),
        ("2028-02-29T20:59:59Z", date(2028, 2, 29), True),
        ("2028-02-28T21:00:00Z", date(2028, 2, 28), False),
        ("2028-02-29T21:00:00Z", date(2028, 2, 29), False),
    ],
)
@ON_ONE_DATABASE
async def test_support_covers_releases_until_the_end_of_its_last_day(
    site: Site, released_at: str, until: date, expected: bool
) -> None:
    shop = await opened(site)
    release = await shop.publish("1.0", packed(), datetime.fromisoformat(released_at))
    await shop.ends_support(until)
    answer = await shop.link(release)
    assert [error["code"] for error in answer["errors"]] == ([] if expected else ["SUPPORT_LAPSED"])


async def test_a_release_after_support_is_refused_with_the_day_and_what_renewing_costs(site: Site) -> None:
    shop = await opened(site)
    release = await shop.publish("1.0", packed(), datetime(2027, 3, 10, 21, tzinfo=UTC))
    await License.all().update(support_anchor=date(2026, 3, 10), terms_paid=1, support_until=date(2027, 3, 10))
    with clock.stopped(datetime(2027, 3, 20, 9, tzinfo=UTC)):
        session = await signed_in(GraphqlDoor(site), BORA["email"])
        answer = await site.ask(LINK, {"license": shop.license_id, "release": release}, session)
        (error,) = answer["data"]["createDownloadLink"]["errors"]
        quoted = await site.data(
            "{ licenses { nodes { supportRenewalQuote { total { formatted } } } } }", token=session
        )
    total = quoted["licenses"]["nodes"][0]["supportRenewalQuote"]["total"]["formatted"]
    assert (error["code"], error["field"]) == ("SUPPORT_LAPSED", ["releaseId"])
    for part in ("11.03.2027", "10.03.2027", total):
        assert part in error["message"]


async def test_what_else_keeps_from_a_file(site: Site) -> None:
    shop = await opened(site)
    without = await shop.publish("0.9")
    release = await shop.publish("1.0", packed())
    assert await refused(shop, without) == ("NOT_ALLOWED", "releaseId")
    for unknown in ("rel_x", ids.public("rel", ids.new_id()), shop.product_id, ""):
        assert await refused(shop, unknown) == ("NOT_FOUND", "releaseId")
    for status in ("SUSPENDED", "CANCELLED", "PENDING"):
        await License.all().update(status=status)
        assert await refused(shop, release) == ("NOT_ALLOWED", "licenseId")
    await License.all().update(status="ACTIVE")
    await Release.all().update(yanked=True)
    assert await refused(shop, release) == ("NOT_ALLOWED", "releaseId")
    assert await Download.all().count() == 0


async def test_a_foreign_license_is_unknown_and_a_foreign_release_too(site: Site) -> None:
    shop = await opened(site)
    release = await shop.publish("1.0", packed())
    ayse = await joined(GraphqlDoor(site), site, AYSE)
    variables = {"license": shop.license_id, "release": release}
    (error,) = (await site.data(LINK, variables, ayse))["createDownloadLink"]["errors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["licenseId"])
    by_staff = (await site.data(LINK, variables, shop.staff))["createDownloadLink"]
    assert by_staff["errors"] == []
    await License.all().update(product_id=await _other_product(site, shop.staff))
    assert await refused(shop, release) == ("NOT_FOUND", "releaseId")


async def _other_product(site: Site, staff: str) -> object:
    made = await site.data(
        """mutation { createProduct(input: {slug: "baska", name: "Başka", summary: "Modül", description: "Metin",
        categorySlug: "moduller", price: "1", supportRenewalPrice: "1"}) { product { id } } }""",
        token=staff,
    )
    return ids.key_of(made["createProduct"]["product"]["id"], "prd")


async def test_only_the_rest_is_handed_out_after_the_beginning(site: Site) -> None:
    shop = await opened(site)
    content = packed()
    path = await shop.path(await shop.publish("1.0", content))
    etag = f'"{hashlib.sha256(content).hexdigest()}"'
    assert (await shop.get(path)).status_code == 200
    rest = await shop.get(path, range="bytes=100-")
    assert (rest.status_code, rest.content) == (206, content[100:])
    assert rest.headers["content-range"] == f"bytes 100-{len(content) - 1}/{len(content)}"
    assert rest.headers["content-length"] == str(len(content) - 100)
    same = await shop.get(path, range="bytes=1-", if_range=etag)
    assert (same.status_code, same.content) == (206, content[1:])
    beyond = await shop.get(path, range=f"bytes={len(content)}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(content)}")
    for headers in (
        {},
        {"range": "bytes=0-"},
        {"range": "bytes=100-200"},
        {"range": "bytes=-100"},
        {"range": "bytes=1-2,5-"},
        {"range": "bytes=1-", "if_range": '"another"'},
    ):
        assert (await shop.get(path, **headers)).status_code == 410
    # The same network, /24, and another.
    assert (await shop.get(path, "10.1.2.77", range="bytes=5-")).status_code == 206
    assert (await shop.get(path, "10.1.3.3", range="bytes=5-")).status_code == 410
    assert (await shop.get(path, "2001:db8::1", range="bytes=5-")).status_code == 410


async def test_a_first_request_may_ask_for_a_part(site: Site) -> None:
    shop = await opened(site)
    content = packed()
    release = await shop.publish("1.0", content)
    path = await shop.path(release)
    # What cannot be satisfied uses nothing up.
    assert (await shop.get(path, range="bytes=999999-")).status_code == 416
    part = await shop.get(path, range="bytes=0-99")
    assert (part.status_code, part.content) == (206, content[:100])
    assert (await shop.get(path, range="bytes=100-")).content == content[100:]
    whole = await shop.get(await shop.path(release), range="bytes=5-", if_range='"another"')
    assert (whole.status_code, whole.content) == (200, content)


async def test_looking_neither_begins_nor_uses_a_link(site: Site) -> None:
    shop = await opened(site)
    content = packed()
    path = await shop.path(await shop.publish("1.0", content))
    for _ in range(3):
        answer = await shop.get(path, method="HEAD", range="bytes=5-")
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-length"] == str(len(content))
    row = await Download.get()
    assert (row.begun_at, row.requests, row.network) == (None, 0, None)
    assert (await shop.get(path)).status_code == 200
    assert (await shop.get(path, method="HEAD")).status_code == 200
    assert (await shop.get(path, "10.9.9.9", method="HEAD")).status_code == 410
    assert (await Download.get()).requests == 1
    assert (await shop.get(path, method="POST")).status_code == 405


async def test_a_link_waits_15_minutes_and_its_rest_an_hour_and_20_requests(site: Site) -> None:
    shop = await opened(site)
    release = await shop.publish("1.0", packed())
    now = clock.now()
    with clock.stopped(now):
        late, used = await shop.path(release), await shop.path(release)
        told = datetime.fromisoformat((await shop.link(release))["expiresAt"])
        assert told == now + timedelta(minutes=15)
    with clock.stopped(now + timedelta(minutes=15)):
        assert (await shop.get(late)).status_code == 410
        assert (await shop.get(late, method="HEAD")).status_code == 410
    begun = now + timedelta(minutes=14, seconds=59)
    with clock.stopped(begun):
        assert (await shop.get(used)).status_code == 200
    with clock.stopped(begun + timedelta(minutes=59)):
        answers = [await shop.get(used, range="bytes=1-") for _ in range(10)]
        assert {answer.status_code for answer in answers} == {206}
    with clock.stopped(begun + timedelta(hours=1)):
        assert (await shop.get(used, range="bytes=1-")).status_code == 410
    with clock.stopped(begun + timedelta(minutes=30)):
        answers = [await shop.get(used, range="bytes=1-") for _ in range(12)]
    assert [answer.status_code for answer in answers] == [206] * 9 + [410] * 3


async def test_of_many_first_requests_at_once_one_is_answered(site: Site) -> None:
    shop = await opened(site)
    path = await shop.path(await shop.publish("1.0", packed()))
    answers = await asyncio.gather(*(shop.get(path) for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 410: 19}
    assert await AuditEntry.filter(act="download:begin").count() == 1


async def test_a_license_that_was_suspended_meanwhile_gets_nothing_by_an_old_link(site: Site) -> None:
    shop = await opened(site)
    release = await shop.publish("1.0", packed())
    paths = [await shop.path(release) for _ in range(2)]
    await License.all().update(status="SUSPENDED")
    assert (await shop.get(paths[0])).status_code == 410
    await License.all().update(status="ACTIVE")
    await Release.all().update(yanked=True)
    assert (await shop.get(paths[1])).status_code == 410


async def test_an_unknown_link_is_gone_in_the_readers_language(site: Site) -> None:
    for language, words in (("tr", "artık geçerli değil"), ("en", "no longer good")):
        async with site.browser() as client:
            headers = {"accept": "text/html", "accept-language": language}
            answer = await client.get("/downloads/" + "x" * 43, headers=headers)
        assert answer.status_code == 410
        assert words in answer.text
        assert 'href="/panel/licenses"' in answer.text
        assert "x" * 43 not in answer.text
    for odd in ("%00", "%ff", "..%2f..", "ş"):
        assert (await site.client.get(f"/downloads/{odd}")).status_code in {404, 410}


async def test_a_store_that_is_away_uses_nothing_up(site: Site) -> None:
    shop = await opened(site)
    content = packed()
    path = await shop.path(await shop.publish("1.0", content))
    folder = Path(site.settings.files_url.removeprefix("file://"))
    (moved := folder.with_name("away")).mkdir()
    shutil.move(folder / "releases", moved)
    away = await shop.get(path, accept="text/html")
    assert (away.status_code, away.headers["retry-after"]) == (503, "60")
    assert "kullanılmış sayılmadı" in away.text
    assert (await shop.get(path)).content == b""
    shutil.move(moved / "releases", folder)
    assert (await shop.get(path)).content == content


async def test_links_are_erased_once_they_have_expired(site: Site) -> None:
    shop = await opened(site)
    release = await shop.publish("1.0", packed())
    with clock.stopped(clock.now() - timedelta(minutes=20)):
        await Download.create(
            license_id=ids.key_of(shop.license_id, "lic"),
            release_id=ids.key_of(release, "rel"),
            token_hash=sealing.token_hash("old"),
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(minutes=15),
        )
    await shop.path(release)
    assert await jobs.sweep() == 1
    assert await Download.all().count() == 1
    assert (await AuditEntry.get(act="retention:sweep")).details["downloads"] == "1"


@ON_ONE_DATABASE
async def test_curl_resumes_a_download_that_was_cut_off(site: Site, tmp_path: Path) -> None:
    shop = await opened(site)
    content = packed(12 * PIECE_BYTES)
    path = await shop.path(await shop.publish("1.0", content))
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(site.app, port=port, log_level="warning", lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.02)
    target = tmp_path / "sms.zip"

    async def curl(*options: str) -> asyncio.subprocess.Process:
        """A curl that runs."""
        return await asyncio.create_subprocess_exec(
            "curl", "-s", "-f", *options, "-o", str(target), f"http://127.0.0.1:{port}{path}"
        )

    try:
        cut_off = await curl("--limit-rate", "100k", "--no-buffer")
        while not (target.exists() and target.stat().st_size):
            assert cut_off.returncode is None
            await asyncio.sleep(0.02)
        cut_off.kill()
        await cut_off.wait()
        assert 0 < target.stat().st_size < len(content)
        # Without a range the link is used up: 22 is a status of 400 or more.
        assert await (await curl("-o", "/dev/null")).wait() == 22
        assert await (await curl("-C", "-")).wait() == 0
        assert target.read_bytes() == content
        assert (await Download.get()).requests == 2
    finally:
        server.should_exit = True
        await serving
