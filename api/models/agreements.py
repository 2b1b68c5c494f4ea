"""Legal texts in immutable versions, and who accepted which."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from api.models.accounts import Account
from api.models.ids import new_id


class AgreementDocument(Model):
    """One version of a legal text, never changed after it was published (agreement 2.3)."""

    PREFIX = "doc"

    id = fields.UUIDField(primary_key=True, default=new_id)
    kind = fields.CharField(max_length=32)
    version = fields.CharField(max_length=40)
    title = fields.CharField(max_length=200)
    markdown = fields.TextField()
    html = fields.TextField()
    sha256 = fields.CharField(max_length=64)
    published_at = fields.DatetimeField()
    effective_at = fields.DatetimeField()

    class Meta:
        table = "agreement_documents"
        unique_together = (("kind", "version"),)
        indexes = (("kind", "effective_at"),)


class AgreementAcceptance(Model):
    """The evidence that an account accepted, or was shown, a version."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("ruhsat.Account", related_name="acceptances")
    document: fields.ForeignKeyRelation[AgreementDocument] = fields.ForeignKeyField(
        "ruhsat.AgreementDocument", related_name="acceptances", on_delete=fields.RESTRICT
    )
    method = fields.CharField(max_length=10)
    accepted_at = fields.DatetimeField()
    address = fields.CharField(max_length=45)
    agent = fields.CharField(max_length=300)
    document_id: UUID

    class Meta:
        table = "agreement_acceptances"
        unique_together = (("account", "document"),)
