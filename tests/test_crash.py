"""A server process that is killed loses no letter."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from api.delivery import KEPT_FOR
from api.settings import ROOT
from tests.cast import AYSE, as_input
from tests.conftest import ENVIRONMENT
from tests.doors import REGISTER, VERIFY
from tests.ports import free_port
from tests.site import token_in
from tests.test_delivery import parsed


def _serve(folder: Path, port: int, mail_url: str) -> subprocess.Popen[bytes]:
    given = ENVIRONMENT | {
        "DEMO_DATA": "0",
        "DATABASE_URL": f"sqlite://{folder}/ruhsat.sqlite3",
        "MAIL_URL": mail_url,
        "PORT": str(port),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "PATH": os.environ["PATH"],
    }
    with (folder / "log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-m", "api", "serve"], cwd=ROOT, env=given, stdout=log, stderr=log)


def _up(client: httpx.Client) -> None:
    for _ in range(1200):
        try:
            client.get("/sign-in")
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise TimeoutError


def _data(client: httpx.Client, document: str, variables: dict[str, Any]) -> Any:
    return client.post("/graphql", json={"query": document, "variables": variables}).json()["data"]


def test_a_letter_survives_a_process_that_is_killed_between_commit_and_delivery_and_goes_out_once(
    tmp_path: Path,
) -> None:
    port, dead = free_port(), free_port()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        first = _serve(tmp_path, port, f"smtp://127.0.0.1:{dead}")
        try:
            _up(client)
            agreement = "{ a: agreement(kind: SERVICE_AGREEMENT) { id } b: agreement(kind: PRIVACY_NOTICE) { id } }"
            found = _data(client, agreement, {})
            ids = {"accepted_agreement_id": found["a"]["id"], "read_privacy_notice_id": found["b"]["id"]}
            done = _data(client, REGISTER, {"input": as_input(AYSE | ids)})
            assert done["registerAccount"]["errors"] == []
        finally:
            first.send_signal(signal.SIGKILL)
            first.wait(60)
        second = _serve(tmp_path, port, f"file://{tmp_path}/mail")
        try:
            _up(client)
            # A letter that the killed process had in hand is kept from others for KEPT_FOR, else for one wait.
            deadline = time.monotonic() + KEPT_FOR.total_seconds() + 60
            while not list((tmp_path / "mail").glob("*.eml")) and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(0.3)
            (file,) = (tmp_path / "mail").glob("*.eml")
            letter = parsed(file.read_bytes())
            opened = _data(client, VERIFY, {"token": token_in(letter)})["verifyEmail"]
            assert (opened["errors"], opened["viewer"]["account"] is not None) == ([], True)
        finally:
            second.terminate()
            second.wait(60)
    assert "Traceback" not in (tmp_path / "log").read_text("utf-8")
