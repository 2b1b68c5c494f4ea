"""Answers go out in one piece, in order and whole."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
import uvloop

from web.wire import Protocol

LARGE = 300_000


async def _app(scope: Any, receive: Any, send: Any) -> None:
    if scope["path"] == "/cut":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"10")]})
        raise RuntimeError("on purpose")
    parts = [b"x" * LARGE, b"yz"] if scope["path"] == "/large" else [b"small"]
    length = str(sum(map(len, parts))).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
    for place, part in enumerate(parts):
        await send({"type": "http.response.body", "body": part, "more_body": place < len(parts) - 1})


class _Client(asyncio.Protocol):
    """Notes each piece that arrives."""

    def __init__(self, message: bytes) -> None:
        self.message = message
        self.pieces: list[bytes] = []
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        transport.write(self.message)

    def data_received(self, data: bytes) -> None:
        self.pieces.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(None)


@asynccontextmanager
async def _listening() -> AsyncIterator[int]:
    config = uvicorn.Config(_app, http=Protocol, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    listening = await asyncio.get_running_loop().create_server(
        lambda: Protocol(config, server.server_state, {}), "127.0.0.1", 0
    )
    async with listening:
        yield listening.sockets[0].getsockname()[1]


async def _asked(message: bytes) -> list[bytes]:
    async with _listening() as port:
        _, client = await asyncio.get_running_loop().create_connection(lambda: _Client(message), "127.0.0.1", port)
        await asyncio.wait_for(client.lost, 10)
    return client.pieces


def _get(path: str, last: bool = True) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: a\r\n{'Connection: close' if last else 'X: y'}\r\n\r\n".encode()


async def test_head_and_body_arrive_in_one_piece() -> None:
    (piece,) = await _asked(_get("/"))
    assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
    assert piece.endswith(b"\r\n\r\nsmall")


async def test_a_long_answer_arrives_whole() -> None:
    received = b"".join(await _asked(_get("/large")))
    assert received.partition(b"\r\n\r\n")[2] == b"x" * LARGE + b"yz"


async def test_answers_to_requests_that_came_at_once_keep_their_order() -> None:
    received = b"".join(await _asked(_get("/", last=False) + _get("/large", last=False) + _get("/")))
    bodies = received.split(b"HTTP/1.1 200 OK\r\n")[1:]
    assert [body.partition(b"\r\n\r\n")[2] for body in bodies] == [b"small", b"x" * LARGE + b"yz", b"small"]


def test_who_goes_before_the_answer_is_no_trouble() -> None:
    troubles: list[object] = []

    async def gone() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: troubles.append(context))
        reset = struct.pack("ii", 1, 0)
        async with _listening() as port:
            for _ in range(50):
                with socket.create_connection(("127.0.0.1", port)) as client:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                    client.sendall(_get("/", last=False) * 5)
                await asyncio.sleep(0.005)

    uvloop.run(gone())
    assert troubles == []


@pytest.mark.filterwarnings("ignore")
async def test_what_was_begun_goes_out_before_the_connection_is_closed() -> None:
    received = b"".join(await _asked(_get("/cut")))
    assert b"content-length: 10" in received
