"""Reads variables as settings need them, and collects what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import TypeVar

SERIES = re.compile(r"[A-Z0-9]{3}")
_Choice = TypeVar("_Choice", bound=str)


class SettingsError(Exception):
    """The environment cannot be used; each problem names its variable and the remedy."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Environment:
    """Reads variables and collects what is wrong with them."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return self.variables.get(name, "").strip() or default

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        raw = self.text(name)
        try:
            value = float(raw) if raw else default
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            self.problems.append(f"{name} must be a number from {low:g} to {high:g}.")
            return default
        return value

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self.number(name, default, low=low, high=high)
        if value != int(value):
            self.problems.append(f"{name} must be a whole number from {low} to {high}.")
        return int(value)

    def instant(self, name: str) -> datetime | None:
        raw = self.text(name)
        if not raw:
            return None
        try:
            value = datetime.fromisoformat(raw)
        except ValueError:
            value = datetime.min  # noqa: DTZ901 - only tells that parsing failed
        # A clock at the edge of the calendar cannot add a day.
        if value.tzinfo is None or not 1970 <= value.year <= 2999:
            self.problems.append(f"{name} must be an ISO 8601 instant with its offset, e.g. 2026-11-22T12:00:00Z.")
            return None
        return value

    def hour(self, name: str, default: str) -> time:
        try:
            return time.fromisoformat(self.text(name, default))
        except ValueError:
            self.problems.append(f"{name} must be a time of day, e.g. {default}.")
            return time.fromisoformat(default)

    def weekdays(self, name: str, default: str) -> frozenset[int]:
        parts = [part.strip() for part in self.text(name, default).split(",")]
        if not all(part in {"1", "2", "3", "4", "5", "6", "7"} for part in parts):
            self.problems.append(f"{name} must be days by commas, 1 for Monday to 7 for Sunday, e.g. 1,2,3,4,5.")
            return frozenset(range(1, 8))
        return frozenset(map(int, parts))

    def dates(self, name: str) -> frozenset[date]:
        parts = [part.strip() for part in self.text(name).split(",") if part.strip()]
        try:
            return frozenset(map(date.fromisoformat, parts))
        except ValueError:
            self.problems.append(f"{name} must be dates by commas, e.g. 2026-10-29,2027-01-01.")
            return frozenset()

    def choice(self, name: str, choices: tuple[_Choice, ...]) -> _Choice:
        raw = self.text(name, choices[0])
        found = next((choice for choice in choices if choice == raw), None)
        if found is None:
            self.problems.append(f"{name} must be one of {', '.join(choices)}.")
        return found or choices[0]

    def switch(self, name: str, default: str) -> bool:
        raw = self.text(name, default)
        if raw not in {"0", "1"}:
            self.problems.append(f"{name} must be 0 or 1.")
        return raw == "1"

    def series(self, name: str, default: str) -> str:
        raw = self.text(name, default)
        if not SERIES.fullmatch(raw):
            self.problems.append(f"{name} must be exactly 3 of the characters A-Z and 0-9.")
            return default
        return raw
