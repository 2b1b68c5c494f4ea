"""Markdown in, sanitised HTML out; clause headings get an anchor, e.g. `### 5.1.1 …` is `#clause-5.1.1`."""

from __future__ import annotations

import re

import nh3
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


def render(markdown: str) -> str:
    """HTML without scripts, styles, images or raw HTML; links say nothing of where they come from."""
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST}).enable("table")
    html = _CLAUSE.sub(r'<\1 id="clause-\2">\2', parser.render(markdown))
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
