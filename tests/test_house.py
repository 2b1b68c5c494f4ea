"""House rules that a linter does not know (docs/decisions, style.md 4.12)."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from api.settings import ROOT

MIGRATIONS = ROOT / "api" / "models" / "migrations"
LONGEST_MODULE, LONGEST_FUNCTION, LONGEST_TEMPLATE = 400, 50, 60
NAMELESS = {"utils", "util", "helpers", "helper", "service", "services", "views", "misc", "common_utils"}

# What reads the machine's clock or the environment, and where that may be.
CLOCK = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.localtime",
    "time.gmtime",
}
ENVIRONMENT = {"os.environ", "os.getenv", "os.environb"}
ALLOWED = {
    ("api/clock.py", "datetime.now"): "the only clock",
    ("api/settings.py", "os.environ"): "the only reader of the environment",
    ("web/vendor.py", "os.environ"): "set-up hands it on to npm",
}
# Who may write on standard output: commands, whose answer it is.
COMMANDS = {"api/__main__.py", "api/doctor.py"}
_STATEMENT = re.compile(
    r"\s*(SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|CREATE\s+TABLE|ALTER\s+TABLE|DROP)\s", re.IGNORECASE
)


def _modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*.py")):
            if MIGRATIONS not in file.parents:
                yield file


@cache
def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def _name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def _uses(wanted: set[str]) -> set[tuple[str, str]]:
    found = set()
    for file in _modules("api", "web"):
        for node in ast.walk(_tree(file)):
            if isinstance(node, ast.Attribute):
                text = ".".join(ast.unparse(node).split(".")[-2:])
                if text in wanted:
                    found.add((_name(file), text))
            if isinstance(node, ast.ImportFrom) and node.module in {"os", "time"}:
                found |= {(_name(file), f"{node.module}.{alias.name}") for alias in node.names} & {
                    (_name(file), text) for text in wanted
                }
    return found


def test_only_the_clock_reads_the_time_and_only_the_settings_the_environment() -> None:
    assert _uses(CLOCK | ENVIRONMENT) == set(ALLOWED)


def test_no_module_has_a_name_that_attracts_everything() -> None:
    assert [
        _name(file) for file in _modules("api", "web", "tests", "benchmarks", "clients") if file.stem in NAMELESS
    ] == []


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {
        _name(file): len(file.read_text("utf-8").splitlines())
        for file in _modules("api", "web", "benchmarks", "clients")
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_function_is_longer_than_50_lines() -> None:
    long = [
        (_name(file), node.name)
        for file in _modules("api", "web", "benchmarks", "clients")
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_nothing_is_left_to_be_done_later() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    files = [
        *_modules("api", "web", "benchmarks", "clients"),
        *(ROOT / "web").rglob("*.html"),
        *(ROOT / "static").glob("site.*"),
    ]
    assert [_name(file) for file in files if marks.search(file.read_text("utf-8"))] == []


def test_only_commands_print() -> None:
    printing = {
        _name(file)
        for file in _modules("api", "web")
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    }
    assert printing == COMMANDS


def test_statements_of_the_database_are_written_in_models_only() -> None:
    written = [
        (_name(file), node.lineno)
        for file in _modules("api", "web")
        if "models" not in file.parts
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _STATEMENT.match(node.value)
    ]
    assert written == []
    calls = {"execute_query", "execute_query_dict", "execute_script", "raw", "RawSQL"}
    called = [
        _name(file)
        for file in _modules("api", "web")
        if "models" not in file.parts
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in calls
    ]
    assert called == []


def test_secrets_are_not_compared_letter_by_letter() -> None:
    """Hashes of tokens are looked up, signatures compared in constant time."""
    secret = re.compile(r"(signature|token|password_hash|secret|digest)$")
    compared = [
        (_name(file), node.lineno)
        for file in _modules("api", "web")
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.Compare)
        and any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
        and any(secret.search(ast.unparse(side)) for side in (node.left, *node.comparators))
    ]
    assert compared == []


def test_every_module_and_every_public_function_of_the_program_says_what_it_is() -> None:
    silent = []
    for file in _modules("api", "web"):
        if file.name != "__init__.py" and not ast.get_docstring(_tree(file)):
            silent.append(_name(file))
        silent += [
            f"{_name(file)}:{node.name}"
            for node in _tree(file).body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
        ]
    assert [name for name in silent if not name.endswith("root.py:find_node")] == []


def test_resolvers_read_all_rows_of_public_texts_and_of_staff_only() -> None:
    reading = {
        (_name(file), ast.unparse(node.func))
        for file in _modules("api/resolvers")
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".all")
    }
    assert reading == {
        ("api/resolvers/agreements.py", "Row.all"),
        ("api/resolvers/catalog.py", "CategoryRow.all"),
        ("api/resolvers/ticket_agents.py", "Staff.all"),
    }


def test_no_template_is_longer_than_60_lines_or_marks_text_as_safe() -> None:
    templates = {_name(file): file.read_text("utf-8") for file in (ROOT / "web").rglob("*.html")}
    long = {name for name, text in templates.items() if len(text.splitlines()) > LONGEST_TEMPLATE}
    assert long <= {"web/partials/fields.html"}  # a macro for each kind of control
    inline = re.compile(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|hx-on|javascript:")
    assert {name for name, text in templates.items() if inline.search(text)} == set()
    assert {name for name, text in templates.items() if re.search(r"autoescape|\bhttps?://", text)} == set()


@pytest.mark.parametrize("name", ["constraints.txt", "package.json", "pyproject.toml", "Makefile"])
def test_no_file_of_the_build_names_a_registry_or_a_path_of_a_machine(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert re.findall(r"https?://\S+|/(?:root|home|work)/", text) == []


def test_everything_that_is_installed_is_pinned() -> None:
    pins = (ROOT / "constraints.txt").read_text("utf-8").split()
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", pin)] == []
    versions = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"].values()
    assert [version for version in versions if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
