"""The application: what wraps what, and what runs beside the requests."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import hashing, jobs, tally
from api.process import connected, prepare
from api.refusal import Denied
from api.settings import Settings
from web.addresses import by_address
from web.early_hints import EarlyHints
from web.errors import on_crash, on_denied, on_http, refuse
from web.graphql import StraightToGraphQL
from web.guard import Guard
from web.license_server import LicenseServer
from web.render import stylesheets
from web.routes import ROUTES
from web.static_files import COPIES, STATIC, HashedFiles

# Requests leave few cycles; looked for as often as Python does by itself, they cost each of them a twentieth.
# Documents that come for the first time leave many: all are looked for after 150,000 objects, not after millions.
COLLECTED_AT = (10_000, 5, 3)


def application(settings: Settings) -> ASGIApp:
    """The whole site for these settings, which are in force already."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with connected(settings):
            await to_thread.run_sync(hashing.warm_up)
            tallies = tally.Beside()
            beside = asyncio.create_task(jobs.run_for_ever(settings)) if settings.clock_door else None
            # What stands now stands for good: the collector need not walk it again and again.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*COLLECTED_AT)
            yield
            if beside:
                await jobs.beside(beside)
            await tallies.stop()

    app = Starlette(
        routes=[*by_address(ROUTES), Mount("/static", HashedFiles(STATIC, COPIES))],
        lifespan=lifespan,
        middleware=[
            Middleware(EarlyHints, link=stylesheets("base")),
            Middleware(Guard, settings=settings, refuse=refuse, crash=on_crash),
        ],
        exception_handlers={HTTPException: on_http, Denied: on_denied},
    )
    app.state.settings = settings
    app.state.kept = {}
    # Outermost: nothing that pages are wrapped in is there for modules, nor are its costs.
    served = LicenseServer(StraightToGraphQL(app, settings), settings)
    if not settings.trusted_proxies:
        return served
    # uvicorn and Starlette name the same ASGI types differently.
    wrapped = ProxyHeadersMiddleware(cast("Any", served), trusted_hosts=list(settings.trusted_proxies))
    return cast("ASGIApp", wrapped)


def from_environment() -> ASGIApp:
    """What a server process starts with."""
    return application(prepare())
