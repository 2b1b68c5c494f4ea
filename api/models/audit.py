"""The record of acts: append-only, hash-chained per subject by the clock door."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from api.models.ids import new_id


class AuditEntry(Model):
    """Who did what to which subject, through which door, from where, never a secret.

    `position` and `chain` are null until the clock door links the entry to the one before it of the
    same subject, so that writers of one subject never wait for each other.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    at = fields.DatetimeField()
    actor = fields.CharField(max_length=60)
    door = fields.CharField(max_length=10)
    act = fields.CharField(max_length=48)
    subject = fields.CharField(max_length=90)
    address = fields.CharField(max_length=45)
    details: dict[str, str] = fields.JSONField()
    position = fields.IntField(null=True, db_index=True)
    chain = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "audit_entries"
        unique_together = (("subject", "position"),)
        indexes = (("subject", "at"),)
