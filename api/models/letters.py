"""Letters: queued with what they tell of, delivered by the clock door, kept as a record (agreement 7)."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from api.models.ids import new_id


class Letter(Model):
    """One letter. What is kept of its text has the link taken out, `sha256` is of the text as sent."""

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

    class Meta:
        table = "letters"
        indexes = (("recipient", "created_at"),)
