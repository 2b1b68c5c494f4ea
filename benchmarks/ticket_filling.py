"""Fills a database of either kind with tickets: by COPY, or by SQLite's own client, foreign keys unlooked at."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from api import clock, sealing, signing
from api.caller import STAFF_SCOPES, Caller, Door
from api.first_texts import publish_first_texts
from api.models import database
from api.models.ids import new_id
from api.models.licenses import License
from api.models.people import Person
from api.models.sessions import Session
from api.models.ticket_words import Source
from api.models.tickets import Ticket, TicketMessage, TicketPromise
from api.process import connected, prepare
from api.resolvers.staff import create_staff
from api.rules.words import words
from api.settings import load
from benchmarks import stock, ticket_stock
from benchmarks.filling import customers, orders_of, products_sold
from benchmarks.ticket_stock import Tickets

STAFF = "deniz@example.net"
STAFF_SESSION = "ses_of_staff"
_BATCH = 2000
_PRODUCTS = stock.Size(accounts=0, products=1, licenses=0)
Rows = Iterable[tuple[Any, ...]]
Copy = Callable[[str, tuple[str, ...], Rows], Any]

_TICKET = (
    "id", "number", "account_id", "license_id", "kind", "subject", "status", "priority", "opened_by_staff", "opened_at",
    "first_answer_due_at", "first_answered_at", "waiting_since", "due_at", "last_message_at", "closed_at",
    "assignee_id", "last_position",
)  # fmt: skip
_MESSAGE = (
    "id", "ticket_id", "position", "kind", "audience", "details", "author_id", "author_name", "from_staff", "body",
    "html", "sent_at",
)  # fmt: skip
_PROMISE = ("id", "ticket_id", "started_at", "minutes", "due_at", "ended_at", "outcome")
_WORD = ("ticket_id", "word", "source")
_BY_WORD = "CREATE INDEX idx_ticket_words_by_word ON ticket_words (source, word, ticket_id)"


async def fill(variables: dict[str, str], size: Tickets) -> None:
    """Migrate the database of these settings and fill it."""
    settings = prepare(load(variables))
    await database.migrate(settings.database_url)
    async with connected(settings):
        await publish_first_texts(settings.vendor)
        await signing.begin(Caller(door=Door.COMMAND))
        owners = await _customers(size)
        staff = await _staff()
        licenses = await _licenses(owners)
    made = _Made(size, owners, licenses, staff)
    if settings.database_url.startswith("sqlite:"):
        _write(settings.database_url.removeprefix("sqlite://"), made)
    else:
        await _copy(settings.database_url, made)


async def _customers(size: Tickets) -> list[UUID]:
    """Accounts with their owners, the first of whom are signed in."""
    people = stock.Size(accounts=max(size.accounts, 100), products=1, licenses=0)
    made: list[UUID] = []
    for begin in range(0, size.accounts, _BATCH):
        made += await customers(range(begin, min(begin + _BATCH, size.accounts)), "no password", people)
    return made


async def _staff() -> UUID:
    """Who answers, signed in."""
    await create_staff(Caller(Door.COMMAND), STAFF, STAFF_SCOPES)
    person = await Person.get(email=STAFF)
    person.first_name, person.last_name = "Deniz", "Kaya"
    await person.save()
    now = clock.now()
    await Session.create(
        person_id=person.id, token_hash=sealing.token_hash(STAFF_SESSION), created_at=now,
        expires_at=now + timedelta(days=7), address="127.0.0.1", agent="bench",
    )  # fmt: skip
    return person.id


async def _licenses(owners: list[UUID]) -> list[UUID]:
    """A license of each customer, bound to a domain."""
    (product,) = await products_sold(_PRODUCTS)
    orders = await orders_of(owners)
    now, today = clock.now(), clock.today()
    amount = stock.Size(accounts=len(owners), products=1, licenses=len(owners))
    made = []
    for number, (account, order) in enumerate(zip(owners, orders, strict=True)):
        host = stock.domain(number)
        row = License(
            id=new_id(), product_id=product, account_id=account, order_id=order, status=License.ACTIVE, domain=host,
            domain_ascii=host, created_at=now, activated_at=now, support_anchor=today, support_until=today,
            terms_paid=1, installation_until=today, search_key=host,
        )  # fmt: skip
        row.set_key(amount.key(number), "BEN0000-****")
        made.append(row)
    await License.bulk_create(made, batch_size=_BATCH)
    return [row.id for row in made]


class _Made:
    """The rows, ticket by ticket in the order of their ids, so that indexes grow at their end."""

    def __init__(self, size: Tickets, owners: list[UUID], licenses: list[UUID], staff: UUID) -> None:
        self.size, self.owners, self.licenses, self.staff = size, owners, licenses, staff
        self.now = clock.now().replace(microsecond=0)
        self.keys = sorted(new_id() for _ in range(size.count))
        self.numbers = Random(2).sample(range(size.count), size.count)  # noqa: S311 - no secret

    def tickets(self) -> Iterator[tuple[Any, ...]]:
        """One row each; the newest wait, most others are closed."""
        for key, number in zip(self.keys, self.numbers, strict=True):
            told = ticket_stock.told_at(number, self.now)
            began, waits = told - timedelta(days=2), self.size.waits(number)
            due = told + timedelta(minutes=180 if waits else 0)
            status = Ticket.OPEN if waits else (Ticket.CLOSED if number % 5 else Ticket.ANSWERED)
            owner = self.size.owner(number)
            yield (
                key, _number(number), self.owners[owner], self.licenses[owner], "TECHNICAL",
                ticket_stock.subject(number), status, "NORMAL", False, began, began + timedelta(hours=3),
                began + timedelta(hours=1), told if waits else None, due if waits else None, told,
                told if status == Ticket.CLOSED else None, self.staff if self.size.assigned(number) else None,
                self.long(number),
            )  # fmt: skip

    def long(self, number: int) -> int:
        """How many messages a ticket has."""
        return ticket_stock.LONG if number == 0 else ticket_stock.MESSAGES

    def messages(self) -> Iterator[tuple[Any, ...]]:
        """The customer and staff in turns."""
        for key, number in zip(self.keys, self.numbers, strict=True):
            told, count = ticket_stock.told_at(number, self.now), self.long(number)
            for position, text in enumerate(ticket_stock.messages(number, count), 1):
                sent = told - (count - position) * timedelta(minutes=5)
                from_staff = position % 2 == 0
                name = "Deniz Kaya" if from_staff else "Nehir Özışık"
                yield (
                    new_id(), key, position, TicketMessage.MESSAGE, "CUSTOMER", "{}", self.staff, name, from_staff,
                    text, f"<p>{text}</p>", sent,
                )  # fmt: skip

    def promises(self) -> Iterator[tuple[Any, ...]]:
        """Three of each ticket, the last one still open where it waits; every tenth was missed."""
        for key, number in zip(self.keys, self.numbers, strict=True):
            told = ticket_stock.told_at(number, self.now)
            for place in range(3):
                began = told - place * timedelta(hours=4)
                still_open = place == 0 and self.size.waits(number)
                ended = began + timedelta(hours=4 if number % 10 == 0 else 1)
                yield (
                    new_id(), key, began, 180, began + timedelta(minutes=180), None if still_open else ended,
                    None if still_open else TicketPromise.ANSWERED,
                )  # fmt: skip

    def words(self) -> Iterator[tuple[Any, ...]]:
        """What `api.ticket_search` would have written."""
        owner = words("Nehir Özışık")
        for key, number in zip(self.keys, self.numbers, strict=True):
            found = set(words(f"{_number(number)} {ticket_stock.subject(number)}"))
            for text in ticket_stock.messages(number, self.long(number)):
                found.update(_words_of(text))
            host = words(stock.domain(self.size.owner(number)))
            for source, those in ((Source.MESSAGE, found), (Source.ACCOUNT, owner), (Source.LICENSE, host)):
                for word in those:
                    yield key, word, int(source)

    def tables(self) -> Iterator[tuple[str, tuple[str, ...], Rows]]:
        """What is written, in its order."""
        yield "tickets", _TICKET, self.tickets()
        yield "ticket_messages", _MESSAGE, self.messages()
        yield "ticket_promises", _PROMISE, self.promises()
        yield "ticket_words", _WORD, self.words()


def _number(number: int) -> str:
    return f"T{number:07}"


@cache
def _words_of(text: str) -> list[str]:
    return words(text)


async def _copy(url: str, made: _Made) -> None:
    """To PostgreSQL, leaving nothing to be tidied up while it is measured."""
    db = await asyncpg.connect(url)
    try:
        await db.execute("SET session_replication_role = replica")
        await db.execute("DROP INDEX idx_ticket_words_by_word")
        for table, columns, those in made.tables():
            await db.copy_records_to_table(table, records=those, columns=columns)
        await db.execute(_BY_WORD)
        await db.execute("VACUUM (ANALYZE)")
        await db.execute("CHECKPOINT")
    finally:
        await db.close()


def _write(path: str, made: _Made) -> None:
    """To SQLite, in one transaction."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("DROP INDEX idx_ticket_words_by_word")
        for table, columns, those in made.tables():
            marks = ", ".join("?" * len(columns))
            statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names only
            db.executemany(statement, (tuple(_stored(value) for value in row) for row in those))
        db.execute(_BY_WORD)
        db.commit()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _stored(value: object) -> object:
    """A value as Tortoise writes it to SQLite."""
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat(" ") if isinstance(value, datetime) else value
