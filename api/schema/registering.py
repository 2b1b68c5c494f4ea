"""Registers documents at deploy; each is held to what the door would hold it to (decision 0020)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
from graphql import GraphQLError, OperationDefinitionNode, parse, specified_rules, validate

from api import clock
from api.audit import Act
from api.caller import Caller
from api.models.database import insert
from api.models.persisted_documents import PersistedDocument
from api.perform import writing
from api.schema.limits import MOST_TOKENS, SizeRule, too_large
from api.schema.requests import sha256_of
from api.schema.root import schema

_ENDINGS = {".graphql", ".gql"}
_PREFIX = "sha256:"


class Unfit(Exception):
    """Nothing was registered; each problem names the document and what is wrong with it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))


async def register(caller: Caller, paths: Iterable[Path], *, only: bool) -> dict[str, str]:
    """Register the documents of files and folders, all or none, and answer where each hash came from.

    With `only` every other document is forgotten. Raises Unfit.
    """
    found = [one for path in paths for one in _documents(path)]
    problems = [f"{source}: {problem}" for source, text in found for problem in _problems(text)]
    if problems or not found:
        raise Unfit(problems or ["No document was found: give .graphql files, folders of them, or manifests in JSON."])
    given = {sha256_of(text): (source, text) for source, text in found}
    async with writing(caller) as work:
        known = {row.sha256 for row in await PersistedDocument.all().only("sha256")}
        for sha256, (_, text) in given.items():
            if sha256 not in known:
                await insert(PersistedDocument(sha256=sha256, text=text, registered_at=clock.now()))
                work.record(Act.DOCUMENT_REGISTER, f"document:{sha256}")
        forgotten = known - given.keys() if only else set()
        if forgotten:
            await PersistedDocument.filter(sha256__in=forgotten).delete()
        for sha256 in sorted(forgotten):
            work.record(Act.DOCUMENT_FORGET, f"document:{sha256}")
        work.happened(bool(work.entries))
    return {sha256: source for sha256, (source, _) in given.items()}


async def registered() -> list[PersistedDocument]:
    """What is registered, in the order in which it was."""
    return await PersistedDocument.all().order_by("registered_at", "sha256")


def _documents(path: Path) -> Iterator[tuple[str, str]]:
    """The documents of a file or folder, with where each stands; the bytes of a file are one document as they are."""
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.suffix in _ENDINGS:
                yield from _documents(file)
        return
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise Unfit([f"{path} cannot be read: {error.strerror}."]) from None
    except UnicodeDecodeError:
        raise Unfit([f"{path}: This is not UTF-8."]) from None
    if path.suffix != ".json":
        yield str(path), text
        return
    for named, one in _entries(path, text):
        if sha256_of(one) != named.removeprefix(_PREFIX):
            raise Unfit([f"{path}: {named[:80]} is not the SHA-256 of its document."])
        yield f"{path}: {named.removeprefix(_PREFIX)[:12]}", one


def _entries(path: Path, text: str) -> list[tuple[str, str]]:
    """A manifest's hashes and documents: {hash: text}, or Apollo's list of operations."""
    try:
        manifest: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        manifest = None
    if isinstance(manifest, dict) and isinstance(manifest.get("operations"), list):
        listed = [one if isinstance(one, dict) else {} for one in manifest["operations"]]
        manifest = {str(one.get("id")): one.get("body") for one in listed}
    if not isinstance(manifest, dict) or not all(isinstance(one, str) for one in manifest.values()):
        raise Unfit([f"{path}: This is no manifest: {{hash: document}}, or Apollo's."])
    return list(manifest.items())


def _problems(text: str) -> list[str]:
    """What the door would refuse the document for."""
    if reason := too_large(text):
        return [reason]
    try:
        document = parse(text, max_tokens=MOST_TOKENS)
    except GraphQLError as error:
        return [error.message]
    found = [error.message for error in validate(schema._schema, document, [*specified_rules, SizeRule])]  # noqa: SLF001 - graphql-core's
    if not any(isinstance(one, OperationDefinitionNode) for one in document.definitions):
        found.append("There is no operation in it.")
    return found
