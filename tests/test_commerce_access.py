"""Who may do what with products, orders, invoices and licenses; foreign objects are as unknown as none at all."""

from __future__ import annotations

from typing import Any

import pytest

from api.access import NEEDS
from api.caller import STAFF_SCOPES
from api.models import ids
from api.resolvers import (
    accounts,
    announcements,
    api_tokens,
    attachments,
    canned_answers,
    catalog,
    conduct,
    downloads,
    installations,
    invoices,
    letters,
    license_domains,
    licenses,
    licensing,
    offline_leases,
    orders,
    payments,
    releases,
    standing,
    support,
    ticket_agents,
    ticket_desk,
    ticket_merging,
    ticket_opening,
    tickets,
    validations,
)
from tests.cast import AYSE, BORA
from tests.site import Site
from tests.test_access import FORBIDDEN, OK, UNAUTHENTICATED, _account, _api_token, _everything, _fields

GUEST, CUSTOMER, READER, WRITER, POWERLESS, STAFF = CALLERS = (
    "guest", "customer", "token that reads", "token that writes", "staff without scope", "staff",
)  # fmt: skip
READS = ("invoices:read", "licenses:read", "products:read", "tickets:read")
WRITES = ("orders:write", "licenses:write", "billing:write", "tickets:write")
NOBODY = "0" * 32
ITEM = f'{{items: [{{productId: "prd_{NOBODY}"}}], idempotencyKey: "k"}}'
PRODUCT = """{slug: "yeni", name: "Yeni", summary: "Özet", description: "Metin", categorySlug: "yok", price: "1",
  supportRenewalPrice: "1"}"""
LIST, ERRORS = "{ totalCount }", "{ errors { code field } }"
LICENSE, INVOICE = f'licenseId: "lic_{NOBODY}"', f'invoiceId: "inv_{NOBODY}"'
TICKET = f'ticketId: "tic_{NOBODY}"'
REQUEST, PAYMENT = f'requestId: "ins_{NOBODY}"', f'paymentId: "pay_{NOBODY}"'
ACCOUNT = f'accountId: "acc_{NOBODY}"'
WHY, KEY = 'reason: "bir neden"', 'idempotencyKey: "k"'

