"""One decision: the first check that fails is the code, whatever else is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.rules.domains import Domain
from api.rules.validation import CHECKS, Code, Decision, Outcome, Request, Snapshot, decide, explain

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = "SMS-00000-00000-00000-00000-00000-0"
BOUND = Snapshot(
    status="ACTIVE",
    owner_status="ACTIVE",
    product_names=("sms", "prd_1"),
    domain="example.com",
    moved_from=None,
    moved_until=None,
    support_until=date(2027, 3, 1),
    released={
        "1.0": datetime(2026, 1, 1, tzinfo=UTC),
        "2.0": datetime(2027, 3, 1, 20, 59, 59, tzinfo=UTC),
        "2.1": datetime(2027, 3, 1, 21, tzinfo=UTC),
    },
    covered_only=False,
)
ASKED = Request(KEY, "example.com")


@pytest.mark.parametrize(
    ("snapshot", "request_", "code", "valid"),
    [
        (BOUND, ASKED, Code.VALID, True),
        (BOUND, Request(KEY, "https://WWW.Example.com:443/"), Code.VALID, True),
        (BOUND, Request(None, "example.com"), Code.KEY_MALFORMED, False),
        (None, Request(None, ""), Code.KEY_MALFORMED, False),
        (None, ASKED, Code.NOT_FOUND, False),
        (replace(BOUND, owner_status="SUSPENDED", status="CANCELLED"), ASKED, Code.OWNER_BLOCKED, False),
        (replace(BOUND, owner_status="TERMINATED"), ASKED, Code.OWNER_BLOCKED, False),
        (replace(BOUND, owner_status="ERASED"), ASKED, Code.OWNER_BLOCKED, False),
        (replace(BOUND, status="CANCELLED"), ASKED, Code.CANCELLED, False),
        (replace(BOUND, status="SUSPENDED"), Request(KEY, ""), Code.SUSPENDED, False),
        (replace(BOUND, status="PENDING"), Request(KEY, "other.com"), Code.PENDING, False),
        (BOUND, Request(KEY, "", product="other"), Code.PRODUCT_MISMATCH, False),
        (BOUND, Request(KEY, "example.com", product="prd_1"), Code.VALID, True),
        (BOUND, Request(KEY, "example.com", product=""), Code.VALID, True),
        (BOUND, Request(KEY, " "), Code.DOMAIN_MISSING, False),
        (BOUND, Request(KEY, "exam_ple.com"), Code.DOMAIN_MALFORMED, False),
        (BOUND, Request(KEY, "127.0.0.1"), Code.DOMAIN_NOT_ALLOWED, False),
        (BOUND, Request(KEY, "localhost"), Code.DOMAIN_NOT_ALLOWED, False),
        (BOUND, Request(KEY, "shop.example.com"), Code.DOMAIN_MISMATCH, False),
        (BOUND, Request(KEY, "example.com.tr"), Code.DOMAIN_MISMATCH, False),
        (replace(BOUND, domain="panel.example.com"), ASKED, Code.DOMAIN_MISMATCH, False),
        (BOUND, Request(KEY, "example.com", version="2.0"), Code.VALID, True),
        (BOUND, Request(KEY, "example.com", version="2.1"), Code.VERSION_NOT_COVERED, True),
        (BOUND, Request(KEY, "example.com", version="9.9"), Code.VALID, True),
        (
            replace(BOUND, covered_only=True),
            Request(KEY, "example.com", version="2.1"),
            Code.VERSION_NOT_COVERED,
            False,
        ),
        (BOUND, Request(KEY, "other.com", version="2.1"), Code.DOMAIN_MISMATCH, False),
    ],
)
def test_the_first_failed_check_is_the_code(
    snapshot: Snapshot | None, request_: Request, code: Code, valid: bool
) -> None:
    found = decide(snapshot, request_, NOW)
    assert (found.code, found.valid) == (code, valid)


def test_a_good_check_of_an_unbound_license_binds_it_and_no_other_does() -> None:
    unbound = replace(BOUND, domain=None)
    assert decide(unbound, ASKED, NOW).binds
    assert decide(unbound, Request(KEY, "example.com", version="2.1"), NOW).binds
    assert not decide(replace(unbound, covered_only=True), Request(KEY, "example.com", version="2.1"), NOW).binds
    assert not decide(replace(unbound, status="PENDING"), ASKED, NOW).binds
    assert not decide(unbound, Request(KEY, "localhost"), NOW).binds
    assert not decide(BOUND, ASKED, NOW).binds


def test_the_domain_before_a_move_answers_until_its_time_is_over() -> None:
    until = NOW + timedelta(hours=72)
    moved = replace(BOUND, domain="new.com", moved_from="example.com", moved_until=until)
    for now, old in ((NOW, Code.VALID), (until - timedelta(microseconds=1), Code.VALID), (until, Code.DOMAIN_MISMATCH)):
        assert decide(moved, ASKED, now).code is old
        assert decide(moved, ASKED, now).moving is (old is Code.VALID)
        assert decide(moved, Request(KEY, "new.com"), now) == Decision(Code.VALID, True, Domain("new.com", "new.com"))
    assert not decide(moved, ASKED, NOW).binds


DOMAINS = st.sampled_from(["", "example.com", "www.example.com", "other.com", "localhost", "a_b.com", "10.0.0.1"])
SNAPSHOTS = st.builds(
    Snapshot,
    status=st.sampled_from(["ACTIVE", "PENDING", "SUSPENDED", "CANCELLED"]),
    owner_status=st.sampled_from(["ACTIVE", "ACTIVE", "SUSPENDED", "TERMINATED"]),
    product_names=st.just(("sms", "prd_1")),
    domain=st.sampled_from([None, "example.com", "other.com"]),
    moved_from=st.sampled_from([None, "example.com"]),
    moved_until=st.sampled_from([None, NOW, NOW + timedelta(hours=1)]),
    support_until=st.sampled_from([None, date(2026, 6, 1), date(2027, 3, 1)]),
    released=st.just(BOUND.released),
    covered_only=st.booleans(),
)
REQUESTS = st.builds(
    Request,
    key=st.sampled_from([KEY, KEY, KEY, None]),
    domain=DOMAINS,
    product=st.sampled_from([None, "", "sms", "other"]),
    version=st.sampled_from([None, "", "1.0", "2.1", "x"]),
)


@given(SNAPSHOTS, REQUESTS)
def test_the_explanation_tells_of_every_check_and_its_first_failure_is_the_code(
    snapshot: Snapshot, request: Request
) -> None:
    found, checks = explain(snapshot, request, NOW)
    assert found == decide(snapshot, request, NOW)
    assert [code for code, _ in checks] == [code for code, _ in CHECKS]
    failed = [code for code, outcome in checks if outcome is Outcome.FAILED]
    assert found.code is (failed[0] if failed else Code.VALID)
    # Whatever is valid runs on the license's own domain, or binds it, or is still moving from there.
    if found.valid:
        assert found.domain
        assert found.binds or found.moving or found.domain.ascii == snapshot.domain
        assert snapshot.status == snapshot.owner_status == "ACTIVE"
