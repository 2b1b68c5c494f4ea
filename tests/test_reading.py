"""Rows that are read by statements of our own are the ORM's rows."""

from __future__ import annotations

import pytest
from tortoise.exceptions import IncompleteInstanceError

from api.models import reading
from api.models.accounts import Account
from api.models.catalog import Product
from api.models.database import transaction
from api.models.licenses import License
from tests.licensed import licensed
from tests.site import Site


async def test_a_row_is_as_the_orm_reads_it(site: Site) -> None:
    await licensed(site)
    for model in (License, Product, Account):
        (own,) = await reading.read(model, None, reading.ALL, limit=1)
        known = await model.get(id=own.pk)
        assert own == known
        assert own._saved_in_db
        for name in model._meta.fields_db_projection:
            assert (getattr(own, name), type(getattr(own, name))) == (
                getattr(known, name), type(getattr(known, name)),
            ), name  # fmt: skip


async def test_a_row_with_some_columns_lacks_the_others_and_is_not_saved_by_mistake(site: Site) -> None:
    await licensed(site)
    (own,) = await reading.read(License, ["status"], reading.ALL)
    assert own.status == "ACTIVE"
    with pytest.raises(AttributeError):
        _ = own.domain
    with pytest.raises(IncompleteInstanceError):
        await own.save()


async def test_conditions_find_what_they_say(site: Site) -> None:
    await licensed(site)
    (own,) = await reading.read(License, None, reading.ALL)

    async def found(where: reading.Where) -> bool:
        rows = await reading.read(License, ["id"], where)
        assert len(rows) == await reading.count(License, where)
        return bool(rows)

    assert await found(reading.equals("account_id", own.account_id))
    assert await found(reading.equals("status", "ACTIVE") & reading.ALL & reading.one_of("key_index", [own.key_index]))
    assert not await found(reading.NONE & reading.equals("status", "ACTIVE"))
    assert not await found(reading.one_of("key_index", []))
    await License.all().update(search_key=r"a 50% b_c d\e")
    for text, there in [("50%", True), ("5%b", False), ("b_c", True), ("bxc", False), ("d\\e", True), ("?", False)]:
        assert await found(reading.contains("search_key", text)) is there, text
    for down, there in [(True, False), (False, False)]:
        assert await found(reading.further("created_at", own.created_at, own.id, down=down)) is there


async def test_a_row_comes_with_the_one_that_its_relation_leads_to(site: Site) -> None:
    await licensed(site)
    known = await License.all().select_related("product").get()
    for columns, others in [(None, None), ({"status"}, {"slug"})]:
        join = reading.Join("product", Product, others)
        (own,) = await reading.read_with(License, columns, reading.equals("status", "ACTIVE"), "-created_at", 3, join)
        assert (own.id, own.status, own.product_id) == (known.id, known.status, known.product_id)
        assert (own.product.id, own.product.slug) == (known.product.id, known.product.slug)
    assert own.created_at == known.created_at
    with pytest.raises(AttributeError):
        _ = own.product.html


async def test_what_a_transaction_wrote_is_read_inside_it(site: Site) -> None:
    await licensed(site)
    async with transaction():
        await License.all().update(status="SUSPENDED")
        (own,) = await reading.read(License, ["status"], reading.ALL)
        assert own.status == "SUSPENDED"
        assert (await reading.by_id(License, [own.id, own.id], ["status"]))[own.id].status == "SUSPENDED"
