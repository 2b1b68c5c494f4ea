"""`python -m api`, as people run it: in a process of its own, with nothing but the environment."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from api.__main__ import main
from api.caller import OPEN_SCOPES, STAFF_SCOPES
from api.process import connected, prepare
from api.settings import ROOT, load
from tests.conftest import ENVIRONMENT
from tests.site import visitor
from web.app import application


class Shell:
    """Runs commands with one environment."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.mail = folder / "mail"
        self.given = ENVIRONMENT | {
            "DATABASE_URL": f"sqlite://{folder}/ruhsat.sqlite3",
            "MAIL_URL": f"file://{self.mail}",
            "PATH": os.environ["PATH"],
        }
        self.given |= variables

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """A command that runs."""
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "api", *arguments],
            cwd=ROOT,
            env=self.given | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **variables: str) -> tuple[int, str, str]:
        """What a command ended with, said, and complained of."""
        with self.start(*arguments, **variables) as process:
            try:
                out, err = process.communicate(timeout=120)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return process.returncode, out, err

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """What lies in the database."""
        with sqlite3.connect(self.folder / "ruhsat.sqlite3") as db:
            return db.execute(statement).fetchall()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Commands on a database that does not exist yet."""
    return Shell(tmp_path)


def _called(monkeypatch: pytest.MonkeyPatch, *arguments: str, **variables: str) -> int:
    """Call a command in this process, where it does not come to the point of working."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["api", *arguments])
    return main()


def test_processes_may_migrate_a_new_database_at_once_and_make_the_first_texts_once(shell: Shell) -> None:
    running = [shell.start("migrate") for _ in range(3)]
    said = [process.communicate(timeout=120) for process in running]
    assert [(process.returncode, err) for process, (_, err) in zip(running, said, strict=True)] == [(0, "")] * 3
    published = [
        "made the keys that sign leases",
        "published: Hizmet Sözleşmesi",
        "published: Kişisel Verilerin İşlenmesine İlişkin Aydınlatma Metni",
        "published: Mesafeli Satış Sözleşmesi",
        "published: Ön Bilgilendirme Formu",
        "published: İade Şartları",
    ]
    assert sorted("".join(out for out, _ in said).splitlines()) == published
    assert shell.run("migrate") == (0, "", "")
    kinds = ["DISTANCE_SALES", "PRELIMINARY_INFORMATION", "PRIVACY_NOTICE", "REFUND_TERMS", "SERVICE_AGREEMENT"]
    versions = [(kind, "2021-07-05") for kind in kinds]
    assert shell.rows("SELECT kind, version FROM agreement_documents ORDER BY kind") == versions


async def _scopes_of(shell: Shell, token: str) -> list[str]:
    """What the API says that a token may do."""
    settings = prepare(load(shell.given))
    async with connected(settings), visitor(application(settings)) as client:
        bearer = {"authorization": f"Bearer {token}"}
        response = await client.post("/graphql", json={"query": "{ viewer { isStaff scopes } }"}, headers=bearer)
    viewer = response.json()["data"]["viewer"]
    assert viewer["isStaff"] is True
    found: list[str] = viewer["scopes"]
    return found


async def test_making_somebody_staff_prints_a_token_alone_on_the_last_line(shell: Shell) -> None:
    code, out, err = shell.run("create-staff", "Deniz@Example.NET")
    assert (code, err) == (0, "")
    *_, before, token = out.splitlines()
    assert before.endswith("This token is shown once:")
    assert token.startswith("rsk_")
    assert await _scopes_of(shell, token) == sorted(STAFF_SCOPES)
    code, out, err = shell.run(
        "create-staff", "deniz@example.net", "--scope", "agreements:publish", "--scope", "accounts:read"
    )
    assert (code, err) == (0, "")
    narrow = out.splitlines()[-1]
    assert await _scopes_of(shell, narrow) == ["accounts:read", "agreements:publish"]
    # The scopes of the person are the new ones, so the first token lost what they lost.
    assert await _scopes_of(shell, token) == sorted({"accounts:read", "agreements:publish", *OPEN_SCOPES})
    assert shell.rows("SELECT email FROM people") == [("deniz@example.net",)]
    assert token not in str(shell.rows("SELECT * FROM api_tokens"))
    # The letters go out by the clock door, once.
    assert shell.run("jobs", "--once") == (0, "letters delivered: 2\naudit entries linked: 9\n", "")
    assert len(list(shell.mail.glob("*.eml"))) == 2
    assert shell.run("jobs", "--once") == (0, "", "")


