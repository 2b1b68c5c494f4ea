"""Verbs of checks: what modules ask, new and old, and what people may ask about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from strawberry import ID

from api import clock, product_facts, throttle, validating
from api.access import needs_any, open_but, open_to_all, visible_to
from api.caller import Caller, Scope
from api.i18n import translate
from api.models import checks, ids
from api.models.licenses import License
from api.old_protocol import answered
from api.refusal import DenialCode, Denied, Refusal
from api.rules import domains
from api.rules.validation import Request, explain
from api.schema.validation import DomainCheck, LicenseValidation, ValidateLicenseInput, ValidationExplanation
from api.validating import snapshot_of

LONGEST_NONCE = 128


@open_but(Scope.LICENSES_VALIDATE)
async def validate_license(caller: Caller, input: ValidateLicenseInput) -> LicenseValidation:  # noqa: A002 - the contract's name
    """Checks a key on a domain; the first good check of an unbound license binds it."""
    if input.nonce is not None and len(input.nonce) > LONGEST_NONCE:
        raise Denied(DenialCode.BAD_REQUEST)
    found = await validating.check(caller, input.key, input.domain, input.product, input.version, input.nonce)
    return LicenseValidation.of(found, input.nonce, caller.language)


@open_to_all
async def verify_old(caller: Caller, form: Mapping[str, str]) -> str:
    """Answers a module of the old protocol (licensing.md 2); bound to its address, not to GraphQL."""
    found = await validating.check(
        caller, form.get("licensekey", ""), form.get("domain", ""), None, form.get("version") or None
    )
    return await answered(found, form)


@needs_any(Scope.LICENSES_READ, Scope.LICENSES_ALL)
async def explain_validation(
    caller: Caller,
    license_id: ID,
    domain: str,
    at: datetime | None = None,
    product: str | None = None,
    version: str | None = None,
) -> ValidationExplanation | None:
    """Tells every check that a module on a domain would meet, now or at another instant, which fails and what mends it.

    Null for a license that the caller may not see; Denied BAD_REQUEST for an instant without an offset.
    """
    key = ids.key_of(str(license_id), License.PREFIX)
    seen = License.filter(visible_to(caller, Scope.LICENSES_READ, Scope.LICENSES_ALL), id=key) if key else None
    if seen is None or not await seen.exists() or key is None:
        return None
    if at is not None and at.tzinfo is None:
        raise Denied(DenialCode.BAD_REQUEST)
    row = await checks.license_of(key)
    facts = await product_facts.facts_of(row.product_id, row.product_version)
    when = at or clock.now()
    decision, outcomes = explain(snapshot_of(row, facts), Request(str(license_id), domain, product, version), when)
    return ValidationExplanation.of(decision, outcomes, when, caller)


@open_to_all
async def domain_check(caller: Caller, domain: str) -> DomainCheck:
    """Says whether an active license is bound to a domain: yes or no, and nothing else."""
    await throttle.take(
        (throttle.DOMAIN_CHECKS_PER_ADDRESS, throttle.host_of(caller.address)),
        (throttle.DOMAIN_CHECKS_PER_NETWORK, throttle.network_of(caller.address)),
    )
    try:
        asked = domains.domain(domain)
    except Refusal as refusal:
        (problem,) = refusal.problems
        return DomainCheck(licensed=False, domain=None, message=translate(caller.language, problem.message))
    there = await License.filter(domain_ascii=asked.ascii, status=License.ACTIVE).exists()
    answer = "validation.licensed" if there else "validation.not_licensed"
    return DomainCheck(
        licensed=there, domain=asked.unicode, message=translate(caller.language, answer, domain=asked.unicode)
    )
