"""Sentences in Turkish and English.

One TOML file per area and language; the key of a sentence is the file's stem and its path inside,
e.g. `refusals.required`. A test compares the key sets and the placeholders of the two languages.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, get_args

from babel.dates import format_date

Language = Literal["tr", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT_LANGUAGE: Language = "tr"


def _flatten(prefix: str, table: dict[str, object]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in table.items():
        path = f"{prefix}.{key}"
        if isinstance(value, dict):
            flat |= _flatten(path, value)
        else:
            flat[path] = str(value)
    return flat


@cache
def catalog(language: Language) -> dict[str, str]:
    """Every sentence of a language by key."""
    sentences: dict[str, str] = {}
    for file in sorted((Path(__file__).parent / language).glob("*.toml")):
        sentences |= _flatten(file.stem, tomllib.loads(file.read_text("utf-8")))
    return sentences


def translate(language: Language, key: str, **values: object) -> str:
    """The sentence for `key`, days in it written out; KeyError for an unknown key: no typo can reach a reader."""
    sentence = catalog(language)[key]
    if not values:
        return sentence
    return sentence.format_map(
        {
            name: format_date(value, "d MMMM y", locale=language) if isinstance(value, date) else value
            for name, value in values.items()
        }
    )


def as_language(text: str | None) -> Language | None:
    """The language named by a cookie, a row or a form, if it is one of ours."""
    for language in LANGUAGES:
        if text == language:
            return language
    return None


@lru_cache(256)
def accepted_language(header: str) -> Language:
    """The best of ours for an Accept-Language header (RFC 9110 12.5.4); Turkish when none matches."""
    wanted: list[tuple[float, int, Language]] = []
    for position, part in enumerate(header[:500].split(",")):
        tag, _, parameters = part.strip().partition(";")
        language = as_language(tag.strip().lower().split("-")[0])
        try:
            quality = float(parameters.partition("=")[2]) if "q=" in parameters else 1.0
        except ValueError:
            quality = 0.0
        if language and quality > 0:
            wanted.append((-quality, position, language))
    return min(wanted)[2] if wanted else DEFAULT_LANGUAGE
