"""Measures for conduct (service agreement 5.2): one person proposes with evidence, another one decides."""

from __future__ import annotations

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from api.models.accounts import Account
from api.models.ids import new_id
from api.models.people import Person
from api.models.tickets import TicketMessage


class ConductCase(Model):
    """A proposal to suspend or terminate an account, and what became of it."""

    PREFIX = "cdt"
    SUSPEND, TERMINATE = "SUSPEND", "TERMINATE"
    PROPOSED, APPROVED, REJECTED, WITHDRAWN = "PROPOSED", "APPROVED", "REJECTED", "WITHDRAWN"

    id = fields.UUIDField(primary_key=True, default=new_id)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "ruhsat.Account", related_name="conduct_cases", on_delete=fields.RESTRICT
    )
    measure = fields.CharField(max_length=10)
    status = fields.CharField(max_length=10)
    reason = fields.CharField(max_length=500)
    # The messages that show it.
    evidence: fields.ManyToManyRelation[TicketMessage] = fields.ManyToManyField(
        "ruhsat.TicketMessage", related_name="conduct_cases", through="conduct_evidence", on_delete=fields.RESTRICT
    )
    proposed_by: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "ruhsat.Person", related_name="conduct_proposals", on_delete=fields.RESTRICT
    )
    proposed_at = fields.DatetimeField()
    decided_by: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "ruhsat.Person", related_name="conduct_decisions", null=True, on_delete=fields.RESTRICT
    )
    decided_at = fields.DatetimeField(null=True)
    decision_reason = fields.CharField(max_length=500, null=True)
    account_id: UUID
    proposed_by_id: UUID
    decided_by_id: UUID | None

    class Meta:
        table = "conduct_cases"
        indexes = (("status", "proposed_at"), ("account_id", "proposed_at"))
