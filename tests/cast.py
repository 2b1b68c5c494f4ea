"""The cast: Ayşe is a sole proprietor, Bora's company a corporation, Cem an individual, Deniz works for the vendor.

Forms are flat, by the site's control names; the GraphQL door makes the contract's input of them.
"""

from __future__ import annotations

from typing import Any

PASSWORD = "turuncu vapur 73 merdiven"
OTHER_PASSWORD = "mavi kapı 84 bulutlar"

_COMMON = {
    "phone": "0532 123 45 67",
    "address.line1": "Atatürk Caddesi 12",
    "address.line2": "",
    "address.country": "TR",
    "address.province": "İzmir",
    "address.district": "Konak",
    "address.postal_code": "35250",
    "password": PASSWORD,
}

AYSE = _COMMON | {
    "type": "SOLE_PROPRIETOR",
    "first_name": "Ayşe",
    "last_name": "Yılmaz",
    "email": "ayse@example.net",
    "national_id": "17291716060",
}
BORA = _COMMON | {
    "type": "CORPORATE",
    "first_name": "Bora",
    "last_name": "Işık",
    "email": "bora@example.net",
    "company_name": "Işık Yazılım A.Ş.",
    "tax_office": "Konak",
    "tax_number": "4540536920",
}
CEM = _COMMON | {"type": "INDIVIDUAL", "first_name": "Cem", "last_name": "Öz", "email": "cem@example.net"}

_NAMES = {
    "first_name": "firstName",
    "last_name": "lastName",
    "company_name": "companyName",
    "tax_office": "taxOffice",
    "tax_number": "taxNumber",
    "national_id": "nationalId",
    "accepted_agreement_id": "acceptedAgreementId",
    "read_privacy_notice_id": "readPrivacyNoticeId",
    "marketing_email": "marketingEmail",
    "marketing_sms": "marketingSms",
    "address.postal_code": "address.postalCode",
}

# Controls that only the site has.
_OF_THE_SITE = {"password_confirmation", "form_token", "website", "step"}


def as_input(form: dict[str, str]) -> dict[str, Any]:
    """The contract's input of a flat form."""
    made: dict[str, Any] = {"address": {}}
    for name, value in form.items():
        if name in _OF_THE_SITE:
            continue
        head, _, rest = _NAMES.get(name, name).partition(".")
        if rest:
            made["address"][rest] = value
        else:
            made[head] = value == "true" if name.startswith("marketing_") else value
    return made
