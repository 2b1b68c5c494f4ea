"""The overview of the desk: what waits, by the scopes of who looks."""

from __future__ import annotations

from asyncio import gather
from types import SimpleNamespace

from starlette.requests import Request
from starlette.responses import Response

from api.caller import Caller, Scope
from api.i18n import translate
from api.resolvers import conduct, installations, payments, ticket_desk
from api.schema.accounts import account_of
from api.schema.billing import Payment, PaymentStatus
from api.schema.conduct import ConductCase, ConductStatus
from api.schema.installations import InstallationRequest, InstallationStatus
from api.schema.ticket_desk import TicketQueue
from web.catalog import href, shown_money
from web.desk import at_desk, name_of
from web.desk_tickets import DESK_TICKETS, shown_item
from web.render import page

# How many of each are named.
FIRST = 5


async def show_desk(request: Request) -> Response:
    """GET /desk."""
    caller = (await at_desk(request)).caller
    warn = request.app.state.settings.tickets.warn_minutes
    return await page(
        request,
        "desk",
        waiting=await _tickets(caller, warn) if Scope.TICKETS_ALL in caller.scopes else None,
        cards=await gather(*(card(caller) for scope, card in CARDS if scope in caller.scopes)),
    )


async def _tickets(caller: Caller, warn_minutes: int) -> SimpleNamespace:
    """The tickets whose answers are due first, and how many there are in each queue."""
    found, *others = await gather(
        ticket_desk.ticket_queue(caller, FIRST),
        ticket_desk.ticket_queue(caller, 0, None, TicketQueue.MINE),
        ticket_desk.ticket_queue(caller, 0, None, TicketQueue.UNASSIGNED),
    )
    total, mine, unassigned = await gather(*(queue.total_count() for queue in (found, *others)))
    return SimpleNamespace(
        href=DESK_TICKETS,
        total=total,
        mine=SimpleNamespace(count=mine, href=href(DESK_TICKETS, show="mine")),
        unassigned=SimpleNamespace(count=unassigned, href=href(DESK_TICKETS, show="unassigned")),
        tickets=await gather(*(shown_item(ticket, caller, warn_minutes) for ticket in found.nodes)),
    )


async def _payments(caller: Caller) -> SimpleNamespace:
    """Transfers that were declared and are to be compared with the statement."""
    found = await payments.payments(caller, FIRST, None, PaymentStatus.REPORTED)
    return SimpleNamespace(
        name="payments",
        href="/desk/payments",
        total=await found.total_count(),
        items=await gather(*(_payment(payment, caller) for payment in found.nodes)),
    )


async def _payment(payment: Payment, caller: Caller) -> SimpleNamespace:
    account = await account_of(payment.row.account_id, caller)
    return SimpleNamespace(
        title=shown_money(payment.amount, caller.language), note=name_of(account), at=payment.reported_at
    )


async def _installations(caller: Caller) -> SimpleNamespace:
    """What customers wish and nobody has planned yet."""
    found = await installations.installation_requests(caller, FIRST, None, InstallationStatus.REQUESTED)
    return SimpleNamespace(
        name="installations",
        href="/desk/installations",
        total=await found.total_count(),
        items=await gather(*(_installation(made, caller) for made in found.nodes)),
    )


async def _installation(made: InstallationRequest, caller: Caller) -> SimpleNamespace:
    own = await made.license_for(caller)
    product, account = await gather(own.product(), account_of(own.row.account_id, caller))
    return SimpleNamespace(title=product.name, note=name_of(account), at=made.requested_at)


async def _conduct(caller: Caller) -> SimpleNamespace:
    """Measures that were proposed and wait for somebody else's decision (5.2)."""
    found = await conduct.conduct_cases(caller, FIRST, None, ConductStatus.PROPOSED)
    return SimpleNamespace(
        name="conduct",
        href="/desk/conduct",
        total=await found.total_count(),
        items=await gather(*(_case(case, caller) for case in found.nodes)),
    )


async def _case(case: ConductCase, caller: Caller) -> SimpleNamespace:
    account = await account_of(case.row.account_id, caller)
    title = translate(caller.language, f"conduct.measure.{case.measure.value}")
    return SimpleNamespace(title=title, note=name_of(account), at=case.proposed_at)


# What is shown to whom, besides tickets.
CARDS = (
    (Scope.BILLING_READ, _payments),
    (Scope.INSTALLATIONS_MANAGE, _installations),
    (Scope.CONDUCT_DECIDE, _conduct),
)
