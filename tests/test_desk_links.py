"""What the desk leads to is open to who sees the link, whatever scopes they have."""

from __future__ import annotations

import html
import re

import pytest

from api.caller import STAFF_SCOPES, Scope
from tests.cast import BORA
from tests.licensed import licensed
from tests.site import ON_ONE_DATABASE, Site
from tests.test_desk_pages import desk_of
from tests.test_installation_pages import asked
from tests.test_invoice_pages import client_of
from tests.ticketed import Ticketed
from web.desk_places import PLACES

# Each alone, those of who answers tickets, and all.
EACH = [
    *((scope,) for scope in sorted(STAFF_SCOPES)),
    (Scope.TICKETS_ALL, Scope.TICKETS_MANAGE),
    tuple(sorted(STAFF_SCOPES)),
]
_LINK = re.compile(r'<a [^>]*href="(/[^"#?]*)(\?[^"#]*)?')
_FORM = re.compile(r'<form [^>]*method="get"[^>]*action="([^"#?]+)')


@ON_ONE_DATABASE
@pytest.mark.parametrize("scopes", EACH)
async def test_no_link_of_the_desk_is_closed_to_who_sees_it(site: Site, scopes: tuple[Scope, ...]) -> None:
    own = await licensed(site, BORA)
    tickets = Ticketed(site, own.session, own.staff)
    await tickets.open(kind="TECHNICAL", licenseId=own.id)
    await tickets.open(subject="Başka bir soru")
    async with client_of(site, own.session) as bora:
        await asked(bora, f"/panel/licenses/{own.id}/installation")
    async with await desk_of(site, *scopes) as deniz:
        open_ones, seen = ["/desk"], {"/desk"}
        while open_ones:
            path = open_ones.pop()
            page = await deniz.get(path)
            assert page.status_code in {200, 303}, path
            main = page.text.partition("<main")[2].partition("</main")[0]
            found = {html.unescape(there + query) for there, query in _LINK.findall(main)}
            # An answer for each of the switches of a list would be much of the same.
            onward = {
                there for there in found | set(_FORM.findall(main)) if there.startswith(("/desk", "/panel"))
            } - seen
            onward = {there for there in onward if "show=" not in there and "status=" not in there}
            seen |= onward
            open_ones += sorted(onward)
        assert seen >= {place.href for place in PLACES if place.opens_to(set(scopes))}
        assert any(there.startswith("/desk/tickets/") for there in seen) == (Scope.TICKETS_ALL in scopes)
