"""The comparison of plans with graphql-core's executor notices a plan that answers otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from api.schema import plans, root
from api.settings import Settings
from tests.compared import comparison
from tests.site import ON_ONE_DATABASE, Site

ASKED = '{ viewer { isStaff scopes } passwordStrength(password: "abc") { score suggestions } }'


@pytest.fixture
def basic_settings(basic_settings: Settings) -> Settings:
    """With plans, whatever the rest of the run has."""
    return replace(basic_settings, compiled_plans=True)


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """No plan is left of what other tests asked, and none that this one makes stays."""
    monkeypatch.setattr(root.plans, "_known", type(root.plans._known)())
    comparison.taken()


@ON_ONE_DATABASE
async def test_each_operation_is_compared_and_nothing_differs(site: Site) -> None:
    for _ in range(3):
        await site.data(ASKED)
    assert comparison.taken() == (3, [])


@ON_ONE_DATABASE
async def test_a_plan_that_writes_otherwise_is_noticed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    right = plans._Compiler._fields
    monkeypatch.setattr(plans._Compiler, "_fields", lambda *given, **more: right(*given, **more)[::-1])
    await site.data(ASKED)
    compared, (difference,) = comparison.taken()
    assert compared == 1
    assert 'plan:  {"data":{"passwordStrength":' in difference
    assert 'plain: {"data":{"viewer":' in difference


@ON_ONE_DATABASE
async def test_a_plan_that_asks_otherwise_is_noticed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    right = plans.resolver_of

    def wrong(known: Any, *given: Any) -> Any:
        resolver = right(known, *given)
        return (lambda *_: known.base_resolver("abd")) if known.python_name == "password_strength" else resolver

    monkeypatch.setattr(plans, "resolver_of", wrong)
    await site.ask(ASKED)
    _, (difference,) = comparison.taken()
    assert "asked by the plain executor only: ['password_strength" in difference
