"""The desk: one ticket with all of its stream, and what is new in it while somebody works on it."""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from strawberry import ID

from api.caller import Caller, Scope
from api.i18n import Language
from api.refusal import UserErrorCode
from api.resolvers import canned_answers, ticket_agents, ticket_desk, tickets
from api.schema.accounts import account_of
from api.schema.ticket_desk import TicketPresence
from api.schema.tickets import Ticket
from web.attachments import attachment_field
from web.catalog import href, listed
from web.desk import at_desk
from web.desk_places import place_of
from web.desk_tickets import DESK_TICKETS, initials, shown_item
from web.desk_words import kinds, priorities
from web.forms import Form, read_form
from web.licenses import LICENSES, back_to
from web.promises import shown_promise
from web.render import fragment, page
from web.ticket_stream import stream_of

DONE = ("answered", "asked", "closed", "noted", "assigned", "changed", "merged", "opened")
MOST_OTHERS = 5
_KEYS = ((("R",), "answer"), (("N",), "note"), (("U",), "back"), (("Ctrl+Enter",), "send"))


async def ticket_at(request: Request) -> Ticket:
    """The ticket that the address names; 404 for none."""
    caller = (await at_desk(request)).caller
    found = await tickets.ticket(caller, request.path_params["number"])
    if found is None:
        raise HTTPException(404)
    return found


async def workable(request: Request) -> tuple[Caller, Ticket]:
    """Who works on the ticket that the address names; 404 for staff who only read."""
    caller = (await at_desk(request)).caller
    if Scope.TICKETS_MANAGE not in caller.scopes:
        raise HTTPException(404)
    return caller, await ticket_at(request)


async def show_ticket(request: Request) -> Response:
    """GET /desk/tickets/{number}; `before` an entry, for the older ones."""
    return await ticket_page(request, await ticket_at(request))


async def ticket_page(
    request: Request,
    ticket: Ticket,
    *,
    answer: Form | None = None,
    note: Form | None = None,
    act: Form | None = None,
    attached: Sequence[ID] = (),
    note_attached: Sequence[ID] = (),
    overtaken_after: str | None = None,
    **more: Any,
) -> Response:
    """The page of a ticket with its forms as they were filled in."""
    caller = (await at_desk(request)).caller
    manages = Scope.TICKETS_MANAGE in caller.scopes
    before = request.query_params.get("before") if request.method == "GET" else None
    stream = await listed(stream_of(ticket, caller, before, staff=True))
    shown = await shown_ticket(request, ticket, caller)
    answer, note, act = answer or Form(), note or Form(), act or Form()
    done = request.query_params.get("done")
    working = await _for_working(request, ticket, caller, attached, note_attached) if manages else {}
    return await page(
        request,
        "desk_ticket",
        max(form.status for form in (answer, note, act)),
        **back_to(request, shown.href),
        ticket=shown,
        entries=stream.entries,
        older_href=href(shown.href, before=stream.older_before) if stream.older_before else None,
        newest=stream.newest,
        # Old entries are only read; what works on the ticket stands under the newest.
        working=manages and not before and shown.merged is None,
        seen=seen_in(stream.entries),
        overtaken=_overtaking(stream.entries, overtaken_after) if overtaken_after else None,
        others=[],
        said=None,
        manages=manages,
        answer=answer,
        note=note,
        act=act,
        key=_key(answer),
        note_key=_key(note),
        draft=f"desk:{caller.person_id}:{ticket.number}",
        other_tickets=await _others(ticket, shown.account_id, caller),
        promise=_promise(ticket, caller.language),
        shortcuts=_KEYS,
        done=done if done in DONE else None,
        **working,
        **({"preview": None, "opened": ""} | more),
    )


def _key(answer: Form) -> str:
    """The key under which an answer is sent once; one that stands for another would refuse this one for ever."""
    taken = any(problem.code == UserErrorCode.IDEMPOTENCY_CONFLICT for problem in answer.problems)
    return uuid4().hex if taken or not answer.value("key") else answer.value("key")


async def shown_ticket(request: Request, ticket: Ticket, caller: Caller) -> SimpleNamespace:
    """A ticket as the desk shows it, with its customer and license."""
    warn = request.app.state.settings.tickets.warn_minutes
    shown, account, own, merged = await gather(
        shown_item(ticket, caller, warn),
        account_of(ticket.row.account_id, caller),
        ticket.license_for(caller),
        ticket.merged_into_for(caller),
    )
    vars(shown).update(
        opened_at=ticket.opened_at,
        opened_by_staff=ticket.opened_by_staff,
        rating=ticket.rating,
        rating_comment=ticket.rating_comment,
        account_id=account.id,
        customer_number=account.number,
        account_status=account.status.value,
        account_href=_open_href(caller, f"/desk/accounts/{account.number}"),
        merged=SimpleNamespace(href=f"{DESK_TICKETS}/{merged.number}", number=merged.number, subject=merged.subject)
        if merged
        else None,
    )
    if own:
        product = await own.product()
        shown.license = SimpleNamespace(
            href=f"{LICENSES}/{own.id}",
            product=product.name,
            domain=own.domain,
            status=own.status.value,
            supported=own.support_active,
            support_until=own.support_until,
        )
    return shown


