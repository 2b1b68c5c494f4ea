"""The clock door: what the passing of time does. Safe to run on several machines at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tortoise.queryset import QuerySet

from api import audit, clock, wakeup
from api.audit import Act
from api.caller import Caller, Door
from api.delivery import deliver_due
from api.gateways.mail import Mail, mail_for
from api.models.registrations import Registration
from api.models.sessions import Link, Session
from api.models.throttles import Throttle
from api.perform import writing
from api.settings import Settings

logger = logging.getLogger(__name__)

CALLER = Caller(door=Door.CLOCK)
LOOK_EVERY_SECONDS = 1.0
SWEEP_EVERY = timedelta(hours=1)
# Retention (domain-tr 4.8).
REGISTRATIONS_KEPT = timedelta(days=7)
EXPIRED_KEPT = timedelta(days=30)
THROTTLES_KEPT = timedelta(days=1)


async def run_once(settings: Settings, say: Callable[[str], None] = lambda _: None) -> None:
    """Do everything that is due now, and say a line for each kind of work done."""
    mail = mail_for(settings.mail_url)
    while sent := await deliver_due(mail, settings):
        say(f"letters delivered: {sent}")
    if linked := await audit.chain():
        say(f"audit entries linked: {linked}")
    if swept := await sweep():
        say(f"rows past their retention erased: {swept}")


async def run_for_ever(settings: Settings) -> None:
    """Look once a second, and at once when this process queued a letter; a failure is logged and tried again."""
    mail = mail_for(settings.mail_url)
    next_sweep = clock.now()
    while True:
        try:
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


async def sweep() -> int:
    """Erase what is past its retention; answers how many rows."""
    now = clock.now()
    old: dict[str, QuerySet[Any]] = {
        "registrations": Registration.filter(created_at__lt=now - REGISTRATIONS_KEPT),
        "links": Link.filter(expires_at__lt=now - EXPIRED_KEPT),
        "sessions": Session.filter(expires_at__lt=now - EXPIRED_KEPT),
    }
    await Throttle.filter(full_at__lt=(now - THROTTLES_KEPT).timestamp()).delete()
    counts = {name: await query.count() for name, query in old.items()}
    if not any(counts.values()):
        return 0
    async with writing(CALLER) as work:
        for query in old.values():
            await query.delete()
        work.record(Act.RETENTION_SWEEP, "retention", **{name: str(count) for name, count in counts.items()})
    return sum(counts.values())


async def beside(work: asyncio.Task[None]) -> None:
    """Stop the clock door that runs beside a server, letting it finish its step."""
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    wakeup.forget()
