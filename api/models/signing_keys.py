"""The keys that sign leases and releases (Ed25519, RFC 8032): one signs, the next is published already."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class SigningKey(Model):
    """A key pair with its private half sealed, named by the beginning of the SHA-256 of its public half."""

    NEXT, CURRENT, OLD = "NEXT", "CURRENT", "OLD"

    kid = fields.CharField(max_length=16, primary_key=True)
    public = fields.CharField(max_length=43)
    private_sealed = fields.BinaryField()
    state = fields.CharField(max_length=8)
    created_at = fields.DatetimeField()
    # From when to when it signed; what it signed is good after that.
    signs_from = fields.DatetimeField(null=True)
    signed_until = fields.DatetimeField(null=True)

    class Meta:
        table = "signing_keys"
