"""The legal texts that a new database starts with: versions of 2021-07-05, in the vendor's name; samples to adapt."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tortoise.exceptions import IntegrityError

from api import loaders
from api.audit import Act
from api.caller import Caller, Door
from api.clock import ISTANBUL
from api.perform import writing
from api.resolvers.agreements import draft
from api.schema.agreements import DocumentKind
from api.settings import Vendor

FIRST_VERSION = "2021-07-05"
PUBLISHED_AT = datetime(2021, 7, 5, tzinfo=ISTANBUL)
TEXTS = {
    DocumentKind.SERVICE_AGREEMENT: ("service-agreement", "Hizmet Sözleşmesi"),
    DocumentKind.PRIVACY_NOTICE: ("privacy-notice", "Kişisel Verilerin İşlenmesine İlişkin Aydınlatma Metni"),
    DocumentKind.PRELIMINARY_INFORMATION: ("preliminary-information", "Ön Bilgilendirme Formu"),
    DocumentKind.DISTANCE_SALES: ("distance-sales", "Mesafeli Satış Sözleşmesi"),
    DocumentKind.REFUND_TERMS: ("refund-terms", "İade Şartları"),
}


async def publish_first_texts(vendor: Vendor) -> list[str]:
    """Publish the texts whose kind has no version yet; answers which."""
    published = []
    for kind, (name, title) in TEXTS.items():
        if await loaders.has_version(kind):
            continue
        row = draft(kind, FIRST_VERSION, title, _filled(name, vendor), PUBLISHED_AT, first=True)
        try:
            async with writing(Caller(door=Door.COMMAND)) as work:
                await row.save(force_create=True)
                work.record(Act.AGREEMENT_PUBLISH, f"agreement:{row.id.hex}", kind=row.kind, version=FIRST_VERSION)
        except IntegrityError:
            # Another process that starts at the same time was quicker.
            continue
        published.append(title)
    return published


def _filled(name: str, vendor: Vendor) -> str:
    """The text with the vendor's data; a line that names something not set is left out."""
    values = {
        "vendor_name": vendor.name,
        "vendor_legal_name": vendor.legal_name,
        "site_host": vendor.host,
        "general_email": vendor.general_email,
        "billing_email": vendor.billing_email,
        "phone": vendor.phone,
        "address": vendor.address,
        "kep": vendor.kep,
        "mersis": vendor.mersis,
        "tax_office": vendor.tax_office,
        "tax_number": vendor.tax_number,
        "trade_registry": vendor.trade_registry,
        "sms_sender": vendor.sms_sender,
        "jurisdiction": vendor.jurisdiction,
        "support_open": f"{vendor.support_open:%H:%M}",
        "support_close": f"{vendor.support_close:%H:%M}",
    }
    empty = [f"{{{key}}}" for key, value in values.items() if not value]
    text = (Path(__file__).parent / "texts" / f"{name}.tr.md").read_text("utf-8")
    kept = [line for line in text.splitlines(keepends=True) if not any(mark in line for mark in empty)]
    return "".join(kept).format_map(values)
