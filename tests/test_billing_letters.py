"""Letters about orders, invoices and licenses: every kind, in both languages, with what people may type."""

from __future__ import annotations

import re

import pytest

from api.i18n import LANGUAGES, Language
from api.letters import OF_BILLING, write
from api.outbox import LetterKind, letter
from api.settings import Settings
from tests.site import ON_ONE_DATABASE

ACCOUNTS = {
    "verify_registration", "already_registered", "password_reset", "password_changed", "staff_invitation",
    "email_change_confirm", "email_change_notice", "email_change_taken", "email_changed", "api_token_created",
}  # fmt: skip
KINDS = [kind for kind in LetterKind if kind.value not in ACCOUNTS]
AWKWARD = "<b>Ürün</b> {{7*7}} & Co. %s"
VALUES = {
    "path": "/panel/invoices/inv_0",
    "number": "WTR2026000000001",
    "invoice": "WTR2026000000001",
    "corrects": "WTR2026000000002",
    "total": "144050",
    "amount": "144050",
    "fee": "7200",
    "currency": "TRY",
    "due_on": "2026-11-30",
    "until": "2026-12-01",
    "reference": "WTR2026000000001",
    "reason": AWKWARD,
    "answer": AWKWARD,
    "product": AWKWARD,
    "domain": "şirket.com.tr",
    "days": "-3",
    "clause": "5.2",
    "at": "2026-11-30T07:30:00+00:00",
    "due_at": "2026-11-30T10:30:00+00:00",
    "subject": AWKWARD,
    "text": AWKWARD,
    "opens": "10:00",
    "closes": "22:00",
    "minutes": "180",
    "asking": "yes",
    "files": "2",
    "counted": "2026-11-30T18:40:00+00:00/2026-11-30T19:00:00+00:00/20",
    "reopenable": "2026-12-14",
    "title": AWKWARD,
    "announcement": AWKWARD,
    "assignee": AWKWARD,
    "starts_at": "2026-11-30T07:30:00+00:00",
    "ends_at": "2026-12-01T07:30:00+00:00",
}


@ON_ONE_DATABASE
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_is_written(settings: Settings, kind: LetterKind, language: Language) -> None:
    text = write(kind, letter(kind, "ayse@example.net", language, **VALUES), "Ayşe", "token", None, settings)
    assert "\n" not in text.subject
    assert f"{settings.base_url}/panel/invoices/inv_0" in text.body
    assert "None" not in text.body
    assert re.findall(r"\{\{(?!7\*7)|\{%", text.body) == []
    assert "<b>" not in text.html
    address = settings.vendor.billing_email if kind in OF_BILLING else settings.vendor.general_email
    assert address in text.body


@ON_ONE_DATABASE
@pytest.mark.parametrize(
    ("days", "subject"),
    [("-14", "1 Aralık 2026 gününde doluyor"), ("0", "bugün doluyor"), ("7", "doldu")],
)
async def test_a_reminder_says_whether_it_is_too_late(settings: Settings, days: str, subject: str) -> None:
    kind = LetterKind.SUPPORT_REMINDER
    values = VALUES | {"days": days, "product": "SMS"}
    text = write(kind, letter(kind, "ayse@example.net", "tr", **values), "Ayşe", "token", None, settings)
    assert text.subject == f"{settings.vendor.name}: SMS desteği {subject}"


@ON_ONE_DATABASE
async def test_sums_and_days_are_written_as_the_reader_writes_them(settings: Settings) -> None:
    kind = LetterKind.ORDER_PLACED
    made = [
        write(kind, letter(kind, "ayse@example.net", language, **VALUES), "Ayşe", "token", None, settings).body
        for language in LANGUAGES
    ]
    assert "₺1.440,50" in made[0]
    assert "30 Kasım 2026" in made[0]
    assert "₺1,440.50" in made[1]
    assert "30 November 2026" in made[1]
