"""What must not be readable in the database: sealed, found by a keyed hash, and rotated to another key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from api import sealing
from api.sealing import Keys
from tests.conftest import ENVIRONMENT

PRESENT, OLD, OTHER = "the present key", "the key before", "some other key"
TCKN = "17291716060"


@pytest.fixture(autouse=True)
def _keys() -> Iterator[None]:
    sealing.use(Keys(PRESENT))
    yield
    sealing.use(Keys(ENVIRONMENT["SECRET_KEY"]))


@given(text=st.text(st.characters(codec="utf-8")))
def test_what_was_sealed_is_unsealed(text: str) -> None:
    sealed = sealing.seal(text)
    assert sealing.unseal(sealed) == text
    assert len(sealed) == 12 + len(text.encode()) + 16


def test_the_same_text_is_never_sealed_alike_and_cannot_be_read() -> None:
    sealed = {sealing.seal(TCKN) for _ in range(100)}
    assert len(sealed) == 100
    assert not any(TCKN.encode() in one for one in sealed)


def test_whatever_is_changed_is_noticed() -> None:
    sealed = sealing.seal(TCKN)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(InvalidTag):
            sealing.unseal(bytes(changed))
    for cut in (sealed[:-1], sealed[1:], sealed + b"\0"):
        with pytest.raises(InvalidTag):
            sealing.unseal(cut)


def test_another_key_opens_nothing() -> None:
    sealed = sealing.seal(TCKN)
    sealing.use(Keys(OTHER))
    with pytest.raises(InvalidTag):
        sealing.unseal(sealed)
    sealing.use(Keys(OTHER, OLD))
    with pytest.raises(InvalidTag):
        sealing.unseal(sealed)


def test_while_keys_are_rotated_what_the_old_one_sealed_is_read_and_found() -> None:
    sealing.use(Keys(OLD))
    sealed, known, signature = sealing.seal(TCKN), sealing.index("tax_identity", TCKN), sealing.sign("form", "1")
    sealing.use(Keys(PRESENT, OLD))
    assert sealing.unseal(sealed) == TCKN
    assert sealing.index("tax_identity", TCKN) != known
    assert sealing.indexes("tax_identity", TCKN) == [sealing.index("tax_identity", TCKN), known]
    assert sealing.signed("form", "1", signature)
    anew = sealing.seal(TCKN)
    sealing.use(Keys(PRESENT))
    assert sealing.unseal(anew) == TCKN
    assert not sealing.signed("form", "1", signature)


def test_a_keyed_hash_depends_on_key_purpose_and_text_alone() -> None:
    first = sealing.index("tax_identity", TCKN)
    assert first == sealing.index("tax_identity", TCKN)
    assert len(first) == 64
    assert first != sealing.index("throttle", TCKN)
    assert first != sealing.index("tax_identity", TCKN + " ")
    sealing.use(Keys(OTHER))
    assert first != sealing.index("tax_identity", TCKN)


@pytest.mark.parametrize("signature", ["", "0" * 64, "ş", "\ud800"])
def test_a_signature_that_was_not_made_here_is_none(signature: str) -> None:
    assert not sealing.signed("form", "1", signature)
    assert not sealing.signed("form", "2", sealing.sign("form", "1"))
    assert not sealing.signed("other", "1", sealing.sign("form", "1"))


def test_a_token_is_stored_as_its_hash() -> None:
    known = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    assert sealing.token_hash("test") == known
    assert len(sealing.token_hash("\ud800")) == 64


def test_nothing_is_sealed_before_there_is_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "_keys", None)
    with pytest.raises(RuntimeError):
        sealing.seal(TCKN)
