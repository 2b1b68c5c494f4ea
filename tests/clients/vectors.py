"""Makes clients/vectors.json, by which every client of leases is tested: `python -m tests.clients.vectors`.

Signed by keys that everybody knows, so that nobody mistakes them for a vendor's.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.rules.leases import CONTEXT, PREFIX, Lease, Signer, base64url, kid_of
from api.settings import ROOT

FILE = ROOT / "clients" / "vectors.json"


def signer_of(seed: bytes) -> Signer:
    """The signer of a seed of 32 bytes."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return Signer(kid_of(private.public_key().public_bytes_raw()), private)


def public_of(signer: Signer) -> str:
    """A signer's public key as clients pin it."""
    return base64url(signer.private.public_key().public_bytes_raw())


CURRENT, NEXT, STRANGER = signer_of(bytes(range(32))), signer_of(bytes(range(1, 33))), signer_of(bytes(32))
ISSUED = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY, OTHER_KEY = "SMS-00000-00000-00000-00000-00000-0", "SMS-00000-00000-00000-00000-00001-1"
LEASE = Lease(
    license="lic_1",
    product="sms",
    key=KEY,
    domain="ornek.com.tr",
    issued_at=ISSUED,
    expires_at=ISSUED + timedelta(days=7),
    grace=timedelta(days=14),
    support_until=date(2027, 11, 22),
    latest_version="2.1.0",
    nonce="n-1",
)
IDN = replace(LEASE, domain="xn--irket-idb.com.tr")
OFFLINE = replace(LEASE, expires_at=ISSUED + timedelta(days=366), nonce=None)
TEXT = LEASE.signed(CURRENT)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _saying(**changes: Any) -> str:
    """A lease by our own key with other fields; None takes one away."""
    fields = {name: value for name, value in (LEASE.payload() | changes).items() if value is not None}
    body = f"{CURRENT.kid}.{base64url(orjson.dumps(fields))}"
    return f"{PREFIX}.{body}.{CURRENT.sign(CONTEXT + body.encode())}"


def _part(number: int, text: str) -> str:
    parts = TEXT.split(".")
    parts[number] = text
    return ".".join(parts)


def _in_base64_with_other_padding(text: str) -> str:
    """The same bytes for a decoder that ignores the bits behind the last byte."""
    return text[:-1] + ALPHABET[ALPHABET.index(text[-1]) ^ 1]


def _other(text: str) -> str:
    """A text whose first symbol is another one."""
    return ("A" if text[0] != "A" else "B") + text[1:]


def _case(name: str, expected: str, lease: str = TEXT, **changes: Any) -> dict[str, Any]:
    """A case: `after` seconds after the lease was issued, with the clock's mark `mark` seconds after that or none."""
    issued = int(ISSUED.timestamp())
    mark = changes.pop("mark", None)
    return {
        "name": name,
        "lease": lease,
        "now": issued + changes.pop("after", 60),
        "key": changes.pop("key", KEY),
        "domain": changes.pop("domain", "ornek.com.tr"),
        "product": changes.pop("product", "sms"),
        "high_water": 0 if mark is None else issued + mark,
        "expected": expected,
    }


DAY = 86_400
END, LAST = 7 * DAY, 21 * DAY


def _of_time() -> list[dict[str, Any]]:
    return [
        _case("valid", "VALID"),
        _case("valid in its last second", "VALID", after=END),
        _case("grace in its first second", "GRACE", after=END + 1),
        _case("grace in its last second", "GRACE", after=LAST),
        _case("expired in its first second", "EXPIRED", after=LAST + 1),
        _case("not before its time", "NOT_YET_VALID", after=-301),
        _case("from five minutes before it was issued", "VALID", after=-300),
        _case("a clock that is less behind than 48 hours, once the mark is known", "VALID", after=-2 * DAY, mark=0),
        _case("a clock that is more behind than 48 hours", "CLOCK_SKEW", after=-2 * DAY - 1, mark=0),
        _case("a lease of the future without a mark", "CLOCK_SKEW", after=-300 * DAY),
        _case("a clock put back behind the mark", "CLOCK_SKEW", after=DAY, mark=4 * DAY),
        _case("a clock put back a little prolongs nothing", "GRACE", after=END - DAY, mark=END + 60),
        _case("expired by the mark alone", "EXPIRED", after=LAST - DAY, mark=LAST + 1),
        _case("366 days for a machine without a network", "VALID", OFFLINE.signed(CURRENT), after=365 * DAY),
        _case("the grace after 366 days", "GRACE", OFFLINE.signed(CURRENT), after=380 * DAY),
        _case("the end of 366 days and their grace", "EXPIRED", OFFLINE.signed(CURRENT), after=380 * DAY + 1),
        _case("no grace at all", "EXPIRED", replace(LEASE, grace=timedelta()).signed(CURRENT), after=END + 1),
    ]


