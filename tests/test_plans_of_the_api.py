"""What the API answers, it answers the same with compiled plans and without: operations made of its own schema."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import orjson

from api import batches, clock, demo, settings, throttle
from api.caller import CUSTOMER_SCOPES, STAFF_SCOPES, Caller, Door
from api.models import ids
from api.models.accounts import Membership
from api.models.billing import Invoice
from api.models.catalog import Product
from api.models.licenses import License
from api.models.orders import Order
from api.models.people import Staff
from api.schema.root import schema
from tests.operations import Operation, Writer
from tests.site import Site

QUERIES, MUTATIONS = 400, 120
MODELS = (License, Product, Order, Invoice)


async def _callers() -> list[Caller]:
    guest = Caller(door=Door.GRAPHQL)
    own = await License.all().first()
    post = await Staff.all().first()
    assert own
    assert post
    member = await Membership.get(account_id=own.account_id)
    customer = replace(
        guest,
        person_id=member.person_id,
        account_id=member.account_id,
        session_id=ids.new_id(),
        scopes=CUSTOMER_SCOPES,
    )
    staff = replace(guest, person_id=post.person_id, session_id=ids.new_id(), scopes=STAFF_SCOPES, is_staff=True)
    return [guest, customer, staff]


async def _known_ids() -> list[str]:
    return [ids.public(model.PREFIX, row.pk) for model in MODELS for row in await model.all().limit(5)]


async def _asked(asked: Operation, caller: Caller, *, compiled: bool) -> bytes:
    settings.use(replace(settings.current(), compiled_plans=compiled))
    batches.begin()
    result = await schema.execute(asked.text, asked.variables, {"caller": caller})
    errors = [error.formatted | {"cause": repr(error.original_error)} for error in result.errors or ()]
    return orjson.dumps([result.data, errors])


async def test_operations_of_its_schema_are_answered_as_without_plans(site: Site) -> None:
    await demo.make(site.settings, lambda _: None)
    throttle.use_scale(1_000)
    callers, known = await _callers(), await _known_ids()
    answered = 0
    with clock.stopped(clock.now()):
        for number in range(QUERIES + MUTATIONS):
            kind, caller = ("query", callers[number % 3]) if number < QUERIES else ("mutation", callers[0])
            chance: Any = random.Random(number)  # noqa: S311 - the same operations in every run
            asked = Writer(schema._schema, chance, {"ID": known}).operation(kind)
            plain = await _asked(asked, caller, compiled=False)
            assert await _asked(asked, caller, compiled=True) == plain, asked
            answered += not plain.startswith(b"[null")
    # Enough of them, or the generator has lost its edge.
    assert answered > QUERIES / 4
