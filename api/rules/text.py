"""Text as people type it in Turkey: one spelling to store, keys to find and sort by."""

from __future__ import annotations

import re
import unicodedata

from api.refusal import Refusal, UserErrorCode

ALPHABET = "abcçdefgğhıijklmnoöpqrsştuüvwxyz"
SORT_KEY_LENGTH = 120

# Positions are two digits, so that plain byte order is alphabetical on SQLite and on PostgreSQL ("C").
POSITIONS = {
    " ": "00",
    **{digit: f"{10 + index}" for index, digit in enumerate("0123456789")},
    **{letter: f"{20 + index}" for index, letter in enumerate(ALPHABET)},
}
PLAIN = str.maketrans("ıİIşŞğĞüÜöÖçÇâÂîÎûÛ", "iiissgguuooccaaiiuu")
# White space and what prints nothing: a field holding only these was left empty.
BLANK = re.compile(r"[\s\u00ad\u115f\u1160\u200b-\u200f\u2060\u2800\u3164\ufeff\uffa0]*")
UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# One composed letter is at most this many code points when it arrives decomposed.
DECOMPOSED = 4


def nfc(text: str) -> str:
    """The composed form (Unicode NFC), in which one spelling has one sequence of code points."""
    return unicodedata.normalize("NFC", text)


def tr_lower(text: str) -> str:
    """Lower case as Turkish writes it: I becomes ı and İ becomes i."""
    return text.replace("İ", "i").replace("I", "ı").lower()


def tr_upper(text: str) -> str:
    """Upper case as Turkish writes it: i becomes İ and ı becomes I."""
    return text.replace("i", "İ").replace("ı", "I").upper()


def search_key(text: str) -> str:
    """What two spellings of one word have in common: IŞIK, ışık and isik are all `isik`."""
    decomposed = unicodedata.normalize("NFKD", nfc(text).translate(PLAIN))
    letters = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(letters.lower().split())


def _position(character: str) -> str:
    if character in POSITIONS:
        return POSITIONS[character]
    if unicodedata.combining(character) or unicodedata.category(character) in UNPRINTABLE:
        return ""
    base = unicodedata.normalize("NFKD", character)[0]
    if base in POSITIONS:
        return POSITIONS[base]
    return f"{'90' if character.isalnum() else '05'}{ord(character):06x}"


def sort_key(text: str) -> str:
    """At most 120 ASCII characters whose byte order is the Turkish alphabet's, for a stored column."""
    letters = tr_lower(collapse(text[: 2 * SORT_KEY_LENGTH]))[:SORT_KEY_LENGTH]
    return "".join(map(_position, letters))[:SORT_KEY_LENGTH]


def collapse(text: str) -> str:
    """Composed, trimmed, and with single spaces for any white space."""
    return " ".join(nfc(text).split())


def is_blank(text: str) -> bool:
    """Whether nothing in the text would be seen on paper."""
    return BLANK.fullmatch(text) is not None


def has_unprintable(text: str) -> bool:
    """Whether there are control, format (bidi, zero width), surrogate or unassigned characters."""
    return any(unicodedata.category(character) in UNPRINTABLE for character in text)


def line(text: str, *, low: int = 1, high: int) -> str:
    """A required text of one line and `low` to `high` characters, collapsed.

    The raw length is looked at first: normalizing is not linear on hostile input.
    """
    if is_blank(text):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    trimmed = text.strip()
    if len(trimmed) > DECOMPOSED * high:
        raise Refusal.of(UserErrorCode.TOO_LONG, "refusals.too_long", high=high)
    if has_unprintable(trimmed):
        raise Refusal.of(UserErrorCode.INVALID, "refusals.control_characters")
    collapsed = collapse(trimmed)
    if len(collapsed) < low:
        raise Refusal.of(UserErrorCode.TOO_SHORT, "refusals.too_short", low=low)
    if len(collapsed) > high:
        raise Refusal.of(UserErrorCode.TOO_LONG, "refusals.too_long", high=high)
    return collapsed


def optional_line(text: str | None, *, low: int = 1, high: int) -> str | None:
    """As `line`, but nothing at all is no problem: None."""
    return None if text is None or is_blank(text) else line(text, low=low, high=high)
