"""What the demo's customers asked and were answered, one file for each of them, written in TOML."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
# The last file is of many: each of its tickets says whose it is.
_OF_CUSTOMERS = ("selin", "kerem", "elif", "jonas")


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody did, `after` so many minutes: wrote, noted, asked back, took, closed, rated or merged.

    `propose` a measure for the customer's last message, or one `rejects` it; the text is the reason.
    """

    after: int
    by: str
    text: str = ""
    note: bool = False
    asks: bool = False
    closes: bool = False
    assign: str = ""
    merge: str = ""
    rating: int | None = None
    comment: str | None = None
    propose: str = ""
    rejects: bool = False


@dataclass(frozen=True, slots=True)
class Conversation:
    """A ticket as it went on; `on` goes on with one that has that name, `begun_by` somebody of staff began it."""

    who: str
    then: tuple[Step, ...]
    # When it begins: days ago at a time of the day, or minutes of support time before now.
    ago: int = 0
    at: str = ""
    waited: int = 0
    kind: str = ""
    subject: str = ""
    text: str = ""
    license: str = ""
    priority: str = "NORMAL"
    name: str = ""
    on: str = ""
    begun_by: str = ""
    # A text file on its first message.
    file: str = ""
    lines: str = ""


@dataclass(frozen=True, slots=True)
class Canned:
    """A canned answer."""

    title: str
    body: str
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Announced:
    """An announcement: when it was made, and when what it tells of begins and ends, in hours."""

    kind: str
    title: str
    body: str
    ago: int = 0
    at: str = ""
    before: int = 0
    product: str = ""
    minutes: int | None = None
    starts_in: int = 0
    for_hours: int = 0


def _read(name: str, what: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))[what]
    return found


def _conversation(raw: dict[str, Any]) -> Conversation:
    return Conversation(**raw | {"then": tuple(Step(**step) for step in raw.get("then", ()))})


@cache
def conversations() -> tuple[Conversation, ...]:
    """Every conversation of the demo."""
    own = [_conversation(raw | {"who": who}) for who in _OF_CUSTOMERS for raw in _read(who, "ticket")]
    return (*own, *(_conversation(raw) for raw in _read("waiting", "ticket")))


def canned_answers() -> list[Canned]:
    """The texts that the demo's staff answer with often."""
    return [Canned(**raw) for raw in _read("canned", "answer")]


def announcements() -> list[Announced]:
    """What the demo's vendor announced."""
    return [Announced(**raw) for raw in _read("announcements", "announcement")]
