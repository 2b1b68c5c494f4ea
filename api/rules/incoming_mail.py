"""Whether mail that was sent to us is answered by a program, and where to (RFC 3834); nothing in it can raise."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from enum import StrEnum

from api.refusal import Refusal
from api.rules.emails import email_address

# What is read of a message: its header has to fit in, its body is not looked at.
HEAD_BYTES = 256 * 1024
_VALUE_HIGH = 2000
_BRACKETED = re.compile(r"<([^<>]*)>")
_ADDRESS = re.compile(r"[^\s<>,;:\"()\\@]+@[^\s<>,;:\"()\\@]+")
# Printable and without what would begin another header or comment.
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\[\]:-]{1,120}@[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\[\]:-]{1,120}>")
_ROBOTS = re.compile(
    r"mailer-?daemon|postmaster|(?:no-?reply|do-?not-?reply|bounces?)\b.*|owner-.*|.*-(?:request|owner|bounces)"
)
_MASSES = frozenset({"bulk", "junk", "list", "auto_reply"})


class Silence(StrEnum):
    """Why a message is not answered."""

    TOO_LONG = "header too long"
    NO_SENDER = "no sender"
    OURSELVES = "from ourselves"
    ROBOT = "from a program"
    AUTOMATIC = "sent automatically"
    MASS = "sent to many"


@dataclass(frozen=True, slots=True)
class Incoming:
    """What of a message decides about its answer; `message_id` is empty unless it can be repeated safely."""

    sender: str
    silence: Silence | None
    message_id: str = ""
    languages: str = ""


def read(head: bytes, envelope: str | None, ours: Collection[str]) -> Incoming:
    """Judge a message by its first bytes and its envelope sender, None where the transport did not tell it."""
    if len(head) >= HEAD_BYTES and not re.search(rb"\r?\n\r?\n", head):
        return Incoming("", Silence.TOO_LONG)
    message = BytesHeaderParser().parsebytes(head)
    given = envelope if envelope is not None else _value(message, "return-path")
    # Who wrote is asked where the transport says nothing at all; an empty sender is an answer: nobody.
    sender = _address(given if given is not None else _value(message, "from") or "")
    return Incoming(
        sender,
        _silence(message, sender, ours),
        _message_id(message),
        _value(message, "accept-language") or _value(message, "content-language") or "",
    )


def _value(message: Message, name: str) -> str | None:
    found = message.get(name)
    return None if found is None else str(found)[:_VALUE_HIGH]


def _address(text: str) -> str:
    """The one address that a header or envelope names; empty for none and for what is none."""
    bracketed = _BRACKETED.findall(text)
    plain = _ADDRESS.findall(text)
    named = bracketed[-1] if bracketed else plain[0] if plain else ""
    try:
        return email_address(named)
    except Refusal:
        return ""


def _silence(message: Message, sender: str, ours: Collection[str]) -> Silence | None:
    if not sender:
        return Silence.NO_SENDER
    if {sender, _address(_value(message, "from") or "")} & set(ours) or "x-letter-kind" in message:
        return Silence.OURSELVES
    if _ROBOTS.fullmatch(sender.partition("@")[0].partition("+")[0]):
        return Silence.ROBOT
    if _is_automatic(message):
        return Silence.AUTOMATIC
    names = {name.lower() for name in message}
    if any(name.startswith("list-") for name in names) or _words(message, "precedence") & _MASSES:
        return Silence.MASS
    return None


def _is_automatic(message: Message) -> bool:
    suppressed = _words(message, "x-auto-response-suppress") - {"none"}
    report = (_value(message, "content-type") or "").strip().lower().startswith("multipart/report")
    return bool(_words(message, "auto-submitted") - {"no"} or suppressed or report)


def _words(message: Message, name: str) -> set[str]:
    """The first word of each header of this name."""
    values = [str(value)[:_VALUE_HIGH].lower() for value in message.get_all(name, [])]
    return {re.split(r"[\s;,(]", value.strip(), maxsplit=1)[0] for value in values}


def _message_id(message: Message) -> str:
    found = (_value(message, "message-id") or "").strip()
    return found if _MESSAGE_ID.fullmatch(found) else ""
