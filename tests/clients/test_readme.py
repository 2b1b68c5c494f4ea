"""clients/README.md does what it says: its blocks are run in their order by a module author of ten minutes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import ruhsat_license

from api.settings import ROOT
from tests.clients.running_php import LOUD, php
from tests.clients.vectors import CURRENT, LEASE, NEXT, public_of
from tests.clients.vendor import Vendor, running_vendor
from tests.php import php_path

CLIENTS = ROOT / "clients"
README = (CLIENTS / "README.md").read_text("utf-8")
ARGUMENTS = (LEASE.key, "https://www.ornek.com.tr/whmcs/")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def vendor() -> Iterator[Vendor]:
    """A license server for a product of the README's."""
    with running_vendor() as vendor:
        now = datetime.now(UTC)
        own = replace(LEASE, product="sms-habercisi", issued_at=now, expires_at=now + timedelta(days=7))
        vendor.answer = vendor.agreeing(own)
        yield vendor


@pytest.fixture
def folder(vendor: Vendor, tmp_path: Path) -> Path:
    """A module with the files of the README, and the keys and the address of a real server."""
    names = ("license.php", "cron.php", "page.php", "update.php", "offline.php")
    for name, block in zip((*names, "module.py"), (*_blocks("php"), *_blocks("python")), strict=True):
        for shown, real in (
            ("0123456789abcdef", CURRENT.kid),
            ("PUBLIC-KEY-OF-CURRENT", public_of(CURRENT)),
            ("fedcba9876543210", NEXT.kid),
            ("PUBLIC-KEY-OF-NEXT", public_of(NEXT)),
            ("https://portal.example.com/graphql", vendor.endpoint),
        ):
            block = block.replace(shown, real)  # noqa: PLW2901
        (tmp_path / name).write_text(block, "utf-8")
    shutil.copy(CLIENTS / "php" / "RuhsatLicense.php", tmp_path)
    shutil.copy(CLIENTS / "python" / "ruhsat_license.py", tmp_path)
    return tmp_path


def _ran(folder: Path, *command: str) -> str:
    program = [str(php_path()), *LOUD] if command[0].endswith(".php") else [sys.executable]
    done = subprocess.run([*program, *command], cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def test_the_quick_start_in_php(folder: Path, vendor: Vendor) -> None:
    assert _ran(folder, "page.php", *ARGUMENTS) == "stopped: NONE\n"
    assert _ran(folder, "cron.php", *ARGUMENTS) == "VALID\n"
    assert _ran(folder, "cron.php", *ARGUMENTS) == ""
    assert _ran(folder, "page.php", *ARGUMENTS) == "running\n"
    assert _ran(folder, "update.php", *ARGUMENTS) == "update: 2.1.0\nsupport until: 2027-11-22\n"
    assert _ran(folder, "page.php", LEASE.key, "baska.com.tr") == "stopped: WRONG_DOMAIN\n"


def test_a_machine_without_a_network(folder: Path) -> None:
    now = datetime.now(UTC)
    own = replace(LEASE, product="sms-habercisi", issued_at=now, expires_at=now + timedelta(days=366), nonce=None)
    (folder / "lease.txt").write_text(own.signed(CURRENT) + "\n", "utf-8")
    assert _ran(folder, "offline.php", *ARGUMENTS, "lease.txt") == "VALID\n"
    assert _ran(folder, "page.php", *ARGUMENTS) == "running\n"


def test_a_refusal_is_said_in_the_servers_words(folder: Path, vendor: Vendor) -> None:
    agreed = vendor.answer
    vendor.answer = vendor.refusing()
    try:
        assert _ran(folder, "cron.php", *ARGUMENTS) == "REFUSED\n"
    finally:
        vendor.answer = agreed
    assert _ran(folder, "page.php", *ARGUMENTS) == "stopped: İptal edildi.\n"


def test_the_quick_start_in_python(folder: Path) -> None:
    assert _ran(folder, "module.py", *ARGUMENTS) == "VALID True 2.1.0 2027-11-22\n"


def test_every_state_is_explained_and_no_other() -> None:
    explained = re.findall(r"^\| ([A-Z_]+) \| (yes|no) \|", README, re.MULTILINE)
    constants = {name for name, value in vars(ruhsat_license).items() if name.isupper() and name == value}
    assert len(explained) == len(constants) == 11
    assert {name for name, _ in explained} == constants
    assert [name for name, runs in explained if runs == "yes"] == ["VALID", "GRACE"]


def test_every_field_of_a_lease_is_explained() -> None:
    section = README[README.index("## What a lease is") :]
    cells = re.findall(r"^\| ([a-z, ]+) \|", section, re.MULTILINE)
    explained = {name for cell in cells for name in cell.split(", ")} - {"field"}
    assert explained == set(LEASE.payload())


def test_the_files_of_the_readme_are_there() -> None:
    files = re.findall(r"^\| `([\w/.]+)` \|", README, re.MULTILINE)
    assert files == ["php/RuhsatLicense.php", "python/ruhsat_license.py", "vectors.json"]
    assert [file for file in files if not (CLIENTS / file).is_file()] == []


# Words of PHP 8, and functions that came with it.
NEWER = {"T_MATCH", "T_ENUM", "T_READONLY", "T_NULLSAFE_OBJECT_OPERATOR", "T_ATTRIBUTE"}
NEWER_FUNCTIONS = {
    "str_contains",
    "str_starts_with",
    "str_ends_with",
    "array_is_list",
    "get_debug_type",
    "json_validate",
}


def test_the_php_client_has_no_word_that_7_4_does_not_know() -> None:
    code = r"""$tokens = array_filter(token_get_all(file_get_contents($argv[1])), 'is_array');
      echo json_encode([array_values(array_unique(array_map('token_name', array_column($tokens, 0)))),
        array_values(array_unique(array_column(array_filter($tokens, fn ($t) => $t[0] === T_STRING), 1)))]);"""
    found = php("-r", code, "--", CLIENTS / "php" / "RuhsatLicense.php")
    tokens, words = (set(names) for names in found)
    assert "T_CLASS" in tokens
    assert tokens & NEWER == set()
    assert "sodium_crypto_sign_verify_detached" in words
    assert words & NEWER_FUNCTIONS == set()
    assert {word for word in words if word.startswith(("mb_", "iconv", "idn_", "openssl_"))} == set()
