"""GraphQL documents that were registered at deploy."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class PersistedDocument(Model):
    """A document under the SHA-256 of its text, in hex: what a hash names never changes."""

    sha256 = fields.CharField(max_length=64, primary_key=True)
    text = fields.TextField()
    registered_at = fields.DatetimeField()

    class Meta:
        table = "persisted_documents"
