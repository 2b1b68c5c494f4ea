"""Where the tests' Chromium comes from: PATH, then the system's packages, then playwright's installer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import chromium

PLAYWRIGHT = "playwright's own"


class Machine:
    """A machine with some programs on PATH; what is run on it may bring more."""

    def __init__(self) -> None:
        self.programs: set[str] = set()
        self.broken: set[str] = set()
        self.brings: dict[str, str] = {}
        self.own = False
        self.root = True
        self.ran: list[list[str]] = []

    def which(self, name: str) -> str | None:
        return f"/bin/{name}" if name in self.programs else None

    def run(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        name = Path(command[0]).name
        if command[1:] != ["--version"]:
            self.ran.append(command)
        word = "playwright" if "playwright" in command else command[0]
        if "install" not in command:
            return subprocess.CompletedProcess(command, int(name in self.broken), "")
        brought = self.brings.get(word)
        if brought == PLAYWRIGHT:
            self.own = True
        elif brought:
            self.programs.add(brought)
        return subprocess.CompletedProcess(command, 0 if brought else 1, "out of reach")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A machine without any Chromium, used by root."""
    machine = Machine()
    monkeypatch.setattr("shutil.which", machine.which)
    monkeypatch.setattr("subprocess.run", machine.run)
    monkeypatch.setattr("os.geteuid", lambda: 0 if machine.root else 1000)
    monkeypatch.setattr(chromium, "own_runs", lambda: machine.own)
    chromium.chromium_path.cache_clear()
    yield machine
    chromium.chromium_path.cache_clear()


@pytest.mark.parametrize("place", range(len(chromium.NAMES)))
def test_the_first_name_on_path_is_taken_and_nothing_is_installed(machine: Machine, place: int) -> None:
    machine.programs = {*chromium.NAMES[place:], "apt-get"}
    assert chromium.chromium_path() == f"/bin/{chromium.NAMES[place]}"
    assert chromium.main() == 0
    assert machine.ran == []


def test_the_names_are_looked_for_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "google-chrome"
    program.write_text("#!/bin/sh\necho Chromium 1\n", "ascii")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin/nowhere")
    chromium.chromium_path.cache_clear()
    try:
        assert chromium.chromium_path() == str(program)
    finally:
        chromium.chromium_path.cache_clear()


def test_a_program_that_does_not_run_is_passed_over(machine: Machine) -> None:
    machine.programs = {"chromium", "google-chrome"}
    machine.broken = {"chromium"}
    assert chromium.chromium_path() == "/bin/google-chrome"


def test_root_gets_the_systems_package(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.programs = {"apt-get"}
    machine.brings = {"apt-get": "chromium"}
    assert chromium.main() == 0
    assert [[word for word in command if word in {"apt-get", "update", "install"}] for command in machine.ran] == [
        ["apt-get", "update"],
        ["apt-get", "install"],
    ]
    assert machine.ran[1][-3:] == ["-y", "--no-install-recommends", "chromium"]
    assert capsys.readouterr().out.splitlines() == [
        "no Chromium on PATH: installing the system's package with apt-get ...",
        "Chromium for the tests: /bin/chromium",
    ]


def test_playwrights_installer_is_the_last_resort(machine: Machine) -> None:
    machine.programs = {"apt-get"}
    machine.brings = {"playwright": PLAYWRIGHT}
    assert chromium.main() == 0
    assert chromium.chromium_path() is None
    assert machine.ran[-1] == [sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]


def test_who_is_not_root_uses_playwrights_installer_without_the_systems_packages(machine: Machine) -> None:
    machine.root = False
    machine.programs = {"apt-get"}
    machine.brings = {"playwright": PLAYWRIGHT}
    assert chromium.main() == 0
    assert machine.ran == [[sys.executable, "-m", "playwright", "install", "chromium"]]


def test_what_playwright_installed_before_is_used_again(machine: Machine) -> None:
    machine.own = True
    machine.programs = {"apt-get"}
    assert chromium.main() == 0
    assert machine.ran == []


def test_where_none_can_be_had_it_says_so_and_fails(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.programs = {"apt-get"}
    assert chromium.main() == 1
    told = capsys.readouterr().err
    assert "No Chromium can be had" in told
    assert "out of reach" in told