# Each operation with what it needs, its arguments and what is asked of it.
QUERIES: dict[str, tuple[Any, str, str, str]] = {
    "explainValidation": (
        validations.explain_validation, "scope licenses:read or licenses:all", f'{LICENSE}, domain: "a.com.tr"',
        "{ code }",
    ),
    "domainCheck": (validations.domain_check, "nothing", 'domain: "a.com.tr"', "{ licensed }"),
    "productLicensing": (
        licensing.product_licensing, "scope catalog:write", f'productId: "prd_{NOBODY}"', "{ coveredOnly }",
    ),
    "products": (catalog.products, "of a token, scope products:read", "first: 1", LIST),
    "product": (catalog.product, "of a token, scope products:read", 'slug: "yok"', "{ id }"),
    "categories": (catalog.categories, "of a token, scope products:read", "", "{ id }"),
    "orders": (orders.orders, "scope invoices:read or billing:read", "first: 1", LIST),
    "invoices": (invoices.invoices, "scope invoices:read or billing:read", "first: 1", LIST),
    "payments": (payments.payments, "scope invoices:read or billing:read", "first: 1", LIST),
    "credits": (payments.credits, "scope invoices:read", "", "{ amount }"),
    "lateFeeRule": (invoices.late_fee_rule, "scope billing:read", "", "{ percent }"),
    "licenses": (licenses.licenses, "scope licenses:read or licenses:all", "first: 1", LIST),
    "installationRequests": (
        installations.installation_requests, "scope licenses:read or installations:manage", "first: 1", LIST,
    ),
    "supportStatus": (support.support_status, "nothing", "", "{ open }"),
    "announcements": (announcements.announcements, "nothing", "first: 1", "{ id }"),
    "accounts": (accounts.accounts, "scope accounts:read", "first: 1", LIST),
    "conductCases": (conduct.conduct_cases, "scope conduct:propose or conduct:decide", "first: 1", LIST),
    "apiTokens": (api_tokens.api_tokens, "a session", "", "{ id }"),
    "letters": (letters.letters, "a session", "first: 1", LIST),
    "tickets": (tickets.tickets, "scope tickets:read or tickets:all", "first: 1", LIST),
    "ticketAgents": (ticket_agents.ticket_agents, "scope tickets:manage", "", "{ name }"),
    "ticketQueue": (ticket_desk.ticket_queue, "scope tickets:all", "first: 1", LIST),
    "cannedAnswers": (canned_answers.canned_answers, "scope tickets:manage", "", "{ id }"),
    "filledCannedAnswer": (
        canned_answers.filled_canned_answer, "scope tickets:manage", f'id: "can_{NOBODY}", {TICKET}', "",
    ),
    "ticket": (tickets.ticket, "scope tickets:read or tickets:all", 'number: "X"', "{ id }"),
}  # fmt: skip
MUTATIONS: dict[str, tuple[Any, str, str]] = {
    "createApiToken": (api_tokens.create_api_token, "a session", 'name: "x", scopes: ["products:read"]'),
    "revokeApiToken": (api_tokens.revoke_api_token, "a session", f'id: "tok_{NOBODY}"'),
    "placeOrder": (orders.place_order, "scope orders:write", f"input: {ITEM}"),
    "cancelOrder": (orders.cancel_order, "scope orders:write", f'orderId: "ord_{NOBODY}"'),
    "reportBankTransfer": (
        payments.report_bank_transfer, "scope invoices:pay", f'{INVOICE}, amount: "1", reference: "x", {KEY}',
    ),
    "applyCredit": (payments.apply_credit, "scope invoices:pay", f"{INVOICE}, {KEY}"),
    "renewSupport": (licenses.renew_support, "scope orders:write", f"{LICENSE}, {KEY}"),
    "bindLicenseDomain": (
        license_domains.bind_license_domain, "scope licenses:write", f'{LICENSE}, domain: "a.com.tr"',
    ),
    "changeLicenseDomain": (
        license_domains.change_license_domain, "scope licenses:write or licenses:manage",
        f'{LICENSE}, domain: "a.com.tr", {WHY}',
    ),
    "issueOfflineLease": (offline_leases.issue_offline_lease, "scope licenses:write", f"{LICENSE}, days: 30"),
    "setProductLicensing": (
        licensing.set_product_licensing, "scope catalog:write", f'productId: "prd_{NOBODY}", input: {{}}',
    ),
    "requestLicenseTransfer": (
        licenses.request_license_transfer, "scope licenses:write", f'{LICENSE}, toEmail: "a@example.net"',
    ),
    "requestInstallation": (installations.request_installation, "scope licenses:write", f'{LICENSE}, note: "kurun"'),
    "cancelInstallation": (installations.cancel_installation, "scope licenses:write", REQUEST),
    "depositInstallationAccess": (
        installations.deposit_installation_access, "scope licenses:write", f'{REQUEST}, access: "ftp"',
    ),
    "uploadAttachment": (
        attachments.upload_attachment, "scope tickets:write or tickets:manage", 'file: "YQ==", filename: "a.exe"',
    ),
    "removeAttachment": (
        attachments.remove_attachment, "scope tickets:write or tickets:manage", f'attachmentId: "att_{NOBODY}"',
    ),
    "createAttachmentLink": (
        attachments.create_attachment_link, "scope tickets:read or tickets:all", f'attachmentId: "att_{NOBODY}"',
    ),
    "createCategory": (catalog.create_category, "scope catalog:write", 'slug: "raf", name: "Raf"'),
    "createProduct": (catalog.create_product, "scope catalog:write", f"input: {PRODUCT}"),
    "updateProduct": (catalog.update_product, "scope catalog:write", f'productId: "prd_{NOBODY}", input: {{}}'),
    "retireProduct": (catalog.retire_product, "scope catalog:write", f'productId: "prd_{NOBODY}"'),
    "createDownloadLink": (
        downloads.create_download_link, "scope licenses:read or licenses:all", f'{LICENSE}, releaseId: "rel_{NOBODY}"',
    ),
    "attachReleaseFile": (
        releases.attach_release_file, "scope catalog:write", f'releaseId: "rel_{NOBODY}", file: "UEsDBA=="',
    ),
    "yankRelease": (releases.yank_release, "scope catalog:write", f'releaseId: "rel_{NOBODY}", yanked: true'),
    "publishRelease": (
        releases.publish_release, "scope catalog:write",
        f'input: {{productId: "prd_{NOBODY}", version: "1.0", changelog: "İlk"}}',
    ),
    "setVatRate": (catalog.set_vat_rate, "scope catalog:write", 'rate: "20", validFrom: "2999-01-01"'),
    "confirmPayment": (payments.confirm_payment, "scope billing:write", PAYMENT),
    "rejectPayment": (payments.reject_payment, "scope billing:write", f"{PAYMENT}, {WHY}"),
    "issueCreditNote": (invoices.issue_credit_note, "scope billing:write", f"{INVOICE}, {WHY}, {KEY}"),
    "setLateFeeRule": (
        invoices.set_late_fee_rule, "scope billing:write", 'input: {kind: PERCENT, graceDays: 3, percent: "5"}',
    ),
    "endLateFee": (invoices.end_late_fee, "scope billing:write", ""),
    "waiveLateFee": (invoices.waive_late_fee, "scope billing:write", f"{INVOICE}, {WHY}"),
    "suspendLicense": (licenses.suspend_license, "scope licenses:manage", f"{LICENSE}, {WHY}"),
    "reinstateLicense": (licenses.reinstate_license, "scope licenses:manage", f"{LICENSE}, {WHY}"),
    "cancelLicense": (licenses.cancel_license, "scope licenses:manage", f"{LICENSE}, {WHY}"),
    "readInstallationAccess": (installations.read_installation_access, "scope installations:manage", REQUEST),
    "scheduleInstallation": (
        installations.schedule_installation, "scope installations:manage",
        f'{REQUEST}, scheduledFor: "2999-01-01T10:00:00Z"',
    ),
    "completeInstallation": (installations.complete_installation, "scope installations:manage", REQUEST),
    "declineInstallation": (installations.decline_installation, "scope installations:manage", f"{REQUEST}, {WHY}"),
    "suspendAccount": (standing.suspend_account, "scope accounts:suspend", f"{ACCOUNT}, {WHY}"),
    "reinstateAccount": (standing.reinstate_account, "scope accounts:suspend", f"{ACCOUNT}, {WHY}"),
    "proposeConductMeasure": (
        conduct.propose_conduct_measure, "scope conduct:propose",
        f'{ACCOUNT}, {WHY}, measure: SUSPEND, evidenceIds: ["msg_{NOBODY}"]',
    ),
    "decideConductMeasure": (
        conduct.decide_conduct_measure, "scope conduct:decide", f'caseId: "cdt_{NOBODY}", approve: true, {WHY}',
    ),
    "withdrawConductMeasure": (conduct.withdraw_conduct_measure, "scope conduct:propose", f'caseId: "cdt_{NOBODY}"'),
    "openTicket": (
        ticket_opening.open_ticket, "scope tickets:write or tickets:manage",
        'input: {kind: SALES, subject: "Konu", body: "Metin"}',
    ),
    "replyToTicket": (
        tickets.reply_to_ticket, "scope tickets:write or tickets:manage", f'{TICKET}, body: "Metin"',
    ),
    "assignTicket": (ticket_desk.assign_ticket, "scope tickets:manage", TICKET),
    "addTicketNote": (ticket_desk.add_ticket_note, "scope tickets:manage", f'{TICKET}, body: "Not"'),
    "changeTicket": (ticket_desk.change_ticket, "scope tickets:manage", f"{TICKET}, priority: LOW"),
    "mergeTickets": (
        ticket_merging.merge_tickets, "scope tickets:manage", f'{TICKET}, intoTicketId: "tic_{NOBODY}"',
    ),
    "markTicketPresence": (ticket_desk.mark_ticket_presence, "scope tickets:manage", f"{TICKET}, writing: true"),
    "saveCannedAnswer": (
        canned_answers.save_canned_answer, "scope tickets:manage", 'title: "Selam", body: "{{customer}}"',
    ),
    "deleteCannedAnswer": (canned_answers.delete_canned_answer, "scope tickets:manage", f'id: "can_{NOBODY}"'),
    "closeTicket": (tickets.close_ticket, "scope tickets:write or tickets:manage", TICKET),
    "rateTicket": (tickets.rate_ticket, "scope tickets:write", f"{TICKET}, rating: 5"),
    "publishAnnouncement": (
        announcements.publish_announcement, "scope announcements:publish",
        'input: {kind: GENERAL, title: "Bakım", body: "Metin"}',
    ),
    "withdrawAnnouncement": (
        announcements.withdraw_announcement, "scope announcements:publish", f'announcementId: "ann_{NOBODY}"',
    ),
}  # fmt: skip
NEEDED = {name: row[:2] for name, row in (QUERIES | MUTATIONS).items()}


