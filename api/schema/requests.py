"""What a request asks for: GraphQL over HTTP by GET and POST, batches, and an operation with a file beside it.

Forms are not read, but for one kind: an operation with a file beside it, from a program that sends a bearer token,
which no browser does on its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive
from starlette.types import Scope as ASGIScope

from api import settings
from api.caller import Caller, Scope
from api.i18n import translate
from api.refusal import DenialCode
from api.rules.archives import LARGEST_MEGABYTES, MEGABYTE
from api.schema.limits import MOST_OPERATIONS
from api.schema.multipart import CONTENT_TYPE, NoUpload, read_operation

# What takes files needs one of these.
UPLOADS = {Scope.CATALOG_WRITE, Scope.TICKETS_WRITE, Scope.TICKETS_MANAGE}
JSON_TYPES = {"application/json", "application/graphql-response+json"}
_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


class DocumentCode(StrEnum):
    """What is wrong with the name of a document; `extensions.code`, read by programs."""

    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_MISMATCH = "PERSISTED_QUERY_MISMATCH"
    DOCUMENT_NOT_REGISTERED = "DOCUMENT_NOT_REGISTERED"


class Malformed(Exception):
    """No operation can be made of the request; answered with a GraphQL error.

    Without a `status` the request itself was well-formed, and the media type of the answer decides.
    """

    def __init__(
        self, status: int | None, message: str, code: DenialCode | DocumentCode = DenialCode.BAD_REQUEST
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def as_answer(self) -> dict[str, Any]:
        """The GraphQL answer that says so."""
        return {"errors": [{"message": str(self), "extensions": {"code": self.code.value}}]}


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request as it came over HTTP; of a header that came twice `headers` has the first."""

    scope: ASGIScope
    receive: Receive
    headers: Mapping[bytes, bytes]

    @property
    def method(self) -> str:
        """GET, HEAD or POST."""
        return str(self.scope["method"])

    def header(self, name: bytes) -> str:
        """A header's value, empty where it was not sent."""
        return self.headers.get(name, b"").decode("latin-1")

    def listed(self, name: bytes) -> str:
        """The values of all its lines as one list (RFC 9110, 5.3)."""
        if name not in self.headers:
            return ""
        return b", ".join(value for line, value in self.scope["headers"] if line == name).decode("latin-1")

    async def body(self) -> bytes:
        """The whole body; starlette's ClientDisconnect where it breaks off."""
        message = await self.receive()
        parts = [message.get("body", b"")]
        while message["type"] == "http.request" and message.get("more_body"):
            message = await self.receive()
            parts.append(message.get("body", b""))
        if message["type"] != "http.request":
            raise ClientDisconnect
        return b"".join(parts)

    def as_request(self) -> Request:
        """The same as Starlette has it, for what reads parameters, forms and cookies."""
        return Request(self.scope, self.receive)


@dataclass(slots=True)
class Work:
    """One operation: its document as text, or named by the text's SHA-256 (hex), or both."""

    text: str | None
    name: str | None
    variables: dict[str, Any] | None
    sha256: str | None = None


async def read(request: Arrived, caller: Caller) -> Work | list[Work]:
    """The request's operation, or its batch; raises Malformed."""
    if request.method != "POST":
        return _operation(_of_address(request.as_request()))
    content_type = request.header(b"content-type")
    if content_type not in JSON_TYPES:
        content_type = content_type.partition(";")[0].strip().lower()
        if content_type == CONTENT_TYPE and takes_files(request.header(b"authorization")):
            return await _with_file(request.as_request(), caller)
        if content_type not in JSON_TYPES:
            raise Malformed(415, "Send the operation as application/json.")
    body = _loads(await request.body())
    if not isinstance(body, list):
        return _operation(body)
    if not 0 < len(body) <= MOST_OPERATIONS:
        raise Malformed(400, f"A batch holds 1 to {MOST_OPERATIONS} operations.")
    return [_operation(one) for one in body]


def takes_files(authorization: str) -> bool:
    """Whether a request may bring a file: no browser sends such a header to us unless our own page asks it to."""
    return authorization[:7].lower() == "bearer "


def sha256_of(text: str) -> str:
    """What names a document, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def _of_address(request: Request) -> dict[str, Any]:
    """The parameters of a query by GET; an empty one counts as not given."""
    given: dict[str, Any] = {name: value for name, value in request.query_params.items() if value}
    return given | {name: _loads(given[name]) for name in ("variables", "extensions") if name in given}


async def _with_file(request: Request, caller: Caller) -> Work:
    if caller.person_id is None:
        raise Malformed(401, translate(caller.language, "refusals.unauthenticated"), DenialCode.UNAUTHENTICATED)
    if not UPLOADS & caller.scopes:
        raise Malformed(403, translate(caller.language, "refusals.forbidden"), DenialCode.FORBIDDEN)
    try:
        return _operation(await read_operation(request, _most_bytes(caller)))
    except NoUpload as problem:
        raise Malformed(400, str(problem)) from None


def _most_bytes(caller: Caller) -> int:
    """A byte more than the largest file that the caller may send, which is then told to be too large."""
    if Scope.CATALOG_WRITE in caller.scopes:
        return LARGEST_MEGABYTES * MEGABYTE + 1
    return settings.current().attachments.file_mebibytes * MEGABYTE + 1


def _loads(text: str | bytes) -> Any:
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        raise Malformed(400, "The body is not JSON in UTF-8, or nests too deeply.") from None


def _operation(given: Any) -> Work:
    if not isinstance(given, dict):
        raise Malformed(400, "An operation is an object with a `query`.")
    text, variables, name = given.get("query"), given.get("variables"), given.get("operationName")
    if (variables is not None and not isinstance(variables, dict)) or (name is not None and not isinstance(name, str)):
        raise Malformed(400, "`variables` is an object and `operationName` a string.")
    sha256 = _named(given.get("documentId"), given.get("extensions"))
    if text is None and sha256 is not None:
        return Work(None, name, variables, sha256)
    if not isinstance(text, str) or not text or text.isspace():
        raise Malformed(400, "An operation is an object with a `query`.")
    if sha256 is not None and sha256_of(text) != sha256:
        raise Malformed(400, "The hash is not that of `query`.", DocumentCode.PERSISTED_QUERY_MISMATCH)
    return Work(text, name, variables, sha256)


def _named(document: object, extensions: object) -> str | None:
    """The SHA-256 by which an operation names its document, as `documentId` or as an automatic persisted query."""
    sha256 = _digest(document) if document is not None else None
    if extensions is None:
        return sha256
    if not isinstance(extensions, dict):
        raise Malformed(400, "`extensions` is an object.")
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return sha256
    if not isinstance(persisted, dict) or persisted.get("version") != 1:
        raise Malformed(400, "`persistedQuery` is an object with `version` 1 and `sha256Hash`.")
    automatic = _digest(persisted.get("sha256Hash"))
    if sha256 not in {None, automatic}:
        raise Malformed(400, "`documentId` and `sha256Hash` name two documents.")
    return automatic


def _digest(named: object) -> str:
    match = _SHA256.fullmatch(named) if isinstance(named, str) else None
    if match is None:
        raise Malformed(400, "A document is named by `sha256:` and 64 lowercase hexadecimal digits.")
    return match[1]
