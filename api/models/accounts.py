"""Customers: accounts, who belongs to them, their consents and the history of their data."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from api import sealing
from api.models.ids import new_id, new_number
from api.models.people import Person
from api.rules.account_details import AccountDetails
from api.rules.text import search_key, sort_key

# The columns that hold a customer's details in clear, named as in AccountDetails.
DETAIL_COLUMNS = (
    "type",
    "first_name",
    "last_name",
    "phone",
    "company_name",
    "tax_office",
    "address_line1",
    "address_line2",
    "district",
    "province",
    "postal_code",
    "country",
)


class Account(Model):
    """A customer. Identity numbers are sealed, and found by their keyed hash."""

    PREFIX = "acc"

    id = fields.UUIDField(primary_key=True, default=new_id)
    number = fields.CharField(max_length=12, unique=True, default=new_number)
    type = fields.CharField(max_length=20)
    status = fields.CharField(max_length=24)
    status_reason: str | None = fields.TextField(null=True)
    first_name = fields.CharField(max_length=50)
    last_name = fields.CharField(max_length=100)
    phone = fields.CharField(max_length=20)
    company_name = fields.CharField(max_length=250, null=True)
    tax_office = fields.CharField(max_length=100, null=True)
    tax_identity_sealed = fields.BinaryField(null=True)
    tax_identity_index = fields.CharField(max_length=64, null=True, db_index=True)
    tax_identity_mask = fields.CharField(max_length=32, null=True)
    address_line1 = fields.CharField(max_length=200)
    address_line2 = fields.CharField(max_length=200, null=True)
    district = fields.CharField(max_length=100)
    province = fields.CharField(max_length=100)
    postal_code = fields.CharField(max_length=12, null=True)
    country = fields.CharField(max_length=2)
    search_key = fields.CharField(max_length=500, db_index=True)
    sort_key = fields.CharField(max_length=500, db_index=True)
    created_at = fields.DatetimeField()
    changed_at = fields.DatetimeField()

    class Meta:
        table = "accounts"

    @property
    def display_name(self) -> str:
        """The trade name where there is one, else the person's."""
        return self.company_name or f"{self.first_name} {self.last_name}"

    def index_texts(self) -> None:
        """Renew the columns that lists search in and sort by (domain-tr 3.6)."""
        self.search_key = search_key(f"{self.display_name} {self.first_name} {self.last_name}")[:500]
        self.sort_key = sort_key(self.display_name)[:500]

    def apply(self, details: AccountDetails, masked_identity: str | None) -> None:
        """Take over checked details."""
        self.set_tax_identity(details.tax_identity, masked_identity)
        for name in DETAIL_COLUMNS:
            setattr(self, name, getattr(details, name))
        self.index_texts()

    def set_tax_identity(self, identity: str | None, masked: str | None) -> None:
        """Seal a VKN or T.C. number (None takes it away); only its mask stays readable."""
        self.tax_identity_sealed = sealing.seal(identity) if identity else None
        self.tax_identity_index = sealing.index("tax_identity", identity) if identity else None
        self.tax_identity_mask = masked

    def tax_identity(self) -> str | None:
        """The number in clear."""
        return sealing.unseal(bytes(self.tax_identity_sealed)) if self.tax_identity_sealed else None


class Membership(Model):
    """Which person acts for which account."""

    OWNER = "OWNER"

    id = fields.UUIDField(primary_key=True, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("ruhsat.Account", related_name="memberships")
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "ruhsat.Person", related_name="memberships", db_index=True
    )
    role = fields.CharField(max_length=16)
    created_at = fields.DatetimeField()
    account_id: UUID
    person_id: UUID

    class Meta:
        table = "memberships"
        unique_together = (("account", "person"),)


class ProfileChange(Model):
    """One changed field of personal data (agreement 1.2), old and new value sealed."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "ruhsat.Account", related_name="changes", db_index=True
    )
    field = fields.CharField(max_length=40)
    old_sealed = fields.BinaryField(null=True)
    new_sealed = fields.BinaryField(null=True)
    source = fields.CharField(max_length=24)
    actor = fields.CharField(max_length=60)
    address = fields.CharField(max_length=45)
    at = fields.DatetimeField()

    class Meta:
        table = "profile_changes"


class ConsentEvent(Model):
    """Given or withdrawn consent to commercial messages, by channel, append-only (law 6563, domain-tr 4.2)."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField("ruhsat.Account", related_name="consents")
    channel = fields.CharField(max_length=8)
    given = fields.BooleanField()
    source = fields.CharField(max_length=24)
    wording = fields.TextField()
    address = fields.CharField(max_length=45)
    agent = fields.CharField(max_length=300)
    at = fields.DatetimeField()

    class Meta:
        table = "consent_events"
        indexes = (("account_id", "channel", "at"),)
