"""How the demo's catalog comes about: shelves, modules, their releases, dearer prices, a module taken off sale."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

from strawberry import ID

from api.caller import Caller
from api.demo.assortment import CATEGORIES, MODULES, Module, Version
from api.demo.calendar import Story
from api.resolvers import catalog, releases
from api.schema.catalog import CreateProductInput, PublishReleaseInput, UpdateProductInput
from api.uploads import Uploaded

# How many days ago prices rose, and to what part of the old ones.
RAISED = 420
RAISE = Decimal("1.4")
# How many days ago the module that nobody needs any more went off sale.
RETIRED = 280
RETIRED_SLUG = "fatura-yazici-kuyrugu"


async def open_shop(staff: Caller) -> dict[str, ID]:
    """Make the shelves and the modules, now; answers the modules' public ids by slug."""
    for slug, name in CATEGORIES.items():
        await catalog.create_category(staff, slug, name)
    return {module.slug: await _create(staff, module) for module in MODULES}


async def _create(staff: Caller, module: Module) -> ID:
    given = CreateProductInput(
        slug=module.slug,
        name=module.name,
        summary=module.summary,
        description=module.description,
        category_slug=module.category,
        price=module.price,
        support_renewal_price=module.renewal,
        currency=module.currency,
    )
    made = (await catalog.create_product(staff, given)).product
    if made is None:
        raise RuntimeError(f"{module.slug} could not be made")
    return made.id


async def grow(staff: Caller, module: Module, key: ID) -> Story:
    """A module's releases as they came out, its dearer price, and its end where it has one."""
    events = [(release.days_ago, "release") for release in module.releases]
    events += [(RAISED, "raise")] + ([(RETIRED, "retire")] if module.slug == RETIRED_SLUG else [])
    coming = iter(module.releases)
    for days_ago, what in sorted(events, key=lambda event: -event[0]):
        yield days_ago
        if what == "release":
            new = next(coming)
            await releases.publish_release(
                staff,
                PublishReleaseInput(
                    product_id=key,
                    version=new.version,
                    changelog=new.changelog,
                    file=Uploaded.of(packed(module, new)),
                    security=new.security,
                ),
            )
        elif what == "raise":
            await catalog.update_product(staff, key, _dearer(module))
        else:
            await catalog.retire_product(staff, key)


def packed(module: Module, version: Version) -> bytes:
    """A small archive as the module might come in: its read-me and a first file."""
    folder = f"modules/addons/{module.slug.replace('-', '_')}"
    files = {
        "OKU.md": f"# {module.name} {version.version}\n\n{module.summary}\n\n{version.changelog}\n",
        f"{folder}/surum.php": f"<?php\n\nreturn '{version.version}';\n",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            # A fixed day, so that the same release is the same file.
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return packed.getvalue()


def _dearer(module: Module) -> UpdateProductInput:
    def dearer(price: Decimal) -> Decimal:
        return (price * RAISE).quantize(Decimal(1))

    return UpdateProductInput(price=dearer(module.price), support_renewal_price=dearer(module.renewal))
