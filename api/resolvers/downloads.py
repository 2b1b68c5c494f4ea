"""Verbs of downloads: a link to a release's file for who may have it, good for one download that may be resumed."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from strawberry import ID
from tortoise.expressions import F

from api import clock, renewing, sealing, settings
from api.access import needs_any, open_to_all, visible_to
from api.audit import Act
from api.caller import ACTIVE, Caller, Scope
from api.gateways.files import FilesAway, store_for
from api.models import ids
from api.models.catalog import Release as ReleaseRow
from api.models.downloads import Download
from api.models.licenses import License as LicenseRow
from api.money import formatted
from api.perform import writing
from api.refusal import Problem, Refusal, UserErrorCode
from api.rules.archives import content_type
from api.rules.byte_ranges import Part, wanted_part
from api.rules.releases import Hindrance, ReleaseFacts, hindrance
from api.schema.catalog import Release
from api.schema.downloads import DownloadLinkPayload
from api.schema.licenses import License
from api.throttle import network_of

# How long a link waits to be used, and for how long and how often what is left may be fetched after that.
WAITS = timedelta(minutes=15)
RESUMABLE = timedelta(hours=1)
MOST_REQUESTS = 20
_TOKEN_BYTES = 32


class Gone(Exception):
    """There is no such link, or it was used up."""


class Away(Exception):
    """The file cannot be read now; the link stays as it is."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A release's file as a link hands it out: the whole, or a `part`; `content` is None for who only looks."""

    release: ReleaseRow
    etag: str
    part: Part | None = None
    content: AsyncIterator[bytes] | None = None

    @property
    def content_type(self) -> str:
        """Its media type."""
        return content_type(self.release.filename or "")


@needs_any(Scope.LICENSES_READ, Scope.LICENSES_ALL)
async def create_download_link(caller: Caller, license_id: ID, release_id: ID) -> DownloadLinkPayload:
    """Makes a link to the file of a release that the license's support years cover, good for one download."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    async with writing(caller) as work:
        own = await _license(caller, license_id)
        release = await _release(caller, own, release_id)
        now = clock.now()
        link = Download(
            license=own,
            release=release,
            token_hash=sealing.token_hash(token),
            created_at=now,
            expires_at=now + WAITS,
        )
        await link.save(force_create=True)
        work.record(Act.DOWNLOAD_OFFER, f"license:{own.id.hex}", release=release.id.hex, version=release.version)
    return DownloadLinkPayload(
        url=f"{settings.current().base_url}/downloads/{token}",
        expires_at=link.expires_at,
    )


def hindrance_of(own: License, release: Release) -> Hindrance | None:
    """What keeps a license from a release's file; None when nothing does."""
    return _hindrance(own.row, release.row)


def _hindrance(own: LicenseRow, release: ReleaseRow) -> Hindrance | None:
    return hindrance(
        active=own.status == LicenseRow.ACTIVE and own.support_until is not None,
        until=own.support_until,
        of_product=release.product_id == own.product_id,
        release=ReleaseFacts(release.version, release.released_at, release.security, release.yanked),
        has_file=release.file_key is not None,
    )


async def _license(caller: Caller, license_id: ID) -> LicenseRow:
    key = ids.key_of(str(license_id), LicenseRow.PREFIX)
    seen = visible_to(caller, Scope.LICENSES_READ, Scope.LICENSES_ALL)
    row = await LicenseRow.filter(seen, id=key).select_related("account").first() if key else None
    if row is None:
        raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.license_unknown", ("license_id",)))
    if row.account.status != ACTIVE:
        raise Refusal(_REFUSALS[Hindrance.LICENSE])
    return row


_REFUSALS = {
    Hindrance.FOREIGN: Problem(UserErrorCode.NOT_FOUND, "refusals.release_unknown", ("release_id",)),
    Hindrance.LICENSE: Problem(UserErrorCode.NOT_ALLOWED, "refusals.download_inactive", ("license_id",)),
    Hindrance.YANKED: Problem(UserErrorCode.NOT_ALLOWED, "refusals.download_yanked", ("release_id",)),
    Hindrance.NO_FILE: Problem(UserErrorCode.NOT_ALLOWED, "refusals.download_no_file", ("release_id",)),
}