def test_a_wrong_address_is_refused_with_a_sentence(shell: Shell) -> None:
    code, out, err = shell.run("create-staff", "deniz")
    assert (code, "rsk_" in out) == (1, False)
    assert err == "The e-mail address is not valid; please enter it in the form name@example.com.\n"
    assert shell.rows("SELECT count(*) FROM people") == [(0,)]


@pytest.mark.parametrize(
    "arguments", [[], ["create-staff"], ["create-staff", "a@example.net", "--scope", "account:read"], ["nothing"]]
)
def test_wrong_usage_ends_with_2_and_says_how(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        _called(monkeypatch, *arguments)
    out, err = capsys.readouterr()
    assert (ended.value.code, out, err.startswith("usage: python -m api")) == (2, "", True)


def test_exporting_and_checking_the_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _called(monkeypatch, "export-schema", "--check") == 0
    assert capsys.readouterr() == ("schema.graphql is up to date\n", "")
    file = tmp_path / "schema.graphql"
    assert _called(monkeypatch, "export-schema", str(file)) == 0
    assert file.read_text("utf-8") == (ROOT / "schema.graphql").read_text("utf-8")
    file.write_text("type Query { a: Int }")
    assert _called(monkeypatch, "export-schema", str(file), "--check") == 1
    assert capsys.readouterr() == (f"{file} differs from the code: run `make schema`\n", "")


def test_the_doctor_says_what_is_wrong(shell: Shell) -> None:
    code, out, err = shell.run("doctor")
    assert (code, err) == (1, "")
    assert out.splitlines()[0] == "wrong: The database cannot be used (OperationalError): run `python -m api migrate`."
    shell.run("migrate")
    code, out, err = shell.run("doctor")
    assert (code, out.splitlines()[-1], err) == (0, "nothing is wrong", "")
    assert "note: This is a demo: ENVIRONMENT is not production." in out.splitlines()


_CONTACT = "note: Law 6563 asks for contact data that are not set: "


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (
            {},
            [
                f"{_CONTACT}VENDOR_PHONE, VENDOR_ADDRESS, VENDOR_KEP, VENDOR_MERSIS",
                "note: BANK_ACCOUNTS is not set: nobody can pay an invoice by transfer.",
                "note: Invoices lack what VUK asks for: VENDOR_TAX_OFFICE, VENDOR_TAX_NUMBER",
            ],
        ),
        (
            {
                "VENDOR_PHONE": "0232 000 00 00",
                "VENDOR_ADDRESS": "Konak, İzmir",
                "VENDOR_KEP": "a@hs01.kep.tr",
                "VENDOR_MERSIS": "0123456789012345",
                "BANK_ACCOUNTS": "Örnek Bankası|Örnek A.Ş.|TR180099900000001234567890",
                "VENDOR_TAX_OFFICE": "Karşıyaka",
            },
            ["note: Invoices lack what VUK asks for: VENDOR_TAX_NUMBER"],
        ),
    ],
)
def test_the_doctor_tells_production_what_keeps_it_from_billing(
    shell: Shell, given: dict[str, str], missing: list[str]
) -> None:
    production = {"ENVIRONMENT": "production", "BASE_URL": "https://portal.example.net"} | given
    shell.run("migrate", **production)
    code, out, err = shell.run("doctor", **production)
    assert (code, err) == (0, "")
    root = "note: This runs as root; a service should have a user of its own."
    assert [line for line in out.splitlines() if line.startswith("note: ") and line != root] == missing


def test_the_doctor_says_what_is_wrong_with_the_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shell: Shell
) -> None:
    given = shell.given | {"ENVIRONMENT": "production", "SECRET_KEY": "short", "BASE_URL": "x"}
    assert _called(monkeypatch, "doctor", **given) == 1
    assert capsys.readouterr().out.splitlines() == [
        "wrong: BASE_URL must be the site's address without a path, e.g. https://portal.example.com.",
        "wrong: SECRET_KEY must be set in production (at least 32 characters).",
    ]