def document(name: str) -> str:
    if name in QUERIES:
        _, _, arguments, selection = QUERIES[name]
        return f"{{ {name}{f'({arguments})' if arguments else ''} {selection} }}"
    arguments = MUTATIONS[name][2]
    return f"mutation {{ {name}{f'({arguments})' if arguments else ''} {ERRORS} }}"


def answer_of(need: str, caller: str) -> str:
    """What the need says to a caller; a customer never gets past a need of staff."""
    granted = {
        GUEST: set(),
        CUSTOMER: {*READS, "orders:write", "invoices:pay", "licenses:write", "tickets:write"},
        READER: set(READS),
        # Whoever may order may pay.
        WRITER: {"orders:write", "invoices:pay", "licenses:write", "tickets:write"},
        POWERLESS: set(),
        STAFF: {scope.value for scope in STAFF_SCOPES},
    }
    if need == "nothing" or (need == "a session" and caller == CUSTOMER):
        return OK
    if need.startswith("of a token, ") and caller == GUEST:
        return OK
    if caller == GUEST:
        return UNAUTHENTICATED
    wanted = set(need.removeprefix("of a token, ").removeprefix("scope ").split(" or "))
    return OK if wanted & granted[caller] else FORBIDDEN


@pytest.mark.parametrize("name", NEEDED)
def test_the_schema_says_what_an_operation_needs(name: str) -> None:
    resolver, need = NEEDED[name]
    assert NEEDS[resolver] == need
    assert _fields()[name].description.endswith(f" Needs: {need}.") is (need != "nothing")


