"""Programs of the system that tests need: run quietly, installed with apt-get where the user is root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

# Where packages are slow to come.
PATIENCE_SECONDS = 900
_APT = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]


def install(missing: str, *choices: list[str]) -> bool:
    """Install the first choice of packages that can be had; False at once where apt-get cannot be used.

    True says no more than that it was tried.
    """
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"{missing}: installing the system's package with apt-get ...", flush=True)
    # A source that cannot be reached need not be the one with the package.
    run([*_APT, "update"])
    for packages in choices:
        if run([*_APT, "install", "-y", "--no-install-recommends", *packages], say_why=packages == choices[-1]):
            break
    return True


def run(command: list[str], *, say_why: bool = False) -> bool:
    """Run a program quietly; whether it did what it should. Its last words where it did not, if wanted."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(  # noqa: S603 - commands of the tests
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
