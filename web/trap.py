"""Traps for automatic form fillers, instead of a third party's captcha: a hidden field and a shortest time.

A form carries the signed instant at which it was first shown; whoever sends it sooner than a person could
gets it back filled in, and can simply send it again.
"""

from __future__ import annotations

from datetime import timedelta

from api import clock, sealing
from api.refusal import Problem, UserErrorCode
from web.forms import Form

FIELD = "form_token"
HONEYPOT = "website"
OLDEST = timedelta(hours=24)
_PURPOSE = "form"


def fresh_token() -> str:
    """The token of a form that is shown now."""
    # Cut, not rounded: a token must not come from the future.
    instant = f"{int(clock.now().timestamp() * 1000) / 1000:.3f}"
    return f"{instant}.{sealing.sign(_PURPOSE, instant)}"


def token_of(form: Form) -> str:
    """The token with which a form is shown again: its own while that is good, so that time runs on."""
    own = form.value(FIELD)
    age = _age(own)
    return own if age is not None and timedelta(0) <= age < OLDEST else fresh_token()


def _age(token: str) -> timedelta | None:
    instant, _, signature = token.rpartition(".")
    if not instant or not sealing.signed(_PURPOSE, instant, signature):
        return None
    return timedelta(seconds=clock.now().timestamp() - float(instant))


def sprung(form: Form, shortest: timedelta) -> Problem | None:
    """The problem of a form that no person seems to have filled in, or that was left open for too long."""
    age = _age(form.value(FIELD))
    if age is not None and not timedelta(0) <= age < OLDEST:
        return Problem(UserErrorCode.INVALID, "refusals.form_expired")
    if form.value(HONEYPOT) or age is None or age < shortest:
        return Problem(UserErrorCode.INVALID, "refusals.form_trap")
    return None
