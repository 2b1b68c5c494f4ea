"""Who signs in: persons, and the staff among them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.models import Model

from api.caller import Scope
from api.models.database import rows
from api.models.ids import as_uuid, new_id

_TO_SIGN_IN = """
SELECT people.id, people.password_hash, memberships.account_id, staff.scopes AS staff_scopes,
    accounts.status AS account_status
FROM people
LEFT JOIN memberships ON memberships.person_id = people.id
LEFT JOIN accounts ON accounts.id = memberships.account_id
LEFT JOIN staff ON staff.person_id = people.id
WHERE people.email = $1
LIMIT 1
"""


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

    @property
    def full_name(self) -> str:
        """The name; empty for staff who were just made and gave none yet."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def called(self) -> str:
        """The name, or to colleagues the address where there is none."""
        return self.full_name or self.email

    @classmethod
    async def to_sign_in(cls, email: str) -> dict[str, Any] | None:
        """What signing in needs of a person, their account and post, by one constant statement.

        The ORM builds a statement anew each time, which cost twice as much as running it.
        """
        found = await rows(_TO_SIGN_IN, [email])
        if not found:
            return None
        row = found[0]
        scopes = row["staff_scopes"]
        return row | {
            "id": as_uuid(row["id"]),
            "account_id": as_uuid(row["account_id"]) if row["account_id"] else None,
            "staff_scopes": orjson.loads(scopes) if isinstance(scopes, str | bytes) else scopes,
        }


class Staff(Model):
    """A person who works for the vendor, with what they may do."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    person: fields.OneToOneRelation[Person] = fields.OneToOneField("ruhsat.Person", related_name="staff")
    scopes: list[str] = fields.JSONField()
    created_at = fields.DatetimeField()
    person_id: UUID

    class Meta:
        table = "staff"

    def granted(self) -> frozenset[Scope]:
        """The scopes that still exist in this release."""
        return frozenset(scope for scope in Scope if scope in self.scopes)
