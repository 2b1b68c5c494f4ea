"""The WHMCS licensing check as it is spoken on the wire (licensing.md 2): flat tags, one a line, no root, no prolog.

Written from the protocol's facts. The answer must survive a regular expression `/<(.*?)>([^<]+)<\\/\\1>/i` and, wrapped
into a root, an XML parser.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import date
from html import escape

from api.rules.validation import Code

ACTIVE, INVALID, SUSPENDED = "Active", "Invalid", "Suspended"
NEVER = "0000-00-00"
SUPPORT_ADDON = "Support and Upgrade Pack"
# Status and message of each code that is not valid (licensing.md 3.3).
REFUSALS: Mapping[Code, tuple[str, str]] = {
    Code.KEY_MALFORMED: (INVALID, ""),
    Code.NOT_FOUND: (INVALID, ""),
    Code.OWNER_BLOCKED: (SUSPENDED, ""),
    Code.CANCELLED: (INVALID, "License Cancelled"),
    Code.SUSPENDED: (SUSPENDED, ""),
    Code.PENDING: (INVALID, "Not Activated"),
    Code.PRODUCT_MISMATCH: (INVALID, ""),
    Code.DOMAIN_MISSING: (INVALID, "Domain Invalid"),
    Code.DOMAIN_MALFORMED: (INVALID, "Domain Invalid"),
    Code.DOMAIN_NOT_ALLOWED: (INVALID, "Domain Invalid"),
    Code.DOMAIN_MISMATCH: (INVALID, "Domain Invalid"),
    Code.VERSION_NOT_COVERED: (INVALID, "Version Not Covered"),
}


def lines(tags: Collection[tuple[str, str]]) -> str:
    """The answer; what is empty is left out, since a client finds no value in an empty tag."""
    told = "".join([value for _, value in tags])
    if "&" in told or "<" in told or ">" in told:
        tags = [(name, escape(value, quote=False)) for name, value in tags]
    return "".join([f"<{name}>{value}</{name}>\n" for name, value in tags if value])


def md5hash(secret: str | None, check_token: str) -> str:
    """What proves to a module that somebody with the product's secret answered: md5(secret . token) (licensing.md 2.3).

    Nothing for a product without a secret and for a module that sent no token.
    """
    if not secret or not check_token:
        return ""
    text = (secret + check_token).encode("utf-8", "surrogateescape")
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


def valid_domains(told: str, ascii_host: str) -> str:
    """The hosts that a module finds its own among, by exact comparison: what it told, the one form, the www twin."""
    # A comma would make two of one.
    if told == ascii_host or "," in told:
        return f"{ascii_host},www.{ascii_host}"
    return f"{told},{ascii_host},www.{ascii_host}" if told != f"www.{ascii_host}" else f"{told},{ascii_host}"


def addons(until: date | None, *, active: bool) -> str:
    """The support package as modules read it that gate versions by an add-on named Support ... Upgrade."""
    if until is None:
        return ""
    return f"name={SUPPORT_ADDON};nextduedate={until.isoformat()};status={'Active' if active else 'Expired'}"


def registered_on(activated: date | None) -> str:
    """The day of activation on Istanbul's calendar."""
    return f"{activated.isoformat()} 00:00:00" if activated else ""
