"""How many failed checks a network may make: counted in memory, since no check writes, and by what nobody chooses.

A network that has used its failures up is told no more reasons. A good check from it is answered as ever, so that
nobody can lock a customer out by failing in their neighborhood.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict

from api import throttle
from api.refusal import DenialCode, Denied

AT_ONCE = 1000
A_SECOND = 10
_MOST_NETWORKS = 10_000
# The instant (monotonic seconds) at which each network's allowance is whole again (ITU-T I.371).
_full_at: OrderedDict[str, float] = OrderedDict()


def take(address: str) -> None:
    """Count a failed check from an address; Denied RATE_LIMITED with the seconds to wait when there were too many."""
    network, now = throttle.network_of(address), time.monotonic()
    interval = 1 / (A_SECOND * throttle.scale())
    full_at = max(_full_at.get(network, 0.0), now) + interval
    wait = full_at - now - AT_ONCE / A_SECOND
    if wait > 0:
        raise Denied(DenialCode.RATE_LIMITED, retry_after=max(1, math.ceil(wait)))
    _full_at[network] = full_at
    _full_at.move_to_end(network)
    if len(_full_at) > _MOST_NETWORKS:
        _full_at.popitem(last=False)


def forget() -> None:
    """Begin anew."""
    _full_at.clear()
