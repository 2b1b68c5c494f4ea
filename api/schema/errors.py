"""Errors as strangers may see them: masked, without what was sent, and with a code."""

from __future__ import annotations

import logging
import re
from typing import Any

from graphql import GraphQLError

from api.caller import Caller
from api.i18n import translate
from api.refusal import DenialCode, Denied

logger = logging.getLogger(__name__)

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


def public(error: GraphQLError, caller: Caller, request_id: str) -> dict[str, Any]:
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
