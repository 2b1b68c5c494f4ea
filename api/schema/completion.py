"""What the functions of a compiled plan do: read a field, coerce its arguments, write its value, place its errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from types import CoroutineType
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    is_non_null_type,
    located_error,
)
from graphql.execution.collect_fields import FieldDetailsList, FragmentDetails
from graphql.execution.executor import (
    CollectedErrors,
    Executor,
    default_field_resolver,
    default_type_resolver,
    to_nodes,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import Path, Undefined, gather_with_cancel, inspect, is_iterable
from graphql.pyutils.is_awaitable import is_awaitable
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types import Info
from strawberry.types.field import StrawberryField

from api.schema.arguments import takes

Completion = Callable[[Any, Path, "Run"], Any]
Call = Callable[[Any, "Path | None", "Run"], Any]
Failed = Callable[[Exception, Path, "Run"], None]

# Classes whose objects are neither awaitable nor exceptions.
_PLAIN = frozenset({str, int, bool, float, datetime, date, Decimal})
_AS_THEY_ARE = {"String": str, "ID": str, "Boolean": bool}
# The path where nobody needs one.
_NOWHERE = Path(None, "", None)


@dataclass(frozen=True, slots=True)
class Asked:
    """The operation that is executed, and what it was validated against."""

    schema: GraphQLSchema
    converter: GraphQLCoreConverter
    node: OperationDefinitionNode
    definitions: dict[str, FragmentDefinitionNode]
    fragments: dict[str, FragmentDetails]


@dataclass(slots=True)
class Run:
    """One execution of a plan."""

    asked: Asked
    variables: VariableValues
    context: Any
    errors: CollectedErrors = field(default_factory=CollectedErrors)
    _executor: Executor[Any] | None = None

    @property
    def executor(self) -> Executor[Any]:
        """graphql-core's executor of this same execution."""
        if self._executor is None:
            asked = self.asked
            self._executor = Executor(
                asked.schema, asked.definitions, asked.fragments, None, self.context, asked.node,
                self.variables, default_field_resolver, default_type_resolver, default_field_resolver,
            )  # fmt: skip
            self._executor.collected_errors = self.errors
        return self._executor


@dataclass(frozen=True, slots=True)
class Site:
    """Where in a document a field stands, once for all objects that it is asked of."""

    parent: GraphQLObjectType
    name: str
    definition: GraphQLField
    details: FieldDetailsList

    def path(self, path: Path | None) -> Path:
        """The field's own path below its object's."""
        return Path(path, self.name, self.parent.name)

    def info(self, path: Path, run: Run) -> GraphQLResolveInfo[Any]:
        """What resolvers are told."""
        return run.executor.build_resolve_info(self.definition, to_nodes(self.details), self.parent, path)


def failure(type_: GraphQLOutputType, site: Site) -> Failed:
    """What becomes of an exception: an error in its place, or in the nearest one above that may be null."""
    never_null = is_non_null_type(type_)

    def failed(error: Exception, path: Path, run: Run) -> None:
        located = located_error(error, to_nodes(site.details), path.as_list())
        if never_null:
            raise located
        run.errors.add(located, path)

    return failed


def read(attribute: str, complete: Completion, failed: Failed, site: Site, *, written: bool) -> Call:
    """A field that is an attribute of its object; `written`: there is nothing below it."""
    get = attrgetter(attribute)

    def call(source: Any, path: Path | None, run: Run) -> Any:
        own = None
        try:
            value = get(source)
            if written and value.__class__ in _PLAIN:
                return complete(value, _NOWHERE, run)
            own = site.path(path)
            if is_awaitable(value):
                return _awaited(value, complete, failed, own, run)
            done = complete(value, own, run)
        except Exception as error:
            failed(error, own or site.path(path), run)
            return None
        return _guarded(done, failed, own, run) if done.__class__ is CoroutineType else done

    return call


def resolve(resolver: Callable[[Any, Path, Run], Any], complete: Completion, failed: Failed, site: Site) -> Call:
    """A field that a function answers."""

    def call(source: Any, path: Path | None, run: Run) -> Any:
        own = site.path(path)
        try:
            value = resolver(source, own, run)
            if is_awaitable(value):
                return _awaited(value, complete, failed, own, run)
            done = complete(value, own, run)
        except Exception as error:
            failed(error, own, run)
            return None
        return _guarded(done, failed, own, run) if done.__class__ is CoroutineType else done

    return call


def resolver_of(known: StrawberryField | None, asked: Asked, site: Site) -> Callable[[Any, Path, Run], Any]:
    """Calls what answers a field with its arguments, past Strawberry's wrappers where they have nothing to add."""
    definition, arguments = site.definition, _arguments(site)
    base = known.base_resolver if known is not None else None
    if known is None or base is None or known.extensions:
        resolve = definition.resolve or default_field_resolver
        return lambda source, path, run: resolve(source, site.info(path, run), **arguments(run))
    function: Callable[..., Any] = base.wrapped_func  # type: ignore[assignment]
    takes_self = base.self_parameter is not None
    sources = [one.name for one in (base.parent_parameter, base.root_parameter) if one]
    informed = base.info_parameter.name if base.info_parameter else None
    convert = takes(known.arguments, asked.converter)

    def resolver(source: Any, path: Path, run: Run) -> Any:
        given = convert(arguments(run))
        for name in sources:
            given[name] = source
        if informed:
            given[informed] = Info(_raw_info=site.info(path, run), _field=known)
        return function(source, **given) if takes_self else function(**given)

    return resolver


