"""The legal texts: what is in force, older versions, and what a revision changed."""

from __future__ import annotations

from types import SimpleNamespace

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.resolvers import agreements
from api.resolvers.agreements import Revision
from api.schema.agreements import AgreementDocument, DocumentKind
from web.render import compare_href, day, document_href, page, shown_document, slug
from web.session import visit

_KINDS = {slug(kind): kind for kind in DocumentKind}


def _kind(request: Request) -> DocumentKind:
    kind = _KINDS.get(request.path_params["slug"])
    if kind is None:
        raise HTTPException(404)
    return kind


async def show_documents(request: Request) -> Response:
    """GET /agreements: the version in force of each kind."""
    caller = (await visit(request)).caller
    documents = [
        SimpleNamespace(
            title=revision.title,
            version=revision.version,
            href=document_href(revision.kind),
            revised=day(revision.published_at, caller.language),
        )
        for revision in await agreements.revisions(caller)
        if revision.state == "in_force"
    ]
    return await page(request, "documents", documents=documents)


async def show_document(request: Request) -> Response:
    """GET /agreements/{slug}: the version in force, or the one that `version` names."""
    caller = (await visit(request)).caller
    kind = _kind(request)
    revisions = await agreements.revisions(caller, kind)
    wanted = request.query_params.get("version")
    document = await (agreements.version(caller, kind, wanted) if wanted else agreements.agreement(caller, kind))
    if document is None:
        raise HTTPException(404)
    state = next(revision.state for revision in revisions if revision.version == document.version)
    shown = shown_document(document, caller.language)
    shown.in_force, shown.pending = state == "in_force", state == "pending"
    return await page(request, "document", document=shown, versions=_versions(revisions))


def _versions(revisions: list[Revision]) -> list[SimpleNamespace]:
    older: list[Revision | None] = [*revisions[1:], None]
    return [
        SimpleNamespace(
            version=revision.version,
            href=document_href(revision.kind, revision.version),
            compare_href=compare_href(revision.kind, before.version, revision.version) if before else None,
            published_at=revision.published_at,
            effective_at=revision.effective_at,
            state=revision.state,
        )
        for revision, before in zip(revisions, older, strict=True)
    ]


async def compare_documents(request: Request) -> Response:
    """GET /agreements/{slug}/compare: what changed from version `old` to `new`."""
    caller = (await visit(request)).caller
    kind = _kind(request)
    found: list[AgreementDocument] = []
    for name in ("old", "new"):
        document = await agreements.version(caller, kind, request.query_params.get(name, ""))
        if document is None:
            raise HTTPException(404)
        found.append(document)
    old, new = found
    changes = await agreements.comparison(caller, old.id, new.id)
    return await page(
        request,
        "comparison",
        old=shown_document(old, caller.language),
        new=shown_document(new, caller.language),
        changes=changes,
    )
