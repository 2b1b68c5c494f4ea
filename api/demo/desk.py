"""The demo's support desk: tickets as they went on, canned answers, and what was announced."""

from __future__ import annotations

from datetime import datetime, timedelta

from strawberry import ID

from api import clock, settings
from api.access import own_account
from api.caller import Caller
from api.demo.calendar import Story
from api.demo.conversations import Announced, Conversation, Step, announcements, canned_answers, conversations
from api.demo.history import World
from api.demo.people import DESK_EMAIL, STAFF_EMAIL
from api.models import ids
from api.models.accounts import Account
from api.models.conduct import ConductCase
from api.models.licenses import License
from api.models.tickets import Ticket, TicketMessage
from api.resolvers import attachments, conduct, ticket_desk, ticket_merging, ticket_opening, tickets
from api.resolvers import canned_answers as canned
from api.resolvers.announcements import publish_announcement
from api.rules.hours import elapsed
from api.schema.announcements import AnnouncementKind, PublishAnnouncementInput
from api.schema.conduct import ConductMeasure
from api.schema.tickets import OpenTicketInput, TicketKind, TicketPriority
from api.uploads import Uploaded

_STAFF = {"mert": STAFF_EMAIL, "derya": DESK_EMAIL}
# Since when there are canned answers, in days.
_CANNED_SINCE = 110


def stories(world: World, now: datetime, first: int) -> list[Story]:
    """All that happened at the desk and not before the `first` day."""
    told = _Told(world, now)
    found = [told.ticket(one) for one in conversations() if one.ago < first]
    found += [told.announcement(one) for one in announcements() if one.ago < first]
    return [*found, told.canned_answers()]


def _at(now: datetime, days_ago: int, time: str) -> datetime:
    hours, minutes = time.split(":")
    day = clock.local(now).date() - timedelta(days=days_ago)
    return clock.start_of(day) + timedelta(hours=int(hours), minutes=int(minutes))


def _before(now: datetime, minutes: int) -> datetime:
    """The instant since when support was open for so many minutes."""
    start, wanted = now, timedelta(minutes=minutes)
    while (left := wanted - elapsed(start, now, settings.current().tickets.hours)) > timedelta():
        start -= left
    return start


class _Told:
    """What the stories of the desk share: who acts, and the tickets that others go on with."""

    def __init__(self, world: World, now: datetime) -> None:
        self.world, self.now = world, now
        self.opened: dict[str, ID] = {}

    def caller(self, who: str) -> Caller:
        """Somebody by the first part of their address."""
        if who in _STAFF:
            return self.world.colleagues[_STAFF[who]]
        return self.world.customers[f"{who}@example.net"]

    async def ticket(self, told: Conversation) -> Story:
        """A ticket, from its first message to where it stands today."""
        at = _before(self.now, told.waited) if told.waited else _at(self.now, told.ago, told.at)
        yield at
        ticket = self.opened.get(told.on) if told.on else await self._open(told)
        if ticket is None:
            return
        if told.name:
            self.opened[told.name] = ticket
        for step in told.then:
            at += timedelta(minutes=step.after)
            yield at
            await self._do(ticket, step)

    async def _open(self, told: Conversation) -> ID | None:
        """Open it; nothing is asked about a license that this demo's shorter history does not have."""
        own = self.caller(told.who)
        license_id = await _license(own, told.license) if told.license else None
        if told.license and license_id is None:
            return None
        by = self.caller(told.begun_by or told.who)
        form = OpenTicketInput(
            kind=TicketKind(told.kind),
            subject=told.subject,
            body=told.text,
            license_id=license_id,
            priority=TicketPriority(told.priority),
            account_id=_account(own) if told.begun_by else None,
            attachment_ids=[await _sent(by, told.file, told.lines)] if told.file else None,
        )
        made = (await ticket_opening.open_ticket(by, form)).ticket
        return made.id if made else None

    async def _do(self, ticket: ID, step: Step) -> None:
        caller = self.caller(step.by)
        if step.propose or step.rejects:
            await self._measure(caller, ticket, step)
            return
        if step.assign:
            await ticket_desk.assign_ticket(caller, ticket, _STAFF[step.assign])
        if step.note:
            await ticket_desk.add_ticket_note(caller, ticket, step.text)
        elif step.text:
            await tickets.reply_to_ticket(
                caller, ticket, step.text, asking=step.asks, close=step.closes and caller.is_staff
            )
        if step.closes and not caller.is_staff:
            await tickets.close_ticket(caller, ticket)
        if step.rating:
            await tickets.rate_ticket(caller, ticket, step.rating, step.comment)
        if step.merge and (other := self.opened.get(step.merge)):
            await ticket_merging.merge_tickets(caller, ticket, other)

    async def _measure(self, caller: Caller, ticket: ID, step: Step) -> None:
        """Propose a measure for the customer's last message, or reject the one that was proposed."""
        row = await Ticket.get(id=ids.key_of(str(ticket), Ticket.PREFIX))
        if step.rejects:
            case = await ConductCase.get(account_id=row.account_id, status=ConductCase.PROPOSED)
            case_id = ID(ids.public(ConductCase.PREFIX, case.id))
            await conduct.decide_conduct_measure(caller, case_id, approve=False, reason=step.text)
            return
        said = TicketMessage.filter(ticket_id=row.id, kind=TicketMessage.MESSAGE, from_staff=False)
        last = await said.order_by("-position").limit(1)
        shown = [ID(ids.public(TicketMessage.PREFIX, one.id)) for one in last]
        account_id = ID(ids.public(Account.PREFIX, row.account_id))
        await conduct.propose_conduct_measure(caller, account_id, ConductMeasure(step.propose), step.text, shown)

    async def announcement(self, told: Announced) -> Story:
        """Something announced, with its beginning and end where it has them."""
        at = _before(self.now, told.before) if told.before else _at(self.now, told.ago, told.at)
        yield at
        starts_at = at + timedelta(hours=told.starts_in)
        form = PublishAnnouncementInput(
            kind=AnnouncementKind(told.kind),
            title=told.title,
            body=told.body,
            starts_at=starts_at if told.starts_in else None,
            ends_at=starts_at + timedelta(hours=told.for_hours) if told.for_hours else None,
            maximum_first_answer_minutes=told.minutes,
            product_id=self.world.modules[told.product] if told.product else None,
        )
        await publish_announcement(self.world.staff, form)

    async def canned_answers(self) -> Story:
        """What is answered often was written down one day."""
        yield _CANNED_SINCE
        for told in canned_answers():
            kind = TicketKind(told.kind) if told.kind else None
            await canned.save_canned_answer(self.caller("derya"), told.title, told.body, kind=kind)


def _account(own: Caller) -> ID:
    return ID(ids.public(Account.PREFIX, own_account(own)))


async def _sent(by: Caller, name: str, lines: str) -> ID:
    """A text file that was sent for a message."""
    sent = (await attachments.upload_attachment(by, Uploaded.of(lines.lstrip().encode(), name))).attachment
    if sent is None:
        raise RuntimeError("the file was not taken")
    return sent.id


async def _license(own: Caller, slug: str) -> ID | None:
    """The customer's license of a module, one that is in use."""
    query = License.filter(account_id=own.account_id, product__slug=slug, status=License.ACTIVE)
    row = await query.order_by("created_at", "id").first()
    return ID(ids.public(License.PREFIX, row.id)) if row else None
