"""The two clients of leases behind one face, so that a test tells once what both do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruhsat_license import RuhsatLicense

from tests.clients.running_php import php

Call = tuple[Any, ...]


@dataclass(frozen=True)
class Module:
    """A module somewhere, with a client in one of the languages; its cache outlives each process."""

    language: str
    pinned: Mapping[str, str]
    key: str
    domain: str
    product: str
    file: Path
    endpoint: str
    version: str = "2.0.0"
    calls: list[Call] = field(default_factory=list)

    def elsewhere(self, **changes: Any) -> Module:
        """The same module with something else about it."""
        return replace(self, **changes)

    def does(self, *calls: Call) -> list[Any]:
        """What each call answers, `("refresh", now)` for one, all in one process."""
        given = [dict(self.pinned), self.key, self.domain, self.product, self.version, str(self.file), self.endpoint]
        if self.language == "php":
            answers: list[Any] = php("lease_client.php", given={"given": given, "calls": calls})
            return answers
        client = RuhsatLicense(*given)
        return [getattr(client, _snake(name))(*arguments) for name, *arguments in calls]

    def asks(self, method: str, *arguments: Any) -> Any:
        """What one call answers."""
        return self.does((method, *arguments))[0]


LANGUAGES = ("php", "python")


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda capital: f"_{capital[1].lower()}", name)
