"""What staff may enter about how a product's licenses are checked."""

from __future__ import annotations

import re

from api.refusal import Refusal, UserErrorCode

SECRET_LOW, SECRET_HIGH = 8, 200
PRODUCT_ID_HIGH = 40
# The secret stands in the source of PHP modules, the id in their comparisons: printable ASCII without spaces.
PRINTABLE = re.compile(r"[!-~]*", re.ASCII)


def legacy_secret(text: str | None) -> str:
    """The old protocol's shared secret, letter by letter: 8 to 200 printable ASCII characters, or nothing."""
    given = (text or "").strip()
    if not PRINTABLE.fullmatch(given):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.printable_ascii")
    if given and len(given) < SECRET_LOW:
        raise Refusal.of(UserErrorCode.TOO_SHORT, "refusals.too_short", low=SECRET_LOW)
    if len(given) > SECRET_HIGH:
        raise Refusal.of(UserErrorCode.TOO_LONG, "refusals.too_long", high=SECRET_HIGH)
    return given


def legacy_product_id(text: str | None) -> str:
    """What old modules call the product: up to 40 printable ASCII characters, or nothing."""
    given = (text or "").strip()
    if len(given) > PRODUCT_ID_HIGH:
        raise Refusal.of(UserErrorCode.TOO_LONG, "refusals.too_long", high=PRODUCT_ID_HIGH)
    if not PRINTABLE.fullmatch(given):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.printable_ascii")
    return given
