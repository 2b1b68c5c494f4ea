"""Each operation that a plan answers is answered by graphql-core's executor too, byte for byte alike.

Resolvers are asked once. The second execution is told what they answered the first, and must ask the same resolvers of
the same objects with the same arguments. So nothing is done twice, whatever a mutation does, and neither the clock nor
the database, counters of limits or of statements tell the two apart. What is not seen here: which objects are loaded
together, and servers in processes of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from inspect import iscoroutine
from typing import Any

import orjson
import pytest
from graphql import DocumentNode, ExecutionResult, execute, is_interface_type, is_object_type
from graphql.pyutils.is_awaitable import is_awaitable
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types import Info
from strawberry.types.field import StrawberryField

from api.caller import Caller
from api.schema.bind import WANTED, Bound
from api.schema.completion import Run
from api.schema.list_completion import Ahead
from api.schema.plans import Operation
from api.schema.root import schema

# A plain execution waits for nothing but what is called off, as it was in the plan.
_PATIENCE_SECONDS = 30


@dataclass
class _Call:
    """What a resolver was asked, and what became of it."""

    asked: tuple[Any, ...]
    answer: Any = None
    raised: Exception | None = None
    awaited: bool = False
    ended: bool = False

    def run(self, function: Callable[[], Any]) -> Any:
        """Ask it."""
        try:
            answer = function()
        except Exception as error:
            self.raised, self.ended = error, True
            raise
        if iscoroutine(answer):
            self.awaited = True
            return self._noted(answer)
        self.answer, self.ended = answer, True
        return answer

    async def _noted(self, answer: Any) -> Any:
        try:
            self.answer = await answer
        except Exception as error:
            self.raised, self.ended = error, True
            raise
        self.ended = True
        return self.answer

    def again(self) -> Any:
        """Answer as before."""
        return self._later() if self.awaited else self._outcome()

    async def _later(self) -> Any:
        if not self.ended:
            # It was called off, as something beside it failed, and will be again.
            await asyncio.Future()
        return self._outcome()

    def _outcome(self) -> Any:
        if self.raised:
            raise self.raised
        return self.answer


class _Tape:
    """The calls of one execution, to be answered again in another one."""

    def __init__(self) -> None:
        self.calls: list[_Call] = []
        self.again = False
        self.unknown: list[str] = []

    def asked(self, field: StrawberryField, function: Callable[..., Any], args: Any, given: dict[str, Any]) -> Any:
        """A resolver's answer."""
        key = _key(field, args, given)
        if not self.again:
            self.calls.append(call := _Call(key))
            return call.run(lambda: function(*args, **given))
        known = next((call for call in self.calls if call.asked == key), None)
        if known is None:
            self.unknown.append(f"{field.python_name} {key[1:]}")
            raise LookupError(field.python_name)
        self.calls.remove(known)
        return known.again()


@dataclass(eq=False)
class _Object:
    """What a resolver is asked of: the very object, or one that was computed anew and is equal."""

    own: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Object) and (self.own is other.own or bool(self.own == other.own))

    __hash__ = None  # type: ignore[assignment]


def _key(field: StrawberryField, args: Any, given: dict[str, Any]) -> tuple[Any, ...]:
    """What tells one question from another: objects are the same, arguments look the same."""
    arguments = {argument.python_name for argument in field.arguments}
    told: list[Any] = [id(field), *map(_Object, args)]
    for name, value in sorted(given.items()):
        if name == WANTED or (isinstance(value, Info) and hasattr(value._field.base_resolver.wrapped_func, "bound")):  # type: ignore[union-attr]
            # What a root field is asked without.
            continue
        if isinstance(value, Info):
            told.append((value.python_name, *value.path.as_list()))
        else:
            told.append((name, repr(value) if name in arguments else _Object(value)))
    return tuple(told)


_tape: ContextVar[_Tape | None] = ContextVar("tape", default=None)


