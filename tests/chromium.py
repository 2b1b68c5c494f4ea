"""Finds a Chromium for the tests, and gets one where there is none: `python -m tests.chromium`."""

from __future__ import annotations

import os
import re
import shutil
import sys
from functools import cache

from playwright.sync_api import Error, sync_playwright
from playwright.sync_api import TimeoutError as WaitedInVain

from tests.packages import install, run

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


@cache
def chromium_path() -> str | None:
    """The Chromium on PATH that runs; None where playwright's own is used."""
    return next((path for name in NAMES if (path := shutil.which(name)) and run([path, "--version"])), None)


def timed_out(error: BaseException | None) -> bool:
    """Whether a test failed for having waited in vain: for the browser, or for what it expected of a page."""
    waited = isinstance(error, AssertionError) and re.search(r"Expect .* with timeout \d+ms", str(error))
    return isinstance(error, WaitedInVain) or bool(waited)


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
    if install("no Chromium on PATH", ["chromium"]):
        chromium_path.cache_clear()
        if chromium_path():
            return
    print("no Chromium on PATH: installing playwright's own ...", flush=True)
    dependencies = ["--with-deps"] if os.geteuid() == 0 else []
    run([sys.executable, "-m", "playwright", "install", *dependencies, "chromium"], say_why=True)


if __name__ == "__main__":
    sys.exit(main())
