"""Makes of coerced values what resolvers take, as Strawberry's `convert_argument` does, but decided once by type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING
from typing import Any

from strawberry.relay.types import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.unset import UNSET

Convert = Callable[[Any], Any]


def takes(arguments: list[StrawberryArgument], converter: GraphQLCoreConverter) -> Callable[[dict[str, Any]], Any]:
    """Converts a field's arguments, those that were given, to the names and types of its resolver."""
    made = _Converters(converter)
    known = [
        (converter.config.name_converter.from_argument(one), one.python_name, made.of(one.type)) for one in arguments
    ]

    def convert(given: dict[str, Any]) -> dict[str, Any]:
        return {own: change(given[name]) for name, own, change in known if name in given}

    return convert


class _Converters:
    """The functions by type; an input object that holds one of its own kind meets itself here."""

    def __init__(self, converter: GraphQLCoreConverter) -> None:
        self.config = converter.config
        self.scalars = converter.scalar_registry
        self.objects: dict[Any, Convert] = {}

    def of(self, type_: Any) -> Convert:
        """What converts values of a type."""
        if isinstance(type_, StrawberryOptional) and not isinstance(type_, StrawberryMaybe):
            return self.of(type_.of_type)
        if isinstance(type_, StrawberryList):
            return _present(self._items(self.of(type_.of_type)))
        if isinstance(type_, StrawberryEnumDefinition) or (type_ is not GlobalID and is_scalar(type_, self.scalars)):
            return _as_it_is
        definition: Any = getattr(type_, "__strawberry_definition__", None)
        if isinstance(definition, StrawberryEnumDefinition):
            return _as_it_is
        if isinstance(type_, type) and definition is not None and definition.is_input and not definition.from_input:
            return _present(self._object(type_, definition))
        # What is rare is left to Strawberry.
        return lambda value: convert_argument(value, type_, self.scalars, self.config)

    def _items(self, item: Convert) -> Convert:
        return lambda value: [item(one) for one in value]

    def _object(self, type_: type, definition: Any) -> Convert:
        if type_ not in self.objects:
            fields: list[tuple[str, str, Convert]] = []
            # Null, where a field that may be null has no default of its own.
            absent = {
                one.python_name: None
                for one in definition.fields
                if one.default_value is MISSING and one.default_factory is MISSING
            }

            def convert(value: dict[str, Any]) -> Any:
                given = {own: change(value[name]) for name, own, change in fields if name in value}
                return type_(**(absent | given))

            # Known before its fields are: one of them may hold another of its kind.
            self.objects[type_] = convert
            name_of = self.config.name_converter.from_field
            for one in definition.fields:
                inner = self.of(one.resolve_type(type_definition=definition))
                fields.append((name_of(one), one.python_name, inner))
        return self.objects[type_]


def _as_it_is(value: Any) -> Any:
    return value


def _present(inner: Convert) -> Convert:
    return lambda value: value if value is None or value is UNSET else inner(value)
