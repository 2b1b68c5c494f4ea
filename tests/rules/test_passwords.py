from __future__ import annotations

import ast
import inspect
import random
import time
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxcvbn import feedback, matching, time_estimates, zxcvbn

from api.i18n import LANGUAGES, catalog, translate
from api.refusal import Refusal, UserErrorCode
from api.rules.password_feedback import SUGGESTIONS, WARNINGS
from api.rules.password_guessing import crack_time, estimate
from api.rules.password_words import LONGEST_WORD, MOST_WORDS, POPULAR, personal_words
from api.rules.passwords import MAX_LENGTH, MIN_LENGTH, MIN_SCORE, measure, password
from tests.rules.refused import code_of, refused

NEHIR = ("Nehir", "Özışık", "Konak", "İzmir", "nehir.ozisik@example.com", "+90 532 123 45 67", "17291716060")
SAMPLES = (
    "password", "Password1", "PASSWORD", "drowssap", "p@ssw0rd", "qwertyuiop", "zxcvfr45tgb", "aaaaaaaaaa", "abcabcabc",
    "abcdefgh", "76543210", "1999", "13.05.1990", "smith", "Jennifer",
    "correct horse battery staple", "şifre123", "Tr0ub4dour&3",
    "galatasaray1905", "k", "x9$Lq2!vBn", "mustafakemal", "the",
)  # fmt: skip
L33T = "4@8({[<369!|1705$+%2"


@pytest.fixture
def _library_forgets() -> Iterator[None]:
    """The library's own function keeps its caller's words in a global."""
    yield
    matching.RANKED_DICTIONARIES.pop("user_inputs", None)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("Nehir-Özışık-1", 0),
        ("nehirözişik", 0),
        ("NEHİRÖZIŞIK", 0),
        ("Konak-İzmir-35", 1),
        ("Turuncu-vapur-73-martı", 4),
        ("Nehir-kirmizi-vapur-42", 4),
        ("ozisik5321234567", 0),
        ("17291716060-Nehir", 0),
    ],
)
def test_own_words_do_not_count(text: str, score: int) -> None:
    strength = measure(text, NEHIR)
    assert (strength.score, strength.acceptable) == (score, score >= MIN_SCORE)
    assert strength.warning == (None if strength.acceptable else "passwords.warning.personal")


@pytest.mark.parametrize(
    "text", ["Sifre123", "şifre123", "fenerbahce1907", "Turkiye1923", "GALATASARAY1905", "seni seviyorum"]
)
def test_what_is_popular_in_turkey_is_weak(text: str) -> None:
    assert measure(text, ()).score < MIN_SCORE


def test_words_are_met_in_any_spelling() -> None:
    for text in ("ahmetyılmaz", "ahmetyilmaz", "AHMETYILMAZ", "AhmetYılmaz"):
        assert measure(text, ["Ahmet Yılmaz"]).warning == "passwords.warning.personal"
    assert measure("inciinci-7", ["İnci"]).score == 0


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("", "passwords.warning.empty"),
        ("   ", "passwords.warning.empty"),
        ("x" * (MAX_LENGTH + 1), "passwords.warning.too_long"),
        ("x" * 1_000_000, "passwords.warning.too_long"),
        ("Kx9$vQ!2z", "passwords.warning.too_short"),
        ("Turuncu-vapur\0", "refusals.control_characters"),
        ("Turuncu-vapur\ud800", "refusals.control_characters"),
        ("aaaaaaaaaaaa", "passwords.warning.repeated_character"),
        ("trabzonspor", "passwords.warning.similar_to_common"),
    ],
)
def test_the_meter_never_raises(text: str, warning: str) -> None:
    strength = measure(text, NEHIR)
    assert not strength.acceptable
    assert strength.warning == warning
    assert all(warning in catalog(language) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", UserErrorCode.REQUIRED),
        (" " * 12, UserErrorCode.REQUIRED),
        (" " * 129, UserErrorCode.TOO_LONG),
        ("x" * 1_000_000, UserErrorCode.TOO_LONG),
        ("Turuncu\0-vapur-73", UserErrorCode.INVALID),
        ("Turuncu\ud800-vapur-73", UserErrorCode.INVALID),
        ("Kx9$vQ!2z", UserErrorCode.WEAK_PASSWORD),
        ("Nehir-Özışık-1", UserErrorCode.WEAK_PASSWORD),
        ("whmcstr2026", UserErrorCode.WEAK_PASSWORD),
    ],
)
def test_the_policy_refuses(text: str, code: UserErrorCode) -> None:
    assert code_of(password, text, NEHIR) is code


def test_the_policy_tells_the_reason() -> None:
    assert refused(password, "Nehir-Özışık-1", NEHIR).message == "passwords.warning.personal"
    assert refused(password, "9kx-plmw2q"[:9], ()).message == "passwords.warning.too_short"
    assert refused(password, "x" * 129, ()).values == {"high": MAX_LENGTH}


