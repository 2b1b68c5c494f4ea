"""The GraphQL door: GraphQL over HTTP with JSON bodies, batches and queries by GET.

Forms are not read, but for one kind: an operation with a file beside it, from a program that sends a bearer token,
which no browser does on its own.
"""

from __future__ import annotations

import logging
import re
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from api import batches, settings
from api.caller import Caller, Scope
from api.i18n import translate
from api.refusal import DenialCode, Denied
from api.rules.archives import LARGEST_MEGABYTES, MEGABYTE
from api.schema import catalog_answers
from api.schema.catalog_answers import Kept, may_share
from api.schema.limits import MOST_OPERATIONS, too_complex, too_nested
from api.schema.multipart import CONTENT_TYPE, NoUpload, read_operation
from api.schema.plans import Operation
from api.schema.root import plans, schema

logger = logging.getLogger(__name__)

# What takes files needs one of these.
UPLOADS = {Scope.CATALOG_WRITE, Scope.TICKETS_WRITE, Scope.TICKETS_MANAGE}
JSON_TYPES = {"application/json", "application/graphql-response+json"}
_SENTENCES = {
    DenialCode.BAD_REQUEST: "refusals.bad_request",
    DenialCode.UNAUTHENTICATED: "refusals.unauthenticated",
    DenialCode.FORBIDDEN: "refusals.forbidden",
    DenialCode.NOT_FOUND: "refusals.not_found",
    DenialCode.INTERNAL: "refusals.internal",
}
_VARIABLE = re.compile(r"(Variable '\$\w+' has invalid value(?: at [\w.\[\]]+)?: )(.*)", re.DOTALL)
_SUGGESTION = re.compile(r" Did you mean [^?]*\?")
# What comes before a value in the messages, and the value with all that follows.
_SENT = re.compile(
    r"[,.] [Ff]ound:.*|( value|represent an? \w+|\b(?:String|BlockString|Int|Float)|^Value)(?::|(?= ['\"])).*",
    re.DOTALL,
)
_LONGEST_MESSAGE = 300


class Malformed(Exception):
    """The request is not GraphQL over HTTP; answered with `status` and a GraphQL error."""

    def __init__(self, status: int, message: str, code: DenialCode = DenialCode.BAD_REQUEST) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def as_answer(self) -> dict[str, Any]:
        """The GraphQL answer that says so."""
        return {"errors": [{"message": str(self), "extensions": {"code": self.code.value}}]}


async def answer(request: Request, caller: Caller, request_id: str) -> Response:
    """Execute the request's operation, or its batch one after the other."""
    try:
        work = await _parsed(request, caller)
        if isinstance(work, list):
            return _json(200, [await _one_of_batch(one, caller, request_id, request.method) for one in work])
        return await _alone(request, work, caller, request_id)
    except Malformed as problem:
        return _json(problem.status, problem.as_answer())


async def _alone(request: Request, work: dict[str, Any], caller: Caller, request_id: str) -> Response:
    """An operation by itself; what anybody is answered alike about the catalog is kept."""
    operation = _planned(work)
    place = None
    if operation and operation.is_query and operation.roots <= catalog_answers.FIELDS and may_share(caller):
        place = await catalog_answers.place_of(caller, work["query"], work["name"], work["variables"])
    kept = catalog_answers.find(place) if place else None
    if kept is None:
        told = await _executed(work, caller, request_id, request.method)
        if place is None or "errors" in told:
            return _json(200, told)
        kept = await catalog_answers.keep(place, orjson.dumps(told))
    return _kept(request, kept, caller)


