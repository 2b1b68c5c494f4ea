"""Licenses, what happened to them, free installations and the one-time vault."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from api import sealing
from api.models.accounts import Account
from api.models.catalog import Product
from api.models.ids import new_id
from api.models.orders import Order
from api.models.people import Person
from api.rules.support_packages import Package


class License(Model):
    """The right to run one product on one domain. Its owner never changes (5.1.4): the database refuses it."""

    PREFIX = "lic"
    PENDING, ACTIVE, SUSPENDED, CANCELLED = "PENDING", "ACTIVE", "SUSPENDED", "CANCELLED"

    id = fields.UUIDField(primary_key=True, default=new_id)
    key_sealed = fields.BinaryField()
    key_index = fields.CharField(max_length=64, unique=True)
    key_mask = fields.CharField(max_length=60)
    product: fields.ForeignKeyRelation[Product] = fields.ForeignKeyField(
        "ruhsat.Product", related_name="licenses", on_delete=fields.RESTRICT
    )
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "ruhsat.Account", related_name="licenses", on_delete=fields.RESTRICT
    )
    order: fields.ForeignKeyRelation[Order] = fields.ForeignKeyField(
        "ruhsat.Order", related_name="licenses", on_delete=fields.RESTRICT
    )
    status = fields.CharField(max_length=12)
    status_reason = fields.CharField(max_length=500, null=True)
    domain = fields.CharField(max_length=253, null=True)
    domain_ascii = fields.CharField(max_length=253, null=True)
    # After a move the domain before still answers until an instant.
    moved_from_ascii = fields.CharField(max_length=253, null=True)
    moved_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()
    activated_at = fields.DatetimeField(null=True)
    # The local day from which support years are counted; the term is never chained (domain-tr 1.4).
    support_anchor = fields.DateField(null=True)
    terms_paid = fields.IntField(default=0)
    support_until = fields.DateField(null=True)
    # The last local day on which free installation may be asked for (5.1.1).
    installation_until = fields.DateField()
    # Counts every change, so that a reader elsewhere notices one.
    version = fields.IntField(default=1)
    search_key = fields.CharField(max_length=500)
    product_id: UUID
    account_id: UUID
    order_id: UUID

    class Meta:
        table = "licenses"
        indexes = (("account_id", "created_at"), ("status", "support_until"), ("order_id",), ("domain_ascii",))

    def set_key(self, key: str, masked: str) -> None:
        """Seal the key; only its mask stays readable."""
        self.key_sealed = sealing.seal(key)
        self.key_index = sealing.index("license_key", key)
        self.key_mask = masked

    def key(self) -> str:
        """The key in clear."""
        return sealing.unseal(bytes(self.key_sealed))

    def package(self) -> Package | None:
        """The support years that are paid; None before activation."""
        return Package(self.support_anchor, self.terms_paid) if self.support_anchor else None

    def set_package(self, package: Package) -> None:
        """Take over support years."""
        self.support_anchor = package.anchor
        self.terms_paid = package.terms_paid
        self.support_until = package.until


class LicenseEvent(Model):
    """What happened to a license, by whom and why, append-only."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    license: fields.ForeignKeyRelation[License] = fields.ForeignKeyField(
        "ruhsat.License", related_name="events", on_delete=fields.RESTRICT
    )
    kind = fields.CharField(max_length=24)
    reason = fields.CharField(max_length=500, null=True)
    # The domain that the license was bound or moved to by this.
    domain = fields.CharField(max_length=253, null=True)
    by_staff = fields.BooleanField(default=False)
    at = fields.DatetimeField()
    license_id: UUID

    class Meta:
        table = "license_events"
        indexes = (("license_id", "at"),)


class InstallationRequest(Model):
    """The wish for the free installation of a license (5.1.1)."""

    PREFIX = "ins"
    REQUESTED, SCHEDULED, DONE, DECLINED, CANCELLED = "REQUESTED", "SCHEDULED", "DONE", "DECLINED", "CANCELLED"
    # While a request stands in one of these, or was done, the license has no right to another.
    USED = frozenset({REQUESTED, SCHEDULED, DONE})
    OPEN = frozenset({REQUESTED, SCHEDULED})

    id = fields.UUIDField(primary_key=True, default=new_id)
    license: fields.ForeignKeyRelation[License] = fields.ForeignKeyField(
        "ruhsat.License", related_name="installations", on_delete=fields.RESTRICT
    )
    status = fields.CharField(max_length=10)
    note = fields.TextField()
    answer = fields.CharField(max_length=500, null=True)
    requested_at = fields.DatetimeField()
    scheduled_for = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    assignee: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "ruhsat.Person", related_name="installations", null=True, on_delete=fields.RESTRICT
    )
    license_id: UUID
    assignee_id: UUID | None

    class Meta:
        table = "installation_requests"
        indexes = (("license_id", "requested_at"), ("status", "requested_at"))


class VaultSecret(Model):
    """Access data for an installation: sealed, read once, destroyed after reading or in time."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    request: fields.ForeignKeyRelation[InstallationRequest] = fields.ForeignKeyField(
        "ruhsat.InstallationRequest", related_name="secrets", on_delete=fields.RESTRICT
    )
    sealed = fields.BinaryField(null=True)
    deposited_at = fields.DatetimeField()
    expires_at = fields.DatetimeField(db_index=True)
    destroyed_at = fields.DatetimeField(null=True)
    # READ, EXPIRED, REPLACED or WITHDRAWN.
    destroyed_because = fields.CharField(max_length=10, null=True)
    request_id: UUID

    class Meta:
        table = "vault_secrets"


class VaultAccess(Model):
    """One touch of a vault secret: who, when, what."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    secret: fields.ForeignKeyRelation[VaultSecret] = fields.ForeignKeyField(
        "ruhsat.VaultSecret", related_name="accesses", on_delete=fields.RESTRICT
    )
    # DEPOSIT, READ or DESTROY.
    act = fields.CharField(max_length=10)
    actor = fields.CharField(max_length=60)
    address = fields.CharField(max_length=45)
    at = fields.DatetimeField()
    secret_id: UUID

    class Meta:
        table = "vault_accesses"
        indexes = (("secret_id", "at"),)
