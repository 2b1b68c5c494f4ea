"""The documents say what the program does: settings, commands, scopes, codes, links between pages."""

from __future__ import annotations

import argparse
import ast
import re
from pathlib import Path

import pytest
from graphql import parse, validate

from api.__main__ import _parser
from api.caller import STAFF_SCOPES
from api.schema.root import schema
from api.settings import ROOT, load

SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text("utf-8")
# Read by the tests alone (tests/conftest.py).
OF_TESTS = {"TEST_POSTGRES_URL"}


def _variables() -> set[str]:
    """Every variable that the settings read."""
    tree = ast.parse((ROOT / "api" / "settings.py").read_text("utf-8"))
    return {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("env.")
        if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
        if call.args[0].value.isupper()
    }


def _documented() -> dict[str, list[str]]:
    """The cells of each variable's line."""
    lines = [line.strip("| ").split(" | ") for line in SETTINGS.splitlines() if line.startswith("| `")]
    assert {len(cells) for cells in lines} <= {3, 4}
    return {cells[0].strip("`"): cells for cells in lines}


def test_every_setting_is_documented_and_no_other() -> None:
    assert len(_variables()) == 68
    assert set(_documented()) == _variables() | OF_TESTS


@pytest.mark.parametrize("name", sorted(_documented()))
def test_a_setting_has_a_meaning_and_a_default(name: str) -> None:
    _, meaning, default, *_ = _documented()[name]
    assert meaning.strip().endswith(".")
    assert default.strip()


def test_the_documented_defaults_are_the_programs() -> None:
    given = {
        name: default.strip("`")
        for name, (_, _, default, *_) in _documented().items()
        if name not in OF_TESTS and re.fullmatch(r"`[^`$]+`", default) and "/" not in default
    }
    assert len(given) == 47
    assert load(given) == load({})


def test_every_command_and_option_is_documented() -> None:
    (commands,) = [a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction)]
    documented = re.findall(r"^\| `([a-z-]+)[ `]", COMMANDS, re.MULTILINE)
    assert documented == list(commands.choices)
    for name, parser in commands.choices.items():
        (line,) = [line for line in COMMANDS.splitlines() if line.startswith(f"| `{name}")]
        options = [option for action in parser._actions for option in action.option_strings if option.startswith("--")]
        assert [option for option in options if option != "--help" and option not in line] == []


def test_every_staff_scope_is_documented() -> None:
    text = "\n".join(file.read_text("utf-8") for file in (ROOT / "docs").glob("*.md"))
    assert [scope for scope in STAFF_SCOPES if scope not in text] == []
    assert set(re.findall(r"^\| `([a-z]+:[a-z]+)` \|", COMMANDS, re.MULTILINE)) == STAFF_SCOPES


@pytest.mark.parametrize(
    "file", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]), ids=lambda file: file.name
)
def test_links_between_documents_lead_somewhere(file: object) -> None:
    path = ROOT / str(file)
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text("utf-8"))
    broken = [link for link in links if "://" not in link and not (path.parent / link).exists()]
    assert broken == []


def test_the_commands_of_the_readme_exist() -> None:
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))
    assert named <= made
    assert {"run", "test", "check", "help"} <= named


@pytest.mark.parametrize("file", sorted((ROOT / "docs").rglob("*.md")), ids=lambda file: file.name)
def test_every_operation_in_the_docs_fits_the_schema(file: Path) -> None:
    for block in re.findall(r"```graphql\n(.*?)```", file.read_text("utf-8"), re.DOTALL):
        assert validate(schema._schema, parse(block)) == [], block
