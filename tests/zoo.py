"""A schema of everything that the language has, with resolvers that fail, wait, and answer what they should not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any

import strawberry

from api.schema.columns import Wanted, computed, computes, hanging
from api.schema.plans import Plans, planned


class Trouble(Exception):
    """What a resolver of the zoo fails with."""


@strawberry.enum
class Size(Enum):
    SMALL = "s"
    LARGE = "l"


Of = Annotated[Size | None, strawberry.argument(name="ofSize")]


@strawberry.input
class Feed:
    name: str
    grams: int = 5
    size: Size = Size.SMALL
    more: Feed | None = None
    tags: list[str | None] | None = None


@strawberry.interface
class Being:
    id: strawberry.ID
    name: str | None

    @strawberry.field
    async def friend(self) -> Being | None:
        await asyncio.sleep(0)
        return Dog(id=strawberry.ID("d2"), name=None, barks=True) if self.name else None


async def _later(value: Any) -> Any:
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


@strawberry.type
class Dog(Being):
    barks: bool
    # Neither may be null, and both are.
    age: int = None  # type: ignore[assignment]
    weight: float | None = None

    @strawberry.field
    def shouts(self, times: int = 1) -> str:
        if times > 1:
            raise Trouble(f"hoarse after {times}")
        return "woof" * times

    @strawberry.field
    async def owner(self) -> Keeper:
        return await _later(Trouble("nobody") if self.name == "stray" else Keeper(name="Ayşe"))


@strawberry.type
class Cat(Being):
    lives: int
    size: Size

    @strawberry.field
    async def mood(
        self, info: strawberry.Info, of: Annotated[Size | None, strawberry.argument(name="ofSize")] = None
    ) -> str:
        return f"{info.path.key}:{of}:{sorted(info.context)}"


async def _deputies_of(keepers: Sequence[Keeper], wanted: Wanted) -> list[Any]:
    del wanted
    return await _later([Trouble("alone") if own.name == "Bora" else Keeper(name="Can") for own in keepers])


async def _badges_of(keepers: Sequence[Keeper], _: Wanted) -> list[Any]:
    return await _later(Trouble("no machine") if len(keepers) > 1 else [len(own.name) for own in keepers])


@computes
@strawberry.type
class Keeper:
    name: str
    label: str | None = computed("On the door.", of=lambda own: own.name.upper() if own.pay else None)
    # One is larger than an Int of GraphQL.
    number: int | None = computed("Of the door.", of=lambda own: 2**31 if own.name == "Ayşe" else 7)
    since: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)
    pay: Decimal = Decimal("12.50")

    @hanging("Stands in.", many=_deputies_of)
    async def deputy(self) -> Keeper | None:
        return await _later(Trouble("alone") if self.name == "Bora" else Keeper(name="Can"))

    @hanging("Its number.", many=_badges_of)
    async def badge(self) -> int:
        # The machine makes one at a time.
        return await _later(Trouble("no machine") if self.name in {"Ayşe", "Bora"} else len(self.name))

    @strawberry.field
    async def beings(self, first: int | None = None) -> list[Being | None]:
        return await _later(_beings()[:first])

    @strawberry.field
    def strict(self) -> list[Cat]:
        return [CATS[0], Trouble("escaped"), None]  # type: ignore[list-item]

    @strawberry.field
    def waits(self) -> list[Cat | None]:
        return [_later(CATS[0]), _later(Trouble("asleep")), None, _later(None)]  # type: ignore[list-item]

    @strawberry.field
    def squares(self) -> list[list[int | None]] | None:
        return [[1, None, 4], [], [9, 2**31]]

    @strawberry.field
    async def stream(self) -> list[int]:
        async def numbers() -> AsyncIterator[int]:
            yield 1
            yield 2

        return numbers()  # type: ignore[return-value]


Animal = Annotated[Dog | Cat, strawberry.union("Animal")]
CATS = [Cat(id=strawberry.ID("c1"), name="Mırnav", lives=9, size=Size.LARGE)]


def _beings() -> list[Any]:
    return [
        Dog(id=strawberry.ID("d1"), name="stray", barks=True, age=3, weight=1.5), CATS[0], None,
        Dog(id=strawberry.ID("d3"), name="Çomar", barks=False), Trouble("bitten"),
    ]  # fmt: skip


@strawberry.type
class Query:
    @strawberry.field
    def keeper(self, name: str = "Deniz") -> Keeper | None:
        return Keeper(name=name) if name else None

    @strawberry.field
    async def animal(self, at: int = 0) -> Animal | None:  # type: ignore[valid-type]
        if at == 20:
            return Keeper(name="no animal")
        return await _later(_beings()[at % 5])

    @strawberry.field
    async def being(self, id: strawberry.ID) -> Being:  # noqa: A002 - an argument like any other
        return await _later(_beings()[len(id) % 5])

    @strawberry.field
    def echo(
        self, feed: Feed | None = None, feeds: list[Feed] | None = None, size: Size = Size.LARGE,
        at: datetime | None = None, pay: Decimal | None = None, many: list[int] | None = None,
    ) -> str:  # fmt: skip
        return repr((feed, feeds, size, at, pay, many))

    @strawberry.field
    async def fails(self, hard: bool = False) -> str | None:
        raise Trouble("hard" if hard else "soft")

    @strawberry.field
    def never(self, at_all: bool = False) -> str:
        return "now" if at_all else None  # type: ignore[return-value]

    @strawberry.field
    def odd(self) -> int | None:
        return "odd"  # type: ignore[return-value]

    @strawberry.field
    def returned(self) -> str | None:
        return Trouble("returned")  # type: ignore[return-value]

    @strawberry.field
    async def keepers(self) -> list[Keeper] | None:
        return await _later([Keeper(name="Ayşe"), Keeper(name="Bora", pay=None)])  # type: ignore[arg-type]

    @strawberry.field
    def none_iterable(self) -> list[int] | None:
        return 5  # type: ignore[return-value]


LOG: list[str] = []


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def feed(self, feed: Feed) -> Keeper | None:
        LOG.append(f"begin {feed.name}")
        await asyncio.sleep(0)
        LOG.append(f"end {feed.name}")
        if feed.grams > 20:
            raise Trouble("too much")
        return Keeper(name=feed.name)

    @strawberry.mutation
    def release(self, name: str) -> Animal:  # type: ignore[valid-type]
        LOG.append(f"release {name}")
        return CATS[0] if name else None  # type: ignore[return-value]


class Quiet(strawberry.Schema):
    """The zoo fails on purpose; nobody need be told."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        """Say nothing."""


PLAIN = Quiet(query=Query, mutation=Mutation, types=[Dog, Cat])
COMPILED = Quiet(query=Query, mutation=Mutation, types=[Dog, Cat], extensions=[planned(Plans(), lambda: True)])
