"""Nouns of customers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from itertools import chain
from uuid import UUID

import strawberry
from strawberry.types.nodes import SelectedField, Selection

from api import batches, loaders
from api.access import may_see
from api.caller import Caller, Scope
from api.models import ids
from api.models.accounts import Account as AccountRow
from api.models.people import Person
from api.refusal import DenialCode, Denied
from api.schema.agreements import AgreementAcceptance, AgreementDocument
from api.schema.common import Node, UserError, asker, lazy


@strawberry.enum(description="What kind of customer; decides the tax fields.")
class AccountType(StrEnum):
    CORPORATE = "CORPORATE"
    SOLE_PROPRIETOR = "SOLE_PROPRIETOR"
    INDIVIDUAL = "INDIVIDUAL"


@strawberry.enum(description="Where an account stands.")
class AccountStatus(StrEnum):
    PENDING_VERIFICATION = "PENDING_VERIFICATION"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"
    ERASED = "ERASED"


@strawberry.type(description="A billing address.")
class Address:
    line1: str = strawberry.field(description="Street and number.")
    line2: str | None = strawberry.field(description="More of it.")
    district: str = strawberry.field(description="İlçe, in Turkey one of the province's.")
    province: str = strawberry.field(description="İl, in Turkey one of 81.")
    postal_code: str | None = strawberry.field(description="In Turkey five digits.")
    country: str = strawberry.field(description="ISO 3166-1 alpha-2.")


@strawberry.type(description="Consent to commercial messages, by channel (law 6563).")
class MarketingConsent:
    email: bool = strawberry.field(description="By e-mail.")
    sms: bool = strawberry.field(description="By SMS.")
    updated_at: datetime | None = strawberry.field(description="When it was last given or withdrawn.")
    source: str | None = strawberry.field(description="Through which door it last changed.")


@strawberry.type(description="A customer. One account may have several people (memberships).")
class Account(Node):
    number: str = strawberry.field(description="The customer number, random.")
    type: AccountType = strawberry.field(description="What kind of customer.")
    status: AccountStatus = strawberry.field(description="Where it stands.")
    status_reason: str | None = strawberry.field(
        description="Why the account is suspended or terminated; never null while it is."
    )
    email: str = strawberry.field(description="The owner's address, lower-case, its domain in ASCII form.")
    email_verified: bool = strawberry.field(description="Whether the address was proved by a link.")
    first_name: str = strawberry.field(description="The owner's first name.")
    last_name: str = strawberry.field(description="The owner's last name.")
    phone: str | None = strawberry.field(description="E.164, e.g. +905321234567.")
    company_name: str | None = strawberry.field(description="Trade or business name; null for an individual.")
    tax_office: str | None = strawberry.field(description="Corporations only.")
    tax_identity: str | None = strawberry.field(
        description="VKN or TCKN with all but the last 3 digits masked, unless the viewer has accounts:identity."
    )
    address: Address = strawberry.field(description="The billing address.")
    created_at: datetime = strawberry.field(description="When the address was proved and the account opened.")
    row: strawberry.Private[AccountRow]

    @lazy("Consent to commercial messages.")
    async def marketing(self) -> MarketingConsent:
        """Of each channel, what was said last."""
        last = await loaders.latest_consents(self.row.id)
        newest = max(last.values(), key=lambda event: event.at, default=None)
        return MarketingConsent(
            email="email" in last and last["email"].given,
            sms="sms" in last and last["sms"].given,
            updated_at=newest.at if newest else None,
            source=newest.source if newest else None,
        )

    @lazy("Which versions bind the account, newest first.")
    async def agreement_acceptances(self) -> list[AgreementAcceptance]:
        """What was accepted, and what binds by silence (2.3)."""
        return [
            AgreementAcceptance(
                document=AgreementDocument.of(binding.document), accepted_at=binding.since, method=binding.method
            )
            for binding in await loaders.bindings(self.row.id, self.row.created_at)
        ]

    @classmethod
    def of(cls, row: AccountRow, owner: Person, *, reveal: bool) -> Account:
        """The public form of a row; `reveal` shows its identity number in full."""
        return cls(
            id=strawberry.ID(ids.public(row.PREFIX, row.id)),
            number=row.number,
            type=AccountType(row.type),
            status=AccountStatus(row.status),
            status_reason=row.status_reason,
            email=owner.email,
            email_verified=owner.proved_at is not None,
            first_name=row.first_name,
            last_name=row.last_name,
            phone=row.phone,
            company_name=row.company_name,
            tax_office=row.tax_office,
            tax_identity=row.tax_identity() if reveal else row.tax_identity_mask,
            address=Address(
                line1=row.address_line1,
                line2=row.address_line2,
                district=row.district,
                province=row.province,
                postal_code=row.postal_code,
                country=row.country,
            ),
            created_at=row.created_at,
            row=row,
        )


async def _rows_by_id(keys: list[UUID]) -> list[tuple[AccountRow, Person]]:
    rows = await batches.by_id(AccountRow, keys)
    owners = await loaders.owners_of(keys)
    return [(row, owners[row.id]) for row in rows]


# What tells one account from another, and nothing about whom it belongs to.
_NAMES = frozenset({"__typename", "id", "number"})
_STANDING = _NAMES | {"status", "statusReason"}
SCOPES_OF_ACCOUNTS = f"More than id and number needs: scope {Scope.ACCOUNT_READ} or {Scope.ACCOUNTS_READ}."


async def account_behind(key: UUID, info: strawberry.Info) -> Account:
    """The account behind a document; Denied FORBIDDEN where more than its names is asked without the scope for it."""
    caller = asker(info)
    told = may_see(caller, key, Scope.ACCOUNT_READ, Scope.ACCOUNTS_READ)
    if not told and not _asked(info.selected_fields) <= _NAMES:
        raise Denied(DenialCode.FORBIDDEN)
    return await account_of(key, caller)


def _asked(fields: Iterable[Selection]) -> set[str]:
    """The names of what is selected of these fields, in fragments too."""
    names = set()
    for selected in chain.from_iterable(field.selections for field in fields):
        names |= {selected.name} if isinstance(selected, SelectedField) else _asked([selected])
    return names


async def account_of(key: UUID, caller: Caller) -> Account:
    """The account that an object belongs to, as its viewer may see it."""
    row, owner = await batches.load(_rows_by_id, key)
    return Account.of(row, owner, reveal=Scope.ACCOUNTS_IDENTITY in caller.scopes)


@strawberry.type(description="Who asks.")
class Viewer:
    is_staff: bool = strawberry.field(description="Whether they work for the vendor.")
    scopes: list[str] = strawberry.field(description="The scopes of the token or session in use, e.g. account:read.")
    account_id: strawberry.Private[UUID | None]
    reveal: strawberry.Private[bool]

    @lazy("Null for a guest or a staff member without an account.")
    async def account(self) -> Account | None:
        """The account that the caller acts for."""
        if self.account_id is None:
            return None
        row = await AccountRow.get(id=self.account_id)
        return Account.of(row, await loaders.owner_of(self.account_id), reveal=self.reveal)

    @classmethod
    def of(cls, caller: Caller) -> Viewer:
        """What a caller is told of itself."""
        may_read = Scope.ACCOUNT_READ in caller.scopes
        return cls(
            is_staff=caller.is_staff,
            scopes=sorted(caller.scopes),
            account_id=caller.account_id if may_read else None,
            reveal=Scope.ACCOUNTS_IDENTITY in caller.scopes,
        )


@strawberry.input(description="A billing address.")
class AddressInput:
    line1: str = strawberry.field(description="Street and number, 5-200 characters.")
    district: str = strawberry.field(description="İlçe; in Turkey one of the province's.")
    province: str = strawberry.field(description="İl; in Turkey one of 81.")
    line2: str | None = strawberry.field(default=None, description="More of it, up to 200 characters.")
    postal_code: str | None = strawberry.field(default=None, description="In Turkey five digits.")
    country: str = strawberry.field(default="TR", description="ISO 3166-1 alpha-2.")


@strawberry.input(description="A registration form; the rules are the site's.")
class RegisterAccountInput:
    type: AccountType = strawberry.field(description="What kind of customer.")
    email: str = strawberry.field(description="Proved by a link before anything opens.")
    password: str = strawberry.field(description="At least 10 characters of score 3, at most 128.")
    first_name: str = strawberry.field(description="Letters, up to 50.")
    last_name: str = strawberry.field(description="Letters, up to 100.")
    phone: str = strawberry.field(
        description="Any usual spelling; the country is the address's unless it starts with +."
    )
    address: AddressInput = strawberry.field(description="The billing address.")
    accepted_agreement_id: strawberry.ID = strawberry.field(
        description="The id of the service agreement in force that was shown and accepted."
    )
    read_privacy_notice_id: strawberry.ID = strawberry.field(description="The id of the privacy notice that was shown.")
    company_name: str | None = strawberry.field(
        default=None,
        description="CORPORATE: required (trade name); SOLE_PROPRIETOR: optional; INDIVIDUAL: ignored, never stored.",
    )
    tax_office: str | None = strawberry.field(
        default=None, description="CORPORATE in Turkey: required; the other types: ignored, never stored."
    )
    tax_number: str | None = strawberry.field(
        default=None,
        description="CORPORATE in Turkey: required, a VKN (10 digits); the other types: ignored, never stored.",
    )
    national_id: str | None = strawberry.field(
        default=None,
        description=(
            "A TCKN (11 digits). SOLE_PROPRIETOR in Turkey: required; INDIVIDUAL: optional; "
            "CORPORATE: ignored, never stored."
        ),
    )
    marketing_email: bool = strawberry.field(default=False, description="Consent to commercial e-mail; never needed.")
    marketing_sms: bool = strawberry.field(default=False, description="Consent to commercial SMS; never needed.")


@strawberry.type(
    description="The same answer whether or not the address was already registered; its owner is told by e-mail."
)
class RegisterAccountPayload:
    verification_sent_to: str | None = strawberry.field(default=None, description="Where the letter went.")
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")


@strawberry.input(description="What is absent or null stays as it is; an optional field sent blank is emptied.")
class UpdateAccountInput:
    first_name: str | None = strawberry.field(default=None, description="Letters, up to 50.")
    last_name: str | None = strawberry.field(default=None, description="Letters, up to 100.")
    phone: str | None = strawberry.field(default=None, description="Any usual spelling.")
    address: AddressInput | None = strawberry.field(default=None, description="The whole address.")
    company_name: str | None = strawberry.field(default=None, description="As at registration.")
    tax_office: str | None = strawberry.field(default=None, description="As at registration.")
    tax_number: str | None = strawberry.field(default=None, description="As at registration.")
    national_id: str | None = strawberry.field(default=None, description="As at registration.")


@strawberry.type(description="What came of changing an account.")
class AccountPayload:
    told: strawberry.Private[Account | None] = None
    errors: list[UserError] = strawberry.field(default_factory=list, description="What to mend.")

    @lazy(
        "The account; null when refused. Of somebody else's, more than id, number, status and statusReason needs: "
        f"scope {Scope.ACCOUNTS_READ}."
    )
    async def account(self, info: strawberry.Info) -> Account | None:
        """Whoever may change a thing about an account is told that, not all the rest."""
        if self.told is None:
            return None
        caller = asker(info)
        own = self.told.row.id == caller.account_id
        if not own and Scope.ACCOUNTS_READ not in caller.scopes and not _asked(info.selected_fields) <= _STANDING:
            raise Denied(DenialCode.FORBIDDEN)
        return self.told
