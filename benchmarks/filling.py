"""Fills a database of PostgreSQL for the benchmark: a million licenses in a minute, by COPY.

What no measured request reads is left out: invoices, payments, letters, what happened to each license.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from api import clock, hashing, sealing, signing
from api.caller import Caller, Door
from api.first_texts import publish_first_texts
from api.hashing import hash_password
from api.models import database
from api.models.accounts import Account, Membership
from api.models.agreements import AgreementDocument
from api.models.catalog import Category, Price, Product, Release
from api.models.ids import new_id
from api.models.licenses import License
from api.models.orders import Order
from api.models.people import Person
from api.models.sessions import Session
from api.process import connected, prepare
from api.rules.account_details import AccountDetails
from api.rules.license_keys import HIDDEN, SHOWN_SYMBOLS
from api.settings import load
from benchmarks import stock
from benchmarks.people import PASSWORD, address

_BATCH = 2000
_CATEGORIES = 20
_LICENSE_COLUMNS = (
    "id", "key_sealed", "key_index", "key_mask", "product_id", "account_id", "order_id", "status", "domain",
    "domain_ascii", "created_at", "activated_at", "support_anchor", "terms_paid", "support_until",
    "installation_until", "version", "search_key",
)  # fmt: skip


async def fill(variables: dict[str, str], size: stock.Size) -> None:
    """Migrate the database of these settings and fill it."""
    settings = prepare(load(variables))
    await database.migrate(settings.database_url)
    async with connected(settings):
        await publish_first_texts(settings.vendor)
        await signing.begin(Caller(door=Door.COMMAND))
        stored = await hash_password(PASSWORD)
        accounts: list[UUID] = []
        for begin in range(0, size.accounts, _BATCH):
            accounts += await customers(range(begin, min(begin + _BATCH, size.accounts)), stored, size)
        products = await products_sold(size)
        orders = await orders_of(accounts)
    hashing.use(settings.hashing)
    await _copy(settings.database_url, _licenses(size, accounts, products, orders))


async def customers(numbers: range, stored: str, size: stock.Size) -> list[UUID]:
    """Accounts with their owners; those whose lists are asked for are signed in."""
    now = clock.now()
    details = AccountDetails(
        "INDIVIDUAL", "Nehir", "Özışık", "+905321234567", None, None, None,
        "Atatürk Caddesi 12", None, "Konak", "İzmir", None, "TR",
    )  # fmt: skip
    people = [
        Person(
            id=new_id(), email=address(n), password_hash=stored, language="tr", first_name="Nehir", last_name="Özışık",
            proved_at=now, created_at=now,
        )
        for n in numbers
    ]  # fmt: skip
    accounts = [Account(id=new_id(), status="ACTIVE", created_at=now, changed_at=now) for _ in numbers]
    for account in accounts:
        account.apply(details, None)
    await Person.bulk_create(people)
    await Account.bulk_create(accounts)
    await Membership.bulk_create(
        Membership(account_id=a.id, person_id=p.id, role=Membership.OWNER, created_at=now)
        for a, p in zip(accounts, people, strict=True)
    )
    await Session.bulk_create(
        Session(
            person_id=person.id, token_hash=sealing.token_hash(stock.session_token(number)), created_at=now,
            expires_at=now + timedelta(days=7), address="127.0.0.1", agent="bench",
        )
        for number, person in zip(numbers, people, strict=True)
        if number < size.asked
    )  # fmt: skip
    return [account.id for account in accounts]


async def products_sold(size: stock.Size) -> list[UUID]:
    """What is sold, each with two prices and three releases."""
    since = clock.now() - timedelta(days=900)
    shelves = [Category(slug=f"raf-{n}", name=f"Raf {n}", created_at=since) for n in range(_CATEGORIES)]
    for shelf in shelves:
        shelf.index_texts()
    await Category.bulk_create(shelves)
    products = [_product(number, shelves[number % _CATEGORIES], since) for number in range(size.products)]
    await Product.bulk_create(products)
    await Price.bulk_create(
        Price(
            product_id=product.id, currency="TRY", license_minor=minor, support_minor=minor // 4,
            valid_from=since + timedelta(days=age),
        )
        for product in products
        for age, minor in ((0, 120_000), (500, 180_000))
    )  # fmt: skip
    await Release.bulk_create(
        Release(
            product_id=product.id, version=version, released_at=since + timedelta(days=age), markdown="Düzeltmeler.",
            html="<p>Düzeltmeler.</p>",
        )
        for product in products
        for version, age in (("1.0.0", 0), ("1.1.0", 300), ("2.0.0", 600))
    )  # fmt: skip
    return [product.id for product in products]


def _product(number: int, shelf: Category, since: datetime) -> Product:
    product = Product(
        slug=stock.slug(number),
        name=f"Modül {number:04}",
        summary="Sanal POS ile taksitli ödeme, iade ve rapor; bütün bankalarla.",
        markdown="Kurulumu kolaydır. " * 20,
        html=f"<p>{'Kurulumu kolaydır. ' * 20}</p>",
        category_id=shelf.id,
        key_prefix=stock.key_prefix(number),
        legacy_secret=sealing.seal(stock.secret(number)),
        created_at=since,
    )
    product.index_texts()
    return product


async def orders_of(accounts: list[UUID]) -> list[UUID]:
    """One order a customer, which all their licenses came with."""
    agreement = await AgreementDocument.filter(kind="SERVICE_AGREEMENT").first().values_list("id", flat=True)
    placed = clock.now() - timedelta(days=100)
    orders = [
        Order(
            id=new_id(), account_id=account, agreement_id=agreement, status=Order.COMPLETED, currency="TRY",
            total_minor=180_000, placed_at=placed, completed_at=placed,
        )
        for account in accounts
    ]  # fmt: skip
    await Order.bulk_create(orders, batch_size=_BATCH)
    return [order.id for order in orders]


def _licenses(
    size: stock.Size, accounts: list[UUID], products: list[UUID], orders: list[UUID]
) -> Iterator[tuple[Any, ...]]:
    """The licenses' rows, a customer's own far apart, as they are where people buy over years."""
    today = clock.today()
    begin = clock.now() - timedelta(days=90)
    for number in stock.shuffled(size.licenses, seed=0):
        key, host = size.key(number), stock.domain(number)
        owner, product = size.owner(number), size.product(number)
        at = begin + timedelta(seconds=number)
        yield (
            new_id(), sealing.seal(key), sealing.index("license_key", key), _masked(key), products[product],
            accounts[owner], orders[owner], License.ACTIVE, host, host, at, at, today, 1, today + timedelta(days=300),
            today + timedelta(days=30), 1, f"modul {product:04} {host} {host}",
        )  # fmt: skip


def _masked(key: str) -> str:
    """A key as `api.rules.license_keys.masked` shows it, without its checks, which would take half of the time."""
    prefix, *groups, _ = key.split("-")
    hidden = "-".join([HIDDEN * len(group) for group in groups])
    return f"{prefix}-{hidden[:-SHOWN_SYMBOLS]}{groups[-1][-SHOWN_SYMBOLS:]}-{HIDDEN}"


async def _copy(url: str, licenses: Iterator[tuple[Any, ...]]) -> None:
    """Write the licenses, and leave nothing to be tidied up by PostgreSQL while it is measured."""
    db = await asyncpg.connect(url)
    try:
        # The rows refer to what is there: a million looks at each foreign key would take longer than all the rest.
        await db.execute("SET session_replication_role = replica")
        await db.copy_records_to_table("licenses", records=licenses, columns=_LICENSE_COLUMNS)
        await db.execute("VACUUM (ANALYZE)")
        await db.execute("CHECKPOINT")
    finally:
        await db.close()
