"""Makes a process ready to work: its settings, keys, clock, limits and database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from api import announcing, clock, hashing, keeping, loaders, sealing, signing, tally, throttle, validating
from api import settings as in_force
from api.models import database
from api.settings import Settings, demo_secret, kept_secret, load


def prepare(settings: Settings | None = None) -> Settings:
    """Put settings into force (from the environment when none are given); a demo's missing key is made and kept."""
    settings = settings or load()
    if not settings.secret_key:
        settings = replace(settings, secret_key=demo_secret(kept_secret(settings)))
    in_force.use(settings)
    sealing.use(sealing.Keys(settings.secret_key, settings.secret_key_old))
    hashing.use(settings.hashing)
    clock.start_at(settings.clock_start)
    throttle.use_scale(settings.throttle_scale)
    return settings


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[None]:
    """The database, open for the block."""
    await database.connect(settings.database_url)
    loaders.forget_timetable()
    announcing.forget_extensions()
    keeping.forget()
    signing.forget()
    tally.forget_all()
    validating.forget()
    try:
        yield
    finally:
        await database.disconnect()
