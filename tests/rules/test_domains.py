from __future__ import annotations

import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.refusal import Refusal, UserErrorCode
from api.rules.domains import LONGEST_DOMAIN, Domain, Fault, _read, domain, judged
from tests.rules.refused import code_of, message_of

LONGEST = ".".join(["a" * 63] * 3 + ["b" * 57, "com"])


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("example.com", "example.com"),
        ("EXAMPLE.COM", "example.com"),
        ("INFO.COM", "info.com"),
        ("  example.com \n", "example.com"),
        ("\ufeffexample.com\u200b", "example.com"),
        ("\u202aexample.com\u202c", "example.com"),
        ("http://example.com", "example.com"),
        ("HTTPS://Example.com/", "example.com"),
        ("//example.com/a", "example.com"),
        ("https:\\\\example.com\\a", "example.com"),
        ("https://example.com:8443/a/b?c=d#e", "example.com"),
        ("example.com:2083", "example.com"),
        ("example.com:", "example.com"),
        ("example.com/whmcs/", "example.com"),
        ("example.com?a=//b", "example.com"),
        ("example.com#a@b", "example.com"),
        ("https://user:pass@example.com/x", "example.com"),
        ("https://a@b@example.com", "example.com"),
        ("info@example.com", "example.com"),
        ("example.com.", "example.com"),
        ("example.com...", "example.com"),
        ("example.com.\u00ad/", "example.com"),
        ("www.example.com", "example.com"),
        ("WWW.EXAMPLE.COM.", "example.com"),
        ("www.www.example.com", "www.www.example.com"),
        ("www.com", "www.com"),
        ("www.www.com", "www.com"),
        ("www.com.tr", "www.com.tr"),
        ("wwwexample.com", "wwwexample.com"),
        ("panel.example.com.tr", "panel.example.com.tr"),
        ("example.tr", "example.tr"),
        ("example.gov.nc.tr", "example.gov.nc.tr"),
        ("example.dev", "example.dev"),
        ("test.com", "test.com"),
        ("3gp.com", "3gp.com"),
        ("1.example.com", "1.example.com"),
        ("ex-am-ple.com", "ex-am-ple.com"),
        ("example\u3002com", "example.com"),
        ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"),
        (f"{'a' * 63}.com", f"{'a' * 63}.com"),
        (LONGEST, LONGEST),
    ],
)
def test_every_way_to_write_a_domain(typed: str, stored: str) -> None:
    assert domain(typed) == Domain(stored, stored)


@pytest.mark.parametrize(
    ("typed", "ascii_form", "unicode_form"),
    [
        ("İSTANBUL.com.tr", "istanbul.com.tr", "istanbul.com.tr"),
        ("I\u0307STANBUL.com.tr", "istanbul.com.tr", "istanbul.com.tr"),
        ("i\u0307stanbul.com.tr", "istanbul.com.tr", "istanbul.com.tr"),
        ("xn--istanbul-o0e.com.tr", "istanbul.com.tr", "istanbul.com.tr"),
        ("ışık.com.tr", "xn--k-ekaa7p.com.tr", "ışık.com.tr"),
        ("XN--K-EKAA7P.COM.TR", "xn--k-ekaa7p.com.tr", "ışık.com.tr"),
        ("işik.com.tr", "xn--iik-sza.com.tr", "işik.com.tr"),
        ("İŞİK.com.tr", "xn--iik-sza.com.tr", "işik.com.tr"),
        ("https://www.ŞİRKET.com.tr/giriş", "xn--irket-idb.com.tr", "şirket.com.tr"),
        ("s\u0327irket.com.tr", "xn--irket-idb.com.tr", "şirket.com.tr"),
        ("ÇAĞRı.com", "xn--ar-3ia9t9c.com", "çağrı.com"),
        ("ÖRNEK.COM", "xn--rnek-4qa.com", "örnek.com"),
        ("IT.örnek.com", "it.xn--rnek-4qa.com", "it.örnek.com"),
        ("faß.de", "xn--fa-hia.de", "faß.de"),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai", "пример.рф"),
    ],
)
def test_letters_beyond_ascii(typed: str, ascii_form: str, unicode_form: str) -> None:
    assert domain(typed) == Domain(ascii_form, unicode_form)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("127.0.0.1", "domain_ip"), ("http://192.168.1.1:8080/", "domain_ip"), ("127.1", "domain_ip"),
        ("0x7f000001", "domain_ip"), ("2130706433", "domain_ip"), ("1.2.3.4.", "domain_ip"), ("::1", "domain_ip"),
        ("2001:db8::1", "domain_ip"), ("[2001:db8::1]:443", "domain_ip"), ("https://[::1]/", "domain_ip"),
        ("１２７.０.０.１", "domain_ip"), ("example.0x1", "domain_ip"),
        ("localhost", "domain_local"), ("localhost:8000", "domain_local"), ("example", "domain_local"),
        ("com", "domain_local"), ("a.localhost", "domain_local"), ("nas.local", "domain_local"),
        ("site.test", "domain_local"), ("a.example", "domain_local"), ("db.internal", "domain_local"),
        ("*.example.com", "domain_wildcard"), ("*", "domain_wildcard"),
        ("IŞIK.com.tr", "domain_ambiguous"), ("www.IŞIK.COM.TR", "domain_ambiguous"),
        ("I\u0307SIM.com", "domain_ambiguous"), ("IS\u0327IK.com", "domain_ambiguous"),
        ("Ｉşık.com", "domain_ambiguous"),
        ("com.tr", "domain_suffix"), ("https://gov.tr/", "domain_suffix"),
        ("COM.TR.", "domain_suffix"), ("gov.nc.tr", "domain_suffix"), ("co.uk", "domain_suffix"),
        ("github.io", "domain_suffix"), ("com.tr.\ufeff/", "domain_suffix"), ("a.local.\u00ad/", "domain_local"),
        ("-a.com", "domain"), ("a-.com", "domain"), ("a_b.com", "domain"), ("a..com", "domain"), (".com", "domain"),
        (".", "domain"), ("http://", "domain"), ("@", "domain"), ("example .com", "domain"),
        ("example,com", "domain"), ("example.com,example.net", "domain"), ("example.com;drop", "domain"),
        ("example.com:http", "domain"), ("example.com:123456", "domain"), ("javascript:alert(1)", "domain"),
        ("xn--a.com", "domain"), ("ab--c.com", "domain"), ("☃.net", "domain"), ("a\u2044b.com", "domain"),
        ("exam\x00ple.com", "domain"), ("\ud800.com", "domain"), ("exa\u202emple.com", "domain"),
        (f"{'a' * 64}.com", "domain"), (f"a{LONGEST}"[:64] + f".{LONGEST}", "domain"), (f"b.{LONGEST}", "domain"),
        ("ş" * 63 + ".com", "domain"), ("a." * 1_000_000, "domain"), ("İ" * 1024, "domain"),
    ],
)  # fmt: skip
def test_what_cannot_be_licensed(typed: str, message: str) -> None:
    assert code_of(domain, typed) is UserErrorCode.INVALID_DOMAIN
    assert message_of(domain, typed) == message


