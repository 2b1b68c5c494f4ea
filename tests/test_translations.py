"""Sentences: both languages say the same things, and every key that the code uses exists and is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from string import Formatter

import pytest
from jinja2 import Environment, nodes

from api.i18n import LANGUAGES, catalog, translate
from api.outbox import LetterKind
from api.refusal import DenialCode
from api.settings import ROOT
from web.errors import PAGES

LETTERS = ROOT / "api" / "letters"
AREAS = tuple(sorted(file.stem for file in (ROOT / "api" / "i18n" / "tr").glob("*.toml")))
_KEY = re.compile(rf"(?:{'|'.join(AREAS)})(?:\.[\w\0]+)+(?<!\.toml)")
# What a key's changing part stands for; each is a literal of the code, or a plural of one.
_CHANGING = "\0"


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def _python() -> Iterator[Path]:
    for folder in ("api", "web"):
        yield from (ROOT / folder).rglob("*.py")


def _templates() -> Iterator[Path]:
    yield from (ROOT / "web").rglob("*.html")


@cache
def _words() -> frozenset[str]:
    """Every literal of the program and its templates."""
    text = "\n".join(file.read_text("utf-8") for file in (*_python(), *_templates()))
    return frozenset(re.findall(r"[\"'](\w+)[\"']", text)) | frozenset(re.findall(r"\b\d{3}\b", text))


def _texts_of(node: nodes.Node | ast.expr) -> list[str]:
    """The keys that an expression may be, with their changing parts marked."""
    match node:
        case nodes.Const(value=str(text)) | ast.Constant(value=str(text)):
            return [text]
        case nodes.CondExpr():
            return [text for way in (node.expr1, node.expr2) if way is not None for text in _texts_of(way)]
        case nodes.Concat():
            return ["".join(parts) for parts in product(*map(_texts_of, node.nodes))]
        case ast.JoinedStr():
            return ["".join(parts) for parts in product(*map(_texts_of, node.values))]
        case _:
            return [_CHANGING]


@cache
def _in_templates() -> tuple[tuple[str, str, frozenset[str]], ...]:
    """Where a template asks for a sentence: the file, the key, the names of the values."""
    found = []
    for file in _templates():
        tree = Environment(autoescape=True).parse(file.read_text("utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t":
                values = frozenset(pair.key for pair in call.kwargs)
                found += [(file.name, key, values) for key in _texts_of(call.args[0])]
    return tuple(found)


@cache
def _in_python() -> tuple[tuple[str, str], ...]:
    """Keys in Python: constants and formatted texts that look like one."""
    found = []
    for file in _python():
        every = list(ast.walk(ast.parse(file.read_text("utf-8"))))
        parts = {id(part) for node in every if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in every:
            if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in parts:
                found += [(file.name, key) for key in _texts_of(node) if _KEY.fullmatch(key)]
    return tuple(found)


def _matching(key: str) -> set[str]:
    """The sentences that a key with changing parts may stand for."""
    pattern = re.compile("([^.]*)".join(re.escape(part) for part in key.split(_CHANGING)))
    found = set()
    for known in catalog("tr"):
        match = pattern.fullmatch(known)
        if match and all(_named(part) for part in match.groups()):
            found.add(known)
    return found


def _named(part: str) -> bool:
    return not part or {part, part.removesuffix("s")} & _words() != set() or part.isdigit()


def test_both_languages_have_the_same_sentences() -> None:
    assert set(catalog("tr")) == set(catalog("en"))
    assert LANGUAGES == ("tr", "en")


def test_both_languages_fill_the_same_places() -> None:
    different = [key for key, text in catalog("tr").items() if _placeholders(text) != _placeholders(catalog("en")[key])]
    assert different == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_blank_or_untidy(language: str) -> None:
    sentences = catalog(language)  # type: ignore[arg-type]
    untidy = [key for key, text in sentences.items() if not text.strip() or (text != text.strip() and "\n" not in text)]
    assert untidy == []
    assert [key for key, text in sentences.items() if "  " in text and "\n" not in text] == []


def test_every_sentence_that_a_template_asks_for_exists() -> None:
    assert len(_in_templates()) > 150
    assert [(file, key) for file, key, _ in _in_templates() if not _matching(key)] == []


def test_every_sentence_that_python_asks_for_exists() -> None:
    assert len(_in_python()) > 50
    assert [(file, key) for file, key in _in_python() if not _matching(key)] == []


def test_templates_give_every_value_that_a_sentence_needs() -> None:
    lacking = [
        (file, known)
        for file, key, values in _in_templates()
        for known in _matching(key)
        # Which of several it is, the pages' own tests see: a value that is missing is an error.
        if _CHANGING not in key and _placeholders(catalog("tr")[known]) != values
    ]
    assert lacking == []


def test_refusals_give_every_value_that_their_sentence_needs() -> None:
    lacking = []
    for file in _python():
        for call in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or ast.unparse(call.func) not in {"Refusal.of", "translate"}:
                continue
            key = next(
                (a.value for a in call.args if isinstance(a, ast.Constant) and str(a.value) in catalog("tr")), ""
            )
            given = {keyword.arg for keyword in call.keywords}
            if key and _placeholders(catalog("tr")[str(key)]) != given:
                lacking.append((file.name, call.lineno, key))
    assert lacking == []


def test_every_sentence_is_used() -> None:
    used: set[str] = set()
    keys = {key for _, key, _ in _in_templates()} | {key for _, key in _in_python()}
    for key in keys:
        used |= _matching(key)
    assert set(catalog("tr")) - used == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_errors_and_every_denial_has_its_sentence(language: str) -> None:
    sentences = catalog(language)  # type: ignore[arg-type]
    assert {f"errors.{status}.{part}" for status in PAGES for part in ("title", "text")} <= set(sentences)
    assert {f"refusals.{code.value.lower()}" for code in DenialCode if code.value != "QUERY_TOO_COMPLEX"} <= set(
        sentences
    )


def test_there_is_a_letter_of_every_kind_in_every_language_and_no_other() -> None:
    wanted = {f"{kind}.{language}.txt" for kind in LetterKind for language in LANGUAGES}
    assert {file.name for file in LETTERS.glob("*.txt")} == wanted
    buttons = {key.rpartition(".")[2] for key in catalog("tr") if key.startswith("letters.button.")}
    without_link = {"password_changed", "email_change_notice", "email_change_taken", "email_changed"}
    assert buttons == {kind.value for kind in LetterKind} - without_link


@pytest.mark.parametrize("kind", LetterKind)
def test_both_languages_of_a_letter_say_the_same(kind: LetterKind) -> None:
    made = {}
    for language in LANGUAGES:
        source = (LETTERS / f"{kind}.{language}.txt").read_text("utf-8")
        subject, _, body = source.partition("\n")
        assert subject.strip()
        assert body.strip()
        made[language] = set(re.findall(r"\{\{\s*(\w+)", source))
    assert made["tr"] == made["en"]


def test_an_unknown_key_is_a_mistake_and_not_a_sentence() -> None:
    with pytest.raises(KeyError):
        translate("tr", "refusals.no_such_sentence")
    with pytest.raises(KeyError):
        translate("tr", "refusals.too_long", low=1)