def _promise(ticket: Ticket, language: Language) -> SimpleNamespace | None:
    """The answer that a ticket waits for, with its arithmetic (8.1)."""
    if ticket.waiting_since is None or ticket.due_at is None:
        return None
    return shown_promise(ticket.waiting_since, ticket.due_at, language)


def _open_href(caller: Caller, path: str) -> str | None:
    """An address of the desk, if its place is open to the caller."""
    place = place_of(path)
    return path if place and place.opens_to(caller.scopes) else None


async def _for_working(
    request: Request, ticket: Ticket, caller: Caller, attached: Sequence[ID], note_attached: Sequence[ID]
) -> dict[str, Any]:
    """What the forms need of somebody who may act."""
    agents = await ticket_agents.ticket_agents(caller)
    me = next((agent for agent in agents if agent.person_id == caller.person_id), None)
    mine = next((agent for agent in agents if agent.person_id == ticket.row.assignee_id), None)
    conduct = _open_href(caller, "/desk/conduct/new") if Scope.CONDUCT_PROPOSE in caller.scopes else None
    return {
        "canned": await canned_answers.canned_answers(caller, ticket.kind),
        "agents": [(agent.email, agent.name) for agent in agents],
        "me_email": me.email if me else "",
        "assignee_email": mine.email if mine else "",
        "kinds": kinds(caller.language),
        "priorities": priorities(caller.language),
        "attaching": await attachment_field(request, attached),
        "note_attaching": await attachment_field(request, note_attached),
        "conduct_href": href(conduct, ticket=ticket.number) if conduct else None,
    }


def seen_in(entries: list[SimpleNamespace]) -> str:
    """The id of the newest message of customer or staff among the entries of a stream."""
    return next((str(entry.id) for entry in reversed(entries) if entry.side in {"own", "other"}), "")


def _overtaking(entries: list[SimpleNamespace], seen: str) -> SimpleNamespace | None:
    """The newest answer of staff after the message that somebody had read when they wrote theirs."""
    places = [entry.id for entry in entries]
    newer = entries[places.index(seen) + 1 :] if seen in places else entries
    return next((entry for entry in reversed(newer) if entry.side == "own"), None)


async def _others(ticket: Ticket, account_id: str, caller: Caller) -> list[SimpleNamespace]:
    """The newest of the customer's other tickets."""
    found = (await tickets.tickets(caller, MOST_OTHERS + 1, account_id=ID(account_id))).nodes
    return [
        SimpleNamespace(
            href=f"{DESK_TICKETS}/{other.number}",
            number=other.number,
            subject=other.subject,
            status=other.status.value,
            last_at=other.last_message_at,
        )
        for other in [one for one in found if one.id != ticket.id][:MOST_OTHERS]
    ]


async def watch(request: Request) -> Response:
    """POST /desk/tickets/{number}/watch: says that one is here, and answers who else is and what is new."""
    caller, ticket = await workable(request)
    form = await read_form(request)
    here = await ticket_desk.mark_ticket_presence(caller, ID(ticket.id), form.value("writing") == "true")
    after = form.value("after")
    newest = str((await ticket.entries_for(caller, 1))[0][-1].id)
    parts = ["desk_presence", "desk_ticket_top", "desk_promise"]
    promise = _promise(ticket, caller.language)
    context: dict[str, Any] = {"entries": [], "said": None, "older_href": None}
    shown = await shown_ticket(request, ticket, caller)
    if newest != after:
        stream = await stream_of(ticket, caller, staff=True)
        places = [entry.id for entry in stream.entries]
        fresh = stream.entries[places.index(after) + 1 :] if after in places else stream.entries[-1:]
        came = [entry for entry in fresh if entry.side == "other"]
        older = href(shown.href, before=stream.older_before) if stream.older_before else None
        context = {"entries": stream.entries, "said": came[-1] if came else None, "older_href": older}
        parts += ["ticket_stream", "ticket_news_said", "desk_position"]
    others = _present(here.others or [])
    return await fragment(request, *parts, ticket=shown, newest=newest, others=others, promise=promise, **context)


def _present(others: list[TicketPresence]) -> list[SimpleNamespace]:
    return [SimpleNamespace(name=one.name, initials=initials(one.name), writing=one.writing) for one in others]
