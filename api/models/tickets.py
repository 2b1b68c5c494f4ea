"""Tickets (service agreement 8): a stream of messages and events each, and the promise of an answer (8.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.functions import Count
from tortoise.models import Model

from api.models.accounts import Account
from api.models.announcements import Announcement
from api.models.database import POSTGRES, connection, fields_of, for_each, rows
from api.models.ids import as_uuid, new_id, new_number
from api.models.licenses import License
from api.models.people import Person

CUSTOMER, STAFF = "CUSTOMER", "STAFF"
# What was written in a source ticket goes into the target's stream: in the order of time, without changing the order
# within either. Negative until all have their place, or two would meet on one.
_JOIN = """
UPDATE ticket_messages SET ticket_id = $1, position = -placed.place
FROM (
    SELECT id, ROW_NUMBER() OVER (ORDER BY reached, source, position) AS place
    FROM (
        SELECT id, position, CASE WHEN ticket_id = $1 THEN 0 ELSE 1 END AS source,
            MAX(sent_at) OVER (PARTITION BY ticket_id ORDER BY position) AS reached
        FROM ticket_messages
        WHERE ticket_id = $1 OR (ticket_id = $2 AND kind IN ('MESSAGE', 'NOTE'))
    ) AS both_streams
) AS placed
WHERE ticket_messages.id = placed.id
"""
_CLOSE_GAPS = """
UPDATE ticket_messages SET position = -placed.place
FROM (
    SELECT id, ROW_NUMBER() OVER (ORDER BY position) AS place FROM ticket_messages WHERE ticket_id = $1
) AS placed
WHERE ticket_messages.id = placed.id
"""
_TAKE_PLACES = "UPDATE ticket_messages SET position = -position WHERE ticket_id = $1 AND position < 0"
_MARK_PRESENCE = """
INSERT INTO ticket_presences (id, ticket_id, person_id, seen_at, writing_since) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (ticket_id, person_id) DO UPDATE SET
    seen_at = excluded.seen_at,
    writing_since = CASE
        WHEN excluded.writing_since IS NULL OR ticket_presences.seen_at < $6 THEN excluded.writing_since
        ELSE COALESCE(ticket_presences.writing_since, excluded.writing_since)
    END
"""
# Any number, as long as every release uses the same.
_PROMISES_LOCK = 6699
# Of its new end staff are warned anew.
_MOVE = "UPDATE ticket_promises SET due_at = $2, minutes = $3, extension_id = $4, warned_at = NULL WHERE id = $1"
# The first answer is due with its own promise, until it was given.
_FOLLOW = """
UPDATE tickets SET due_at = $2, last_position = $3, first_answer_due_at = CASE
    WHEN first_answered_at IS NULL THEN COALESCE((
        SELECT due_at FROM ticket_promises WHERE ticket_id = tickets.id ORDER BY started_at, id LIMIT 1
    ), first_answer_due_at)
    ELSE first_answer_due_at END
WHERE id = $1
"""
# What a customer withdrew in time is neither.
_COUNTED = """
SELECT COUNT(CASE WHEN outcome = 'ANSWERED' AND ended_at <= due_at THEN 1 END) AS kept,
       COUNT(CASE WHEN COALESCE(ended_at, $2) > due_at THEN 1 END) AS missed
FROM ticket_promises WHERE due_at >= $1
"""


class Ticket(Model):
    """A conversation between one account and the vendor's people. It belongs to a registered account, always (8)."""

    PREFIX = "tic"
    OPEN, ANSWERED, WAITING_FOR_CUSTOMER, CLOSED = "OPEN", "ANSWERED", "WAITING_FOR_CUSTOMER", "CLOSED"
    STILL_OPEN = frozenset({OPEN, ANSWERED, WAITING_FOR_CUSTOMER})

    id = fields.UUIDField(primary_key=True, default=new_id)
    number = fields.CharField(max_length=12, unique=True, default=new_number)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "ruhsat.Account", related_name="tickets", on_delete=fields.RESTRICT
    )
    license: fields.ForeignKeyNullableRelation[License] = fields.ForeignKeyField(
        "ruhsat.License", related_name="tickets", null=True, on_delete=fields.RESTRICT
    )
    # TECHNICAL, SALES, BILLING, INSTALLATION or COMPLAINT; LOW, NORMAL or HIGH.
    kind = fields.CharField(max_length=12)
    subject = fields.CharField(max_length=200)
    status = fields.CharField(max_length=24)
    priority = fields.CharField(max_length=8)
    opened_by_staff = fields.BooleanField(default=False)
    opened_at = fields.DatetimeField()
    # Of the first promise, kept after it was answered.
    first_answer_due_at = fields.DatetimeField()
    first_answered_at = fields.DatetimeField(null=True)
    # While the customer waits for staff: since when, and until when an answer is promised. Null otherwise.
    waiting_since = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField(null=True)
    # When the newest message that the customer sees was sent.
    last_message_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)
    assignee: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "ruhsat.Person", related_name="assigned_tickets", null=True, on_delete=fields.RESTRICT
    )
    # 1 (poor) to 5 (very good), given by the customer after closing.
    rating = fields.IntField(null=True)
    rating_comment = fields.CharField(max_length=500, null=True)
    merged_into: fields.ForeignKeyNullableRelation[Ticket] = fields.ForeignKeyField(
        "ruhsat.Ticket", related_name="merged", null=True, on_delete=fields.RESTRICT
    )
    # The position of the newest entry of its stream.
    last_position = fields.IntField(default=0)
    account_id: UUID
    license_id: UUID | None
    assignee_id: UUID | None
    merged_into_id: UUID | None

    class Meta:
        table = "tickets"
        indexes = (
            # Each list in its order to the last column: no page of it sorts anything.
            ("account_id", "last_message_at", "id"),
            ("account_id", "status", "last_message_at", "id"),
            ("last_message_at", "id"),
            ("status", "last_message_at", "id"),
            ("due_at", "id"),
            ("assignee_id", "due_at", "id"),
            ("license_id", "status"),
        )

    @classmethod
    async def follow(cls, moved: Sequence[Ticket]) -> None:
        """Save until when the answers to tickets are promised whose promises moved, and their last positions."""
        await for_each(_FOLLOW, [(row.id, row.due_at, row.last_position) for row in moved])


