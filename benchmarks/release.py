"""Keeps what was measured: a page and a drawing for each release, the newest also in `docs/performance.md`."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from pathlib import Path

from api import clock
from benchmarks.plot import svg
from benchmarks.results import Result, markdown

_BEGIN, _END = "<!-- newest: written by make bench -->", "<!-- end of newest -->"
_MEASURED = re.compile(r"^Measured on (\d{4}-\d\d-\d\d)", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")


def named(release: str) -> str:
    """The name, if files may have it; ArgumentTypeError otherwise."""
    if not _NAME.fullmatch(release):
        raise ArgumentTypeError(f"{release!r} is no name of a release: letters, digits, '.', '+' and '-' only")
    return release


def save(docs: Path, release: str, results: list[Result], facts: list[str]) -> Path:
    """Write the release's page and drawing below `docs`, and put them into `performance.md`; answers the page."""
    folder = docs / "performance"
    folder.mkdir(exist_ok=True)
    title = f"Performance of {release}"
    (folder / f"{release}.svg").write_text(svg(title, results), "utf-8")
    machine = "\n".join(f"- {fact}" for fact in facts)
    measured = f"Measured on {clock.today()} (what and how: [performance](../performance.md)):"
    picture = f"![Ratios, targets and spreads; the table below has the figures]({release}.svg)"
    page = folder / f"{release}.md"
    page.write_text(f"# {title}\n\n{measured}\n\n{machine}\n\n{picture}\n\n{markdown(results)}", "utf-8")
    _embed(docs / "performance.md", folder, release, markdown(results))
    return page


def _embed(index: Path, folder: Path, release: str, table: str) -> None:
    dates = {page.stem: _MEASURED.search(page.read_text("utf-8")) for page in sorted(folder.glob("*.md"))}
    older = sorted(((found[1], name) for name, found in dates.items() if found and name != release), reverse=True)
    links = [f"- [{name}](performance/{name}.md), {day}" for day, name in older]
    block = "\n".join(
        [
            _BEGIN,
            f"## [{release}](performance/{release}.md)\n",
            f"![Ratios, targets and spreads of {release}](performance/{release}.svg)\n",
            table,
            *(["### Earlier\n", *links, ""] if links else []),
            _END,
        ]
    )
    before, _, rest = index.read_text("utf-8").partition(_BEGIN)
    index.write_text(before + block + rest.partition(_END)[2], "utf-8")
