"""The old protocol's answers, byte for byte, and what five kinds of old modules make of them."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from api.rules.leases import from_base64url, opened
from tests.clients.legacy_variants import NOBODY, VARIANTS, Asking, may_run, multipart, urlencoded, xml_wrapping
from tests.clients.running_php import HERE
from tests.clients.shop import SECRET, Shop
from tests.clients.states import DOMAIN, OWN, REFUSALS
from tests.licensed import PATH
from tests.php import php_path

GOLDEN = Path(__file__).parent / "golden"
TOKEN = "1795348800cf44486bddb6ad0145732642c45b2957"
FORM = {"domain": DOMAIN, "ip": "10.0.0.5", "dir": "/var/www/whmcs/modules/sms", "check_token": TOKEN}
# What is another one in each run.
VARIABLE = {
    "serviceid": r"lic_[0-9a-f]{32}",
    "regdate": r"\d{4}-\d\d-\d\d 00:00:00",
    "latestreleased": r"\d{4}-\d\d-\d\d",
    "lease": r"RL1\.[\w.-]+",
}
DUE = re.compile(r"(?<=nextduedate=)\d{4}-\d\d-\d\d(?=;status=Active)")
STATES = ["active", "active_without_token", "active_on_a_turkish_domain", "active_with_markup", *REFUSALS]
STATES += ["no_domain", "malformed_domain", "local_domain"]


def transcript(answer: httpx.Response) -> str:
    """What came, with a mark where each run has something else."""
    body = answer.content.decode()
    for tag, pattern in VARIABLE.items():
        body = re.sub(f"(?<=<{tag}>){pattern}(?=</{tag}>)", f"[{tag}]", body)
    body = DUE.sub("[day]", body)
    return f"HTTP {answer.status_code} {answer.headers['content-type']}\n\n{body}"


@pytest.fixture(scope="module")
def key(shop: Shop) -> str:
    """The key of an active license on ornek.com.tr."""
    return shop.ordered(domain=OWN).key


def asked_in(shop: Shop, key: str, state: str) -> dict[str, str]:
    """The form that a module sends to be answered as in this state."""
    own = FORM | {"licensekey": key}
    match state:
        case "active":
            return own
        case "active_without_token":
            return {"licensekey": key, "domain": DOMAIN}
        case "active_on_a_turkish_domain":
            return FORM | {"licensekey": shop.ordered(domain="şirket.com.tr").key, "domain": "ŞİRKET.com.tr"}
        case "active_with_markup":
            return own | {"dir": 'C:\\a & b\\<sms>,"x"', "ip": "<status>Invalid</status>"}
        case "no_domain":
            return own | {"domain": ""}
        case "malformed_domain":
            return own | {"domain": "a b.com.tr"}
        case "local_domain":
            return own | {"domain": "localhost"}
        case _:
            return FORM | {"licensekey": REFUSALS[state].make(shop)}


@pytest.mark.parametrize("state", STATES)
def test_the_answer_is_the_golden_one_in_both_encodings(shop: Shop, key: str, state: str) -> None:
    form = asked_in(shop, key, state)
    golden = (GOLDEN / f"{state}.txt").read_text("utf-8")
    for send in (urlencoded, multipart):
        assert transcript(send(shop.base + PATH[1:], form)) == golden


def test_there_is_a_golden_answer_for_each_state_and_no_other() -> None:
    assert sorted(file.stem for file in GOLDEN.iterdir()) == sorted(STATES)


def asking(shop: Shop, key: str, domain: str = DOMAIN) -> Asking:
    return Asking(shop.base + PATH[1:], key, domain, SECRET)


@pytest.mark.parametrize("name", VARIANTS)
def test_each_kind_of_old_module_is_active(shop: Shop, key: str, name: str) -> None:
    read = VARIANTS[name](asking(shop, key))
    assert (read.status.capitalize(), read.message) == ("Active", "")
    assert DOMAIN in read.fields["validdomain"].split(",")
    keys = {kid: from_base64url(text) for kid, text in shop.pinned().items()}
    lease = opened(read.fields["lease"], keys)
    assert lease is not None
    assert lease["dom"] == [OWN, f"www.{OWN}"]


@pytest.mark.parametrize("state", REFUSALS)
def test_each_kind_of_old_module_is_refused(shop: Shop, state: str) -> None:
    refusal = REFUSALS[state]
    asked = asking(shop, refusal.make(shop))
    for read in (check(asked) for check in VARIANTS.values()):
        assert (read.status.capitalize(), read.message, read.local) == (refusal.status, refusal.message, "")


def test_php_reads_the_local_keys_that_the_ports_keep(shop: Shop, key: str) -> None:
    path = php_path()
    assert path
    read = "echo json_encode(%s(base64_decode(substr(strrev(substr(stream_get_contents(STDIN), 0, -32)), 32)), true));"
    for name, reader in (("modern", "(fn ($t) => unserialize($t))"), ("json_wrapping", "json_decode")):
        kept = VARIANTS[name](asking(shop, key))
        command = [path, "-r", read % reader]
        done = subprocess.run(command, input=kept.local, cwd=HERE, capture_output=True, text=True, check=True)  # noqa: S603
        found = json.loads(done.stdout)
        del found["checkdate"]
        assert found == kept.fields


def test_the_add_on_gates_versions(shop: Shop, key: str) -> None:
    fields = VARIANTS["gating"](asking(shop, key)).fields
    assert may_run(fields, date(2100, 1, 1))
    ended = fields | {"addons": fields["addons"].replace("Active", "Expired")}
    last = date.fromisoformat(fields["addons"].split("nextduedate=")[1][:10])
    assert may_run(ended, last)
    assert not may_run(ended, last + timedelta(days=1))


def test_names_with_markup_reach_an_xml_parser_whole(shop: Shop, key: str) -> None:
    assert xml_wrapping(asking(shop, key)).fields["productname"] == "SMS Habercisi & Ortağı"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_other_methods_have_an_empty_answer(shop: Shop, method: str) -> None:
    answer = httpx.request(method, shop.base + PATH[1:])
    assert (answer.status_code, answer.content) == (405, b"")


def test_what_is_no_form_has_an_empty_answer(shop: Shop) -> None:
    for body, headers in (
        (b"licensekey=" + b"x" * 20_000, {"content-type": "application/x-www-form-urlencoded"}),
        (b"--x", {"content-type": "multipart/form-data"}),
        (b"a=1&" * 1000, {"content-type": "application/x-www-form-urlencoded"}),
    ):
        answer = shop.post(body, **headers)
        assert (answer.status_code in {400, 413}, answer.content) == (True, b"")


def test_no_answer_redirects_or_sets_a_cookie(shop: Shop, key: str) -> None:
    answer = shop.post(FORM | {"licensekey": key})
    assert (answer.status_code, answer.headers.get("set-cookie"), answer.headers.get("location")) == (200, None, None)
    assert httpx.post(f"{shop.base}{PATH[1:]}/", data=FORM).status_code != 200


@pytest.mark.parametrize("name", VARIANTS)
def test_an_empty_answer_is_no_refusal(shop: Shop, name: str) -> None:
    assert VARIANTS[name](asking(shop, "x" * 20_000)) == NOBODY
