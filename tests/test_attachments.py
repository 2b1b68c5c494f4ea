"""Attachments: what is taken, whose it is, and how a message takes it, once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api import clock, jobs
from api import settings as in_force
from api.models import ids
from api.models.attachments import Attachment
from api.models.audit import AuditEntry
from api.refusal import Refusal
from api.schema.attachments import attachments_of
from api.uploads import Uploaded
from tests.attached import (
    LINK,
    NODE,
    PNG,
    REMOVE,
    UPLOAD,
    customer,
    hung,
    post,
    refused,
    row_of,
    said,
    sent,
    staff,
    taken_by,
    ticket_of,
    uploaded,
)
from tests.cast import AYSE, BORA
from tests.doors import GraphqlDoor, joined
from tests.site import ON_ONE_DATABASE, Site


def files_of(site: Site) -> list[Path]:
    """What lies in the file store."""
    folder = Path(site.settings.files_url.removeprefix("file://")) / "attachments"
    return sorted(path for path in folder.rglob("*") if path.is_file())


def within(site: Site, **terms: Any) -> None:
    """Put other terms for attachments into force."""
    in_force.use(replace(site.settings, attachments=replace(site.settings.attachments, **terms)))


async def test_an_upload_is_kept_under_a_random_name_with_what_its_bytes_say(site: Site) -> None:
    token = await joined(GraphqlDoor(site), site, AYSE)
    payload = await sent(site, token, PNG, "../../Ekran görüntüsü.PNG")
    told = payload["attachment"]
    assert told | {"id": ""} == {
        "id": "", "filename": "Ekran görüntüsü.png", "contentType": "image/png", "size": len(PNG),
    }  # fmt: skip
    row = await row_of(told["id"])
    (file,) = files_of(site)
    assert file.read_bytes() == PNG
    assert str(file).endswith(row.file_key)
    assert "ekran" not in row.file_key.lower()
    assert await AuditEntry.get(act="attachment:upload").values("details") == {
        "details": {"content_type": "image/png", "size": str(len(PNG))}
    }
    by_script = await site.data(UPLOAD, {"file": "bWVyaGFiYQ==", "name": "error_log"}, token)
    assert by_script["uploadAttachment"]["attachment"]["filename"] == "error_log.txt"


async def test_a_message_takes_uploads_in_the_order_of_their_sending(site: Site) -> None:
    token = await joined(GraphqlDoor(site), site, AYSE)
    ayse = await customer(AYSE["email"])
    first, second = await uploaded(site, token), await uploaded(site, token, b"satir", "hata.log")
    message = await hung(await ticket_of(AYSE["email"]), ayse, second, first)
    assert [(str(one.id), one.filename) for one in await attachments_of(message.id)] == [
        (first, "ekran.png"), (second, "hata.log"),
    ]  # fmt: skip
    assert [row.account_id for row in await Attachment.all()] == [ayse.account_id] * 2


async def _problems(message: Any, given: list[Any], caller: Any) -> list[tuple[str, tuple[str, ...] | None]]:
    with pytest.raises(Refusal) as refusal:
        await taken_by(message, given, caller)
    return [(problem.code.value, problem.field) for problem in refusal.value.problems]


async def test_only_ones_own_uploads_that_no_message_has_are_taken(site: Site) -> None:
    token = await joined(GraphqlDoor(site), site, AYSE)
    bora = await joined(GraphqlDoor(site), site, BORA)
    ayse = await customer(AYSE["email"])
    own, foreign, taken = [await uploaded(site, one) for one in (token, bora, token)]
    ticket = await ticket_of(AYSE["email"])
    await hung(ticket, ayse, taken)
    message = await said(ticket, ayse)
    wrong = [own, foreign, taken, "att_x", "", ids.public("att", ids.new_id()), own.replace("att", "tic")]
    assert await _problems(message, wrong, ayse) == [
        ("NOT_FOUND", ("attachment_ids", str(place))) for place in range(1, len(wrong))
    ]
    assert (await row_of(own)).message_id is None
    assert (await row_of(foreign)).message_id is None
    assert await _problems(message, [own] * 11, ayse) == [("INVALID", ("attachment_ids",))]


async def test_of_many_messages_that_want_one_upload_one_takes_it(site: Site) -> None:
    token = await joined(GraphqlDoor(site), site, AYSE)
    ayse = await customer(AYSE["email"])
    wanted = [await uploaded(site, token), await uploaded(site, token)]
    ticket = await ticket_of(AYSE["email"])
    messages = [await said(ticket, ayse) for _ in range(6)]

    tries = [taken_by(message, wanted[:: 1 if place % 2 else -1], ayse) for place, message in enumerate(messages)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(one is None for one in done) == 1
    assert sum(isinstance(one, Refusal) for one in done) == 5
    assert len({row.message_id for row in await Attachment.all()}) == 1


async def test_strangers_see_no_attachment_and_customers_none_of_a_note(site: Site) -> None:
    token = await joined(GraphqlDoor(site), site, AYSE)
    bora = await joined(GraphqlDoor(site), site, BORA)
    deniz = await site.staff_token()
    ticket = await ticket_of(AYSE["email"])
    waiting, told = await uploaded(site, token), await uploaded(site, token)
    await hung(ticket, await customer(AYSE["email"]), told)
    noted, answered, unsent = [await uploaded(site, deniz) for _ in range(3)]
    await hung(ticket, await staff(), noted, note=True)
    await hung(ticket, await staff(), answered)
    every = (waiting, told, noted, answered, unsent)
    seen = {name: {one for one in every if await _seen(site, one, reader)} for name, reader in (
        ("ayse", token), ("bora", bora), ("deniz", deniz), ("guest", None),
    )}  # fmt: skip
    assert seen == {
        "ayse": {waiting, told, answered},
        "bora": set(),
        "deniz": {told, noted, answered, unsent},
        "guest": set(),
    }


async def _seen(site: Site, one: str, token: str | None) -> bool:
    """Whether its node and its link are there; both are, or neither."""
    node = (await site.data(NODE, {"id": one}, token))["node"] is not None
    if token is None:
        return node
    link = (await site.data(LINK, {"id": one}, token))["createAttachmentLink"]
    assert [(error["code"], error["field"]) for error in link["errors"]] == (
        [] if node else [("NOT_FOUND", ["attachmentId"])]
    )
    assert (link["url"] is not None) == node
    return node


async def test_what_no_message_has_is_taken_back_by_its_sender_alone(site: Site) -> None:
    token = await joined(GraphqlDoor(site), site, AYSE)
    bora = await joined(GraphqlDoor(site), site, BORA)
    waiting, taken = await uploaded(site, token), await uploaded(site, token)
    await hung(await ticket_of(AYSE["email"]), await customer(AYSE["email"]), taken)

    async def removed(one: str, by: str) -> list[tuple[str, list[str]]]:
        answer = (await site.data(REMOVE, {"id": one}, by))["removeAttachment"]
        return [(error["code"], error["field"]) for error in answer["errors"]]

    unknown = [("NOT_FOUND", ["attachmentId"])]
    assert await removed(waiting, bora) == unknown
    assert await removed(taken, token) == unknown
    assert len(files_of(site)) == 2
    assert await removed(waiting, token) == []
    assert await removed(waiting, token) == unknown
    assert len(files_of(site)) == 1


async def test_an_account_keeps_only_so_much_however_many_are_sent_at_once(site: Site) -> None:
    token = await joined(GraphqlDoor(site), site, AYSE)
    within(site, account_mebibytes=1)
    third = PNG + bytes(400 * 1024)
    answers = await asyncio.gather(*(sent(site, token, third, f"{place}.png") for place in range(5)))
    codes = [[error["code"] for error in answer["errors"]] for answer in answers]
    assert sorted(codes) == [[], [], ["FILE_TOO_LARGE"], ["FILE_TOO_LARGE"], ["FILE_TOO_LARGE"]]
    assert len(files_of(site)) == 2
    assert await Attachment.all().count() == 2


async def test_what_staff_sends_does_not_use_up_the_customers_room(site: Site) -> None:
    token = await joined(GraphqlDoor(site), site, AYSE)
    deniz = await site.staff_token()
    within(site, account_mebibytes=1)
    half = PNG + bytes(600 * 1024)
    for _ in range(2):
        await hung(await ticket_of(AYSE["email"]), await staff(), await uploaded(site, deniz, half))
    assert await uploaded(site, token, half)
    assert await refused(site, token, half, "x.png") == ("FILE_TOO_LARGE", "file")


@ON_ONE_DATABASE
async def test_what_is_too_large_empty_or_of_another_type_is_refused_and_nothing_kept(site: Site) -> None:
    token = await joined(GraphqlDoor(site), site, AYSE)
    within(site, file_mebibytes=1)
    assert await refused(site, token, PNG + bytes(1024 * 1024), "x.png") == ("FILE_TOO_LARGE", "file")
    assert await refused(site, token, b"", "x.png") == ("REQUIRED", "file")
    assert await refused(site, token, b"MZ" + bytes(50), "x.png") == ("FILE_TYPE_NOT_ALLOWED", "file")
    no_base64 = (await site.data(UPLOAD, {"file": "!", "name": "a.txt"}, token))["uploadAttachment"]["errors"]
    assert [(error["code"], error["field"]) for error in no_base64] == [("INVALID", ["file"])]
    within(site, most_files=0)
    assert await refused(site, token, PNG, "x.png") == ("NOT_ALLOWED", "file")
    assert (await post(site, None, PNG, "x.png")).status_code == 415
    assert files_of(site) == []
    assert await Attachment.all().count() == 0


async def test_an_upload_that_no_message_took_for_a_day_goes_with_its_file(site: Site) -> None:
    token = await joined(GraphqlDoor(site), site, AYSE)
    start = clock.now()
    waiting, taken = await uploaded(site, token), await uploaded(site, token)
    await hung(await ticket_of(AYSE["email"]), await customer(AYSE["email"]), taken)
    with clock.stopped(start + timedelta(hours=23, minutes=59)):
        await jobs.sweep()
        assert await Attachment.all().count() == 2
    with clock.stopped(start + timedelta(hours=24, minutes=1)):
        assert await jobs.sweep() >= 1
        assert [ids.public("att", row.id) for row in await Attachment.all()] == [taken]
        assert [str(file) for file in files_of(site)] == [
            f"{site.settings.files_url.removeprefix('file://')}/{(await row_of(taken)).file_key}"
        ]
    assert waiting != taken
    with clock.stopped(start + timedelta(days=5)):
        await jobs.sweep()
        assert len(files_of(site)) == 1


@ON_ONE_DATABASE
async def test_a_crash_between_file_and_row_leaves_nothing_that_is_seen_and_nothing_for_long(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await joined(GraphqlDoor(site), site, AYSE)
    start = clock.now()

    async def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the process ends here")

    with monkeypatch.context() as dying:
        dying.setattr(Attachment, "save", crash)
        # A process that dies cleans nothing up.
        dying.setattr("api.resolvers.attachments.forget_file", lambda _: asyncio.sleep(0))
        answer = (await post(site, token, PNG, "x.png")).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INTERNAL"]
    assert await Attachment.all().count() == 0
    assert len(files_of(site)) == 1
    await jobs.sweep()
    assert len(files_of(site)) == 1
    with clock.stopped(start + timedelta(hours=24, minutes=1)):
        await jobs.sweep()
    assert files_of(site) == []


@ON_ONE_DATABASE
async def test_of_a_customers_upload_no_more_is_read_than_tells_that_it_is_too_large(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await joined(GraphqlDoor(site), site, AYSE)
    read: list[int] = []
    made = Uploaded.of
    monkeypatch.setattr(Uploaded, "of", lambda content, name="": (read.append(len(content)), made(content, name))[1])
    most = site.settings.attachments.file_mebibytes * 1024 * 1024
    assert await refused(site, token, PNG + bytes(3 * most), "x.png") == ("FILE_TOO_LARGE", "file")
    assert read == [most + 1]
