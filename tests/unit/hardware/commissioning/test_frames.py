"""Hex as people write it, and options as they give them."""

import pytest

from hardware.codecs.protocol import Polarity
from hardware.codecs.registry import PROTOCOLS
from hardware.commissioning.frames import BadHex, BadOption, read_hex, read_options


@pytest.mark.parametrize(
    "parts",
    [
        ["8a0101119b"],
        ["8A 01 01 11 9B"],
        ["8a", "01", "01", "11", "9b"],
        ["8a:01:01:11:9b"],
        ["8a-01-01-11-9b"],
        ["0x8a,0x01,0x01,0X11,0x9b"],
        ["0x8a0x010x010x110x9b"],
        [r"\x8a\x01\x01\x11\x9b"],
        ["  8a01 ", "", "01119b\n"],
    ],
)
def test_every_way_of_writing_bytes_is_read(parts: list[str]) -> None:
    assert read_hex(parts).hex() == "8a0101119b"


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        (["8a0g"], "character 4, 'g', is no hex digit"),
        (["8a", "x1"], "character 4, 'x', is no hex digit"),
        (["8a 0z"], "character 5, 'z'"),
        (["8ag8"], "character 3, 'g'"),
        (["0x8z"], "character 4, 'z'"),
        (["0x8a0x1"], "'1' has half a byte"),
        (["8a 1"], "'1' has half a byte: 1 hex digits"),
        (["８a"], "character 1, '８'"),
        ([""], "no bytes"),
        ([" : "], "no bytes"),
    ],
)
def test_what_is_no_hex_is_named_by_its_character(parts: list[str], why: str) -> None:
    with pytest.raises(BadHex, match=why):
        read_hex(parts)


def test_options_are_read_as_the_configuration_reads_them() -> None:
    options = read_options(PROTOCOLS["8a"], ["channels=50", "polarity=one_is_open"])
    assert options == PROTOCOLS["8a"].options(channels=50, polarity=Polarity.ONE_IS_OPEN)


@pytest.mark.parametrize("spec", PROTOCOLS.values(), ids=PROTOCOLS.keys())
def test_no_option_is_needed(spec: object) -> None:
    assert read_options(spec, []).channels > 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        (["channels"], "'channels': expected key=value"),
        (["=1"], "'=1': expected key=value"),
        (["channel=1"], "channel: unknown key; did you mean channels?"),
        (["channels=many"], "channels: expected int, got str"),
        (["channels=40"], "channels: .*50"),
        (["polarity=both"], "polarity: expected one of one_is_closed, one_is_open"),
    ],
)
def test_a_wrong_option_is_named(pairs: list[str], why: str) -> None:
    with pytest.raises(BadOption, match=why):
        read_options(PROTOCOLS["8a"], pairs)
