"""Finds a Chromium for the tests, and gets one where there is none: `python -m tests.chromium`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache

from playwright.sync_api import Error, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
# Where the packages of the system or playwright's own browser are slow to come.
PATIENCE_SECONDS = 900


@cache
def chromium_path() -> str | None:
    """The Chromium on PATH that runs; None where playwright's own is used."""
    return next((path for name in NAMES if (path := shutil.which(name)) and _run([path, "--version"])), None)


def own_runs() -> bool:
    """Whether playwright has a Chromium of its own that starts."""
    try:
        with sync_playwright() as playwright:
            playwright.chromium.launch(channel="chromium", args=ARGUMENTS).close()
    except Error:
        return False
    return True


def main() -> int:
    """Have a Chromium; 0 when there is one, else 1 and a sentence."""
    if not chromium_path() and not own_runs():
        _install()
        chromium_path.cache_clear()
    if path := chromium_path():
        print(f"Chromium for the tests: {path}")
        return 0
    if own_runs():
        print("Chromium for the tests: playwright's own")
        return 0
    print(
        "No Chromium can be had, and the tests need one: none on PATH that runs, and neither the system's packages "
        "nor playwright's installer brought one. Install Chromium, put it on PATH and try again.",
        file=sys.stderr,
    )
    return 1


def _install() -> None:
    root = os.geteuid() == 0
    if root and shutil.which("apt-get"):
        print("no Chromium on PATH: installing the system's package with apt-get ...", flush=True)
        apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
        # A source that cannot be reached need not be the one with Chromium.
        _run([*apt, "update"])
        _run([*apt, "install", "-y", "--no-install-recommends", "chromium"], say_why=True)
        chromium_path.cache_clear()
        if chromium_path():
            return
    print("no Chromium on PATH: installing playwright's own ...", flush=True)
    _run([sys.executable, "-m", "playwright", "install", *(["--with-deps"] if root else []), "chromium"], say_why=True)


def _run(command: list[str], *, say_why: bool = False) -> bool:
    """Run a program quietly; whether it did what it should. Its last words where it did not, if wanted."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(  # noqa: S603 - the commands above
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        words, worked = str(error), False
    else:
        words, worked = done.stdout, done.returncode == 0
    if say_why and not worked:
        print(f"{command[0]} did not succeed:", *words.strip().splitlines()[-3:], sep="\n  ", file=sys.stderr)
    return worked


if __name__ == "__main__":
    sys.exit(main())
