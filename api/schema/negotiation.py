"""The media type of an answer, by the request's `Accept` (RFC 9110, 12.5.1; GraphQL over HTTP, Accept)."""

from __future__ import annotations

from functools import lru_cache

JSON = "application/json"
# Under this one the status tells too whether the operation could be executed.
GRAPHQL_RESPONSE = "application/graphql-response+json"
# Characters of `Accept` that are looked at; browsers send some 150.
LONGEST = 4000


@lru_cache(64)
def media_type(accept: str) -> str | None:
    """The type that is preferred, by all lines of `Accept`, which are one list (RFC 9110, 5.3).

    JSON where nothing tells, as ever, and None where neither is taken.
    """
    if not accept.strip():
        return JSON
    ranges = dict(_range(part) for part in accept.split(","))
    wanted, plain = _quality(GRAPHQL_RESPONSE, ranges), _quality(JSON, ranges)
    if wanted > plain or (wanted == plain > 0 and GRAPHQL_RESPONSE in ranges):
        return GRAPHQL_RESPONSE
    return JSON if plain else None


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
    try:
        return name, float(weight)
    except ValueError:
        return name, 1.0


def _quality(media: str, ranges: dict[str, float]) -> float:
    """The weight of the range that says most about a type."""
    return next((ranges[one] for one in (media, "application/*", "*/*") if one in ranges), 0.0)
