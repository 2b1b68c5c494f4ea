"""The old protocol on the wire (licensing.md 2): both encodings, flat tags, echoes, md5, no redirect, empty trouble."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import clock, product_facts
from api.models import checks
from api.models.accounts import Account
from api.models.licenses import License
from api.rules import old_protocol as wire
from api.rules.leases import opened
from api.settings import Settings
from tests.licensed import PATH, Licensed, licensed
from tests.site import Site, running_site
from tests.test_checks import _keys
from web import license_server

SECRET = "kjfdlskfhiuewhfk947368"
TOKEN = "cf44486bddb6ad0145732642c45b2957"
MD5 = "969f4df84fe157ee4f5a2f71950ad154"


@pytest.fixture
async def own(site: Site) -> Licensed:
    return await licensed(site)


def tags(answer: httpx.Response) -> dict[str, str]:
    """What the clients' regular expression finds."""
    assert answer.status_code == 200, answer.status_code
    return dict(re.findall(r"<(.*?)>([^<]+)</\1>", answer.text, re.IGNORECASE))


def test_the_proof_is_the_one_that_the_field_uses() -> None:
    assert wire.md5hash(SECRET, TOKEN) == MD5
    assert wire.md5hash(None, TOKEN) == wire.md5hash(SECRET, "") == ""


@given(st.dictionaries(st.from_regex(r"[a-z]{1,10}", fullmatch=True), st.text(max_size=40), max_size=6))
def test_whatever_a_value_holds_the_answer_stays_flat(values: dict[str, str]) -> None:
    text = wire.lines(values.items())
    shown = {name: value for name, value in values.items() if value}
    assert text.count("\n<") + text.startswith("<") >= len(shown) - 1
    for name, value in shown.items():
        escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert f"<{name}>{escaped}</{name}>\n" in text


_PARTS = st.text(st.sampled_from("ab%+=4Ğ\xe9"), max_size=12)


@given(st.one_of(st.lists(_PARTS, max_size=8).map("&".join), st.text(max_size=40)))
def test_a_form_is_read_as_the_library_reads_it(text: str) -> None:
    sent = text.encode("utf-8").decode("latin-1")
    read = parse_qsl(sent, keep_blank_values=True, encoding="latin-1")
    assert license_server.urlencoded(sent) == dict(read)


async def test_the_answer_of_a_license_that_runs(own: Licensed) -> None:
    assert (await own.licensing(legacySecret=SECRET, legacyProductId="71"))["errors"] == []
    answer = await own.verify(
        "WWW.ŞİRKET.com.tr", ip="10.0.0.7", dir="/var/www/<whmcs> & co", check_token=TOKEN, rubbish="x"
    )
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "location" not in answer.headers
    found = tags(answer)
    row = await own.row()
    assert answer.text.startswith("<status>Active</status>\n")
    assert found == {
        "status": "Active",
        "serviceid": own.id,
        "productid": "71",
        "productname": "SMS Işık",
        "regdate": f"{clock.local(row.activated_at):%Y-%m-%d} 00:00:00" if row.activated_at else "",
        "nextduedate": "0000-00-00",
        "billingcycle": "One Time",
        "validdomain": "WWW.ŞİRKET.com.tr,xn--irket-idb.com.tr,www.xn--irket-idb.com.tr",
        "validip": "10.0.0.7",
        "validdirectory": "/var/www/&lt;whmcs&gt; &amp; co",
        "addons": f"name=Support and Upgrade Pack;nextduedate={row.support_until};status=Active",
        "lease": found["lease"],
        "md5hash": MD5,
    }
    assert opened(found["lease"], await _keys())
    # Wrapped into a root, an XML parser takes it too.
    assert ElementTree.fromstring(f"<r>{answer.text}</r>").findtext("status") == "Active"  # noqa: S314 - our own text
    for personal in ("Bora", "bora@example.net", "Işık Yazılım"):
        assert personal not in answer.text
    assert SECRET not in await own.site.everything_stored()


async def test_the_owner_is_told_only_where_the_product_says_so(own: Licensed) -> None:
    await own.licensing(tellsOwner=True)
    found = tags(await own.verify("a.com.tr"))
    assert (found["registeredname"], found["companyname"], found["email"]) == (
        "Bora Işık", "Işık Yazılım A.Ş.", "b***@example.net",
    )  # fmt: skip
    await own.licensing(tellsOwner=False)
    assert "registeredname" not in tags(await own.verify("a.com.tr"))


