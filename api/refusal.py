"""The only way to say no: a refusal is an exception inside and data outside.

A rule or resolver raises `Refusal`; the GraphQL door turns it into a payload's `errors`, the site into
messages beside their fields. `Denied` is for what the caller cannot mend by other input.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as member
from enum import StrEnum
from types import MappingProxyType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

NO_VALUES: Mapping[str, object] = MappingProxyType({})


class UserErrorCode(StrEnum):
    """What is wrong with an input; the contract's list, one for the whole schema."""

    REQUIRED = "REQUIRED"
    INVALID = "INVALID"
    TOO_LONG = "TOO_LONG"
    TOO_SHORT = "TOO_SHORT"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    WEAK_PASSWORD = "WEAK_PASSWORD"
    INVALID_EMAIL = "INVALID_EMAIL"
    INVALID_PHONE = "INVALID_PHONE"
    INVALID_NATIONAL_ID = "INVALID_NATIONAL_ID"
    INVALID_TAX_NUMBER = "INVALID_TAX_NUMBER"
    INVALID_POSTAL_CODE = "INVALID_POSTAL_CODE"
    INVALID_DOMAIN = "INVALID_DOMAIN"
    NOT_ALLOWED = "NOT_ALLOWED"
    AGREEMENT_OUTDATED = "AGREEMENT_OUTDATED"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    OTP_REQUIRED = "OTP_REQUIRED"
    INVALID_OTP = "INVALID_OTP"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"
    STEP_UP_REQUIRED = "STEP_UP_REQUIRED"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    STALE = "STALE"
    SUPPORT_LAPSED = "SUPPORT_LAPSED"
    TRANSFER_FORBIDDEN = "TRANSFER_FORBIDDEN"
    INSTALLATION_WINDOW_CLOSED = "INSTALLATION_WINDOW_CLOSED"
    DOMAIN_CHANGE_LIMIT = "DOMAIN_CHANGE_LIMIT"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    FILE_TYPE_NOT_ALLOWED = "FILE_TYPE_NOT_ALLOWED"
    ALREADY_PAID = "ALREADY_PAID"
    AMOUNT_MISMATCH = "AMOUNT_MISMATCH"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that the caller can mend.

    `field` is the path inside the input in snake_case (None: the whole input), `message` a key of the
    catalogs in `api/i18n`, `values` what its sentence is filled with.
    """

    code: UserErrorCode
    message: str
    field: tuple[str, ...] | None = None
    values: Mapping[str, object] = member(default_factory=lambda: NO_VALUES)


class Refusal(Exception):
    """Raised with every problem found; nothing has been written when it leaves a resolver."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(f"{p.code}:{'.'.join(p.field or ())}" for p in problems))
        self.problems = problems

    @classmethod
    def of(cls, code: UserErrorCode, message: str, **values: object) -> Refusal:
        """A refusal with one problem that no field is known for yet."""
        return cls(Problem(code, message, None, values or NO_VALUES))


class Inspection:
    """Collects the problems of a form, so that they are all told at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def check(self, path: str, rule: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Run a rule for the field at the dotted `path`; its refusal is kept and None returned."""
        try:
            return rule(*args, **kwargs)
        except Refusal as refusal:
            self.problems += [replace(p, field=tuple(path.split("."))) for p in refusal.problems]
            return None

    def finish(self) -> None:
        """Raise what was found, if anything was."""
        if self.problems:
            raise self.refusal()

    def refusal(self) -> Refusal:
        """What was found."""
        return Refusal(*self.problems)


class DenialCode(StrEnum):
    """What the caller cannot mend by other input; `extensions.code` of a top-level GraphQL error."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    RATE_LIMITED = "RATE_LIMITED"
    BAD_REQUEST = "BAD_REQUEST"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    INTERNAL = "INTERNAL"


class Denied(Exception):
    """Raised when the caller may not do this at all, or not now (`retry_after` seconds)."""

    def __init__(self, code: DenialCode, *, retry_after: int | None = None) -> None:
        super().__init__(code.value)
        self.code = code
        self.retry_after = retry_after
