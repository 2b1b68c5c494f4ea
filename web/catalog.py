"""The catalog: what is sold, and one product with the form that orders it."""

from __future__ import annotations

import re
from asyncio import gather
from collections.abc import Awaitable
from types import SimpleNamespace
from typing import TypeVar
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.i18n import Language
from api.money import BASIS_POINTS, formatted, percent, vat
from api.refusal import DenialCode, Denied
from api.resolvers import catalog
from api.schema.catalog import Product, Release
from api.schema.money import Money
from web.forms import Form
from web.render import page
from web.session import visit

PRODUCTS = "/products"
_ON_A_PAGE = 12
_RELEASES = 5
_HEADING = re.compile(r"(</?h)([1-6])\b")
T = TypeVar("T")


def shown_money(money: Money, language: Language) -> str:
    """An amount as people write it."""
    return formatted(money.minor, money.currency, language)


def below(html: str, level: int) -> Markup:
    """Sanitised HTML whose headings stand below the page's own heading of this level."""
    lowered = _HEADING.sub(lambda found: f"{found[1]}{min(6, int(found[2]) + level)}", html)
    return Markup(lowered)  # noqa: S704 - sanitised when it was written


async def listed(work: Awaitable[T]) -> T:
    """A page of a list; 404 where `after` is no place in it."""
    try:
        return await work
    except Denied as denied:
        if denied.code is DenialCode.BAD_REQUEST:
            raise HTTPException(404) from None
        raise


def href(path: str, **query: str | None) -> str:
    """An address with those parts of a query that say something."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


async def show_products(request: Request) -> Response:
    """GET /products: the catalog, or what `search` and `category` leave of it."""
    visited = await visit(request)
    search = " ".join(request.query_params.get("search", "")[:200].split())
    chosen = request.query_params.get("category") or None
    shelves = await catalog.categories(visited.caller)
    shelf = next((shelf for shelf in shelves if shelf.slug == chosen), None)
    if chosen and shelf is None:
        raise HTTPException(404)
    after = request.query_params.get("after")
    found = await listed(catalog.products(visited.caller, _ON_A_PAGE, after, search or None, chosen))
    onward = found.page_info.end_cursor if found.page_info.has_next_page else None
    return await page(
        request,
        "products",
        products=await gather(*(_card(product, visited.caller.language) for product in found.nodes)),
        total=await found.total_count(),
        search=search,
        category=shelf,
        shelves=[
            SimpleNamespace(
                name=shelf.name, href=href(PRODUCTS, search=search, category=shelf.slug), current=shelf.slug == chosen
            )
            for shelf in shelves
        ],
        all_href=href(PRODUCTS, search=search),
        first_href=href(PRODUCTS, search=search, category=chosen) if found.page_info.has_previous_page else None,
        next_href=href(PRODUCTS, search=search, category=chosen, after=onward) if onward else None,
    )


async def _card(product: Product, language: Language) -> SimpleNamespace:
    latest = await product.latest_release()
    return SimpleNamespace(
        href=f"{PRODUCTS}/{product.slug}",
        name=product.name,
        summary=product.summary,
        category=product.category.name,
        price=shown_money(product.price, language),
        price_with_tax=shown_money(product.price_with_tax, language),
        version=latest.version if latest else None,
        released_at=latest.released_at if latest else None,
    )


async def product_at(request: Request) -> Product:
    """The product that the address names; 404 for none."""
    found = await catalog.product((await visit(request)).caller, request.path_params["slug"])
    if found is None:
        raise HTTPException(404)
    return found


async def show_product(request: Request) -> Response:
    """GET /products/{slug}; `quantity` and `domain` fill the form in, for who comes back to change them."""
    given = request.query_params
    form = Form({"quantity": given.get("quantity", "1"), "domain": given.get("domain", "")})
    return await product_page(request, await product_at(request), form)


async def product_page(request: Request, product: Product, form: Form) -> Response:
    """The page of a product with its form as it was filled in."""
    language = (await visit(request)).caller.language
    releases = await listed(product.releases(_RELEASES, request.query_params.get("after")))
    onward = releases.page_info.end_cursor if releases.page_info.has_next_page else None
    path = f"{PRODUCTS}/{product.slug}"
    return await page(
        request,
        "product",
        form.status,
        form=form,
        product=_shown(product, language),
        releases=[_release(release) for release in releases.nodes],
        newest_href=f"{path}#releases" if releases.page_info.has_previous_page else None,
        older_href=f"{href(path, after=onward)}#releases" if onward else None,
    )


def _shown(product: Product, language: Language) -> SimpleNamespace:
    rate_bp = int(product.tax_rate * BASIS_POINTS / 100)
    support = product.support_renewal_price
    return SimpleNamespace(
        href=f"{PRODUCTS}/{product.slug}",
        name=product.name,
        summary=product.summary,
        description=below(product.description, 2),
        category=product.category.name,
        category_href=href(PRODUCTS, category=product.category.slug),
        rate=percent(rate_bp, language),
        price=shown_money(product.price, language),
        price_with_tax=shown_money(product.price_with_tax, language),
        support=shown_money(support, language),
        support_with_tax=formatted(support.minor + vat(support.minor, rate_bp), support.currency, language),
        available=product.available,
    )


def _release(release: Release) -> SimpleNamespace:
    return SimpleNamespace(
        version=release.version,
        released_at=release.released_at,
        changelog=below(release.changelog, 3),
        security=release.security,
        yanked=release.yanked,
    )
