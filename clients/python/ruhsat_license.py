"""Asks a Ruhsat license server about one license, and decides on what it signed: copy this file into your module.

Python 3.9 or later with `cryptography`, nothing else. clients/README.md says how to use it in ten minutes.

- `state()`, `runs()` and the rest that only looks read the cache: call them while a page is rendered.
- `refresh()` asks the server, in 5 seconds at most: call it from cron or a queue, when `due()` says so.
- `install()` takes a lease that the owner downloaded for a machine without a network.

Every method that looks at the clock takes an instant (seconds since 1970) instead, for your tests.
"""

from __future__ import annotations

import binascii
import hashlib
import http.client
import json
import os
import re
import secrets
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# The lease is good.
VALID = "VALID"
# The lease has run out, and the server could not be asked since; the module still runs.
GRACE = "GRACE"
# The lease and its grace have run out.
EXPIRED = "EXPIRED"
# The lease begins later than now.
NOT_YET_VALID = "NOT_YET_VALID"
# The machine's clock is more than 48 hours behind what the server signed already.
CLOCK_SKEW = "CLOCK_SKEW"
# The lease is of another license key, product or domain.
WRONG_KEY = "WRONG_KEY"
WRONG_PRODUCT = "WRONG_PRODUCT"
WRONG_DOMAIN = "WRONG_DOMAIN"
# No key that you pinned signed this text.
UNTRUSTED = "UNTRUSTED"
# The server said no; `refusal()` tells why.
REFUSED = "REFUSED"
# Nothing is known yet.
NONE = "NONE"

CONNECT_SECONDS = 2.0
TOTAL_SECONDS = 5.0
# A lease as old as this is renewed, in seconds.
RENEW_AFTER = 86_400
# An attempt that brought no lease is not repeated before so many seconds.
RETRY_AFTER = 900
# How far the clock may be behind, in seconds.
SKEW = 172_800
LARGEST_ANSWER = 65_536

PREFIX = "RL1"
CONTEXT = b"ruhsat-lease-1\n"
QUESTION = (
    "mutation Check($input: ValidateLicenseInput!) {"
    " validateLicense(input: $input) { valid code message nonce lease } }"
)
_UPPER_ASCII = {letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)}
_LOWER_ASCII = {small: capital for capital, small in _UPPER_ASCII.items()}
_TURKISH = str.maketrans("ÇĞİÖŞÜÂÎÛ", "çğiöşüâîû")
_COMBINED = {"c\u0327": "ç", "g\u0306": "ğ", "i\u0307": "i", "o\u0308": "ö", "s\u0327": "ş", "u\u0308": "ü"}

Lease = dict[str, Any]
Cache = dict[str, Any]


class NoAnswer(Exception):
    """The server did not answer in time, or not as a license server does."""


