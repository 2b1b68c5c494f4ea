"""Verbs on those who answer tickets."""

from __future__ import annotations

from api.access import needs
from api.caller import Caller, Scope
from api.models.people import Staff
from api.rules.text import sort_key
from api.schema.ticket_agents import TicketAgent


@needs(Scope.TICKETS_MANAGE)
async def ticket_agents(caller: Caller) -> list[TicketAgent]:
    """Who of staff may answer tickets, by name."""
    del caller
    rows = await Staff.all().select_related("person")
    agents = [TicketAgent.of(row) for row in rows if Scope.TICKETS_MANAGE in row.granted()]
    return sorted(agents, key=lambda agent: (sort_key(agent.name), agent.email))
