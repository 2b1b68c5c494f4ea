"""The details of a customer as a form gives them: which are asked of whom, checked and in their stored form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from api.refusal import Inspection, Refusal, UserErrorCode
from api.rules import addresses, names, phones, tax_identity
from api.rules.text import is_blank, line, optional_line

CORPORATE, SOLE_PROPRIETOR, INDIVIDUAL = "CORPORATE", "SOLE_PROPRIETOR", "INDIVIDUAL"
ACCOUNT_TYPES = (CORPORATE, SOLE_PROPRIETOR, INDIVIDUAL)
LINE1_LOW, LINE_HIGH = 5, 200


class RawAddress(Protocol):
    """An address as typed."""

    @property
    def line1(self) -> str: ...
    @property
    def line2(self) -> str | None: ...
    @property
    def district(self) -> str: ...
    @property
    def province(self) -> str: ...
    @property
    def postal_code(self) -> str | None: ...
    @property
    def country(self) -> str: ...


class RawDetails(Protocol):
    """A customer's details as typed."""

    @property
    def first_name(self) -> str: ...
    @property
    def last_name(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def company_name(self) -> str | None: ...
    @property
    def tax_office(self) -> str | None: ...
    @property
    def tax_number(self) -> str | None: ...
    @property
    def national_id(self) -> str | None: ...
    @property
    def address(self) -> RawAddress: ...


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """What is stored; `tax_identity` is a corporation's tax number or a person's national id."""

    type: str
    first_name: str
    last_name: str
    phone: str
    company_name: str | None
    tax_office: str | None
    tax_identity: str | None
    address_line1: str
    address_line2: str | None
    district: str
    province: str
    postal_code: str | None
    country: str


def account_type(text: str) -> str:
    """One of the three types."""
    if is_blank(text):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.account_type")
    if text not in ACCOUNT_TYPES:
        raise Refusal.of(UserErrorCode.INVALID, "refusals.account_type")
    return text


def inspect_details(found: Inspection, kind: str, raw: RawDetails) -> AccountDetails | None:
    """Check every detail that is asked of a customer of this type; the problems are left in `found`.

    What the type does not ask for is not even looked at, so that it can be neither refused nor stored
    (registration page: corporations give a VKN and tax office, sole proprietors only their T.C. number).
    """
    before = len(found.problems)
    country = found.check("address.country", addresses.country, raw.address.country) or addresses.TURKEY
    details = AccountDetails(
        type=kind,
        first_name=found.check("first_name", names.person_name, raw.first_name, high=names.FIRST_NAME_HIGH) or "",
        last_name=found.check("last_name", names.person_name, raw.last_name, high=names.LAST_NAME_HIGH) or "",
        phone=found.check("phone", phones.phone_number, raw.phone, country) or "",
        company_name=_company_name(found, kind, raw),
        tax_office=_tax_office(found, kind, raw, country),
        tax_identity=_tax_identity(found, kind, raw, country),
        address_line1=found.check("address.line1", line, raw.address.line1, low=LINE1_LOW, high=LINE_HIGH) or "",
        address_line2=found.check("address.line2", optional_line, raw.address.line2, high=LINE_HIGH),
        province=(province := found.check("address.province", addresses.province, raw.address.province, country) or ""),
        district=_district(found, raw.address, province, country),
        postal_code=found.check("address.postal_code", addresses.postal_code, raw.address.postal_code, country),
        country=country,
    )
    return details if len(found.problems) == before else None


def _district(found: Inspection, raw: RawAddress, province: str, country: str) -> str:
    # Without a known province only its presence can be told.
    if country == addresses.TURKEY and not province:
        return found.check("address.district", line, raw.district, high=addresses.PLACE_HIGH) or ""
    return found.check("address.district", addresses.district, raw.district, province, country) or ""


def _company_name(found: Inspection, kind: str, raw: RawDetails) -> str | None:
    if kind != CORPORATE and (kind != SOLE_PROPRIETOR or is_blank(raw.company_name or "")):
        return None
    return found.check("company_name", names.company_name, raw.company_name or "")


def _tax_office(found: Inspection, kind: str, raw: RawDetails, country: str) -> str | None:
    office = raw.tax_office or ""
    if kind != CORPORATE or (country != addresses.TURKEY and is_blank(office)):
        return None
    return found.check("tax_office", tax_identity.tax_office, office)


def _tax_identity(found: Inspection, kind: str, raw: RawDetails, country: str) -> str | None:
    turkish = country == addresses.TURKEY
    if kind == CORPORATE:
        number = raw.tax_number or ""
        if not turkish and is_blank(number):
            return None
        rule = tax_identity.tax_number if turkish else tax_identity.foreign_tax_number
        return found.check("tax_number", rule, number)
    national_id = raw.national_id or ""
    if is_blank(national_id) and not (kind == SOLE_PROPRIETOR and turkish):
        return None
    rule = tax_identity.national_id if turkish else tax_identity.foreign_identity
    return found.check("national_id", rule, national_id)
