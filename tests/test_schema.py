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
from api.refusal import UserErrorCode
from api.resolvers import accounts
from api.schema.accounts import AccountType
from api.schema.bind import mutation
from api.schema.root import schema
from api.settings import ROOT

PUBLIC = schema._schema
NAMED = {name: kind for name, kind in PUBLIC.type_map.items() if not name.startswith("__")}
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}

# Changing a line here is a change of the contract with those who call the API.
OPERATIONS = {
    "Query": {
        "viewer": "viewer: Viewer!",
        "node": "node(id: ID!): Node",
        "passwordStrength": "passwordStrength(password: String!, personalInputs: [String!] = null): PasswordStrength!",
        "agreement": "agreement(kind: DocumentKind!, at: DateTime = null): AgreementDocument",
    },
    "Mutation": {
        "registerAccount": "registerAccount(input: RegisterAccountInput!): RegisterAccountPayload!",
        "verifyEmail": "verifyEmail(token: String!): SessionPayload!",
        "signIn": "signIn(input: SignInInput!): SessionPayload!",
        "requestPasswordReset": "requestPasswordReset(email: String!): RequestPasswordResetPayload!",
        "resetPassword": "resetPassword(token: String!, newPassword: String!): SessionPayload!",
        "signOut": "signOut: SignOutPayload!",
        "changePassword": "changePassword(currentPassword: String!, newPassword: String!): ChangePasswordPayload!",
        "changeEmail": "changeEmail(newEmail: String!, currentPassword: String!): ChangeEmailPayload!",
        "updateAccount": "updateAccount(input: UpdateAccountInput!): AccountPayload!",
        "setMarketingConsent": "setMarketingConsent(email: Boolean!, sms: Boolean!): AccountPayload!",
        "publishAgreement": "publishAgreement(input: PublishAgreementInput!): AgreementDocumentPayload!",
    },
}
TYPES = {
    "Account": """id: ID! number: String! type: AccountType! status: AccountStatus! statusReason: String email: String!
        emailVerified: Boolean! firstName: String! lastName: String! phone: String companyName: String taxOffice: String
        taxIdentity: String address: Address! createdAt: DateTime! marketing: MarketingConsent!
        agreementAcceptances: [AgreementAcceptance!]!""",
    "AccountPayload": "account: Account errors: [UserError!]!",
    "Address": "line1: String! line2: String district: String! province: String! postalCode: String country: String!",
    "AddressInput": """line1: String! district: String! province: String! line2: String = null
        postalCode: String = null country: String! = "TR" """,
    "AgreementAcceptance": "document: AgreementDocument! acceptedAt: DateTime! method: String!",
    "AgreementDocument": """id: ID! kind: DocumentKind! version: String! title: String! html: String! sha256: String!
        publishedAt: DateTime! effectiveAt: DateTime!""",
    "AgreementDocumentPayload": "document: AgreementDocument errors: [UserError!]!",
    "ChangeEmailPayload": "verificationSentTo: String errors: [UserError!]!",
    "ChangePasswordPayload": "errors: [UserError!]!",
    "MarketingConsent": "email: Boolean! sms: Boolean! updatedAt: DateTime source: String",
    "Node": "id: ID!",
    "PasswordStrength": "score: Int! acceptable: Boolean! warning: String suggestions: [String!]! crackTime: String!",
    "PublishAgreementInput": "kind: DocumentKind! version: String! title: String! body: String!",
    "RegisterAccountInput": """type: AccountType! email: String! password: String! firstName: String! lastName: String!
        phone: String! address: AddressInput! acceptedAgreementId: ID! readPrivacyNoticeId: ID!
        companyName: String = null taxOffice: String = null taxNumber: String = null nationalId: String = null
        marketingEmail: Boolean! = false marketingSms: Boolean! = false""",
    "RegisterAccountPayload": "verificationSentTo: String errors: [UserError!]!",
    "RequestPasswordResetPayload": "sentTo: String errors: [UserError!]!",
    "SessionPayload": "viewer: Viewer sessionToken: String expiresAt: DateTime errors: [UserError!]!",
    "SignInInput": "email: String! password: String! otp: String = null",
    "SignOutPayload": "errors: [UserError!]!",
    "UpdateAccountInput": """firstName: String = null lastName: String = null phone: String = null
        address: AddressInput = null companyName: String = null taxOffice: String = null taxNumber: String = null
        nationalId: String = null""",
    "UserError": "code: UserErrorCode! field: [String!] message: String!",
    "Viewer": "isStaff: Boolean! scopes: [String!]! account: Account",
}
ENUMS = {
    "AccountStatus": "PENDING_VERIFICATION ACTIVE SUSPENDED TERMINATED ERASED",
    "AccountType": "CORPORATE SOLE_PROPRIETOR INDIVIDUAL",
    "DocumentKind": """SERVICE_AGREEMENT PRIVACY_NOTICE EXPLICIT_CONSENT MARKETING_CONSENT COOKIE_NOTICE REFUND_TERMS
        PRELIMINARY_INFORMATION DISTANCE_SALES""",
    "UserErrorCode": " ".join(code.value for code in UserErrorCode),
}


def _fields() -> Iterator[tuple[str, str, Any]]:
    for name, kind in NAMED.items():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            yield from ((name, field, made) for field, made in kind.fields.items())


def _written(name: str, field: str, made: Any) -> str:
    """A field as the schema language writes it."""
    arguments = getattr(made, "args", {})
    default = {None: " = null", False: " = false", "TR": ' = "TR"'}
    inputs = isinstance(NAMED[name], GraphQLInputObjectType)

    def value(of: Any) -> str:
        required = str(of.type).endswith("!")
        known = of.default_value if of.default_value is None or isinstance(of.default_value, bool | str) else "none"
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
    assert set(NAMED) - BUILT_IN == set(OPERATIONS) | set(TYPES) | set(ENUMS) | {"DateTime"}
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
    outputs = {f"{n}.{f}" for n, f, _ in _fields() if not isinstance(NAMED[n], GraphQLInputObjectType)}
    telling = {name for name in outputs if any(word in name.lower() for word in ("hash", "sealed", "secret", "token"))}
    assert telling == {"SessionPayload.sessionToken"}
    assert "row" not in print_type(NAMED["Account"])


def test_a_resolver_that_does_not_say_what_it_needs_cannot_be_bound() -> None:
    async def unguarded(caller: object) -> accounts.AccountPayload:
        """Does something."""
        raise NotImplementedError

    assert unguarded not in NEEDS
    with pytest.raises(KeyError):
        mutation(unguarded)
