"""Markdown in, sanitised HTML out; clause headings get an anchor, e.g. `### 5.1.1 …` is `#clause-5.1.1`."""

from __future__ import annotations

import re
from html import escape

import nh3
from anyio import to_thread
from markdown_it import MarkdownIt

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "li", "ol", "p", "pre", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_HEADINGS = {f"h{level}" for level in range(1, 7)}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}} | {heading: {"id"} for heading in _HEADINGS}
_CLAUSE = re.compile(r"<(h[1-6])>(\d+(?:\.\d+)*)(?=[.\s<])")
# Rendering nests as deep as the text does; nobody writes deeper than this.
_DEEPEST = 20
# Nor tables of more cells; a row that ends early is filled up to the width of its head.
_MOST_CELLS = 5000
_LINE = re.compile(r"\r\n?|\n")
# The line below a table's head, in a quotation too.
_BELOW_HEAD = re.compile(r"[\s>]*[|:-][|:\s-]*")
_COLUMN = re.compile(r"-+")


def render(markdown: str) -> str:
    """HTML without scripts, styles or raw HTML; images are links, which say nothing of where they come from."""
    if _cells(markdown) > _MOST_CELLS:
        return _as_written(markdown)
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST}).enable("table").disable("image")
    tokens = parser.parse(markdown)
    # The parser leaves out what nests deeper: such a text is shown as it was written.
    if any(token.level >= _DEEPEST - 1 for token in tokens):
        return _as_written(markdown)
    html = _CLAUSE.sub(r'<\1 id="clause-\2">\2', parser.renderer.render(tokens, parser.options, {}))
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


async def rendered(markdown: str) -> str:
    """As `render`, in a thread of its own; to be called before a transaction, which others may wait for."""
    return await to_thread.run_sync(render, markdown)


def _as_written(markdown: str) -> str:
    return f"<pre>{escape(markdown, quote=False)}</pre>"


def _cells(markdown: str) -> int:
    """How many cells the tables of a text have at most: a table ends with an empty line."""
    cells = width = 0
    for line in _LINE.split(markdown):
        if not line.strip(" \t>"):
            width = 0
        elif _BELOW_HEAD.fullmatch(line):
            width = max(width, len(_COLUMN.findall(line)))
        cells += width
    return cells
