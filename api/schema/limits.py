"""How large a GraphQL document may be; what goes beyond is QUERY_TOO_COMPLEX before anything runs."""

from __future__ import annotations

import re

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

from api.refusal import DenialCode

MOST_TOKENS = 3000
MOST_ALIASES = 30
DEEPEST = 12
# Brackets inside each other; the parser recurses with them.
DEEPEST_BRACKETS = 40
MOST_OPERATIONS = 10

_BRACKETS = re.compile(r"[{}()\[\]]")


def too_complex(message: str) -> GraphQLError:
    """The error for a document beyond a limit."""
    return GraphQLError(message, extensions={"code": DenialCode.QUERY_TOO_COMPLEX.value})


def too_nested(document: str) -> bool:
    """Whether brackets nest deeper than the parser can follow (those in strings count too)."""
    depth = 0
    for bracket in _BRACKETS.finditer(document):
        depth += 1 if bracket.group() in "{([" else -1
        if depth > DEEPEST_BRACKETS:
            return True
    return False


class SizeRule(ValidationRule):
    """Refuses operations that select too deeply or with too many aliases, fragments counted where they are used."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        definitions = context.document.definitions
        self._fragments = {d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}
        self._measured: dict[str, tuple[int, int]] = {}
        for operation in definitions:
            if isinstance(operation, OperationDefinitionNode):
                self._check(operation)

    def _check(self, operation: OperationDefinitionNode) -> None:
        depth, aliases = self._measure(operation.selection_set, frozenset())
        if depth > DEEPEST:
            self.report_error(too_complex(f"The operation is {depth} levels deep; {DEEPEST} are allowed."))
        if aliases > MOST_ALIASES:
            self.report_error(too_complex(f"The operation has {aliases} aliases; {MOST_ALIASES} are allowed."))

    def _measure(self, selection: SelectionSetNode | None, inside: frozenset[str]) -> tuple[int, int]:
        """Depth and aliases of a selection; introspection's own fields do not count as depth."""
        deepest = aliases = 0
        for node in selection.selections if selection else ():
            if isinstance(node, FragmentSpreadNode):
                depth, count = self._measure_fragment(node.name.value, inside)
            elif isinstance(node, FieldNode):
                depth, count = self._measure(node.selection_set, inside)
                depth = 1 if node.name.value.startswith("__") else depth + 1
                count += node.alias is not None
            else:
                depth, count = self._measure(getattr(node, "selection_set", None), inside)
            deepest, aliases = max(deepest, depth), aliases + count
        return deepest, aliases

    def _measure_fragment(self, name: str, inside: frozenset[str]) -> tuple[int, int]:
        fragment = self._fragments.get(name)
        if fragment is None or name in inside:
            return 0, 0
        if name not in self._measured:
            self._measured[name] = self._measure(fragment.selection_set, inside | {name})
        return self._measured[name]
