from __future__ import annotations

import unicodedata

import pytest

from api.refusal import UserErrorCode
from api.rules.names import FIRST_NAME_HIGH, LAST_NAME_HIGH, company_name, person_name
from tests.rules.refused import code_of, message_of


@pytest.mark.parametrize(
    "name", ["Ayşe", "Ali Can", "D’Arc", "O'Neil", "Müge-Su", "محمد", "J. R.", "İ", "Nguyễn", "ALİ"]
)
def test_a_name_is_kept_as_typed(name: str) -> None:
    assert person_name(name, high=FIRST_NAME_HIGH) == name
    assert person_name(unicodedata.normalize("NFD", f" {name} "), high=LAST_NAME_HIGH) == name


@pytest.mark.parametrize("name", ["A1i", "<b>x</b>", "😀", "-", "'.", "a@b", "Ayşe,", "٣", "a²", "a_b"])
def test_what_is_no_name_is_refused(name: str) -> None:
    assert code_of(person_name, name, high=50) is UserErrorCode.INVALID
    assert message_of(person_name, name, high=50) == "person_name"


def test_a_name_has_its_length() -> None:
    assert person_name("ş" * 50, high=50) == "ş" * 50
    assert code_of(person_name, "ş" * 51, high=50) is UserErrorCode.TOO_LONG
    assert code_of(person_name, " ", high=50) is UserErrorCode.REQUIRED


@pytest.mark.parametrize(
    "name",
    [
        "Özışık Yazılım A.Ş.",
        "3T Bilişim",
        "Ak & Kara Ltd. Şti.",
        "O'Neil-Can (İzmir)",
        "A/B, C",
        "C’est",
        "Artı+",
        "42",
    ],
)
def test_a_company_name_is_kept_as_typed(name: str) -> None:
    assert company_name(name) == name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", UserErrorCode.REQUIRED),
        ("A", UserErrorCode.TOO_SHORT),
        ("A" * 251, UserErrorCode.TOO_LONG),
        ("<script>", UserErrorCode.INVALID),
        ("&&", UserErrorCode.INVALID),
        ("Kahve ☕", UserErrorCode.INVALID),
        ("A\nB", UserErrorCode.INVALID),
    ],
)
def test_what_is_no_company_name_is_refused(name: str, code: UserErrorCode) -> None:
    assert code_of(company_name, name) is code
