"""The table of contents of the public API: every query and mutation, and the resolver behind it."""

from __future__ import annotations

import strawberry
from graphql import GraphQLError
from strawberry.extensions import AddValidationRules, MaxTokensLimiter, ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from api.models import ids
from api.models.accounts import Account as AccountRow
from api.models.agreements import AgreementDocument as DocumentRow
from api.resolvers import accounts, agreements, emails, passwords, sessions
from api.schema.accounts import Account
from api.schema.agreements import AgreementDocument
from api.schema.bind import caller_of, mutation, query
from api.schema.common import Node
from api.schema.limits import MOST_TOKENS, SizeRule

_CACHED_DOCUMENTS = 256


async def find_node(info: strawberry.Info, id: strawberry.ID) -> Node | None:  # noqa: A002 - the contract's name
    parsed = ids.parse(id)
    match parsed:
        case (AccountRow.PREFIX, key):
            return await accounts.account(caller_of(info), key)
        case (DocumentRow.PREFIX, key):
            return await agreements.document(caller_of(info), key)
        case _:
            return None


@strawberry.type(description="What can be asked.")
class Query:
    viewer = query(accounts.viewer)
    node: Node | None = strawberry.field(
        resolver=find_node, description="An object by its id; null when there is none that the viewer may see."
    )
    password_strength = query(passwords.password_strength)
    agreement = query(agreements.agreement)


@strawberry.type(description="What can be done.")
class Mutation:
    register_account = mutation(accounts.register_account)
    verify_email = mutation(emails.verify_email)
    sign_in = mutation(sessions.sign_in)
    request_password_reset = mutation(passwords.request_password_reset)
    reset_password = mutation(passwords.reset_password)
    sign_out = mutation(sessions.sign_out)
    change_password = mutation(passwords.change_password)
    change_email = mutation(emails.change_email)
    update_account = mutation(accounts.update_account)
    set_marketing_consent = mutation(accounts.set_marketing_consent)
    publish_agreement = mutation(agreements.publish_agreement)


class _Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Logs nothing: messages repeat what was sent, passwords too; the door logs what is our fault."""


schema = _Schema(
    query=Query,
    mutation=Mutation,
    types=[Account, AgreementDocument],
    config=StrawberryConfig(disable_field_suggestions=True),
    extensions=[
        lambda: MaxTokensLimiter(MOST_TOKENS),
        lambda: AddValidationRules([SizeRule]),
        lambda: ParserCache(_CACHED_DOCUMENTS),
        lambda: ValidationCache(_CACHED_DOCUMENTS),
    ],
)