class TicketMessage(Model):
    """One entry of a ticket's stream, append-only: a message, an internal note or an event, for an audience.

    What is for STAFF is left out by the query of whoever is not.
    """

    PREFIX = "msg"
    MESSAGE, NOTE, EVENT = "MESSAGE", "NOTE", "EVENT"

    id = fields.UUIDField(primary_key=True, default=new_id)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "ruhsat.Ticket", related_name="messages", on_delete=fields.RESTRICT
    )
    # 1, 2, 3 ... within its ticket: the one order of the stream.
    position = fields.IntField()
    kind = fields.CharField(max_length=8)
    # CUSTOMER: the customer sees it, and staff. STAFF: only staff.
    audience = fields.CharField(max_length=8)
    # Of an event: what happened, e.g. closed, reopened, assigned, merged, rated, extended.
    event = fields.CharField(max_length=24, null=True)
    details: dict[str, Any] = fields.JSONField(default=dict)
    author: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "ruhsat.Person", related_name="ticket_messages", null=True, on_delete=fields.RESTRICT
    )
    # As the author was called when it was written.
    author_name = fields.CharField(max_length=160)
    from_staff = fields.BooleanField()
    # Markdown as it was written, and its sanitised HTML; both empty for events.
    body = fields.TextField(default="")
    html = fields.TextField(default="")
    sent_at = fields.DatetimeField()
    ticket_id: UUID
    author_id: UUID | None

    class Meta:
        table = "ticket_messages"
        unique_together = (("ticket_id", "position"),)
        indexes = (("ticket_id", "audience", "position"),)

    @classmethod
    async def first_of(
        cls, tickets: list[UUID], kind: str, audiences: tuple[str, ...], after: int, most: int
    ) -> list[TicketMessage]:
        """The first entries of each ticket that are of a kind and for these audiences, in order of position."""
        if not tickets or not audiences:
            return []
        (keys, heard), values = _marks(tickets, audiences)
        place = len(values)
        found = await rows(
            f"""SELECT id FROM (
                SELECT id, ROW_NUMBER() OVER (PARTITION BY ticket_id ORDER BY position) AS place
                FROM ticket_messages
                WHERE ticket_id IN ({keys}) AND audience IN ({heard})
                    AND kind = ${place + 1} AND position > ${place + 2}
            ) AS counted WHERE place <= ${place + 3}""",  # noqa: S608 - marks only
            [*values, kind, after, most],
        )
        return await cls.filter(id__in=[as_uuid(row["id"]) for row in found]).order_by("ticket_id", "position")

    @classmethod
    async def count_of(cls, tickets: list[UUID], kind: str, audiences: tuple[str, ...]) -> dict[UUID, int]:
        """How many entries of a kind and for these audiences each ticket has."""
        if not audiences:
            return {}
        own = cls.filter(ticket_id__in=tickets, kind=kind, audience__in=audiences)
        counted = await own.annotate(count=Count("id")).group_by("ticket_id").values_list("ticket_id", "count")
        return {as_uuid(key): count for key, count in counted}

    @classmethod
    async def join(cls, source: UUID, target: UUID) -> tuple[int, int]:
        """Move messages and notes into another ticket's stream; the source keeps its events.

        Both tickets are held by this transaction. Answers the last positions, of the target and of the source.
        """
        await rows(_JOIN, [target, source])
        await rows(_TAKE_PLACES, [target])
        await rows(_CLOSE_GAPS, [source])
        await rows(_TAKE_PLACES, [source])
        return await cls.filter(ticket_id=target).count(), await cls.filter(ticket_id=source).count()


