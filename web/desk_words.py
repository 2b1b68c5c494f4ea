"""The words of the schema as the desk's controls offer them."""

from __future__ import annotations

from api.i18n import Language, translate
from api.schema.tickets import TicketKind, TicketPriority

Options = list[tuple[str, str]]


def kinds(language: Language) -> Options:
    """Kinds of tickets with their names."""
    return [(kind.value, translate(language, f"tickets.kind.{kind.value}")) for kind in TicketKind]


def priorities(language: Language) -> Options:
    """Priorities with their names."""
    return [(one.value, translate(language, f"tickets.priority.{one.value}")) for one in TicketPriority]
