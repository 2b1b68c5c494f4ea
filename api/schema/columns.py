"""Fields that are read from an object's row, and what each needs of it, so that a selection decides what is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, cast

import strawberry
from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionSetNode

from api.schema.common import camel

C = TypeVar("C", bound=type)
M = TypeVar("M", bound=Callable[..., Any])
# Answers a field for all objects of a list at once, one value for each.
Many = Callable[[Sequence[Any], "Wanted"], Awaitable[Sequence[Any]]]

_READ, _PATH, _COLUMNS, MANY = "read", "path", "columns", "many"


class Wanted:
    """What a selection asks of an object and of what hangs on it, by the names of fields."""

    __slots__ = ("_below", "_columns", "_nodes")

    def __init__(self, below: Mapping[str, Wanted] | None) -> None:
        self._below = below
        # A plan asks the same of every execution.
        self._columns: dict[type, frozenset[str] | None] = {}
        self._nodes: Wanted | None = None

    def any_of(self, *names: str) -> bool:
        """Whether one of these fields is asked for."""
        return self._below is None or any(name in self._below for name in names)

    def of(self, *path: str) -> Wanted:
        """What is asked of what lies under these fields; nothing where they are not asked for."""
        found = self
        for name in path:
            if found._below is None:
                return EVERYTHING
            found = found._below.get(name, NOTHING)
        return found

    def of_nodes(self) -> Wanted:
        """What is asked of the objects of a connection."""
        if self._nodes is None:
            self._nodes = self.of("nodes") | self.of("edges", "node")
        return self._nodes

    def __or__(self, other: Wanted) -> Wanted:
        if self._below is None or other._below is None:
            return EVERYTHING
        names = {*self._below, *other._below}
        return Wanted({name: self._below.get(name, NOTHING) | other._below.get(name, NOTHING) for name in names})

    def columns(self, type_: type) -> frozenset[str] | None:
        """The columns that the fields asked for need; None for all."""
        if type_ not in self._columns:
            known = _columns(type_)
            needed = [None] if self._below is None else [known[name] for name in self._below if name in known]
            every = None in needed
            self._columns[type_] = None if every else frozenset(one for columns in needed for one in columns or ())
        return self._columns[type_]


EVERYTHING, NOTHING = Wanted(None), Wanted({})


def asking(*paths: str) -> Wanted:
    """What a page shows of a resolver's answer, as `nodes.product.name`, each name as the schema spells it."""
    found = NOTHING
    for path in paths:
        one = NOTHING
        for name in reversed(path.split(".")):
            one = Wanted({name: one})
        found |= one
    return found


def wanted_of(nodes: Iterable[FieldNode], fragments: Mapping[str, FragmentDefinitionNode]) -> Wanted:
    """What a document asks below a field, whether or not a directive leaves it out."""
    found = NOTHING
    for node in nodes:
        found |= _selected(node.selection_set, fragments)
    return found


def _selected(selection: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode]) -> Wanted:
    found = NOTHING
    for node in selection.selections if selection else ():
        if isinstance(node, FieldNode):
            found |= Wanted({node.name.value: _selected(node.selection_set, fragments)})
        elif isinstance(node, FragmentSpreadNode):
            found |= _selected(fragments[node.name.value].selection_set, fragments)
        else:
            found |= _selected(cast("Any", node).selection_set, fragments)
    return found


@cache
def _columns(type_: Any) -> dict[str, tuple[str, ...] | None]:
    """What each field needs, by its name in the schema; None: nobody said."""
    fields = type_.__strawberry_definition__.fields
    return {camel(field.python_name): field.metadata.get(_COLUMNS) for field in fields}


def column(description: str, name: str) -> Any:
    """A field that is a column."""
    return _computed(description, (name,), attrgetter(f"row.{name}"), f"row.{name}")


def computed(description: str, *columns: str, of: Callable[[Any], Any]) -> Any:
    """A field that is computed of its object when it is read for the first time, from these columns of its row."""
    return _computed(description, columns, of)


def _computed(description: str, columns: tuple[str, ...], of: Callable[[Any], Any], path: str | None = None) -> Any:
    metadata = {_READ: of, _PATH: path, _COLUMNS: columns}
    field = strawberry.field(description=description, metadata=metadata)
    # Neither an argument nor shown by `repr`: it may be a secret.
    field.init = field.repr = field.compare = False
    return field


def reads_of(field: Any) -> Callable[[Any], Any] | None:
    """What computes a field of its object; None for one that is an attribute as any other."""
    found: Callable[[Any], Any] | None = field.metadata.get(_READ)
    return found


def path_of(field: Any) -> str | None:
    """Where a field's value stands in its object, as attributes of attributes; None for one that is computed."""
    return field.metadata.get(_PATH) if reads_of(field) else str(field.python_name)


class _Computed:
    """Computes an attribute once; afterwards it is the object's own."""

    def __init__(self, name: str, of: Callable[[Any], Any]) -> None:
        self.name = name
        self.of = of

    def __get__(self, own: Any, _: type | None = None) -> Any:
        if own is None:
            return self
        value = own.__dict__[self.name] = self.of(own)
        return value


def computes(type_: C) -> C:
    """Let a type's `column` and `computed` fields be read as attributes; stands above `strawberry.type`."""
    for field in cast("Any", type_).__strawberry_definition__.fields:
        if of := reads_of(field):
            setattr(type_, field.python_name, _Computed(field.python_name, of))
    return type_


def hanging(description: str, *columns: str, many: Many | None = None) -> Callable[[M], M]:
    """As `lazy`, for a field that needs only these columns of its object's row.

    `many` answers it for a whole list of objects, at once and with what is asked of the values.
    """
    return cast("Callable[[M], M]", strawberry.field(description=description, metadata={_COLUMNS: columns, MANY: many}))
