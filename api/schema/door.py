"""The GraphQL door: executes what a request asks for and answers over HTTP (decisions 0005 and 0020)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from api import batches, settings
from api.caller import Caller
from api.schema import catalog_answers, documents
from api.schema.catalog_answers import may_share
from api.schema.errors import public
from api.schema.limits import too_complex, too_large
from api.schema.negotiation import GRAPHQL_RESPONSE, JSON, LONGEST, media_type
from api.schema.plans import Operation
from api.schema.requests import Arrived, Malformed, Work, read
from api.schema.root import plans, schema

Lines = list[tuple[bytes, bytes]]

# JSON is UTF-8 and has no such parameter (RFC 8259, 11); clients compare the whole text.
_CONTENT_TYPES = {
    JSON: (b"content-type", JSON.encode()),
    GRAPHQL_RESPONSE: (b"content-type", f"{GRAPHQL_RESPONSE}; charset=utf-8".encode()),
}
_NOT_KEPT: Lines = [(b"cache-control", b"no-store")]
_TOLD_APART = b"Accept, Accept-Language, Authorization, Cookie"
# Two types of the same bytes are two representations: each has a tag of its own (RFC 9110, 8.8.3).
_TAGGED = {JSON: "json", GRAPHQL_RESPONSE: "graphql"}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, how, and how it is answered."""

    caller: Caller
    request_id: str
    by_post: bool
    media: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: the status, the header lines as ASGI writes them, and the body."""

    status: int
    headers: Lines
    body: bytes


async def answer(request: Arrived, caller: Caller, request_id: str) -> Answer:
    """Execute the request's operation, or its batch one after the other."""
    media = media_type(request.listed(b"accept")[:LONGEST])
    if media is None:
        problem = Malformed(406, f"Answers are {GRAPHQL_RESPONSE} or {JSON}.")
        return _json(406, problem.as_answer(), JSON)
    asker = Asker(caller, request_id, request.method == "POST", media)
    try:
        work = await read(request, caller)
        if isinstance(work, list):
            return _json(200, [await _one_of_batch(one, asker) for one in work], media)
        return await _alone(request, work, asker)
    except Malformed as problem:
        return _refused(problem, media)


async def _alone(request: Arrived, work: Work, asker: Asker) -> Answer:
    """An operation by itself; what anybody is answered alike about the catalog is kept."""
    text = await documents.text_of(work)
    operation = _planned(text, work.name)
    place = None
    if _shared(operation, asker):
        place = await catalog_answers.place_of(asker.caller, text, work.name, work.variables)
    kept = catalog_answers.find(place) if place else None
    if kept is not None:
        documents.remember(work)
        return _catalog(request, kept.body, kept.tag, asker)
    told = await _executed(text, operation, work, asker)
    # Of a document that came for the first time its plan tells only now what it asks for.
    if "errors" in told or not _shared(operation or _planned(text, work.name), asker):
        return _json(_status(told, asker.media), told, asker.media)
    body = orjson.dumps(told)
    if place:
        kept = await catalog_answers.keep(place, body)
    return _catalog(request, body, kept.tag if kept else None, asker)


def _shared(operation: Operation | None, asker: Asker) -> bool:
    """Whether anybody who asks as this one does is answered alike: of the catalog, and of nothing else."""
    if operation is None or not operation.is_query:
        return False
    return catalog_answers.is_shared(operation.roots) and may_share(asker.caller)


def _catalog(request: Arrived, body: bytes, tag: str | None, asker: Asker) -> Answer:
    """Who asks by GET without signing in may keep the answer, and ask whether it is still good.

    `tag` is that of the bytes where it is known already.
    """
    if asker.by_post or asker.caller.person_id is not None:
        return _response(200, body, asker.media)
    name = f'"{tag or catalog_answers.tag_of(body)}-{_TAGGED[asker.media]}"'
    headers = [(b"cache-control", b"public, no-cache"), (b"etag", name.encode()), (b"vary", _TOLD_APART)]
    known = request.listed(b"if-none-match")
    if known.strip() == "*" or name in known:
        return Answer(304, headers, b"")
    return _response(200, body, asker.media, headers)


def _planned(text: str, name: str | None) -> Operation | None:
    return plans.find(text, name) if settings.current().compiled_plans else None


async def _one_of_batch(work: Work, asker: Asker) -> dict[str, Any]:
    """An operation's own answer, whatever became of those before it."""
    try:
        text = await documents.text_of(work)
        return await _executed(text, _planned(text, work.name), work, asker)
    except Malformed as problem:
        return problem.as_answer()


async def _executed(text: str, operation: Operation | None, work: Work, asker: Asker) -> dict[str, Any]:
    batches.begin()
    if operation is not None and (operation.is_query or asker.by_post):
        found = await operation.execute(work.variables, {"caller": asker.caller})
        told = _told(found.data, found.errors, asker)
        documents.remember(work)
        return told
    if reason := too_large(text):
        return _told(None, [too_complex(reason)], asker)
    allowed = {OperationType.QUERY, OperationType.MUTATION} if asker.by_post else {OperationType.QUERY}
    try:
        result = await schema.execute(
            text,
            variable_values=work.variables,
            operation_name=work.name,
            context_value={"caller": asker.caller},
            allowed_operation_types=allowed,
        )
    except InvalidOperationTypeError:
        if asker.by_post:
            raise Malformed(400, "There are queries and mutations, and no subscriptions.") from None
        raise Malformed(405, "GET is for queries; send mutations by POST.") from None
    except CannotGetOperationTypeError:
        raise Malformed(400, "The document has no such operation.") from None
    if not isinstance(result, PreExecutionError):
        documents.remember(work)
    return _told(result.data, result.errors, asker)


def _told(data: Any, errors: list[GraphQLError] | None, asker: Asker) -> dict[str, Any]:
    """The answer; without `data` where no field was asked, all of whose errors would have a path."""
    if not errors:
        return {"data": data}
    shown = [public(error, asker.caller, asker.request_id) for error in errors]
    return {"data": data, "errors": shown} if data is not None or errors[0].path else {"errors": shown}


def _status(told: dict[str, Any], media: str) -> int:
    """What was not executed is told by the status only to who asked for GraphQL's own media type."""
    return 200 if "data" in told or media == JSON else 400


def _refused(problem: Malformed, media: str) -> Answer:
    told = problem.as_answer()
    refused = _json(problem.status or _status(told, media), told, media)
    if problem.status == 405:
        # RFC 9110, 15.5.6.
        refused.headers.append((b"allow", b"POST"))
    return refused


def _json(status: int, body: object, media: str) -> Answer:
    return _response(status, orjson.dumps(body), media)


def _response(status: int, body: bytes, media: str, headers: Lines = _NOT_KEPT) -> Answer:
    return Answer(status, [*headers, (b"content-length", b"%d" % len(body)), _CONTENT_TYPES[media]], body)
