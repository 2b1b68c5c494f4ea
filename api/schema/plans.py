"""Compiled plans: a document becomes, once, functions that answer it as graphql-core does, without walking it again.

What a plan is made of is decided when it is compiled: which fields a selection has, how their arguments are coerced,
how each is read and written, and which may have to be awaited. Collecting fields, coercing values, locating errors and
telling runtime types are graphql-core's own functions; whatever is rare (asynchronous iterables, awaitables in lists)
is handed to its executor. Why, and how to switch this off: docs/decisions/0014-compiled-plans.md.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from operator import attrgetter
from types import CoroutineType
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    Visitor,
    execute,
    get_nullable_type,
    get_operation_ast,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    visit,
)
from graphql.execution.collect_fields import FieldDetailsList, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.executor import default_type_resolver, invalid_return_type_error
from graphql.execution.values import VariableValues
from graphql.pyutils import Path
from graphql.pyutils.is_awaitable import is_awaitable
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from api.schema.columns import MANY, path_of, reads_of
from api.schema.completion import (
    Asked,
    Call,
    Completion,
    Run,
    Site,
    failure,
    leaf,
    never_null,
    present,
    read,
    resolve,
    resolver_of,
)
from api.schema.list_completion import Ahead, ahead_of, each, known_of
from api.schema.object_completion import (
    PlannedField,
    Usual,
    all_of,
    below,
    directly,
    object_of,
    of_class,
    serially,
    writers_of,
)
from api.schema.variables import variables_of

# Documents that are remembered, and plans of one: it has one for each choice of its @skip and @include variables.
MOST_OPERATIONS, MOST_PLANS = 128, 16
# What all of them may take, about.
MOST_BYTES, _BYTES_OF_TOKEN = 24 * 1024 * 1024, 2000


class Operation:
    """An operation of a validated document; plans of it differ by the variables of @skip and @include."""

    def __init__(self, schema: strawberry.Schema, document: DocumentNode, node: OperationDefinitionNode) -> None:
        fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
        details = {name: FragmentDetails(one) for name, one in fragments.items()}
        self.asked = Asked(schema._schema, schema.schema_converter, node, fragments, details)  # noqa: SLF001 - graphql-core's
        self._coerce = variables_of(schema._schema, node.variable_definitions or ())  # noqa: SLF001
        self.is_query = node.operation is OperationType.QUERY
        # What is asked for at the top, whether or not a directive leaves it out.
        self.roots = frozenset(_names(node.selection_set, fragments))
        self.size = _size(document)
        declared = {one.variable.name.value for one in node.variable_definitions or ()}
        self._conditions = sorted(_condition_variables(document) & declared)
        self._plans: OrderedDict[tuple[Any, ...], Callable[[Run], Any]] = OrderedDict()

    async def execute(self, variables: dict[str, Any] | None, context: Any) -> ExecutionResult:
        """Answer the operation as graphql-core would."""
        asked = self.asked
        values = self._coerce(variables or {})
        if isinstance(values, list):
            return ExecutionResult(None, values)
        if any(values.coerced.get(name) is None for name in self._conditions):
            # Null where true or false is needed: an error, and graphql-core knows its place.
            return await self._by_graphql_core(variables, context)
        run = Run(asked, values, context)
        data = await _run(self._plan(values, ahead=self.is_query), run)
        if run.errors.errors and run.ahead:
            # Of several errors it depends on the order of all reads which come first and which are told of.
            run = Run(asked, values, context)
            data = await _run(self._plan(values, ahead=False), run)
        return ExecutionResult(data, run.errors.errors or None)

    async def _by_graphql_core(self, variables: dict[str, Any] | None, context: Any) -> ExecutionResult:
        document = DocumentNode(definitions=(self.asked.node, *self.asked.definitions.values()))
        result: Any = execute(self.asked.schema, document, variable_values=variables, context_value=context)
        told: ExecutionResult = await result if is_awaitable(result) else result
        return told

    def _plan(self, values: VariableValues, *, ahead: bool) -> Callable[[Run], Any]:
        """What answers it; `ahead`: lists may be read ahead of their objects' fields, which is safe for queries."""
        chosen = (ahead, *(values.coerced.get(name) for name in self._conditions))
        plan = self._plans.get(chosen)
        if plan is None:
            plan = _Compiler(self.asked, values, ahead=ahead).root()
            _remember(self._plans, chosen, plan, MOST_PLANS)
        return plan


async def _run(plan: Callable[[Run], Any], run: Run) -> Any:
    try:
        data = plan(run)
        return await data if data.__class__ is CoroutineType else data
    except GraphQLError as error:
        run.errors.add(error, None)
        return None