def _arguments(site: Site) -> Callable[[Run], dict[str, Any]]:
    """Coerces a field's arguments."""
    definition, first = site.definition, site.details[0]
    if not definition.args and not first.node.arguments:
        return lambda _run: {}
    return lambda run: get_argument_values(definition, first.node, run.variables, first.fragment_variable_values)


def present(inner: Completion) -> Completion:
    """Completes an object that may be missing, or be an exception that a resolver gave instead of raising it."""

    def complete(value: Any, path: Path, run: Run) -> Any:
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            raise value
        return inner(value, path, run)

    return complete


def never_null(inner: Completion, site: Site) -> Completion:
    """Completes what may not be null, and fails where it is."""

    def complete(value: Any, path: Path, run: Run) -> Any:
        done = inner(value, path, run)
        if done is None:
            message = f"Cannot return null for non-nullable field {site.parent}.{site.details[0].node.name.value}."
            raise TypeError(message)
        return done

    return complete


def leaf(type_: Any) -> Completion:
    """Writes a scalar or an enum."""
    coerce, own = type_.coerce_output_value, _AS_THEY_ARE.get(type_.name)
    names: dict[Any, str] = {}
    members = getattr(type_, "wrapped_cls", None) if isinstance(type_, GraphQLEnumType) else None
    if members is not None:
        names = {member: coerce(member) for member in members}

    def complete(value: Any, _path: Path, _run: Run) -> Any:
        kind = value.__class__
        if kind is own:
            return value
        if kind is members:
            return names[value]
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            raise value
        done = coerce(value)
        if done is None or done is Undefined:
            message = (
                f"Expected `{inspect(type_)}.coerce_output_value({inspect(value)})` to return non-nullable value,"
                f" returned: {inspect(done)}"
            )
            raise TypeError(message)
        return done

    return complete


def each(item: Completion, failed: Failed, type_: Any, site: Site) -> Completion:
    """Completes the items of a list in one loop."""

    def complete(value: Any, path: Path, run: Run) -> Any:
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            raise value
        if hasattr(value, "__aiter__") or not is_iterable(value):
            return run.executor.complete_value(type_, site.details, site.info(path, run), path, value, None)
        done: list[Any] = []
        waiting: list[int] = []
        try:
            for place, one in enumerate(value):
                _complete_item(one, Path(path, place, None), done, waiting, run)
        except Exception:
            _settle([done[place] for place in waiting], run)
            raise
        return _gathered(done, waiting) if waiting else done

    def _complete_item(one: Any, path: Path, done: list[Any], waiting: list[int], run: Run) -> None:
        try:
            if one.__class__ not in _PLAIN and is_awaitable(one):
                completed: Any = _awaited(one, item, failed, path, run)
                waiting.append(len(done))
            else:
                completed = item(one, path, run)
                if completed.__class__ is CoroutineType:
                    completed = _guarded(completed, failed, path, run)
                    waiting.append(len(done))
        except Exception as error:
            failed(error, path, run)
            completed = None
        done.append(completed)

    return complete


def all_of(fields: list[tuple[str, Call]], source: Any, path: Path | None, run: Run) -> Any:
    """The fields of an object; those that must be awaited, together."""
    done: dict[str, Any] = {}
    waiting: list[str] = []
    try:
        for name, call in fields:
            value = done[name] = call(source, path, run)
            if value.__class__ is CoroutineType:
                waiting.append(name)
    except Exception:
        _settle([done[name] for name in waiting], run)
        raise
    return _gathered(done, waiting) if waiting else done


async def _gathered(done: Any, waiting: list[Any]) -> Any:
    if len(waiting) == 1:
        done[waiting[0]] = await done[waiting[0]]
        return done
    for place, value in zip(waiting, await gather_with_cancel(*(done[place] for place in waiting)), strict=True):
        done[place] = value
    return done


async def serially(fields: list[tuple[str, Call]], run: Run) -> dict[str, Any]:
    """The fields of a mutation, one after the other."""
    done: dict[str, Any] = {}
    for name, call in fields:
        value = call(None, None, run)
        done[name] = await value if value.__class__ is CoroutineType else value
    return done


async def _awaited(value: Any, complete: Completion, failed: Failed, path: Path, run: Run) -> Any:
    try:
        done = complete(await value, path, run)
        return await done if done.__class__ is CoroutineType else done
    except Exception as error:
        failed(error, path, run)
        return None


async def _guarded(value: Any, failed: Failed, path: Path, run: Run) -> Any:
    try:
        return await value
    except Exception as error:
        failed(error, path, run)
        return None


def _settle(begun: list[Any], run: Run) -> None:
    """Let end what was begun beside something that failed; nobody waits for it."""
    if begun:
        run.executor.settle_in_background(begun)
