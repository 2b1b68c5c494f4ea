"""Verbs of releases: publishing them with their files, signing, taking back."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from anyio import to_thread
from strawberry import ID
from tortoise.exceptions import IntegrityError

from api import clock, settings, signing
from api.access import needs, open_but
from api.audit import Act
from api.caller import Caller, Scope
from api.gateways.files import FilesAway, store_for
from api.markdown import render
from api.models import ids
from api.models.catalog import Product as ProductRow
from api.models.catalog import Release as ReleaseRow
from api.perform import writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import catalog as rules
from api.rules.archives import Archive, archive, filename
from api.rules.release_signatures import release_signature
from api.schema.catalog import PublishReleaseInput, Release, ReleasePayload

_FILE_COLUMNS = ("file_key", "filename", "sha256", "size", "signature")


@open_but(Scope.PRODUCTS_READ)
async def release(caller: Caller, key: UUID) -> Release | None:
    """A release's facts by its key."""
    del caller
    row = await ReleaseRow.get_or_none(id=key)
    return Release.of(row) if row else None


@needs(Scope.CATALOG_WRITE)
async def publish_release(caller: Caller, input: PublishReleaseInput) -> ReleasePayload:  # noqa: A002 - the contract's name
    """Publishes a release: its version, its day, what it changes and, signed, its file."""
    found = Inspection()
    name = found.check("version", rules.version, input.version)
    text = found.check("changelog", rules.description, input.changelog)
    file = found.check("file", archive, input.file) if input.file is not None else None
    key = ids.key_of(str(input.product_id), ProductRow.PREFIX)
    product = await ProductRow.get_or_none(id=key) if key else None
    if product is None:
        found.problems.append(Problem(UserErrorCode.NOT_FOUND, "refusals.product_unknown", ("product_id",)))
    elif name and await ReleaseRow.filter(product=product, version=name).exists():
        found.problems.append(_TWICE)
    if found.problems or not (name and text and product):
        raise found.refusal()
    row = ReleaseRow(
        product=product,
        version=name,
        released_at=clock.now(),
        markdown=text,
        html=render(text),
        security=input.security,
    )
    try:
        async with _stored(row, product, file), writing(caller) as work:
            await row.save(force_create=True)
            await ProductRow.touch(product.id)
            details = {"product": product.slug, "version": name, "sha256": row.sha256}
            work.record(Act.RELEASE_PUBLISH, f"release:{row.id.hex}", **details)
    except IntegrityError:
        raise Refusal(_TWICE) from None
    return ReleasePayload(release=Release.of(row))


@needs(Scope.CATALOG_WRITE)
async def attach_release_file(caller: Caller, release_id: ID, file: str) -> ReleasePayload:
    """Gives a release that has none its file, signed; what was handed out never changes."""
    found = Inspection()
    own = found.check("file", archive, file)
    row = await _release(release_id)
    if row is None:
        found.problems.append(_UNKNOWN)
    elif row.file_key is not None:
        found.problems.append(_HAS_FILE)
    if found.problems or not (own and row):
        raise found.refusal()
    async with _stored(row, await ProductRow.get(id=row.product_id), own), writing(caller) as work:
        values = {name: getattr(row, name) for name in _FILE_COLUMNS}
        # Of two who attach at once, one does.
        if not await ReleaseRow.filter(id=row.id, file_key=None).update(**values):
            raise Refusal(_HAS_FILE)
        work.record(Act.RELEASE_ATTACH, f"release:{row.id.hex}", sha256=row.sha256)
    return ReleasePayload(release=Release.of(row))


@needs(Scope.CATALOG_WRITE)
async def yank_release(caller: Caller, release_id: ID, yanked: bool) -> ReleasePayload:
    """Takes a release back, so that nobody gets it any more, or offers it again."""
    async with writing(caller) as work:
        row = await _release(release_id)
        if row is None:
            raise Refusal(_UNKNOWN)
        row.yanked = yanked
        await row.save(update_fields=["yanked"])
        await ProductRow.touch(row.product_id)
        work.record(Act.RELEASE_YANK, f"release:{row.id.hex}", yanked="yes" if yanked else "no")
    return ReleasePayload(release=Release.of(row))


_TWICE = Problem(UserErrorCode.ALREADY_EXISTS, "refusals.release_exists", ("version",))
_UNKNOWN = Problem(UserErrorCode.NOT_FOUND, "refusals.release_unknown", ("release_id",))
_HAS_FILE = Problem(UserErrorCode.ALREADY_EXISTS, "refusals.release_has_file", ("release_id",))
_AWAY = Problem(UserErrorCode.NOT_ALLOWED, "refusals.files_away", ("file",))


async def _release(release_id: ID) -> ReleaseRow | None:
    key = ids.key_of(str(release_id), ReleaseRow.PREFIX)
    return await ReleaseRow.get_or_none(id=key) if key else None


@asynccontextmanager
async def _stored(row: ReleaseRow, product: ProductRow, file: Archive | None) -> AsyncIterator[None]:
    """Put a release's file into the store and note it on the row, unsaved; it is taken out again if the block fails.

    A crash in between leaves a file that no row names, and never a row without its file.
    """
    if file is None:
        yield
        return
    row.sha256 = (await to_thread.run_sync(hashlib.sha256, file.content)).hexdigest()
    row.size = len(file.content)
    row.filename = filename(product.slug, row.version, file.extension)
    row.signature = release_signature(await signing.signer(), product.slug, row.version, row.sha256)
    row.file_key = f"releases/{row.id.hex}/{secrets.token_hex(16)}.{file.extension}"
    try:
        store = store_for(settings.current().files_url)
        await store.put(row.file_key, file.content)
    except FilesAway:
        raise Refusal(_AWAY) from None
    try:
        yield
    except BaseException:
        with suppress(FilesAway):
            await store.delete(row.file_key)
        raise
