"""What the clients of leases do with every kind of answer, and with a cache that is not as it should be."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from ruhsat_license import LARGEST_ANSWER, RuhsatLicense

from tests.clients.lease_clients import LANGUAGES, Module
from tests.clients.running_php import php
from tests.clients.vectors import CURRENT, IDN, ISSUED, LEASE, NEXT, OTHER_KEY, STRANGER, public_of
from tests.clients.vendor import Vendor, running_vendor
from tests.ports import free_port

NOW = int(ISSUED.timestamp())
DAY, HOUR = 86_400, 3600


@pytest.fixture(scope="module")
def running() -> Iterator[Vendor]:
    """A license server of the tests' own."""
    with running_vendor() as vendor:
        yield vendor


@pytest.fixture
def vendor(running: Vendor) -> Vendor:
    """The license server, agreeing."""
    running.asked.clear()
    running.answer = running.agreeing()
    return running


def module_in(language: str, vendor: Vendor, file: Path) -> Module:
    pinned = {signer.kid: public_of(signer) for signer in (CURRENT, NEXT)}
    return Module(language, pinned, LEASE.key, LEASE.domain, LEASE.product, file, vendor.endpoint)


@pytest.fixture(params=LANGUAGES)
def module(request: pytest.FixtureRequest, vendor: Vendor, tmp_path: Path) -> Module:
    """A module in each language, with nothing in its cache."""
    return module_in(request.param, vendor, tmp_path / "cache.json")


def test_the_first_check_brings_a_lease_and_what_it_tells(module: Module, vendor: Vendor) -> None:
    before = module.does(("state", NOW), ("runs", NOW), ("due", NOW), ("latestVersion",), ("runsUntil",))
    assert before == ["NONE", False, True, None, None]
    assert module.does(("refresh", NOW), ("problem",)) == ["VALID", None]
    told = [("runs", NOW), ("supportUntil",), ("latestVersion",), ("runsUntil",), ("refusal",), ("due", NOW)]
    assert module.does(*told) == [True, "2027-11-22", "2.1.0", NOW + 21 * DAY, None, False]
    (asked,) = vendor.asked
    nonce = asked.pop("nonce")
    assert asked == {"key": LEASE.key, "domain": LEASE.domain, "product": "sms", "version": "2.0.0"}
    module.asks("refresh", NOW)
    assert vendor.asked[1]["nonce"] != nonce
    assert min(len(nonce), len(set(nonce))) >= 8


def test_the_cache_is_one_file_that_nobody_else_reads(module: Module) -> None:
    module.asks("refresh", NOW)
    assert [file.name for file in module.file.parent.iterdir()] == ["cache.json"]
    assert module.file.stat().st_mode & 0o777 == 0o600
    assert LEASE.key not in module.file.read_text("utf-8")


def test_both_languages_read_each_others_cache(module: Module) -> None:
    module.asks("refresh", NOW)
    other = module.elsewhere(language="php" if module.language == "python" else "python")
    assert other.does(("state", NOW), ("due", NOW), ("due", NOW + DAY)) == ["VALID", False, True]


def test_a_check_is_due_when_the_lease_is_a_day_old_and_not_again_at_once(module: Module, vendor: Vendor) -> None:
    module.asks("refresh", NOW)
    assert module.does(("due", NOW + DAY - 1), ("due", NOW + DAY)) == [False, True]
    vendor.answer = vendor.saying(503)
    module.asks("refresh", NOW + DAY)
    assert module.does(("due", NOW + DAY + 899), ("due", NOW + DAY + 900)) == [False, True]


def test_looking_asks_nobody(module: Module, vendor: Vendor) -> None:
    module.does(("state", NOW), ("runs", NOW), ("due", NOW), ("supportUntil",), ("runsUntil",), ("refusal",))
    assert vendor.asked == []


def test_a_refusal_takes_the_lease_away_and_a_later_check_brings_it_back(module: Module, vendor: Vendor) -> None:
    module.asks("refresh", NOW)
    vendor.answer = vendor.refusing()
    assert module.does(("refresh", NOW + HOUR), ("problem",)) == ["REFUSED", None]
    assert module.does(("state", NOW), ("runs", NOW), ("runsUntil",), ("refusal",)) == [
        "REFUSED",
        False,
        None,
        {"code": "CANCELLED", "message": "İptal edildi."},
    ]
    assert module.does(("due", NOW + HOUR + 1), ("due", NOW + 2 * HOUR)) == [False, True]
    vendor.answer = vendor.agreeing()
    assert module.does(("refresh", NOW), ("refusal",)) == ["VALID", None]


