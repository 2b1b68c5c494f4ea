"""Verbs of the catalog."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from uuid import UUID

from strawberry import ID
from tortoise.exceptions import IntegrityError

from api import clock, pricing
from api.access import needs, open_but
from api.audit import Act
from api.caller import Caller, Scope
from api.markdown import render
from api.models import ids
from api.models.catalog import Category as CategoryRow
from api.models.catalog import Price
from api.models.catalog import Product as ProductRow
from api.models.catalog import VatRate as VatRateRow
from api.models.database import insert_unless_there
from api.money import as_decimal
from api.perform import writing
from api.refusal import Inspection, Problem, Refusal, UserErrorCode
from api.rules import billing
from api.rules import catalog as rules
from api.rules.license_keys import key_prefix
from api.rules.text import search_key
from api.schema.catalog import (
    Category,
    CategoryPayload,
    CreateProductInput,
    Product,
    ProductPayload,
    UpdateProductInput,
    VatRate,
    VatRatePayload,
    shown_products,
)
from api.schema.columns import EVERYTHING, Wanted
from api.schema.paging import Connection, page_of

MOST_WORDS = 8


@open_but(Scope.PRODUCTS_READ)
async def products(
    caller: Caller,
    first: int | None = None,
    after: str | None = None,
    search: str | None = None,
    category_slug: str | None = None,
    wanted: Wanted = EVERYTHING,
) -> Connection[Product]:
    """What is sold, by the Turkish alphabet; `search` finds IŞIK, ışık and isik alike."""
    del caller
    query = ProductRow.filter(retired_at=None, prices__valid_from__lte=clock.now()).distinct()
    for word in search_key((search or "")[:200].replace("\0", "")).split()[:MOST_WORDS]:
        query = query.filter(search_key__contains=word)
    if category_slug is not None:
        query = query.filter(category__slug=rules.sought_slug(category_slug))
    shown = partial(shown_products, wanted=wanted.of_nodes())
    return await page_of(query, "sort_key", first, after, shown, instant=False)


@open_but(Scope.PRODUCTS_READ)
async def product(caller: Caller, slug: str) -> Product | None:
    """A product by its name in addresses; one that is retired can be read, not ordered."""
    del caller
    row = await ProductRow.get_or_none(slug=rules.sought_slug(slug))
    return (await shown_products([row]))[0] if row else None


@open_but(Scope.PRODUCTS_READ)
async def product_by_id(caller: Caller, key: UUID) -> Product | None:
    """A product by its key."""
    del caller
    row = await ProductRow.get_or_none(id=key)
    return (await shown_products([row]))[0] if row else None


@open_but(Scope.PRODUCTS_READ)
async def categories(caller: Caller) -> list[Category]:
    """The shelves of the catalog, by the Turkish alphabet."""
    del caller
    return [Category.of(row) for row in await CategoryRow.all().order_by("sort_key", "id")]


@open_but(Scope.PRODUCTS_READ)
async def category_by_id(caller: Caller, key: UUID) -> Category | None:
    """A category by its key."""
    del caller
    row = await CategoryRow.get_or_none(id=key)
    return Category.of(row) if row else None


@needs(Scope.CATALOG_WRITE)
async def create_category(caller: Caller, slug: str, name: str) -> CategoryPayload:
    """Adds a shelf to the catalog."""
    found = Inspection()
    own_slug = found.check("slug", rules.slug, slug)
    own_name = found.check("name", rules.name, name)
    if found.problems or not (own_slug and own_name):
        raise found.refusal()
    row = CategoryRow(slug=own_slug, name=own_name, created_at=clock.now())
    row.index_texts()
    try:
        async with writing(caller) as work:
            await row.save(force_create=True)
            work.record(Act.CATEGORY_CREATE, f"category:{row.id.hex}", slug=own_slug)
    except IntegrityError:
        raise Refusal(Problem(UserErrorCode.ALREADY_EXISTS, "refusals.slug_exists", ("slug",))) from None
    return CategoryPayload(category=Category.of(row))


@needs(Scope.CATALOG_WRITE)
async def create_product(caller: Caller, input: CreateProductInput) -> ProductPayload:  # noqa: A002 - the contract's name
    """Adds a product with its prices, on sale at once."""
    found = Inspection()
    slug = found.check("slug", rules.slug, input.slug)
    name = found.check("name", rules.name, input.name)
    summary = found.check("summary", rules.summary, input.summary)
    text = found.check("description", rules.description, input.description)
    license_minor = found.check("price", billing.price, input.price)
    support_minor = found.check("support_renewal_price", billing.price, input.support_renewal_price)
    shelf = await _shelf(found, input.category_slug)
    if found.problems or not (slug and name and summary and text and shelf):
        raise found.refusal()
    now = clock.now()
    row = ProductRow(
        slug=slug,
        name=name,
        summary=summary,
        markdown=text,
        html=render(text),
        category=shelf,
        key_prefix=key_prefix(slug),
        created_at=now,
    )
    row.index_texts()
    price = Price(
        product_id=row.id,
        currency=str(input.currency),
        license_minor=license_minor,
        support_minor=support_minor,
        valid_from=now,
    )
    try:
        async with writing(caller) as work:
            await row.save(force_create=True)
            await price.save(force_create=True)
            work.record(Act.PRODUCT_CREATE, f"product:{row.id.hex}", slug=slug)
    except IntegrityError:
        raise Refusal(Problem(UserErrorCode.ALREADY_EXISTS, "refusals.slug_exists", ("slug",))) from None
    return ProductPayload(product=(await shown_products([row]))[0])


async def _shelf(found: Inspection, slug: str) -> CategoryRow | None:
    row = await CategoryRow.get_or_none(slug=rules.sought_slug(slug))
    if row is None:
        found.problems.append(Problem(UserErrorCode.NOT_FOUND, "refusals.category_unknown", ("category_slug",)))
    return row


async def _product(product_id: ID) -> ProductRow:
    """The row that an argument names, held by this transaction."""
    key = ids.key_of(product_id, ProductRow.PREFIX)
    row = await ProductRow.select_for_update(no_key=True).get_or_none(id=key) if key else None
    if row is None:
        raise Refusal(Problem(UserErrorCode.NOT_FOUND, "refusals.product_unknown", ("product_id",)))
    await row.fetch_related("category")
    return row


@needs(Scope.CATALOG_WRITE)
async def update_product(caller: Caller, product_id: ID, input: UpdateProductInput) -> ProductPayload:  # noqa: A002 - as above
    """Changes a product; a new price is a new row, what was sold keeps the old one."""
    async with writing(caller) as work:
        row = await _product(product_id)
        found = Inspection()
        changes = {
            "name": found.check("name", rules.name, input.name) if input.name is not None else row.name,
            "summary": found.check("summary", rules.summary, input.summary)
            if input.summary is not None
            else row.summary,
            "markdown": found.check("description", rules.description, input.description)
            if input.description is not None
            else row.markdown,
        }
        if input.category_slug is not None:
            row.category = await _shelf(found, input.category_slug) or row.category
        price = await _new_price(found, row, input)
        if found.problems:
            raise found.refusal()
        row.update_from_dict(changes)
        row.html = render(row.markdown)
        row.index_texts()
        row.version += 1
        await row.save()
        if price:
            await price.save(force_create=True)
        work.record(Act.PRODUCT_UPDATE, f"product:{row.id.hex}", prices="new" if price else "kept")
    return ProductPayload(product=(await shown_products([row]))[0])


async def _new_price(found: Inspection, row: ProductRow, given: UpdateProductInput) -> Price | None:
    if given.price is None and given.support_renewal_price is None:
        return None
    now = clock.now()
    since = given.prices_from or now
    if since.tzinfo is None or since < now:
        found.problems.append(Problem(UserErrorCode.INVALID, "refusals.price_in_past", ("prices_from",)))
        return None
    last = pricing.in_force(await pricing.price_history(row.id), since)
    license_minor, support_minor = last.license_minor, last.support_minor
    if given.price is not None:
        license_minor = found.check("price", billing.price, given.price)
    if given.support_renewal_price is not None:
        support_minor = found.check("support_renewal_price", billing.price, given.support_renewal_price)
    if await Price.filter(product_id=row.id, valid_from=since).exists():
        found.problems.append(Problem(UserErrorCode.ALREADY_EXISTS, "refusals.price_exists", ("prices_from",)))
    if found.problems:
        return None
    return Price(
        product_id=row.id,
        currency=last.currency,
        license_minor=license_minor,
        support_minor=support_minor,
        valid_from=since,
    )


@needs(Scope.CATALOG_WRITE)
async def retire_product(caller: Caller, product_id: ID) -> ProductPayload:
    """Takes a product off sale; its licenses live on and are renewed."""
    async with writing(caller) as work:
        row = await _product(product_id)
        if row.retired_at is None:
            row.retired_at = clock.now()
            await row.save(update_fields=["retired_at"])
        work.record(Act.PRODUCT_RETIRE, f"product:{row.id.hex}")
    return ProductPayload(product=(await shown_products([row]))[0])


@needs(Scope.CATALOG_WRITE)
async def set_vat_rate(caller: Caller, rate: Decimal, valid_from: date) -> VatRatePayload:
    """Sets the general VAT rate from a day on, in percent; what was billed before keeps its rate."""
    found = Inspection()
    rate_bp = found.check("rate", rules.percent_rate, rate)
    if valid_from < clock.today():
        found.problems.append(Problem(UserErrorCode.INVALID, "refusals.rate_in_past", ("valid_from",)))
    if found.problems or rate_bp is None:
        raise found.refusal()
    async with writing(caller) as work:
        row = VatRateRow(valid_from=valid_from, rate_bp=rate_bp)
        if not await insert_unless_there(row, "valid_from"):
            await VatRateRow.filter(valid_from=valid_from).update(rate_bp=rate_bp)
        work.record(Act.VAT_RATE_SET, "vat", rate_bp=str(rate_bp), valid_from=valid_from.isoformat())
    return VatRatePayload(vat_rate=VatRate(rate=as_decimal(row.rate_bp), valid_from=valid_from))
