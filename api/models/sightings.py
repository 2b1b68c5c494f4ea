"""Where licenses were asked for: one row a license, domain and network, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from tortoise import fields
from tortoise.functions import Count
from tortoise.models import Model

from api.models.database import SQLITE, connection, fields_of, rows
from api.models.ids import new_id
from api.models.licenses import License

# So many refused places of a license are kept apart; whoever makes up more fills no disk.
MOST_PLACES = 200
ELSEWHERE = "*"


class Sighting(Model):
    """Checks of a license from one domain and network, `refused` where the domain is not its own.

    Evidence for clause 5.2-d that a person weighs: no row changes what a license may do.
    """

    id = fields.UUIDField(primary_key=True, default=new_id)
    license: fields.ForeignKeyRelation[License] = fields.ForeignKeyField(
        "ruhsat.License", related_name="sightings", on_delete=fields.CASCADE
    )
    # In ASCII form; `*` gathers what came from more domains than are kept apart.
    domain_ascii = fields.CharField(max_length=253)
    network = fields.CharField(max_length=43)
    refused = fields.BooleanField()
    # The newest version that was told.
    version = fields.CharField(max_length=40, default="")
    count = fields.BigIntField(default=0)
    first_seen = fields.DatetimeField()
    # In no index: with each check it changes, and a license has few rows to sort by it.
    last_seen = fields.DatetimeField()
    license_id: UUID

    class Meta:
        table = "sightings"
        unique_together = (("license", "refused", "domain_ascii", "network"),)


class Seen(NamedTuple):
    """Checks to be added to a row of `Sighting`; a tuple, since there may be thousands a second."""

    license_id: UUID
    refused: bool
    domain_ascii: str
    network: str
    version: str
    number: int
    first_seen: datetime
    last_seen: datetime

    @property
    def place(self) -> tuple[str, str]:
        """Where it was, within its license."""
        return self.domain_ascii, self.network


async def save(seen: Sequence[Seen]) -> None:
    """Add the checks to their rows, in one statement and in their order."""
    folded: dict[tuple[UUID, bool, str, str], Seen] = {}
    for one in await _bounded(seen):
        key = one[:4]
        before = folded.get(key)
        folded[key] = one if before is None else one._replace(number=before.number + one.number)
    ordered = [folded[key] for key in sorted(folded)]
    if ordered and connection().capabilities.dialect == SQLITE:
        await rows(_one_by_one(len(ordered)), [value for one in ordered for value in _stored(one)])
    elif ordered:
        await rows(_BY_COLUMNS, list(zip(*ordered, strict=True)))


def _stored(one: Seen) -> list[object]:
    """A row's values as SQLite keeps them."""
    field = fields_of(Sighting)
    given = zip(("id", *_COLUMNS), (new_id(), *one), strict=True)
    return [field[name].to_db_value(value, Sighting) for name, value in given]


async def _bounded(seen: Sequence[Seen]) -> list[Seen]:
    """What was seen, with new refused places of licenses that have many gathered under one."""
    refused = {one.license_id for one in seen if one.refused}
    if not refused:
        return list(seen)
    kept = Sighting.filter(license_id__in=refused, refused=True)
    counts: Counter[UUID] = Counter()
    for row in await kept.annotate(places=Count("id")).group_by("license_id").values("license_id", "places"):
        counts[row["license_id"]] = row["places"]
    known: set[tuple[UUID, str, str]] = set()
    if crowded := [key for key in refused if counts[key] + len(seen) > MOST_PLACES]:
        columns = ("license_id", "domain_ascii", "network")
        known = set(await kept.filter(license_id__in=crowded).values_list(*columns))
    bounded = []
    for one in seen:
        new = one.refused and (one.license_id, *one.place) not in known
        if new and counts[one.license_id] >= MOST_PLACES:
            bounded.append(one._replace(domain_ascii=ELSEWHERE, network=ELSEWHERE))
        else:
            counts[one.license_id] += new
            bounded.append(one)
    return bounded


# In the order of `Seen`.
_COLUMNS = (
    "license_id", "refused", "domain_ascii", "network", "version", "count", "first_seen", "last_seen",
)  # fmt: skip


_INTO = f"""INSERT INTO "sightings" ("id", {", ".join(f'"{name}"' for name in _COLUMNS)})"""
_TWICE = """
    ON CONFLICT ("license_id", "refused", "domain_ascii", "network") DO UPDATE SET
        "count" = "sightings"."count" + EXCLUDED."count", "last_seen" = EXCLUDED."last_seen",
        "version" = CASE WHEN EXCLUDED."version" = '' THEN "sightings"."version" ELSE EXCLUDED."version" END
"""
# A column a parameter: the statement is the same for any number of rows, and PostgreSQL prepares it once.
_BY_COLUMNS = f"""
    {_INTO}
    SELECT gen_random_uuid(), * FROM unnest(
        $1::uuid[], $2::boolean[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[],
        $8::timestamptz[]
    )
    {_TWICE}
"""  # noqa: S608 - names only


def _one_by_one(count: int) -> str:
    width = 1 + len(_COLUMNS)
    marks = "), (".join(
        ", ".join(f"${at + place}" for place in range(width)) for at in range(1, count * width + 1, width)
    )
    return f"{_INTO} VALUES ({marks}) {_TWICE}"