def _marks(tickets: list[UUID], words: tuple[str, ...]) -> tuple[tuple[str, str], list[object]]:
    """Placeholders for both lists of a statement, and the values in their order."""
    field = fields_of(TicketMessage)["ticket_id"]
    values: list[object] = [*(field.to_db_value(key, TicketMessage) for key in tickets), *words]
    marks = [f"${place}" for place in range(1, len(values) + 1)]
    return (", ".join(marks[: len(tickets)]), ", ".join(marks[len(tickets) :])), values


class TicketPromise(Model):
    """One promise of an answer (8.1): from a customer's message that waits for staff to the first public answer."""

    ANSWERED, WITHDRAWN = "ANSWERED", "WITHDRAWN"

    id = fields.UUIDField(primary_key=True, default=new_id)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "ruhsat.Ticket", related_name="promises", on_delete=fields.RESTRICT
    )
    started_at = fields.DatetimeField()
    # The support minutes promised, and until when that is.
    minutes = fields.IntField()
    due_at = fields.DatetimeField()
    # The announcement that moved it, if one did (8.2).
    extension: fields.ForeignKeyNullableRelation[Announcement] = fields.ForeignKeyField(
        "ruhsat.Announcement", related_name="promises", null=True, on_delete=fields.RESTRICT
    )
    # When staff were warned that it is about to be missed.
    warned_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    # ANSWERED, or WITHDRAWN when the customer closed before; null while it is open.
    outcome = fields.CharField(max_length=10, null=True)
    ticket_id: UUID
    extension_id: UUID | None

    class Meta:
        table = "ticket_promises"
        indexes = (("ticket_id", "started_at"), ("due_at",), ("outcome", "due_at"))

    @classmethod
    async def counted(cls, since: datetime, now: datetime) -> tuple[int, int]:
        """How many of those due at `since` or later were kept, and how many missed, by one statement."""
        (found,) = await rows(_COUNTED, [since, now])
        return int(found["kept"]), int(found["missed"])

    @classmethod
    async def move(cls, moved: Sequence[TicketPromise]) -> None:
        """Save until when these open promises are now, by which extension, while `hold` keeps all others away."""
        await for_each(_MOVE, [(row.id, row.due_at, row.minutes, row.extension_id) for row in moved])

    @classmethod
    async def share(cls) -> None:
        """Until the end of this transaction promises are made: others may make some too, but nobody moves them.

        To be called before a ticket is held, or the two would wait for each other. SQLite lets one write at a time.
        """
        await cls._lock("SELECT pg_advisory_xact_lock_shared($1)::text")

    @classmethod
    async def hold(cls) -> None:
        """Until the end of this transaction nobody else makes or moves promises."""
        await cls._lock("SELECT pg_advisory_xact_lock($1)::text")

    @classmethod
    async def _lock(cls, statement: str) -> None:
        if connection().capabilities.dialect == POSTGRES:
            await rows(statement, [_PROMISES_LOCK])


class TicketPresence(Model):
    """Who of staff has a ticket before them, so that two do not answer at once."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    ticket: fields.ForeignKeyRelation[Ticket] = fields.ForeignKeyField(
        "ruhsat.Ticket", related_name="presences", on_delete=fields.CASCADE
    )
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "ruhsat.Person", related_name="presences", on_delete=fields.CASCADE
    )
    seen_at = fields.DatetimeField(db_index=True)
    # Since when they have been writing an answer; null while they only read.
    writing_since = fields.DatetimeField(null=True)
    ticket_id: UUID
    person_id: UUID

    class Meta:
        table = "ticket_presences"
        unique_together = (("ticket_id", "person_id"),)

    @classmethod
    async def mark(cls, ticket_id: UUID, person_id: UUID, at: datetime, good_for: timedelta, *, writing: bool) -> None:
        """Say that somebody is there, and since when they are writing; who was away longer than that begins anew."""
        values = [new_id(), ticket_id, person_id, at, at if writing else None, at - good_for]
        await rows(_MARK_PRESENCE, values)


class CannedAnswer(Model):
    """A text that staff answer with often. Its variables are filled in when it is taken."""

    PREFIX = "can"

    id = fields.UUIDField(primary_key=True, default=new_id)
    title = fields.CharField(max_length=120, unique=True)
    body = fields.TextField()
    # Null: for tickets of every kind.
    kind = fields.CharField(max_length=12, null=True)
    sort_key = fields.CharField(max_length=120, db_index=True)
    changed_at = fields.DatetimeField()
    changed_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "ruhsat.Person", related_name="canned_answers", null=True, on_delete=fields.RESTRICT
    )
    changed_by_id: UUID | None

    class Meta:
        table = "canned_answers"
