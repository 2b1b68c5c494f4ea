"""`make bench tickets`: pages and lists of tickets among 100,000, beside the same among 1,000, on both databases."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import quote

import httpx

from benchmarks import stock, ticket_stock
from benchmarks.server import OTHERS, answering, environment, free_port, new_database, postgres, started
from benchmarks.ticket_filling import STAFF_SESSION, fill
from benchmarks.ticket_stock import EVEN, ODD, OFTEN, Tickets

FEW, MANY = 1_000, 100_000
# No page may take longer among many than so many times as long as among few.
MOST = 3.0
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
_REQUESTS = 8
_FEWEST = 40
_DOCUMENT = """query ($search: String, $status: TicketStatus) {
  tickets(first: 20, search: $search, status: $status) { nodes {
    id number kind subject status dueAt lastMessageAt } pageInfo { hasNextPage endCursor } } }"""
_ONE = """query ($number: String!) { ticket(number: $number) { number subject
  messages(first: 100) { nodes { author body html attachments { filename } } pageInfo { hasNextPage } } } }"""
_QUEUE = """query ($queue: TicketQueue!, $search: String) { ticketQueue(first: 20, queue: $queue, search: $search) {
  nodes { id number subject dueAt assignee account { number } } pageInfo { hasNextPage endCursor } } }"""
_NEWEST = "T0000000"
_NUMBER = re.compile(r"T\d{7}")


@dataclass(frozen=True, slots=True)
class View:
    """What is asked for: by whom, and whether there are tickets in the answer.

    Of words that many have, but nobody together, all tickets are looked at: that is printed and not required.
    """

    name: str
    who: str
    ask: Callable[[httpx.Client], httpx.Response]
    seen: bool = True

    @property
    def required(self) -> bool:
        """Whether it may take three times as long at most."""
        return _APART not in self.name


def _page(path: str) -> Callable[[httpx.Client], httpx.Response]:
    return lambda client: client.get(path)


def _graphql(document: str, **variables: str) -> Callable[[httpx.Client], httpx.Response]:
    return lambda client: client.post("/graphql", json={"query": document, "variables": variables})


_APART = "two words never together"


def _searches() -> Iterator[tuple[str, str, bool]]:
    """What is searched for, and whether it is found."""
    yield "a rare word", ticket_stock.rare(0), True
    yield "a word of half", EVEN, True
    yield "the beginning of many", EVEN[:2], True
    yield "two words of a quarter", f"{EVEN} {OFTEN}", True
    yield _APART, f"{EVEN} {ODD}", False
    yield "nobody's word", "yokböyle", False


def views() -> Iterator[View]:
    """All that is measured."""
    for who in ("customer", "staff"):
        yield View("list, GraphQL", who, _graphql(_DOCUMENT))
        yield View("list of a status, GraphQL", who, _graphql(_DOCUMENT, status="OPEN"))
        for name, text, seen in _searches():
            yield View(f"{name}, GraphQL", who, _graphql(_DOCUMENT, search=text), seen)
    for queue in ("ALL", "MINE", "UNASSIGNED"):
        yield View(f"queue {queue}, GraphQL", "staff", _graphql(_QUEUE, queue=queue))
    yield View("queue, a word of half, GraphQL", "staff", _graphql(_QUEUE, queue="ALL", search=EVEN))
    yield View("200 messages, GraphQL", "customer", _graphql(_ONE, number=_NEWEST))
    yield View("list, page", "customer", _page("/panel/tickets"))
    for name, text, seen in _searches():
        yield View(f"{name}, page", "customer", _page(f"/panel/tickets?search={quote(text)}"), seen)
    yield View("200 messages, page", "customer", _page(f"/panel/tickets/{_NEWEST}"))
    yield View("what came meanwhile, page", "customer", _page(f"/panel/tickets/{_NEWEST}/news"))
    for show in ("waiting", "mine", "unassigned", "all"):
        yield View(f"queue {show}, page", "staff", _page(f"/desk/tickets?show={show}"))
    for name, text, seen in _searches():
        yield View(f"{name}, page", "staff", _page(f"/desk/tickets?search={quote(text)}"), seen)
    yield View("200 messages, page", "staff", _page(f"/desk/tickets/{_NEWEST}"))


@dataclass(frozen=True, slots=True)
class _Site:
    clients: dict[str, httpx.Client]

    def seconds(self, view: View) -> float:
        """How long one answer took, the middle of some; RuntimeError when one is not the right one."""
        taken = []
        client = self.clients[view.who]
        for _ in range(_REQUESTS):
            begun = time.perf_counter()
            answer = view.ask(client)
            taken.append(time.perf_counter() - begun)
            found = _NUMBER.search(answer.text) is not None
            if answer.status_code != 200 or b'"errors"' in answer.content or found != view.seen:
                raise RuntimeError(f"{view.name}: {answer.status_code} {answer.text[:600]}")
        return median(taken)


@contextmanager
def _site(url: str, folder: Path, size: Tickets) -> Iterator[_Site]:
    port = free_port()
    variables = environment(url, folder, port)
    kind = url.partition(":")[0]
    begun = time.perf_counter()
    asyncio.run(fill(variables, size))
    print(f"{kind}: {size.count:,} tickets filled in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    with started([sys.executable, "-m", "api", "serve"], variables, folder / f"{kind}{size.count}.log") as process:
        answering(port, process)
        sessions = {"customer": stock.session_token(0), "staff": STAFF_SESSION}
        clients = {
            name: httpx.Client(
                base_url=f"http://127.0.0.1:{port}",
                cookies={"session": session},
                headers={"authorization": f"Bearer {session}"},
                timeout=60,
            )
            for name, session in sessions.items()
        }
        yield _Site(clients)


def _url(kind: str, folder: Path, size: Tickets) -> str:
    """The address of an empty database."""
    if kind == "sqlite":
        return f"sqlite://{folder}/tickets{size.count}.sqlite3"
    return asyncio.run(new_database(postgres(folder / "postgres"), f"tickets{size.count}"))


def _compare(view: View, few: _Site, many: _Site) -> bool:
    """Measure both in turns and print the line; whether many do not take too long."""
    taken: dict[str, list[float]] = {"few": [], "many": []}
    for turn in range(ROUNDS):
        for name, site in (("few", few), ("many", many)) if turn % 2 else (("many", many), ("few", few)):
            taken[name].append(site.seconds(view))
    less, more = median(taken["few"]), median(taken["many"])
    reached = more <= MOST * less
    print(
        f"{view.who:9} {view.name:36} {less * 1000:8.1f} {more * 1000:8.1f} {more / less:6.2f} "
        f"{'' if reached else 'missed' if view.required else 'not required'}".rstrip(),
        flush=True,
    )
    return reached or not view.required


def main(given: list[str]) -> int:
    """Print a table for each database, or those given; 1 when a page took more than three times as long."""
    scale = float(os.environ.get("BENCH_SCALE", "1"))
    sizes = [Tickets(max(int(count * scale), _FEWEST)) for count in (FEW, MANY)]
    reached = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in given or ("sqlite", "postgres"):
            with ExitStack() as stack:
                few, many = (stack.enter_context(_site(_url(kind, folder, size), folder, size)) for size in sizes)
                os.sched_setaffinity(0, OTHERS)
                print(f"{kind}: ms an answer, with {sizes[0].count:,} and {sizes[1].count:,} tickets; their ratio")
                reached += [_compare(view, few, many) for view in views()]
    return 0 if all(reached) else 1