class RuhsatLicense:
    """One license of one module.

    `pinned`: the server's public keys, kid to key, from /.well-known/license-keys.json; `key`: what your customer
    typed; `domain`: where the module runs, a web address will do; `product`: its short name on the server; `version`:
    of this module, such as 2.1.0; `file`: the cache, writable by whoever refreshes; `endpoint`: https://.../graphql.
    """

    def __init__(
        self,
        pinned: Mapping[str, str],
        key: str,
        domain: str,
        product: str,
        version: str,
        file: str | os.PathLike[str],
        endpoint: str,
    ) -> None:
        self._pinned = pinned
        self._key = key.strip()
        self._domain = domain.strip()
        self._product = product
        self._version = version
        self._file = Path(file)
        self._endpoint = endpoint
        self._problem: str | None = None

    def state(self, now: int | None = None) -> str:
        """One of the constants above, from the cache alone."""
        cache = self._read()
        if cache["lease"] is None:
            return NONE if cache["refusal"] is None else REFUSED
        return self._judge(cache["lease"], cache["mark"], _instant(now))

    def runs(self, now: int | None = None) -> bool:
        """Whether the module may run."""
        return self.state(now) in {VALID, GRACE}

    def due(self, now: int | None = None) -> bool:
        """Whether `refresh()` should be called: the lease is a day old, or the last attempt brought none."""
        now = _instant(now)
        cache = self._read()
        if cache["tried"] <= now < cache["tried"] + RETRY_AFTER:
            return False
        lease = self._ours()
        return lease is None or now - lease["iat"] >= RENEW_AFTER or now < max(cache["mark"], lease["iat"]) - SKEW

    def refresh(self, now: int | None = None) -> str:
        """Ask the server and keep what it says; answers the state after that.

        A refusal takes the lease away. No answer in time, an error of the server or an answer that cannot be trusted
        takes nothing away: `problem()` says what it was.
        """
        now = _instant(now)
        self._problem = None
        nonce = secrets.token_hex(16)
        try:
            answer = self._asked(nonce)
        except NoAnswer as error:
            answer, self._problem = None, str(error)
        cache = self._read() | {"tried": now}
        if answer is not None and answer.get("nonce") != nonce:
            self._problem = "the answer is not to this question"
        elif answer is not None and not answer["valid"]:
            code, message = answer.get("code"), answer.get("message")
            cache["lease"] = None
            cache["refusal"] = {
                "code": code if isinstance(code, str) else "",
                "message": message if isinstance(message, str) else "",
            }
        elif answer is not None:
            cache = self._taken(cache, answer.get("lease"), nonce)
        self._write(cache)
        return self.state(now)

    def install(self, lease: str, now: int | None = None) -> str:
        """Keep a downloaded lease if it is good for this key, product and domain now; answers its state."""
        now = _instant(now)
        self._problem = None
        lease = lease.strip()
        cache = self._read()
        state = self._judge(lease, cache["mark"], now)
        if state not in {VALID, GRACE}:
            self._problem = f"the lease is not good here: {state}"
            return state
        self._write(self._taken(cache, lease, None))
        return self.state(now)

    def problem(self) -> str | None:
        """Why the last `refresh()` or `install()` brought nothing, for your log; None when it did what it should."""
        return self._problem

    def refusal(self) -> dict[str, str] | None:
        """What the server said when it refused: `code` and `message`."""
        refusal: dict[str, str] | None = self._read()["refusal"]
        return refusal

    def support_until(self) -> str | None:
        """The last day on which releases are covered, as YYYY-MM-DD; None when unknown."""
        return self._told("sup")

    def latest_version(self) -> str | None:
        """The newest version that this license's support covers; None when unknown."""
        return self._told("ver")

    def runs_until(self) -> int | None:
        """The instant after which the module stops unless the server is reached, with grace; None without a lease."""
        lease = self._ours()
        return None if lease is None else int(lease["exp"] + lease["gr"])

    def _opened(self, text: str) -> Lease | None:
        """What a text says that one of the pinned keys signed; None for any other text."""
        parts = text.split(".")
        if len(parts) != 4 or parts[0] != PREFIX or parts[1] not in self._pinned:
            return None
        try:
            public = Ed25519PublicKey.from_public_bytes(_bytes(self._pinned[parts[1]]))
            payload = _bytes(parts[2])
            public.verify(_bytes(parts[3]), CONTEXT + f"{parts[1]}.{parts[2]}".encode())
            lease = json.loads(payload)
        except (InvalidSignature, ValueError):
            return None
        # A bool is an int for isinstance, a day of 1.0 none.
        if not isinstance(lease, dict) or type(lease.get("v")) is not int or lease["v"] != 1:
            return None
        numbers = all(type(lease.get(name)) is int for name in ("iat", "nbf", "exp", "gr"))
        texts = all(isinstance(lease.get(name), str) for name in ("kh", "prd"))
        return lease if numbers and texts and isinstance(lease.get("dom"), list) else None

    def _judge(self, text: str, mark: int, now: int) -> str:
        """The state that a lease has at an instant, the largest signed instant seen so far being known."""
        lease = self._opened(text)
        if lease is None:
            return UNTRUSTED
        if foreign := self._foreign(lease):
            return foreign
        if now < max(mark, lease["iat"]) - SKEW:
            return CLOCK_SKEW
        # What was signed has been: a clock that is a little behind neither stops the module nor prolongs a lease.
        now = max(now, mark)
        if now < lease["nbf"]:
            return NOT_YET_VALID
        if now <= lease["exp"]:
            return VALID
        return GRACE if now <= lease["exp"] + lease["gr"] else EXPIRED

    def _foreign(self, lease: Lease) -> str | None:
        """What a signed lease is of, if not of this key, product and domain."""
        if lease["kh"] not in {_hash(self._key), _hash(self._key.translate(_LOWER_ASCII))}:
            return WRONG_KEY
        if lease["prd"] != self._product:
            return WRONG_PRODUCT
        # Both spellings, with and without www., are listed.
        return None if host(self._domain) in lease["dom"] else WRONG_DOMAIN

    def _ours(self) -> Lease | None:
        """The lease in the cache if it is signed and of this key, product and domain, whatever the time."""
        text = self._read()["lease"]
        lease = None if text is None else self._opened(text)
        return lease if lease is not None and self._foreign(lease) is None else None

    def _told(self, name: str) -> str | None:
        lease = self._ours()
        told = None if lease is None else lease.get(name)
        return told if isinstance(told, str) else None

    def _taken(self, cache: Cache, text: object, nonce: str | None) -> Cache:
        """The cache with a lease in it that is ours; as it was, and a problem, for any other text."""
        lease = self._opened(text) if isinstance(text, str) else None
        if lease is None:
            self._problem = "the lease is not signed by a pinned key"
        elif foreign := self._foreign(lease):
            self._problem = f"the lease is not for this module: {foreign}"
        elif nonce is not None and lease.get("non") != nonce:
            self._problem = "the lease is not of this answer"
        else:
            # A lease with our nonce was signed just now, so that a mark beyond it was wrong.
            mark = max(cache["mark"], lease["iat"]) if nonce is None else lease["iat"]
            return cache | {"lease": text, "refusal": None, "mark": mark}
        return cache

    def _asked(self, nonce: str) -> dict[str, Any]:
        """The server's answer, with a boolean `valid`; NoAnswer for anything else."""
        given = {
            "key": self._key,
            "domain": self._domain,
            "product": self._product,
            "version": self._version,
            "nonce": nonce,
        }
        body = _post(self._endpoint, json.dumps({"query": QUESTION, "variables": {"input": given}}).encode())
        try:
            answer = json.loads(body)["data"]["validateLicense"]
            known = isinstance(answer["valid"], bool)
        except (LookupError, RecursionError, TypeError, ValueError):
            known = False
        if not known:
            raise NoAnswer("not an answer of a license server")
        return dict(answer)

    def _read(self) -> Cache:
        """The cache, empty where there is none that can be read."""
        try:
            found = json.loads(self._file.read_text("utf-8"))
        except (OSError, RecursionError, ValueError):
            found = None
        found = found if isinstance(found, dict) else {}
        refusal: Any = found.get("refusal")
        told = isinstance(refusal, dict) and all(isinstance(refusal.get(name), str) for name in ("code", "message"))
        return {
            "lease": found["lease"] if isinstance(found.get("lease"), str) else None,
            "mark": found["mark"] if type(found.get("mark")) is int else 0,
            "tried": found["tried"] if type(found.get("tried")) is int else 0,
            "refusal": {name: refusal[name] for name in ("code", "message")} if told else None,
        }

    def _write(self, cache: Cache) -> None:
        """Replace the cache in one step, readable by this user alone."""
        fresh = self._file.with_name(f"{self._file.name}.{secrets.token_hex(6)}")
        try:
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump(cache, file)
            fresh.replace(self._file)
        except OSError:
            fresh.unlink(missing_ok=True)
            self._problem = f"the cache cannot be written: {self._file}"


