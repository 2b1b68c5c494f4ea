"""Verbs of the legal texts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from api import clock, loaders
from api.access import needs, open_to_all
from api.audit import Act
from api.caller import Caller, Scope
from api.markdown import render
from api.models import ids
from api.models.agreements import AgreementDocument as Row
from api.perform import writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import agreements as rules
from api.rules.text import is_blank, line, nfc
from api.schema.agreements import AgreementDocument, AgreementDocumentPayload, DocumentKind, PublishAgreementInput

VERSION_HIGH, TITLE_HIGH, BODY_HIGH = 40, 200, 200_000
_EARLIEST, _LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
_LIGHT = ("id", "kind", "version", "title", "published_at", "effective_at")


@dataclass(frozen=True, slots=True)
class Revision:
    """A version in a list: everything but its text."""

    id: UUID
    kind: DocumentKind
    version: str
    title: str
    published_at: datetime
    effective_at: datetime
    state: str


@open_to_all
async def agreement(caller: Caller, kind: DocumentKind, at: datetime | None = None) -> AgreementDocument | None:
    """The version in force now, or at the given instant."""
    del caller
    instant = clock.now() if at is None else at if at.tzinfo else at.replace(tzinfo=UTC)
    # The edges of the calendar are more than a database takes.
    instant = min(max(instant, _EARLIEST), _LATEST)
    known = Row.filter(kind=kind.value, effective_at__lte=instant)
    row = await known.order_by("-effective_at", "-published_at").first()
    return AgreementDocument.of(row) if row else None


@open_to_all
async def document(caller: Caller, key: UUID) -> AgreementDocument | None:
    """One version by its key; published texts are for everybody."""
    del caller
    row = await Row.get_or_none(id=key)
    return AgreementDocument.of(row) if row else None


@open_to_all
async def revisions(caller: Caller, kind: DocumentKind | None = None) -> list[Revision]:
    """The versions of one legal text, or of all, newest first, each with its state."""
    del caller
    now = clock.now()
    query = Row.filter(kind=kind.value) if kind else Row.all()
    rows = await query.only(*_LIGHT).order_by("-effective_at", "-published_at")
    in_force: set[str] = set()
    found: list[Revision] = []
    for row in rows:
        if row.effective_at > now:
            state = "pending"
        else:
            state = "past" if row.kind in in_force else "in_force"
            in_force.add(row.kind)
        found.append(
            Revision(row.id, DocumentKind(row.kind), row.version, row.title, row.published_at, row.effective_at, state)
        )
    return found


@open_to_all
async def pending_revisions(caller: Caller) -> list[Revision]:
    """What is announced on every page: versions not yet in force, with the ones they replace; usually nothing."""
    if not await loaders.is_any_pending():
        return []
    return [revision for revision in await revisions(caller) if revision.state != "past"]


@open_to_all
async def version(caller: Caller, kind: DocumentKind, name: str) -> AgreementDocument | None:
    """One version of a legal text by its name."""
    del caller
    row = await Row.get_or_none(kind=kind.value, version=nfc(name)) if "\0" not in name else None
    return AgreementDocument.of(row) if row else None


@open_to_all
async def comparison(caller: Caller, old: str, new: str) -> list[rules.Change]:
    """What changed between two versions, by their ids, paragraph by paragraph."""
    del caller
    keys = [ids.key_of(public, Row.PREFIX) for public in (old, new)]
    texts = {row.id: row.markdown for row in await Row.filter(id__in=[key for key in keys if key])}
    before, after = (texts.get(key, "") if key else "" for key in keys)
    return rules.readable_difference(before, after)


def _body(text: str) -> str:
    if is_blank(text):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    if len(text) > BODY_HIGH:
        raise Refusal.of(UserErrorCode.TOO_LONG, "refusals.too_long", high=BODY_HIGH)
    composed = nfc(text.replace("\r\n", "\n").replace("\r", "\n"))
    if any(not (c.isprintable() or c in "\n\t") and (ord(c) < 32 or "\ud800" <= c <= "\udfff") for c in composed):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.control_characters")
    return composed


@needs(Scope.AGREEMENTS_PUBLISH)
async def publish_agreement(caller: Caller, input: PublishAgreementInput) -> AgreementDocumentPayload:  # noqa: A002 - the contract's name
    """Publishes a version; it comes into force 24 hours later (2.3), a kind's first one at once."""
    found = Inspection()
    name = found.check("version", line, input.version, high=VERSION_HIGH)
    title = found.check("title", line, input.title, high=TITLE_HIGH)
    body = found.check("body", _body, input.body)
    if found.problems or not (name and title and body):
        raise found.refusal()
    row = draft(input.kind, name, title, body, clock.now(), first=not await loaders.has_version(input.kind))
    try:
        async with writing(caller) as work:
            await row.save(force_create=True)
            work.record(Act.AGREEMENT_PUBLISH, f"agreement:{row.id.hex}", kind=row.kind, version=name)
    except IntegrityError:
        raise Refusal(Problem(UserErrorCode.ALREADY_EXISTS, "refusals.version_exists", ("version",))) from None
    loaders.forget_timetable()
    return AgreementDocumentPayload(document=AgreementDocument.of(row))


def draft(kind: DocumentKind, name: str, title: str, body: str, published_at: datetime, *, first: bool) -> Row:
    """The row of a version to publish."""
    return Row(
        kind=kind.value,
        version=name,
        title=title,
        markdown=body,
        html=render(body),
        sha256=hashlib.sha256(body.encode()).hexdigest(),
        published_at=published_at,
        effective_at=rules.effective_at(published_at, first=first),
    )
