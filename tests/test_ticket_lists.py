"""Lists of tickets stay quick: an index serves each in its order, and more rows cost no more statements."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from api import ticket_search
from api.models.accounts import Account
from api.models.ids import new_id
from api.models.tickets import Ticket
from api.schema.paging import page
from tests.cast import AYSE
from tests.doors import GraphqlDoor, joined
from tests.site import Site
from tests.statements import plan, statements, with_values
from tests.test_ticket_search import opened
from tests.ticketed import ticketed

_SORTED = re.compile(r"Sort|TEMP B-TREE")
_READS_ALL = re.compile(r"Seq Scan on (tickets|ticket_words)|SCAN (tickets|ticket_words)\b(?! USING)")
_BEGINS_AT = re.compile(r"Index Cond:.*(last_message_at|due_at) [<>]=|(last_message_at|due_at)[<>]\?")
_OWN = Q(account_id=new_id())
LISTS = {
    "one's own": (_OWN, "-last_message_at"),
    "one's own of a status": (_OWN & Q(status="OPEN"), "-last_message_at"),
    "all": (Q(), "-last_message_at"),
    "all of a status": (Q(status="CLOSED"), "-last_message_at"),
    "the queue": (Q(due_at__isnull=False), "due_at"),
    "what is mine of it": (Q(due_at__isnull=False, assignee_id=new_id()), "due_at"),
    "what is nobody's of it": (Q(due_at__isnull=False, assignee_id__isnull=True), "due_at"),
}


async def _plans(query: QuerySet[Ticket], order: str, after: str | None) -> list[str]:
    with with_values() as seen:
        await page(query, order, 20, after, lambda row: row)
    return [await plan(sql, values) for sql, values in seen]


@pytest.mark.parametrize("name", LISTS)
async def test_each_list_is_read_in_its_order_from_an_index(site: Site, name: str) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    row = await opened(await Account.get(), "Soru")
    shown = await page(Ticket.filter(id=row.id), LISTS[name][1], 1, None, lambda row: row)
    chosen, order = LISTS[name]
    for after in (None, shown.page_info.end_cursor):
        for told in await _plans(Ticket.filter(chosen), order, after):
            assert not _SORTED.search(told), told
            assert not _READS_ALL.search(told), told
            if after is not None:
                # The page begins at its place.
                assert _BEGINS_AT.search(told), told


@pytest.fixture(params=["rare", "in turn", "in common"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Each way of searching."""
    if request.param != "rare":
        monkeypatch.setattr(ticket_search, "RARE", 0)
    if request.param == "in common":
        monkeypatch.setattr(ticket_search, "NEAR", 0)
        monkeypatch.setattr(ticket_search, "FAR", 0)
    return iter([request.param])


async def test_each_way_of_searching_goes_by_indexes_of_words(site: Site, way: Iterator[str]) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    account = await Account.get()
    await opened(account, "Ödeme gecikti")
    how = next(way)
    for query, staff in ((Ticket.filter(account_id=account.id), False), (Ticket.all(), True)):
        with with_values() as seen:
            wanted = await ticket_search.found(query, "ödeme gecik", "-last_message_at", staff=staff)
            found = await page(wanted, "-last_message_at", 20, None, lambda row: row)
        assert [row.subject for row in found.nodes] == ["Ödeme gecikti"]
        for sql, values in seen:
            told = await plan(sql, values)
            assert not _READS_ALL.search(told), told
            if "ticket_words" in sql:
                assert re.search(r"idx_ticket_words_by_word|ticket_words_pkey|PRIMARY KEY \(ticket_id=\?", told), told
        last = await plan(*seen[-1])
        assert ("word>? AND word<?" in last) or ("word >= " in last)
        assert how != "in turn" or not _SORTED.search(last), last


NESTED = """query ($first: Int!) { tickets(first: $first) { nodes {
  number subject assignee account { number } license { id product { name } } mergedInto { number }
  messages(first: 10) { totalCount nodes { id author body html attachments { id filename size } } }
  events(first: 10) { totalCount nodes { kind text author } } notes(first: 10) { totalCount nodes { body author } }
} pageInfo { hasNextPage } } }"""


async def test_more_tickets_and_messages_are_no_more_statements(site: Site) -> None:
    asking = await ticketed(site)
    counts: dict[str, list[int]] = {"customer": [], "staff": []}
    for more in (1, 12):
        for number in range(more):
            made = await asking.open(subject=f"Soru {number}")
            await asking.answer(made["id"])
            await asking.reply(made["id"])
        for name, token in (("customer", asking.session), ("staff", asking.staff)):
            with statements() as seen:
                answer = await site.data(NESTED, {"first": 100}, token)
            assert len(answer["tickets"]["nodes"]) == (1 if more == 1 else 13)
            counts[name].append(len(seen))
    assert counts["customer"][0] == counts["customer"][1]
    assert counts["staff"][0] == counts["staff"][1]


async def test_a_search_is_a_fixed_number_of_statements(site: Site) -> None:
    await joined(GraphqlDoor(site), site, AYSE)
    account = await Account.get()
    for text, most in (("ödeme", 2), ("ödeme kart", 3), ("yok", 2), (None, 1)):
        counts = []
        for more in (1, 12):
            for number in range(more):
                await opened(account, f"Ödeme {number}", "kart", note="not")
            with statements() as seen:
                query = await ticket_search.found(Ticket.all(), text, "-last_message_at", staff=True)
                await page(query, "-last_message_at", 20, None, lambda row: row)
            counts.append(len(seen))
        assert counts == [most, most]
