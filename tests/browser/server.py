"""A real server of the site in a process of its own, and what tests do with it beside the browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.cast import PASSWORD, as_input
from tests.doors import DOCUMENTS, FORGET, REGISTER, RESET, VERIFY
from tests.ports import free_port
from tests.site import token_in

PATIENCE_SECONDS = 90.0
# Long enough to be too fast on a busy machine, short enough to wait for.
FORM_SECONDS = 0.8
_PUBLISH = """mutation ($input: PublishAgreementInput!) {
  publishAgreement(input: $input) { document { version } errors { code message } } }"""
_TEXT = "{ agreement(kind: SERVICE_AGREEMENT) { version html } }"

T = TypeVar("T")


def waited(look: Callable[[], T | None], what: str) -> T:
    """What `look` answers as soon as it answers something."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.02)


class Server:
    """The site as `python -m api serve` runs it, on a database and a mail folder of its own."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        self.mail = folder / "mail"
        self._log = folder / "server.log"
        self._environment = os.environ | {
            "ENVIRONMENT": "demo",
            "DATABASE_URL": f"sqlite://{folder}/ruhsat.sqlite3",
            "MAIL_URL": f"file://{self.mail}",
            "FILES_URL": f"file://{folder}/files",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "BASE_URL": self.base,
            "THROTTLE_SCALE": "1000",
            "DEMO_DATA": "0",
            "ARGON2_TIME_COST": "1",
            "ARGON2_MEMORY_KIB": "8",
            "FORM_SECONDS": str(FORM_SECONDS),
        }
        self._process: subprocess.Popen[bytes] | None = None
        # No connection is kept: the server closes those that rest.
        self._client = httpx.Client(
            base_url=self.base, timeout=PATIENCE_SECONDS, limits=httpx.Limits(max_keepalive_connections=0)
        )

    @property
    def log(self) -> str:
        """What the server said so far."""
        return self._log.read_text("utf-8", "replace")

    def start(self) -> None:
        """Start, and wait until the site answers."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api", "serve"], env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        waited(self._answers, "the server to start")

    def _answers(self) -> bool:
        assert self._process
        assert self._process.poll() is None, self.log
        try:
            return self._client.get("/sign-in").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """Ask it to end for good."""
        self._client.close()
        self.halt()

    def halt(self) -> None:
        """Ask it to end; a traceback in its log is a failure of the tests."""
        if not self._process:
            return
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        self._process = None
        assert "Traceback" not in self.log, self.log

    def command(self, *arguments: str) -> str:
        """What a command on the same installation prints."""
        done = subprocess.run(  # noqa: S603 - this program
            [sys.executable, "-m", "api", *arguments], env=self._environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def letters_to(self, address: str, count: int = 1) -> list[EmailMessage]:
        """The letters to one address, oldest first, as soon as there are that many."""

        def look() -> list[EmailMessage] | None:
            files = sorted(self.mail.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
            letters = [BytesParser(policy=policy.default).parsebytes(file.read_bytes()) for file in files]
            found = [letter for letter in letters if letter["To"] == address]
            return found if len(found) >= count else None

        return waited(look, f"{count} letters to {address}")

    def ask(self, document: str, variables: dict[str, Any] | None = None, token: str | None = None) -> Any:
        """A GraphQL answer's data; nothing may be refused."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = {"query": document, "variables": variables or {}}
        answer = self._client.post("/graphql", json=body, headers=headers).json()
        assert "errors" not in answer, answer
        for name, payload in answer["data"].items():
            assert not payload.get("errors"), (name, payload)
        return answer["data"]

    def member(self, form: dict[str, str]) -> Member:
        """A customer whose account is open, made without the browser."""
        documents = self.ask(DOCUMENTS)
        given = as_input(form)
        given["acceptedAgreementId"] = documents["agreement"]["id"]
        given["readPrivacyNoticeId"] = documents["notice"]["id"]
        self.ask(REGISTER, {"input": given})
        token = token_in(self.letters_to(form["email"])[-1])
        session: str = self.ask(VERIFY, {"token": token})["verifyEmail"]["sessionToken"]
        return Member(form["email"], session)

    def staff(self, email: str) -> Staff:
        """Somebody who works for the vendor, with an API token and a session."""
        api_token = self.command("create-staff", email).strip().splitlines()[-1]
        token = token_in(self.letters_to(email)[-1])
        opened = self.ask(RESET, {"token": token, "password": PASSWORD})["resetPassword"]
        return Staff(email, opened["sessionToken"], api_token)

    def reset_path(self, email: str) -> str:
        """Where a freshly mailed reset link leads."""
        before = len(list(self.mail.glob("*.eml")))
        self.ask(FORGET, {"email": email})
        waited(lambda: len(list(self.mail.glob("*.eml"))) > before, "the letter")
        return f"/reset-password?token={token_in(self.letters_to(email)[-1])}"

    def pending_path(self, form: dict[str, str]) -> str:
        """Where the link that would open this form's account leads."""
        documents = self.ask(DOCUMENTS)
        given = as_input(form)
        given["acceptedAgreementId"] = documents["agreement"]["id"]
        given["readPrivacyNoticeId"] = documents["notice"]["id"]
        self.ask(REGISTER, {"input": given})
        return f"/verify-email?token={token_in(self.letters_to(form['email'])[-1])}"

    def publish_revision(self, staff: Staff, version: str) -> tuple[str, str]:
        """Publish a revision of the service agreement; the versions in force and to come."""
        old = self.ask(_TEXT)["agreement"]
        words = [re.sub(r"<[^>]+>", "", line).strip() for line in old["html"].splitlines()]
        body = "\n\n".join(["# Hizmet Sözleşmesi", "Yeni bir giriş cümlesi.", *[word for word in words if word][2:]])
        given = {"kind": "SERVICE_AGREEMENT", "version": version, "title": "Hizmet Sözleşmesi", "body": body}
        self.ask(_PUBLISH, {"input": given}, staff.api_token)
        return old["version"], version


@dataclass(frozen=True)
class Member:
    """Somebody with an open account and an open session."""

    email: str
    session: str


@dataclass(frozen=True)
class Staff(Member):
    """A person of the vendor, with a token for the API too."""

    api_token: str
