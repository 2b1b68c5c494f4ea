"""Who signs in: persons, and the staff among them."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model

from api.caller import Scope
from api.models.ids import new_id


class Person(Model):
    """Somebody with a proved e-mail address and a password."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    email = fields.CharField(max_length=254, unique=True)
    password_hash = fields.CharField(max_length=200, null=True)
    language = fields.CharField(max_length=2)
    first_name = fields.CharField(max_length=50)
    last_name = fields.CharField(max_length=100)
    proved_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "people"


class Staff(Model):
    """A person who works for the vendor, with what they may do."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    person: fields.OneToOneRelation[Person] = fields.OneToOneField("ruhsat.Person", related_name="staff")
    scopes: list[str] = fields.JSONField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "staff"

    def granted(self) -> frozenset[Scope]:
        """The scopes that still exist in this release."""
        return frozenset(scope for scope in Scope if scope in self.scopes)
