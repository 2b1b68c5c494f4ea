"""Where the tests' PHP comes from: PATH, then the system's packages."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import php


class Machine:
    """A machine with some programs on PATH; packages may bring more."""

    def __init__(self) -> None:
        self.programs: set[str] = {"apt-get"}
        self.unfit: set[str] = set()
        self.packages: dict[str, str] = {}
        self.root = True
        self.installed: list[list[str]] = []

    def which(self, name: str) -> str | None:
        return f"/bin/{name}" if name in self.programs else None

    def run(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        name = Path(command[0]).name
        if name != "apt-get":
            return subprocess.CompletedProcess(command, int(name in self.unfit), "")
        if "install" not in command:
            return subprocess.CompletedProcess(command, 0, "")
        wanted = command[command.index("--no-install-recommends") + 1 :]
        self.installed.append(wanted)
        brought = self.packages.get(wanted[0])
        if brought:
            self.programs.add(brought)
        return subprocess.CompletedProcess(command, 0 if brought else 100, "Unable to locate package")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A machine without any PHP, used by root."""
    machine = Machine()
    monkeypatch.setattr("shutil.which", machine.which)
    monkeypatch.setattr("subprocess.run", machine.run)
    monkeypatch.setattr("os.geteuid", lambda: 0 if machine.root else 1000)
    php.php_path.cache_clear()
    yield machine
    php.php_path.cache_clear()


def test_the_first_fit_name_on_path_is_taken_and_nothing_is_installed(machine: Machine) -> None:
    machine.programs |= {"php", "php8.3"}
    machine.unfit = {"php"}
    assert php.main() == 0
    assert php.php_path() == "/bin/php8.3"
    assert machine.installed == []


def test_root_gets_debians_packages(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.packages = {"php8.2-cli": "php"}
    assert php.main() == 0
    assert machine.installed == [["php8.2-cli", "php8.2-curl"]]
    assert capsys.readouterr().out.splitlines() == [
        "no PHP with curl and sodium on PATH: installing the system's package with apt-get ...",
        "PHP for the tests: /bin/php",
    ]


def test_elsewhere_the_names_without_a_version_are_tried(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.packages = {"php-cli": "php"}
    assert php.main() == 0
    assert machine.installed == [["php8.2-cli", "php8.2-curl"], ["php-cli", "php-curl"]]
    assert capsys.readouterr().err == ""


def test_who_is_not_root_installs_nothing(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.root = False
    assert php.main() == 1
    assert machine.installed == []
    assert capsys.readouterr().err.startswith("No PHP can be had")


def test_where_none_can_be_had_it_says_so_and_fails(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert php.main() == 1
    told = capsys.readouterr().err
    assert "Unable to locate package" in told
    assert "No PHP can be had" in told


def test_the_php_of_this_run_speaks_curl_and_sodium() -> None:
    path = php.php_path()
    assert path is not None
    code = 'echo (int) function_exists("curl_init"), strlen(sodium_crypto_sign_keypair());'
    done = subprocess.run([path, "-r", code], capture_output=True, text=True, check=True)  # noqa: S603 - PHP itself
    assert done.stdout == "196"
