"""The letters that were sent to somebody can be read again, by them only, and without their secrets."""

from __future__ import annotations

from tests.cast import AYSE, BORA
from tests.doors import GraphqlDoor, joined, registered
from tests.site import Site, token_in

LETTERS = "{ letters(first: 5) { totalCount nodes { id kind subject text sha256 } } }"


async def test_everybody_reads_their_own_letters(site: Site) -> None:
    door = GraphqlDoor(site)
    ayse = await joined(door, site, AYSE)
    bora = await joined(door, site, BORA)
    assert (await door.forget(AYSE["email"])).done
    token = token_in((await site.letters_to(AYSE["email"]))[-1])
    (mine,) = (await site.data(LETTERS, token=ayse))["letters"]["nodes"]
    assert mine["kind"] == "password_reset"
    assert token not in mine["text"]
    assert (await site.data(LETTERS, token=bora))["letters"]["nodes"] == []
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await site.data(node, {"id": mine["id"]}, ayse))["node"] == {"id": mine["id"]}
    assert (await site.data(node, {"id": mine["id"]}, bora))["node"] is None
    async with site.browser() as client:
        client.cookies.set("session", ayse)
        page = await client.get("/panel/letters")
        assert mine["subject"] in page.text
        shown = await client.get(f"/panel/letters/{mine['id']}")
        assert mine["sha256"] in shown.text
        assert token not in shown.text
    async with site.browser() as client:
        client.cookies.set("session", bora)
        assert "Henüz size gönderilmiş" in (await client.get("/panel/letters")).text
        unknown = "let_" + "0" * 32
        answers = [await client.get(f"/panel/letters/{key}") for key in (mine["id"], unknown, "x")]
        assert [answer.status_code for answer in answers] == [404, 404, 404]


async def test_what_was_sent_before_an_account_stood_belongs_to_nobody(site: Site) -> None:
    await registered(GraphqlDoor(site), site, AYSE)
    (row,) = (await site.all_rows())["letters"]
    assert row["person_id"] is None