NOT_ONE = "not an answer of a license server"
NO_ANSWERS = {
    "overloaded": (Vendor.saying(429), "no answer: HTTP 429"),
    "down": (Vendor.saying(503), "no answer: HTTP 503"),
    "a redirect": (Vendor.saying(308), "no answer: HTTP 308"),
    "an empty page": (Vendor.saying(200), NOT_ONE),
    "a page": (Vendor.saying(200, b"<html>ok</html>"), NOT_ONE),
    "deep JSON": (Vendor.saying(200, b"[" * 60_000), NOT_ONE),
    "another API": (Vendor.saying(200, b'{"data": {"validateLicense": {"valid": 1}}}'), NOT_ONE),
    "an error of GraphQL": (Vendor.saying(200, b'{"errors": [{}], "data": null}'), NOT_ONE),
    "a refusal to another question": (Vendor.refusing(nonce="n-0"), "the answer is not to this question"),
    "a refusal to no question": (Vendor.refusing(nonce=None), "the answer is not to this question"),
}


@pytest.mark.parametrize("name", NO_ANSWERS)
def test_what_is_no_answer_takes_nothing_away(module: Module, vendor: Vendor, name: str) -> None:
    module.asks("refresh", NOW)
    vendor.answer, problem = NO_ANSWERS[name]
    assert module.does(("refresh", NOW + 8 * DAY), ("problem",)) == ["GRACE", problem]
    assert len(vendor.asked) == 2
    assert module.asks("state", NOW + 21 * DAY + 1) == "EXPIRED"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"signer": STRANGER}, "the lease is not signed by a pinned key"),
        ({"lease": None}, "the lease is not signed by a pinned key"),
        ({"lease": 5}, "the lease is not signed by a pinned key"),
        ({"of": IDN}, "the lease is not for this module: WRONG_DOMAIN"),
        ({"of": replace(LEASE, product="x")}, "the lease is not for this module: WRONG_PRODUCT"),
        ({"of": replace(LEASE, key=OTHER_KEY)}, "the lease is not for this module: WRONG_KEY"),
        ({"signed_nonce": "n-0"}, "the lease is not of this answer"),
        ({"signed_nonce": None}, "the lease is not of this answer"),
    ],
)
def test_a_lease_that_is_not_the_answer_is_not_taken(
    module: Module, vendor: Vendor, changes: dict[str, Any], problem: str
) -> None:
    given = {"of": LEASE} | changes
    module.asks("refresh", NOW)
    kept = json.loads(module.file.read_text("utf-8"))["lease"]
    vendor.answer = vendor.agreeing(**given | {"of": replace(given["of"], issued_at=ISSUED + timedelta(days=1))})
    assert module.does(("refresh", NOW + DAY), ("problem",)) == ["VALID", problem]
    assert json.loads(module.file.read_text("utf-8"))["lease"] == kept


def test_an_answer_without_end_is_cut_off(module: Module, vendor: Vendor) -> None:
    vendor.answer = vendor.saying(200, b" " * (4 * LARGEST_ANSWER))
    state, problem = module.does(("refresh", NOW), ("problem",))
    assert state == "NONE"
    assert problem.startswith("no answer: ")


def test_nobody_listening_is_no_answer(module: Module) -> None:
    alone = module.elsewhere(endpoint=f"http://127.0.0.1:{free_port()}/graphql")
    state, problem = alone.does(("refresh", NOW), ("problem",))
    assert state == "NONE"
    assert problem.startswith("no answer: ")


def test_a_server_that_hangs_costs_five_seconds(vendor: Vendor, tmp_path: Path) -> None:
    hanging = Event()
    vendor.answer = lambda _: (hanging.wait(30), (503, b""))[1]

    def took(language: str) -> float:
        began = time.monotonic()
        state, problem = module_in(language, vendor, tmp_path / language).does(("refresh", NOW), ("problem",))
        assert state == "NONE"
        assert problem.startswith("no answer")
        return time.monotonic() - began

    with ThreadPoolExecutor() as both:
        times = list(both.map(took, LANGUAGES))
    hanging.set()
    assert [4.9 < seconds < 20 for seconds in times] == [True, True], times