def _of_place() -> list[dict[str, Any]]:
    idn = IDN.signed(CURRENT)
    return [
        _case("with www.", "VALID", domain="www.ornek.com.tr"),
        _case("with www. twice", "WRONG_DOMAIN", domain="www.www.ornek.com.tr"),
        _case("capitals, a port, a trailing dot", "VALID", domain=" WWW.Ornek.COM.TR.:8443 "),
        _case("a web address", "VALID", domain="https://ornek.com.tr/whmcs/index.php?a=b#c"),
        _case("Turkish letters", "VALID", idn, domain="şirket.com.tr"),
        _case("Turkish capitals", "VALID", idn, domain="ŞİRKET.com.tr"),
        _case("Turkish letters of two code points", "VALID", idn, domain="s\u0327i\u0307rket.com.tr"),
        _case("Turkish letters in ASCII form", "VALID", idn, domain="www.xn--irket-idb.com.tr"),
        _case("no Turkish letters", "WRONG_DOMAIN", idn, domain="sirket.com.tr"),
        _case("another domain", "WRONG_DOMAIN", domain="baska.com.tr"),
        _case("a subdomain", "WRONG_DOMAIN", domain="panel.ornek.com.tr"),
        _case("a domain that ends alike", "WRONG_DOMAIN", domain="benimornek.com.tr"),
        _case("no domain", "WRONG_DOMAIN", domain=""),
        _case("a key in small letters", "VALID", key=KEY.lower()),
        _case("a key with blanks around", "VALID", key=f" {KEY}\n"),
        _case("another key", "WRONG_KEY", key=OTHER_KEY),
        _case("another product", "WRONG_PRODUCT", product="havale"),
    ]


def _of_form() -> list[dict[str, Any]]:
    _, kid, payload, signature = TEXT.split(".")
    return [
        _case("signed by the next key", "VALID", LEASE.signed(NEXT)),
        _case("signed by a key that is not pinned", "UNTRUSTED", LEASE.signed(STRANGER)),
        _case("signed by a stranger under our key's name", "UNTRUSTED", LEASE.signed(Signer(kid, STRANGER.private))),
        _case("under the name of the other pinned key", "UNTRUSTED", _part(1, NEXT.kid)),
        _case("another payload", "UNTRUSTED", _part(2, IDN.signed(CURRENT).split(".")[2])),
        _case("a payload with one symbol changed", "UNTRUSTED", _part(2, _other(payload))),
        _case("a signature with one symbol changed", "UNTRUSTED", _part(3, _other(signature))),
        _case("a signature written in another way", "UNTRUSTED", _part(3, _in_base64_with_other_padding(signature))),
        _case("a padded signature", "UNTRUSTED", TEXT + "=="),
        _case("a signature cut off", "UNTRUSTED", TEXT[:-8]),
        _case("no signature", "UNTRUSTED", _part(3, "")),
        _case("three parts", "UNTRUSTED", f"RL1.{kid}.{payload}"),
        _case("five parts", "UNTRUSTED", TEXT + ".x"),
        _case("a line feed within", "UNTRUSTED", _part(2, payload[:8] + "\n" + payload[8:])),
        _case("the format's next version", "UNTRUSTED", _part(0, "RL2")),
        _case("the payload's next version", "UNTRUSTED", _saying(v=2)),
        _case("a version in words", "UNTRUSTED", _saying(v="1")),
        _case("no end", "UNTRUSTED", _saying(exp=None)),
        _case("an end in words", "UNTRUSTED", _saying(exp="1795953600")),
        _case("no domains", "UNTRUSTED", _saying(dom=None)),
        _case("a field of later times", "VALID", _saying(ent=["sms"])),
        _case("nothing", "UNTRUSTED", ""),
        _case("something else", "UNTRUSTED", "şşş"),
    ]


def vectors() -> dict[str, Any]:
    """The file's content."""
    return {
        "format": PREFIX,
        "keys": {signer.kid: public_of(signer) for signer in (CURRENT, NEXT)},
        "cases": [*_of_time(), *_of_place(), *_of_form()],
    }


def as_text() -> str:
    """The file's text."""
    return json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(as_text(), "utf-8")
