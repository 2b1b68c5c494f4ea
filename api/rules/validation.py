"""Whether a license may run where it was asked for: one pure decision behind every door (licensing.md 3.3).

The checks stand in their order; the first that fails is the answer's code. `decide` stops there, `explain` goes on and
tells of every one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from api.rules.domains import Domain, Fault, judged
from api.rules.releases import covered

ACTIVE = "ACTIVE"
# What a host holds that people read otherwise (RFC 5890).
PUNYCODE = "xn--"


class Code(StrEnum):
    """What a check of a license came to; the contract's `LicenseCode`."""

    VALID = "VALID"
    BOUND = "BOUND"
    KEY_MALFORMED = "KEY_MALFORMED"
    NOT_FOUND = "NOT_FOUND"
    PENDING = "PENDING"
    SUSPENDED = "SUSPENDED"
    CANCELLED = "CANCELLED"
    OWNER_BLOCKED = "OWNER_BLOCKED"
    PRODUCT_MISMATCH = "PRODUCT_MISMATCH"
    DOMAIN_MISSING = "DOMAIN_MISSING"
    DOMAIN_MALFORMED = "DOMAIN_MALFORMED"
    DOMAIN_NOT_ALLOWED = "DOMAIN_NOT_ALLOWED"
    DOMAIN_MISMATCH = "DOMAIN_MISMATCH"
    VERSION_NOT_COVERED = "VERSION_NOT_COVERED"


@dataclass(slots=True)
class Snapshot:
    """A license as it stands, with what of its owner and product matters."""

    status: str
    owner_status: str
    product_names: tuple[str, ...]
    # In ASCII form; None until the first good check binds the license.
    domain: str | None
    # The domain before a move, which answers until an instant.
    moved_from: str | None
    moved_until: datetime | None
    # Last day, inclusive, in Istanbul.
    support_until: date | None
    # When each version came out.
    released: Mapping[str, datetime]
    # Whether a version that came out after the support year may not run.
    covered_only: bool


@dataclass(frozen=True, slots=True)
class Request:
    """What a module asks: its key (None: malformed), the domain as it was told, its product and version."""

    key: str | None
    domain: str
    product: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: its code, whether the module may run, and the domain in its one form."""

    code: Code
    valid: bool
    domain: Domain | None
    # Whether the license is unbound and this check may bind it to the domain.
    binds: bool = False
    # Whether it is the domain from before a move.
    moving: bool = False


class Outcome(StrEnum):
    """What one check came to; NOT_REACHED where nothing was there to be checked."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    NOT_REACHED = "NOT_REACHED"


@dataclass(slots=True)
class _Case:
    """Everything that a check looks at; `own` is never asked before NOT_FOUND has passed."""

    snapshot: Snapshot | None
    request: Request
    now: datetime
    asked: Domain | Fault

    @property
    def own(self) -> Snapshot:
        assert self.snapshot is not None  # noqa: S101 - the order of the checks
        return self.snapshot

    def fault(self) -> Fault | None:
        return self.asked if isinstance(self.asked, Fault) else None

    def matches(self) -> bool:
        assert isinstance(self.asked, Domain)  # noqa: S101 - the order of the checks
        return self.own.domain in {None, self.asked.ascii} or self.moving()

    def moving(self) -> bool:
        own, asked = self.snapshot, self.asked
        return (
            own is not None
            and isinstance(asked, Domain)
            and own.moved_from == asked.ascii
            and own.domain != asked.ascii
            and own.moved_until is not None
            and self.now < own.moved_until
        )

    def right_product(self) -> bool:
        return not self.request.product or self.request.product in self.own.product_names

    def version_covered(self) -> bool:
        released_at = self.own.released.get(self.request.version or "")
        # Of a version that we never published nothing can be said.
        return released_at is None or covered(released_at, self.own.support_until)


# In the order of licensing.md 3.3; what stands before a check is what it relies on.
CHECKS: tuple[tuple[Code, Callable[[_Case], bool]], ...] = (
    (Code.KEY_MALFORMED, lambda case: case.request.key is not None),
    (Code.NOT_FOUND, lambda case: case.snapshot is not None),
    (Code.OWNER_BLOCKED, lambda case: case.own.owner_status == ACTIVE),
    (Code.CANCELLED, lambda case: case.own.status != "CANCELLED"),
    (Code.SUSPENDED, lambda case: case.own.status != "SUSPENDED"),
    (Code.PENDING, lambda case: case.own.status != "PENDING"),
    (Code.PRODUCT_MISMATCH, _Case.right_product),
    (Code.DOMAIN_MISSING, lambda case: case.fault() is not Fault.MISSING),
    (Code.DOMAIN_MALFORMED, lambda case: case.fault() is not Fault.MALFORMED),
    (Code.DOMAIN_NOT_ALLOWED, lambda case: case.fault() is not Fault.NOT_ALLOWED),
    (Code.DOMAIN_MISMATCH, _Case.matches),
    (Code.VERSION_NOT_COVERED, _Case.version_covered),
)
_NEEDS_LICENSE = {Code.KEY_MALFORMED, Code.NOT_FOUND}


def _case(snapshot: Snapshot | None, request: Request, now: datetime) -> _Case:
    own = snapshot if request.key else None
    bound = own is not None and request.domain == own.domain and PUNYCODE not in request.domain
    # A license's own domain was judged when it was bound, and stands in the form that judging gives.
    asked = Domain(request.domain, request.domain) if bound else judged(request.domain)
    return _Case(own, request, now, asked)


def decide(snapshot: Snapshot | None, request: Request, now: datetime) -> Decision:
    """What a module is answered; `snapshot` is of the license that its key names, None where there is none."""
    case = _case(snapshot, request, now)
    for code, passes in CHECKS:
        if not passes(case):
            return _decision(case, code)
    return _decision(case, Code.VALID)


def _decision(case: _Case, code: Code) -> Decision:
    tolerated = code is Code.VERSION_NOT_COVERED and not case.own.covered_only
    valid = code is Code.VALID or tolerated
    return Decision(
        code=code,
        valid=valid,
        domain=case.asked if isinstance(case.asked, Domain) else None,
        binds=valid and case.own.domain is None,
        moving=valid and case.moving(),
    )


def explain(snapshot: Snapshot, request: Request, now: datetime) -> tuple[Decision, list[tuple[Code, Outcome]]]:
    """The decision, and what every check came to, in their order."""
    case = _case(snapshot, request, now)
    return decide(snapshot, request, now), [(code, _outcome(case, code, passes)) for code, passes in CHECKS]


def _outcome(case: _Case, code: Code, passes: Callable[[_Case], bool]) -> Outcome:
    if case.snapshot is None and code not in _NEEDS_LICENSE:
        return Outcome.NOT_REACHED
    if code is Code.NOT_FOUND and case.request.key is None:
        return Outcome.NOT_REACHED
    if code is Code.DOMAIN_MISMATCH and case.fault():
        return Outcome.NOT_REACHED
    return Outcome.PASSED if passes(case) else Outcome.FAILED
