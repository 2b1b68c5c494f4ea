"""Who goes away in mid-body is nobody's failure: nothing is answered, and nothing logged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.site import ON_ONE_DATABASE, Site
from tests.test_catalog_pages import stocked

pytestmark = ON_ONE_DATABASE

_FILE = "multipart/form-data; boundary=x"
_BEGUN = b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"que'


async def _leave(site: Site, path: str, body: bytes, **headers: str) -> list[dict[str, Any]]:
    """What is sent to somebody who goes away after a piece of the body."""
    told: list[dict[str, Any]] = []
    messages = iter([{"type": "http.request", "body": body, "more_body": True}])

    async def send(message: Any) -> None:
        told.append(message)

    async def receive() -> dict[str, Any]:
        return next(messages, {"type": "http.disconnect"})

    lines = {"host": "testserver", **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in lines.items()],
        "client": ("127.0.0.1", 50000),
        "server": ("testserver", 80),
    }
    await site.app(scope, receive, send)
    return told


async def test_nothing_is_answered_or_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    _, staff = await stocked(site)
    caplog.clear()
    assert await _leave(site, "/graphql", b'{"que', content_type="application/json") == []
    assert await _leave(site, "/graphql", _BEGUN, content_type=_FILE, authorization=f"Bearer {staff}") == []
    for path in ("/sign-in", "/register"):
        assert await _leave(site, path, b"email=a", content_type="application/x-www-form-urlencoded") == []
    await _leave(site, "/panel/attachments", _BEGUN, content_type=_FILE, cookie=f"session={staff}")
    assert caplog.records == []
