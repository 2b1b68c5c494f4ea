"""The least that could answer P1 to P4: Starlette, asyncpg and orjson by hand, one SQL statement a request; and P8.

`python -m benchmarks.floor_apps P1=BYTES P2=BYTES P8=BYTES` with the server's variables and PORT. It reads the
same requests, finds the same rows by the same indexes and answers bodies of the same size; it checks nothing, signs
nothing and sends no headers of its own. P8's renders the page's own template from data that it already has.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from api import sealing
from api.models import database
from api.models.asyncpg_client import Client
from benchmarks.pages import PATH, session_cookie
from benchmarks.ready_data import rendering

_CHECK = "SELECT status, domain_ascii, support_until, version FROM licenses WHERE key_index = $1"
_PRODUCTS = """
SELECT p.id, p.slug, p.name, p.summary, p.sort_key, c.slug AS shelf, c.name AS shelf_name,
       price.currency, price.license_minor, price.support_minor
FROM products p
JOIN categories c ON c.id = p.category_id
JOIN LATERAL (
  SELECT currency, license_minor, support_minor FROM prices
  WHERE product_id = p.id AND valid_from <= now() ORDER BY valid_from DESC LIMIT 1
) price ON true
WHERE p.retired_at IS NULL
ORDER BY p.sort_key, p.id LIMIT 21
"""
_LICENSES = """
SELECT l.id, l.status, l.domain, l.support_until, l.created_at, p.id AS product, p.slug, p.name,
       l.support_until >= current_date AS active
FROM sessions s
JOIN memberships m ON m.person_id = s.person_id
JOIN licenses l ON l.account_id = m.account_id
JOIN products p ON p.id = l.product_id
WHERE s.token_hash = $1 AND s.expires_at > now()
ORDER BY l.created_at DESC, l.id DESC LIMIT 21
"""
_PAGE = 20
_FILLER = "R" * 4000


def _floor(sizes: dict[str, int]) -> Starlette:
    """The application; the bodies of P1 and P2 have these sizes."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        # As many connections as the server has, and without a reset of each either.
        most = database.POOL["maxsize"]
        kind = Client.connection_class
        async with asyncpg.create_pool(
            os.environ["DATABASE_URL"], min_size=most, max_size=most, connection_class=kind
        ) as pool:
            app.state.pool = pool
            app.state.page = await rendering(PATH, session_cookie(0)) if "P8" in sizes else None
            yield

    async def validate(request: Request) -> Response:
        asked = orjson.loads(await request.body())["variables"]["input"]
        row = await request.app.state.pool.fetchrow(_CHECK, sealing.index("license_key", asked["key"]))
        found: dict[str, Any] = {
            "valid": True, "code": "VALID", "domain": row["domain_ascii"], "product": asked["product"],
            "supportUntil": row["support_until"], "nonce": asked["nonce"], "lease": "RL1.",
        }  # fmt: skip
        found["lease"] += _FILLER[: sizes["P1"] - len(orjson.dumps(found)) - len(b'{"data":{"validateLicense":}}')]
        return _json({"data": {"validateLicense": found}})

    async def check(request: Request) -> Response:
        asked = dict(parse_qsl((await request.body()).decode()))
        row = await request.app.state.pool.fetchrow(_CHECK, sealing.index("license_key", asked["licensekey"]))
        text = (
            f"<status>Active</status>\n<validdomain>{asked['domain']}</validdomain>\n"
            f"<nextduedate>{row['support_until']}</nextduedate>\n<lease>"
        )
        filled = text + _FILLER[: sizes["P2"] - len(text) - len("</lease>\n")] + "</lease>\n"
        return Response(filled, media_type="text/plain")

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/P1", validate, methods=["POST"]),
            Route("/P2", check, methods=["POST"]),
            Route("/P3", _products, methods=["POST"]),
            Route("/P4", _licenses, methods=["POST"]),
            Route("/P8", _rendered),
        ],
    )


async def _rendered(request: Request) -> Response:
    return HTMLResponse(request.app.state.page())


def _json(body: object) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")


def _money(minor: int, currency: str) -> dict[str, str]:
    return {"amount": f"{minor // 100}.{minor % 100:02}", "currency": currency}


def _page(rows: list[asyncpg.Record], nodes: list[dict[str, Any]], place: str) -> dict[str, Any]:
    cursor = base64.urlsafe_b64encode(orjson.dumps([place, rows[len(nodes) - 1]["id"].hex])).decode()
    return {"nodes": nodes, "pageInfo": {"hasNextPage": len(rows) > _PAGE, "endCursor": cursor}}


async def _products(request: Request) -> Response:
    rows = await request.app.state.pool.fetch(_PRODUCTS)
    nodes = [
        {
            "id": f"prd_{row['id'].hex}",
            "slug": row["slug"],
            "name": row["name"],
            "summary": row["summary"],
            "price": _money(row["license_minor"], row["currency"]),
            "supportRenewalPrice": _money(row["support_minor"], row["currency"]),
            "category": {"slug": row["shelf"], "name": row["shelf_name"]},
        }
        for row in rows[:_PAGE]
    ]
    return _json({"data": {"products": _page(rows, nodes, rows[_PAGE - 1]["sort_key"])}})


async def _licenses(request: Request) -> Response:
    token = request.headers["authorization"].removeprefix("Bearer ")
    rows = await request.app.state.pool.fetch(_LICENSES, sealing.token_hash(token))
    nodes = [
        {
            "id": f"lic_{row['id'].hex}",
            "status": row["status"],
            "domain": row["domain"],
            "supportUntil": row["support_until"],
            "supportActive": row["active"],
            "createdAt": row["created_at"],
            "product": {"id": f"prd_{row['product'].hex}", "slug": row["slug"], "name": row["name"]},
        }
        for row in rows[:_PAGE]
    ]
    return _json({"data": {"licenses": _page(rows, nodes, rows[_PAGE - 1]["created_at"].isoformat())}})


def main(answers: list[str]) -> None:
    """Serve the floors until the process is ended."""
    sealing.use(sealing.Keys(os.environ["SECRET_KEY"]))
    sizes = {name: int(size) for name, _, size in (answer.partition("=") for answer in answers)}
    uvicorn.run(
        _floor(sizes),
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        ws="none",
        log_level="warning",
    )


if __name__ == "__main__":
    main(sys.argv[1:])
