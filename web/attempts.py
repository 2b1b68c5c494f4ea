"""Calls a resolver for a form and keeps what it says no to."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from api.i18n import Language, translate
from api.refusal import DenialCode, Denied, Refusal
from web.forms import Form, Shown

T = TypeVar("T")


async def attempt(form: Form, language: Language, work: Awaitable[T]) -> T | None:
    """The resolver's answer; None after a refusal or a used-up limit, which the form then shows, filled in."""
    try:
        return await work
    except Refusal as refusal:
        form.refuse(refusal.problems, language)
    except Denied as denied:
        if denied.code is not DenialCode.RATE_LIMITED:
            raise
        minutes = -(-(denied.retry_after or 1) // 60)
        text = translate(language, "refusals.rate_limited", minutes=minutes)
        form.problems.append(Shown(None, denied.code.value, text))
        form.retry_after = denied.retry_after
    return None
