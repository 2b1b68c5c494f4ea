"""The clock door: what the passing of time does. Safe to run on several machines at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from api import attaching, audit, clock, wakeup
from api import settings as in_force
from api.audit import Act
from api.caller import Caller, Door
from api.delivery import deliver_due
from api.gateways.mail import Mail, mail_for
from api.models.attachments import AttachmentLink
from api.models.downloads import Download
from api.models.letters import Letter
from api.models.registrations import Registration
from api.models.sessions import ApiToken, Link, Session
from api.models.sightings import Sighting
from api.models.throttles import Throttle
from api.models.tickets import TicketPresence
from api.perform import writing
from api.settings import Settings
from api.timetable import TIMETABLE

logger = logging.getLogger(__name__)

CALLER = Caller(door=Door.CLOCK)
LOOK_EVERY_SECONDS = 1.0
SWEEP_EVERY = timedelta(hours=1)
LOOK_FOR_DUES_EVERY = timedelta(minutes=1)
# Retention (domain-tr 4.8).
REGISTRATIONS_KEPT = timedelta(days=7)
EXPIRED_KEPT = timedelta(days=30)
THROTTLES_KEPT = timedelta(days=1)
PRESENCES_KEPT = timedelta(days=1)


async def run_once(settings: Settings, say: Callable[[str], None] = lambda _: None, *, dry: bool = False) -> None:
    """Do everything that is due now, and say a line for each thing done; `dry`: only say what would be done."""
    await do_due(say, dry=dry)
    if dry:
        say(f"letters that wait for delivery: {await Letter.filter(due_at__lte=clock.now()).count()}")
        if old := sum([await query.count() for query in _past_retention().values()]):
            say(f"would: rows past their retention erased: {old}")
        return
    mail = mail_for(settings.mail_url)
    while sent := await deliver_due(mail, settings):
        say(f"letters delivered: {sent}")
    if linked := await audit.chain():
        say(f"audit entries linked: {linked}")
    if swept := await sweep():
        say(f"rows past their retention erased: {swept}")


async def do_due(say: Callable[[str], None] = lambda _: None, *, dry: bool = False) -> None:
    """Do what the timetable finds; one failure does not stop the rest."""
    failed = 0
    for find in TIMETABLE:
        async for due in find():
            try:
                if dry or await due.do():
                    say(("would: " if dry else "") + due.line)
            except Exception:
                failed += 1
                logger.exception("could not be done: %s", due.line)
    if failed:
        say(f"failed, to be tried again: {failed}")


async def run_for_ever(settings: Settings) -> None:
    """Look once a second, and at once when this process queued a letter; a failure is logged and tried again."""
    mail = mail_for(settings.mail_url)
    next_sweep = next_look = clock.now()
    while True:
        try:
            if clock.now() >= next_look:
                next_look = clock.now() + LOOK_FOR_DUES_EVERY
                await do_due()
            busy = await _round(mail, settings)
            if clock.now() >= next_sweep:
                next_sweep = clock.now() + SWEEP_EVERY
                await sweep()
        except Exception:
            logger.exception("the clock door stumbled; it goes on")
            busy = False
        if not busy:
            await wakeup.wait(LOOK_EVERY_SECONDS)


async def _round(mail: Mail, settings: Settings) -> bool:
    sent = await deliver_due(mail, settings)
    linked = await audit.chain()
    return bool(sent or linked)


def _past_retention() -> dict[str, QuerySet[Any]]:
    now = clock.now()
    sightings_kept = timedelta(days=in_force.current().licensing.sighting_days)
    return {
        "registrations": Registration.filter(created_at__lt=now - REGISTRATIONS_KEPT),
        "links": Link.filter(expires_at__lt=now - EXPIRED_KEPT),
        "attachments": attaching.not_taken(),
        "attachment_links": AttachmentLink.filter(expires_at__lt=now),
        "downloads": Download.filter(expires_at__lt=now),
        "sessions": Session.filter(expires_at__lt=now - EXPIRED_KEPT),
        "presences": TicketPresence.filter(seen_at__lt=now - PRESENCES_KEPT),
        "sightings": Sighting.filter(last_seen__lt=now - sightings_kept),
        "api_tokens": ApiToken.filter(Q(expires_at__lt=now - EXPIRED_KEPT) | Q(revoked_at__lt=now - EXPIRED_KEPT)),
    }


async def sweep() -> int:
    """Erase what is past its retention; answers how many rows."""
    await Throttle.filter(full_at__lt=(clock.now() - THROTTLES_KEPT).timestamp()).delete()
    erased = await _erase_rows()
    # Whatever left them, so that the files of rows that are gone go too.
    await attaching.erase_orphans()
    return erased


async def _erase_rows() -> int:
    old = _past_retention()
    if not any([await query.exists() for query in old.values()]):
        return 0
    async with writing(CALLER) as work:
        # Only what this sweep erased: another machine may have been here meanwhile.
        counts = {name: await query.delete() for name, query in old.items()}
        if work.happened(any(counts.values())):
            work.record(Act.RETENTION_SWEEP, "retention", **{name: str(count) for name, count in counts.items()})
    return sum(counts.values())


async def beside(work: asyncio.Task[None]) -> None:
    """Stop the clock door that runs beside a server, letting it finish its step."""
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    wakeup.forget()
