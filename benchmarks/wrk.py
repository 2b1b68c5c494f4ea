"""Asks by wrk, where it is installed: a lighter load than our own client, which PostgreSQL's core has to bear.

wrk cannot tell which request an answer belongs to. So it looks for what all answers have in common, and our own client
looks at some strictly, before the first turn and after each.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.load import CONNECTIONS, Call, ask, rate

INSTALLED = shutil.which("wrk")
_SCRIPT = Path(__file__).with_suffix(".lua")
# wrk measures whole seconds.
_SHORTEST_SECONDS = 1
_LOOKED_AT = 100


def described(seconds: float) -> str:
    """What asks in rounds of so many seconds, and how wrk is installed."""
    if not INSTALLED:
        return "asked by our own client; for a lighter one install wrk (Debian and Ubuntu: `apt-get install wrk`)"
    if seconds < _SHORTEST_SECONDS:
        return "asked by our own client: wrk measures whole seconds"
    found = subprocess.run([INSTALLED, "-v"], capture_output=True, text=True, check=False).stdout
    return f"asked by wrk {found.split()[1]}; P5, P6, P10 and the calm ones by our own client"


class Load:
    """Asks a server what `make` gives: wrk the same `different` calls again and again, our own client new ones."""

    def __init__(self, port: int, make: Callable[[], Call], different: int, seconds: float) -> None:
        self.port, self.make, self.seconds = port, make, seconds
        self.by_wrk = bool(INSTALLED and different and seconds >= _SHORTEST_SECONDS)
        self.sent = 0
        # Strict, and warms up.
        rate(port, make, min(1, seconds))
        if self.by_wrk:
            self._prepare(different)

    def _prepare(self, different: int) -> None:
        self.file = tempfile.NamedTemporaryFile(prefix="requests")  # noqa: SIM115 - kept as long as this is
        common: set[bytes] | None = None
        for _ in range(different):
            call = self.make()
            message = call.message()
            self.file.write(b"%d\n%b" % (len(message), message))
            common = set(call.expected) if common is None else common & set(call.expected)
        self.file.flush()
        self.marks = [mark.decode() for mark in common or ()]

    def rate(self) -> tuple[float, float]:
        """Right answers a second, and for how many seconds; RuntimeError when an answer is not the right one."""
        if not self.by_wrk:
            return rate(self.port, self.make, self.seconds), self.seconds
        command = [
            str(INSTALLED), "--threads=1", f"--connections={CONNECTIONS}", f"--duration={round(self.seconds)}s",
            "--timeout=20s", f"--script={_SCRIPT}", f"http://127.0.0.1:{self.port}", "--", self.file.name,
            str(self.sent), *self.marks,
        ]  # fmt: skip
        printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        _, _, figures = printed.rpartition("measured ")
        count, microseconds, wrong, *sample = figures.split(" ", 3)
        if int(wrong):
            raise RuntimeError(f"{wrong} answers were wrong or missing: {' '.join(sample)}")
        self.sent += int(count)
        seconds = int(microseconds) / 1_000_000
        return int(count) / seconds, seconds

    def look(self) -> None:
        """Look at some answers strictly; RuntimeError when one is not the right one."""
        if self.by_wrk:
            ask(self.port, self.make, _LOOKED_AT)