def host(domain: str) -> str:
    """A host as it is compared: lower case, without scheme, path, port and trailing dots, letters beyond ASCII as
    A-labels (RFC 5890). Capitals beyond ASCII are lowered where Turkish has them; give others in lower case.
    """
    name = re.sub(r"^[a-z][a-z0-9+.\-]*://", "", domain.strip(), flags=re.IGNORECASE | re.ASCII)
    name = re.sub(r":[0-9]*$", "", re.split("[/?#]", name, maxsplit=1)[0]).rstrip(".")
    name = name.translate(_UPPER_ASCII).translate(_TURKISH)
    for typed, letter in _COMBINED.items():
        name = name.replace(typed, letter)
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in name.split(".")
    )


def _instant(now: int | None) -> int:
    return int(time.time()) if now is None else now


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _bytes(text: str) -> bytes:
    """The bytes of Base64url without padding, written in the one way there is; ValueError for other texts."""
    try:
        value = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise ValueError("not Base64url") from None
    if urlsafe_b64encode(value).rstrip(b"=").decode() != text:
        raise ValueError("not Base64url")
    return value


def _post(endpoint: str, question: bytes) -> bytes:
    """The body of an answer with status 200; NoAnswer after 5 seconds, whatever takes so long (name servers too)."""
    outcome: list[bytes | Exception] = []
    thread = threading.Thread(target=_exchange, args=(endpoint, question, outcome), daemon=True)
    thread.start()
    thread.join(TOTAL_SECONDS)
    if not outcome:
        raise NoAnswer("no answer in time")
    if isinstance(outcome[0], Exception):
        raise NoAnswer(f"no answer: {outcome[0]}") from outcome[0]
    return outcome[0]


def _exchange(endpoint: str, question: bytes, outcome: list[bytes | Exception]) -> None:
    until = time.monotonic() + TOTAL_SECONDS
    try:
        parts = urlsplit(endpoint)
        kinds = {"https": http.client.HTTPSConnection, "http": http.client.HTTPConnection}
        connection = kinds[parts.scheme](parts.netloc, timeout=CONNECT_SECONDS)
        try:
            connection.connect()
            headers = {"Content-Type": "application/json", "Accept": "application/json"}
            connection.sock.settimeout(max(0.1, until - time.monotonic()))
            connection.request("POST", parts.path or "/", question, headers)
            with connection.getresponse() as answer:
                outcome.append(_body(answer, until))
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, NoAnswer, LookupError, ValueError) as error:
        outcome.append(error)


def _body(answer: http.client.HTTPResponse, until: float) -> bytes:
    if answer.status != 200:
        raise NoAnswer(f"HTTP {answer.status}")
    body = b""
    while time.monotonic() < until and (part := answer.read1(LARGEST_ANSWER)):
        body += part
        if len(body) > LARGEST_ANSWER:
            raise NoAnswer("too large")
    return body