async def _callers(site: Site) -> dict[str, str | None]:
    customer = await _account(site, AYSE)
    staff = await site.staff_token()
    await site.staff_token(email="ece@example.net")
    await site.deliver()
    return {
        GUEST: None,
        CUSTOMER: customer,
        READER: await _api_token(AYSE["email"], *READS),
        WRITER: await _api_token(AYSE["email"], *WRITES),
        POWERLESS: await _api_token("ece@example.net", *WRITES[:2]),
        STAFF: staff,
    }


async def test_each_caller_gets_what_the_table_says_and_a_refused_call_changes_nothing(site: Site) -> None:
    callers = await _callers(site)
    for name, (_, need) in NEEDED.items():
        for caller, token in callers.items():
            expected = answer_of(need, caller)
            before = await _everything() if expected != OK else None
            answer = await site.ask(document(name), token=token)
            told = [error["extensions"]["code"] for error in answer.get("errors", [])]
            assert told == ([] if expected == OK else [expected]), (name, caller, answer)
            if before is not None:
                assert await _everything() == before, (name, caller)


IDS = {
    "cancelOrder": ("orderId", "ord"),
    "reportBankTransfer": ("invoiceId", "inv"),
    "applyCredit": ("invoiceId", "inv"),
    "renewSupport": ("licenseId", "lic"),
    "bindLicenseDomain": ("licenseId", "lic"),
    "changeLicenseDomain": ("licenseId", "lic"),
    "issueOfflineLease": ("licenseId", "lic"),
    "createDownloadLink": ("licenseId", "lic"),
    "requestLicenseTransfer": ("licenseId", "lic"),
    "requestInstallation": ("licenseId", "lic"),
    "cancelInstallation": ("requestId", "ins"),
    "depositInstallationAccess": ("requestId", "ins"),
}
BUY = """mutation ($id: ID!) { placeOrder(input: {items: [{productId: $id}], idempotencyKey: "b"}) { order { id
  invoice { id } licenses { id } } errors { code } } }"""
