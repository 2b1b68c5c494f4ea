"""Links to releases' files: each is good for one download, which may be resumed."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from api.models.catalog import Release
from api.models.ids import new_id
from api.models.licenses import License


class Download(Model):
    """A link that somebody who may have a release asked for, with only the hash of its token."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    license: fields.ForeignKeyRelation[License] = fields.ForeignKeyField(
        "ruhsat.License", related_name="downloads", on_delete=fields.CASCADE
    )
    release: fields.ForeignKeyRelation[Release] = fields.ForeignKeyField(
        "ruhsat.Release", related_name="downloads", on_delete=fields.CASCADE
    )
    token_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    # Once it was begun, only its rest may be fetched, from the same network, until it expires anew.
    begun_at = fields.DatetimeField(null=True)
    network = fields.CharField(max_length=43, null=True)
    requests = fields.IntField(default=0)
    license_id: UUID
    release_id: UUID

    class Meta:
        table = "downloads"
