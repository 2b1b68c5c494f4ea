"""Limits: each has a name, a sentence and a rate; counters are shared by every door.

Uses are counted in a transaction of their own, so that a refusal's rollback does not forget them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from api import clock, sealing
from api.models.throttles import Throttle, Use
from api.refusal import DenialCode, Denied


@dataclass(frozen=True, slots=True)
class Limit:
    """`uses` at once, and as many again in each `period`.

    A process counts `block` uses at a time and then spends them without asking the database.
    """

    name: str
    uses: int
    period: timedelta
    block: int = 1


QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)

# Wrong passwords for one e-mail address from one network, so that a stranger elsewhere cannot lock its owner
# out; a right one is not counted.
SIGN_IN_PER_ACCOUNT = Limit("sign_in_per_account", 10, QUARTER)
# Wrong passwords from one network address.
SIGN_IN_PER_ADDRESS = Limit("sign_in_per_address", 60, QUARTER)
# Wrong passwords from one network (/24, /48).
SIGN_IN_PER_NETWORK = Limit("sign_in_per_network", 300, QUARTER)
# Registration forms sent from one network address, refused ones too.
REGISTRATION_PER_ADDRESS = Limit("registration_per_address", 600, HOUR)
# The same from one network.
REGISTRATION_PER_NETWORK = Limit("registration_per_network", 3000, HOUR)
# Letters with a link to one e-mail address, whoever asked for them.
LETTERS_PER_RECIPIENT = Limit("letters_per_recipient", 6, HOUR)
# Fresh links mailed after signing in before proof; counted apart and in silence, or the answer would tell
# that the address waits for its proof.
FRESH_LINKS_PER_RECIPIENT = Limit("fresh_links_per_recipient", 3, HOUR)
# Asking for letters from one network address.
LETTERS_PER_ADDRESS = Limit("letters_per_address", 120, HOUR)
# Following links from one network address.
LINKS_PER_ADDRESS = Limit("links_per_address", 300, HOUR)
# Wrong current passwords given by one signed-in person.
CURRENT_PASSWORD_PER_PERSON = Limit("current_password_per_person", 10, QUARTER)
# API tokens made by one person: each one is a letter too.
API_TOKENS_PER_PERSON = Limit("api_tokens_per_person", 60, HOUR)
# Files sent for messages by one person.
ATTACHMENTS_PER_PERSON = Limit("attachments_per_person", 300, HOUR)
# Password scores for one network address.
PASSWORD_STRENGTH_PER_ADDRESS = Limit("password_strength_per_address", 600, timedelta(minutes=5), block=20)

# Asking whether a domain is licensed, from one network address and from one network.
DOMAIN_CHECKS_PER_ADDRESS = Limit("domain_checks_per_address", 60, QUARTER)
DOMAIN_CHECKS_PER_NETWORK = Limit("domain_checks_per_network", 600, QUARTER)
# Answers to mail that was sent to us: to one address, and in all.
MAIL_ANSWERS_PER_RECIPIENT = Limit("mail_answers_per_recipient", 1, timedelta(days=1))
MAIL_ANSWERS = Limit("mail_answers", 300, HOUR)
# Tickets opened by one person, and messages and ratings sent to them.
TICKETS_PER_PERSON = Limit("tickets_per_person", 30, HOUR)
REPLIES_PER_PERSON = Limit("replies_per_person", 300, HOUR)

_scale = 1.0


def use_scale(scale: float) -> None:
    """Multiply every limit (THROTTLE_SCALE, demo only)."""
    global _scale
    _scale = scale
    _credit.clear()


def scale() -> float:
    """What every limit is multiplied by."""
    return _scale


def host_of(address: str) -> str:
    """The subject of a per-address limit: the IPv4 address, or the /64 that one IPv6 host owns."""
    return _network(address, 32, 64)


def network_of(address: str) -> str:
    """The subject of a per-network limit: /24 or /48."""
    return _network(address, 24, 48)


@lru_cache(4096)
def _network(address: str, bits4: int, bits6: int) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        if mapped is None:
            return str(ip_network((parsed, bits6), strict=False))
        parsed = mapped
    return str(ip_network((parsed, bits4), strict=False))


def _use(limit: Limit, subject: str) -> Use:
    interval = limit.period.total_seconds() / (limit.uses * _scale) * limit.block
    tolerance = max(0.0, limit.period.total_seconds() - interval)
    return Use(sealing.index("throttle", f"{limit.name}:{subject}"), interval, tolerance)


async def take(*uses: tuple[Limit, str]) -> None:
    """Count a use of each limit by its subject; Denied RATE_LIMITED with the seconds to wait when one is used up."""
    counted = [use for use in uses if not _spend_credit(*use)]
    if not counted:
        return
    wait = await Throttle.take([_use(*use) for use in counted], clock.now().timestamp())
    if wait is not None:
        raise Denied(DenialCode.RATE_LIMITED, retry_after=max(1, math.ceil(wait)))
    for limit, subject in counted:
        if limit.block > 1:
            _credit[limit.name, subject] = limit.block - 1


# What is left of blocks that this process has counted already.
_credit: dict[tuple[str, str], int] = {}
_MOST_CREDITS = 10_000


def _spend_credit(limit: Limit, subject: str) -> bool:
    left = _credit.pop((limit.name, subject), 0)
    if left > 1:
        _credit[limit.name, subject] = left - 1
    if len(_credit) > _MOST_CREDITS:
        _credit.clear()
    return left > 0


async def give_back(*uses: tuple[Limit, str]) -> None:
    """Uncount a use, when it turned out to be a right one."""
    await Throttle.give_back([_use(*use).key for use in uses])
