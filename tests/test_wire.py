"""Answers go out in one piece, in order and whole."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest
import uvicorn
import uvloop

from web.wire import Protocol

LARGE = 300_000


async def _app(scope: Any, receive: Any, send: Any) -> None:
    start = {"type": "http.response.start", "status": 200}
    if scope["path"] == "/later" or scope["query_string"] == b"later":
        # Who reads learns that who asked is gone.
        await receive()
        await asyncio.sleep(0.03)
    if scope["path"] == "/short":
        await send({**start, "headers": [(b"content-length", b"10")]})
        await send({"type": "http.response.body", "body": b"half"})
        return
    if scope["path"] == "/parts":
        await send({**start, "headers": []})
        for part in (b"one", b"two"):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})
        return
    if scope["path"] in {"/line", "/close"}:
        line = (b"x-line", unquote_to_bytes(scope["query_string"]))
        await send(
            {
                **start,
                "headers": [
                    (b"connection", b"close") if scope["path"] == "/close" else line,
                    (b"content-length", b"0"),
                ],
            }
        )
        await send({"type": "http.response.body"})
        return
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


@pytest.mark.parametrize("path", ["/", "/later", "/parts?later"])
def test_who_goes_before_the_answer_is_no_trouble(path: str, caplog: pytest.LogCaptureFixture) -> None:
    troubles: list[object] = []

    async def gone() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: troubles.append(context))
        reset = struct.pack("ii", 1, 0)
        async with _listening() as port:
            for _ in range(50):
                with socket.create_connection(("127.0.0.1", port)) as client:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                    client.sendall(_get(path, last=False) * 5)
                    if path != "/":
                        # The first of them is being answered.
                        await asyncio.sleep(0.01)
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.1)

    uvloop.run(gone())
    assert troubles == []
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.filterwarnings("ignore")
async def test_an_answer_that_breaks_off_before_its_body_is_none() -> None:
    assert await _asked(_get("/cut")) == []


@pytest.mark.filterwarnings("ignore")
async def test_of_an_answer_that_breaks_off_in_its_body_the_beginning_arrives() -> None:
    received = b"".join(await _asked(_get("/short")))
    assert received.startswith(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n")
    assert received.endswith(b"\r\n\r\nhalf")


async def test_without_a_length_each_part_goes_by_itself() -> None:
    received = b"".join(await _asked(_get("/parts")))
    assert b"transfer-encoding: chunked\r\n" in received
    assert received.endswith(b"\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


async def test_head_has_the_length_and_no_body() -> None:
    received = b"".join(await _asked(_get("/").replace(b"GET", b"HEAD")))
    assert b"content-length: 5\r\n" in received
    assert received.endswith(b"\r\n\r\n")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("line", ["a\r\nset-cookie: b", "a\nb", "a\x00b"])
async def test_a_value_that_would_be_another_line_is_not_sent(line: str) -> None:
    received = b"".join(await _asked(_get(f"/line?{quote(line)}")))
    assert received.startswith(b"HTTP/1.1 500 ")
    assert b"cookie" not in received


async def test_what_is_said_of_the_connection_is_kept() -> None:
    received = b"".join(await _asked(_get("/close", last=False) + _get("/")))
    assert received.count(b"HTTP/1.1 200 OK") == 1
    assert b"connection: close\r\n" in received
