"""Canned answers: which variables they may hold, and how those are filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping

from api.refusal import Refusal, UserErrorCode
from api.rules import tickets
from api.rules.text import line

TITLE_HIGH = 120
VARIABLES = (
    "customer_name", "ticket_number", "subject", "product", "domain", "support_until", "agent_name", "vendor_name",
    "answer_due",
)  # fmt: skip
# Shown for what a ticket does not have, such as the product of one without a license: a gap to see before sending.
GAP = "…"
_KNOWN = re.compile(r"\{\{(" + "|".join(VARIABLES) + r")\}\}")
_STRAY = re.compile(r"\{\{(?:.{0,40}?\}\})?|\}\}", re.DOTALL)


def title(value: str) -> str:
    """What staff pick it by."""
    return line(value, high=TITLE_HIGH)


def body(value: str) -> str:
    """Markdown with variables, as it is answered with."""
    return marked(tickets.body(value))


def mark(variable: str) -> str:
    """The variable as it stands in a text."""
    return f"{{{{{variable}}}}}"


def marked(text: str) -> str:
    """The text, if every `{{` and `}}` in it belongs to a variable that there is."""
    stray = _STRAY.search(_KNOWN.sub(" ", text))
    if stray:
        allowed = ", ".join(map(mark, VARIABLES))
        raise Refusal.of(UserErrorCode.INVALID, "refusals.canned_variable", found=stray[0], allowed=allowed)
    return text


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its own marks replaced, each once; what a value holds is text and never looked at again."""
    return _KNOWN.sub(lambda found: values.get(found[1]) or GAP, text)
