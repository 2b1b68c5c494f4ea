"""What a page or letter says, and what in it could do something: for texts of people who mean harm."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

# What markup of ours may name: our own paths, and links that people follow on their own.
_OWN = re.compile(r"(?:/(?!/)|#|\?|data:,$|http://testserver(?:/|$)|http://127\.0\.0\.1:\d+(?:/|$))")
_SHUNNED = {"iframe", "object", "embed", "base", "applet", "frame", "math", "audio", "video", "style", "marquee"}
_ADDRESSES = {
    "src",
    "srcset",
    "href",
    "xlink:href",
    "action",
    "formaction",
    "poster",
    "background",
    "data",
    "ping",
    "cite",
}


class Look(HTMLParser):
    """Reads a document as a browser does."""

    def __init__(self, *, letter: bool = False) -> None:
        super().__init__(convert_charrefs=True)
        self.letter = letter
        self.text: list[str] = []
        self.dangers: list[str] = []

    def handle_data(self, data: str) -> None:
        """What stands on the page."""
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        """No text of people becomes a comment."""
        self.dangers.append(f"comment: {data}")

    def handle_pi(self, data: str) -> None:
        """Nor an instruction."""
        self.dangers.append(f"instruction: {data}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """What an element could do."""
        given = {name: value or "" for name, value in attrs}
        if (tag in _SHUNNED and not (self.letter and tag == "style")) or (tag == "meta" and "http-equiv" in given):
            self.dangers.append(tag)
        if tag == "script" and (self.letter or not given.get("src", "").startswith("/static/")):
            self.dangers.append(f"script {given}")
        for name, value in given.items():
            if name.startswith(("on", "hx-on", "srcdoc")) or (name == "style" and not self.letter):
                self.dangers.append(f"{tag} {name}={value}")
            if name in _ADDRESSES and not self._harmless(tag, name, value):
                self.dangers.append(f"{tag} {name}={value}")
            if name.startswith("hx-") and "evil.example" in value:
                self.dangers.append(f"{tag} {name}={value}")

    @staticmethod
    def _harmless(tag: str, name: str, value: str) -> bool:
        if _OWN.match(value) or not value:
            return True
        # Who follows a link leaves on their own; nothing else leads away.
        return tag == "a" and name == "href" and urlsplit(value).scheme in {"http", "https", "mailto", ""}


def looked(document: str, *, letter: bool = False) -> Look:
    """A document that was read."""
    look = Look(letter=letter)
    look.feed(document)
    look.close()
    return look


def squeezed(text: str) -> str:
    """A text without white space, which markup may change."""
    return "".join(text.split())


def letters_of(text: str) -> str:
    """The letters and digits of a text of Markdown, whose marks become markup."""
    return re.sub(r"[\W_]", "", html.unescape(text))
