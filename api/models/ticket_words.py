"""The words that tickets are found by, one row for each ticket, word and source (decision 0017).

No model: its keys are made of columns and its texts are sorted by bytes, neither of which the ORM can say.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import IntEnum
from uuid import UUID

from pypika_tortoise.context import SqlContext
from pypika_tortoise.terms import Criterion, ValueWrapper
from tortoise.expressions import Q, ResolveContext
from tortoise.query_utils import QueryModifier

from api.models.database import SQLITE, connection, rows
from api.rules.words import after


class Source(IntEnum):
    """Where a word stands. Customers find what is in messages, subject and number: the first; staff find all."""

    MESSAGE = 1
    NOTE = 2
    ACCOUNT = 3
    LICENSE = 4


# The words of `$3` and, on PostgreSQL, the same as an array: the statement is the same for any number of them.
_GIVEN = {SQLITE: "SELECT value AS word FROM json_each($3)", "": "SELECT unnest($3::text[]) AS word"}
_ADD = """INSERT INTO ticket_words (ticket_id, source, word)
SELECT {ticket}, {source}, given.word FROM ({given}) AS given WHERE true ON CONFLICT DO NOTHING"""
_ADD_TO_ALL = """INSERT INTO ticket_words (ticket_id, source, word)
SELECT tickets.id, {source}, given.word FROM tickets CROSS JOIN ({given}) AS given
WHERE tickets.{column} = {key} ON CONFLICT DO NOTHING"""
_TAKE_FROM_ALL = """DELETE FROM ticket_words
WHERE source = $2 AND ticket_id IN (SELECT id FROM tickets WHERE {column} = $1)"""
_COPY = """INSERT INTO ticket_words (ticket_id, source, word)
SELECT {ticket}, source, word FROM ticket_words WHERE ticket_id = $2 AND source IN (1, 2) ON CONFLICT DO NOTHING"""
_COUNT = """SELECT count(*) AS found FROM (
  SELECT 1 FROM ticket_words WHERE source IN {sources} AND word >= $1 AND word < $2 LIMIT {most}) AS few"""


def _said(statement: str, **parts: str) -> tuple[str, bool]:
    """The statement of this database, and whether that is SQLite."""
    embedded = connection().capabilities.dialect == SQLITE
    types = ("$1", "$2") if embedded else ("$1::uuid", "$2::smallint")
    given = _GIVEN[SQLITE if embedded else ""]
    return statement.format(ticket=types[0], key=types[0], source=types[1], given=given, **parts), embedded


async def add(ticket_id: UUID, source: Source, words: Sequence[str]) -> None:
    """Add the words that a ticket does not have yet from this source."""
    if words:
        statement, embedded = _said(_ADD)
        await rows(statement, [ticket_id, int(source), json.dumps(words) if embedded else words])


async def replace_account(account_id: UUID, words: Sequence[str]) -> None:
    """Let all tickets of an account be found by these words of it, and no longer by others."""
    await _replace("account_id", account_id, Source.ACCOUNT, words)


async def replace_license(license_id: UUID, words: Sequence[str]) -> None:
    """The same with the words of a license."""
    await _replace("license_id", license_id, Source.LICENSE, words)


async def _replace(column: str, key: UUID, source: Source, words: Sequence[str]) -> None:
    await rows(_TAKE_FROM_ALL.format(column=column), [key, int(source)])
    statement, embedded = _said(_ADD_TO_ALL, column=column)
    await rows(statement, [key, int(source), json.dumps(words) if embedded else words])


async def move(from_ticket: UUID, to_ticket: UUID) -> None:
    """Let a ticket be found by what another one's messages and notes say, and that one no longer."""
    statement, _ = _said(_COPY)
    await rows(statement, [to_ticket, from_ticket])
    await rows("DELETE FROM ticket_words WHERE ticket_id = $1 AND source IN (1, 2)", [from_ticket])


async def count(beginning: str, last: Source, most: int) -> int:
    """How many rows have a word that begins so, from the first source to `last`; at most `most`."""
    statement = _COUNT.format(sources=_listed(last), most=most)
    found = await rows(statement, [beginning, after(beginning)])
    return int(found[0]["found"])


def _listed(last: Source) -> str:
    return f"({', '.join(str(int(source)) for source in Source if source <= last)})"


# Not EXISTS, which PostgreSQL would rewrite into a join that first gathers all who have the word. Of IS NOT NULL its
# planner thinks that most rows fulfill it, and goes through them in the query's order until the page is full. And not
# a list of sources, with which it would think the index by words good enough.
_HAS = """(SELECT 1 FROM ticket_words WHERE ticket_id = "tickets"."id" AND word >= {{}} AND word < {{}}
  AND source <= {last} LIMIT 1) IS NOT NULL"""
_WHO_HAS = "SELECT ticket_id FROM ticket_words WHERE source IN {sources} AND word >= {{}} AND word < {{}}"
# An array, for of a list PostgreSQL's planner may think that a page is sooner full when each ticket is looked up in it.
_AMONG = {SQLITE: '"tickets"."id" IN ({who})', "": '"tickets"."id" = ANY(ARRAY({who}))'}


def each_has(beginnings: Sequence[str], last: Source) -> Q:
    """Tickets with all these words, asked of one ticket after the other, in the order of the query."""
    return _Found(" AND ".join([_HAS.format(last=int(last))] * len(beginnings)), beginnings)


def among(rare: str, others: Sequence[str], last: Source) -> Q:
    """Tickets with all these words, asked of those that have the rare one."""
    who = _WHO_HAS.format(sources=_listed(last))
    return _Found(" AND ".join([_among(who), *[_HAS.format(last=int(last))] * len(others)]), [rare, *others])


def in_common(beginnings: Sequence[str], last: Source) -> Q:
    """Tickets with all these words: what the lists of those who have each word have in common."""
    return _Found(_among(" INTERSECT ".join([_WHO_HAS.format(sources=_listed(last))] * len(beginnings))), beginnings)


def _among(who: str) -> str:
    return _AMONG[SQLITE if connection().capabilities.dialect == SQLITE else ""].format(who=who)


class _Found(Q):
    """A condition of a query of tickets, with two places for each beginning: it and the end of what begins so."""

    __slots__ = ("condition",)

    def __init__(self, statement: str, beginnings: Sequence[str]) -> None:
        super().__init__()
        bounds = [bound for beginning in beginnings for bound in (beginning, after(beginning))]
        self.condition = _Condition(statement, bounds)

    def resolve(self, resolve_context: ResolveContext) -> QueryModifier:
        """The condition as the ORM takes it."""
        del resolve_context
        return QueryModifier(where_criterion=self.condition)


class _Condition(Criterion):
    def __init__(self, statement: str, values: Sequence[str]) -> None:
        super().__init__()
        self.statement, self.values = statement, values

    def get_sql(self, ctx: SqlContext) -> str:
        """The condition, its values given to the parameters of the whole statement."""
        return self.statement.format(*(ValueWrapper(value).get_sql(ctx) for value in self.values))
