"""The desk's places, and which scopes open each: one table for the navigation and for the pages."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from api.caller import Scope

DESK = "/desk"


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the desk; `name` is the key of its text, any of `scopes` opens it (none: every member of staff)."""

    href: str
    name: str
    scopes: frozenset[Scope] = frozenset()

    def opens_to(self, scopes: AbstractSet[Scope]) -> bool:
        """Whether somebody with these scopes finds it."""
        return not self.scopes or not self.scopes.isdisjoint(scopes)

    def holds(self, path: str) -> bool:
        """Whether a page stands in it."""
        return path == self.href or (self.href != DESK and path.startswith(f"{self.href}/"))


# In the order of the navigation.
PLACES = (
    Place(DESK, "overview"),
    Place("/desk/tickets", "tickets", frozenset({Scope.TICKETS_ALL})),
    Place("/desk/canned-answers", "canned_answers", frozenset({Scope.TICKETS_MANAGE})),
    Place("/desk/payments", "payments", frozenset({Scope.BILLING_READ})),
    Place("/desk/installations", "installations", frozenset({Scope.INSTALLATIONS_MANAGE})),
    Place("/desk/announcements", "announcements", frozenset({Scope.ANNOUNCEMENTS_PUBLISH})),
    Place("/desk/accounts", "accounts", frozenset({Scope.ACCOUNTS_READ})),
    Place("/desk/conduct", "conduct", frozenset({Scope.CONDUCT_PROPOSE, Scope.CONDUCT_DECIDE})),
)


def place_of(path: str) -> Place | None:
    """Where in the desk a page stands."""
    return next((place for place in PLACES if place.holds(path)), None)
