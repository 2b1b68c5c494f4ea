"""What opens the door: sessions, single-use links and API tokens. Only hashes of secrets are stored."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from api.models.ids import new_id
from api.models.people import Person


class Session(Model):
    """A signed-in browser or script."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "ruhsat.Person", related_name="sessions", db_index=True
    )
    token_hash = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    address = fields.CharField(max_length=45)
    agent = fields.CharField(max_length=300)
    person_id: UUID

    class Meta:
        table = "sessions"


class Link(Model):
    """A single-use link that was mailed: what it does, for whom, until when."""

    REGISTRATION = "REGISTRATION"
    PASSWORD = "PASSWORD"
    EMAIL = "EMAIL"

    id = fields.UUIDField(primary_key=True, default=new_id)
    token_hash = fields.CharField(max_length=64, unique=True)
    purpose = fields.CharField(max_length=16)
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "ruhsat.Person", related_name="links", null=True, db_index=True
    )
    registration_version = fields.UUIDField(null=True, db_index=True)
    new_email = fields.CharField(max_length=254, null=True)
    expires_at = fields.DatetimeField(db_index=True)
    used_at = fields.DatetimeField(null=True)
    person_id: UUID | None

    class Meta:
        table = "links"


class ApiToken(Model):
    """A token for scripts, with its own scopes."""

    PREFIX = "tok"

    id = fields.UUIDField(primary_key=True, default=new_id)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "ruhsat.Person", related_name="api_tokens", db_index=True
    )
    name = fields.CharField(max_length=100)
    prefix = fields.CharField(max_length=16)
    token_hash = fields.CharField(max_length=64, unique=True)
    scopes: list[str] = fields.JSONField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    # Told late and roughly: no call waits for it.
    last_used_at = fields.DatetimeField(null=True)
    person_id: UUID

    class Meta:
        table = "api_tokens"
