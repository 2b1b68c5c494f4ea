"""Both clients of leases decide each case of clients/vectors.json as it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import ruhsat_license
from ruhsat_license import RuhsatLicense

from tests.clients.running_php import php
from tests.clients.vectors import FILE, as_text

VECTORS: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
CASES: list[dict[str, Any]] = VECTORS["cases"]
STATES = ("VALID", "GRACE", "EXPIRED", "NOT_YET_VALID", "CLOCK_SKEW", "WRONG_KEY", "WRONG_PRODUCT", "WRONG_DOMAIN")
by_name = pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])


@pytest.fixture(scope="module")
def decided_by_php(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the PHP client makes of every case."""
    states: dict[str, str] = php("vectors.php", tmp_path_factory.mktemp("vectors") / "cache.json")
    return states


def test_the_file_is_what_the_program_signs() -> None:
    assert FILE.read_text("utf-8") == as_text(), "run `python -m tests.clients.vectors`"


def test_the_cases_have_a_name_each_and_bring_every_state_of_a_lease() -> None:
    assert len({case["name"] for case in CASES}) == len(CASES) == 57
    assert {case["expected"] for case in CASES} == {*STATES, "UNTRUSTED"}


@by_name
def test_python(case: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "cache.json"
    file.write_text(json.dumps({"lease": case["lease"], "mark": case["high_water"]}), "utf-8")
    given = (VECTORS["keys"], case["key"], case["domain"], case["product"], "2.0.0", file, "http://127.0.0.1:9/graphql")
    assert RuhsatLicense(*given).state(case["now"]) == case["expected"]


@by_name
def test_php(case: dict[str, Any], decided_by_php: dict[str, str]) -> None:
    assert decided_by_php[case["name"]] == case["expected"]


HOSTS = [
    "ŞİRKET.com.tr", "https://www.Şirket.com.tr:8443/x?y#z", "İSTANBUL.com.tr.", "çok-güzel-ışık.tr", "bücher.de",
    "例え.jp", "straße.de", "пример.рф", "😀.com", "i\u0307stanbul.com", "a.b:80", "", "..", "::1", "a b", "ğ", "xn--",
]  # fmt: skip


def test_both_write_a_host_alike() -> None:
    code = """require '../../clients/php/RuhsatLicense.php';
      echo json_encode(array_map(['RuhsatLicense', 'host'], json_decode(stream_get_contents(STDIN))));"""
    hosts = [ruhsat_license.host(typed) for typed in HOSTS]
    assert php("-r", code, given=HOSTS) == hosts
    assert hosts[:8] == [
        "xn--irket-idb.com.tr", "www.xn--irket-idb.com.tr", "istanbul.com.tr", "xn--ok-gzel-k-p3a9utxa75d.tr",
        "xn--bcher-kva.de", "xn--r8jz45g.jp", "xn--strae-oqa.de", "xn--e1afmkfd.xn--p1ai",
    ]  # fmt: skip
