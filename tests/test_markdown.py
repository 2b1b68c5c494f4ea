"""Markdown whose tables would be large is shown as it was written."""

from __future__ import annotations

import pytest

from api.markdown import render


def _table(columns: int, rows: int, row: str, quoted: str = "", end: str = "\n") -> str:
    lines = ["|" + "a|" * columns, "|" + "-|" * columns, *[row] * rows]
    return "".join(f"{quoted}{line}{end}" for line in lines)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("quoted", ["", "> "])
@pytest.mark.parametrize(("columns", "rows", "row"), [(1000, 4000, "|x"), (2, 6000, "|"), (70, 90, "|\u2028\u2028x")])
def test_a_table_that_would_be_filled_up_is_shown_as_written(
    columns: int, rows: int, row: str, quoted: str, end: str
) -> None:
    text = _table(columns, rows, row, quoted, end)
    html = render(text)
    assert html.startswith("<pre>")
    assert html.count("x") == text.count("x")
    assert len(html) < 2 * len(text)


def test_tables_that_people_write_are_tables() -> None:
    # Each ends with its empty line: what follows is no part of it.
    text = "\n".join(
        [_table(20, 100, "|" + "hücre|" * 20), "satır\n" * 4000, _table(3, 500, "|1|2|3|"), "a\n---\n" * 400]
    )
    html = render(text)
    assert (html.count("<table>"), html.count("<tr>"), html.count("<td>")) == (2, 602, 2000 + 1500)
