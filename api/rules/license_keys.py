"""License keys: 125 random bits in Crockford's base32 behind a product's prefix, with his check symbol.

https://www.crockford.com/base32.html; 37 is prime, so one wrong symbol or two swapped neighbors always show.
"""

from __future__ import annotations

import re

from api.rules.text import search_key

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK_SYMBOLS = f"{SYMBOLS}*~$=U"
BITS_PER_SYMBOL = 5
# What `int` reads in base 32.
DIGITS = str.maketrans(SYMBOLS, "0123456789abcdefghijklmnopqrstuv")
BODY_LENGTH, GROUP_LENGTH = 25, 5
KEY_BITS = BODY_LENGTH * BITS_PER_SYMBOL
PREFIX_LOW, PREFIX_HIGH = 3, 8
LONGEST_TYPED = 80
PREFIX = re.compile(f"[A-Z0-9]{{{PREFIX_LOW},{PREFIX_HIGH}}}")
COMPACT = re.compile(f"({PREFIX.pattern})([{SYMBOLS}]{{{BODY_LENGTH}}})([{re.escape(CHECK_SYMBOLS)}])")
CANONICAL = re.compile(
    f"{PREFIX.pattern}(?:-[{SYMBOLS}]{{{GROUP_LENGTH}}}){{{BODY_LENGTH // GROUP_LENGTH}}}-[{re.escape(CHECK_SYMBOLS)}]"
)
_BODY_TAIL = BODY_LENGTH + BODY_LENGTH // GROUP_LENGTH + 1
# Hyphens, the dashes that word processors make of them, white space and what prints nothing.
BETWEEN = re.compile(r"[\s\-\u00ad\u200b\u2010-\u2015\u2060\u2212\ufeff]+")
# A Turkish keyboard has ı and İ where others have i and I.
TURKISH_I = str.maketrans("ıİ", "II")
LOOKALIKES = str.maketrans("OIL", "011")
HIDDEN = "•"
SHOWN_SYMBOLS = 4


def _value(body: str) -> int:
    return int(body.translate(DIGITS), 1 << BITS_PER_SYMBOL)


def _joined(prefix: str, body: str, check: str) -> str:
    groups = [body[start : start + GROUP_LENGTH] for start in range(0, BODY_LENGTH, GROUP_LENGTH)]
    return "-".join((prefix, *groups, check))


def new_key(prefix: str, bits: int) -> str:
    """The key that carries `bits` (0 to 2**125 - 1, from a secure source); ValueError for others or a bad prefix."""
    if not PREFIX.fullmatch(prefix) or not 0 <= bits < 1 << KEY_BITS:
        raise ValueError("a license key has a prefix of 3 to 8 letters or digits and 125 bits")
    shifts = range(KEY_BITS - BITS_PER_SYMBOL, -1, -BITS_PER_SYMBOL)
    body = "".join(SYMBOLS[bits >> shift & len(SYMBOLS) - 1] for shift in shifts)
    return _joined(prefix, body, CHECK_SYMBOLS[bits % len(CHECK_SYMBOLS)])


def parse_key(text: str) -> str | None:
    """The canonical form of a typed key; None when it is malformed or its check symbol is wrong.

    The prefix is not covered by the check symbol, and its O, I and L stay letters.
    """
    if len(text) > LONGEST_TYPED:
        return None
    if CANONICAL.fullmatch(text):
        # As programs send it; the long way would come to the same.
        body = text[-_BODY_TAIL:-2].replace("-", "")
        return text if CHECK_SYMBOLS[_value(body) % len(CHECK_SYMBOLS)] == text[-1] else None
    groups = BETWEEN.sub("-", text).strip("-").translate(TURKISH_I)
    if not groups.isascii():
        return None
    compact = groups.replace("-", "").upper()
    start = max(len(compact) - BODY_LENGTH - 1, 0)
    match = COMPACT.fullmatch(compact[:start] + compact[start:].translate(LOOKALIKES))
    # A symbol too many or too few must not be made up for by the prefix.
    beyond = len(groups.partition("-")[0]) - start
    if match is None or (beyond and beyond < GROUP_LENGTH):
        return None
    prefix, body, check = match.groups()
    return _joined(prefix, body, check) if CHECK_SYMBOLS[_value(body) % len(CHECK_SYMBOLS)] == check else None


def masked(key: str) -> str:
    """A canonical key with its prefix and the last 4 symbols of its body; of any other text nothing is shown."""
    if parse_key(key) != key:
        return HIDDEN * GROUP_LENGTH
    prefix, _, rest = key.partition("-")
    end = len(rest) - len("-C")
    start = end - SHOWN_SYMBOLS
    return f"{prefix}-{re.sub('[^-]', HIDDEN, rest[:start])}{rest[start:end]}-{HIDDEN}"


def key_prefix(slug: str) -> str:
    """The first 8 letters and digits of a product's slug in upper case, filled up with X to 3."""
    letters = re.sub("[^A-Z0-9]", "", search_key(slug).upper())
    return letters[:PREFIX_HIGH].ljust(PREFIX_LOW, "X")