async def test_both_encodings_are_read(own: Licensed) -> None:
    await own.licensing(legacySecret=SECRET)
    body = f"licensekey={own.key}&domain=a.com.tr&ip=&dir=%2Fx&check_token={TOKEN}&"
    form = {"content-type": "application/x-www-form-urlencoded"}
    async with own.site.browser() as client:
        old = await client.post(PATH, content=body, headers=form)
        # As curl sends a PHP array.
        given = {"licensekey": own.key, "domain": "a.com.tr", "dir": "/x", "check_token": TOKEN}
        multipart = await client.post(PATH, files={name: (None, value) for name, value in given.items()})
        bare = await client.post(PATH, content=f"licensekey={own.key}&domain=a.com.tr")
    assert tags(old) == tags(multipart)
    assert tags(bare)["status"] == "Active"
    assert tags(old)["md5hash"] == MD5


async def test_values_come_back_byte_by_byte(own: Licensed) -> None:
    await own.verify("a.com.tr")
    async with own.site.browser() as client:
        answer = await client.post(PATH, content=f"licensekey={own.key}&domain=A.com.TR%3A443&dir=%FE%FFx")
    assert b"<validdomain>A.com.TR:443,a.com.tr,www.a.com.tr</validdomain>" in answer.content
    assert b"<validdirectory>\xfe\xffx</validdirectory>" in answer.content
    commas = tags(await own.verify("https://a.com.tr/?x=1,2"))
    assert commas["validdomain"] == "a.com.tr,www.a.com.tr"


@pytest.mark.parametrize("folder", ["C:/İşler".encode(), "C:/İşler".encode("cp1254")])
@pytest.mark.parametrize("charset", [b"", b"; charset=windows-1254"])
async def test_no_encoding_changes_a_byte(own: Licensed, folder: bytes, charset: bytes) -> None:
    fields = {b"licensekey": own.key.encode(), b"domain": "şirket.com.tr".encode(), b"dir": folder}
    bare = b"&".join(name + b"=" + value for name, value in fields.items())
    start = b'--B\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    parts = b"".join(start % field for field in fields.items()) + b"--B--\r\n"
    for kind, body in ((b"application/x-www-form-urlencoded", bare), (b"multipart/form-data; boundary=B", parts)):
        async with own.site.browser() as client:
            answer = await client.post(PATH, content=body, headers={b"content-type": kind + charset})
        assert b"<validdirectory>" + folder + b"</validdirectory>" in answer.content
        assert "<validdomain>şirket.com.tr,xn--irket-idb.com.tr,".encode() in answer.content


def _mistyped(key: str) -> str:
    return key[:-1] + ("Y" if key[-1] == "Z" else "Z")


async def test_every_refusal_is_an_answer(own: Licensed) -> None:
    await own.licensing(legacySecret=SECRET)
    await own.verify("a.com.tr")

    async def told(domain: str = "a.com.tr", **more: str) -> tuple[str, str, bool]:
        found = tags(await own.verify(domain, check_token=TOKEN, **more))
        return found.pop("status"), found.pop("message", ""), found.pop("md5hash", "") == MD5 and not found

    assert await told("b.com.tr") == ("Invalid", "Domain Invalid", True)
    assert await told("") == ("Invalid", "Domain Invalid", True)
    assert await told("localhost") == ("Invalid", "Domain Invalid", True)
    for status, expected in (
        ("SUSPENDED", ("Suspended", "", True)),
        ("CANCELLED", ("Invalid", "License Cancelled", True)),
        ("PENDING", ("Invalid", "Not Activated", True)),
    ):
        await License.all().update(status=status)
        assert await told() == expected
    await License.all().update(status="ACTIVE")
    await Account.all().update(status="TERMINATED", status_reason="x")
    assert await told() == ("Suspended", "", True)
    # Of a key that nobody has, no product is known, and so no secret.
    unknown = [await own.verify("a.com.tr", licensekey=key, check_token=TOKEN) for key in ("", "x", _mistyped(own.key))]
    assert {answer.text for answer in unknown} == {"<status>Invalid</status>\n"}


async def test_lapsed_support_stays_active_and_shows_in_the_addon(own: Licensed) -> None:
    await own.verify("a.com.tr")
    until = (await own.row()).support_until
    with clock.stopped(clock.now() + timedelta(days=366)):
        found = tags(await own.verify("a.com.tr"))
    assert found["status"] == "Active"
    assert found["addons"] == f"name=Support and Upgrade Pack;nextduedate={until};status=Expired"


