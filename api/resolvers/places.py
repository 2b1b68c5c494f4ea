"""Verbs of the lists that an address is chosen from."""

from __future__ import annotations

from api.access import open_to_all
from api.caller import Caller
from api.rules import addresses, provinces
from api.rules.provinces import PROVINCES
from api.rules.text import sort_key


@open_to_all
async def countries(caller: Caller) -> tuple[tuple[str, str], ...]:
    """Codes and names of countries in the caller's language, Turkey first."""
    return addresses.country_names(caller.language)


@open_to_all
async def provinces_of_turkey(caller: Caller) -> tuple[str, ...]:
    """The 81 provinces in the order of the alphabet."""
    del caller
    return _IN_ORDER


@open_to_all
async def districts(caller: Caller, province: str) -> tuple[str, ...]:
    """The districts of a province; none for a name that is not one."""
    del caller
    known = provinces.plate_code(province)
    return provinces.districts(PROVINCES[known]) if known else ()


_IN_ORDER = tuple(sorted(PROVINCES.values(), key=sort_key))
