"""A module of the old protocol in real PHP against the running server: it validates, caches, fails over, is refused."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from api import clock
from tests.clients.running_php import php
from tests.clients.shop import SECRET, Held, Shop
from tests.clients.states import DOMAIN, OWN, REFUSALS

TODAY = clock.today()
ENCODINGS = {"urlencoded": {"multipart": False}, "multipart": {"multipart": True}}
WRAPS = {"serialize": {"json": False}, "JSON": {"json": True}}
KINDS = {
    f"{encoding}, {wrap}": ENCODINGS[encoding] | WRAPS[wrap] for encoding, wrap in product(ENCODINGS, WRAPS)
}  # fmt: skip
kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def day(after: int) -> str:
    """A day as modules write it."""
    return f"{TODAY + timedelta(days=after):%Y%m%d}"


class OldModule:
    """One installed module; keeps its local key."""

    def __init__(self, shop: Shop, key: str, domain: str = DOMAIN, **kind: bool) -> None:
        self.given: dict[str, Any] = {
            "base": shop.base, "key": key, "domain": domain, "ip": "10.0.0.5", "dir": "/var/www/whmcs/modules/sms",
            "secret": SECRET, "days": 15, "fails": 5, "local": "", "multipart": False, "json": False,
        } | kind  # fmt: skip

    def checks(self, after: int = 0, **changes: Any) -> dict[str, Any]:
        """What it makes of a check so many days from now."""
        answer: dict[str, Any] = php("legacy_client.php", given=self.given | {"today": day(after)} | changes)
        self.given["local"] = answer["local"]
        return answer


@pytest.fixture(scope="module")
def held(shop: Shop) -> Held:
    """An active license on ornek.com.tr."""
    return shop.ordered(domain=OWN)


@kinds
def test_it_validates_and_then_asks_no_more_for_15_days(shop: Shop, held: Held, kind: dict[str, bool]) -> None:
    module = OldModule(shop, held.key, **kind)
    first = module.checks()
    assert (first["status"], first["asked"]) == ("Active", True)
    assert first["fields"]["validdomain"] == "www.Ornek.com.tr,ornek.com.tr,www.ornek.com.tr"
    assert (first["fields"]["validip"], first["fields"]["validdirectory"]) == (module.given["ip"], module.given["dir"])
    assert len(first["fields"]["md5hash"]) == 32
    for after in (0, 1, 14):
        later = module.checks(after)
        assert (later["status"], later["asked"]) == ("Active", False)
        assert later["fields"]["lease"] == first["fields"]["lease"]
    assert module.checks(15)["asked"] is True


@kinds
def test_it_fails_over_to_its_local_key_for_5_days_more(shop: Shop, held: Held, kind: dict[str, bool]) -> None:
    module = OldModule(shop, held.key, **kind)
    assert module.checks()["status"] == "Active"
    # A port that nobody listens on: the server is away.
    away = {"base": "http://127.0.0.1:9/"}
    for after in (15, 19):
        answer = module.checks(after, **away)
        assert (answer["status"], answer["asked"]) == ("Active", True)
    stopped = module.checks(20, **away)
    assert (stopped["status"], stopped["message"]) == ("Invalid", "Remote Check Failed")
    assert module.checks(20)["status"] == "Active"


def test_it_goes_on_while_the_server_is_stopped_and_after(shop: Shop, held: Held) -> None:
    modules = [OldModule(shop, held.key, **kind) for kind in KINDS.values()]
    assert [module.checks()["status"] for module in modules] == ["Active"] * 4
    new = OldModule(shop, held.key)
    with shop.away():
        assert [module.checks(15)["status"] for module in modules] == ["Active"] * 4
        assert new.checks()["message"] == "Remote Check Failed"
    assert [module.checks(15)["status"] for module in (*modules, new)] == ["Active"] * 5


def test_a_local_key_from_elsewhere_is_asked_about(shop: Shop, held: Held) -> None:
    module = OldModule(shop, held.key)
    module.checks()
    assert module.checks(ip="10.0.0.6")["asked"] is True
    assert module.checks(ip="10.0.0.6", dir="/home/baska")["asked"] is True
    moved = module.checks(domain="ornek.com.tr", ip="10.0.0.6", dir="/home/baska")
    assert (moved["status"], moved["asked"]) == ("Active", False)
    assert module.checks(domain="baska.com.tr")["status"] == "Invalid"


def test_an_answer_by_somebody_without_the_secret_is_seen(shop: Shop, held: Held) -> None:
    answer = OldModule(shop, held.key).checks(secret="not the one of the product")
    assert (answer["status"], answer["message"]) == ("Invalid", "MD5 Checksum Verification Failed")


@pytest.mark.parametrize("state", REFUSALS)
def test_it_is_refused_in_every_encoding(shop: Shop, state: str) -> None:
    refusal = REFUSALS[state]
    key = refusal.make(shop)
    for kind in ENCODINGS.values():
        module = OldModule(shop, key, **kind)
        answer = module.checks()
        told = (answer["status"], answer["fields"].get("message", ""), answer["local"])
        assert told == (refusal.status, refusal.message, "")
        assert not {"validdomain", "lease", "addons", "serviceid"} & answer["fields"].keys()


def test_a_suspension_arrives_when_the_local_key_has_run_out(shop: Shop) -> None:
    held = shop.ordered(domain=OWN)
    module = OldModule(shop, held.key)
    module.checks()
    shop.move("suspendLicense", held)
    assert module.checks(14)["status"] == "Active"
    assert module.checks(15)["status"] == "Suspended"
    shop.move("reinstateLicense", held)
    assert module.checks(15)["status"] == "Active"


def test_the_first_check_binds_and_turkish_capitals_are_the_same_domain(shop: Shop) -> None:
    held = shop.ordered()
    module = OldModule(shop, held.key, "ŞİRKET.com.tr")
    first = module.checks()
    assert first["status"] == "Active"
    assert first["fields"]["validdomain"] == "ŞİRKET.com.tr,xn--irket-idb.com.tr,www.xn--irket-idb.com.tr"
    assert module.checks(1)["asked"] is False
    assert OldModule(shop, held.key, "şirket.com.tr", multipart=True).checks()["status"] == "Active"
    assert OldModule(shop, held.key, "sirket.com.tr").checks()["status"] == "Invalid"


def test_the_support_package_ends_and_the_module_goes_on(shop: Shop) -> None:
    held = shop.ordered(domain=OWN)
    running = OldModule(shop, held.key).checks()["fields"]["addons"]
    assert running.startswith("name=Support and Upgrade Pack;nextduedate=")
    assert running.endswith(";status=Active")
    ended = date.fromisoformat(running.split("nextduedate=")[1][:10]) - timedelta(days=2000)
    shop.change("UPDATE licenses SET support_until = ? WHERE id = ?", ended.isoformat(), database_id(held))
    answer = OldModule(shop, held.key).checks()
    assert answer["status"] == "Active"
    assert answer["fields"]["addons"] == f"name=Support and Upgrade Pack;nextduedate={ended};status=Expired"
    assert "latestversion" not in answer["fields"]


def database_id(held: Held) -> str:
    """A license's id as SQLite has it."""
    from api.models import ids
    from api.models.licenses import License

    key = ids.key_of(held.id, License.PREFIX)
    assert key
    return str(key)
