"""A check of a license: one read, one decision, a signed lease; a write only where the first good check binds.

Behind `validateLicense` and the old protocol's endpoint alike (licensing.md 3.3).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from api import clock, failures, invoicing, product_facts, settings, settling, sightings, signing, ticket_search
from api.audit import Act
from api.caller import Caller
from api.models import checks, ids
from api.models.checks import CheckRow
from api.models.licenses import License
from api.outbox import LetterKind
from api.perform import Writing, writing
from api.product_facts import ProductFacts
from api.rules.domains import Domain
from api.rules.leases import Lease
from api.rules.license_keys import parse_key
from api.rules.releases import ReleaseFacts
from api.rules.text import search_key
from api.rules.validation import Code, Decision, Request, Snapshot, decide
from api.sealing import indexes

# What may be known of a license by somebody who names its domain, or whose version it does not cover.
_TELLING = frozenset({Code.VALID, Code.BOUND, Code.VERSION_NOT_COVERED})
_MOST_LEASES = 10_000
_leases: OrderedDict[tuple[object, ...], str] = OrderedDict()


@dataclass(slots=True)
class Checked:
    """What came of a check; `product` and `license` only where the key is right."""

    decision: Decision
    at: datetime
    row: CheckRow | None = None
    product: ProductFacts | None = None
    # The newest release that the license covers.
    latest: ReleaseFacts | None = None
    lease: str | None = None

    @property
    def telling(self) -> bool:
        """Whether the asker may be told of the license's support and product."""
        return self.row is not None and self.decision.code in _TELLING

    @property
    def support_until(self) -> date | None:
        """The last day of support."""
        return self.row.support_until if self.row else None

    @property
    def support_active(self) -> bool:
        """Whether support runs today."""
        return self.support_until is not None and clock.local(self.at).date() <= self.support_until


def snapshot_of(row: CheckRow, product: ProductFacts) -> Snapshot:
    """What the decision looks at."""
    return Snapshot(
        status=row.status,
        owner_status=row.owner_status,
        product_names=product.names,
        domain=row.domain_ascii,
        moved_from=row.moved_from_ascii,
        moved_until=row.moved_until,
        support_until=row.support_until,
        released=product.released,
        covered_only=product.covered_only,
    )


async def check(
    caller: Caller, key: str, domain: str, product: str | None, version: str | None, nonce: str | None = None
) -> Checked:
    """Check a license; Denied RATE_LIMITED where the caller's network has failed too often.

    Nothing but the first good check changes anything, and that one only the license's domain.
    """
    canonical = parse_key(key)
    request = Request(canonical, domain, product, version)
    found = await _look(request)
    if found.row is not None and found.decision.binds:
        bound = await _bind(caller, found.row.id, found.decision)
        found = await _look(request)
        if bound and found.decision.code is Code.VALID:
            found = replace(found, decision=replace(found.decision, code=Code.BOUND))
    _note(caller, found, version)
    if not found.decision.valid:
        failures.take(caller.address)
        return found
    found.lease = await _lease(found, canonical or "", nonce)
    return found


async def _look(request: Request) -> Checked:
    now = clock.now()
    row = await checks.license_by(indexes("license_key", request.key)) if request.key else None
    return await _judged(row, request, now)


async def _judged(row: CheckRow | None, request: Request, now: datetime) -> Checked:
    if row is None:
        return Checked(decide(None, request, now), now)
    product = await product_facts.facts_of(row.product_id, row.product_version)
    latest = product.latest(row.support_until)
    return Checked(decide(snapshot_of(row, product), request, now), now, row, product, latest)


def _note(caller: Caller, found: Checked, version: str | None) -> None:
    asked = found.decision.domain
    if found.row is None or asked is None:
        return
    if found.decision.valid or found.decision.code is Code.DOMAIN_MISMATCH:
        sightings.note(found.row.id, asked.ascii, caller.address, version, refused=not found.decision.valid)


async def _bind(caller: Caller, key: UUID, decision: Decision) -> bool:
    """Bind the license to the domain of its first good check; of several at once one does."""
    asked = decision.domain
    async with writing(caller) as work:
        row = await License.get(id=key)
        await invoicing.lock_account(row.account_id)
        row = await License.get(id=key).select_related("product")
        free = asked is not None and row.domain_ascii is None and row.status == License.ACTIVE
        if work.happened(free) and asked is not None:
            await bind(work, row, asked, Act.LICENSE_BIND, "BOUND")
    return free


async def bind(work: Writing, row: License, domain: Domain, act: Act, event: str, reason: str | None = None) -> None:
    """Write a license's domain, with what tells of it; the account is held, and the product was fetched."""
    row.domain, row.domain_ascii = domain.unicode, domain.ascii
    row.search_key = search_key(f"{row.product.name} {domain.unicode} {domain.ascii}")[:500]
    await settling.note(work, row, act, event, reason, domain=domain.unicode)
    await ticket_search.license_changed(row)
    await work.send_to_owner(
        row.account_id,
        LetterKind.LICENSE_DOMAIN,
        path=f"/panel/licenses/{ids.public(row.PREFIX, row.id)}",
        product=row.product.name,
        domain=domain.unicode,
        by=event,
    )


async def _lease(found: Checked, key: str, nonce: str | None) -> str:
    """A signed lease; the same one for a license, domain and day, unless a nonce is to be in it."""
    row, asked = found.row, found.decision.domain
    if row is None or asked is None:
        raise RuntimeError("only a valid check has a lease")
    signer = await signing.signer()
    latest = found.latest
    place = (
        row.id, signer.kid, asked.ascii, row.support_until, latest and latest.version, found.at.date(),
        row.moved_until if found.decision.moving else None,
    )  # fmt: skip
    if nonce is None and place in _leases:
        return _leases[place]
    terms = settings.current().licensing
    ends = found.at + timedelta(days=terms.lease_days)
    grace = timedelta(days=terms.grace_days)
    if found.decision.moving and row.moved_until:
        # The domain before a move goes with the move.
        ends, grace = min(ends, row.moved_until), timedelta(0)
    lease = _written(found, key, ends, grace, nonce).signed(signer)
    if nonce is None:
        _leases[place] = lease
        if len(_leases) > _MOST_LEASES:
            _leases.popitem(last=False)
    return lease


def _written(found: Checked, key: str, ends: datetime, grace: timedelta, nonce: str | None) -> Lease:
    if found.row is None or found.product is None or found.decision.domain is None:
        raise RuntimeError("only a valid check has a lease")
    latest = found.latest
    return Lease(
        license=ids.public(License.PREFIX, found.row.id),
        product=found.product.slug,
        key=key,
        domain=found.decision.domain.ascii,
        issued_at=found.at,
        expires_at=ends,
        grace=grace,
        support_until=found.row.support_until,
        latest_version=latest.version if latest else None,
        nonce=nonce,
    )


async def offline_lease(row: License, days: int) -> tuple[str, datetime] | None:
    """A lease for a machine without a network and its end, in days from now; None where the license does not run."""
    signer, now = await signing.signer(), clock.now()
    found = await _judged(await checks.license_of(row.id), Request(row.key(), row.domain_ascii or ""), now)
    if not found.decision.valid:
        return None
    ends = now + timedelta(days=days)
    return _written(found, row.key(), ends, timedelta(0), None).signed(signer), ends


def forget() -> None:
    """Begin anew: another database."""
    _leases.clear()
    failures.forget()
    product_facts.forget()
