"""The table of contents of the public API: every query and mutation, and the resolver behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import strawberry
from graphql import GraphQLError
from strawberry.extensions import AddValidationRules, MaxTokensLimiter, ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from api import settings
from api.models import ids
from api.models.accounts import Account as AccountRow
from api.models.agreements import AgreementDocument as DocumentRow
from api.models.announcements import Announcement as AnnouncementRow
from api.models.attachments import Attachment as AttachmentRow
from api.models.billing import Invoice as InvoiceRow
from api.models.billing import Payment as PaymentRow
from api.models.catalog import Category as CategoryRow
from api.models.catalog import Product as ProductRow
from api.models.catalog import Release as ReleaseRow
from api.models.conduct import ConductCase as ConductRow
from api.models.letters import Letter as LetterRow
from api.models.licenses import InstallationRequest as InstallationRow
from api.models.licenses import License as LicenseRow
from api.models.orders import Order as OrderRow
from api.models.sessions import ApiToken as ApiTokenRow
from api.models.tickets import CannedAnswer as CannedRow
from api.models.tickets import Ticket as TicketRow
from api.models.tickets import TicketMessage as MessageRow
from api.refusal import Denied
from api.resolvers import (
    accounts,
    agreements,
    announcements,
    api_tokens,
    attachments,
    canned_answers,
    catalog,
    conduct,
    downloads,
    emails,
    installations,
    invoices,
    letters,
    license_domains,
    licenses,
    licensing,
    offline_leases,
    orders,
    passwords,
    payments,
    releases,
    sessions,
    standing,
    support,
    ticket_agents,
    ticket_desk,
    ticket_merging,
    ticket_opening,
    tickets,
    validations,
)
from api.schema.accounts import Account
from api.schema.agreements import AgreementDocument
from api.schema.announcements import Announcement
from api.schema.api_tokens import ApiToken
from api.schema.attachments import Attachment
from api.schema.billing import Invoice, Payment
from api.schema.bind import mutation, query
from api.schema.canned_answers import CannedAnswer
from api.schema.catalog import Category, Product, Release
from api.schema.common import Node, asker
from api.schema.conduct import ConductCase
from api.schema.installations import InstallationRequest
from api.schema.letters import Letter
from api.schema.licenses import License
from api.schema.limits import MOST_TOKENS, SizeRule
from api.schema.orders import Order
from api.schema.plans import Plans, planned
from api.schema.streams import TicketMessage
from api.schema.tickets import Ticket

# Of what plans do not cover; the largest take a megabyte each.
_CACHED_DOCUMENTS = 32


# What answers the node of each prefix; each sees what its caller may see.
NODES: dict[str, Callable[..., Awaitable[Node | None]]] = {
    AccountRow.PREFIX: accounts.account,
    DocumentRow.PREFIX: agreements.document,
    CategoryRow.PREFIX: catalog.category_by_id,
    ProductRow.PREFIX: catalog.product_by_id,
    ReleaseRow.PREFIX: releases.release,
    OrderRow.PREFIX: orders.order,
    InvoiceRow.PREFIX: invoices.invoice,
    PaymentRow.PREFIX: payments.payment,
    LicenseRow.PREFIX: licenses.license,
    LetterRow.PREFIX: letters.letter,
    InstallationRow.PREFIX: installations.installation_request,
    ApiTokenRow.PREFIX: api_tokens.api_token,
    TicketRow.PREFIX: tickets.ticket_by_id,
    MessageRow.PREFIX: tickets.ticket_message,
    AttachmentRow.PREFIX: attachments.attachment,
    AnnouncementRow.PREFIX: announcements.announcement,
    ConductRow.PREFIX: conduct.conduct_case,
    CannedRow.PREFIX: canned_answers.canned_answer,
}


async def find_node(info: strawberry.Info, id: strawberry.ID) -> Node | None:  # noqa: A002 - the contract's name
    prefix, key = ids.parse(id) or ("", None)
    if prefix not in NODES:
        return None
    try:
        return await NODES[prefix](asker(info), key)
    except Denied:
        # What the viewer may not see answers as what does not exist.
        return None


@strawberry.type(description="What can be asked.")
class Query:
    viewer = query(accounts.viewer)
    node: Node | None = strawberry.field(
        resolver=find_node, description="An object by its id; null when there is none that the viewer may see."
    )
    password_strength = query(passwords.password_strength)
    agreement = query(agreements.agreement)
    products = query(catalog.products)
    product = query(catalog.product)
    categories = query(catalog.categories)
    credits = query(payments.credits)
    late_fee_rule = query(invoices.late_fee_rule)
    explain_validation = query(validations.explain_validation)
    product_licensing = query(licensing.product_licensing)
    domain_check = query(validations.domain_check)
    installation_requests = query(installations.installation_requests)
    support_status = query(support.support_status)
    letters = query(letters.letters)
    api_tokens = query(api_tokens.api_tokens)
    ticket = query(tickets.ticket)
    ticket_agents = query(ticket_agents.ticket_agents)
    conduct_cases = query(conduct.conduct_cases)
    ticket_queue = query(ticket_desk.ticket_queue)
    filled_canned_answer = query(canned_answers.filled_canned_answer)
    # Last: from here on these names are fields, no longer modules.
    orders = query(orders.orders)
    invoices = query(invoices.invoices)
    payments = query(payments.payments)
    licenses = query(licenses.licenses)
    tickets = query(tickets.tickets)
    announcements = query(announcements.announcements)
    accounts = query(accounts.accounts)
    canned_answers = query(canned_answers.canned_answers)


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
    create_api_token = mutation(api_tokens.create_api_token)
    revoke_api_token = mutation(api_tokens.revoke_api_token)
    set_marketing_consent = mutation(accounts.set_marketing_consent)
    publish_agreement = mutation(agreements.publish_agreement)
    create_category = mutation(catalog.create_category)
    create_product = mutation(catalog.create_product)
    update_product = mutation(catalog.update_product)
    retire_product = mutation(catalog.retire_product)
    publish_release = mutation(releases.publish_release)
    attach_release_file = mutation(releases.attach_release_file)
    yank_release = mutation(releases.yank_release)
    set_vat_rate = mutation(catalog.set_vat_rate)
    place_order = mutation(orders.place_order)
    cancel_order = mutation(orders.cancel_order)
    report_bank_transfer = mutation(payments.report_bank_transfer)
    apply_credit = mutation(payments.apply_credit)
    confirm_payment = mutation(payments.confirm_payment)
    reject_payment = mutation(payments.reject_payment)
    issue_credit_note = mutation(invoices.issue_credit_note)
    set_late_fee_rule = mutation(invoices.set_late_fee_rule)
    end_late_fee = mutation(invoices.end_late_fee)
    waive_late_fee = mutation(invoices.waive_late_fee)
    renew_support = mutation(licenses.renew_support)
    bind_license_domain = mutation(license_domains.bind_license_domain)
    change_license_domain = mutation(license_domains.change_license_domain)
    issue_offline_lease = mutation(offline_leases.issue_offline_lease)
    set_product_licensing = mutation(licensing.set_product_licensing)
    validate_license = mutation(validations.validate_license)
    request_license_transfer = mutation(licenses.request_license_transfer)
    suspend_license = mutation(licenses.suspend_license)
    reinstate_license = mutation(licenses.reinstate_license)
    cancel_license = mutation(licenses.cancel_license)
    create_download_link = mutation(downloads.create_download_link)
    request_installation = mutation(installations.request_installation)
    cancel_installation = mutation(installations.cancel_installation)
    deposit_installation_access = mutation(installations.deposit_installation_access)
    read_installation_access = mutation(installations.read_installation_access)
    schedule_installation = mutation(installations.schedule_installation)
    complete_installation = mutation(installations.complete_installation)
    decline_installation = mutation(installations.decline_installation)
    open_ticket = mutation(ticket_opening.open_ticket)
    reply_to_ticket = mutation(tickets.reply_to_ticket)
    close_ticket = mutation(tickets.close_ticket)
    rate_ticket = mutation(tickets.rate_ticket)
    upload_attachment = mutation(attachments.upload_attachment)
    remove_attachment = mutation(attachments.remove_attachment)
    create_attachment_link = mutation(attachments.create_attachment_link)
    publish_announcement = mutation(announcements.publish_announcement)
    withdraw_announcement = mutation(announcements.withdraw_announcement)
    suspend_account = mutation(standing.suspend_account)
    reinstate_account = mutation(standing.reinstate_account)
    propose_conduct_measure = mutation(conduct.propose_conduct_measure)
    decide_conduct_measure = mutation(conduct.decide_conduct_measure)
    withdraw_conduct_measure = mutation(conduct.withdraw_conduct_measure)
    assign_ticket = mutation(ticket_desk.assign_ticket)
    add_ticket_note = mutation(ticket_desk.add_ticket_note)
    change_ticket = mutation(ticket_desk.change_ticket)
    merge_tickets = mutation(ticket_merging.merge_tickets)
    mark_ticket_presence = mutation(ticket_desk.mark_ticket_presence)
    save_canned_answer = mutation(canned_answers.save_canned_answer)
    delete_canned_answer = mutation(canned_answers.delete_canned_answer)


class _Schema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Logs nothing: messages repeat what was sent, passwords too; the door logs what is our fault."""


plans = Plans()
schema = _Schema(
    query=Query,
    mutation=Mutation,
    types=[
        Account,
        AgreementDocument,
        Announcement,
        ApiToken,
        Attachment,
        CannedAnswer,
        Category,
        ConductCase,
        InstallationRequest,
        Invoice,
        Letter,
        License,
        Order,
        Payment,
        Product,
        Release,
        Ticket,
        TicketMessage,
    ],
    config=StrawberryConfig(disable_field_suggestions=True),
    extensions=[
        lambda: MaxTokensLimiter(MOST_TOKENS),
        lambda: AddValidationRules([SizeRule]),
        lambda: ParserCache(_CACHED_DOCUMENTS),
        lambda: ValidationCache(_CACHED_DOCUMENTS),
        planned(plans, lambda: settings.current().compiled_plans),
    ],
)