async def test_modules_may_ask_under_the_paths_they_know(settings: Settings) -> None:
    terms = replace(settings.licensing, legacy_prefixes=("/whmcs", "/a/b"))
    async with running_site(replace(settings, licensing=terms)) as site:
        for path, status in ((f"/whmcs{PATH}", 200), (f"/a/b{PATH}", 200), (f"/a{PATH}", 404), (f"{PATH}/", 404)):
            async with site.browser() as client:
                assert (await client.post(path, data={"licensekey": "x"})).status_code == status


async def test_what_is_no_check_is_refused_with_an_empty_body(own: Licensed) -> None:
    async with own.site.browser() as client:
        for answer, status in (
            (await client.get(PATH), 405),
            (await client.put(PATH, content="x"), 405),
            (await client.post(PATH, content="licensekey=" + "x" * 17_000), 413),
            (await client.post(PATH, content="x", headers={"content-type": "multipart/form-data"}), 400),
            (await client.post(PATH, content="&".join(f"a{n}=1" for n in range(99))), 400),
        ):
            assert (answer.status_code, answer.content) == (status, b"")
        assert (await client.post(PATH)).text == "<status>Invalid</status>\n"
        # No CSRF, no session, no redirect to https, no slash.
        cross = await client.post(PATH, data={"licensekey": "x"}, headers={"sec-fetch-site": "cross-site"})
        assert cross.status_code == 200
        assert "set-cookie" not in cross.headers


async def test_who_sends_slowly_is_waited_for_so_long_and_keeps_nobody_out(
    own: Licensed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.license_server._PATIENCE_SECONDS", 2)
    monkeypatch.setattr("web.license_server._MOST_AT_ONCE", 1)

    async def never_ends() -> AsyncIterator[bytes]:
        yield b"licensekey="
        await asyncio.sleep(60)

    async with own.site.browser() as client:
        slow = [asyncio.create_task(client.post(PATH, content=never_ends())) for _ in range(3)]
        await asyncio.sleep(0.1)
        assert tags(await own.verify("a.com.tr"))["status"] == "Active"
        for answer in await asyncio.gather(*slow):
            assert (answer.status_code, answer.content) == (503, b"")


async def test_our_own_trouble_is_an_empty_503_at_once(own: Licensed, monkeypatch: pytest.MonkeyPatch) -> None:
    await own.verify("a.com.tr")

    async def away(_: object) -> None:
        raise OSError("the database is away")

    async def hangs(_: object) -> None:
        await asyncio.sleep(60)

    with monkeypatch.context() as patched:
        patched.setattr(checks, "license_by", away)
        answer = await own.verify("a.com.tr")
        assert (answer.status_code, answer.content) == (503, b"")
        patched.setattr(checks, "license_by", hangs)
        patched.setattr("web.license_server._PATIENCE_SECONDS", 0.05)
        answer = await own.verify("a.com.tr")
        assert (answer.status_code, answer.content) == (503, b"")
    assert tags(await own.verify("a.com.tr"))["status"] == "Active"


async def test_a_secret_is_set_and_taken_away_and_never_told(own: Licensed) -> None:
    cases = {"kısa": "INVALID", "kisa": "TOO_SHORT", "x" * 201: "TOO_LONG", "a b c d e f": "INVALID"}
    for typed, code in cases.items():
        errors = (await own.licensing(legacySecret=typed))["errors"]
        assert [(error["code"], error["field"]) for error in errors] == [(code, ["legacySecret"])]
    assert (await own.licensing(legacySecret=SECRET))["licensing"]["hasLegacySecret"] is True
    assert "md5hash" in tags(await own.verify("a.com.tr", check_token=TOKEN))
    assert (await own.licensing(legacySecret=""))["licensing"]["hasLegacySecret"] is False
    assert "md5hash" not in tags(await own.verify("a.com.tr", check_token=TOKEN))
    product_facts.forget()
    assert "md5hash" not in tags(await own.verify("a.com.tr", check_token=TOKEN))


async def test_the_public_keys_are_published(own: Licensed) -> None:
    async with own.site.browser() as client:
        answer = await client.get("/.well-known/license-keys.json")
    published = answer.json()
    assert (answer.status_code, published["format"]) == (200, "RL1")
    assert sorted(key["state"] for key in published["keys"]) == ["CURRENT", "NEXT"]
    assert {key["kid"] for key in published["keys"]} == set(await _keys())
    assert answer.headers["access-control-allow-origin"] == "*"
