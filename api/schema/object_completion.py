"""What the functions of a compiled plan do with objects: attributes at one stroke, then what has to be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from types import CoroutineType, NoneType
from typing import Any, NamedTuple

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLEnumType,
    GraphQLInt,
    GraphQLOutputType,
    get_nullable_type,
    is_non_null_type,
)
from graphql.pyutils import Path

from api.schema.completion import AS_THEY_ARE, Call, Completion, Run, gathered, settle

Writer = Callable[[Any], Any]
# Answers a value where all of it is as usual and nothing of it is awaited; raises anything where it is not.
Usual = Callable[[Any, Run], Any]
# Types whose values of these classes are written by a method that always answers.
_BY_METHOD: dict[str, type] = {"DateTime": datetime, "Decimal": Decimal}


class Unusual(Exception):
    """A value takes the long way."""


class PlannedField(NamedTuple):
    """A field of a selection: its name, what answers it, and how its attribute is read and written where it is one.

    `usual` answers it of its object where there is more below it; `where`: its attribute's place, where it has one.
    """

    name: str
    call: Call
    get: Callable[[Any], Any] | None = None
    writers: dict[type, Writer] | None = None
    usual: Usual | None = None
    where: str | None = None


def writers_of(type_: GraphQLOutputType) -> dict[type, Writer]:
    """How a leaf type writes values of exactly these classes; all others take the long way."""
    leaf_type: Any = get_nullable_type(type_)
    found: dict[type, Writer] = {} if is_non_null_type(type_) else {NoneType: _as_it_is}
    if leaf_type.name in AS_THEY_ARE:
        found[AS_THEY_ARE[leaf_type.name]] = _as_it_is
    elif isinstance(leaf_type, GraphQLEnumType) and (members := getattr(leaf_type, "wrapped_cls", None)):
        found[members] = {member: leaf_type.coerce_output_value(member) for member in members}.__getitem__
    elif leaf_type is GraphQLInt:
        found[int] = _int
    elif leaf_type.name in _BY_METHOD:
        found[_BY_METHOD[leaf_type.name]] = leaf_type.coerce_output_value
    return found


def _as_it_is(value: Any) -> Any:
    return value


def _int(value: int) -> int:
    if not GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
        raise OverflowError(value)
    return value


def _is_usual(kind: type, write: Writer) -> bool:
    """Whether values of a class stay as they are, most of them."""
    return kind is datetime or (write is _as_it_is and kind is not NoneType)


def object_of(fields: Sequence[PlannedField]) -> tuple[Call, Usual | None]:
    """Completes an object: its attributes as usual at one stroke, the others by their calls; else all by their calls.

    Reading an attribute twice does no harm, so what is not as usual is met once more, and told of in its place. The
    second function does the same without a path, and is there where all fields have one such.
    """
    attributes = _attributes(fields)
    others = [(field.name, field.call) for field in fields if field.get is None]

    def call(source: Any, path: Path | None, run: Run) -> Any:
        try:
            done = attributes(source, run)
        except Exception:
            return all_of(fields, source, path, run)
        return _filled(done, others, source, path, run) if others else done

    return call, _usually(attributes, fields)


def _usually(attributes: Usual, fields: Sequence[PlannedField]) -> Usual | None:
    others = [(field.name, field.usual) for field in fields if field.get is None]
    quick = [(name, usual) for name, usual in others if usual is not None]
    if len(quick) < len(others):
        return None
    if not quick:
        return attributes

    def usually(source: Any, run: Run) -> Any:
        done = attributes(source, run)
        for name, usual in quick:
            done[name] = usual(source, run)
        return done

    return usually


def below(get: Callable[[Any, Run], Any], usual: Usual | None) -> Usual | None:
    """The usual way of a field whose value `get` finds."""
    return None if usual is None else lambda source, run: usual(get(source, run), run)


def of_class(origin: type | None, usual: Usual | None) -> Usual | None:
    """The usual way of values of exactly this class."""
    if origin is None or usual is None:
        return None

    def usually(value: Any, run: Run) -> Any:
        if value.__class__ is not origin:
            raise Unusual
        return usual(value, run)

    return usually


def _attributes(fields: Sequence[PlannedField]) -> Usual:
    """A function that writes an object's attributes, and None for its other fields; raises for anything unusual."""
    known: dict[str, Any] = {"UTC": UTC}
    lines, parts = ["def attributes(source, run):"], []
    for place, field in enumerate(fields):
        if field.get is None or field.writers is None:
            parts.append(f"{field.name!r}: None")
            continue
        usual = next((kind for kind, write in field.writers.items() if _is_usual(kind, write)), None)
        # orjson writes an instant in UTC as the type does, in a fifteenth of the time.
        other = f" or value{place}.tzinfo is not UTC" if usual is datetime else ""
        known |= {f"get{place}": field.get, f"usual{place}": usual, f"writers{place}": field.writers}
        found = f"get{place}(source)" if field.where is None else f"source.{field.where}"
        lines.append(f" value{place} = {found}")
        lines.append(f" if value{place}.__class__ is not usual{place}{other}:")
        lines.append(f"  value{place} = writers{place}[value{place}.__class__](value{place})")
        parts.append(f"{field.name!r}: value{place}")
    lines.append(f" return {{{', '.join(parts)}}}")
    # Of what was sent there are only names in it, which the grammar of GraphQL keeps to letters, digits and _; the
    # places of attributes are our own.
    exec("\n".join(lines), known)  # noqa: S102 - it took a third of the time that a loop over the fields takes
    made: Usual = known["attributes"]
    return made


def _filled(done: dict[str, Any], others: list[tuple[str, Call]], source: Any, path: Path | None, run: Run) -> Any:
    waiting: list[str] = []
    try:
        for name, call in others:
            value = done[name] = call(source, path, run)
            if value.__class__ is CoroutineType:
                waiting.append(name)
    except Exception:
        settle([done[name] for name in waiting], run)
        raise
    return gathered(done, waiting) if waiting else done


def all_of(fields: Sequence[PlannedField], source: Any, path: Path | None, run: Run) -> Any:
    """The fields of an object by their calls; those that must be awaited, together."""
    return _filled({}, [(field.name, field.call) for field in fields], source, path, run)


async def serially(fields: Sequence[PlannedField], run: Run) -> dict[str, Any]:
    """The fields of a mutation, one after the other."""
    done: dict[str, Any] = {}
    for field in fields:
        value = field.call(None, None, run)
        done[field.name] = await value if value.__class__ is CoroutineType else value
    return done


def directly(origin: type | None, write: Call, otherwise: Completion) -> Completion:
    """Completes objects of the class that a type is made for at once, whatever else comes as usual."""
    if origin is None:
        return otherwise

    def complete(value: Any, path: Path, run: Run) -> Any:
        return write(value, path, run) if value.__class__ is origin else otherwise(value, path, run)

    return complete
