"""A sealed text opens with its key, at its place, untouched; and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.keys import Key, KeyRing, Secret
from server.store.seal import BlindIndex, Place, Seal, SealBroken

HOME = Place("people", "phone", "P1")


def ring(*ids: str) -> KeyRing:
    return KeyRing(tuple(Key(key_id, Secret((key_id.encode() * 32)[:32])) for key_id in ids))


@given(st.text())
def test_what_was_sealed_opens_again(text: str) -> None:
    seal = Seal(ring("a"))
    assert seal.open_text(seal.close_text(text, HOME), HOME) == text


def test_the_same_text_never_looks_the_same() -> None:
    seal = Seal(ring("a"))
    assert seal.close_text("13800000001", HOME) != seal.close_text("13800000001", HOME)


def test_every_changed_byte_breaks_the_seal() -> None:
    seal = Seal(ring("a"))
    sealed = seal.close_text("13800000001", HOME)
    for at in range(len(sealed)):
        tampered = sealed[:at] + bytes((sealed[at] ^ 1,)) + sealed[at + 1 :]
        with pytest.raises(SealBroken):
            seal.open_text(tampered, HOME)


def test_every_cut_breaks_the_seal() -> None:
    seal = Seal(ring("a"))
    sealed = seal.close_text("13800000001", HOME)
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            seal.open_text(sealed[:length], HOME)


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place("people", "phone", "P2"),
        Place("people", "name", "P1"),
        Place("orders", "phone", "P1"),
        Place("peoplephone", "", "P1"),
        Place("people", "phoneP", "1"),
    ],
)
def test_a_moved_text_does_not_open(elsewhere: Place) -> None:
    seal = Seal(ring("a"))
    with pytest.raises(SealBroken):
        seal.open_text(seal.close_text("secret", HOME), elsewhere)


def test_an_older_key_still_opens_and_is_told_apart() -> None:
    old = Seal(ring("a")).close_text("secret", HOME)
    rotated = Seal(ring("b", "a"))
    assert rotated.open_text(old, HOME) == "secret"
    assert not rotated.is_current(old)
    assert rotated.is_current(rotated.close_text("secret", HOME))


def test_an_unknown_key_is_named() -> None:
    sealed = Seal(ring("gone")).close_text("secret", HOME)
    with pytest.raises(SealBroken, match="'gone'"):
        Seal(ring("a")).open_text(sealed, HOME)


def test_another_key_under_the_same_id_does_not_open() -> None:
    sealed = Seal(ring("a")).close_text("secret", HOME)
    impostor = Seal(KeyRing((Key("a", Secret(b"x" * 32)),)))
    with pytest.raises(SealBroken):
        impostor.open_text(sealed, HOME)


def test_the_blind_index_depends_on_key_purpose_and_value() -> None:
    index = BlindIndex(Secret(b"k" * 32))
    seen = {
        index.digest("phone", "13800000001"),
        index.digest("phone", "13800000002"),
        index.digest("phon", "e13800000001"),
        BlindIndex(Secret(b"j" * 32)).digest("phone", "13800000001"),
    }
    assert len(seen) == 4
    assert index.digest("phone", "13800000001") in seen