@pytest.mark.parametrize("typed", ["", "  \n", "\u200b\ufeff"])
def test_a_blank_domain_is_missing(typed: str) -> None:
    assert code_of(domain, typed) is UserErrorCode.REQUIRED


LABELS = st.one_of(
    st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=20),
    st.text("abcçdefgğhıiİIjklmnoöprsştuüvyzÇĞÖŞÜ-", min_size=1, max_size=20),
    st.text(min_size=1, max_size=8),
    st.sampled_from(["www", "com", "tr", "xn--k-ekaa7p", "i\u0307", "xn--i-9bb"]),
)
HOSTS = st.lists(LABELS, min_size=1, max_size=5).map(".".join)


@given(st.one_of(st.text(), HOSTS, HOSTS.map(lambda host: f"https://u:p@{host}:443/x")))
def test_any_text_is_a_stable_lower_case_domain_or_refused(typed: str) -> None:
    try:
        found = domain(typed)
    except Refusal:
        assert code_of(domain, typed) in {UserErrorCode.INVALID_DOMAIN, UserErrorCode.REQUIRED}
        return
    assert domain(found.ascii) == found
    assert domain(found.unicode) == found
    assert found.ascii.isascii()
    assert found.ascii == found.ascii.lower()
    assert found.unicode == found.unicode.lower()
    assert len(found.ascii) <= LONGEST_DOMAIN


@given(
    st.lists(
        st.one_of(
            st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=64),
            st.sampled_from(
                ["www", "com", "tr", "xn--k-ekaa7p", "ab--c", "127", "0x7f", "co", "uk", "local", "github"]
            ),
        ),
        min_size=1,
        max_size=5,
    ).map(".".join)
)
def test_the_short_way_for_plain_hosts_comes_to_the_same(typed: str) -> None:
    def outcome(way: Callable[[str], Domain]) -> object:
        try:
            return way(typed)
        except Refusal as refusal:
            return refusal.problems

    assert outcome(domain) == outcome(_read)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("www.ŞİRKET.com.tr:443", Domain("xn--irket-idb.com.tr", "şirket.com.tr")),
        ("", Fault.MISSING),
        (" \u200b", Fault.MISSING),
        ("*.a.com", Fault.MALFORMED),
        ("a_b.com", Fault.MALFORMED),
        ("IŞIK.com.tr", Fault.MALFORMED),
        ("a" * 2000, Fault.MALFORMED),
        ("localhost", Fault.NOT_ALLOWED),
        ("10.0.0.7:8080", Fault.NOT_ALLOWED),
        ("[::1]", Fault.NOT_ALLOWED),
        ("shop.test", Fault.NOT_ALLOWED),
        ("com.tr", Fault.NOT_ALLOWED),
        ("myshopify.com", Fault.NOT_ALLOWED),
    ],
)
def test_what_a_module_told_is_a_domain_or_one_of_three_faults(told: str, found: object) -> None:
    assert judged(told) == found


@given(st.text("abcçdefgğhıijklmnoöprsştuüvyz", min_size=1, max_size=20))
def test_a_turkish_name_is_found_again_from_both_forms(label: str) -> None:
    found = domain(f"{label}.com.tr")
    assert found.unicode == f"{label}.com.tr"
    assert domain(f"https://www.{found.ascii.upper()}/") == found
