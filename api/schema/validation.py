"""Nouns of checks: what a module asks and is answered, and how an answer comes about."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from api.caller import Caller
from api.i18n import Language, translate
from api.rules.validation import Code, Decision, Outcome
from api.validating import Checked

LicenseCode = strawberry.enum(
    Code,
    name="LicenseCode",
    description=(
        "What a check came to. VERSION_NOT_COVERED is valid unless the product demands otherwise; "
        "BOUND is valid, and says that this check bound the license to its domain."
    ),
)
CheckOutcome = strawberry.enum(
    Outcome, name="CheckOutcome", description="What one check came to; NOT_REACHED: there was nothing to check."
)


@strawberry.input(description="What a module asks of the license server.")
class ValidateLicenseInput:
    key: str = strawberry.field(description="The license key; the key is the proof.")
    domain: str = strawberry.field(description="Where the module runs, as the server names it.")
    product: str | None = strawberry.field(default=None, description="The product's slug or id, to be sure of it.")
    version: str | None = strawberry.field(default=None, description="The version that runs.")
    nonce: str | None = strawberry.field(
        default=None, description="Up to 128 characters, echoed here and inside the lease: proof of a fresh answer."
    )


@strawberry.type(description="The answer to a check.")
class LicenseValidation:
    valid: bool = strawberry.field(description="Whether the module may run.")
    code: LicenseCode = strawberry.field(description="The first check that failed, VALID or BOUND.")  # type: ignore[valid-type]
    message: str = strawberry.field(description="The code in a sentence of the request's language.")
    domain: str | None = strawberry.field(
        description="Canonical (ASCII) form of the domain asked about; never another customer's."
    )
    product: str | None = strawberry.field(description="The product's slug; null where the license is not told of.")
    support_until: date | None = strawberry.field(description="Last day, inclusive, of support and updates.")
    support_active: bool = strawberry.field(description="Whether support and updates run today.")
    latest_version: str | None = strawberry.field(description="The newest version that the license covers.")
    nonce: str | None = strawberry.field(description="Echo of the caller's nonce.")
    checked_at: datetime = strawberry.field(description="When the server decided.")
    lease: str | None = strawberry.field(
        description="Ed25519-signed lease for offline use; null when not valid. clients/README.md tells how to read it."
    )

    @classmethod
    def of(cls, found: Checked, nonce: str | None, language: Language) -> LicenseValidation:
        """The public form; of a license that does not run here nothing is told but why."""
        decision, telling = found.decision, found.telling
        latest = found.latest if telling else None
        return cls(
            valid=decision.valid,
            code=decision.code,
            message=sentence(decision, language),
            domain=decision.domain.ascii if decision.domain else None,
            product=found.product.slug if telling and found.product else None,
            support_until=found.support_until if telling else None,
            support_active=telling and found.support_active,
            latest_version=latest.version if latest else None,
            nonce=nonce,
            checked_at=found.at,
            lease=found.lease,
        )


def sentence(decision: Decision, language: Language) -> str:
    """The code in words."""
    if decision.code is Code.VERSION_NOT_COVERED and decision.valid:
        return translate(language, "validation.tolerated")
    return translate(language, f"validation.code.{decision.code}")


@strawberry.type(description="One check of an explanation.")
class LicenseCheck:
    code: LicenseCode = strawberry.field(description="The code that its failing gives.")  # type: ignore[valid-type]
    outcome: CheckOutcome = strawberry.field(description="What it came to.")  # type: ignore[valid-type]
    message: str = strawberry.field(description="What is checked, in a sentence.")
    remedy: str | None = strawberry.field(description="What mends it, where it failed.")


@strawberry.type(description="How a check's answer comes about; asking changes nothing.")
class ValidationExplanation:
    valid: bool = strawberry.field(description="Whether a module may run there and then.")
    code: LicenseCode = strawberry.field(description="What it would be answered.")  # type: ignore[valid-type]
    message: str = strawberry.field(description="The code in a sentence.")
    domain: str | None = strawberry.field(description="Canonical (ASCII) form of the domain asked about.")
    binds: bool = strawberry.field(description="Whether the check would bind the license to the domain.")
    at: datetime = strawberry.field(description="The instant that it is about.")
    checks: list[LicenseCheck] = strawberry.field(description="Every check, in their order.")

    @classmethod
    def of(
        cls, decision: Decision, checks: list[tuple[Code, Outcome]], at: datetime, caller: Caller
    ) -> ValidationExplanation:
        """The public form."""
        language = caller.language
        return cls(
            valid=decision.valid,
            code=decision.code,
            message=sentence(decision, language),
            domain=decision.domain.ascii if decision.domain else None,
            binds=decision.binds,
            at=at,
            checks=[
                LicenseCheck(
                    code=code,
                    outcome=outcome,
                    message=translate(language, f"validation.check.{code}"),
                    remedy=translate(language, f"validation.remedy.{code}") if outcome is Outcome.FAILED else None,
                )
                for code, outcome in checks
            ],
        )


@strawberry.type(description="Whether anybody has a license for a domain; not which, and not who.")
class DomainCheck:
    licensed: bool = strawberry.field(description="Whether an active license is bound to it.")
    domain: str | None = strawberry.field(description="The domain asked about, as people read it; null where none is.")
    message: str = strawberry.field(description="The answer, or what is wrong with the domain, in a sentence.")
