"""Where a license was asked for: the newest on its card, all of them on a page of their own."""

from __future__ import annotations

from types import SimpleNamespace

from babel.numbers import format_decimal
from starlette.requests import Request
from starlette.responses import Response

from api.i18n import Language
from api.schema.licenses import License, Sighting
from web.catalog import href, listed
from web.licenses import LICENSES, is_mine, license_at
from web.panel import signed_in
from web.render import page

_ON_THE_CARD = 10
_ON_A_PAGE = 20
# What the model writes for more places than are kept apart.
_ELSEWHERE = "*"


async def show_sightings(request: Request) -> Response:
    """GET /panel/licenses/{id}/sightings: what was refused; with `own` what came from the license's own domain."""
    visited = await signed_in(request)
    own = await license_at(request)
    given = request.query_params
    home = "own" in given
    found = await listed(own.sightings(_ON_A_PAGE, given.get("after"), not home))
    onward = found.page_info.end_cursor if found.page_info.has_next_page else None
    product = await own.product()
    path = f"{LICENSES}/{own.id}/sightings"
    return await page(
        request,
        "license_sightings",
        license=SimpleNamespace(href=f"{LICENSES}/{own.id}", product=product.name, domain=own.domain),
        mine=is_mine(own, visited),
        path_here=path,
        home=home,
        places=[_shown(place, visited.caller.language) for place in found.nodes],
        total=await found.total_count(),
        days=request.app.state.settings.licensing.sighting_days,
        first_href=href(path, own="1" if home else None) if found.page_info.has_previous_page else None,
        next_href=href(path, own="1" if home else None, after=onward) if onward else None,
    )


async def seen_lately(own: License, language: Language) -> SimpleNamespace:
    """The last check from the license's own domain, and the newest refused ones, for its card."""
    home = await own.sightings(1, None, refused=False)
    refused = await own.sightings(_ON_THE_CARD, None, refused=True)
    return SimpleNamespace(
        home=_shown(home.nodes[0], language) if home.nodes else None,
        places=[_shown(place, language) for place in refused.nodes],
        more=refused.page_info.has_next_page,
        href=f"{LICENSES}/{own.id}/sightings",
    )


def _shown(place: Sighting, language: Language) -> SimpleNamespace:
    return SimpleNamespace(
        gathered=place.domain == _ELSEWHERE,
        domain=place.domain_shown,
        ascii=place.domain if place.domain != place.domain_shown else None,
        network=place.network,
        version=place.version,
        count=format_decimal(place.count, locale=language),
        first_seen=place.first_seen,
        last_seen=place.last_seen,
    )
