"""One license server for all tests of clients that ask a real one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.shop import Shop


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The running server."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    try:
        shop.server.start()
        yield shop
    finally:
        shop.server.stop()