TELL = """mutation ($id: ID!) {
  reportBankTransfer(invoiceId: $id, amount: "1200", reference: "x", idempotencyKey: "b") {
    payment { id } errors { code } } }"""
ASK = 'mutation ($id: ID!) { requestInstallation(licenseId: $id, note: "x") { request { id } errors { code } } }'


async def _belongings(site: Site, session: str, staff: str) -> dict[str, str]:
    """The ids of everything that somebody has, by prefix."""
    await site.data('mutation { createCategory(slug: "sms", name: "SMS") { errors { code } } }', token=staff)
    made = await site.data(
        """mutation { createProduct(input: {slug: "sms", name: "SMS", summary: "Bir modül", description: "Metin",
        categorySlug: "sms", price: "1000", supportRenewalPrice: "400"}) { product { id } errors { code } } }""",
        token=staff,
    )
    order = (await site.data(BUY, {"id": made["createProduct"]["product"]["id"]}, session))["placeOrder"]["order"]
    payment = (await site.data(TELL, {"id": order["invoice"]["id"]}, session))["reportBankTransfer"]["payment"]["id"]
    confirm = "mutation ($id: ID!) { confirmPayment(paymentId: $id) { errors { code } } }"
    await site.data(confirm, {"id": payment}, staff)
    own = order["licenses"][0]["id"]
    request = (await site.data(ASK, {"id": own}, session))["requestInstallation"]["request"]["id"]
    return {"ord": order["id"], "inv": order["invoice"]["id"], "lic": own, "pay": payment, "ins": request}


async def test_foreign_ids_are_not_found_in_any_argument_and_nothing_changes(site: Site) -> None:
    staff = await site.staff_token()
    foreign = await _belongings(site, await _account(site, BORA), staff)
    ayse = await _account(site, AYSE)
    before = await _everything()
    for name, (argument, prefix) in IDS.items():
        others = foreign["lic" if prefix != "lic" else "inv"]
        for given in (foreign[prefix], ids.public(prefix, ids.new_id()), others, "x", "", "x\0"):
            text = document(name).replace(f'"{prefix}_{NOBODY}"', "$id").replace("mutation {", "mutation ($id: ID!) {")
            answer = (await site.data(text, {"id": given}, ayse))[name]["errors"]
            assert answer == [{"code": "NOT_FOUND", "field": [argument]}], (name, given)
    assert await _everything() == before
    node = "query ($id: ID!) { node(id: $id) { id } }"
    for given in foreign.values():
        assert (await site.data(node, {"id": given}, ayse))["node"] is None
        assert (await site.data(node, {"id": given}))["node"] is None
        assert (await site.data(node, {"id": given}, staff))["node"] == {"id": given}
    seen = await site.data(
        "{ orders { totalCount } invoices { totalCount } payments { totalCount } licenses { totalCount }"
        " installationRequests { totalCount } }",
        token=ayse,
    )
    assert {name: found["totalCount"] for name, found in seen.items()} == dict.fromkeys(seen, 0)
