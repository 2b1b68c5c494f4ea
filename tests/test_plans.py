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
