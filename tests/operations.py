"""Writes GraphQL operations at random, from any schema: every construct of the language, some of it wrong."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
)
from graphql.pyutils import Undefined

DEEPEST = 4
_SCALARS: dict[str, list[Any]] = {
    "Int": [0, 1, -3, 20, 101, 2**31, "1", 1.5],
    "Float": [0.5, 3, "x"],
    "Boolean": [True, False, "true", 1],
    "String": ["", "ışık", "a\nb", 'say "so"', 7],
    "ID": ["", "prd_" + "0" * 32, "lic_x", 4],
    "DateTime": ["2026-11-22T12:00:00Z", "2026-11-22T15:00:00+03:00", "gestern"],
    "Date": ["2026-11-22", "2028-02-29", "2026-02-30"],
    "Decimal": ["12.50", "-3", "x"],
}
# How often something is wrong.
_WRONG = 0.06


@dataclass
class Operation:
    """A document with what it is sent with."""

    text: str
    variables: dict[str, Any]


@dataclass
class Writer:
    """Writes one document."""

    schema: GraphQLSchema
    chance: random.Random
    # How a value of a scalar may look, beside the usual ones.
    scalars: dict[str, list[Any]] = field(default_factory=dict)
    variables: dict[str, tuple[str, Any]] = field(default_factory=dict)
    fragments: dict[str, str] = field(default_factory=dict)
    aliases: int = 0

    def operation(self, kind: str = "query") -> Operation:
        """A whole operation."""
        root = self.schema.query_type if kind == "query" else self.schema.mutation_type
        selection = self._selection(root, 0)
        declared = ", ".join(f"${name}: {type_}" for name, (type_, _) in self.variables.items())
        head = f"{kind} Asked{f'({declared})' if declared else ''}" if declared or self._often(0.5) else kind
        text = "\n".join([f"{head} {selection}", *self.fragments.values()])
        sent = {name: value for name, (_, value) in self.variables.items() if value is not Undefined}
        return Operation(text, sent)

    def _often(self, share: float) -> bool:
        return self.chance.random() < share

    def _selection(self, type_: Any, depth: int) -> str:
        parts = ["__typename"] if is_abstract_type(type_) or self._often(0.15) else []
        fields = list(getattr(type_, "fields", {}).items())
        self.chance.shuffle(fields)
        wanted = self.chance.randint(1, 5 if depth else 3)
        for name, definition in fields:
            if wanted and (depth < DEEPEST or not is_composite_type(get_named_type(definition.type))):
                parts.append(self._field(name, definition, depth))
                wanted -= 1
        parts += self._fragments(type_, depth)
        # The same field again merges with the first.
        if parts and self._often(0.1):
            parts.append(self.chance.choice(parts))
        return "{ " + " ".join(parts or ["__typename"]) + " }"

    def _fragments(self, type_: Any, depth: int) -> list[str]:
        if depth >= DEEPEST or not self._often(0.3):
            return []
        possible = self.schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]
        inner = self.chance.choice([*possible, *getattr(type_, "interfaces", ())])
        selection = self._selection(inner, depth + 1)
        if self._often(0.5):
            on = f" on {inner.name}" if inner is not type_ or self._often(0.7) else ""
            return [f"...{on}{self._directive()} {selection}"]
        name = f"F{len(self.fragments)}"
        self.fragments[name] = f"fragment {name} on {inner.name} {selection}"
        return [f"...{name}{self._directive()}"]

    def _field(self, name: str, definition: Any, depth: int) -> str:
        alias = ""
        if definition.args or self._often(0.15):
            self.aliases += 1
            alias = f"a{self.aliases}: "
        given = [f"{argument}: {self._argument(one)}" for argument, one in definition.args.items() if self._given(one)]
        arguments = f"({', '.join(given)})" if given else ""
        inner = get_named_type(definition.type)
        selection = f" {self._selection(inner, depth + 1)}" if is_composite_type(inner) else ""
        return f"{alias}{name}{arguments}{self._directive()}{selection}"

    def _given(self, argument: GraphQLArgument) -> bool:
        return is_required_argument(argument) or self._often(0.5)

    def _directive(self) -> str:
        if not self._often(0.12):
            return ""
        name = self.chance.choice(["skip", "include"])
        return f" @{name}(if: {self._argument(GraphQLArgument(GraphQLNonNull(self.schema.get_type('Boolean'))))})"

    def _argument(self, argument: GraphQLArgument) -> str:
        if self._often(0.4):
            name = f"v{len(self.variables)}"
            self.variables[name] = (str(argument.type), self._value(argument.type))
            if self._often(0.1) and not isinstance(argument.type, GraphQLNonNull):
                self.variables[name] = (str(argument.type), Undefined)
            return f"${name}"
        return self._literal(self._value(argument.type, wrong=False), argument.type)

    def _value(self, type_: Any, *, wrong: bool = True) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return None if wrong and self._often(_WRONG) else self._present(type_.of_type, wrong=wrong)
        return None if self._often(0.1) else self._present(type_, wrong=wrong)

    def _present(self, type_: Any, *, wrong: bool) -> Any:
        if isinstance(type_, GraphQLList):
            return [self._value(type_.of_type, wrong=wrong) for _ in range(self.chance.randint(0, 2))]
        if isinstance(type_, GraphQLEnumType):
            return "NO_SUCH" if wrong and self._often(_WRONG) else self.chance.choice(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            known = {name: one for name, one in type_.fields.items() if self._given(one)}
            return {name: self._value(one.type, wrong=wrong) for name, one in known.items()}
        choices = self.scalars.get(type_.name) or _SCALARS.get(type_.name, ["x"])
        return self.chance.choice(choices if wrong and self._often(0.2) else choices[:2])

    def _literal(self, value: Any, type_: Any) -> str:
        type_ = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(value, list):
            return "[" + ", ".join(self._literal(one, type_.of_type) for one in value) + "]"
        if isinstance(value, dict):
            inner = (f"{name}: {self._literal(one, type_.fields[name].type)}" for name, one in value.items())
            return "{" + ", ".join(inner) + "}"
        if isinstance(type_, GraphQLEnumType) and value is not None:
            return str(value)
        return json.dumps(value, ensure_ascii=False)
