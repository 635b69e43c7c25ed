"""Texts cut from a serial scanner's bytes."""

from hypothesis import given
from hypothesis import strategies as st

from hardware.scanning.scanner import MOST_CHARACTERS, PAUSE_SECONDS, Lines


def texts(*chunks: bytes) -> list[str]:
    lines = Lines()
    return [text for chunk in chunks for text in lines.feed(chunk, 1.0)]


def test_lines_end_with_cr_or_lf_or_both() -> None:
    assert texts(b"SF1\rSF2\nSF3\r\n\r\n\nSF4") == ["SF1", "SF2", "SF3"]


def test_every_split_gives_the_same() -> None:
    whole = b"\r\nSF1234567890123\r\nLJG1:ABC\r"
    for cut in range(len(whole) + 1):
        assert texts(whole[:cut], whole[cut:]) == ["SF1234567890123", "LJG1:ABC"]
    assert texts(*(bytes([b]) for b in whole)) == ["SF1234567890123", "LJG1:ABC"]


def test_a_line_that_is_too_long_is_dropped_whole() -> None:
    most = b"A" * MOST_CHARACTERS
    assert texts(most + b"\rSF1\r") == [most.decode(), "SF1"]
    assert texts(most + b"A\rSF1\r") == ["SF1"]
    lines = Lines()
    for _ in range(1000):
        assert lines.feed(b"A" * 1000, 1.0) == []
    assert len(lines._partial) == MOST_CHARACTERS


def test_what_is_not_printable_ascii_is_dropped_whole() -> None:
    assert texts(b"SF\xff1\r", "面单\r".encode(), b"S\x00F\r", b"\x02SF1\x03\r", b"ok\r") == ["ok"]


def test_a_piece_before_a_pause_belongs_to_no_text() -> None:
    lines = Lines()
    assert lines.feed(b"LJG1:AAAA", 10.0) == []
    assert lines.feed(b"SF1\r", 10.0 + PAUSE_SECONDS + 0.1) == ["SF1"]
    assert lines.feed(b"SF", 20.0) == []
    assert lines.feed(b"2\r", 20.0 + PAUSE_SECONDS) == ["SF2"]


@given(st.lists(st.binary(max_size=700)))
def test_any_bytes_give_bounded_printable_texts(chunks: list[bytes]) -> None:
    for text in texts(*chunks, b"\r"):
        assert text.isprintable()
        assert text.isascii()
        assert 0 < len(text) <= MOST_CHARACTERS
