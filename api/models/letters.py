"""Letters: queued with what they tell of, delivered by the clock door, kept as a record (agreement 7)."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from api.models.ids import new_id
from api.models.people import Person


class Letter(Model):
    """One letter. What is kept of its text has the link taken out, `sha256` is of the text as sent."""

    PREFIX = "let"

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharField(max_length=32)
    recipient = fields.CharField(max_length=254)
    language = fields.CharField(max_length=2)
    values: dict[str, str] = fields.JSONField()
    created_at = fields.DatetimeField()
    due_at = fields.DatetimeField(null=True, db_index=True)
    attempts = fields.IntField(default=0)
    sent_at = fields.DatetimeField(null=True)
    outcome = fields.CharField(max_length=300, null=True)
    subject = fields.CharField(max_length=300, null=True)
    text = fields.TextField(null=True)
    sha256 = fields.CharField(max_length=64, null=True)
    # Whose letter it turned out to be when it was delivered; they may read it in the panel.
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "ruhsat.Person", related_name="letters", null=True, on_delete=fields.SET_NULL
    )
    # What a reminder reminds of: a letter that would say the same again is not queued.
    once = fields.CharField(max_length=120, null=True, unique=True)
    person_id: UUID | None

    class Meta:
        table = "letters"
        indexes = (("recipient", "created_at"), ("person_id", "created_at"))
