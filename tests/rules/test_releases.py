from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.rules.releases import Hindrance, ReleaseFacts, covered, hindrance, latest_covered


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Midnight in Istanbul is 21:00 UTC of the day before.
@pytest.mark.parametrize(
    ("released_at", "until", "expected"),
    [
        ("2027-03-10 08:00:00", date(2027, 3, 10), True),
        ("2027-03-10 20:59:59.999999", date(2027, 3, 10), True),
        ("2027-03-10 21:00:00", date(2027, 3, 10), False),
        ("2027-03-09 21:00:00", date(2027, 3, 9), False),
        ("2027-03-09 20:59:59", date(2027, 3, 9), True),
        ("2028-02-28 21:00:00", date(2028, 2, 28), False),
        ("2028-02-28 21:00:00", date(2028, 2, 29), True),
        ("2028-02-29 20:59:59", date(2028, 2, 29), True),
        ("2028-02-29 21:00:00", date(2028, 2, 29), False),
        ("2027-02-28 20:59:59", date(2027, 2, 28), True),
        ("2027-02-28 21:00:00", date(2027, 2, 28), False),
        ("2027-12-31 21:00:00", date(2027, 12, 31), False),
        ("2027-01-01 00:00:00", None, False),
    ],
)
def test_a_release_is_covered_until_the_end_of_the_last_day_in_istanbul(
    released_at: str, until: date | None, expected: bool
) -> None:
    assert covered(at(released_at), until) is expected


def facts(version: str, released_at: str, *, yanked: bool = False, security: bool = False) -> ReleaseFacts:
    return ReleaseFacts(version, at(released_at), security, yanked)


OLD, SECURE, YANKED, NEW = RELEASES = (
    facts("1.0.0", "2026-01-10 08:00:00"),
    facts("1.0.1", "2026-06-30 20:59:00", security=True),
    facts("1.1.0", "2026-06-30 20:59:30", yanked=True),
    facts("2.0.0", "2026-06-30 21:00:00"),
)


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (None, None),
        (date(2026, 1, 9), None),
        (date(2026, 1, 10), OLD),
        (date(2026, 6, 29), OLD),
        (date(2026, 6, 30), SECURE),
        (date(2026, 7, 1), NEW),
    ],
)
def test_the_latest_covered_release_is_none_that_was_taken_back(
    until: date | None, expected: ReleaseFacts | None
) -> None:
    assert latest_covered(RELEASES, until) == expected
    assert latest_covered(RELEASES[::-1], until) == expected


def test_a_product_without_releases_has_no_latest() -> None:
    assert latest_covered([], date(2027, 1, 1)) is None
    assert latest_covered([YANKED], date(2027, 1, 1)) is None


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - as it wants them
    st.dates(date(2000, 1, 1), date(2060, 1, 1)),
)
def test_what_a_day_covers_each_later_day_covers_too(released_at: datetime, until: date) -> None:
    if covered(released_at, until):
        assert covered(released_at, until + timedelta(days=1))
    # Istanbul's days end before those of UTC.
    assert not covered(datetime.combine(until + timedelta(days=1), datetime.min.time(), UTC), until)


FREE: dict[str, bool] = {"active": True, "of_product": True, "has_file": True}


@pytest.mark.parametrize(
    ("changes", "release", "until", "expected"),
    [
        ({}, OLD, date(2026, 1, 10), None),
        ({}, SECURE, date(2026, 6, 30), None),
        ({}, OLD, date(2026, 1, 9), Hindrance.NOT_COVERED),
        ({}, NEW, date(2026, 6, 30), Hindrance.NOT_COVERED),
        ({}, NEW, date(2026, 7, 1), None),
        ({}, facts("3", "2028-02-28 21:00:00"), date(2028, 2, 29), None),
        ({}, facts("3", "2028-02-29 20:59:59"), date(2028, 2, 29), None),
        ({}, facts("3", "2028-02-29 21:00:00"), date(2028, 2, 29), Hindrance.NOT_COVERED),
        ({}, OLD, None, Hindrance.NOT_COVERED),
        ({}, YANKED, date(2027, 1, 1), Hindrance.YANKED),
        ({}, YANKED, date(2025, 1, 1), Hindrance.YANKED),
        ({"has_file": False}, OLD, date(2027, 1, 1), Hindrance.NO_FILE),
        ({"has_file": False}, NEW, date(2026, 6, 30), Hindrance.NO_FILE),
        ({"active": False}, OLD, date(2027, 1, 1), Hindrance.LICENSE),
        ({"active": False}, YANKED, date(2027, 1, 1), Hindrance.LICENSE),
        ({"of_product": False}, OLD, date(2027, 1, 1), Hindrance.FOREIGN),
        ({"of_product": False, "active": False, "has_file": False}, YANKED, None, Hindrance.FOREIGN),
    ],
)
def test_what_keeps_a_license_from_a_file(
    changes: dict[str, bool], release: ReleaseFacts, until: date | None, expected: Hindrance | None
) -> None:
    assert hindrance(until=until, release=release, **(FREE | changes)) is expected


@pytest.mark.parametrize(
    ("published", "latest"),
    [
        (["1.0", "1.1", "2.0"], "2.0"),
        (["2.0", "1.9.1"], "2.0"),
        (["1.9", "1.10"], "1.10"),
        (["2.0", "3.0-beta.1"], "2.0"),
        (["3.0-beta.1"], "3.0-beta.1"),
        (["3.0-beta.1", "3.0"], "3.0"),
        (["1.0", "1.0.0"], "1.0.0"),
        ([], None),
    ],
)
def test_the_latest_is_the_highest_finished_version_whenever_it_came_out(
    published: list[str], latest: str | None
) -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    releases = [
        ReleaseFacts(version, begun + timedelta(days=day), security=False, yanked=False)
        for day, version in enumerate(published)
    ]
    found = latest_covered(releases, date(2026, 12, 31))
    assert (found and found.version) == latest
