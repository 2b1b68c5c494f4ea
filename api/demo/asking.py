"""What the demo's modules ask of the license server, and what a copy of one asks from elsewhere."""

from __future__ import annotations

from api.caller import Caller, Door
from api.demo.calendar import Story
from api.demo.history import World, buy
from api.demo.people import CORPORATION, INDIVIDUAL
from api.models import ids
from api.models.licenses import License
from api.resolvers import license_domains, licensing, validations
from api.schema.licensing import ProductLicensingInput
from api.schema.validation import ValidateLicenseInput

PAYMENTS, COPY = "odeme.karaca.example.net", "ucuz-dukkan.example.org"
# Networks that belong to nobody (RFC 5737).
OWN_SERVER, OTHER_SERVER = "192.0.2.10", "198.51.100.23"
# Days ago on which the module asked, and on which the copy did.
_ASKED, _COPIED = (28, 21, 14, 7, 3, 2, 1), (9, 5, 2)


async def asked_from_two_places(world: World) -> Story:
    """The payment module asks from its own domain; a copy of it with the same key is refused, and counted."""
    del world
    for days_ago in sorted({*_ASKED, *_COPIED}, reverse=True):
        yield days_ago
        if days_ago in _ASKED:
            await _ask(PAYMENTS, PAYMENTS, OWN_SERVER)
        if days_ago in _COPIED:
            await _ask(PAYMENTS, COPY, OTHER_SERVER)


async def moved(world: World) -> Story:
    """Moved to another domain yesterday: both answer for a while."""
    yield 200
    bought = await buy(world, CORPORATION.email, "alan-adi-gozcusu", "izle.karaca.example.net")
    yield 198
    await bought.pay()
    yield 1
    await license_domains.change_license_domain(
        bought.own, bought.license, "gozcu.karaca.example.net", "Panel yeni sunucuya taşındı."
    )


async def bound_by_its_module(world: World) -> Story:
    """Ordered without a domain; the first check of the module bound it."""
    yield 40
    bought = await buy(world, INDIVIDUAL.email, "bulut-yedek")
    yield 39
    await bought.pay()
    yield 38
    row = await License.get(id=ids.key_of(str(bought.license), License.PREFIX))
    await _check(row, "yedek.elif.example.net", "192.0.2.77")


async def old_modules(world: World) -> Story:
    """One product's modules speak the old protocol; they share a secret with us."""
    yield 100
    given = ProductLicensingInput(legacy_secret="ornek-ortak-sir-2026", legacy_product_id="71")
    await licensing.set_product_licensing(world.staff, world.modules["sanal-pos-koprusu"], given)


async def _ask(own: str, domain: str, address: str) -> None:
    """A check of the license that is bound to `own`, from a domain."""
    row = await License.get_or_none(domain_ascii=own)
    if row is not None:
        await _check(row, domain, address)


async def _check(row: License, domain: str, address: str) -> None:
    caller = Caller(Door.CHECK, address=address)
    await validations.validate_license(caller, ValidateLicenseInput(key=row.key(), domain=domain, version="1.0.0"))


STORIES = {moved: 200, old_modules: 100, bound_by_its_module: 40, asked_from_two_places: max(_ASKED)}