class Comparison:
    """What was compared so far, and what differed."""

    def __init__(self) -> None:
        self.operations = 0
        self.differences: list[str] = []

    def taken(self) -> tuple[int, list[str]]:
        """Both, since they were last taken."""
        found = self.operations, self.differences
        self.operations, self.differences = 0, []
        return found

    async def execute(self, operation: Operation, variables: dict[str, Any] | None, context: Any) -> ExecutionResult:
        """Answer by the plan, and compare."""
        tape = _Tape()
        token = _tape.set(tape)
        try:
            planned = await _by_plan(operation, variables, context)
            tape.again = True
            answers = [_bytes(planned), await _by_graphql_core(operation, variables, context)]
        finally:
            _tape.reset(token)
        self.operations += 1
        if answers[0] != answers[1] or tape.unknown:
            asked = operation.asked.node.loc.source.body if operation.asked.node.loc else ""
            told = [text.decode() for text in answers]
            self.differences.append(
                f"A plan answered otherwise than graphql-core.\n{asked}\nvariables: {variables}\n"
                f"plan:  {told[0]}\nplain: {told[1]}\nasked by the plain executor only: {tape.unknown}"
            )
        return planned


comparison = Comparison()
_by_plan, _by_list = Operation.execute, Ahead.read
_known: dict[int, StrawberryField] = {}


def _first_of(field: StrawberryField) -> StrawberryField:
    """Of the fields that share a resolver, the one that was seen first."""
    return _known.setdefault(id(field.base_resolver), field)


async def _by_graphql_core(operation: Operation, variables: dict[str, Any] | None, context: Any) -> bytes:
    document = DocumentNode(definitions=(operation.asked.node, *operation.asked.definitions.values()))
    async with asyncio.timeout(_PATIENCE_SECONDS):
        result: Any = execute(operation.asked.schema, document, variable_values=variables, context_value=context)
        return _bytes(await result if is_awaitable(result) else result)


def _bytes(result: ExecutionResult) -> bytes:
    """All that the door makes its answer of."""
    errors = [error.formatted | {"cause": repr(error.original_error)} for error in result.errors or ()]
    return orjson.dumps({"data": result.data, "errors": errors})


def _fields() -> Iterator[StrawberryField]:
    """The fields of the API that a function answers."""
    for type_ in schema._schema.type_map.values():
        if is_object_type(type_) or is_interface_type(type_):
            for definition in type_.fields.values():
                known = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
                if isinstance(known, StrawberryField) and known.base_resolver:
                    yield known


def _taped(field: StrawberryField) -> Callable[..., Any]:
    assert field.base_resolver
    function: Any = field.base_resolver.wrapped_func
    bound: Bound | None = getattr(function, "bound", None)

    def ask(*args: Any, **given: Any) -> Any:
        tape = _tape.get()
        return function(*args, **given) if tape is None else tape.asked(field, function, args, given)

    if bound:
        ask.bound = Bound(_taped_answer(field, bound), bound.wants)  # type: ignore[attr-defined]
    return ask


def _taped_answer(field: StrawberryField, bound: Bound) -> Callable[[Caller, dict[str, Any]], Any]:
    """What a plan asks without an `info`; graphql-core asks the same with one."""

    def answer(caller: Caller, given: dict[str, Any]) -> Any:
        tape = _tape.get()
        if tape is None:
            return bound.answer(caller, given)
        return tape.asked(field, lambda **_: bound.answer(caller, given), (), given)

    return answer


async def _read_ahead(self: Ahead, sources: list[Any], run: Run) -> None:
    """Note what was read for a whole list as the answers to its objects' fields."""
    await _by_list(self, sources, run)
    tape = _tape.get()
    if tape is not None:
        field = _first_of(self.place.definition.extensions[GraphQLCoreConverter.DEFINITION_BACKREF])
        for source in sources:
            value = run.ahead[self.place][id(source)]
            call = _Call((id(field), _Object(source)), awaited=True, ended=True)
            if isinstance(value, Exception):
                call.raised = value
            else:
                call.answer = value
            tape.calls.append(call)


def compare_all(patch: pytest.MonkeyPatch) -> None:
    """From now on compare what plans of the API answer; it must not have made any yet."""

    async def execute_both(self: Operation, variables: dict[str, Any] | None, context: Any) -> ExecutionResult:
        if self.asked.schema is not schema._schema:
            return await _by_plan(self, variables, context)
        return await comparison.execute(self, variables, context)

    _known.clear()
    for field in _fields():
        if _first_of(field) is field:
            patch.setattr(field.base_resolver, "wrapped_func", _taped(field))
    patch.setattr(Operation, "execute", execute_both)
    patch.setattr(Ahead, "read", _read_ahead)
