"""Check bytes against frames that others published or that a real library put on a pty."""

import pytest

from hardware.codecs.checksums import by_crc16, by_sum, by_xor, crc16_modbus, sum_of, xor_of


@pytest.mark.parametrize(
    "frame", ["8a0101119b", "80010033b2", "800100000233b0", "800100000033b2", "80010000813333"]
)
def test_xor_is_that_of_published_8a_frames(frame: str) -> None:
    data = bytes.fromhex(frame)
    assert by_xor(data[:-1]) == data[-1:]
    assert xor_of(data) == 0


def test_sum_is_that_of_a_captured_kerong_frame() -> None:
    data = bytes.fromhex("02003600000000033b")
    assert by_sum(data[:-1]) == data[-1:]
    assert sum_of(b"\xff\xff\x03") == 0x01


@pytest.mark.parametrize(
    "frame",
    ["01050000ff008c3a", "0101000000083dcc", "01020000000879cc", "010f0000000801ffbed5"],
)
def test_crc_is_that_of_frames_a_modbus_library_sent(frame: str) -> None:
    data = bytes.fromhex(frame)
    assert by_crc16(data[:-2]) == data[-2:]


def test_crc_of_the_standard_check_text() -> None:
    assert crc16_modbus(b"123456789") == 0x4B37
