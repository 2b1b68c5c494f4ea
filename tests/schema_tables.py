"""The public schema as a table: changing a line here is a change of the contract with those who call the API."""

from __future__ import annotations

from api.refusal import UserErrorCode

OPERATIONS = {
    "Query": {
        "node": "node(id: ID!): Node",
        "viewer": "viewer: Viewer!",
        "passwordStrength": "passwordStrength(password: String!, personalInputs: [String!] = null): PasswordStrength!",
        "agreement": "agreement(kind: DocumentKind!, at: DateTime = null): AgreementDocument",
        "products": (
            "products(first: Int = null, after: String = null, search: String = null, categorySlug: String = "
            "null): ProductConnection!"
        ),
        "product": "product(slug: String!): Product",
        "categories": "categories: [Category!]!",
        "credits": "credits: [Money!]!",
        "lateFeeRule": "lateFeeRule: LateFeeRule",
        "explainValidation": (
            "explainValidation(licenseId: ID!, domain: String!, at: DateTime = null, product: String = null, "
            "version: String = null): ValidationExplanation"
        ),
        "productLicensing": "productLicensing(productId: ID!): ProductLicensing",
        "domainCheck": "domainCheck(domain: String!): DomainCheck!",
        "installationRequests": (
            "installationRequests(first: Int = null, after: String = null, status: InstallationStatus = null): "
            "InstallationRequestConnection!"
        ),
        "supportStatus": "supportStatus: SupportStatus!",
        "accounts": (
            "accounts(first: Int = null, after: String = null, status: AccountStatus = null, search: String = "
            "null): AccountConnection!"
        ),
        "conductCases": (
            "conductCases(first: Int = null, after: String = null, status: ConductStatus = null): "
            "ConductCaseConnection!"
        ),
        "letters": "letters(first: Int = null, after: String = null): LetterConnection!",
        "apiTokens": "apiTokens: [ApiToken!]!",
        "ticket": "ticket(number: String!): Ticket",
        "ticketAgents": "ticketAgents: [TicketAgent!]!",
        "ticketQueue": (
            "ticketQueue(first: Int = null, after: String = null, queue: TicketQueue! = ALL, search: String = null): "
            "TicketConnection!"
        ),
        "filledCannedAnswer": "filledCannedAnswer(id: ID!, ticketId: ID!): String",
        "cannedAnswers": "cannedAnswers(kind: TicketKind = null): [CannedAnswer!]!",
        "tickets": (
            "tickets(first: Int = null, after: String = null, status: TicketStatus = null, search: String = null, "
            "accountId: ID = null): TicketConnection!"
        ),
        "orders": "orders(first: Int = null, after: String = null, status: OrderStatus = null): OrderConnection!",
        "invoices": (
            "invoices(first: Int = null, after: String = null, status: InvoiceStatus = null): InvoiceConnection!"
        ),
        "payments": (
            "payments(first: Int = null, after: String = null, status: PaymentStatus = null): PaymentConnection!"
        ),
        "licenses": (
            "licenses(first: Int = null, after: String = null, status: LicenseStatus = null, search: String = null, "
            "accountId: ID = null): LicenseConnection!"
        ),
        "announcements": (
            "announcements(first: Int = null, kind: AnnouncementKind = null, product: String = null, ended: Boolean! = "
            "false): [Announcement!]!"
        ),
    },
    "Mutation": {
        "publishAnnouncement": "publishAnnouncement(input: PublishAnnouncementInput!): AnnouncementPayload!",
        "withdrawAnnouncement": "withdrawAnnouncement(announcementId: ID!): AnnouncementPayload!",
        "registerAccount": "registerAccount(input: RegisterAccountInput!): RegisterAccountPayload!",
        "verifyEmail": "verifyEmail(token: String!): SessionPayload!",
        "signIn": "signIn(input: SignInInput!): SessionPayload!",
        "requestPasswordReset": "requestPasswordReset(email: String!): RequestPasswordResetPayload!",
        "resetPassword": "resetPassword(token: String!, newPassword: String!): SessionPayload!",
        "signOut": "signOut: SignOutPayload!",
        "changePassword": "changePassword(currentPassword: String!, newPassword: String!): ChangePasswordPayload!",
        "changeEmail": "changeEmail(newEmail: String!, currentPassword: String!): ChangeEmailPayload!",
        "updateAccount": "updateAccount(input: UpdateAccountInput!): AccountPayload!",
        "createApiToken": (
            "createApiToken(name: String!, scopes: [String!]!, expiresAt: DateTime = null): CreateApiTokenPayload!"
        ),
        "revokeApiToken": "revokeApiToken(id: ID!): ApiTokenPayload!",
        "setMarketingConsent": "setMarketingConsent(email: Boolean!, sms: Boolean!): AccountPayload!",
        "publishAgreement": "publishAgreement(input: PublishAgreementInput!): AgreementDocumentPayload!",
        "createCategory": "createCategory(slug: String!, name: String!): CategoryPayload!",
        "createProduct": "createProduct(input: CreateProductInput!): ProductPayload!",
        "updateProduct": "updateProduct(productId: ID!, input: UpdateProductInput!): ProductPayload!",
        "retireProduct": "retireProduct(productId: ID!): ProductPayload!",
        "publishRelease": "publishRelease(input: PublishReleaseInput!): ReleasePayload!",
        "attachReleaseFile": "attachReleaseFile(releaseId: ID!, file: String!): ReleasePayload!",
        "yankRelease": "yankRelease(releaseId: ID!, yanked: Boolean!): ReleasePayload!",
        "createDownloadLink": "createDownloadLink(licenseId: ID!, releaseId: ID!): DownloadLinkPayload!",
        "uploadAttachment": "uploadAttachment(file: String!, filename: String = null): AttachmentPayload!",
        "removeAttachment": "removeAttachment(attachmentId: ID!): AttachmentPayload!",
        "createAttachmentLink": "createAttachmentLink(attachmentId: ID!): AttachmentLinkPayload!",
        "setVatRate": "setVatRate(rate: Decimal!, validFrom: Date!): VatRatePayload!",
        "placeOrder": "placeOrder(input: PlaceOrderInput!): OrderPayload!",
        "cancelOrder": "cancelOrder(orderId: ID!): OrderPayload!",
        "reportBankTransfer": (
            "reportBankTransfer(invoiceId: ID!, amount: Decimal!, reference: String!, idempotencyKey: String!, "
            "paidOn: Date = null, bank: String = null, receipt: ReceiptInput = null): PaymentPayload!"
        ),
        "applyCredit": "applyCredit(invoiceId: ID!, idempotencyKey: String!): PaymentPayload!",
        "confirmPayment": "confirmPayment(paymentId: ID!, amount: Decimal = null): PaymentPayload!",
        "rejectPayment": "rejectPayment(paymentId: ID!, reason: String!): PaymentPayload!",
        "issueCreditNote": (
            "issueCreditNote(invoiceId: ID!, reason: String!, idempotencyKey: String!, net: Decimal = null): "
            "InvoicePayload!"
        ),
        "setLateFeeRule": "setLateFeeRule(input: LateFeeRuleInput!): LateFeeRulePayload!",
        "endLateFee": "endLateFee: LateFeeRulePayload!",
        "waiveLateFee": "waiveLateFee(invoiceId: ID!, reason: String!): InvoicePayload!",
        "renewSupport": "renewSupport(licenseId: ID!, idempotencyKey: String!): InvoicePayload!",
        "bindLicenseDomain": "bindLicenseDomain(licenseId: ID!, domain: String!): LicensePayload!",
        "changeLicenseDomain": "changeLicenseDomain(licenseId: ID!, domain: String!, reason: String!): LicensePayload!",
        "issueOfflineLease": "issueOfflineLease(licenseId: ID!, days: Int!): LeasePayload!",
        "setProductLicensing": (
            "setProductLicensing(productId: ID!, input: ProductLicensingInput!): ProductLicensingPayload!"
        ),
        "validateLicense": "validateLicense(input: ValidateLicenseInput!): LicenseValidation!",
        "requestLicenseTransfer": "requestLicenseTransfer(licenseId: ID!, toEmail: String!): LicensePayload!",
        "suspendLicense": "suspendLicense(licenseId: ID!, reason: String!): LicensePayload!",
        "reinstateLicense": "reinstateLicense(licenseId: ID!, reason: String!): LicensePayload!",
        "cancelLicense": "cancelLicense(licenseId: ID!, reason: String!): LicensePayload!",
        "requestInstallation": "requestInstallation(licenseId: ID!, note: String!): InstallationRequestPayload!",
        "cancelInstallation": "cancelInstallation(requestId: ID!): InstallationRequestPayload!",
        "depositInstallationAccess": (
            "depositInstallationAccess(requestId: ID!, access: String!): InstallationRequestPayload!"
        ),
        "readInstallationAccess": "readInstallationAccess(requestId: ID!): VaultPayload!",
        "scheduleInstallation": (
            "scheduleInstallation(requestId: ID!, scheduledFor: DateTime!, assigneeEmail: String = null): "
            "InstallationRequestPayload!"
        ),
        "completeInstallation": (
            "completeInstallation(requestId: ID!, answer: String = null): InstallationRequestPayload!"
        ),
        "declineInstallation": "declineInstallation(requestId: ID!, reason: String!): InstallationRequestPayload!",
        "suspendAccount": "suspendAccount(accountId: ID!, reason: String!): AccountPayload!",
        "reinstateAccount": "reinstateAccount(accountId: ID!, reason: String!): AccountPayload!",
        "proposeConductMeasure": (
            "proposeConductMeasure(accountId: ID!, measure: ConductMeasure!, reason: String!, evidenceIds: [ID!]!): "
            "ConductCasePayload!"
        ),
        "decideConductMeasure": (
            "decideConductMeasure(caseId: ID!, approve: Boolean!, reason: String!): ConductCasePayload!"
        ),
        "withdrawConductMeasure": "withdrawConductMeasure(caseId: ID!): ConductCasePayload!",
        "openTicket": "openTicket(input: OpenTicketInput!): TicketPayload!",
        "replyToTicket": (
            "replyToTicket(ticketId: ID!, body: String!, asking: Boolean! = false, close: Boolean! = false, "
            "seenMessageId: ID = null, idempotencyKey: String = null, attachmentIds: [ID!] = null): TicketPayload!"
        ),
        "closeTicket": "closeTicket(ticketId: ID!): TicketPayload!",
        "assignTicket": "assignTicket(ticketId: ID!, assigneeEmail: String = null): TicketPayload!",
        "addTicketNote": (
            "addTicketNote(ticketId: ID!, body: String!, idempotencyKey: String = null, attachmentIds: [ID!] = null): "
            "TicketPayload!"
        ),
        "changeTicket": (
            "changeTicket(ticketId: ID!, kind: TicketKind = null, priority: TicketPriority = null): TicketPayload!"
        ),
        "mergeTickets": "mergeTickets(ticketId: ID!, intoTicketId: ID!): TicketPayload!",
        "markTicketPresence": "markTicketPresence(ticketId: ID!, writing: Boolean!): TicketPresencePayload!",
        "saveCannedAnswer": (
            "saveCannedAnswer(title: String!, body: String!, id: ID = null, kind: TicketKind = null): "
            "CannedAnswerPayload!"
        ),
        "deleteCannedAnswer": "deleteCannedAnswer(id: ID!): CannedAnswerPayload!",
        "rateTicket": "rateTicket(ticketId: ID!, rating: Int!, comment: String = null): TicketPayload!",
    },
}
TYPES = {
    "Account": """
        id: ID! number: String! type: AccountType! status: AccountStatus! statusReason: String email:
        String! emailVerified: Boolean! firstName: String! lastName: String! phone: String companyName:
        String taxOffice: String taxIdentity: String address: Address! createdAt: DateTime! marketing:
        MarketingConsent! agreementAcceptances: [AgreementAcceptance!]!""",
    "AccountConnection": """
        edges: [AccountEdge!]! nodes: [Account!]! pageInfo: PageInfo! totalCount: Int!""",
    "AccountEdge": """
        cursor: String! node: Account!""",
    "AccountPayload": """
        errors: [UserError!]! account: Account""",
    "Address": """
        line1: String! line2: String district: String! province: String! postalCode: String country:
        String!""",
    "AddressInput": """
        line1: String! district: String! province: String! line2: String = null postalCode: String = null
        country: String! = "TR" """,
    "AgreementAcceptance": """
        document: AgreementDocument! acceptedAt: DateTime! method: String!""",
    "AgreementDocument": """
        id: ID! kind: DocumentKind! version: String! title: String! html: String! sha256: String!
        publishedAt: DateTime! effectiveAt: DateTime!""",
    "AgreementDocumentPayload": """
        document: AgreementDocument errors: [UserError!]!""",
    "Announcement": """
        id: ID! kind: AnnouncementKind! title: String! html: String! publishedAt: DateTime! startsAt: DateTime endsAt:
        DateTime maximumFirstAnswerMinutes: Int withdrawnAt: DateTime product: Product""",
    "AnnouncementPayload": """
        announcement: Announcement movedPromises: Int latestDueAt: DateTime letters: Int errors: [UserError!]!""",
    "ApiToken": """
        id: ID! name: String! prefix: String! scopes: [String!]! createdAt: DateTime! expiresAt: DateTime
        lastUsedAt: DateTime""",
    "ApiTokenPayload": """
        apiToken: ApiToken errors: [UserError!]!""",
    "Attachment": """
        id: ID! filename: String! contentType: String! size: Int!""",
    "AttachmentLinkPayload": """
        url: String expiresAt: DateTime errors: [UserError!]!""",
    "AttachmentPayload": """
        attachment: Attachment errors: [UserError!]!""",
    "Category": """
        id: ID! slug: String! name: String!""",
    "CategoryPayload": """
        category: Category errors: [UserError!]!""",
    "ChangeEmailPayload": """
        verificationSentTo: String errors: [UserError!]!""",
    "ChangePasswordPayload": """
        errors: [UserError!]!""",
    "ConductCase": """
        id: ID! measure: ConductMeasure! status: ConductStatus! reason: String! proposedAt: DateTime! decidedAt:
        DateTime decisionReason: String account: Account! proposedBy: String! decidedBy: String evidence:
        [ConductEvidence!]!""",
    "ConductCaseConnection": """
        edges: [ConductCaseEdge!]! nodes: [ConductCase!]! pageInfo: PageInfo! totalCount: Int!""",
    "ConductCaseEdge": """
        cursor: String! node: ConductCase!""",
    "ConductCasePayload": """
        case: ConductCase errors: [UserError!]!""",
    "ConductEvidence": """
        messageId: ID! ticketNumber: String! author: String! fromStaff: Boolean! body: String! sentAt:
        DateTime!""",
    "CreateApiTokenPayload": """
        token: String apiToken: ApiToken errors: [UserError!]!""",
    "CreateProductInput": """
        slug: String! name: String! summary: String! description: String! categorySlug: String! price:
        Decimal! supportRenewalPrice: Decimal! currency: Currency! = TRY""",
    "DomainCheck": """
        licensed: Boolean! domain: String message: String!""",
    "DomainMove": """
        domain: String! until: DateTime!""",
    "DownloadLinkPayload": """
        url: String expiresAt: DateTime errors: [UserError!]!""",
    "InstallationRequest": """
        id: ID! status: InstallationStatus! requestedAt: DateTime! scheduledFor: DateTime note: String
        answer: String license: License! accessUntil: DateTime vaultAccesses: [VaultAccess!]!""",
    "InstallationRequestConnection": """
        edges: [InstallationRequestEdge!]! nodes: [InstallationRequest!]! pageInfo: PageInfo! totalCount:
        Int!""",
    "InstallationRequestEdge": """
        cursor: String! node: InstallationRequest!""",
    "InstallationRequestPayload": """
        request: InstallationRequest errors: [UserError!]!""",
    "Invoice": """
        id: ID! number: String! kind: InvoiceKind! status: InvoiceStatus! issuedOn: Date! dueOn: Date!
        subtotal: Money! tax: Money! total: Money! paymentReference: String! cancelReason: String account:
        Account! lines: [InvoiceLine!]! paid: Money! balance: Money! nextLateFee: LateFeePreview payments:
        [Payment!]! creditNotes: [Invoice!]! corrects: Invoice""",
    "InvoiceConnection": """
        edges: [InvoiceEdge!]! nodes: [Invoice!]! pageInfo: PageInfo! totalCount: Int!""",
    "InvoiceEdge": """
        cursor: String! node: Invoice!""",
    "InvoiceLine": """
        kind: InvoiceLineKind! description: String! quantity: Int! unitPrice: Money! taxRate: Decimal!
        tax: Money! total: Money!""",
    "InvoicePayload": """
        invoice: Invoice errors: [UserError!]!""",
    "LateFeePreview": """
        on: Date! amount: Money! tax: Money!""",
    "LateFeeRule": """
        kind: LateFeeKind! percent: Decimal! fixed: Decimal! minimum: Decimal! maximum: Decimal graceDays:
        Int! since: DateTime!""",
    "LateFeeRuleInput": """
        kind: LateFeeKind! graceDays: Int! percent: Decimal = null fixed: Decimal = null minimum: Decimal
        = null maximum: Decimal = null""",
    "LateFeeRulePayload": """
        rule: LateFeeRule errors: [UserError!]!""",
    "LeasePayload": """
        lease: String expiresAt: DateTime errors: [UserError!]!""",
    "Letter": """
        id: ID! kind: String! subject: String! text: String! sentAt: DateTime! sha256: String!""",
    "LetterConnection": """
        edges: [LetterEdge!]! nodes: [Letter!]! pageInfo: PageInfo! totalCount: Int!""",
    "LetterEdge": """
        cursor: String! node: Letter!""",
    "License": """
        id: ID! key: String! status: LicenseStatus! statusReason: String domain: String domainAscii:
        String activatedAt: DateTime supportUntil: Date supportActive: Boolean! installationUntil: Date!
        createdAt: DateTime! product: Product! account: Account! order: Order supportRenewalQuote(on: Date
        = null): SupportRenewalQuote! installationRequest: InstallationRequest downloads(first: Int =
        null, after: String = null): ReleaseConnection! domainChangesLeft: Int! sightings(first: Int =
        null, after: String = null, refused: Boolean = null): SightingConnection! movingFrom: DomainMove
        events: [LicenseEvent!]!""",
    "LicenseCheck": """
        code: LicenseCode! outcome: CheckOutcome! message: String! remedy: String""",
    "LicenseConnection": """
        edges: [LicenseEdge!]! nodes: [License!]! pageInfo: PageInfo! totalCount: Int!""",
    "LicenseEdge": """
        cursor: String! node: License!""",
    "LicenseEvent": """
        kind: String! reason: String domain: String byStaff: Boolean! at: DateTime!""",
    "LicensePayload": """
        license: License errors: [UserError!]!""",
    "LicenseValidation": """
        valid: Boolean! code: LicenseCode! message: String! domain: String product: String supportUntil:
        Date supportActive: Boolean! latestVersion: String nonce: String checkedAt: DateTime! lease:
        String""",
    "MarketingConsent": """
        email: Boolean! sms: Boolean! updatedAt: DateTime source: String""",
    "Money": """
        amount: Decimal! currency: Currency! formatted: String!""",
    "Node": """
        id: ID!""",
    "OpenTicketInput": """
        kind: TicketKind! subject: String! body: String! licenseId: ID = null priority:
        TicketPriority! = NORMAL idempotencyKey: String = null attachmentIds: [ID!] = null accountId: ID =
        null""",
    "Order": """
        id: ID! number: String! status: OrderStatus! placedAt: DateTime! total: Money! cancelledAt:
        DateTime cancelReason: String account: Account! invoice: Invoice! items: [OrderItem!]! licenses:
        [License!]! agreement: AgreementDocument! evidence: [OrderEvidence!]!""",
    "OrderConnection": """
        edges: [OrderEdge!]! nodes: [Order!]! pageInfo: PageInfo! totalCount: Int!""",
    "OrderEdge": """
        cursor: String! node: Order!""",
    "OrderEvidence": """
        kind: String! wording: String! at: DateTime! document: AgreementDocument""",
    "OrderItem": """
        quantity: Int! unitPrice: Money! domain: String product: Product!""",
    "OrderItemInput": """
        productId: ID! quantity: Int! = 1 domain: String = null""",
    "OrderPayload": """
        order: Order errors: [UserError!]!""",
    "PageInfo": """
        hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String""",
    "PasswordStrength": """
        score: Int! acceptable: Boolean! warning: String suggestions: [String!]! crackTime: String!""",
    "Payment": """
        id: ID! method: PaymentMethod! status: PaymentStatus! amount: Money! reference: String receivedAt:
        DateTime reportedAt: DateTime! paidOn: Date bank: String rejectReason: String hasReceipt: Boolean!
        invoice: Invoice!""",
    "PaymentConnection": """
        edges: [PaymentEdge!]! nodes: [Payment!]! pageInfo: PageInfo! totalCount: Int!""",
    "PaymentEdge": """
        cursor: String! node: Payment!""",
    "PaymentPayload": """
        payment: Payment invoice: Invoice errors: [UserError!]!""",
    "PlaceOrderInput": """
        items: [OrderItemInput!]! idempotencyKey: String! expectedTotal: Decimal = null
        acceptedAgreementId: ID = null acceptedPreliminaryInformationId: ID = null
        acceptedDistanceSalesId: ID = null immediatePerformance: Boolean! = false""",
    "Product": """
        id: ID! slug: String! name: String! summary: String! description: String! price: Money!
        priceWithTax: Money! supportRenewalPrice: Money! taxRate: Decimal! category: Category! available:
        Boolean! latestRelease: Release releases(first: Int = null, after: String = null):
        ReleaseConnection!""",
    "ProductConnection": """
        edges: [ProductEdge!]! nodes: [Product!]! pageInfo: PageInfo! totalCount: Int!""",
    "ProductEdge": """
        cursor: String! node: Product!""",
    "ProductLicensing": """
        hasLegacySecret: Boolean! legacyProductId: String tellsOwner: Boolean! coveredOnly: Boolean!""",
    "ProductLicensingInput": """
        legacySecret: String = null legacyProductId: String = null tellsOwner: Boolean = null coveredOnly:
        Boolean = null""",
    "ProductLicensingPayload": """
        licensing: ProductLicensing errors: [UserError!]!""",
    "ProductPayload": """
        product: Product errors: [UserError!]!""",
    "PublishAgreementInput": """
        kind: DocumentKind! version: String! title: String! body: String!""",
    "PublishAnnouncementInput": """
        kind: AnnouncementKind! title: String! body: String! startsAt: DateTime = null endsAt: DateTime = null
        maximumFirstAnswerMinutes: Int = null productId: ID = null sendLetters: Boolean! = false dryRun: Boolean! =
        false idempotencyKey: String = null""",
    "PublishReleaseInput": """
        productId: ID! version: String! changelog: String! file: String = null security: Boolean! = false""",
    "ReceiptInput": """
        filename: String! content: String!""",
    "RegisterAccountInput": """
        type: AccountType! email: String! password: String! firstName: String! lastName: String! phone:
        String! address: AddressInput! acceptedAgreementId: ID! readPrivacyNoticeId: ID! companyName:
        String = null taxOffice: String = null taxNumber: String = null nationalId: String = null
        marketingEmail: Boolean! = false marketingSms: Boolean! = false""",
    "RegisterAccountPayload": """
        verificationSentTo: String errors: [UserError!]!""",
    "Release": """
        id: ID! version: String! releasedAt: DateTime! changelog: String! sha256: String! size: Int! filename:
        String signature: String security: Boolean! yanked: Boolean!""",
    "ReleaseConnection": """
        edges: [ReleaseEdge!]! nodes: [Release!]! pageInfo: PageInfo! totalCount: Int!""",
    "ReleaseEdge": """
        cursor: String! node: Release!""",
    "ReleasePayload": """
        release: Release errors: [UserError!]!""",
    "RequestPasswordResetPayload": """
        sentTo: String errors: [UserError!]!""",
    "SessionPayload": """
        viewer: Viewer sessionToken: String expiresAt: DateTime errors: [UserError!]!""",
    "Sighting": """
        domain: String! network: String! refused: Boolean! version: String count: Int! firstSeen:
        DateTime! lastSeen: DateTime!""",
    "SightingConnection": """
        edges: [SightingEdge!]! nodes: [Sighting!]! pageInfo: PageInfo! totalCount: Int!""",
    "SightingEdge": """
        cursor: String! node: Sighting!""",
    "SignInInput": """
        email: String! password: String! otp: String = null""",
    "SignOutPayload": """
        errors: [UserError!]!""",
    "SupportRenewalQuote": """
        lapsed: Boolean! lapsedDays: Int! terms: Int! backPayment: Money! renewal: Money! tax: Money!
        lateFee: Money! total: Money! supportUntilAfterPayment: Date! costlierFrom: Date!""",
    "Ticket": """
        id: ID! number: String! kind: TicketKind! subject: String! status: TicketStatus! priority:
        TicketPriority! openedAt: DateTime! openedByStaff: Boolean! firstAnswerDueAt: DateTime!
        firstAnsweredAt: DateTime waitingSince: DateTime dueAt: DateTime lastMessageAt: DateTime!
        closedAt: DateTime reopenableUntil: Date rating: Int ratingComment: String account: Account!
        license: License assignee: String extension: Announcement mergedInto: Ticket messages(first: Int = null, after:
        String = null): TicketMessageConnection! events(first: Int = null, after: String = null):
        TicketEventConnection! notes(first: Int = null, after: String = null): TicketNoteConnection!""",
    "TicketAgent": """
        name: String! email: String!""",
    "TicketConnection": """
        edges: [TicketEdge!]! nodes: [Ticket!]! pageInfo: PageInfo! totalCount: Int!""",
    "TicketEdge": """
        cursor: String! node: Ticket!""",
    "TicketEvent": """
        kind: String! text: String! author: String fromStaff: Boolean! staffOnly: Boolean! sentAt:
        DateTime!""",
    "TicketEventConnection": """
        edges: [TicketEventEdge!]! nodes: [TicketEvent!]! pageInfo: PageInfo! totalCount: Int!""",
    "TicketEventEdge": """
        cursor: String! node: TicketEvent!""",
    "TicketMessage": """
        id: ID! author: String! fromStaff: Boolean! body: String! html: String! sentAt: DateTime!
        attachments: [Attachment!]!""",
    "TicketMessageConnection": """
        edges: [TicketMessageEdge!]! nodes: [TicketMessage!]! pageInfo: PageInfo! totalCount: Int!""",
    "TicketMessageEdge": """
        cursor: String! node: TicketMessage!""",
    "TicketNote": """
        id: ID! author: String! body: String! html: String! sentAt: DateTime! attachments: [Attachment!]!""",
    "TicketNoteConnection": """
        edges: [TicketNoteEdge!]! nodes: [TicketNote!]! pageInfo: PageInfo! totalCount: Int!""",
    "TicketNoteEdge": """
        cursor: String! node: TicketNote!""",
    "TicketPresence": """
        name: String! writing: Boolean! seenAt: DateTime!""",
    "TicketPresencePayload": """
        others: [TicketPresence!] errors: [UserError!]!""",
    "CannedAnswer": """
        id: ID! title: String! body: String! kind: TicketKind changedAt: DateTime! changedBy: String""",
    "CannedAnswerPayload": """
        cannedAnswer: CannedAnswer errors: [UserError!]!""",
    "TicketPayload": """
        ticket: Ticket errors: [UserError!]!""",
    "SupportSpan": """
        since: DateTime! until: DateTime! minutes: Int!""",
    "SupportStatus": """
        open: Boolean! opensAt: DateTime maximumFirstAnswerMinutes: Int! expectedMinutes: Int!
        firstAnswerDueAtIfOpenedNow: DateTime! arithmetic: [SupportSpan!]! keptPromises: Int! missedPromises: Int!""",
    "UpdateAccountInput": """
        firstName: String = null lastName: String = null phone: String = null address: AddressInput = null
        companyName: String = null taxOffice: String = null taxNumber: String = null nationalId: String =
        null""",
    "UpdateProductInput": """
        name: String = null summary: String = null description: String = null categorySlug: String = null
        price: Decimal = null supportRenewalPrice: Decimal = null pricesFrom: DateTime = null""",
    "UserError": """
        code: UserErrorCode! field: [String!] message: String!""",
    "ValidateLicenseInput": """
        key: String! domain: String! product: String = null version: String = null nonce: String = null""",
    "ValidationExplanation": """
        valid: Boolean! code: LicenseCode! message: String! domain: String binds: Boolean! at: DateTime!
        checks: [LicenseCheck!]!""",
    "VatRate": """
        rate: Decimal! validFrom: Date!""",
    "VatRatePayload": """
        vatRate: VatRate errors: [UserError!]!""",
    "VaultAccess": """
        act: String! at: DateTime!""",
    "VaultPayload": """
        access: String errors: [UserError!]!""",
    "Viewer": """
        isStaff: Boolean! scopes: [String!]! account: Account""",
}
ENUMS = {
    "AnnouncementKind": """
        GENERAL SUPPORT_EXTENSION SECURITY MAINTENANCE""",
    "AccountType": """
        CORPORATE SOLE_PROPRIETOR INDIVIDUAL""",
    "AccountStatus": """
        PENDING_VERIFICATION ACTIVE SUSPENDED TERMINATED ERASED""",
    "ConductMeasure": """
        SUSPEND TERMINATE""",
    "ConductStatus": """
        PROPOSED APPROVED REJECTED WITHDRAWN""",
    "DocumentKind": """
        SERVICE_AGREEMENT PRIVACY_NOTICE EXPLICIT_CONSENT MARKETING_CONSENT COOKIE_NOTICE REFUND_TERMS
        PRELIMINARY_INFORMATION DISTANCE_SALES""",
    "InstallationStatus": """
        REQUESTED SCHEDULED DONE DECLINED CANCELLED""",
    "InvoiceKind": """
        ORDER RENEWAL RENEWAL_REQUESTED CREDIT_NOTE""",
    "InvoiceStatus": """
        UNPAID OVERDUE PAID CANCELLED REFUNDED""",
    "Currency": """
        TRY USD EUR""",
    "InvoiceLineKind": """
        PRODUCT SUPPORT_RENEWAL SUPPORT_BACK_PAYMENT LATE_FEE CREDIT""",
    "LicenseStatus": """
        PENDING ACTIVE SUSPENDED CANCELLED""",
    "OrderStatus": """
        PENDING_PAYMENT COMPLETED CANCELLED REFUNDED""",
    "PaymentMethod": """
        BANK_TRANSFER CARD CREDIT""",
    "PaymentStatus": """
        REPORTED CONFIRMED REJECTED REFUNDED""",
    "LateFeeKind": """
        PERCENT FIXED""",
    "LicenseCode": """
        VALID BOUND KEY_MALFORMED NOT_FOUND PENDING SUSPENDED CANCELLED OWNER_BLOCKED PRODUCT_MISMATCH
        DOMAIN_MISSING DOMAIN_MALFORMED DOMAIN_NOT_ALLOWED DOMAIN_MISMATCH VERSION_NOT_COVERED""",
    "CheckOutcome": """
        PASSED FAILED NOT_REACHED""",
    "TicketKind": """
        TECHNICAL SALES BILLING INSTALLATION COMPLAINT""",
    "TicketPriority": """
        LOW NORMAL HIGH""",
    "TicketQueue": """
        ALL MINE UNASSIGNED""",
    "TicketStatus": """
        OPEN ANSWERED WAITING_FOR_CUSTOMER CLOSED""",
    "UserErrorCode": " ".join(code.value for code in UserErrorCode),
}
