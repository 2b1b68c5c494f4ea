"""Checks of licenses: what a module is answered through the API, and what it changes."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from api import clock, failures, settings, signing, tally, validating
from api.caller import Caller, Door
from api.jobs import sweep
from api.models.accounts import Account
from api.models.licenses import License, LicenseEvent
from api.models.orders import Order
from api.models.sightings import MOST_PLACES, Sighting
from api.rules.leases import from_base64url, key_hash, opened
from tests.cast import AYSE
from tests.licensed import VALIDATE, Licensed, licensed
from tests.site import Site, text_of

# More than what two networks may fail at once.
FORGED = 2600


@pytest.fixture
async def own(site: Site) -> Licensed:
    return await licensed(site)


async def _keys() -> dict[str, bytes]:
    return {key.kid: from_base64url(key.public) for key in await signing.published()}


async def test_the_first_good_check_binds_and_the_next_are_valid_there_alone(own: Licensed) -> None:
    first = await own.validate("https://www.ŞİRKET.com.tr/whmcs", nonce="n1")
    assert (first["code"], first["valid"], first["domain"], first["nonce"]) == (
        "BOUND", True, "xn--irket-idb.com.tr", "n1",
    )  # fmt: skip
    assert await own.code("şirket.com.tr") == "VALID"
    assert await own.code("XN--IRKET-IDB.COM.TR.") == "VALID"
    elsewhere = await own.validate("baska.com.tr")
    assert elsewhere == elsewhere | {
        "code": "DOMAIN_MISMATCH", "valid": False, "domain": "baska.com.tr", "product": None, "supportUntil": None,
        "supportActive": False, "latestVersion": None, "lease": None,
    }  # fmt: skip
    assert "irket" not in str(elsewhere)
    row = await own.row()
    assert (row.domain, row.domain_ascii) == ("şirket.com.tr", "xn--irket-idb.com.tr")
    assert await LicenseEvent.filter(kind="BOUND", domain="şirket.com.tr").count() == 1
    letter = (await own.site.letters_to("bora@example.net"))[-1]
    assert "şirket.com.tr" in str(letter["Subject"])
    assert own.key not in text_of(letter)


async def test_every_state_has_its_code(own: Licensed) -> None:
    assert await own.code("a.com.tr", key="BOZUK") == "KEY_MALFORMED"
    assert await own.code("a.com.tr", key=own.key[:-1]) == "KEY_MALFORMED"
    assert await own.code("a.com.tr", key="SMS-00000-00000-00000-00000-00000-0") == "NOT_FOUND"
    assert await own.code("a.com.tr", product="baska") == "PRODUCT_MISMATCH"
    assert await own.code("") == "DOMAIN_MISSING"
    assert await own.code("a_b.com") == "DOMAIN_MALFORMED"
    assert await own.code("192.168.1.10") == "DOMAIN_NOT_ALLOWED"
    assert (await own.row()).domain is None
    assert await own.code("a.com.tr", product="sms", key=own.key.lower().replace("-", " ")) == "BOUND"
    for status in ("PENDING", "SUSPENDED", "CANCELLED"):
        await License.all().update(status=status)
        assert await own.code("a.com.tr") == status
    await Account.all().update(status="SUSPENDED", status_reason="borç")
    assert await own.code("a.com.tr") == "OWNER_BLOCKED"


async def test_a_change_is_seen_by_the_next_check(own: Licensed) -> None:
    await own.validate("a.com.tr")
    suspend = 'mutation ($id: ID!) { suspendLicense(licenseId: $id, reason: "borç") { errors { code } } }'
    await own.site.data(suspend, {"id": own.id}, own.staff)
    assert await own.code("a.com.tr") == "SUSPENDED"
    reinstate = 'mutation ($id: ID!) { reinstateLicense(licenseId: $id, reason: "ödendi") { errors { code } } }'
    await own.site.data(reinstate, {"id": own.id}, own.staff)
    assert await own.code("a.com.tr") == "VALID"


async def test_the_lease_of_an_answer_verifies_and_says_the_same(own: Licensed) -> None:
    answer = await own.validate("a.com.tr", nonce="taze")
    payload = opened(answer["lease"], await _keys())
    assert payload is not None
    terms = settings.current().licensing
    assert payload["exp"] - payload["iat"] == terms.lease_days * 86400
    assert payload["gr"] == terms.grace_days * 86400
    assert payload == payload | {
        "lic": own.id, "prd": "sms", "kh": key_hash(own.key), "dom": ["a.com.tr", "www.a.com.tr"], "non": "taze",
        "sup": answer["supportUntil"],
    }  # fmt: skip
    # Without a nonce, one lease a license and day.
    assert (await own.validate("a.com.tr"))["lease"] == (await own.validate("www.a.com.tr"))["lease"]
    with clock.stopped(clock.now() + timedelta(days=1)):
        later = (await own.validate("a.com.tr"))["lease"]
    assert later != (await own.validate("a.com.tr"))["lease"]


async def test_no_check_fails_while_keys_are_rotated(own: Licensed) -> None:
    await own.validate("a.com.tr")
    old = (await own.validate("a.com.tr"))["lease"]
    before = await _keys()

    async def rotate() -> None:
        await signing.rotate(Caller(Door.COMMAND))

    checks = [own.validate("a.com.tr", nonce=str(turn)) for turn in range(60)]
    answers = await asyncio.gather(*checks[:30], rotate(), *checks[30:])
    leases = [answer["lease"] for answer in answers if answer]
    assert len(leases) == 60
    pinned = before | await _keys()
    assert all(opened(lease, pinned) for lease in leases)
    # Who pinned both keys before the rotation reads what the new one signs, and old leases stay good.
    new = (await own.validate("a.com.tr"))["lease"]
    assert new != old
    assert opened(new, before)
    assert opened(old, await _keys())


async def test_of_two_hundred_first_checks_one_binds(own: Licensed) -> None:
    async def ask(number: int) -> str:
        return await own.code(f"musteri{number}.com.tr")

    codes = Counter(await asyncio.gather(*(ask(number) for number in range(200))))
    assert codes == {"BOUND": 1, "DOMAIN_MISMATCH": 199}
    assert await LicenseEvent.filter(kind="BOUND").count() == 1


async def test_two_first_checks_from_one_domain_are_both_good(own: Licensed) -> None:
    codes = Counter(await asyncio.gather(*(own.code("a.com.tr") for _ in range(20))))
    assert codes == {"BOUND": 1, "VALID": 19}


async def test_a_version_beyond_support_runs_unless_the_product_says_otherwise(own: Licensed) -> None:
    publish = """mutation ($id: ID!, $version: String!) { publishRelease(input: {productId: $id, version: $version,
      changelog: "Yenilik"}) { release { id } errors { code field } } }"""
    await own.site.data(publish, {"id": own.product, "version": "1.0"}, own.staff)
    later = clock.now() + timedelta(days=400)
    with clock.stopped(later):
        await own.site.data(publish, {"id": own.product, "version": "2.0"}, await own.site.staff_token())
        answer = await own.validate("a.com.tr", version="2.0")
        assert (answer["code"], answer["valid"], answer["latestVersion"]) == ("VERSION_NOT_COVERED", True, "1.0")
        assert answer["supportActive"] is False
        assert answer["lease"]
        assert (await own.row()).domain == "a.com.tr"
        assert await own.code("a.com.tr", version="1.0") == "VALID"
        assert await own.code("a.com.tr", version="0.1-kendi") == "VALID"
        own.staff = await own.site.staff_token()
        assert (await own.licensing(coveredOnly=True))["errors"] == []
        answer = await own.validate("a.com.tr", version="2.0")
        assert (answer["code"], answer["valid"], answer["lease"]) == ("VERSION_NOT_COVERED", False, None)
        assert answer["latestVersion"] == "1.0"


async def test_a_nonce_that_is_too_long_is_refused(own: Licensed) -> None:
    given = {"key": own.key, "domain": "a.com.tr", "nonce": "n" * 129}
    answer = await own.site.ask(VALIDATE, {"input": given})
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert (await own.row()).domain is None


async def test_forged_checks_with_a_stolen_key_hurt_nobody(own: Licensed) -> None:
    await own.validate("sahibi.com.tr")
    before = await own.row()

    async def forge(number: int) -> int:
        answer = await own.verify(f"site{number}.example.com.tr", address=f"198.51.{number % 2}.7")
        assert (answer.status_code, b"sahibi" in answer.content) in {(200, False), (429, False)}
        return answer.status_code

    statuses: Counter[int] = Counter()
    for begin in range(0, FORGED, 200):
        statuses.update(await asyncio.gather(*(forge(number) for number in range(begin, begin + 200))))
        answer = await own.verify("sahibi.com.tr", address="198.51.0.7")
        assert b"<status>Active</status>" in answer.content
    assert statuses[429] > 0
    row = await own.row()
    assert (row.status, row.domain, row.version) == (before.status, before.domain, before.version)
    assert await tally.flush_all()
    places = await Sighting.filter(refused=True).count()
    assert places <= MOST_PLACES + 1
    assert sum(await Sighting.filter(refused=True).values_list("count", flat=True)) == FORGED  # type: ignore[arg-type]
    # The owner, from the network where the license was bound and from the forger's own.
    assert await Sighting.filter(refused=False).count() == 2


async def test_failures_are_limited_by_network_and_good_checks_never(
    own: Licensed, monkeypatch: pytest.MonkeyPatch
) -> None:
    await own.validate("a.com.tr")
    monkeypatch.setattr(failures, "AT_ONCE", 3)
    failures.forget()
    refused = [await own.verify("b.com.tr", address="198.51.100.1") for _ in range(5)]
    assert [answer.status_code for answer in refused] == [200] * 3 + [429] * 2
    assert (refused[-1].content, int(refused[-1].headers["retry-after"]) >= 1) == (b"", True)
    # The same network by another address, another key and another domain: nothing that is chosen helps.
    other = await own.verify("c.com.tr", address="198.51.100.77", licensekey="X", check_token="y")
    assert other.status_code == 429
    assert (await own.verify("b.com.tr", address="198.51.101.1")).status_code == 200
    assert (await own.verify("a.com.tr", address="198.51.100.1")).status_code == 200


async def test_where_a_license_was_asked_for_is_counted(own: Licensed) -> None:
    await own.validate("a.com.tr", version="1.0")
    for _ in range(3):
        await own.verify("calinti.com", address="203.0.113.9", version="2.0")
    await own.verify("calinti.com", address="2001:db8:1:2::5")
    assert await tally.flush_all()
    await own.verify("calinti.com", address="203.0.113.200")
    assert await tally.flush_all()
    rows = await Sighting.all().order_by("refused", "network").values("domain_ascii", "network", "count", "version")
    assert rows == [
        {"domain_ascii": "a.com.tr", "network": "127.0.0.0/24", "count": 1, "version": "1.0"},
        {"domain_ascii": "calinti.com", "network": "2001:db8:1::/48", "count": 1, "version": ""},
        {"domain_ascii": "calinti.com", "network": "203.0.113.0/24", "count": 4, "version": "2.0"},
    ]
    assert own.key not in await own.site.everything_stored()
    with clock.stopped(clock.now() + timedelta(days=settings.current().licensing.sighting_days + 1)):
        await sweep()
    assert await Sighting.all().count() == 0


async def test_only_a_check_that_binds_writes(own: Licensed) -> None:
    await own.validate("a.com.tr")
    before = await own.site.all_rows()
    for domain in ("a.com.tr", "b.com.tr", "", "localhost"):
        await own.validate(domain)
        await own.verify(domain)
    await own.verify("a.com.tr", licensekey="yok")
    assert await own.site.all_rows() == before


async def test_keys_of_others_stay_theirs(site: Site, own: Licensed) -> None:
    other = await licensed(site, AYSE, "iki")
    assert await own.code("bora.com.tr") == "BOUND"
    assert await other.code("bora.com.tr") == "BOUND"
    assert await other.code("bora.com.tr") == "VALID"
    assert await Order.all().count() == 2
    validating.forget()
    assert await own.code("bora.com.tr") == "VALID"
