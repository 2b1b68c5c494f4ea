"""A license server of the tests' own, which signs what a test wants."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from api.rules.leases import Lease
from tests.clients.vectors import CURRENT, LEASE

Answer = Callable[[dict[str, Any]], tuple[int, bytes]]


class Vendor:
    """A license server that answers as a test wants, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer: Answer = self.agreeing()
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.headers["Content-Type"] == "application/json"
                vendor.asked.append(question["variables"]["input"])
                status, body = vendor.answer(vendor.asked[-1])
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                # A client that had enough hangs up.
                with suppress(ConnectionError):
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}/graphql"

    def agreeing(self, of: Lease = LEASE, signer: Any = CURRENT, **changes: Any) -> Answer:
        """Answers with a lease for the question's nonce."""

        def answer(asked: dict[str, Any]) -> tuple[int, bytes]:
            nonce = changes.get("signed_nonce", asked["nonce"])
            signed = replace(of, nonce=nonce).signed(signer)
            said = {"valid": True, "code": "VALID", "message": "", "nonce": asked["nonce"], "lease": signed} | changes
            return 200, json.dumps({"data": {"validateLicense": said}}).encode()

        return answer

    @staticmethod
    def refusing(**changes: Any) -> Answer:
        """Answers no."""

        def answer(asked: dict[str, Any]) -> tuple[int, bytes]:
            said = {"valid": False, "code": "CANCELLED", "message": "İptal edildi.", "nonce": asked["nonce"]} | changes
            return 200, json.dumps({"data": {"validateLicense": said | {"lease": None}}}).encode()

        return answer

    @staticmethod
    def saying(status: int, body: bytes = b"") -> Answer:
        """Answers this, whatever it is asked."""
        return lambda _: (status, body)


@contextmanager
def running_vendor() -> Iterator[Vendor]:
    """One that answers."""
    vendor = Vendor()
    thread = Thread(target=vendor.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield vendor
    vendor.server.shutdown()
    thread.join()
    vendor.server.server_close()
