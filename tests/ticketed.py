"""Tickets as tests use them: opened by a customer, answered by staff, over GraphQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.cast import AYSE
from tests.doors import GraphqlDoor, joined, signed_in
from tests.site import Site

TICKET = """id number kind subject status priority openedAt openedByStaff firstAnswerDueAt firstAnsweredAt waitingSince
  dueAt lastMessageAt closedAt reopenableUntil rating ratingComment assignee mergedInto { number }
  messages(first: 100) { totalCount nodes { id author fromStaff body html sentAt attachments { id filename } } }
  events(first: 100) { totalCount nodes { kind text author fromStaff staffOnly } }
  notes(first: 100) { totalCount nodes { body } }"""
_ANSWER = f"{{ ticket {{ {TICKET} }} errors {{ code field message }} }}"
OPEN = f"mutation ($input: OpenTicketInput!) {{ openTicket(input: $input) {_ANSWER} }}"
REPLY = f"""mutation ($id: ID!, $body: String!, $asking: Boolean! = false, $close: Boolean! = false, $seen: ID,
  $key: String, $files: [ID!]) {{ replyToTicket(ticketId: $id, body: $body, asking: $asking, close: $close,
  seenMessageId: $seen, idempotencyKey: $key, attachmentIds: $files) {_ANSWER} }}"""
CLOSE = f"mutation ($id: ID!) {{ closeTicket(ticketId: $id) {_ANSWER} }}"
RATE = f"""mutation ($id: ID!, $rating: Int!, $comment: String) {{
  rateTicket(ticketId: $id, rating: $rating, comment: $comment) {_ANSWER} }}"""
SALES = {"kind": "SALES", "subject": "Fiyat soruyorum", "body": "İkinci lisans ne kadar?"}


@dataclass
class Ticketed:
    """Who opens tickets, and somebody of staff."""

    site: Site
    session: str
    staff: str

    async def do(self, document: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
        """The payload of one mutation, by the customer unless another token is given."""
        answer: dict[str, Any] = await self.site.data(document, variables, token or self.session)
        payload: dict[str, Any] = next(iter(answer.values()))
        return payload

    async def open(self, **given: Any) -> dict[str, Any]:
        """A new ticket."""
        return self.done(await self.do(OPEN, input=SALES | given))

    async def reply(self, ticket_id: str, body: str = "Bir şey daha", **given: Any) -> dict[str, Any]:
        """The ticket with another message of the customer."""
        return self.done(await self.do(REPLY, id=ticket_id, body=body, **given))

    async def answer(self, ticket_id: str, body: str = "Şöyle yapın", **given: Any) -> dict[str, Any]:
        """The ticket with an answer of staff."""
        return self.done(await self.do(REPLY, self.staff, id=ticket_id, body=body, **given))

    def done(self, payload: dict[str, Any]) -> dict[str, Any]:
        """What came of an act that must not be refused."""
        assert payload["errors"] == []
        ticket: dict[str, Any] = payload["ticket"]
        return ticket


async def ticketed(site: Site, form: dict[str, str] = AYSE) -> Ticketed:
    """A customer without tickets."""
    door = GraphqlDoor(site)
    await joined(door, site, form)
    return Ticketed(site, await signed_in(door, form["email"]), await site.staff_token())


def refused(payload: dict[str, Any]) -> set[tuple[str, str]]:
    """The codes by field of an act that was refused."""
    assert payload["ticket"] is None
    return {(error["code"], ".".join(error["field"] or [])) for error in payload["errors"]}