def _kept(request: Request, kept: Kept, caller: Caller) -> Response:
    """A kept answer; who asks by GET without signing in may keep it too, and ask whether it is still good."""
    headers = {"Cache-Control": "no-store"}
    if request.method == "GET" and caller.person_id is None:
        tag = f'"{kept.tag}"'
        headers = {"Cache-Control": "public, no-cache", "ETag": tag, "Vary": "Accept-Language, Authorization, Cookie"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(None, 304, headers)
    return Response(kept.body, 200, headers, "application/json")


def _planned(work: dict[str, Any]) -> Operation | None:
    return plans.find(work["query"], work["name"]) if settings.current().compiled_plans else None


async def _one_of_batch(work: dict[str, Any], caller: Caller, request_id: str, method: str) -> dict[str, Any]:
    """An operation's own answer, whatever became of those before it."""
    try:
        return await _executed(work, caller, request_id, method)
    except Malformed as problem:
        return problem.as_answer()


async def _parsed(request: Request, caller: Caller) -> Any:
    if request.method == "GET":
        given = dict(request.query_params)
        return _operation(given | {"variables": _loads(given["variables"])} if given.get("variables") else given)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == CONTENT_TYPE and takes_files(request):
        return await _with_file(request, caller)
    if content_type not in JSON_TYPES:
        raise Malformed(415, "Send the operation as application/json.")
    body = _loads(await request.body())
    if not isinstance(body, list):
        return _operation(body)
    if not 0 < len(body) <= MOST_OPERATIONS:
        raise Malformed(400, f"A batch holds 1 to {MOST_OPERATIONS} operations.")
    return [_operation(one) for one in body]


def takes_files(request: Request) -> bool:
    """Whether a request may bring a file: no browser sends this header to us unless our own page asks it to."""
    return request.headers.get("authorization", "").lower().startswith("bearer ")


async def _with_file(request: Request, caller: Caller) -> dict[str, Any]:
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


def _operation(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict) or not isinstance(given.get("query"), str) or not given["query"].strip():
        raise Malformed(400, "An operation is an object with a `query`.")
    variables, name = given.get("variables"), given.get("operationName")
    if not isinstance(variables, dict | None) or not isinstance(name, str | None):
        raise Malformed(400, "`variables` is an object and `operationName` a string.")
    return {"query": given["query"], "variables": variables, "name": name}


async def _executed(work: dict[str, Any], caller: Caller, request_id: str, method: str) -> dict[str, Any]:
    if too_nested(work["query"]):
        return {"data": None, "errors": [_public(too_complex("Brackets nest too deeply."), caller, request_id)]}
    batches.begin()
    operation = _planned(work)
    if operation is not None and (operation.is_query or method == "POST"):
        found = await operation.execute(work["variables"], {"caller": caller})
        return _told(found.data, found.errors, caller, request_id)
    allowed = {OperationType.QUERY} if method == "GET" else {OperationType.QUERY, OperationType.MUTATION}
    try:
        result = await schema.execute(
            work["query"],
            variable_values=work["variables"],
            operation_name=work["name"],
            context_value={"caller": caller},
            allowed_operation_types=allowed,
        )
    except InvalidOperationTypeError:
        if method == "POST":
            raise Malformed(400, "There are queries and mutations, and no subscriptions.") from None
        raise Malformed(405, "GET is for queries; send mutations by POST.") from None
    except CannotGetOperationTypeError:
        raise Malformed(400, "The document has no such operation.") from None
    return _told(result.data, result.errors, caller, request_id)


def _told(data: Any, errors: list[GraphQLError] | None, caller: Caller, request_id: str) -> dict[str, Any]:
    body = {"data": data}
    if errors:
        body["errors"] = [_public(error, caller, request_id) for error in errors]
    return body


def _public(error: GraphQLError, caller: Caller, request_id: str) -> dict[str, Any]:
    """An error as strangers may see it: a code, a sentence, and nothing of the inside."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error:
        cause = cause.original_error
    if isinstance(cause, Denied):
        return _shaped(error, *_denied(cause, caller))
    if cause is None or isinstance(cause, GraphQLError):
        code = (error.extensions or {}).get("code") or _code_of(error)
        return _shaped(error, _without_values(error.message), {"code": code})
    logger.error("request %s failed", request_id, exc_info=cause)
    message = translate(caller.language, "refusals.internal")
    return _shaped(error, message, {"code": DenialCode.INTERNAL.value, "requestId": request_id})


def _without_values(message: str) -> str:
    """An error of graphql-core without what was sent, which may be a password, and without suggestions."""
    variable = _VARIABLE.match(message)
    place, reason = variable.groups() if variable else ("", message)
    return place + _SENT.sub(r"\1.", _SUGGESTION.sub("", reason))[:_LONGEST_MESSAGE]


def _denied(cause: Denied, caller: Caller) -> tuple[str, dict[str, Any]]:
    if cause.code is DenialCode.RATE_LIMITED:
        seconds = cause.retry_after or 1
        sentence = translate(caller.language, "refusals.rate_limited", minutes=-(-seconds // 60))
        return sentence, {"code": cause.code.value, "retryAfter": seconds}
    return translate(caller.language, _SENTENCES[cause.code]), {"code": cause.code.value}


def _code_of(error: GraphQLError) -> str:
    # graphql-core gives these no code: too many tokens, and fragments too deep for its rules.
    too_large = "Document contains more than" in error.message or error.message == "Validation aborted."
    return (DenialCode.QUERY_TOO_COMPLEX if too_large else DenialCode.BAD_REQUEST).value


def _shaped(error: GraphQLError, message: str, extensions: dict[str, Any]) -> dict[str, Any]:
    shaped: dict[str, Any] = {"message": message, "extensions": extensions}
    if error.locations:
        shaped["locations"] = [location.formatted for location in error.locations]
    if error.path:
        shaped["path"] = error.path
    return shaped


def _json(status: int, body: object) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(orjson.dumps(body), status, headers, "application/json")
