"""The search for tickets: what each is found by, and conditions that stay quick whatever is asked (decision 0017)."""

from __future__ import annotations

from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from api import invoicing
from api.models import ticket_words
from api.models.accounts import Account
from api.models.licenses import License
from api.models.ticket_words import Source
from api.models.tickets import Ticket
from api.rules import words
from api.rules.text import is_blank

# Up to so many rows have a word that is rare: all of them are looked at.
RARE = 1500
# Of a word that is not, so many tickets are asked for it, first in the list's order ...
NEAR = 1000
# ... and when so many of them have all words, a page of the list is soon full.
ENOUGH = 25
# A list of so many is gone through anyway.
FAR = 10_000
# Open tickets of an account that are compared with a new one, and how many of them are shown.
_COMPARED, _SHOWN = 200, 3


async def begin(ticket: Ticket) -> None:
    """Let a new ticket be found by its number and subject, and by staff by whose it is and of which domain."""
    await _name(ticket)
    # Held, so that nobody changes a name or a domain meanwhile without seeing this ticket.
    account = await invoicing.lock_account(ticket.account_id)
    await ticket_words.add(ticket.id, Source.ACCOUNT, _of_account(account))
    if ticket.license_id is not None:
        own = await License.get(id=ticket.license_id)
        await ticket_words.add(ticket.id, Source.LICENSE, _of_license(own))


async def add(ticket_id: UUID, text: str, *, internal: bool) -> None:
    """Let a ticket be found by a message, or only by staff by an internal note."""
    await ticket_words.add(ticket_id, Source.NOTE if internal else Source.MESSAGE, words.words(text))


async def merge(ticket: Ticket, into: Ticket) -> None:
    """Let what a merged ticket said be found in the one that it went into; itself keeps its number and subject."""
    await ticket_words.move(ticket.id, into.id)
    await _name(ticket)


async def _name(ticket: Ticket) -> None:
    await ticket_words.add(ticket.id, Source.MESSAGE, words.words(f"{ticket.number} {ticket.subject}"))


async def account_changed(account: Account) -> None:
    """Let an account's tickets be found by its present names; the account is held."""
    await ticket_words.replace_account(account.id, _of_account(account))


async def license_changed(own: License) -> None:
    """Let a license's tickets be found by its present domain; its account is held."""
    await ticket_words.replace_license(own.id, _of_license(own))


def _of_account(account: Account) -> list[str]:
    return words.words(f"{account.first_name} {account.last_name} {account.company_name or ''}")


def _of_license(own: License) -> list[str]:
    return words.words(f"{own.domain or ''} {own.domain_ascii or ''}")


async def found(query: QuerySet[Ticket], search: str | None, order: str, *, staff: bool) -> QuerySet[Ticket]:
    """Those of a query's tickets that have all words that are asked for, for a page of them in this order.

    A rare word tells which tickets to look at. Where all are common, the list itself is gone through in its order,
    for a page is soon full; unless they are rarely together or only far down: then each word's tickets are compared.
    """
    if search is None or is_blank(search):
        return query
    asked = words.asked(search)
    if not asked:
        return query.filter(id__in=[])
    last = Source.LICENSE if staff else Source.MESSAGE
    counts = {word: await ticket_words.count(word, last, RARE + 1) for word in asked}
    rare = min(asked, key=counts.__getitem__)
    if counts[rare] <= RARE:
        others = [word for word in asked if word != rare]
        return query.filter(ticket_words.among(rare, others, last))
    in_turn = ticket_words.each_has(asked, last)
    if await _soon_full(query, in_turn, order):
        return query.filter(in_turn)
    return query.filter(ticket_words.in_common(asked, last))


async def _soon_full(query: QuerySet[Ticket], condition: Q, order: str) -> bool:
    """Whether enough of the first tickets in this order fulfill a condition, or the list is short."""
    column = order.removeprefix("-")
    until = await query.order_by(order).offset(NEAR).limit(1).values_list(column, flat=True)
    if not until or until[0] is None:
        return True
    near = {f"{column}__{'gte' if order.startswith('-') else 'lte'}": until[0]}
    have = await query.filter(condition, **near).order_by(order).limit(ENOUGH).values_list("id", flat=True)
    return len(have) == ENOUGH or not await query.order_by(order).offset(FAR).limit(1).values_list("id", flat=True)


async def similar(account_id: UUID, license_id: UUID | None, subject: str) -> list[Ticket]:
    """Open tickets of an account about the same license, or whose subject has most words of this one; at most 3."""
    open_ones = Ticket.filter(account_id=account_id, status__in=Ticket.STILL_OPEN)
    mine = words.words(subject)
    alike = [
        (share, same, ticket)
        for ticket in await open_ones.order_by("-last_message_at").limit(_COMPARED)
        if (share := words.share_most(mine, words.words(ticket.subject)))
        + (same := license_id is not None and ticket.license_id == license_id)
    ]
    alike.sort(key=lambda one: one[:2], reverse=True)
    return [ticket for _, _, ticket in alike[:_SHOWN]]
