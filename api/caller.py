"""Who asks, through which door, from where and in which language."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from api.i18n import DEFAULT_LANGUAGE, Language


class Door(StrEnum):
    """The way by which a call came in; written into the audit trail."""

    WEB = "web"
    GRAPHQL = "graphql"
    COMMAND = "command"
    CLOCK = "clock"


class Scope(StrEnum):
    """What a token or session may do."""

    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_IDENTITY = "accounts:identity"
    AGREEMENTS_PUBLISH = "agreements:publish"


CUSTOMER_SCOPES = frozenset({Scope.ACCOUNT_READ, Scope.ACCOUNT_WRITE})
STAFF_SCOPES = frozenset({Scope.ACCOUNTS_READ, Scope.ACCOUNTS_IDENTITY, Scope.AGREEMENTS_PUBLISH})


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's caller; a guest has no person."""

    door: Door
    language: Language = DEFAULT_LANGUAGE
    address: str = ""
    agent: str = ""
    person_id: UUID | None = None
    account_id: UUID | None = None
    session_id: UUID | None = None
    scopes: frozenset[Scope] = field(default=frozenset())
    is_staff: bool = False

    @property
    def actor(self) -> str:
        """Who acts, as the audit trail names them."""
        if self.person_id:
            return f"person:{self.person_id.hex}"
        return str(self.door) if self.door in {Door.COMMAND, Door.CLOCK} else "guest"
