"""Forms that wait for the proof of their e-mail address."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.models import Model

from api import sealing
from api.models.accounts import Account, ConsentEvent, Membership
from api.models.agreements import AgreementAcceptance
from api.models.database import rows
from api.models.ids import new_id
from api.models.people import Person
from api.rules.account_details import AccountDetails
from api.rules.tax_identity import mask

ACTIVE = "ACTIVE"
EXPLICIT = "EXPLICIT"


_PUT = """
INSERT INTO registrations (id, email, version, language, form_sealed, password_hash, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (email) DO UPDATE SET
    version = EXCLUDED.version,
    language = EXCLUDED.language,
    form_sealed = EXCLUDED.form_sealed,
    password_hash = EXCLUDED.password_hash,
    created_at = EXCLUDED.created_at
RETURNING id
"""


class Registration(Model):
    """The newest unproved form of an address, sealed. A later one replaces it, and its `version` ends earlier links."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    email = fields.CharField(max_length=254, unique=True)
    version = fields.UUIDField()
    language = fields.CharField(max_length=2)
    form_sealed = fields.BinaryField()
    password_hash = fields.CharField(max_length=200)
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "registrations"

    async def put(self) -> None:
        """Save as the address's pending form, in place of the one before; one statement, whoever else writes."""
        values = (self.id, self.email, self.version, self.language, self.form_sealed, self.password_hash)
        await rows(_PUT, [*values, self.created_at])

    def form(self) -> PendingForm:
        """The form in clear."""
        return PendingForm.unsealed(bytes(self.form_sealed))

    async def open_account(self, now: datetime, password_hash: str | None = None) -> tuple[Person, Account]:
        """Make the form the account, now that the address is proved, and end the registration.

        IntegrityError when the address has become somebody's in the meantime.
        """
        form = self.form()
        person = await Person.create(
            email=self.email,
            password_hash=password_hash or self.password_hash,
            language=self.language,
            first_name=form.details.first_name,
            last_name=form.details.last_name,
            proved_at=now,
            created_at=now,
        )
        account = Account(status=ACTIVE, created_at=now, changed_at=now)
        account.apply(form.details, mask(form.details.tax_identity) if form.details.tax_identity else None)
        await account.save(force_create=True)
        await Membership.create(account=account, person=person, role=Membership.OWNER, created_at=now)
        await form.keep_evidence(account)
        await self.delete()
        return person, account


class PendingForm:
    """What a registration holds besides address and password: the details and the evidence of what was agreed to."""

    def __init__(
        self,
        details: AccountDetails,
        documents: list[UUID],
        consents: dict[str, str],
        *,
        source: str,
        address: str,
        agent: str,
        at: datetime,
    ) -> None:
        self.details = details
        self.documents = documents
        # Channel to the wording that was consented to; a channel not named was not ticked.
        self.consents = consents
        self.source = source
        self.address = address
        self.agent = agent
        self.at = at

    def sealed(self) -> bytes:
        """The form as it is stored."""
        # asyncpg has a UUID class of its own.
        return sealing.seal(orjson.dumps(vars(self), default=str).decode())

    @classmethod
    def unsealed(cls, sealed: bytes) -> PendingForm:
        """The form that was stored."""
        values = orjson.loads(sealing.unseal(sealed))
        return cls(
            AccountDetails(**values["details"]),
            [UUID(key) for key in values["documents"]],
            values["consents"],
            source=values["source"],
            address=values["address"],
            agent=values["agent"],
            at=datetime.fromisoformat(values["at"]),
        )

    async def keep_evidence(self, account: Account) -> None:
        """Write the acceptances and consents with the circumstances in which they were given."""
        circumstances = {"address": self.address, "agent": self.agent}
        await AgreementAcceptance.bulk_create(
            AgreementAcceptance(account=account, document_id=key, method=EXPLICIT, accepted_at=self.at, **circumstances)
            for key in self.documents
        )
        await ConsentEvent.bulk_create(
            ConsentEvent(
                account=account,
                channel=channel,
                given=True,
                source=self.source,
                wording=wording,
                at=self.at,
                **circumstances,
            )
            for channel, wording in self.consents.items()
        )
