"""The key that a demo makes for itself: once, beside its database, for its owner alone."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from api.process import prepare
from api.settings import ROOT, demo_secret, kept_secret, load
from tests.conftest import ENVIRONMENT


def test_the_key_of_a_demo_lies_beside_its_database() -> None:
    assert kept_secret(load({"DATABASE_URL": "sqlite:///srv/data/a.sqlite3"})) == Path("/srv/data/secret_key")
    assert kept_secret(load({"DATABASE_URL": "postgres://h/d"})) == ROOT / "var" / "secret_key"


def test_a_demo_makes_its_key_once_for_its_owner_alone(tmp_path: Path) -> None:
    given = {**ENVIRONMENT, "SECRET_KEY": "", "DATABASE_URL": f"sqlite://{tmp_path}/data/a.sqlite3"}
    first = prepare(load(given))
    file = tmp_path / "data" / "secret_key"
    assert first.secret_key == file.read_text("ascii")
    assert len(first.secret_key) == 64
    assert file.stat().st_mode & 0o777 == 0o600
    assert prepare(load(given)).secret_key == first.secret_key
    assert [path.name for path in file.parent.iterdir()] == ["secret_key"]


def test_threads_that_start_at_once_make_one_key(tmp_path: Path) -> None:
    for attempt in range(20):
        path = tmp_path / str(attempt) / "secret_key"
        together = Barrier(8)

        def start(path: Path = path, together: Barrier = together) -> str:
            together.wait()
            return demo_secret(path)

        with ThreadPoolExecutor(8) as pool:
            keys = {task.result() for task in [pool.submit(start) for _ in range(8)]}
        assert keys == {path.read_text("ascii")}
        assert [len(key) for key in keys] == [64]


def test_processes_that_start_at_once_make_one_key(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    code = f"from pathlib import Path; from api.settings import demo_secret; print(demo_secret(Path({str(path)!r})))"
    running = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603
        for _ in range(8)
    ]
    assert {process.communicate(timeout=120)[0].strip() for process in running} == {path.read_text("ascii")}
