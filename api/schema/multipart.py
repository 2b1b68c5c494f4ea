"""An operation with a file beside it: the GraphQL multipart request specification, with one file."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from api.uploads import Uploaded

CONTENT_TYPE = "multipart/form-data"
# Of `operations` and `map` each.
_PART_BYTES = 1024 * 1024


class NoUpload(ValueError):
    """The request is not an operation with a file beside it; the message says why."""


async def read_operation(request: Request, most_bytes: int) -> dict[str, Any]:
    """The operation, in its variables the file in place of the null that `map` points at; raises NoUpload.

    Of the file at most so many bytes are read.
    """
    try:
        async with request.form(max_files=1, max_fields=2, max_part_size=_PART_BYTES) as sent:
            return await _put_together(sent, most_bytes)
    except (MultiPartException, HTTPException, UnicodeDecodeError):
        raise NoUpload("Send the parts `operations`, `map` and one file as multipart/form-data.") from None


async def _put_together(sent: FormData, most_bytes: int) -> dict[str, Any]:
    operation, places = _loads(sent.get("operations")), _loads(sent.get("map"))
    if len(places) != 1:
        raise NoUpload('`map` names one file, e.g. {"0": ["variables.input.file"]}.')
    ((name, paths),) = places.items()
    file = sent.get(name)
    if not isinstance(file, UploadFile):
        raise NoUpload("`map` names a part that is no file.")
    if not isinstance(paths, list) or len(paths) != 1 or not isinstance(paths[0], str):
        raise NoUpload("The file goes to one place in the variables.")
    _put(operation, paths[0].split("."), Uploaded.of(await file.read(most_bytes), file.filename or ""))
    return operation


def _loads(text: object) -> dict[str, Any]:
    try:
        value = orjson.loads(text) if isinstance(text, str) else None
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        value = None
    if not isinstance(value, dict):
        raise NoUpload("`operations` and `map` are JSON objects.")
    return value


def _put(operation: dict[str, Any], path: list[str], file: Uploaded) -> None:
    """Put the file where a null stands in the variables."""
    *way, last = path
    place: Any = operation
    for part in way:
        place = place.get(part) if isinstance(place, dict) else None
    if way[:1] != ["variables"] or not isinstance(place, dict) or place.get(last, ...) is not None:
        raise NoUpload("The path in `map` leads to no null in the variables.")
    place[last] = file
