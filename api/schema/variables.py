"""Coerces an operation's variables and a field's arguments by a plan that is made when the document is compiled.

Right values of usual kinds go by it; whatever is wrong or rare goes to graphql-core's own functions, which know how
to say so. Both come to the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FieldNode,
    FloatValueNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputType,
    GraphQLSchema,
    IntValueNode,
    NullValueNode,
    StringValueNode,
    VariableDefinitionNode,
    VariableNode,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import (
    FragmentVariableValues,
    VariableValues,
    VariableValueSource,
    get_argument_values,
    get_variable_values,
)
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value

# How many wrong variables are told of, as graphql-core does.
_MOST_ERRORS = 50

Coerce = Callable[[Any], Any]
# What makes values that nobody can change.
_SIMPLE = (BooleanValueNode, EnumValueNode, FloatValueNode, IntValueNode, NullValueNode, StringValueNode)


class _Unusual(Exception):
    """A value that graphql-core shall look at."""


def variables_of(
    schema: GraphQLSchema, nodes: Iterable[VariableDefinitionNode]
) -> Callable[[dict[str, Any]], VariableValues | list[GraphQLError]]:
    """Coerces the variables of an operation."""
    definitions = tuple(nodes)
    plan = _variables(schema, definitions)

    def coerce(given: dict[str, Any]) -> VariableValues | list[GraphQLError]:
        if plan is not None:
            sources: dict[str, VariableValueSource] = {}
            coerced: dict[str, Any] = {}
            try:
                for name, signature, change, optional in plan:
                    value = given.get(name, Undefined)
                    if value is Undefined and optional:
                        sources[name] = VariableValueSource(signature)
                        continue
                    coerced[name] = change(value)
                    sources[name] = VariableValueSource(signature, value)
            except Exception:
                # Also a scalar's refusal: it is told of by the long way.
                return get_variable_values(schema, definitions, given, _MOST_ERRORS)
            return VariableValues(sources, coerced)
        return get_variable_values(schema, definitions, given, _MOST_ERRORS)

    return coerce


def _variables(
    schema: GraphQLSchema, definitions: tuple[VariableDefinitionNode, ...]
) -> list[tuple[str, Any, Coerce, bool]] | None:
    """Each variable with what coerces it, and whether it may be left out; None where one is of a rare kind."""
    plan = []
    for node in definitions:
        signature = get_variable_signature(schema, node)
        change = None if isinstance(signature, GraphQLError) else _of(signature.type, ())
        if isinstance(signature, GraphQLError) or change is None:
            return None
        optional = signature.default is None and not is_non_null_type(signature.type)
        plan.append((signature.name, signature, change, optional))
    return plan


def _of(type_: GraphQLInputType, around: tuple[GraphQLInputType, ...]) -> Coerce | None:
    """What coerces right values of a type; None for an input object that may hold one of its own kind."""
    if is_non_null_type(type_):
        return _of_present(type_.of_type, around)
    inner = _of_present(type_, around)
    return None if inner is None else lambda value: None if value is None else inner(value)


def _of_present(type_: Any, around: tuple[GraphQLInputType, ...]) -> Coerce | None:
    if is_leaf_type(type_):
        return _leaf(type_.coerce_input_value)
    if is_list_type(type_):
        item = _of(type_.of_type, around)
        return item and _list(item)
    if not is_input_object_type(type_) or type_.is_one_of or type_ in around:
        return None
    fields: list[tuple[str, str, Coerce, Any]] = []
    for name, field in type_.fields.items():
        change = _of(field.type, (*around, type_))
        if change is None:
            return None
        default = _Unusual if is_required_input_field(field) else coerce_default_value(field)
        fields.append((name, field.out_name or name, change, default))
    return _object(frozenset(type_.fields), fields, type_.out_type)


def _leaf(coerce: Coerce) -> Coerce:
    def change(value: Any) -> Any:
        if value is None or value is Undefined:
            raise _Unusual
        done = coerce(value)
        if done is Undefined:
            raise _Unusual
        return done

    return change


def _list(item: Coerce) -> Coerce:
    def change(value: Any) -> Any:
        if value.__class__ is not list:
            raise _Unusual
        return [item(one) for one in value]

    return change


def _object(names: frozenset[str], fields: list[tuple[str, str, Coerce, Any]], out_type: Coerce) -> Coerce:
    def change(value: Any) -> Any:
        if value.__class__ is not dict or not names >= value.keys():
            raise _Unusual
        done: dict[str, Any] = {}
        for name, out_name, coerce, default in fields:
            given = value.get(name, Undefined)
            if given is not Undefined:
                done[out_name] = coerce(given)
            elif default is _Unusual:
                raise _Unusual
            elif default is not Undefined:
                done[out_name] = default
        return out_type(done)

    return change


def arguments_of(
    definition: GraphQLField, node: FieldNode, fragment_values: FragmentVariableValues | None
) -> Callable[[VariableValues], dict[str, Any]]:
    """Coerces a field's arguments."""
    if not definition.args and not node.arguments:
        return lambda _variables: {}
    constant = _constant(definition, node)
    if constant is not None:
        return lambda _variables: dict(constant)
    plan = None if fragment_values else _arguments(definition, node)

    def coerce(variables: VariableValues) -> dict[str, Any]:
        if plan is not None:
            coerced, done = variables.coerced, {}
            for out_name, variable, never_null in plan:
                value = coerced.get(variable, Undefined)
                if value is Undefined or (value is None and never_null):
                    break
                done[out_name] = value
            else:
                return done
        return get_argument_values(definition, node, variables, fragment_values)

    return coerce


def _constant(definition: GraphQLField, node: FieldNode) -> dict[str, Any] | None:
    """Arguments that are the same each time; None where they depend on a variable, hold others or are wrong."""
    if any(not isinstance(argument.value, _SIMPLE) for argument in node.arguments or ()):
        return None
    try:
        return get_argument_values(definition, node)
    except GraphQLError:
        return None


def _arguments(definition: GraphQLField, node: FieldNode) -> list[tuple[str, str, bool]] | None:
    """The variable of each argument, and whether it may be null; None where one is anything else but absent."""
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    plan = []
    for name, argument in definition.args.items():
        value = given.get(name)
        if isinstance(value, VariableNode):
            plan.append((argument.out_name or name, value.name.value, is_non_null_type(argument.type)))
        elif value is not None or is_required_argument(argument) or coerce_default_value(argument) is not Undefined:
            return None
    return plan
