"""The stream of a ticket as pages show it, the customer's and the desk's."""

from __future__ import annotations

from asyncio import gather
from dataclasses import dataclass
from types import SimpleNamespace

from markupsafe import Markup

from api.caller import Caller
from api.i18n import Language, translate
from api.schema.streams import Entry, TicketEvent, TicketMessage
from api.schema.tickets import Ticket
from web.attachments import shown_attachment
from web.promises import when_of

# As many as one reads at a sitting; older ones stand on pages of their own.
MOST_ENTRIES = 50


@dataclass(frozen=True, slots=True)
class Stream:
    """The newest entries of a ticket, or those before one of them, in their one order."""

    entries: list[SimpleNamespace]
    # The entry before which older ones stand, if any do.
    older_before: str | None

    @property
    def newest(self) -> str:
        """The id of the last entry."""
        return str(self.entries[-1].id) if self.entries else ""


async def stream_of(ticket: Ticket, caller: Caller, before: str | None = None, *, staff: bool = False) -> Stream:
    """The stream as its reader sees it; `staff`: from the vendor's side, whose messages stand where one's own do."""
    found, more = await ticket.entries_for(caller, MOST_ENTRIES, before, internal=staff)
    shown = await gather(*(_entry(entry, caller.language, staff=staff) for entry in found))
    return Stream(list(shown), found[0].id if more else None)


async def _entry(entry: Entry, language: Language, *, staff: bool) -> SimpleNamespace:
    told = entry.told
    support = translate(language, "panel_tickets.support")
    if isinstance(told, TicketEvent):
        return SimpleNamespace(
            id=entry.id,
            side="event",
            name=told.author or support,
            sent_at=told.sent_at,
            when=when_of(told.sent_at, language),
            sentence=told.text,
            from_staff=told.from_staff,
            staff_only=told.staff_only,
        )
    message = isinstance(told, TicketMessage)
    from_staff = told.from_staff if isinstance(told, TicketMessage) else True
    files = await told.attachments()
    return SimpleNamespace(
        id=entry.id,
        side=("own" if from_staff == staff else "other") if message else "note",
        author=told.author,
        name=told.author or support,
        sent_at=told.sent_at,
        when=when_of(told.sent_at, language),
        html=Markup(told.html),  # noqa: S704 - sanitised when it was written
        from_staff=from_staff,
        staff_only=not message,
        files=[shown_attachment(file, language) for file in files],
    )
