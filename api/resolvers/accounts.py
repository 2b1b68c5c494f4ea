"""Verbs of customers: registering, reading and changing their data and consents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q

from api import clock, loaders, sealing, throttle, ticket_search
from api.access import needs, open_to_all, own_account, visible_to
from api.audit import Act
from api.caller import Caller, Scope
from api.hashing import hash_password
from api.i18n import translate
from api.models import ids
from api.models.accounts import DETAIL_COLUMNS, ConsentEvent, Membership, ProfileChange
from api.models.accounts import Account as AccountRow
from api.models.agreements import AgreementDocument as DocumentRow
from api.models.audit import AuditEntry
from api.models.people import Person
from api.models.registrations import PendingForm, Registration
from api.outbox import LetterKind
from api.perform import Writing, writing
from api.refusal import Inspection, Problem, UserErrorCode
from api.rules.account_details import AccountDetails, RawAddress, account_type, inspect_details
from api.rules.emails import email_address
from api.rules.passwords import password as password_rule
from api.rules.tax_identity import mask
from api.rules.text import is_blank, search_key
from api.schema.accounts import (
    Account,
    AccountPayload,
    AccountStatus,
    AddressInput,
    RegisterAccountInput,
    RegisterAccountPayload,
    UpdateAccountInput,
    Viewer,
)
from api.schema.paging import Connection, page_of
from api.scoring import scored

CHANNELS = ("email", "sms")
MOST_WORDS = 8
MOST_STANDINGS = 50
AGREEMENT, NOTICE = "SERVICE_AGREEMENT", "PRIVACY_NOTICE"


@open_to_all
async def viewer(caller: Caller) -> Viewer:
    """Who asks, and what they may do."""
    return Viewer.of(caller)


@open_to_all
async def account(caller: Caller, key: UUID) -> Account | None:
    """The account with this key, if the caller may see it: their own, or any for staff with accounts:read."""
    if not (Scope.ACCOUNTS_READ in caller.scopes or (key == caller.account_id and Scope.ACCOUNT_READ in caller.scopes)):
        return None
    row = await AccountRow.get_or_none(id=key)
    return (
        Account.of(row, await loaders.owner_of(key), reveal=Scope.ACCOUNTS_IDENTITY in caller.scopes) if row else None
    )


@needs(Scope.ACCOUNTS_READ)
async def accounts(
    caller: Caller,
    first: int | None = None,
    after: str | None = None,
    status: AccountStatus | None = None,
    search: str | None = None,
) -> Connection[Account]:
    """Customers in the order of their names; `search` takes words of the name, the number, or an e-mail address."""
    query = AccountRow.filter(visible_to(caller, Scope.ACCOUNT_READ, Scope.ACCOUNTS_READ, "id"))
    if status is not None:
        query = query.filter(status=status.value)
    text = (search or "")[:300].replace("\0", "").strip()
    if "@" in text:
        query = query.filter(memberships__person__email__startswith=text.lower(), memberships__role=Membership.OWNER)
    elif text:
        named = Q()
        for word in search_key(text).split()[:MOST_WORDS]:
            named &= Q(search_key__contains=word)
        query = query.filter(Q(number=text.upper()[: ids.LONGEST_NUMBER]) | named)
    reveal = Scope.ACCOUNTS_IDENTITY in caller.scopes

    async def shown(rows: list[AccountRow]) -> list[Account]:
        owners = await loaders.owners_of(row.id for row in rows)
        return [Account.of(row, owners[row.id], reveal=reveal) for row in rows]

    return await page_of(query, "sort_key", first, after, shown, instant=False)


@needs(Scope.ACCOUNTS_READ)
async def account_numbered(caller: Caller, number: str) -> Account | None:
    """The account with this number; for the site."""
    row = await AccountRow.get_or_none(number=number) if ids.may_be_number(number) else None
    return await account(caller, row.id) if row else None


@needs(Scope.ACCOUNTS_READ)
async def standings(caller: Caller, own: Account) -> list[Standing]:
    """When and why an account was suspended, reinstated or terminated, newest first; for the site."""
    del caller
    acts = (Act.ACCOUNT_SUSPEND, Act.ACCOUNT_REINSTATE, Act.ACCOUNT_TERMINATE)
    entries = AuditEntry.filter(subject=f"account:{own.row.id.hex}", act__in=[act.value for act in acts])
    found = await entries.order_by("-at", "-id").limit(MOST_STANDINGS)
    return [Standing(Act(entry.act), entry.at, entry.details.get("reason", "")) for entry in found]


@dataclass(frozen=True, slots=True)
class Standing:
    """One change of where an account stands, from the record of acts."""

    act: Act
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class _Inspected:
    """A registration form that nothing is wrong with, in its stored form."""

    email: str
    password: str
    details: AccountDetails
    documents: list[UUID]


@open_to_all
async def register_account(caller: Caller, input: RegisterAccountInput) -> RegisterAccountPayload:  # noqa: A002 - the contract's name
    """Takes a registration form; the account opens when the link mailed to its address is confirmed."""
    form = await _inspect(caller, input, for_a_letter=True)
    row = Registration(
        email=form.email,
        version=ids.new_id(),
        language=caller.language,
        form_sealed=_pending(caller, form, input).sealed(),
        password_hash=await hash_password(form.password),
        created_at=clock.now(),
    )
    async with writing(caller) as work:
        await row.put()
        work.record(Act.REGISTRATION_SUBMIT, f"registration:{row.version.hex}")
        work.send(LetterKind.VERIFY_REGISTRATION, form.email, version=row.version.hex, network=caller.address)
    return RegisterAccountPayload(verification_sent_to=form.email)


@open_to_all
async def check_registration(caller: Caller, input: RegisterAccountInput) -> RegisterAccountPayload:  # noqa: A002 - as above
    """Refuses what registering would refuse, and writes nothing."""
    await _inspect(caller, input)
    return RegisterAccountPayload()


async def _inspect(caller: Caller, form: RegisterAccountInput, *, for_a_letter: bool = False) -> _Inspected:
    """Count the form, and the letter that it will bring; a refused one brings none and gives it back."""
    found = Inspection()
    kind = found.check("type", account_type, str(form.type))
    email = found.check("email", email_address, form.email)
    letter = ((throttle.LETTERS_PER_RECIPIENT, email),) if for_a_letter and email else ()
    await throttle.take(
        (throttle.REGISTRATION_PER_ADDRESS, throttle.host_of(caller.address)),
        (throttle.REGISTRATION_PER_NETWORK, throttle.network_of(caller.address)),
        *letter,
    )
    details = inspect_details(found, kind or "", form)
    password = await scored(form.password, found.check, "password", password_rule, form.password, personal_words(form))
    documents = await _agreed(found, form)
    if found.problems or not (email and details and password):
        if letter:
            await throttle.give_back(*letter)
        raise found.refusal()
    return _Inspected(email, password, details, documents)


def personal_words(form: RegisterAccountInput) -> list[str]:
    """What somebody who knows this person would try first."""
    own = [form.first_name, form.last_name, form.email, form.phone]
    own += [form.address.province, form.address.district, form.address.line1]
    own += [form.company_name or "", form.tax_number or "", form.national_id or "", form.tax_office or ""]
    return [word for word in own if word]


async def _agreed(found: Inspection, form: RegisterAccountInput) -> list[UUID]:
    """The versions in force, if those are what the form names."""
    in_force = await loaders.ids_in_force((AGREEMENT, NOTICE))
    given = {
        "accepted_agreement_id": (AGREEMENT, str(form.accepted_agreement_id), "agreement"),
        "read_privacy_notice_id": (NOTICE, str(form.read_privacy_notice_id), "notice"),
    }
    for field, (kind, public_id, name) in given.items():
        if is_blank(public_id):
            found.problems.append(Problem(UserErrorCode.REQUIRED, f"refusals.{name}_required", (field,)))
        elif kind not in in_force or ids.key_of(public_id, DocumentRow.PREFIX) != in_force[kind]:
            found.problems.append(Problem(UserErrorCode.AGREEMENT_OUTDATED, f"refusals.{name}_outdated", (field,)))
    return list(in_force.values())


def _pending(caller: Caller, form: _Inspected, given: RegisterAccountInput) -> PendingForm:
    ticked = {"email": given.marketing_email, "sms": given.marketing_sms}
    return PendingForm(
        form.details,
        form.documents,
        {channel: _wording(caller, channel) for channel in CHANNELS if ticked[channel]},
        source=caller.door.value,
        address=caller.address[:45],
        agent=caller.agent[:300],
        at=clock.now(),
    )


def _wording(caller: Caller, channel: str) -> str:
    return translate(caller.language, f"site.field.marketing_{channel}")


@dataclass(frozen=True, slots=True)
class _Merged:
    """An account's details with a form's changes laid over them, as typed."""

    first_name: str
    last_name: str
    phone: str
    company_name: str | None
    tax_office: str | None
    tax_number: str | None
    national_id: str | None
    address: RawAddress


def _merge(row: AccountRow, form: UpdateAccountInput) -> _Merged:
    def given(name: str, present: str | None) -> str | None:
        value = getattr(form, name)
        return present if value is None else value

    identity = row.tax_identity()
    address = AddressInput(
        line1=row.address_line1,
        line2=row.address_line2,
        district=row.district,
        province=row.province,
        postal_code=row.postal_code,
        country=row.country,
    )
    return _Merged(
        first_name=given("first_name", row.first_name) or "",
        last_name=given("last_name", row.last_name) or "",
        phone=given("phone", row.phone) or "",
        company_name=given("company_name", row.company_name),
        tax_office=given("tax_office", row.tax_office),
        tax_number=given("tax_number", identity),
        national_id=given("national_id", identity),
        address=address if form.address is None else form.address,
    )


@needs(Scope.ACCOUNT_WRITE)
async def update_account(caller: Caller, input: UpdateAccountInput) -> AccountPayload:  # noqa: A002 - the contract's name
    """Changes the caller's own details; old and new values are kept (agreement 1.2)."""
    key = own_account(caller)
    async with writing(caller) as work:
        row = await AccountRow.select_for_update().get(id=key)
        found = Inspection()
        details = inspect_details(found, row.type, _merge(row, input))
        if found.problems or details is None:
            raise found.refusal()
        changed = await _change(work, row, details)
        owner = await loaders.owner_of(key)
        if {"first_name", "last_name"} & set(changed):
            await Person.filter(id=owner.id).update(first_name=row.first_name, last_name=row.last_name)
        work.record(Act.ACCOUNT_UPDATE, f"account:{key.hex}", fields=" ".join(changed))
    return AccountPayload(told=Account.of(row, owner, reveal=False))


