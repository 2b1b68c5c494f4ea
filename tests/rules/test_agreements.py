from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.rules.agreements import REVISION_DELAY, deemed, effective_at, in_force, pending, readable_difference

ISTANBUL = ZoneInfo("Europe/Istanbul")
INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)
REFERENCE = datetime(2026, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 10**9).map(lambda seconds: REFERENCE + timedelta(seconds=seconds))


@dataclass(frozen=True)
class Text:
    id: int
    published_at: datetime
    effective_at: datetime


def text(number: int, published: datetime) -> Text:
    return Text(number, published, effective_at(published, first=number == 1))


FIRST = text(1, datetime(2021, 7, 5, tzinfo=ISTANBUL))
SECOND = text(2, datetime(2026, 11, 22, 17, 45, 12, tzinfo=ISTANBUL))
THIRD = text(3, datetime(2026, 11, 23, 9, 0, tzinfo=ISTANBUL))
ALL = [SECOND, THIRD, FIRST]


def test_a_revision_counts_24_hours_later() -> None:
    assert SECOND.effective_at == datetime(2026, 11, 23, 17, 45, 12, tzinfo=ISTANBUL)
    assert SECOND.effective_at == datetime(2026, 11, 23, 14, 45, 12, tzinfo=UTC)
    assert FIRST.effective_at == FIRST.published_at


@pytest.mark.parametrize(
    ("at", "version"),
    [
        (FIRST.published_at - INSTANT, None),
        (FIRST.published_at, FIRST),
        (SECOND.published_at, FIRST),
        (SECOND.effective_at - INSTANT, FIRST),
        (SECOND.effective_at, SECOND),
        (THIRD.effective_at - INSTANT, SECOND),
        (THIRD.effective_at, THIRD),
    ],
)
def test_the_version_in_force(at: datetime, version: Text | None) -> None:
    assert in_force(ALL, at) == version


def test_of_two_that_begin_together_the_later_published_counts() -> None:
    early = Text(4, SECOND.published_at - DAY, SECOND.effective_at)
    assert in_force([SECOND, early], SECOND.effective_at) == SECOND


def test_each_pending_version_has_its_own_clock() -> None:
    assert pending(ALL, SECOND.published_at - INSTANT) == []
    assert pending(ALL, THIRD.published_at) == [SECOND, THIRD]
    assert pending(ALL, SECOND.effective_at) == [THIRD]
    assert pending(ALL, THIRD.effective_at) == []


def test_silence_binds_to_what_came_into_force_since_the_account_exists() -> None:
    now = THIRD.effective_at
    assert deemed(ALL, FIRST.effective_at + DAY, {FIRST.id}, now) == [SECOND, THIRD]
    assert deemed(ALL, FIRST.effective_at + DAY, {FIRST.id, THIRD.id}, now) == [SECOND]
    assert deemed(ALL, FIRST.effective_at + DAY, {FIRST.id}, now - INSTANT) == [SECOND]
    assert deemed(ALL, SECOND.effective_at, set(), now) == [THIRD]


@given(st.lists(INSTANTS, max_size=6), st.data())
def test_a_version_is_never_both_pending_and_in_force(published: list[datetime], data: st.DataObject) -> None:
    versions = [Text(n, at, effective_at(at, first=False)) for n, at in enumerate(published)]
    at = data.draw(
        st.sampled_from([v.effective_at for v in versions] + [v.published_at for v in versions] or [REFERENCE])
    )
    current = in_force(versions, at)
    assert current not in pending(versions, at)
    assert all(version.effective_at - version.published_at == REVISION_DELAY for version in versions)
    assert current is None or current.effective_at == max(v.effective_at for v in versions if v.effective_at <= at)


def told(old: str, new: str) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(change.kind, [(run.kind, run.text) for run in change.runs]) for change in readable_difference(old, new)]


def test_a_changed_paragraph_shows_its_words() -> None:
    assert told("# Başlık\n\nSüre otuz gündür.", "# Başlık\n\nSüre kırk gündür.\n\nYeni madde.") == [
        ("same", [("same", "# Başlık")]),
        ("changed", [("same", "Süre "), ("removed", "otuz "), ("added", "kırk "), ("same", "gündür.")]),
        ("added", [("added", "Yeni madde.")]),
    ]


def test_unlike_paragraphs_replace_one_another() -> None:
    assert told("Bir iki üç dört.", "Tamamen başka sözler.") == [
        ("removed", [("removed", "Bir iki üç dört.")]),
        ("added", [("added", "Tamamen başka sözler.")]),
    ]


def test_words_do_not_run_together() -> None:
    assert told("bir iki üç", "bir iki") == [("changed", [("same", "bir iki "), ("removed", "üç")])]
    assert told("bir iki", "bir iki üç") == [("changed", [("same", "bir iki "), ("added", "üç")])]


def test_markup_stays_text() -> None:
    assert told("", "<b>x</b>") == [("added", [("added", "<b>x</b>")])]
    assert told("a\r\n\r\nb", "a\n\nb\n") == [("same", [("same", "a")]), ("same", [("same", "b")])]


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d", "\n\n", "\n"]), max_size=60).map(" ".join)


@settings(deadline=None)
@given(WORDS, WORDS)
def test_both_texts_can_be_read_from_the_difference(old: str, new: str) -> None:
    runs = [[run for run in change.runs if run.text] for change in readable_difference(old, new)]
    before = " ".join("".join(r.text for r in change if r.kind != "added") for change in runs)
    after = " ".join("".join(r.text for r in change if r.kind != "removed") for change in runs)
    assert before.split() == old.split()
    assert after.split() == new.split()


@pytest.mark.parametrize(
    ("paragraphs", "words", "vocabulary"), [(330, 199, 2), (35, 1900, 150), (33_000, 1, 50), (1, 60_000, 9)]
)
def test_hostile_texts_are_compared_within_a_second(paragraphs: int, words: int, vocabulary: int) -> None:
    dice = random.Random(7)  # noqa: S311 - not for secrets
    old, new = (
        "\n\n".join(" ".join(str(dice.randrange(vocabulary)) for _ in range(words)) for _ in range(paragraphs))
        for _ in "ab"
    )
    started = time.process_time()
    assert readable_difference(old, new)
    assert time.process_time() - started < 2
