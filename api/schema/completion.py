"""What the functions of a compiled plan do: read a field, coerce its arguments, write its value, place its errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import CoroutineType, GeneratorType
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
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, Undefined, gather_with_cancel, inspect
from graphql.pyutils.is_awaitable import is_awaitable
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types import Info
from strawberry.types.field import StrawberryField

from api.schema.arguments import takes
from api.schema.bind import WANTED, Bound
from api.schema.columns import Wanted, wanted_of
from api.schema.variables import arguments_of

Completion = Callable[[Any, Path, "Run"], Any]
Call = Callable[[Any, "Path | None", "Run"], Any]
Failed = Callable[[Exception, Path, "Run"], None]

# Classes whose objects are neither awaitable nor exceptions.
PLAIN = frozenset({str, int, bool, float, datetime, date, Decimal})
_READY: set[type] = set(PLAIN)
# Types whose values of these classes stay as they are; orjson writes a day as the type would.
AS_THEY_ARE = {"String": str, "ID": str, "Boolean": bool, "Date": date}
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
    # What was read for whole lists ahead of their objects' fields: by field, then by object.
    ahead: dict[Site, dict[int, Any]] = field(default_factory=dict)
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


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """Where in a document a field stands, once for all objects that it is asked of."""

    parent: GraphQLObjectType
    name: str
    definition: GraphQLField
    details: FieldDetailsList

    def path(self, path: Path | None) -> Path:
        """The field's own path below its object's."""
        return Path(path, self.name, self.parent.name)

    def wanted(self, asked: Asked) -> Wanted:
        """What the document asks below the field."""
        return wanted_of(to_nodes(self.details), asked.definitions)

    def info(self, path: Path, run: Run) -> GraphQLResolveInfo[Any]:
        """What resolvers are told."""
        return run.executor.build_resolve_info(self.definition, to_nodes(self.details), self.parent, path)


def waits(value: Any) -> bool:
    """Whether a value is to be awaited; of a class that was seen before this is known."""
    kind = value.__class__
    if kind in _READY:
        return False
    if is_awaitable(value):
        return True
    # Of generators some are.
    if kind is not GeneratorType:
        _READY.add(kind)
    return False


def failure(type_: GraphQLOutputType, site: Site) -> Failed:
    """What becomes of an exception: an error in its place, or in the nearest one above that may be null."""
    never_null = is_non_null_type(type_)

    def failed(error: Exception, path: Path, run: Run) -> None:
        located = located_error(error, to_nodes(site.details), path.as_list())
        if never_null:
            raise located
        run.errors.add(located, path)

    return failed


def read(get: Callable[[Any], Any], complete: Completion, failed: Failed, site: Site, *, written: bool) -> Call:
    """A field that `get` reads of its object; `written`: there is nothing below it."""

    def call(source: Any, path: Path | None, run: Run) -> Any:
        own = None
        try:
            value = get(source)
            if written and value.__class__ in PLAIN:
                return complete(value, _NOWHERE, run)
            own = site.path(path)
            if waits(value):
                return awaited(value, complete, failed, own, run)
            done = complete(value, own, run)
        except Exception as error:
            failed(error, own or site.path(path), run)
            return None
        return guarded(done, failed, own, run) if done.__class__ is CoroutineType else done

    return call


def resolve(resolver: Callable[[Any, Path, Run], Any], complete: Completion, failed: Failed, site: Site) -> Call:
    """A field that a function answers."""

    def call(source: Any, path: Path | None, run: Run) -> Any:
        own = site.path(path)
        try:
            value = resolver(source, own, run)
            if waits(value):
                return awaited(value, complete, failed, own, run)
            done = complete(value, own, run)
        except Exception as error:
            failed(error, own, run)
            return None
        return guarded(done, failed, own, run) if done.__class__ is CoroutineType else done

    return call


def resolver_of(known: StrawberryField | None, asked: Asked, site: Site) -> Callable[[Any, Path, Run], Any]:
    """Calls what answers a field with its arguments, past Strawberry's wrappers where they have nothing to add."""
    definition, first = site.definition, site.details[0]
    arguments = arguments_of(definition, first.node, first.fragment_variable_values)
    base = known.base_resolver if known is not None else None
    if known is None or base is None or known.extensions:
        resolve = definition.resolve or default_field_resolver
        return lambda source, path, run: resolve(source, site.info(path, run), **arguments(run.variables))
    function: Callable[..., Any] = base.wrapped_func  # type: ignore[assignment]
    if bound := getattr(function, "bound", None):
        return _answer_of(bound, takes(known.arguments, asked.converter), arguments, asked, site)
    takes_self = base.self_parameter is not None
    sources = [one.name for one in (base.parent_parameter, base.root_parameter) if one]
    informed = base.info_parameter.name if base.info_parameter else None
    convert = takes(known.arguments, asked.converter)

    def resolver(source: Any, path: Path, run: Run) -> Any:
        given = convert(arguments(run.variables))
        for name in sources:
            given[name] = source
        if informed:
            given[informed] = Info(_raw_info=site.info(path, run), _field=known)
        return function(source, **given) if takes_self else function(**given)

    return resolver


def _answer_of(
    bound: Bound,
    convert: Callable[[dict[str, Any]], Any],
    arguments: Callable[[VariableValues], Any],
    asked: Asked,
    site: Site,
) -> Callable[[Any, Path, Run], Any]:
    """Calls what answers a field of the root."""
    wanted = site.wanted(asked) if bound.wants else None

    def resolver(_source: Any, _path: Path, run: Run) -> Any:
        given = convert(arguments(run.variables))
        if wanted is not None:
            given[WANTED] = wanted
        return bound.answer(run.context["caller"], given)

    return resolver


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
    coerce, own = type_.coerce_output_value, AS_THEY_ARE.get(type_.name)
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


async def gathered(done: Any, waiting: list[Any]) -> Any:
    """A list or an object whose values at these places have been awaited, together."""
    if len(waiting) == 1:
        done[waiting[0]] = await done[waiting[0]]
        return done
    for place, value in zip(waiting, await gather_with_cancel(*(done[place] for place in waiting)), strict=True):
        done[place] = value
    return done


async def awaited(value: Any, complete: Completion, failed: Failed, path: Path, run: Run) -> Any:
    """The completed value of an awaitable."""
    try:
        done = complete(await value, path, run)
        return await done if done.__class__ is CoroutineType else done
    except Exception as error:
        failed(error, path, run)
        return None


async def guarded(value: Any, failed: Failed, path: Path, run: Run) -> Any:
    """What becomes of a completed value that has to be awaited."""
    try:
        return await value
    except Exception as error:
        failed(error, path, run)
        return None


def settle(begun: list[Any], run: Run) -> None:
    """Let end what was begun beside something that failed; nobody waits for it."""
    if begun:
        run.executor.settle_in_background(begun)
