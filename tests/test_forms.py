"""Forms of the site: what is read of a body, what a page shows again, and the traps for automatic fillers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from api import clock, sealing
from api.refusal import Problem, UserErrorCode
from api.sealing import Keys
from tests.conftest import ENVIRONMENT
from web import trap
from web.forms import MOST_FIELDS, Form, Shown, read_form

URLENCODED = b"application/x-www-form-urlencoded"
SHORTEST = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _keys() -> None:
    sealing.use(Keys(ENVIRONMENT["SECRET_KEY"]))


def _request(body: bytes, content_type: bytes = URLENCODED) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", content_type)] if content_type else []
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers, "query_string": b""}, receive)


async def test_a_form_is_read_in_utf_8() -> None:
    form = await read_form(_request(b"first_name=Ay%C5%9Fe&last_name=Y%C4%B1lmaz+Er&address.line2=&city=\xc4\xb0zmir"))
    assert form.values == {"first_name": "Ayşe", "last_name": "Yılmaz Er", "address.line2": "", "city": "İzmir"}
    assert (form.value("first_name"), form.value("nothing")) == ("Ayşe", "")
    assert (form.optional("address.line2"), form.optional("nothing")) == ("", None)


async def test_of_a_name_given_twice_the_last_counts() -> None:
    assert (await read_form(_request(b"a=1&a=2"))).values == {"a": "2"}


async def test_a_form_may_be_empty() -> None:
    assert (await read_form(_request(b""))).values == {}
    assert (await read_form(_request(b"", b""))).values == {}


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"a=1", b"", 415),
        (b"a=1", b"text/plain", 415),
        (b"--x", b"multipart/form-data; boundary=x", 415),
        (b"{}", b"application/json", 415),
        (b"a=%ff", URLENCODED, 400),
        (b"a=\xff", URLENCODED, 400),
        (b"%ed%a0%80=1", URLENCODED, 400),
        (b"a=1&" * MOST_FIELDS + b"a=1", URLENCODED, 400),
    ],
)
async def test_a_body_that_is_no_form_is_refused(body: bytes, content_type: bytes, status: int) -> None:
    with pytest.raises(HTTPException) as error:
        await read_form(_request(body, content_type))
    assert error.value.status_code == status


async def test_as_many_fields_as_a_form_may_have_are_read() -> None:
    body = "&".join(f"a{number}=1" for number in range(MOST_FIELDS)).encode()
    assert len((await read_form(_request(body, URLENCODED + b"; charset=UTF-8"))).values) == MOST_FIELDS


def test_a_refused_form_knows_its_problems_by_their_control() -> None:
    form = Form({"first_name": "x"})
    assert (form.status, form.refused) == (200, False)
    form.refuse(
        [
            Problem(UserErrorCode.TOO_LONG, "refusals.too_long", ("address", "line1"), {"high": 200}),
            Problem(UserErrorCode.REQUIRED, "refusals.required", ("address", "line1")),
            Problem(UserErrorCode.INVALID, "refusals.form_trap"),
        ],
        "en",
    )
    assert (form.status, form.refused) == (422, True)
    first = form.problem("address.line1")
    assert first == Shown("address.line1", "TOO_LONG", "Please enter at most 200 characters.")
    assert first.anchor == "#address-line1"
    assert [problem.anchor for problem in form.problems if problem.name is None] == [""]
    assert form.problem("email") is None
    form.retry_after = 90
    assert form.status == 429


@pytest.mark.parametrize(
    ("values", "ticked"), [({"a": "true"}, True), ({"a": "on"}, False), ({"a": ""}, False), ({}, False)]
)
def test_a_box_is_ticked_by_its_value_alone(values: dict[str, str], ticked: bool) -> None:
    assert Form(values).checked("a", "true") is ticked


def _sent(token: str, **more: str) -> str | None:
    problem = trap.sprung(Form({trap.FIELD: token} | more), SHORTEST)
    return problem.message if problem else None


TRAP, EXPIRED = "refusals.form_trap", "refusals.form_expired"


def test_a_person_takes_longer_than_a_program() -> None:
    shown = clock.now()
    with clock.stopped(shown):
        token = trap.fresh_token()
    expected = {
        timedelta(0): TRAP,
        timedelta(seconds=0.9): TRAP,
        timedelta(seconds=1.1): None,
        timedelta(hours=23): None,
        timedelta(hours=24, seconds=1): EXPIRED,
        # A clock that was set back, or a token of another machine's future.
        timedelta(seconds=-1): EXPIRED,
    }
    for after, message in expected.items():
        with clock.stopped(shown + after):
            assert _sent(token) == message, after


def test_a_field_that_people_do_not_see_stays_blank() -> None:
    shown = clock.now()
    with clock.stopped(shown):
        token = trap.fresh_token()
    with clock.stopped(shown + timedelta(minutes=1)):
        assert _sent(token, **{trap.HONEYPOT: "https://example.net"}) == TRAP
        assert _sent(token, **{trap.HONEYPOT: ""}) is None


@pytest.mark.parametrize("token", ["", ".", "1.2.3", "1700000000.0." + "0" * 64, "nan.x", "ş.ş", "9" * 10_000, "\0"])
def test_a_token_that_was_not_made_here_springs_the_trap(token: str) -> None:
    assert _sent(token) == TRAP


def test_a_form_that_comes_back_keeps_its_time_so_that_it_can_simply_be_sent_again() -> None:
    shown = clock.now()
    with clock.stopped(shown):
        token = trap.fresh_token()
        assert trap.token_of(Form({trap.FIELD: token})) == token
    with clock.stopped(shown + timedelta(hours=25)):
        renewed = trap.token_of(Form({trap.FIELD: token}))
        assert renewed != token
        assert trap.token_of(Form()) == renewed
    with clock.stopped(shown + timedelta(hours=25, seconds=2)):
        assert _sent(renewed) is None
