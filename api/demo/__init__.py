"""A believable vendor on a new database: modules, customers, and what happened to them over four years.

Everything is done through the resolvers with the clock stopped at past instants, so that days, sums and numbers agree.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from api import clock, once, tally
from api.demo import asking, desk
from api.demo.assortment import MODULES
from api.demo.calendar import Story, instant, live
from api.demo.history import STORIES, World
from api.demo.modules import grow, open_shop
from api.demo.people import CUSTOMERS, STAFF, STAFF_EMAIL, Someone, hire, join, live_here, sign_in_lines
from api.models.accounts import Account
from api.models.agreements import AgreementDocument
from api.models.catalog import Product
from api.models.database import transaction
from api.settings import Settings, SettingsError

EARLIEST = 4 * 365 + 60
# Days between the vendor's first texts and the first act.
_AFTER_TEXTS = 3
_SHORTEST = 120
# Of several processes that start on one new database, the one that takes this key makes the demo.
_KEY = UUID(int=0)


async def is_new() -> bool:
    """Whether nobody has used the database yet: no customer, no product."""
    return not (await Account.exists() or await Product.exists())


def refuse_elsewhere(settings: Settings) -> None:
    """SettingsError in production and where DEMO_DATA=0."""
    if settings.production:
        raise SettingsError(["The demo is never made in production."])
    if not settings.demo_data:
        raise SettingsError(["DEMO_DATA=0: no demo is made here."])


async def make(settings: Settings, say: Callable[[str], None]) -> None:
    """Make the demo in a new database, say how it goes and how to sign in; in any other, make nothing."""
    refuse_elsewhere(settings)
    now = clock.now()
    first = await _history(now)
    if not await is_new():
        say("demo: there are customers or products already; nothing is made")
    elif first < _SHORTEST:
        say("demo: the clock stands too close to the first legal texts for a history; nothing is made")
    elif await _is_ours():
        await _make(settings, say, now, first)
    await show_people(say)


async def _history(now: datetime) -> int:
    """How many days of history can be told: none from before all kinds of texts were in force."""
    since = {row.kind: row.effective_at async for row in AgreementDocument.all().order_by("-effective_at")}
    newest = max(since.values(), default=now)
    return min(EARLIEST, (now - newest).days - _AFTER_TEXTS)


async def show_people(say: Callable[[str], None]) -> None:
    """Say how to sign in as whom, where the demo's people are."""
    for line in sign_in_lines() if await live_here() else ():
        say(line)


async def _is_ours() -> bool:
    async with transaction():
        return await once.claim(_KEY, "demo", "demo", "demo", _KEY) is None


async def _make(settings: Settings, say: Callable[[str], None], now: datetime, first: int) -> None:
    say("demo: making a vendor and its modules ...")
    with clock.stopped(instant(now, first)):
        colleagues = {own.email: await hire(own, settings) for own in STAFF}
        staff = colleagues[STAFF_EMAIL]
        world = World(staff, colleagues, {}, await open_shop(staff))
    say("demo: making the customers and what happened to them ...")
    stories = [_arrive(world, own, settings) for own in CUSTOMERS]
    stories += [grow(staff, module, world.modules[module.slug]) for module in MODULES]
    stories += [story(world) for story, since in (STORIES | asking.STORIES).items() if since < first]
    stories += desk.stories(world, now, first)
    await live(stories, first, settings)
    await tally.flush_all()
    say(f"demo: made {len(MODULES)} modules and {len(CUSTOMERS)} customers")


async def _arrive(world: World, own: Someone, settings: Settings) -> Story:
    yield own.days_ago
    world.customers[own.email] = await join(own, settings)
