from __future__ import annotations

import pytest

from api.refusal import UserErrorCode
from api.rules.addresses import country, country_names, district, postal_code, province
from api.rules.provinces import PROVINCES, districts, plate_code
from api.rules.text import search_key, sort_key, tr_lower, tr_upper
from tests.rules.refused import code_of


def test_there_are_81_provinces_in_plate_order() -> None:
    assert list(PROVINCES) == [f"{plate:02}" for plate in range(1, 82)]
    assert (PROVINCES["01"], PROVINCES["30"], PROVINCES["35"], PROVINCES["81"]) == (
        "Adana",
        "Hakkâri",
        "İzmir",
        "Düzce",
    )


def test_there_are_973_districts_in_alphabetical_order() -> None:
    listed = [districts(name) for name in PROVINCES.values()]
    assert sum(map(len, listed)) == 973
    assert sum("Merkez" in names for names in listed) == 51
    assert all(list(names) == sorted(names, key=sort_key) for names in listed)
    assert districts("İzmir")[:3] == ("Aliağa", "Balçova", "Bayındır")
    assert districts("Atlantis") == ()


@pytest.mark.parametrize("name", PROVINCES.values())
def test_a_province_is_known_in_any_spelling(name: str) -> None:
    for spelling in (name, tr_upper(name), tr_lower(name), search_key(name), f" {name.upper()} "):
        assert province(spelling) == name


@pytest.mark.parametrize(
    ("typed", "of", "stored"),
    [
        ("KONAK", "İzmir", "Konak"),
        ("çiğli", "izmir", "Çiğli"),
        ("Cigli", "IZMIR", "Çiğli"),
        ("merkez", "Bilecik", "Merkez"),
    ],
)
def test_a_district_is_known_in_any_spelling(typed: str, of: str, stored: str) -> None:
    assert district(typed, of) == stored


def test_unknown_places_in_turkey_are_refused() -> None:
    assert code_of(province, "Atlantis") is UserErrorCode.INVALID
    assert code_of(district, "Konak", "Ankara") is UserErrorCode.INVALID
    assert code_of(district, "Konak", "x" * 1_000_000) is UserErrorCode.INVALID
    assert code_of(province, " ") is UserErrorCode.REQUIRED
    assert plate_code("Atlantis") is None


def test_places_abroad_are_kept_as_written() -> None:
    assert province("Bayern", "DE") == "Bayern"
    assert district(" Schwabing  West", "Bayern", "DE") == "Schwabing West"
    assert code_of(district, "", "Bayern", "DE") is UserErrorCode.REQUIRED
    assert code_of(province, "x" * 101, "DE") is UserErrorCode.TOO_LONG


@pytest.mark.parametrize(
    ("typed", "of", "stored"),
    [
        (None, "TR", None), ("  ", "TR", None), (" 35220 ", "TR", "35220"), ("01000", "TR", "01000"),
        ("81950", "TR", "81950"),
        ("SW1A 1AA", "GB", "SW1A 1AA"), ("10115", "DE", "10115"), ("1234-567", "PT", "1234-567"), (None, "DE", None),
    ],
)  # fmt: skip
def test_postal_codes(typed: str | None, of: str, stored: str | None) -> None:
    assert postal_code(typed, of) == stored


@pytest.mark.parametrize(
    ("typed", "of"),
    [
        ("３５２２０", "TR"), ("٣٥٢٢٠", "TR"), ("00100", "TR"), ("82000", "TR"), ("3522", "TR"),
        ("352200", "TR"), ("3522a", "TR"),
        ("35220\n35220", "TR"), ("1", "DE"), ("1" * 13, "DE"), ("10_115", "DE"), ("1" * 1_000_000, "DE"), ("<b>", "DE"),
    ],
)  # fmt: skip
def test_wrong_postal_codes_are_refused(typed: str, of: str) -> None:
    assert code_of(postal_code, typed, of) is UserErrorCode.INVALID_POSTAL_CODE


@pytest.mark.parametrize(("typed", "code"), [("tr", "TR"), (" De ", "DE"), ("xk", "XK"), ("GB", "GB")])
def test_countries_are_codes(typed: str, code: str) -> None:
    assert country(typed) == code


@pytest.mark.parametrize("typed", ["EU", "ZZ", "XA", "QO", "Türkiye", "T", "ıt", "001", "ＴＲ", "\ud800"])
def test_unions_and_placeholders_are_no_countries(typed: str) -> None:
    assert code_of(country, typed) is UserErrorCode.INVALID


def test_country_names_begin_with_turkey_and_follow_the_alphabet() -> None:
    turkish, english = country_names("tr"), country_names("en")
    assert turkish[0] == ("TR", "Türkiye")
    assert english[0][0] == "TR"
    assert len(turkish) == len(english) == 256
    names = [name for _, name in turkish[1:]]
    assert names.index("Cibuti") < names.index("Çad") < names.index("Danimarka")
    assert names == sorted(names, key=sort_key)
    assert [code for code, _ in english[1:3]] == ["AF", "AX"]
    assert code_of(country, " ") is UserErrorCode.REQUIRED