def _size(document: DocumentNode) -> int:
    """About how many bytes an operation takes: each token of its document is held by nodes and functions."""
    location = document.loc
    assert location is not None  # noqa: S101 - documents are parsed with their locations
    tokens, token = 0, location.start_token
    while token.next is not None:
        tokens, token = tokens + 1, token.next
    # A comment or a string is held twice, by the text and by its token.
    return tokens * _BYTES_OF_TOKEN + 2 * sys.getsizeof(location.source.body)


def _names(selection: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> Iterator[str]:
    """The fields that a selection names itself and through its fragments."""
    for node in selection.selections:
        if isinstance(node, FieldNode):
            yield node.name.value
        elif isinstance(node, InlineFragmentNode):
            yield from _names(node.selection_set, fragments)
        elif isinstance(node, FragmentSpreadNode):
            yield from _names(fragments[node.name.value].selection_set, fragments)


class Plans:
    """The operations that were validated, by their text and name."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str | None], Operation] = OrderedDict()
        self._bytes = 0

    def find(self, text: str, name: str | None) -> Operation | None:
        """The operation of a document that was executed before."""
        found = self._known.get((text, name))
        if found is not None:
            self._known.move_to_end((text, name))
        return found

    def keep(self, schema: strawberry.Schema, text: str, name: str | None, document: DocumentNode) -> Operation | None:
        """Remember an operation of a validated document; None for what no plan covers."""
        node = get_operation_ast(document, name)
        if node is None or node.operation is OperationType.SUBSCRIPTION or _introspects(document):
            return None
        operation = Operation(schema, document, node)
        key = (text, name)
        before = self._known.pop(key, None)
        self._bytes += operation.size - (before.size if before else 0)
        self._known[key] = operation
        while self._bytes > MOST_BYTES or len(self._known) > MOST_OPERATIONS:
            self._bytes -= self._known.popitem(last=False)[1].size
        return operation


def _remember(known: OrderedDict[Any, Any], key: Any, value: Any, most: int) -> None:
    """Keep what was used last."""
    known[key] = value
    while len(known) > most:
        known.popitem(last=False)


class Planned(SchemaExtension):
    """Executes by a plan what Strawberry parsed and validated."""

    plans: Plans
    wanted: Callable[[], bool]

    async def on_execute(self) -> AsyncIterator[None]:
        """Give the result, so that graphql-core's executor is not asked."""
        context = self.execution_context
        document = context.graphql_document
        operation = None
        if context.query is not None and document is not None and self.wanted():
            # As it was asked for; `operation_name` is the document's own where nothing was.
            name = context._provided_operation_name  # noqa: SLF001 - Strawberry tells of it nowhere else
            operation = self.plans.keep(context.schema, context.query, name, document)
        if operation is not None:
            context.result = await operation.execute(context.variables, context.context)
        yield


def planned(plans: Plans, wanted: Callable[[], bool]) -> type[Planned]:
    """The extension with its memory; `wanted` says whether plans are made now."""
    return type("Planned", (Planned,), {"plans": plans, "wanted": staticmethod(wanted)})


def _introspects(document: DocumentNode) -> bool:
    """Whether the document asks for the schema itself."""
    found = False

    class Introspection(Visitor):
        def enter_field(self, node: Any, *_: Any) -> None:
            nonlocal found
            found = found or node.name.value in {"__schema", "__type"}

    visit(document, Introspection())
    return found


def _condition_variables(document: DocumentNode) -> set[str]:
    """The variables on which it depends which fields are asked for."""
    found: set[str] = set()

    class Conditions(Visitor):
        def enter_directive(self, node: Any, *_: Any) -> None:
            if node.name.value in {"skip", "include"}:
                values = [argument.value for argument in node.arguments or ()]
                found.update(value.name.value for value in values if isinstance(value, VariableNode))

    visit(document, Conditions())
    return found


class _Compiler:
    """Makes the functions of one plan."""

    def __init__(self, asked: Asked, values: VariableValues, *, ahead: bool) -> None:
        self.asked = asked
        self.may_read_ahead = ahead
        self.schema = asked.schema
        self.values = values
        # How many lists an answer's place lies in; the field of the outermost, and what is read ahead for its items.
        self.depth = 0
        self.listing: Site | None = None
        self.ahead: list[Ahead] = []

    def root(self) -> Callable[[Run], Any]:
        asked = self.asked
        root = self.schema.get_root_type(asked.node.operation)
        assert root is not None  # noqa: S101 - a validated document
        grouped = collect_fields(self.schema, asked.fragments, self.values, root, asked.node).grouped_field_set
        fields = self._fields(root, grouped)
        if asked.node.operation is OperationType.MUTATION:
            return lambda run: serially(fields, run)
        return lambda run: all_of(fields, None, None, run)

    def _fields(
        self, parent: GraphQLObjectType, grouped: dict[str, FieldDetailsList], *, listing: bool = False
    ) -> list[PlannedField]:
        """The fields of an object; `listing`: of the items of the outermost list."""
        return [
            self._field(parent, name, details, listing)
            for name, details in grouped.items()
            if self.schema.get_field(parent, details[0].node.name.value)
        ]

    def _field(self, parent: GraphQLObjectType, name: str, details: FieldDetailsList, listing: bool) -> PlannedField:
        node = details[0].node
        if node.name.value == "__typename":
            return PlannedField(name, lambda *_: parent.name, usual=lambda *_: parent.name)
        definition = self.schema.get_field(parent, node.name.value)
        assert definition is not None  # noqa: S101 - looked up by `_fields`
        site = Site(parent, name, definition, details)
        complete, usual = self._completion(definition.type, site)
        failed = failure(definition.type, site)
        known = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if isinstance(known, StrawberryField) and known.is_basic_field and known.default_resolver is getattr:
            written = is_leaf_type(get_nullable_type(definition.type))
            get = reads_of(known) or attrgetter(known.python_name)
            call = read(get, complete, failed, site, written=written)
            writers = writers_of(definition.type) if written else {}
            if writers:
                return PlannedField(name, call, get, writers, where=path_of(known))
            return PlannedField(name, call, usual=below(lambda source, _: get(source), usual))
        resolver = resolver_of(known, self.asked, site)
        if not self._ahead(known, site, listing):
            return PlannedField(name, resolve(resolver, complete, failed, site))
        call = resolve(ahead_of(resolver, site), complete, failed, site)
        return PlannedField(name, call, usual=below(known_of(site), usual))

    def _completion(self, type_: GraphQLOutputType, site: Site) -> tuple[Completion, Usual | None]:
        """What completes values of a type, and what does so where all of an object is as usual."""
        named = get_nullable_type(type_)
        if is_object_type(named):
            origin, write, checked, usual = self._object(named, site)
            otherwise = present(checked)
            complete = directly(origin, write, otherwise if named is type_ else never_null(otherwise, site))
            return complete, of_class(origin, usual)
        if is_non_null_type(type_):
            return never_null(self._completion(type_.of_type, site)[0], site), None
        if is_list_type(type_):
            return self._list(type_, site), None
        if is_leaf_type(type_):
            return leaf(type_), None
        assert is_abstract_type(type_)  # noqa: S101 - every output type has been considered
        return present(self._abstract(type_, site)), None

    def _list(self, type_: Any, site: Site) -> Completion:
        # Lists in lists share their reads through `batches`: ahead of each they would be many.
        outermost = self.depth == 0
        self.depth += 1
        if outermost:
            self.listing, self.ahead = site, []
        item, usual = self._completion(type_.of_type, site)
        self.depth -= 1
        return each(item, failure(type_.of_type, site), type_, site, self.ahead if outermost else (), usual)

    def _ahead(self, known: StrawberryField | None, site: Site, listing: bool) -> bool:
        """Whether a field is read for all items of the outermost list at once."""
        many = known.metadata.get(MANY) if known is not None else None
        if many is None or not listing or not self.may_read_ahead or site.definition.args:
            return False
        origin = site.parent.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].origin
        self.ahead.append(Ahead(site, many, site.wanted(self.asked), origin))
        return True

    def _object(self, type_: GraphQLObjectType, site: Site) -> tuple[type | None, Call, Completion, Usual | None]:
        """The class that a type is made for, what completes objects of it, all others, and those that are as usual."""
        collected = collect_subfields(
            self.schema, self.asked.fragments, self.values, self.asked.node, type_, site.details
        )
        write, usually = object_of(self._fields(type_, collected.grouped_field_set, listing=self.listing is site))
        known = type_.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        origin, check = getattr(known, "origin", None), type_.is_type_of

        def complete(value: Any, path: Path, run: Run) -> Any:
            if check is not None and value.__class__ is not origin:
                right = check(value, site.info(path, run))
                if is_awaitable(right):
                    return run.executor.complete_value(type_, site.details, site.info(path, run), path, value, None)
                if not right:
                    raise invalid_return_type_error(type_, value, site.details)
            return write(value, path, run)

        # An exception that a resolver gives is an error, whatever its class.
        usual = isinstance(origin, type) and not issubclass(origin, Exception)
        return origin if usual else None, write, complete, usually

    def _abstract(self, type_: Any, site: Site) -> Completion:
        tell = type_.resolve_type or default_type_resolver
        depth = self.depth
        known: dict[str, Completion] = {}

        def complete(value: Any, path: Path, run: Run) -> Any:
            info = site.info(path, run)
            name = tell(value, info, type_)
            if is_awaitable(name):
                return run.executor.complete_value(type_, site.details, info, path, value, None)
            made = known.get(name) if isinstance(name, str) else None
            if made is None:
                runtime = run.executor.ensure_valid_runtime_type(name, type_, site.details, info, value)
                # Compiled now that it came up, where the abstract type stands.
                self.depth, self.listing = depth, None
                made = known[runtime.name] = self._object(runtime, site)[2]
            return made(value, path, run)

        return complete
