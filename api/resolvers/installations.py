"""Verbs of free installations (5.1.1) and of the one-time vault for their access data."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from strawberry import ID

from api import clock, invoicing, sealing, settings
from api.access import needs, needs_any, own_account, person, visible_to
from api.audit import Act
from api.caller import Caller, Scope
from api.models import ids
from api.models.catalog import Product
from api.models.licenses import InstallationRequest as RequestRow
from api.models.licenses import License as LicenseRow
from api.models.licenses import VaultAccess, VaultSecret
from api.models.people import Staff
from api.outbox import LetterKind
from api.perform import Writing, writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import billing as rules
from api.rules import installations
from api.rules.emails import LONGEST_ADDRESS
from api.rules.text import is_blank
from api.schema.installations import (
    InstallationRequest,
    InstallationRequestPayload,
    InstallationStatus,
    VaultPayload,
)
from api.schema.paging import Connection, page

ACCESS_HIGH = 4000
# How far ahead staff may schedule.
_HORIZON = timedelta(days=365)


@needs_any(Scope.LICENSES_READ, Scope.INSTALLATIONS_MANAGE)
async def installation_requests(
    caller: Caller, first: int | None = None, after: str | None = None, status: InstallationStatus | None = None
) -> Connection[InstallationRequest]:
    """Requests for free installation, newest first: one's own, or everybody's for staff."""
    seen = visible_to(caller, Scope.LICENSES_READ, Scope.INSTALLATIONS_MANAGE, "license__account_id")
    query = RequestRow.filter(seen)
    if status is not None:
        query = query.filter(status=status.value)
    return await page(query, "-requested_at", first, after, InstallationRequest.of)


@needs_any(Scope.LICENSES_READ, Scope.INSTALLATIONS_MANAGE)
async def installation_request(caller: Caller, key: UUID) -> InstallationRequest | None:
    """A request by its key, if the caller may see it."""
    seen = visible_to(caller, Scope.LICENSES_READ, Scope.INSTALLATIONS_MANAGE, "license__account_id")
    row = await RequestRow.filter(seen, id=key).first()
    return InstallationRequest.of(row) if row else None


@needs(Scope.LICENSES_WRITE)
async def request_installation(caller: Caller, license_id: ID, note: str) -> InstallationRequestPayload:
    """Asks for the free installation, within 30 days of the order (5.1.1); access data go into the vault, not here."""
    account_id = own_account(caller)
    found = Inspection()
    text = found.check("note", rules.note, note)
    async with writing(caller) as work:
        await invoicing.lock_account(account_id)
        key = ids.key_of(str(license_id), LicenseRow.PREFIX)
        own = await LicenseRow.get_or_none(id=key, account_id=account_id) if key else None
        if own is None:
            found.problems.append(Problem(UserErrorCode.NOT_FOUND, "refusals.license_unknown", ("license_id",)))
        if found.problems or not (own and text):
            raise found.refusal()
        await _refuse_closed(own)
        row = await RequestRow.create(license=own, status=RequestRow.REQUESTED, note=text, requested_at=clock.now())
        work.record(Act.INSTALLATION_REQUEST, f"installation:{row.id.hex}", license=own.id.hex)
    return InstallationRequestPayload(request=InstallationRequest.of(row))


async def _refuse_closed(own: LicenseRow) -> None:
    field = ("license_id",)
    if own.status != LicenseRow.ACTIVE:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.installation_not_active", field))
    if await RequestRow.filter(license=own, status__in=RequestRow.USED).exists():
        raise Refusal(Problem(UserErrorCode.ALREADY_EXISTS, "refusals.installation_exists", field))
    if not installations.is_open(own.installation_until, clock.today()):
        values = {"last_day": f"{own.installation_until:%d.%m.%Y}"}
        raise Refusal(Problem(UserErrorCode.INSTALLATION_WINDOW_CLOSED, "refusals.installation_window", field, values))


async def _held(request_id: ID, account_id: UUID | None) -> tuple[RequestRow, LicenseRow]:
    """The request that an argument names, and its license, whose account is held by this transaction."""
    key = ids.key_of(str(request_id), RequestRow.PREFIX)
    row = await RequestRow.get_or_none(id=key).select_related("license") if key else None
    if row is None or account_id not in {None, row.license.account_id}:
        raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.installation_unknown", ("request_id",)))
    await invoicing.lock_account(row.license.account_id)
    row = await RequestRow.get(id=row.id).select_related("license")
    return row, row.license


def _refuse_unless_open(row: RequestRow) -> None:
    if row.status not in RequestRow.OPEN:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.installation_closed", ("request_id",)))


def _refuse_cancelled(own: LicenseRow) -> None:
    """A license that was cancelled since, or refunded, is not installed; its request can still be closed."""
    if own.status == LicenseRow.CANCELLED:
        raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.installation_not_active", ("request_id",)))


@needs(Scope.LICENSES_WRITE)
async def cancel_installation(caller: Caller, request_id: ID) -> InstallationRequestPayload:
    """Takes back the wish; within the window it may be asked for again."""
    account_id = own_account(caller)
    async with writing(caller) as work:
        row, _ = await _held(request_id, account_id)
        _refuse_unless_open(row)
        await _close(work, row, RequestRow.CANCELLED, None)
    return InstallationRequestPayload(request=InstallationRequest.of(row))


async def _close(work: Writing, row: RequestRow, status: str, answer: str | None) -> None:
    row.status, row.answer, row.closed_at = status, answer, clock.now()
    await row.save(update_fields=["status", "answer", "closed_at"])
    await destroy(work, row.id, "WITHDRAWN")
    work.record(Act.INSTALLATION_CLOSE, f"installation:{row.id.hex}", status=status)


@needs(Scope.LICENSES_WRITE)
async def deposit_installation_access(caller: Caller, request_id: ID, access: str) -> InstallationRequestPayload:
    """Puts access data into the vault: sealed, read once by the assigned person, destroyed then or after 7 days."""
    account_id = own_account(caller)
    found = Inspection()
    text = found.check("access", rules.note, access, ACCESS_HIGH)
    async with writing(caller) as work:
        row, own = await _held(request_id, account_id)
        if found.problems or text is None:
            raise found.refusal()
        _refuse_unless_open(row)
        _refuse_cancelled(own)
        await destroy(work, row.id, "REPLACED")
        now = clock.now()
        kept = timedelta(days=settings.current().installation.vault_days)
        secret = await VaultSecret.create(
            request=row, sealed=sealing.seal(text), deposited_at=now, expires_at=now + kept
        )
        await _touch(work, secret, "DEPOSIT")
        work.record(Act.VAULT_DEPOSIT, f"installation:{row.id.hex}")
    return InstallationRequestPayload(request=InstallationRequest.of(row))


async def _touch(work: Writing, secret: VaultSecret, act: str) -> None:
    caller = work.caller
    await VaultAccess.create(secret=secret, act=act, actor=caller.actor, address=caller.address[:45], at=clock.now())


async def destroy(work: Writing, request_id: UUID, because: str) -> int:
    """Destroy what lies in the vault for a request; answers how much there was."""
    lying = await VaultSecret.filter(request_id=request_id, destroyed_at=None)
    for secret in lying:
        secret.sealed, secret.destroyed_at, secret.destroyed_because = None, clock.now(), because
        await secret.save(update_fields=["sealed", "destroyed_at", "destroyed_because"])
        await _touch(work, secret, "DESTROY")
        work.record(Act.VAULT_DESTROY, f"installation:{request_id.hex}", because=because)
    return len(lying)


@needs(Scope.INSTALLATIONS_MANAGE)
async def read_installation_access(caller: Caller, request_id: ID) -> VaultPayload:
    """Reads the access data, once, by the person it is assigned to; it is destroyed with the answer."""
    async with writing(caller) as work:
        row, _ = await _held(request_id, None)
        if row.assignee_id != person(caller):
            raise Refusal(Problem(UserErrorCode.NOT_ALLOWED, "refusals.vault_not_assigned", ("request_id",)))
        secret = await VaultSecret.filter(request_id=row.id, destroyed_at=None, expires_at__gt=clock.now()).first()
        if secret is None or secret.sealed is None:
            raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.vault_empty", ("request_id",)))
        text = sealing.unseal(bytes(secret.sealed))
        await _touch(work, secret, "READ")
        work.record(Act.VAULT_READ, f"installation:{row.id.hex}")
        await destroy(work, row.id, "READ")
    return VaultPayload(access=text)


@needs(Scope.INSTALLATIONS_MANAGE)
async def schedule_installation(
    caller: Caller, request_id: ID, scheduled_for: datetime, assignee_email: str | None = None
) -> InstallationRequestPayload:
    """Sets when an installation will be done and who does it: the caller, unless another of staff is named."""
    now = clock.now()
    found = Inspection()
    if scheduled_for.tzinfo is None or not now < scheduled_for <= now + _HORIZON:
        found.problems.append(Problem(UserErrorCode.INVALID, "refusals.schedule_time", ("scheduled_for",)))
    async with writing(caller) as work:
        row, own = await _held(request_id, None)
        assignee = person(caller)
        if assignee_email is not None:
            address = assignee_email.strip().lower().replace("\0", "")
            post = await Staff.filter(person__email=address).first() if len(address) <= LONGEST_ADDRESS else None
            if post is None:
                found.problems.append(Problem(UserErrorCode.NOT_FOUND, "refusals.staff_unknown", ("assignee_email",)))
            else:
                assignee = post.person_id
        found.finish()
        _refuse_unless_open(row)
        _refuse_cancelled(own)
        row.status, row.scheduled_for, row.assignee_id = RequestRow.SCHEDULED, scheduled_for, assignee
        await row.save(update_fields=["status", "scheduled_for", "assignee_id"])
        work.record(Act.INSTALLATION_SCHEDULE, f"installation:{row.id.hex}", at=scheduled_for.isoformat())
        await _tell(work, own, LetterKind.INSTALLATION_SCHEDULED, at=scheduled_for.isoformat())
    return InstallationRequestPayload(request=InstallationRequest.of(row))


@needs(Scope.INSTALLATIONS_MANAGE)
async def complete_installation(
    caller: Caller, request_id: ID, answer: str | None = None
) -> InstallationRequestPayload:
    """Says that an installation is done."""
    found = Inspection()
    text = None if answer is None or is_blank(answer) else found.check("answer", rules.reason, answer)
    async with writing(caller) as work:
        row, own = await _held(request_id, None)
        found.finish()
        _refuse_unless_open(row)
        await _close(work, row, RequestRow.DONE, text)
        await _tell(work, own, LetterKind.INSTALLATION_DONE, answer=text or "")
    return InstallationRequestPayload(request=InstallationRequest.of(row))


@needs(Scope.INSTALLATIONS_MANAGE)
async def decline_installation(caller: Caller, request_id: ID, reason: str) -> InstallationRequestPayload:
    """Declines a request; the customer reads the reason and may ask again within the window."""
    found = Inspection()
    text = found.check("reason", rules.reason, reason)
    async with writing(caller) as work:
        row, own = await _held(request_id, None)
        found.finish()
        _refuse_unless_open(row)
        await _close(work, row, RequestRow.DECLINED, text)
        await _tell(work, own, LetterKind.INSTALLATION_DECLINED, answer=text or "")
    return InstallationRequestPayload(request=InstallationRequest.of(row))


async def _tell(work: Writing, own: LicenseRow, kind: LetterKind, **values: str) -> None:
    product = await Product.get(id=own.product_id)
    path = f"/panel/licenses/{ids.public(own.PREFIX, own.id)}"
    await work.send_to_owner(own.account_id, kind, path=path, product=product.name, **values)
