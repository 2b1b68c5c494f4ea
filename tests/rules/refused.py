"""How a rule's refusal is asserted: exactly one problem, its code and its message."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec

import pytest

from api.i18n import LANGUAGES, translate
from api.refusal import Problem, Refusal, UserErrorCode

P = ParamSpec("P")


def refused(rule: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> Problem:
    """The one problem that the rule finds, which can be told in both languages."""
    with pytest.raises(Refusal) as caught:
        rule(*args, **kwargs)
    (problem,) = caught.value.problems
    assert problem.field is None
    assert all(translate(language, problem.message, **problem.values) for language in LANGUAGES)
    return problem


def code_of(rule: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> UserErrorCode:
    return refused(rule, *args, **kwargs).code


def message_of(rule: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> str:
    return refused(rule, *args, **kwargs).message.removeprefix("refusals.")
