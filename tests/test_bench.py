"""The benchmark runs: a table that nobody can make any more tells nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from api.settings import ROOT
from benchmarks.tickets import views

_TINY = {"BENCH_SCALE": "0.002", "BENCH_SECONDS": "0.2", "BENCH_ROUNDS": "1"}
_LINE = re.compile(r"(P\d+|calm) +\S.*? +(\d+\.\d) +(\d+\.\d) +\S+ +\d+\.\d\d ")
_WORKS = ["P2", "P3", "P4", "P8", "calm", "P10"]


@pytest.mark.postgres
def test_works_are_measured_beside_their_floors(postgres_server: str) -> None:
    """Every answer of either side was looked at: a wrong one ends the benchmark."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "benchmarks", *_WORKS],
        cwd=ROOT,
        env={**os.environ, **_TINY, "TEST_POSTGRES_URL": postgres_server},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    measured = {line[1]: (float(line[2]), float(line[3])) for line in _LINE.finditer(done.stdout)}
    assert measured.keys() == set(_WORKS), done.stderr[-2000:]
    assert all(work > 0 and floor > 0 for work, floor in measured.values())


_VIEW = re.compile(r"(customer|staff) +\S.*? +(\d+\.\d) +(\d+\.\d) +\d+\.\d\d")


@pytest.mark.sqlite
def test_pages_of_tickets_are_measured_among_few_and_many() -> None:
    """The ratio itself is not looked at: among so few it says nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "tickets", "sqlite"],
        cwd=ROOT,
        env={**os.environ, **_TINY},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr[-2000:]
    measured = _VIEW.findall(done.stdout)
    assert len(measured) == len(list(views())), done.stderr[-2000:]
    assert all(float(few) > 0 and float(many) > 0 for _, few, many in measured)