async def _release(caller: Caller, own: LicenseRow, release_id: ID) -> ReleaseRow:
    """The release that an argument names, if the license may have its file."""
    key = ids.key_of(str(release_id), ReleaseRow.PREFIX)
    row = await ReleaseRow.get_or_none(id=key) if key else None
    found = _hindrance(own, row) if row else Hindrance.FOREIGN
    if found is Hindrance.NOT_COVERED and row:
        raise Refusal(await _lapsed(caller, own, row))
    if found or row is None:
        raise Refusal(_REFUSALS[found or Hindrance.FOREIGN])
    return row


async def _lapsed(caller: Caller, own: LicenseRow, release: ReleaseRow) -> Problem:
    """That support ended before the release came out, and what renewing costs."""
    quote = await renewing.quote(own, clock.today())
    values = {
        "released": f"{clock.local(release.released_at):%d.%m.%Y}",
        "ended": f"{own.support_until:%d.%m.%Y}",
        "total": formatted(quote.total_minor, quote.currency, caller.language),
    }
    return Problem(UserErrorCode.SUPPORT_LAPSED, "refusals.download_not_covered", ("release_id",), values)


@open_to_all
async def look(caller: Caller, token: str) -> Fetched:
    """What a link would hand out, without beginning it; raises Gone."""
    link = await _link(caller, token)
    return Fetched(link.release, _etag(link.release))


@open_to_all
async def fetch(caller: Caller, token: str, range_: str | None, if_range: str | None) -> Fetched:
    """Hand out a file or the part that is asked for; raises Gone, or Away.

    The first request begins the download; after it only the rest (`bytes=N-`, N at least 1) is handed out.
    """
    link = await _link(caller, token)
    file = link.release
    part = wanted_part(range_, if_range, _etag(file), file.size)
    if link.begun_at is not None and not (part and part.open_ended and part.start):
        raise Gone
    if part and not part.satisfiable:
        return Fetched(file, _etag(file), part)
    start, stop = (part.start, part.stop) if part else (0, file.size)
    try:
        content = await store_for(settings.current().files_url).open(file.file_key or "", start, stop)
    except FilesAway:
        raise Away from None
    if not await (_begin(caller, link) if link.begun_at is None else _go_on(link)):
        raise Gone
    return Fetched(file, _etag(file), part, content)


def _etag(release: ReleaseRow) -> str:
    return f'"{release.sha256}"'


async def _link(caller: Caller, token: str) -> Download:
    """The link with this token as long as it is good, for whom it is good; raises Gone."""
    found = Download.get_or_none(token_hash=sealing.token_hash(token))
    link = await found.select_related("license__account", "release")
    if link is None or link.expires_at <= clock.now() or link.requests >= MOST_REQUESTS:
        raise Gone
    if link.begun_at is not None and link.network != network_of(caller.address):
        raise Gone
    # What was refused meanwhile is not handed out by a link from before.
    if link.license.account.status != ACTIVE or _hindrance(link.license, link.release):
        raise Gone
    return link


async def _begin(caller: Caller, link: Download) -> bool:
    """Begin a download; of many who would at once, one does."""
    now: datetime = clock.now()
    async with writing(caller) as work:
        waiting = Download.filter(id=link.id, begun_at=None, expires_at__gt=now)
        begun = await waiting.update(
            begun_at=now, expires_at=now + RESUMABLE, network=network_of(caller.address), requests=1
        )
        if work.happened(bool(begun)):
            release = link.release
            work.record(
                Act.DOWNLOAD_BEGIN, f"license:{link.license_id.hex}", release=release.id.hex, version=release.version
            )
    return bool(begun)


async def _go_on(link: Download) -> bool:
    """Count a request for the rest of a download; it is not recorded apart."""
    return bool(await Download.filter(id=link.id, requests__lt=MOST_REQUESTS).update(requests=F("requests") + 1))
