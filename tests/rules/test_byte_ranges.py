from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.rules.byte_ranges import wanted_part

ETAG = '"abc"'


@pytest.mark.parametrize(
    ("range_", "if_range", "expected"),
    [
        (None, None, None),
        ("bytes=0-", None, (0, 100, True)),
        ("bytes=1-", None, (1, 100, True)),
        ("bytes=99-", None, (99, 100, True)),
        ("Bytes = 5-9", None, (5, 10, False)),
        ("bytes=5-5", None, (5, 6, False)),
        ("bytes=5-1000", None, (5, 100, False)),
        ("bytes=-10", None, (90, 100, False)),
        ("bytes=-1000", None, (0, 100, False)),
        ("bytes=1-", ETAG, (1, 100, True)),
        # Another version of the file, a weak tag, a day: the whole is sent.
        ("bytes=1-", '"abd"', None),
        ("bytes=1-", 'W/"abc"', None),
        ("bytes=1-", "Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("bytes=9-5", None, None),
        ("bytes=0-1,5-6", None, None),
        ("bytes=", None, None),
        ("bytes=-", None, None),
        ("bytes=a-b", None, None),
        ("bytes=٣-", None, None),
        ("lines=1-", None, None),
        ("bytes=" + "9" * 30 + "-", None, None),
    ],
)
def test_which_part_is_wanted(range_: str | None, if_range: str | None, expected: tuple[int, int, bool] | None) -> None:
    found = wanted_part(range_, if_range, ETAG, 100)
    assert (found and (found.start, found.stop, found.open_ended)) == expected
    assert found is None or found.satisfiable


@pytest.mark.parametrize("range_", ["bytes=100-", "bytes=100-200", "bytes=5000-", "bytes=-0"])
def test_a_part_beyond_the_end_cannot_be_sent(range_: str) -> None:
    found = wanted_part(range_, None, ETAG, 100)
    assert found
    assert not found.satisfiable


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 200))
def test_a_part_lies_within_the_file(first: int, last: int, size: int) -> None:
    found = wanted_part(f"bytes={first}-{last}", None, ETAG, size)
    if found and found.satisfiable:
        assert 0 <= found.start < found.stop <= size
        assert (found.start, found.stop) == (first, min(size, last + 1))
    else:
        assert first >= size or first > last
