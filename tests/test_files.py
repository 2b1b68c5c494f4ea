"""The file store: a folder, and a bucket of a real server that speaks S3 (rclone's)."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from api.gateways.files import PIECE_BYTES, FilesAway, FileStore, store_for
from api.process import prepare
from api.settings import Settings
from tests.ports import free_port
from tests.releasing import opened, packed
from tests.site import running_site

CONTENT = random.Random(1).randbytes(2 * PIECE_BYTES + 777)  # noqa: S311 - no secret
RCLONE = Path(sys.executable).with_name("rclone")


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a bucket, and where its files lie."""
    folder = tmp_path_factory.mktemp("s3")
    (folder / "releases").mkdir()
    port = free_port()
    command = [RCLONE, "serve", "s3", "--auth-key", "key,secret", "--addr", f"127.0.0.1:{port}", folder]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with (
        subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server,  # noqa: S603 - our own program
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("AWS_ACCESS_KEY_ID", "key")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        _wait_for(port)
        yield f"s3://releases/kept/here?endpoint=http://127.0.0.1:{port}&region=eu-central-1", folder / "releases"
        server.terminate()


def _wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("rclone does not serve")


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """A store of each kind."""
    if request.param == "folder":
        return store_for(f"file://{tmp_path}/a%20folder/files")
    url, _ = request.getfixturevalue("bucket")
    return store_for(url)


async def whole(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


async def test_what_is_put_is_read_whole_and_in_parts_and_deleted(store: FileStore) -> None:
    await store.put("releases/a/b.zip", CONTENT)
    size = len(CONTENT)
    for start, stop in (
        (0, size),
        (1, size),
        (PIECE_BYTES, size),
        (PIECE_BYTES - 1, PIECE_BYTES + 1),
        (size - 1, size),
    ):
        assert await whole(await store.open("releases/a/b.zip", start, stop)) == CONTENT[start:stop], (start, stop)
    await store.put("releases/a/b.zip", b"another")
    assert await whole(await store.open("releases/a/b.zip", 0, 7)) == b"another"
    await store.look()
    await store.delete("releases/a/b.zip")
    await store.delete("releases/a/b.zip")
    with pytest.raises(FilesAway):
        await store.open("releases/a/b.zip", 0, 1)


async def test_the_files_of_a_folder_are_listed_by_the_names_they_were_put_under(store: FileStore) -> None:
    assert await store.names("attachments/20261122") == []
    kept = [f"attachments/20261122/1015{second:02}-{second:032x}" for second in range(60)]
    for name in (*kept, "attachments/20261123/000000-x", "attachments/2026112/000000-x", "attachments/x"):
        await store.put(name, b"x")
    assert sorted(await store.names("attachments/20261122")) == kept
    await store.delete(kept[0])
    assert sorted(await store.names("attachments/20261122")) == kept[1:]


@pytest.mark.parametrize("name", ["../outside.zip", "releases/../../outside.zip", "/../x"])
async def test_no_name_leads_out_of_the_store(store: FileStore, tmp_path: Path, name: str) -> None:
    (tmp_path / "outside.zip").write_bytes(b"PK")
    with pytest.raises(FilesAway):
        await store.open(name, 0, 2)
    with pytest.raises(FilesAway):
        await store.put(name, b"PK")


async def test_a_bucket_keeps_files_under_its_prefix(bucket: tuple[str, Path]) -> None:
    url, folder = bucket
    await store_for(url).put("x.zip", b"PK")
    assert (folder / "kept" / "here" / "x.zip").read_bytes() == b"PK"


def test_a_folder_is_made_for_nobody_else(tmp_path: Path) -> None:
    store_for(f"file://{tmp_path}/new/files")
    assert (tmp_path / "new" / "files").stat().st_mode & 0o777 == 0o700


async def test_a_server_that_is_away_is_told_soon_and_without_keys(
    bucket: tuple[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    store = store_for(f"s3://releases?endpoint=http://127.0.0.1:{port}")
    async with asyncio.timeout(60):
        for work in (store.put("x", b"PK"), store.open("x", 0, 1), store.delete("x"), store.look()):
            with pytest.raises(FilesAway):
                await work
    assert len(caplog.records) == 4
    assert "secret" not in caplog.text
    assert "Traceback" not in "".join(record.getMessage() for record in caplog.records)


async def test_wrong_keys_are_told_as_away(bucket: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    store = store_for(bucket[0] + "&x=1")
    with pytest.raises(FilesAway):
        await store.put("y.zip", b"PK")


async def test_a_folder_that_cannot_be_made_is_told_as_away(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FilesAway):
        store_for(f"file://{tmp_path}/file/files")


async def test_a_release_is_published_and_downloaded_through_s3(settings: Settings, bucket: tuple[str, Path]) -> None:
    url, folder = bucket
    async with running_site(prepare(replace(settings, files_url=url))) as site:
        shop = await opened(site)
        content = packed(PIECE_BYTES + 5000)
        path = await shop.path(await shop.publish("1.0", content))
        assert [
            file
            for file in folder.rglob("*.zip")
            if hashlib.sha256(file.read_bytes()).digest() == hashlib.sha256(content).digest()
        ]
        answer = await shop.get(path)
        assert (answer.status_code, answer.content) == (200, content)
        rest = await shop.get(path, range="bytes=4321-")
        assert (rest.status_code, rest.content) == (206, content[4321:])
