"""What tests of attachments share: uploading, tickets with messages, and files of each kind."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

import httpx

from api import clock, streams
from api.attaching import claim
from api.caller import CUSTOMER_SCOPES, STAFF_SCOPES, Caller, Door
from api.models import ids
from api.models.accounts import Membership
from api.models.attachments import Attachment
from api.models.people import Person
from api.models.tickets import Ticket, TicketMessage
from api.perform import writing
from tests.site import Site, visitor

UPLOAD = """mutation ($file: String!, $name: String) { uploadAttachment(file: $file, filename: $name) {
  attachment { id filename contentType size } errors { code field message } } }"""
REMOVE = """mutation ($id: ID!) { removeAttachment(attachmentId: $id) {
  attachment { id } errors { code field message } } }"""
LINK = """mutation ($id: ID!) { createAttachmentLink(attachmentId: $id) {
  url expiresAt errors { code field message } } }"""
NODE = "query ($id: ID!) { node(id: $id) { id ... on Attachment { filename contentType size } } }"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(60)
# What every scanner of viruses finds, and what harms nobody (eicar.org), in two parts, so that none finds this file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def packed(**files: bytes) -> bytes:
    """A zip archive; `__` in a name stands for a slash, and `_of_` for a dot."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_of_", "."), content)
    return made.getvalue()


async def sent(site: Site, token: str, content: bytes, filename: str = "ekran.png") -> dict[str, Any]:
    """What uploading a file beside the operation is answered with."""
    response = await post(site, token, content, filename)
    answer: dict[str, Any] = response.json()
    assert "errors" not in answer, answer
    payload: dict[str, Any] = answer["data"]["uploadAttachment"]
    return payload


async def post(site: Site, token: str | None, content: bytes, filename: str) -> httpx.Response:
    """Upload a file beside the operation."""
    parts = {
        "operations": json.dumps({"query": UPLOAD, "variables": {"file": None}}),
        "map": json.dumps({"0": ["variables.file"]}),
    }
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with visitor(site.app) as client:
        return await client.post("/graphql", data=parts, files={"0": (filename, content)}, headers=headers)


async def uploaded(site: Site, token: str, content: bytes = PNG, filename: str = "ekran.png") -> str:
    """The id of a fresh upload."""
    payload = await sent(site, token, content, filename)
    assert payload["errors"] == [], payload
    return str(payload["attachment"]["id"])


async def refused(site: Site, token: str, content: bytes, filename: str) -> tuple[str, str]:
    """The code and field that an upload is refused with."""
    payload = await sent(site, token, content, filename)
    assert payload["attachment"] is None
    (error,) = payload["errors"]
    return error["code"], error["field"][0]


async def customer(email: str) -> Caller:
    """A customer as verbs see them."""
    own = await Membership.get(person__email=email)
    return Caller(Door.WEB, person_id=own.person_id, account_id=own.account_id, scopes=CUSTOMER_SCOPES)


async def staff(email: str = "deniz@example.net") -> Caller:
    """One of staff as verbs see them."""
    row = await Person.get(email=email)
    return Caller(Door.WEB, person_id=row.id, scopes=STAFF_SCOPES, is_staff=True)


async def ticket_of(email: str) -> Ticket:
    """A ticket of a customer, without a message yet."""
    own = await Membership.get(person__email=email)
    now = clock.now()
    return await Ticket.create(
        account_id=own.account_id,
        kind="SALES",
        subject="Bir soru",
        status=Ticket.OPEN,
        priority="NORMAL",
        opened_at=now,
        first_answer_due_at=now,
        last_message_at=now,
    )


async def said(ticket: Ticket, caller: Caller, *, note: bool = False) -> TicketMessage:
    """A message of somebody on a ticket, or a note."""
    author = await Person.get(id=caller.person_id)
    if note:
        message = await streams.add_note(ticket, author, clock.now(), await streams.written("Not"))
    else:
        message = await streams.add_message(
            ticket, author, clock.now(), await streams.written("Ekte"), from_staff=caller.is_staff
        )
    await ticket.save()
    return message


async def taken_by(message: TicketMessage, given: Sequence[Any], caller: Caller) -> None:
    """Let a message take uploads."""
    async with writing(caller) as work:
        work.happened(False)
        await claim(message, given, caller)


async def hung(ticket: Ticket, caller: Caller, *given: str, note: bool = False) -> TicketMessage:
    """A message that takes uploads, in one transaction as verbs write it."""
    async with writing(caller) as work:
        work.happened(False)
        message = await said(ticket, caller, note=note)
        await claim(message, [*given], caller)
    return message


async def row_of(attachment_id: str) -> Attachment:
    """The row behind an id."""
    return await Attachment.get(id=ids.key_of(attachment_id, "att"))