async def _change(work: Writing, row: AccountRow, details: AccountDetails) -> list[str]:
    before = {name: getattr(row, name) for name in DETAIL_COLUMNS} | {"tax_identity": row.tax_identity()}
    after = {name: getattr(details, name) for name in (*DETAIL_COLUMNS, "tax_identity")}
    changed = [name for name in after if before[name] != after[name]]
    if not changed:
        return []
    row.apply(details, mask(details.tax_identity) if details.tax_identity else None)
    row.changed_at = clock.now()
    await row.save()
    await ProfileChange.bulk_create(
        ProfileChange(
            account=row,
            field=name,
            old_sealed=sealing.seal(before[name]) if before[name] else None,
            new_sealed=sealing.seal(after[name]) if after[name] else None,
            source=work.caller.door.value,
            actor=work.caller.actor,
            address=work.caller.address[:45],
            at=clock.now(),
        )
        for name in changed
    )
    if {"first_name", "last_name", "company_name"} & set(changed):
        await ticket_search.account_changed(row)
    return changed


@needs(Scope.ACCOUNT_WRITE)
async def set_marketing_consent(caller: Caller, email: bool, sms: bool) -> AccountPayload:
    """Gives or withdraws consent to commercial messages, by channel; each change is kept as evidence."""
    key = own_account(caller)
    wanted = {"email": email, "sms": sms}
    async with writing(caller) as work:
        row = await AccountRow.select_for_update().get(id=key)
        last = await loaders.latest_consents(key)
        changed = [c for c in CHANNELS if wanted[c] != (c in last and last[c].given)]
        await ConsentEvent.bulk_create(
            ConsentEvent(
                account=row,
                channel=channel,
                given=wanted[channel],
                source=caller.door.value,
                wording=_wording(caller, channel),
                address=caller.address[:45],
                agent=caller.agent[:300],
                at=clock.now(),
            )
            for channel in changed
        )
        work.record(
            Act.CONSENT_CHANGE, f"account:{key.hex}", **{c: "given" if wanted[c] else "withdrawn" for c in changed}
        )
    return AccountPayload(told=Account.of(row, await loaders.owner_of(key), reveal=False))
