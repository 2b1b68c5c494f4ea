"""How large a GraphQL document may be; what goes beyond is QUERY_TOO_COMPLEX before anything runs."""

from __future__ import annotations

import re
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValidationRule,
)
from graphql.validation.validate import ValidationAbortedError

from api.refusal import DenialCode

MOST_TOKENS = 3000
# The parser goes from character to character, a comment's too: a million take it most of a second.
MOST_CHARACTERS = 100_000
MOST_ALIASES = 30
DEEPEST = 12
# What one document selects, fragments counted where they are used; GraphiQL's introspection needs 330.
MOST_SELECTIONS = 1000
# The same field of the same object written again; telling whether they agree takes the square of their number.
MOST_REPEATED = 50
MOST_FRAGMENTS = 50
# Brackets inside each other; the parser recurses with them.
DEEPEST_BRACKETS = 40
MOST_OPERATIONS = 10

_BRACKETS = re.compile(r"[{}()\[\]]")
_EXTENSIONS = {"code": DenialCode.QUERY_TOO_COMPLEX.value}


def too_complex(message: str) -> GraphQLError:
    """The error for a document beyond a limit."""
    return GraphQLError(message, extensions=_EXTENSIONS)


def too_large(document: str) -> str | None:
    """Why a document is not even parsed, if it is not."""
    if len(document) > MOST_CHARACTERS:
        return f"The document has more than {MOST_CHARACTERS} characters."
    return "Brackets nest too deeply." if _too_nested(document) else None


def _too_nested(document: str) -> bool:
    """Whether brackets nest deeper than the parser can follow (those in strings count too)."""
    depth = 0
    for bracket in _BRACKETS.finditer(document):
        depth += 1 if bracket.group() in "{([" else -1
        if depth > DEEPEST_BRACKETS:
            return True
    return False


class SizeRule(ValidationRule):
    """Ends the validation of a document that selects too much, before rules that would take long over it."""

    def enter_document(self, node: DocumentNode, *_: Any) -> None:
        """Measure every definition; those that no operation uses are validated too."""
        fragments = {d.name.value: d for d in node.definitions if isinstance(d, FragmentDefinitionNode)}
        _within(len(fragments), MOST_FRAGMENTS, "fragments")
        selections = 0
        for definition in node.definitions:
            if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
                deepest = DEEPEST if isinstance(definition, OperationDefinitionNode) else MOST_SELECTIONS
                size = _Size(fragments, selections, deepest)
                size.add(definition.selection_set, (), frozenset())
                selections = size.selections


class _Size:
    """What a definition selects so far; ValidationAbortedError as soon as that is too much."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode], selections: int, deepest: int) -> None:
        self.fragments = fragments
        self.deepest = deepest
        self.selections = selections
        self.fields = self.aliases = 0
        self.paths: set[tuple[str, ...]] = set()

    def add(self, selection: SelectionSetNode | None, path: tuple[str, ...], inside: frozenset[str]) -> None:
        """Count a selection of the object at `path`; introspection's own fields do not count as depth."""
        for node in selection.selections if selection else ():
            self.selections += 1
            _within(self.selections, MOST_SELECTIONS, "selections")
            if isinstance(node, FieldNode):
                self._add_field(node, path, inside)
            else:
                self._add_fragment(node, path, inside)

    def _add_field(self, node: FieldNode, path: tuple[str, ...], inside: frozenset[str]) -> None:
        self.fields += 1
        self.aliases += node.alias is not None
        here = (*path, (node.alias or node.name).value)
        self.paths.add(here)
        _within(self.aliases, MOST_ALIASES, "aliases")
        _within(self.fields - len(self.paths), MOST_REPEATED, "repeated fields")
        if not here[0].startswith("__"):
            _within(len(here), self.deepest, "levels")
        self.add(node.selection_set, here, inside)

    def _add_fragment(self, node: SelectionNode, path: tuple[str, ...], inside: frozenset[str]) -> None:
        if not isinstance(node, FragmentSpreadNode):
            self.add(getattr(node, "selection_set", None), path, inside)
            return
        name = node.name.value
        fragment = self.fragments.get(name)
        # A cycle is another rule's affair.
        if fragment is not None and name not in inside:
            self.add(fragment.selection_set, path, inside | {name})


def _within(count: int, most: int, what: str) -> None:
    if count > most:
        raise ValidationAbortedError(f"The document has more than {most} {what}.", extensions=_EXTENSIONS)
