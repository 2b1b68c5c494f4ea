"""The clients of leases against the running server: offline through the grace, not after, and through rotations."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.clients.lease_clients import LANGUAGES, Module
from tests.clients.shop import LEGACY_ID, SECRET, Held, Shop
from tests.clients.states import DOMAIN, OWN, REFUSALS
from tests.clients.test_legacy_answers import FORM
from tests.ports import free_port
from tests.test_catalog_pages import SMS

DAY = 86_400
OFFLINE = """mutation ($id: ID!, $days: Int!) { issueOfflineLease(licenseId: $id, days: $days) {
  lease expiresAt errors { code } } }"""
# For so long a process relies on the signing key that it has read (api.signing).
SIGNER_SECONDS = 2.0


@pytest.fixture(scope="module")
def held(shop: Shop) -> Held:
    """An active license on ornek.com.tr."""
    return shop.ordered(domain=OWN)


def module_of(shop: Shop, key: str, file: Path, language: str, domain: str = DOMAIN) -> Module:
    return Module(language, shop.pinned(), key, domain, SMS["slug"], file, shop.endpoint)


@pytest.fixture(params=LANGUAGES)
def module(request: pytest.FixtureRequest, shop: Shop, held: Held, tmp_path: Path) -> Module:
    """A new installation in each language."""
    return module_of(shop, held.key, tmp_path / "cache.json", request.param)


def test_it_runs_offline_through_its_grace_and_stops_after(module: Module) -> None:
    assert module.does(("refresh",), ("problem",), ("runs",)) == ["VALID", None, True]
    until = module.asks("runsUntil")
    now = int(time.time())
    assert 0 <= now + 21 * DAY - until < 60
    alone = module.elsewhere(endpoint=f"http://127.0.0.1:{free_port()}/graphql")
    for at, state in ((until - 14 * DAY, "VALID"), (until - 14 * DAY + 1, "GRACE"), (until, "GRACE")):
        assert alone.does(("refresh", at), ("state", at), ("runs", at)) == [state, state, True]
    assert alone.does(("refresh", until + 1), ("runs", until + 1)) == ["EXPIRED", False]
    # One good check, and it runs again.
    assert module.does(("refresh",), ("runs",)) == ["VALID", True]


def test_it_is_told_of_support_and_updates(shop: Shop, module: Module, held: Held) -> None:
    module.asks("refresh")
    own = shop.server.ask("query ($id: ID!) { node(id: $id) { ... on License { supportUntil } } }", {"id": held.id},
                          held.owner.session)  # fmt: skip
    assert module.does(("supportUntil",), ("latestVersion",)) == [own["node"]["supportUntil"], "2.1.0"]


def test_another_domains_lease_is_refused_by_the_client_and_the_server(module: Module, tmp_path: Path) -> None:
    module.asks("refresh")
    copied = module.elsewhere(domain="baska.com.tr", file=tmp_path / "copied.json")
    copied.file.write_bytes(module.file.read_bytes())
    assert copied.does(("state",), ("runs",), ("due",)) == ["WRONG_DOMAIN", False, False]
    assert copied.asks("refresh") == "REFUSED"
    assert copied.asks("refusal")["code"] == "DOMAIN_MISMATCH"
    assert module.asks("state") == "VALID"


@pytest.mark.parametrize("state", REFUSALS)
def test_each_refusal_stops_it_with_a_sentence(shop: Shop, tmp_path: Path, state: str) -> None:
    key = REFUSALS[state].make(shop)
    for language in LANGUAGES:
        module = module_of(shop, key, tmp_path / language, language)
        assert module.does(("refresh",), ("problem",)) == ["REFUSED", None]
        refusal = module.asks("refusal")
        assert refusal["code"] == REFUSALS[state].code
        assert refusal["message"].endswith(".")


def test_a_suspension_takes_the_lease_and_its_end_brings_one_back(shop: Shop, tmp_path: Path) -> None:
    held = shop.ordered(domain=OWN)
    modules = [module_of(shop, held.key, tmp_path / language, language) for language in LANGUAGES]
    assert [module.asks("refresh") for module in modules] == ["VALID"] * 2
    shop.move("suspendLicense", held)
    assert [module.does(("state",), ("refresh",), ("runsUntil",)) for module in modules] == [
        ["VALID", "REFUSED", None]
    ] * 2
    shop.move("reinstateLicense", held)
    assert [module.asks("refresh") for module in modules] == ["VALID"] * 2


def test_a_new_license_is_bound_by_its_first_check(shop: Shop, tmp_path: Path) -> None:
    for language in LANGUAGES:
        held = shop.ordered()
        module = module_of(shop, held.key, tmp_path / language, language, "https://www.ŞİRKET.com.tr/whmcs/")
        assert module.asks("refresh") == "VALID"
        assert module.elsewhere(domain="xn--irket-idb.com.tr").asks("state") == "VALID"
        assert module.elsewhere(domain="sirket.com.tr").asks("refresh") == "REFUSED"


def test_a_machine_without_a_network_runs_as_long_as_its_lease(shop: Shop, module: Module, held: Held) -> None:
    given = shop.server.ask(OFFLINE, {"id": held.id, "days": 366}, held.owner.session)["issueOfflineLease"]
    alone = module.elsewhere(endpoint=f"http://127.0.0.1:{free_port()}/graphql")
    now = int(time.time())
    assert alone.does(("install", given["lease"]), ("problem",)) == ["VALID", None]
    assert alone.does(("refresh", now + 365 * DAY), ("runs", now + 365 * DAY)) == ["VALID", True]
    assert alone.asks("runs", alone.asks("runsUntil") + 1) is False
    assert alone.elsewhere(domain="baska.com.tr").asks("install", given["lease"]) == "WRONG_DOMAIN"


def test_the_lease_of_an_old_modules_answer_is_the_same_kind(shop: Shop, module: Module, held: Held) -> None:
    answer = shop.post(FORM | {"licensekey": held.key}).text
    lease = answer.partition("<lease>")[2].partition("</lease>")[0]
    assert module.does(("install", lease), ("latestVersion",)) == ["VALID", "2.1.0"]


def test_a_product_of_another_name_is_refused(module: Module) -> None:
    other = module.elsewhere(product="havale")
    assert other.asks("refresh") == "REFUSED"
    assert other.asks("refusal")["code"] == "PRODUCT_MISMATCH"
    # The server knows old names too; a lease has the one of the catalog.
    old = module.elsewhere(product=LEGACY_ID, file=module.file.with_name("old.json"))
    assert old.does(("refresh",), ("problem",)) == ["NONE", "the lease is not for this module: WRONG_PRODUCT"]


def test_the_cache_holds_no_key_and_no_secret(module: Module, held: Held) -> None:
    module.asks("refresh")
    text = module.file.read_text("utf-8")
    assert held.key not in text
    assert SECRET not in text
    assert json.loads(text).keys() == {"lease", "mark", "tried", "refusal"}


def rotate(shop: Shop) -> None:
    """Let the next key sign, in the running server too."""
    shop.server.command("keys", "rotate")
    time.sleep(SIGNER_SECONDS + 0.1)


def test_rotations_stop_nobody_who_pinned_the_next_key(shop: Shop, held: Held, tmp_path: Path) -> None:
    modules = [module_of(shop, held.key, tmp_path / language, language) for language in LANGUAGES]
    assert [module.asks("refresh") for module in modules] == ["VALID"] * 2
    rotate(shop)
    # What the old key signed goes on, and what the pinned next one signs is taken.
    assert [module.asks("state") for module in modules] == ["VALID"] * 2
    assert [module.does(("refresh",), ("problem",)) for module in modules] == [["VALID", None]] * 2
    rotate(shop)
    problem = "the lease is not signed by a pinned key"
    assert [module.does(("refresh",), ("problem",)) for module in modules] == [["VALID", problem]] * 2
    # A release of the module with the keys of today.
    renewed = [module.elsewhere(pinned=shop.pinned()) for module in modules]
    answers = [module.does(("state",), ("refresh",), ("problem",)) for module in renewed]
    assert answers == [["VALID", "VALID", None]] * 2
    assert [key["state"] for key in shop.keys().values()] == ["OLD", "OLD", "CURRENT", "NEXT"]
