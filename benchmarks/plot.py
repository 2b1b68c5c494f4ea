"""The results as a drawing: a bar a ratio, its target as a mark, its spread as a whisker; SVG for light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape

from benchmarks.results import Result

_WIDTH, _LEFT, _RIGHT = 760, 250, 110
_ROW, _BAR, _HEAD, _FOOT = 30, 16, 46, 34
_STYLE = """
  svg { color-scheme: light dark; --ink: #1d2430; --soft: #5c6675; --line: #d5dae1; --bar: #2f6f9f; --missed: #b3541e;
    --paper: #fff; font: 13px system-ui, sans-serif }
  @media (prefers-color-scheme: dark) { svg { --ink: #e6e9ee; --soft: #a3adba; --line: #3a4350; --bar: #3a7fb3;
    --missed: #c2602a; --paper: #14181e } }
  text { fill: var(--ink) } .soft { fill: var(--soft) } .end { text-anchor: end } .middle { text-anchor: middle }
  .title { font-size: 15px; font-weight: 600 } .paper { fill: var(--paper) } .line { stroke: var(--line) }
  .reached { fill: var(--bar) } .missed { fill: var(--missed) }
  .target { stroke: var(--ink); stroke-width: 3 } .spread { stroke: var(--ink); stroke-width: 1 }
"""


def svg(title: str, results: list[Result]) -> str:
    """The drawing: above what should be as high as possible, below what should stay low, each on its own scale."""
    parts = []
    top = 0
    for heading, at_most in (
        ("Of the floor: a longer bar is better", False),
        ("Growth: a shorter bar is better", True),
    ):
        those = [one for one in results if one.at_most is at_most]
        if those:
            parts += list(_panel(top, heading, those))
            top += _HEAD + _ROW * len(those) + _FOOT
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" role="img" aria-labelledby="t d">',
            f'<title id="t">{escape(title)}</title>',
            f'<desc id="d">{escape(" ".join(_told(one) for one in results))}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect class="paper" width="{_WIDTH}" height="{top}"/>',
            *parts,
            "</svg>\n",
        ]
    )


def _told(one: Result) -> str:
    low, high = one.spread
    spread = f", between {low:.2f} and {high:.2f}" if low != high else ""
    return f"{one.name} {one.title}: {one.ratio:.2f}{spread}; target {one.wanted}{'' if one.reached else ', missed'}."


def _panel(top: int, heading: str, results: list[Result]) -> Iterator[str]:
    longest = max(max(one.spread[1], one.target) for one in results) * 1.05
    step = next(size for size in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000) if longest / size <= 8)

    def at(ratio: float) -> str:
        return f"{_LEFT + ratio / longest * (_WIDTH - _LEFT - _RIGHT):.1f}"

    bottom = top + _HEAD + _ROW * len(results)
    yield f'<text class="title" x="16" y="{top + 28}">{escape(heading)}</text>'
    yield f'<text class="soft end" x="{_WIDTH - 16}" y="{top + 28}">mark: the target; whisker: all rounds</text>'
    for place in range(int(longest / step) + 1):
        x = at(place * step)
        yield f'<line class="line" x1="{x}" x2="{x}" y1="{top + _HEAD - 4}" y2="{bottom}"/>'
        yield f'<text class="soft middle" x="{x}" y="{bottom + 16}">{place * step:.3g}</text>'
    for row, one in enumerate(results):
        middle = top + _HEAD + _ROW * row + _ROW // 2 - 2
        yield from _bar(middle, one, at)


def _bar(middle: int, one: Result, at: Callable[[float], str]) -> Iterator[str]:
    """One result: its name, bar, whisker and mark, and the ratio in figures."""
    low, high = one.spread
    kind = "reached" if one.reached else "missed"
    begin, end = float(at(0)), float(at(one.ratio))
    yield f'<text class="end" x="{_LEFT - 10}" y="{middle + 5}">{escape(f"{one.name} {one.title}")}</text>'
    yield (
        f'<rect class="{kind}" x="{begin}" y="{middle - _BAR // 2}" width="{end - begin:.1f}" height="{_BAR}" rx="2"/>'
    )
    if low != high:
        yield f'<line class="spread" x1="{at(low)}" x2="{at(high)}" y1="{middle}" y2="{middle}"/>'
        for edge in (low, high):
            yield f'<line class="spread" x1="{at(edge)}" x2="{at(edge)}" y1="{middle - 4}" y2="{middle + 4}"/>'
    mark = at(one.target)
    yield f'<line class="target" x1="{mark}" x2="{mark}" y1="{middle - 11}" y2="{middle + 11}"/>'
    yield f'<text x="{_WIDTH - _RIGHT + 12}" y="{middle + 5}">{one.ratio:.2f}{"" if one.reached else " missed"}</text>'
