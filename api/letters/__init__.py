"""Writes letters from their templates: first line the subject, then the text; HTML is made from the text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api import clock
from api.i18n import Language, as_language, translate
from api.models.letters import Letter
from api.money import formatted
from api.outbox import LetterKind
from api.settings import Settings

_PATHS = {
    LetterKind.VERIFY_REGISTRATION: "/verify-email?token={token}",
    LetterKind.EMAIL_CHANGE_CONFIRM: "/verify-email?token={token}",
    LetterKind.PASSWORD_RESET: "/reset-password?token={token}",
    LetterKind.STAFF_INVITATION: "/reset-password?token={token}",
    LetterKind.ALREADY_REGISTERED: "/sign-in",
    LetterKind.API_TOKEN_CREATED: "/panel/api-tokens",
}

# Letters about money come from the billing address (agreement, article 7).
OF_BILLING = frozenset(
    {
        LetterKind.ORDER_PLACED,
        LetterKind.ORDER_CANCELLED,
        LetterKind.INVOICE_PAID,
        LetterKind.PAYMENT_REJECTED,
        LetterKind.RENEWAL_INVOICE,
        LetterKind.INVOICE_REMINDER,
        LetterKind.LATE_FEE,
        LetterKind.CREDIT_NOTE,
    }
)


@dataclass(frozen=True, slots=True)
class Text:
    """A written letter."""

    subject: str
    body: str
    html: str


@cache
def _templates(html: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=html,  # noqa: S701 - the text of a letter is no HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def write(
    kind: LetterKind, letter: Letter, first_name: str, token: str, valid_for: timedelta | None, settings: Settings
) -> Text:
    """The letter's text and HTML in its language."""
    language: Language = as_language(letter.language) or "tr"
    path = letter.values.get("path", "") if letter.values.get("path", "").startswith("/") else ""
    path = path or _PATHS.get(kind, "").format(token=token)
    link = settings.base_url + path if path else ""
    values = {
        "link": link,
        "vendor_name": settings.vendor.name,
        "general_email": settings.vendor.general_email,
        "site_url": settings.base_url,
        "first_name": first_name,
        "email": letter.recipient,
        "new_email": letter.values.get("new_email", ""),
        "hours": int(valid_for.total_seconds() // 3600) if valid_for else 0,
        "when": moment(letter.created_at, language),
        "network": letter.values.get("network", ""),
        # One line each: what somebody called a product must not break a subject.
        "v": {name: " ".join(value.split()) for name, value in letter.values.items()},
        # A message, line by line as it was written.
        "text": letter.values.get("text", ""),
        "counted": [_span(span, language) for span in letter.values.get("counted", "").split()],
        "days": int(letter.values.get("days", 0)),
        "sender": sender(kind, settings),
        "money": lambda minor, currency: formatted(int(minor), currency, language),
        "day": lambda text: format_date(date.fromisoformat(text), "d MMMM y", locale=language),
        "moment_of": lambda text: moment(datetime.fromisoformat(text), language),
    }
    subject, _, body = _templates(html=False).get_template(f"{kind}.{language}.txt").render(values).partition("\n")
    body = body.strip() + "\n"
    button = translate(language, f"letters.button.{kind}") if link else ""
    blocks = [{"link": link} if block.strip() == link else {"text": block} for block in body.strip().split("\n\n")]
    html = (
        _templates(html=True)
        .get_template("layout.html")
        .render(values, language=language, subject=subject.strip(), blocks=blocks, button=button)
    )
    return Text(subject.strip(), body, html)


def _span(text: str, language: Language) -> str:
    """A stretch of support hours, `since/until/minutes`, as people read it, e.g. 22 Kasım 2026 21:40-22:00 (20 dk)."""
    since, until, minutes = text.split("/")
    lengths = zip(("hours", "minutes"), divmod(int(minutes), 60), strict=True)
    length = " ".join(translate(language, f"promise.{unit}", number=number) for unit, number in lengths if number)
    end = clock.local(datetime.fromisoformat(until))
    return f"{moment(datetime.fromisoformat(since), language)}-{end:%H:%M} ({length})"


def sender(kind: LetterKind, settings: Settings) -> str:
    """The address that letters of a kind come from."""
    return settings.vendor.billing_email if kind in OF_BILLING else settings.vendor.general_email


def moment(instant: datetime, language: Language) -> str:
    """An instant as people in Turkey read it, e.g. 22 Kasım 2026 17:45."""
    return format_datetime(clock.local(instant), "d MMMM y HH:mm", locale=language)
