"""Verbs that close an account at once, for security or debt, and open it again; conduct has a way of its own."""

from __future__ import annotations

from strawberry import ID

from api import loaders, standing
from api.access import needs
from api.caller import ACTIVE, SUSPENDED, TERMINATED, Caller, Scope
from api.models.accounts import Account as AccountRow
from api.perform import writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import billing as rules
from api.schema.accounts import Account, AccountPayload


@needs(Scope.ACCOUNTS_SUSPEND)
async def suspend_account(caller: Caller, account_id: ID, reason: str) -> AccountPayload:
    """Suspends an account at once, for security or debt; its owner reads the reason and may appeal."""
    found = Inspection()
    text = found.check("reason", rules.reason, reason)
    async with writing(caller) as work:
        row = await standing.held_account(account_id)
        found.finish()
        if row.status != ACTIVE:
            raise _not_now("account_suspended" if row.status == SUSPENDED else "account_state")
        await standing.suspend(work, row, text or "")
    return await _payload(caller, row)


@needs(Scope.ACCOUNTS_SUSPEND)
async def reinstate_account(caller: Caller, account_id: ID, reason: str) -> AccountPayload:
    """Ends a suspension; a terminated account stays terminated, since two people decided (5.2)."""
    found = Inspection()
    text = found.check("reason", rules.reason, reason)
    async with writing(caller) as work:
        row = await standing.held_account(account_id)
        found.finish()
        if row.status != SUSPENDED:
            raise _not_now("account_terminated" if row.status == TERMINATED else "account_not_suspended")
        await standing.reinstate(work, row, text or "")
    return await _payload(caller, row)


def _not_now(sentence: str) -> Refusal:
    return Refusal(Problem(UserErrorCode.NOT_ALLOWED, f"refusals.{sentence}", ("account_id",)))


async def _payload(caller: Caller, row: AccountRow) -> AccountPayload:
    reveal = Scope.ACCOUNTS_IDENTITY in caller.scopes
    return AccountPayload(told=Account.of(row, await loaders.owner_of(row.id), reveal=reveal))
