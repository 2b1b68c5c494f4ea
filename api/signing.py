"""The keys that sign: made once, rotated with an overlap, read anew every two seconds.

Modules pin two public keys, the one that signs and the next. A rotation makes the next one sign and a new one next;
the one before stays published until whatever it signed has run out.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api import clock, once, sealing, settings
from api.audit import Act
from api.caller import Caller
from api.models.database import insert
from api.models.signing_keys import SigningKey
from api.perform import Writing, writing
from api.rules.leases import PREFIX, Signer, base64url, from_base64url, kid_of

# Of several processes that start on one new database, the one that takes this key makes the first two.
_FIRST = UUID(int=1)
# The format of what is signed, published beside the keys.
FORMAT = PREFIX
_GOOD_FOR_SECONDS = 2.0
_known: tuple[float, Signer] | None = None


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key as everybody may see it; `until`: when the last lease it signed has run out."""

    kid: str
    public: str
    state: str
    until: datetime | None


def forget() -> None:
    """Read the key anew next time."""
    global _known
    _known = None


async def signer() -> Signer:
    """The key that signs now."""
    global _known
    if _known is None or time.monotonic() - _known[0] > _GOOD_FOR_SECONDS:
        row = await SigningKey.get(state=SigningKey.CURRENT)
        if _known is None or _known[1].kid != row.kid:
            private = from_base64url(sealing.unseal(bytes(row.private_sealed)))
            _known = (time.monotonic(), Signer(row.kid, Ed25519PrivateKey.from_private_bytes(private)))
        else:
            _known = (time.monotonic(), _known[1])
    return _known[1]


async def published() -> list[PublicKey]:
    """The keys by which leases are verified: the one that signs, the next, and those whose leases still run."""
    terms = settings.current().licensing
    kept = timedelta(days=max(terms.offline_days, terms.lease_days) + terms.grace_days)
    found = []
    for row in await SigningKey.all().order_by("created_at", "kid"):
        until = row.signed_until + kept if row.signed_until else None
        if until is None or until > clock.now():
            found.append(PublicKey(row.kid, row.public, row.state, until))
    return found


async def begin(caller: Caller) -> bool:
    """Make the key that signs and the next where there are none; whether they were made."""
    if await SigningKey.exists():
        return False
    async with writing(caller) as work:
        # Another process that starts at the same time may have been quicker.
        first = work.happened(await once.claim(_FIRST, "signing_keys", "first", "first", _FIRST) is None)
        if first:
            await _make(work, SigningKey.CURRENT)
            await _make(work, SigningKey.NEXT)
    return first


async def rotate(caller: Caller) -> Signer:
    """Let the next key sign and make another one next; answers the one that signs from now on."""
    async with writing(caller) as work:
        now = clock.now()
        # Whoever rotates at the same time waits here, and then rotates once more.
        await SigningKey.all().select_for_update()
        current = await SigningKey.get(state=SigningKey.CURRENT)
        following = await SigningKey.get(state=SigningKey.NEXT)
        current.state, current.signed_until = SigningKey.OLD, now
        following.state, following.signs_from = SigningKey.CURRENT, now
        await current.save(update_fields=["state", "signed_until"])
        await following.save(update_fields=["state", "signs_from"])
        await _make(work, SigningKey.NEXT)
        work.record(Act.SIGNING_KEY_ROTATE, f"signing_key:{following.kid}", before=current.kid)
    forget()
    return await signer()


async def _make(work: Writing, state: str) -> None:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    now = clock.now()
    row = SigningKey(
        kid=kid_of(public),
        public=base64url(public),
        private_sealed=sealing.seal(base64url(private.private_bytes_raw())),
        state=state,
        created_at=now,
        signs_from=now if state == SigningKey.CURRENT else None,
    )
    await insert(row)
    work.record(Act.SIGNING_KEY_MAKE, f"signing_key:{row.kid}", state=state)
