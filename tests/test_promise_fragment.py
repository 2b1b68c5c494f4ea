"""The promise of an answer as pages tell it: the arithmetic of 8.1 in the reader's words."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from jinja2 import Environment, FileSystemLoader

from api import clock, settings
from api.clock import ISTANBUL
from api.i18n import Language, translate
from api.rules import hours as rules
from api.settings import ROOT, Settings
from api.terms import SupportHours
from web import promises

pytestmark = pytest.mark.usefixtures("in_force")


@pytest.fixture
def in_force(basic_settings: Settings) -> None:
    settings.use(basic_settings)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


def told(start: str, minutes: int, now: str, language: Language = "tr") -> str:
    """The fragment's text."""
    due = rules.add(at(start), timedelta(minutes=minutes), settings.current().tickets.hours)
    with clock.stopped(at(now)):
        promise = promises.shown_promise(at(start), due, language)
    pages = Environment(loader=FileSystemLoader(ROOT / "web"), autoescape=True)
    html = pages.get_template("partials/support_promise.html").render(
        promise=promise, t=lambda key, **values: translate(language, key, **values)
    )
    return " ".join(pages.from_string("{{ html|striptags }}").render(html=html).split())


@pytest.mark.parametrize(
    ("start", "now", "language", "text"),
    [
        (
            "2026-11-20T21:40", "2026-11-20T21:40", "tr",
            ("En geç yarın 12:40 15 sa kaldı Destek saatleri: her gün 10:00–22:00. Şimdi 21:40."
             " bugün 21:40–22:00 20 dk yarın 10:00–12:40 2 sa 40 dk toplam 3 sa"),
        ),
        (
            "2026-11-20T21:40:30", "2026-11-21T09:00", "tr",
            ("En geç bugün 12:40 3 sa 40 dk kaldı Destek saatleri: her gün 10:00–22:00. Başlangıç: dün 21:40."
             " dün 21:40–22:00 20 dk bugün 10:00–12:40 2 sa 40 dk toplam 3 sa"),
        ),
        (
            "2026-11-20T14:00", "2026-11-23T14:00", "en",
            ("The promised time is over: Friday 20 November 17:00 Support hours: every day 10:00–22:00."
             " Counted from Friday 20 November 14:00. Friday 20 November 14:00–17:00 3 h"),
        ),
        (
            "2026-12-31T03:00", "2026-12-31T03:00", "en",
            "By today 13:00 10 h left Support hours: every day 10:00–22:00. It is 03:00. today 10:00–13:00 3 h",
        ),
    ],
)  # fmt: skip
def test_it_says_until_when_and_how_that_is_counted(start: str, now: str, language: Language, text: str) -> None:
    assert told(start, 180, now, language) == text


def test_many_days_are_told_by_the_first_and_the_last() -> None:
    text = told("2026-12-28T21:30", 3630, "2026-12-28T21:30")
    assert "bugün 21:30–22:00 30 dk arada 4 destek günü 48 sa 2 Ocak 2027 Cumartesi 10:00–22:00 12 sa toplam" in text
    assert text.startswith("En geç 2 Ocak 2027 Cumartesi 22:00 5 gün kaldı")


@pytest.mark.parametrize(
    ("days", "holidays", "text"),
    [
        ({1, 2, 3, 4, 5}, set(), "Pazartesi–Cuma 10:00–22:00"),
        ({1, 2, 3, 4, 5, 6, 7}, {date(2026, 10, 29)}, "her gün 10:00–22:00, tatil günleri dışında"),
        ({1, 3, 6}, set(), "Pzt, Çar, Cmt 10:00–22:00"),
        ({2}, set(), "Salı 10:00–22:00"),
    ],
)
def test_the_hours_are_named_with_their_days(days: set[int], holidays: set[date], text: str) -> None:
    known = SupportHours(time(10), time(22), frozenset(days), frozenset(holidays))
    assert promises.hours_of(known, "tr") == text
