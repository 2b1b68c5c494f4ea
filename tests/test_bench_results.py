"""What the benchmark prints and keeps, and that a wrong answer ends it, whoever asks."""

from __future__ import annotations

import threading
from argparse import ArgumentTypeError
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import release, wrk
from benchmarks.__main__ import NAMES, _asked_for
from benchmarks.load import Call
from benchmarks.plot import svg
from benchmarks.results import Result, line, markdown

_REACHED = Result("P2", "legacy verify.php", 7820, 10526, "/s", (0.71, 0.75, 0.82), 0.70, cpu_us=116, floor_cpu_us=94)
_MISSED = Result("P6", "registerAccount", 26.4, 32.8, "/s", (0.76, 0.79, 0.82), 0.85)
_GROWN = Result("P10", "memory of the worker", 165, 150, "MB", (1.1,), 1.10, at_most=True, note="<b> 210 MB")
_RESULTS = [_REACHED, _MISSED, _GROWN]
_SVG = "{http://www.w3.org/2000/svg}"


def test_a_target_is_a_least_or_a_most_and_what_the_note_tells_must_hold_too() -> None:
    assert [one.reached for one in _RESULTS] == [True, False, True]
    higher = Result("calm", "legacy check", 9, 3, "ms", (2.9, 3.01, 3.4), 3.0, at_most=True)
    crowded = Result("P10", "memory", 1, 1, "MB", (1.0,), 1.10, at_most=True, note_holds=False)
    assert not higher.reached
    assert not crowded.reached


def test_the_table_says_the_ratio_its_spread_and_what_was_missed() -> None:
    assert line(_MISSED).split()[-3:] == [">=", "0.85", "missed"]
    assert markdown(_RESULTS).splitlines()[2:] == [
        "| P2: legacy verify.php | 7,820 /s | 10,526 /s | 0.75 | 0.71 - 0.82 | 116 | 94 | >= 0.70 |",
        "| P6: registerAccount | 26.4 /s | 32.8 /s | **0.79 (missed)** | 0.76 - 0.82 |  |  | >= 0.85 |",
        "| P10: memory of the worker | 165 MB | 150 MB | 1.10 |  |  |  | <= 1.10 |",
        "",
        "- P10: <b> 210 MB",
    ]


def test_the_drawing_has_a_bar_and_a_mark_for_each_result_and_tells_them_in_words() -> None:
    drawn = ElementTree.fromstring(svg("Performance of <1.0>", _RESULTS))  # noqa: S314 - our own text
    described = {drawn.findtext(f"{_SVG}{part}") for part in ("title", "desc")}
    told = (
        "P2 legacy verify.php: 0.75, between 0.71 and 0.82; target >= 0.70. "
        "P6 registerAccount: 0.79, between 0.76 and 0.82; target >= 0.85, missed. "
        "P10 memory of the worker: 1.10; target <= 1.10."
    )
    assert described == {"Performance of <1.0>", told}
    classes = [part.get("class") for part in drawn]
    assert [classes.count(name) for name in ("reached", "missed", "target", "spread")] == [2, 1, 3, 6]
    bars = [float(part.get("width", "")) for part in drawn if part.get("class") in {"reached", "missed"}]
    assert bars[1] / bars[0] == pytest.approx(0.79 / 0.75, abs=0.01)


def test_the_newest_release_is_embedded_and_earlier_ones_stay(tmp_path: Path) -> None:
    index = tmp_path / "performance.md"
    index.write_text("# Performance\n\nBefore.\n\n## After\n\nIt.\n", "utf-8")
    for name in ("0.9", "1.0", "1.0"):
        page = release.save(tmp_path, name, _RESULTS, ["a machine", "its versions"])
    assert page == tmp_path / "performance" / "1.0.md"
    assert "- its versions\n" in page.read_text("utf-8")
    text = index.read_text("utf-8")
    assert text.startswith("# Performance\n\nBefore.\n\n## After\n\nIt.\n")
    assert text.count("| P2: legacy verify.php |") == 1
    assert "(performance/1.0.svg)" in text
    assert text.count("- [0.9](performance/0.9.md), ") == 1
    assert "- [1.0]" not in text


@pytest.mark.parametrize("name", ["", "../1.0", "1 0", "-x"])
def test_a_release_has_a_name_that_files_may_have(name: str) -> None:
    with pytest.raises(ArgumentTypeError):
        release.named(name)


@pytest.mark.parametrize("by_environment", [True, False])
def test_a_release_is_kept_only_with_all_that_is_measured(
    by_environment: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line would replace its page, and the newest of them."""
    monkeypatch.setenv("RELEASE", "1.0" if by_environment else "")
    more = [] if by_environment else ["--save", "1.0"]
    with pytest.raises(SystemExit):
        _asked_for(["P3", *more])
    assert "1.0 is kept with the results of all works" in capsys.readouterr().err
    assert _asked_for(more) == _asked_for([*NAMES, *more]) == (list(NAMES), "1.0")
    monkeypatch.delenv("RELEASE")
    assert _asked_for(["P3"]) == (["P3"], None)


class _Forgetful(BaseHTTPRequestHandler):
    """Answers right for a while, and then wrong."""

    protocol_version = "HTTP/1.1"
    # Head and body in one packet: two would wait for each other.
    wbufsize = 65_536
    answered = count()
    right_ones = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = b"right" if next(self.answered) < self.right_ones else b"wrong"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


class _Server(ThreadingHTTPServer):
    # All connections are opened at once.
    request_queue_size = 64


@pytest.fixture
def port() -> Iterator[int]:
    with _Server(("127.0.0.1", 0), _Forgetful) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("seconds", [0.2, 1])
def test_a_wrong_answer_ends_the_run(port: int, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """By wrk, too, which asks for whole seconds where it is installed."""
    numbers = count()
    monkeypatch.setattr(_Forgetful, "right_ones", 1_000_000)
    load = wrk.Load(port, lambda: Call("/", b"%d\n" % next(numbers), "text/plain", (b"right",)), 50, seconds)
    assert load.by_wrk is (wrk.INSTALLED is not None and seconds == 1)
    rate, taken = load.rate()
    assert rate > 0
    assert taken == pytest.approx(seconds, abs=0.5)
    monkeypatch.setattr(_Forgetful, "right_ones", 0)
    with pytest.raises(RuntimeError, match="wrong"):
        load.rate()


def test_who_has_no_wrk_is_told_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrk, "INSTALLED", None)
    assert "apt-get install wrk" in wrk.described(6)
