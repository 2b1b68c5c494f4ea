"""Compiled plans answer byte for byte as graphql-core's executor does."""

from __future__ import annotations

import random
from inspect import isawaitable
from typing import Any

import orjson
import pytest
from graphql import execute, parse

from api.schema.plans import Plans
from tests import zoo
from tests.operations import Operation, Writer

# What fails leaves behind what was begun beside it, with graphql-core's executor too.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
OPERATIONS = 10_000
PARTS = 10
CONTEXT = {"caller": "somebody"}


def _bytes(result: Any) -> bytes:
    errors = [error.formatted for error in result.errors or ()]
    return orjson.dumps({"data": result.data, "errors": errors})


async def _plain(asked: Operation) -> tuple[bytes, list[str]]:
    zoo.LOG.clear()
    # Not validated: what a rule would refuse is executed as well, and most of the time goes there.
    answer = execute(zoo.PLAIN._schema, parse(asked.text), variable_values=asked.variables, context_value=CONTEXT)
    result = await answer if isawaitable(answer) else answer
    return _bytes(result), list(zoo.LOG)


async def _compiled(asked: Operation) -> tuple[bytes, list[str]]:
    zoo.LOG.clear()
    operation = Plans().keep(zoo.PLAIN, asked.text, None, parse(asked.text))
    assert operation
    result = await operation.execute(asked.variables, CONTEXT)
    return _bytes(result), list(zoo.LOG)


def _written(number: int) -> Operation:
    chance = random.Random(number)  # noqa: S311 - the same operations in every run
    return Writer(zoo.PLAIN._schema, chance).operation("mutation" if number % 7 == 0 else "query")


@pytest.mark.parametrize("part", range(PARTS))
async def test_ten_thousand_operations_answer_as_without_plans(part: int) -> None:
    answered = failed = 0
    for number in range(part, OPERATIONS, PARTS):
        asked = _written(number)
        plain = await _plain(asked)
        compiled = await _compiled(asked)
        assert compiled == plain, asked
        answered += b'"data":null' not in plain[0]
        failed += b'"errors":[]' not in plain[0]
    # Enough of both, or the generator has lost its edge.
    assert answered > 500
    assert failed > 500


async def test_what_strawberry_prepared_is_executed_by_a_plan() -> None:
    for number in range(300):
        asked = _written(number)
        plain = await zoo.PLAIN.execute(asked.text, asked.variables, CONTEXT)
        compiled = await zoo.COMPILED.execute(asked.text, asked.variables, CONTEXT)
        assert _bytes(compiled) == _bytes(plain), asked


@pytest.mark.parametrize("value", [True, False, None])
@pytest.mark.parametrize("directive", ["skip", "include"])
async def test_a_condition_that_is_null_fails_where_graphql_core_has_it(directive: str, value: bool | None) -> None:
    for text in (
        f"query ($i: Boolean = false) {{ keepers {{ name deputy @{directive}(if: $i) {{ name }} }} }}",
        f'mutation ($i: Boolean = false) {{ release(name: "") @{directive}(if: $i) {{ __typename }} }}',
        f'mutation ($i: Boolean = false) {{ feed(feed: {{name: "a"}}) {{ name @{directive}(if: $i) }} }}',
    ):
        asked = Operation(text, {"i": value})
        assert await _compiled(asked) == await _plain(asked)


async def test_what_is_read_ahead_fails_in_the_places_of_its_objects() -> None:
    for text in (
        "{ keepers { name deputy { name label deputy { name } } badge number } }",
        "{ keepers { badge } }",
        "{ keepers { a: deputy { name } b: deputy { pay } ... on Keeper { deputy { since } } } }",
        "{ keeper { deputy { name badge } badge beings { friend { name } } } }",
    ):
        asked = Operation(text, {})
        assert await _compiled(asked) == await _plain(asked)