def test_a_password_is_composed_and_keeps_its_spaces() -> None:
    typed = " turuncu vapur  73 martı şule "
    assert password(unicodedata.normalize("NFD", typed), NEHIR) == typed


def test_the_limits_stand_in_the_sentences() -> None:
    for language in LANGUAGES:
        assert str(MIN_LENGTH) in translate(language, "passwords.warning.too_short")
        assert str(MAX_LENGTH) in translate(language, "passwords.warning.too_long")
        assert len({translate(language, f"passwords.score.{score}") for score in range(5)}) == 5


@pytest.mark.usefixtures("_library_forgets")
@pytest.mark.parametrize("text", SAMPLES)
def test_estimates_are_the_librarys_own(text: str) -> None:
    words = [*personal_words(NEHIR), *POPULAR]
    theirs, ours = zxcvbn(text, words), estimate(text, words)
    assert (ours.score, ours.guesses) == (theirs["score"], theirs["guesses"])
    assert {"warning": ours.warning, "suggestions": list(ours.suggestions)} == theirs["feedback"]


def test_the_library_keeps_nothing() -> None:
    measure("Nehir-Özışık-1", NEHIR)
    assert "user_inputs" not in matching.RANKED_DICTIONARIES


def test_a_word_longer_than_what_is_scored_is_still_met() -> None:
    long = "".join(random.Random(5).choices("abcdefghijklmnoprstuvyz", k=100))  # noqa: S311 - not for secrets
    assert estimate(long, []).score == 4
    assert estimate(long, [long]).score == 0


def _sentences() -> set[str]:
    calls = (node for node in ast.walk(ast.parse(inspect.getsource(feedback))) if isinstance(node, ast.Call))
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "_"
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }


def test_every_sentence_of_the_library_is_translated() -> None:
    assert _sentences() == {*WARNINGS, *SUGGESTIONS}
    assert len(_sentences()) == 27
    for language in LANGUAGES:
        sentences = catalog(language)
        assert all(f"passwords.warning.{slug}" in sentences for slug in WARNINGS.values())
        assert all(f"passwords.suggestion.{slug}" in sentences for slug in SUGGESTIONS.values())
    for sentence, slug in {**WARNINGS, **SUGGESTIONS}.items():
        assert sentence in {translate("en", f"passwords.{kind}.{slug}") for kind in ("warning", "suggestion") if
                            f"passwords.{kind}.{slug}" in catalog("en")}  # fmt: skip


@given(st.integers(min_value=1, max_value=10**16))
def test_crack_times_are_the_librarys_own(guesses: int) -> None:
    key, count = crack_time(Decimal(guesses))
    shown = time_estimates.estimate_attack_times(guesses)["crack_times_display"]
    assert translate("en", key, count=count) == shown["offline_slow_hashing_1e4_per_second"]
    assert translate("tr", key, count=count)


def test_personal_words_are_split_plain_and_few() -> None:
    words = personal_words(["Özışık Yazılım A.Ş.", "nehir.o@shop.com.tr", "+90 532 123 45 67", "ab", ""])
    assert words == ("özışık", "ozisik", "yazılım", "yazilim", "nehir", "shop", "905321234567", "5321234567", "1234567")
    many = personal_words(" ".join(f"kelime{n}" for n in range(i, i + 20)) for i in range(1000))
    assert len(many) <= 2 * MOST_WORDS
    assert all(len(word) <= LONGEST_WORD for word in personal_words(["x" * 1_000_000]))


def _hostile() -> list[str]:
    dice = random.Random(11)  # noqa: S311 - not for secrets
    pools = (L33T, "4@1!|7", "4@1!|70$5i", L33T + "ABİŞ", "aA1!|4@", "Şş4@1!|7bB", "01", "aB", "1!7|$5", "ﷺ4@1!|7")
    texts = ["".join(dice.choices(pool, k=MAX_LENGTH)) for pool in pools]
    return [
        *texts,
        ("K4@1!|7$5İşNehir" * 8),
        ("4@1!|7Nehir" * 12)[:MAX_LENGTH],
        "Aa1!" * 32,
        ("A1!Nehir-" * 15)[:MAX_LENGTH],
    ]


@pytest.mark.parametrize("text", _hostile())
def test_hostile_passwords_cost_little(text: str) -> None:
    started = time.process_time()
    measure(text, [*NEHIR, "4@1"])
    assert time.process_time() - started < 0.4


def test_threads_do_not_mix_their_people() -> None:
    def score(n: int) -> int:
        return measure("Nehir-Özışık-1" if n % 2 else "Turuncu-vapur-73-martı", NEHIR if n % 2 else ()).score

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(score, range(60))) == [4, 0] * 30


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=30), st.lists(st.text(max_size=12), max_size=4))
def test_the_meter_and_the_policy_agree(text: str, personal: list[str]) -> None:
    strength = measure(text, personal)
    try:
        taken = password(text, personal)
    except Refusal:
        assert not strength.acceptable
    else:
        assert strength.acceptable
        assert taken == unicodedata.normalize("NFC", text)
