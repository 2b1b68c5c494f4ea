"""How an account is closed and opened again (5.2), with all that follows from it.

Every function runs in a transaction that holds the account (`invoicing.lock_account`).
"""

from __future__ import annotations

from strawberry import ID
from tortoise.expressions import Subquery

from api import clock, invoicing, loaders, renewing, settling
from api.audit import Act
from api.caller import ACTIVE, SUSPENDED, TERMINATED
from api.i18n import translate
from api.models import ids
from api.models.accounts import Account
from api.models.attachments import Attachment, AttachmentLink
from api.models.licenses import License
from api.models.orders import Order
from api.models.sessions import Link
from api.outbox import LetterKind
from api.perform import Writing
from api.refusal import Problem, Refusal, UserErrorCode

_PATH = "/panel"
# Where conduct is spoken of in the service agreement.
CONDUCT_CLAUSE = "5.2"


async def held_account(account_id: ID) -> Account:
    """The account that an argument names, held by this transaction until its end."""
    key = ids.key_of(str(account_id), Account.PREFIX)
    if key is None or not await Account.filter(id=key).exists():
        raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.account_unknown", ("account_id",)))
    return await invoicing.lock_account(key)


async def suspend(work: Writing, account: Account, reason: str, clause: str = "") -> None:
    """Close an account for a time; `clause`: of the agreement, where conduct is the cause."""
    await _close(account, SUSPENDED, reason)
    work.record(Act.ACCOUNT_SUSPEND, f"account:{account.id.hex}", reason=reason, clause=clause)
    await _tell(work, account, LetterKind.ACCOUNT_SUSPENDED, reason=reason, clause=clause)


async def reinstate(work: Writing, account: Account, reason: str) -> None:
    """Open a suspended account again; support days have run on."""
    account.status = ACTIVE
    account.status_reason = None
    await account.save(update_fields=["status", "status_reason"])
    work.record(Act.ACCOUNT_REINSTATE, f"account:{account.id.hex}", reason=reason)
    await _tell(work, account, LetterKind.ACCOUNT_REINSTATED, reason=reason)


async def terminate(work: Writing, account: Account, reason: str) -> None:
    """Close an account for good (5.2): licenses end, what is unpaid is not to be paid, nothing is paid back."""
    await _close(account, TERMINATED, reason)
    sentence = translate(await invoicing.language_of(account.id), "billing.cancelled_terminated")
    for order in await Order.filter(account_id=account.id, status=Order.PENDING_PAYMENT).order_by("placed_at", "id"):
        await settling.cancel_order(work, order, sentence)
    own = License.filter(account_id=account.id).exclude(status=License.CANCELLED).order_by("created_at", "id")
    for row in await own:
        row.status, row.status_reason = License.CANCELLED, reason
        await settling.note(work, row, Act.LICENSE_CANCEL, "CANCELLED", reason)
        if waiting := await renewing.open_renewal(row.id):
            await settling.cancel(waiting, sentence)
    work.record(Act.ACCOUNT_TERMINATE, f"account:{account.id.hex}", reason=reason, clause=CONDUCT_CLAUSE)
    await _tell(work, account, LetterKind.ACCOUNT_TERMINATED, reason=reason, clause=CONDUCT_CLAUSE)


async def _close(account: Account, status: str, reason: str) -> None:
    account.status, account.status_reason = status, reason
    await account.save(update_fields=["status", "status_reason"])
    # A change of address that was asked for before is not to be finished now, nor a download.
    owner, now = await loaders.owner_of(account.id), clock.now()
    await Link.filter(person_id=owner.id, purpose=Link.EMAIL, used_at=None).update(used_at=now)
    files = Subquery(Attachment.filter(account_id=account.id).values("id"))
    await AttachmentLink.filter(attachment_id__in=files, used_at=None, expires_at__gt=now).update(used_at=now)


async def _tell(work: Writing, account: Account, kind: LetterKind, **values: str) -> None:
    await work.send_to_owner(account.id, kind, path=_PATH, number=account.number, **values)