def test_only_web_addresses_are_asked(module: Module, tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    file.write_text("{}", "utf-8")
    state, problem = module.elsewhere(endpoint=file.as_uri()).does(("refresh", NOW), ("problem",))
    assert state == "NONE"
    assert problem.startswith("no answer: ")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"lease": 5, "mark": "x", "refusal": 1, "tried": []}', "\xff"]
)
def test_a_cache_that_is_none_is_like_no_cache(module: Module, text: str) -> None:
    module.file.write_bytes(text.encode("latin-1"))
    assert module.does(("state", NOW), ("due", NOW), ("refusal",), ("refresh", NOW)) == ["NONE", True, None, "VALID"]


def test_a_cache_that_cannot_be_written_is_told(module: Module, tmp_path: Path) -> None:
    nowhere = module.elsewhere(file=tmp_path / "none" / "cache.json")
    assert nowhere.does(("refresh", NOW), ("problem",)) == ["NONE", f"the cache cannot be written: {nowhere.file}"]
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "x").touch()
    taken = module.elsewhere(file=folder)
    assert taken.does(("refresh", NOW), ("problem",)) == ["NONE", f"the cache cannot be written: {folder}"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["folder"]


def test_a_clock_that_is_behind_is_told_from_a_mark_that_is_wrong(module: Module, vendor: Vendor) -> None:
    module.asks("refresh", NOW)
    assert module.does(("state", NOW - 3 * DAY), ("due", NOW - 3 * DAY)) == ["CLOCK_SKEW", True]
    # Still behind after a check: what is signed cannot be used until the clock is mended.
    assert module.asks("refresh", NOW - 3 * DAY) == "CLOCK_SKEW"
    cache = json.loads(module.file.read_text("utf-8"))
    assert cache["mark"] == NOW
    module.file.write_text(json.dumps(cache | {"mark": 4_000_000_000, "tried": 0}), "utf-8")
    assert module.does(("state", NOW), ("due", NOW)) == ["CLOCK_SKEW", True]
    assert module.asks("refresh", NOW) == "VALID"


def test_a_downloaded_lease_is_installed_where_it_is_good(module: Module, vendor: Vendor) -> None:
    text = replace(LEASE, expires_at=ISSUED + timedelta(days=366), nonce=None).signed(CURRENT)
    assert module.does(("install", f"{text}\n", NOW), ("problem",)) == ["VALID", None]
    assert module.does(("state", NOW + 366 * DAY), ("state", NOW + 380 * DAY + 1)) == ["VALID", "EXPIRED"]
    for other, state in (
        (IDN.signed(CURRENT), "WRONG_DOMAIN"),
        (LEASE.signed(STRANGER), "UNTRUSTED"),
        (replace(LEASE, issued_at=ISSUED + timedelta(days=9)).signed(CURRENT), "CLOCK_SKEW"),
        (replace(LEASE, expires_at=ISSUED - timedelta(days=30)).signed(CURRENT), "EXPIRED"),
    ):
        assert module.does(("install", other, NOW), ("problem",)) == [state, f"the lease is not good here: {state}"]
    assert module.asks("state", NOW + 366 * DAY) == "VALID"
    assert vendor.asked == []


def test_without_an_instant_the_clock_is_read(module: Module, vendor: Vendor) -> None:
    now = datetime.now(UTC)
    vendor.answer = vendor.agreeing(replace(LEASE, issued_at=now, expires_at=now + timedelta(days=7)))
    assert module.does(("due",), ("refresh",), ("state",), ("runs",), ("due",)) == [True, "VALID", "VALID", True, False]


def test_both_have_the_same_methods() -> None:
    code = """require '../../clients/php/RuhsatLicense.php';
      echo json_encode(array_map(fn ($m) => strtolower(preg_replace('/[A-Z]/', '_$0', $m->name)),
        (new ReflectionClass('RuhsatLicense'))->getMethods(ReflectionMethod::IS_PUBLIC)));"""
    # `host` is a function of the module in Python.
    assert set(php("-r", code)) - {"host", "__construct"} == {
        name for name in vars(RuhsatLicense) if not name.startswith("_")
    }
