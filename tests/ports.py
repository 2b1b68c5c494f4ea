"""Ports for servers that tests start."""

from __future__ import annotations

import os
import socket
from itertools import count

# Below what systems give to outgoing connections, so that none of these takes a port between the choice and its use.
_FIRST, _EACH = 20_000, 1_000
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_numbers = count(_FIRST + _EACH * (_WORKER % 12))


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and that no other test of the run is given."""
    for port in _numbers:
        with socket.socket() as probe:
            # As servers do it: connections of before that are not forgotten yet are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("there is no end of numbers")
