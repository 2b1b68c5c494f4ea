"""The public schema: the exported file, descriptions, and the operations of this release with their types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    print_type,
)

from api.access import NEEDS
from api.resolvers import accounts
from api.schema.accounts import AccountType
from api.schema.bind import mutation
from api.schema.root import schema
from api.settings import ROOT
from tests.schema_tables import ENUMS, OPERATIONS, TYPES

PUBLIC = schema._schema
NAMED = {name: kind for name, kind in PUBLIC.type_map.items() if not name.startswith("__")}
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}


def _fields() -> Iterator[tuple[str, str, Any]]:
    for name, kind in NAMED.items():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            yield from ((name, field, made) for field, made in kind.fields.items())


def _written(name: str, field: str, made: Any) -> str:
    """A field as the schema language writes it."""
    arguments = getattr(made, "args", {})
    default = {None: " = null", False: " = false", "TR": ' = "TR"', 1: " = 1"}
    default |= {word: f" = {word}" for word in ("TRY", "NORMAL", "ALL")}
    inputs = isinstance(NAMED[name], GraphQLInputObjectType)

    def value(of: Any) -> str:
        required = str(of.type).endswith("!")
        known = (
            of.default_value if of.default_value is None or isinstance(of.default_value, bool | str | int) else "none"
        )
        return "" if known == "none" or (required and known is None) else default[known]

    inside = ", ".join(f"{arg}: {found.type}{value(found)}" for arg, found in arguments.items())
    return f"{field}{f'({inside})' if inside else ''}: {made.type}{value(made) if inputs else ''}"


def test_the_exported_file_is_what_the_code_says() -> None:
    assert (ROOT / "schema.graphql").read_text("utf-8") == schema.as_str() + "\n"


@pytest.mark.parametrize("kind", OPERATIONS)
def test_the_operations_of_this_release_keep_their_types(kind: str) -> None:
    assert {field: _written(kind, field, made) for field, made in NAMED[kind].fields.items()} == OPERATIONS[kind]  # type: ignore[union-attr]


def test_the_types_of_this_release_keep_their_fields() -> None:
    written: dict[str, list[str]] = {}
    for name, field, made in _fields():
        if name not in OPERATIONS:
            written.setdefault(name, []).append(_written(name, field, made))
    assert {name: " ".join(fields) for name, fields in written.items()} == {
        name: " ".join(fields.split()) for name, fields in TYPES.items()
    }


def test_the_enums_of_this_release_keep_their_values() -> None:
    written = {name: " ".join(kind.values) for name, kind in NAMED.items() if isinstance(kind, GraphQLEnumType)}
    assert written == {name: " ".join(values.split()) for name, values in ENUMS.items()}
    assert list(AccountType) == ENUMS["AccountType"].split()


def test_there_are_no_other_types() -> None:
    assert set(NAMED) - BUILT_IN == set(OPERATIONS) | set(TYPES) | set(ENUMS) | {"Date", "DateTime", "Decimal"}
    assert PUBLIC.subscription_type is None


def test_every_type_and_every_field_says_what_it_is() -> None:
    silent = [name for name, kind in NAMED.items() if not kind.description]
    silent += [f"{name}.{field}" for name, field, made in _fields() if not made.description]
    assert silent == []
    sloppy = [f"{name}.{field}" for name, field, made in _fields() if not made.description.endswith(".")]
    assert sloppy == []


def test_every_payload_has_errors_and_nothing_else_that_must_be_there() -> None:
    for name, kind in NAMED.items():
        if name.endswith("Payload"):
            required = [field for field, made in kind.fields.items() if str(made.type).endswith("!")]  # type: ignore[union-attr]
            assert (name, required) == (name, ["errors"])
            assert str(kind.fields["errors"].type) == "[UserError!]!"  # type: ignore[union-attr]


def test_no_field_that_leaves_the_program_is_named_like_a_secret() -> None:
    outputs = {(n, f) for n, f, _ in _fields() if not isinstance(NAMED[n], GraphQLInputObjectType)}
    words = ("hash", "sealed", "secret", "token")
    telling = {f"{name}.{field}" for name, field in outputs if any(word in field.lower() for word in words)}
    # Two tokens are answered once, when they are made; the others are nouns and verbs of tokens.
    assert telling == {
        "SessionPayload.sessionToken",
        "ProductLicensing.hasLegacySecret",
        "CreateApiTokenPayload.token",
        "CreateApiTokenPayload.apiToken",
        "ApiTokenPayload.apiToken",
        "Query.apiTokens",
        "Mutation.createApiToken",
        "Mutation.revokeApiToken",
    }
    assert "row" not in print_type(NAMED["Account"])


def test_a_resolver_that_does_not_say_what_it_needs_cannot_be_bound() -> None:
    async def unguarded(caller: object) -> accounts.AccountPayload:
        """Does something."""
        raise NotImplementedError

    assert unguarded not in NEEDS
    with pytest.raises(KeyError):
        mutation(unguarded)