def test_production_does_not_start_without_its_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shell: Shell
) -> None:
    given = {"ENVIRONMENT": "production", "SECRET_KEY": "", "BASE_URL": "https://portal.example.net"}
    sentence = "SECRET_KEY must be set in production (at least 32 characters).\n"
    assert shell.run("serve", **given) == (1, "", sentence)
    for arguments in (["serve"], ["migrate"], ["jobs", "--once"], ["create-staff", "a@example.net"]):
        assert _called(monkeypatch, *arguments, **shell.given | given) == 1
        assert capsys.readouterr() == ("", sentence)
    assert list(shell.folder.iterdir()) == []


def test_the_key_that_a_demo_made_is_shared_by_its_commands(shell: Shell) -> None:
    del shell.given["SECRET_KEY"]
    shell.run("create-staff", "deniz@example.net")
    key = shell.folder / "secret_key"
    first = key.read_text("ascii")
    assert key.stat().st_mode & 0o777 == 0o600
    assert shell.run("jobs", "--once")[:2] == (0, "letters delivered: 1\naudit entries linked: 8\n")
    assert key.read_text("ascii") == first
    key.chmod(0o644)
    code, out, _ = shell.run("doctor")
    assert (code, out.splitlines()[0]) == (1, "wrong: secret_key can be read by others: chmod 600.")


def test_a_release_is_published_by_a_command(shell: Shell, tmp_path: Path) -> None:
    files = {"FILES_URL": f"file://{tmp_path}/files"}
    archive = tmp_path / "modul.zip"
    archive.write_bytes(b"PK\x03\x04 modul")
    notes = tmp_path / "notes.md"
    notes.write_text("- Yenilik")
    (tmp_path / "page.html").write_text("<html>")
    made = shell.run("demo", **files, CLOCK_START="2030-01-01T09:00:00Z")
    assert made[0] == 0
    options = ("--changelog", str(notes), "--security")
    code, out, err = shell.run("release", "sms-habercisi", "9.0.0", str(archive), *options, **files)
    assert (code, err) == (0, "")
    digest, release = out.splitlines()[-2:]
    assert digest == f"{hashlib.sha256(archive.read_bytes()).hexdigest()}  sms-habercisi-9.0.0.zip"
    assert release.startswith("rel_")
    ((text, security),) = shell.rows("SELECT markdown, security FROM releases WHERE version = '9.0.0'")
    assert (text, security) == ("- Yenilik", 1)
    for arguments, words in (
        (("sms-habercisi", "9.0.0", str(archive)), "published already"),
        (("yok", "9.0.1", str(archive)), "no such product"),
        (("sms-habercisi", "9.0.1", str(tmp_path / "page.html")), "zip or tar.gz"),
        (("sms-habercisi", "9.0.1", str(tmp_path / "none.zip")), "cannot be read"),
        (("sms-habercisi", "../9", str(archive)), "version is not valid"),
    ):
        code, _, err = shell.run("release", *arguments, **files)
        assert code == 1
        assert words in err
        assert "Traceback" not in err


def test_the_doctor_says_when_nobody_scans_what_has_to_be_scanned(shell: Shell) -> None:
    shell.run("migrate")
    code, out, err = shell.run("doctor", SCAN_URL="clamd://127.0.0.1:9")
    assert (code, out.splitlines()[0]) == (
        1,
        "wrong: The scanner cannot be used, so no attachment is taken: see SCAN_URL and the line above.",
    )
    assert "the scanner cannot be reached: ConnectionRefusedError" in err


def test_documents_are_registered_and_listed(shell: Shell, tmp_path: Path) -> None:
    document = tmp_path / "viewer.graphql"
    document.write_text("query Viewer { viewer { isStaff } }", "utf-8")
    digest = hashlib.sha256(document.read_bytes()).hexdigest()
    assert shell.run("migrate")[0] == 0
    assert shell.run("documents") == (0, "", "")
    assert shell.run("documents", str(document)) == (0, f"{digest}  {document}\n", "")
    code, out, err = shell.run("documents")
    assert (code, err, out.split()[0]) == (0, "", digest)
    assert out.endswith("query Viewer { viewer { isStaff } }\n")
    document.write_text("{ nothing }", "utf-8")
    refused = f"{document}: Cannot query field 'nothing' on type 'Query'.\n"
    assert shell.run("documents", "--only", str(document)) == (1, "", refused)
    missing = str(tmp_path / "none.graphql")
    assert shell.run("documents", missing) == (1, "", f"{missing} cannot be read: No such file or directory.\n")
    assert shell.run("documents", "--only") == (1, "", "--only goes with files.\n")
    assert shell.rows("SELECT sha256 FROM persisted_documents") == [(digest,)]
