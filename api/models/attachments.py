"""Files on messages of tickets; the bytes lie in the file store under random names."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from api.models.accounts import Account
from api.models.database import rows
from api.models.ids import new_id
from api.models.people import Person
from api.models.tickets import TicketMessage

_BYTES_OF_ACCOUNT = """
SELECT COALESCE(SUM(a.size), 0) AS total FROM attachments a LEFT JOIN ticket_messages m ON m.id = a.message_id
WHERE a.account_id = $1 AND (m.id IS NULL OR NOT m.from_staff)
"""


class Attachment(Model):
    """A file, first of whoever uploaded it, then of the message that took it. Only ever served as a download."""

    PREFIX = "att"
    UNSCANNED, CLEAN, INFECTED = "UNSCANNED", "CLEAN", "INFECTED"

    id = fields.UUIDField(primary_key=True, default=new_id)
    uploader: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "ruhsat.Person", related_name="attachments", on_delete=fields.RESTRICT
    )
    # The customer's account; null for what staff uploaded and no message took yet.
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "ruhsat.Account", related_name="attachments", null=True, on_delete=fields.RESTRICT
    )
    message: fields.ForeignKeyNullableRelation[TicketMessage] = fields.ForeignKeyField(
        "ruhsat.TicketMessage", related_name="attachments", null=True, on_delete=fields.RESTRICT
    )
    filename = fields.CharField(max_length=255)
    # By its first bytes, never as the sender called it.
    content_type = fields.CharField(max_length=100)
    size = fields.BigIntField()
    sha256 = fields.CharField(max_length=64)
    file_key = fields.CharField(max_length=80, unique=True)
    scan = fields.CharField(max_length=10, default=UNSCANNED)
    created_at = fields.DatetimeField()
    uploader_id: UUID
    account_id: UUID | None
    message_id: UUID | None

    class Meta:
        table = "attachments"
        indexes = (("message_id", "created_at"), ("uploader_id", "created_at"), ("account_id", "created_at"))

    @classmethod
    async def bytes_of(cls, account_id: UUID) -> int:
        """How much an account's own files take; what staff sent to it is not counted."""
        value = cls._meta.fields_map["account_id"].to_db_value(account_id, cls)
        ((total,),) = [found.values() for found in await rows(_BYTES_OF_ACCOUNT, [value])]
        return int(total)


class AttachmentLink(Model):
    """A link by which a program downloads an attachment once, with only the hash of its token."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    attachment: fields.ForeignKeyRelation[Attachment] = fields.ForeignKeyField(
        "ruhsat.Attachment", related_name="links", on_delete=fields.CASCADE
    )
    token_hash = fields.CharField(max_length=64, unique=True)
    expires_at = fields.DatetimeField(db_index=True)
    used_at = fields.DatetimeField(null=True)
    attachment_id: UUID

    class Meta:
        table = "attachment_links"
