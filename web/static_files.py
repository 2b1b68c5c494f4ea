"""The files of `static/`: addresses that carry their hash, and compressed copies.

`python -m web.static_files`, which `make setup` and `make run` run, makes the copies. A copy's name carries the hash
of what was compressed, so a file that has changed since is served as it is, never by a copy of what it was.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from functools import cache, lru_cache
from mimetypes import guess_type
from pathlib import Path

import brotli
from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from api.settings import ROOT
from web.compression import ENCODINGS, Encoding, accepted

STATIC = ROOT / "static"
COPIES = ROOT / "built"
_TEXTS = {".css", ".js", ".json"}
_FOR_EVER = "public, max-age=31536000, immutable"


@cache
def static(name: str) -> str:
    """The address of a static file, with the hash of what it held when it was first asked for."""
    file = STATIC / name
    return f"/static/{name}?v={_version(file, file.stat())}"


class HashedFiles(StaticFiles):
    """Serves a folder: to be kept for ever under the hash of what is served, by a copy where the browser takes one."""

    def __init__(self, folder: Path, copies: Path) -> None:
        super().__init__(directory=folder)
        self.folder, self.copies = folder.resolve(), copies

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file as this request may have it."""
        file, asked = Path(full_path), Headers(scope=scope)
        version = _version(file, stat_result)
        # Another version's address, as while servers are replaced one by one, must not be taken for this one's.
        current = scope["query_string"] == f"v={version}".encode()
        headers = {"Cache-Control": _FOR_EVER if current else "no-cache", "Vary": "Accept-Encoding"}
        served, tag = file, version
        for encoding in accepted(asked.get("accept-encoding", "")):
            copy = _copy(self.copies, file.relative_to(self.folder), version, encoding)
            if copy.is_file():
                served, tag, stat_result = copy, f"{version}-{encoding}", copy.stat()
                headers["Content-Encoding"] = encoding
                break
        headers["ETag"] = f'"{tag}"'
        response = FileResponse(served, status_code, headers, guess_type(file.name)[0], stat_result=stat_result)
        return NotModifiedResponse(response.headers) if self.is_not_modified(response.headers, asked) else response


def _version(file: Path, stat: os.stat_result) -> str:
    return _hash(file, stat.st_mtime_ns, stat.st_size)


@lru_cache(1000)
def _hash(file: Path, changed_at: int, size: int) -> str:
    """The hash of a file as it is since `changed_at` (nanoseconds)."""
    del changed_at, size
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def _copy(copies: Path, name: Path, version: str, encoding: Encoding) -> Path:
    return copies / name.parent / f"{name.name}.{version}.{encoding}"


def _best(encoding: Encoding, body: bytes) -> bytes:
    """As small as it gets; there is time at set-up."""
    return brotli.compress(body, mode=brotli.MODE_TEXT) if encoding == "br" else gzip.compress(body, mtime=0)


def build(folder: Path, copies: Path) -> None:
    """Make the copies that are missing, and remove those of what is no more."""
    wanted = set()
    for file in folder.rglob("*"):
        if file.suffix not in _TEXTS or not file.is_file():
            continue
        body = file.read_bytes()
        for encoding in ENCODINGS:
            copy = _copy(copies, file.relative_to(folder), _version(file, file.stat()), encoding)
            wanted.add(copy)
            if not copy.exists():
                copy.parent.mkdir(parents=True, exist_ok=True)
                # Whole at once: a server may look at this moment.
                unfinished = copy.with_suffix(".unfinished")
                unfinished.write_bytes(_best(encoding, body))
                unfinished.replace(copy)
    for copy in copies.rglob("*"):
        if copy.is_file() and copy not in wanted:
            copy.unlink()


if __name__ == "__main__":
    build(STATIC, COPIES)
