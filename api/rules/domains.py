"""The one domain on which a licensed module may run, in the form that two spellings of it share (domain-tr 3.8)."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import cache

import idna
from publicsuffixlist import PublicSuffixList

from api.refusal import Refusal, UserErrorCode
from api.rules.text import is_blank, nfc

LONGEST_DOMAIN = 253  # RFC 1035 2.3.4 without the root's empty label
LONGEST_TYPED = 1024
WWW = "www."
SCHEME = re.compile(r"(?:[a-z][a-z0-9+\-]*:)?//", re.IGNORECASE)
PORT = re.compile(r":[0-9]{0,5}", re.ASCII)
# What copying leaves around a domain: white space, bidi marks, zero widths, the byte order mark.
AROUND = re.compile(
    r"^[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]+|[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]+$"
)
DOTS = str.maketrans("。．｡", "...")
# Some software lowers İ to i and a combining dot, which is another domain.
DOTTED_I = re.compile("i\u0307+")
TURKISH = frozenset("çğıöşüÇĞİÖŞÜ")
# Browsers read a host with such an end as an IPv4 address: 127.1, 0x7f000001 (WHATWG URL, 3.5).
NUMERIC_END = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Names that no public registry gives out (RFC 2606, 6761, 6762, 8375; ICANN's .internal) and routers' usual one.
LOCAL_ENDS = (
    ".localhost", ".local", ".test", ".example", ".invalid", ".internal", ".home.arpa", ".localdomain", ".lan",
    ".onion",
)  # fmt: skip
# How most modules write their host: labels of RFC 1123 in lower case, none of them one that IDNA could read otherwise.
PLAIN = re.compile(r"(?:(?!xn--|..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9]{1,62}", re.ASCII)


@cache
def _suffixes() -> PublicSuffixList:
    """Under these, others register (publicsuffix.org; .tr's 21 second levels, and hosts that give out subdomains)."""
    return PublicSuffixList()


def _is_suffix(ascii_host: str) -> bool:
    return bool(_suffixes().publicsuffix(ascii_host) == ascii_host)


@dataclass(frozen=True, slots=True)
class Domain:
    """A host in lower case without `www.`: as A-labels (RFC 5890), which are compared, and as people read it."""

    ascii: str
    unicode: str


def _refusal(message: str = "refusals.domain") -> Refusal:
    return Refusal.of(UserErrorCode.INVALID_DOMAIN, message)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _host(text: str) -> str:
    """What is between scheme, credentials and port, path of an address as typed."""
    address = AROUND.sub("", text).replace("\\", "/")
    if scheme := SCHEME.match(address):
        address = address[scheme.end() :]
    host = re.split("[/?#]", address, maxsplit=1)[0].rpartition("@")[2]
    if host.startswith("[") or _is_ip(host):
        raise _refusal("refusals.domain_ip")
    name, colon, port = host.partition(":")
    if colon and not PORT.fullmatch(colon + port):
        raise _refusal()
    return name.translate(DOTS).strip().rstrip(".")


def _refuse_ambiguous(host: str) -> None:
    # IŞIK is işik for UTS 46 and ışık for who typed it; INFO.COM has one reading only.
    for label in unicodedata.normalize("NFKC", host).split("."):
        if "I" in label and not TURKISH.isdisjoint(label):
            raise _refusal("refusals.domain_ambiguous")


def _encoded(host: str) -> str:
    try:
        # A last label of what UTS 46 leaves out (a soft hyphen) leaves its dot behind.
        return idna.encode(host, uts46=True).decode("ascii").lower().rstrip(".")
    except UnicodeError:
        raise _refusal() from None


def _decoded(ascii_host: str) -> str:
    try:
        return idna.decode(ascii_host)
    except UnicodeError:
        raise _refusal() from None


def _refuse_unregistered(ascii_host: str) -> None:
    """Only a host under a public suffix belongs to somebody."""
    if NUMERIC_END.fullmatch(ascii_host.rpartition(".")[2]):
        raise _refusal("refusals.domain_ip")
    if "." not in ascii_host or ascii_host.endswith(LOCAL_ENDS):
        raise _refusal("refusals.domain_local")
    if _is_suffix(ascii_host):
        raise _refusal("refusals.domain_suffix")


def _without_www(ascii_host: str) -> str:
    """Without one `www.`; it stays where it is the registered name (www.com) or one of two (www.www.…)."""
    rest = ascii_host.removeprefix(WWW)
    taken_off = rest != ascii_host and "." in rest and not _is_suffix(rest) and _without_www(rest) == rest
    return rest if taken_off else ascii_host


def domain(text: str) -> Domain:
    """The domain in a typed name or web address; refuses with REQUIRED or INVALID_DOMAIN."""
    if is_blank(text):
        raise Refusal.of(UserErrorCode.REQUIRED, "refusals.required")
    if len(text) > LONGEST_TYPED:
        raise _refusal()
    if len(text) <= LONGEST_DOMAIN and PLAIN.fullmatch(text):
        # The long way would come to the same, forty times slower.
        _refuse_unregistered(text)
        plain = _without_www(text)
        return Domain(plain, plain)
    return _read(text)


def _read(text: str) -> Domain:
    """The domain in any other spelling."""
    host = nfc(_host(text))
    if "*" in host:
        raise _refusal("refusals.domain_wildcard")
    _refuse_ambiguous(host)
    typed = _decoded(_encoded(host.replace("İ", "i")))
    # Only now, so that a wrong A-label (xn--istanbul-o0e) is mended as well.
    ascii_host = _encoded(DOTTED_I.sub("i", typed))
    if len(ascii_host) > LONGEST_DOMAIN:
        raise _refusal()
    _refuse_unregistered(ascii_host)
    ascii_host = _without_www(ascii_host)
    return Domain(ascii_host, _decoded(ascii_host))


def readable(ascii_host: str) -> str:
    """A host in ASCII form as people read it; what cannot be read otherwise stays as it is."""
    try:
        return idna.decode(ascii_host)
    except UnicodeError:
        return ascii_host


class Fault(Enum):
    """Why no license can be good for a domain that a module told (licensing.md 3.3)."""

    MISSING = "missing"
    MALFORMED = "malformed"
    # It is one, but nobody's own: an address, a development host, a public suffix.
    NOT_ALLOWED = "not allowed"


_NOT_ALLOWED = {"refusals.domain_ip", "refusals.domain_local", "refusals.domain_suffix"}


def judged(text: str) -> Domain | Fault:
    """The domain that a module told, or what is wrong with it."""
    try:
        return domain(text)
    except Refusal as refusal:
        (problem,) = refusal.problems
    if problem.code is UserErrorCode.REQUIRED:
        return Fault.MISSING
    return Fault.NOT_ALLOWED if problem.message in _NOT_ALLOWED else Fault.MALFORMED
