"""The device key: made once, private, whole or not at all, and never replaced."""

import logging
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hardware.link.device_key import (
    DeviceKeyError,
    Mark,
    has_key,
    open_key,
    read_key,
    read_mark,
    write_mark,
    write_whole,
)
from realtime.wire.devices import fingerprint, from_text
from server.services.terminals.enrolment import is_signed


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_key_is_made_once_and_stays(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    assert not has_key(data)
    made = open_key(data)
    assert has_key(data)
    again = open_key(data)
    assert again.public_text == made.public_text == read_key(data).public_text
    assert mode(data / "device.key") == 0o600
    assert sorted(path.name for path in data.iterdir()) == ["device.key"]
    assert is_signed(made.public_text, again.sign(b"text"), b"text")
    assert not is_signed(made.public_text, again.sign(b"text"), b"texts")


def test_two_machines_have_two_keys(tmp_path: Path) -> None:
    one, two = open_key(tmp_path / "1"), open_key(tmp_path / "2")
    assert one.fingerprint != two.fingerprint
    assert not is_signed(one.public_text, two.sign(b"text"), b"text")


def test_the_fingerprint_is_what_ssh_would_say_of_these_bytes(tmp_path: Path) -> None:
    key = open_key(tmp_path)
    assert key.fingerprint == fingerprint(key.public_text)
    assert key.fingerprint.startswith("SHA256:") and len(key.fingerprint) == 50
    assert len(from_text(key.public_text)) == 32


def ec_key() -> bytes:
    private = generate_private_key(SECP256R1())
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("cut", [0, 1, 30, 60, 100])
def test_a_broken_key_is_said_and_never_replaced(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "device.key"
    open_key(tmp_path)
    broken = path.read_bytes()[:cut]
    path.write_bytes(broken)
    with pytest.raises(DeviceKeyError, match="not an Ed25519 key") as told:
        open_key(tmp_path)
    assert told.value.__cause__ is None and str(path) in str(told.value)
    assert path.read_bytes() == broken


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", b"-----BEGIN PRIVATE KEY-----\n", ec_key()])
def test_what_is_no_ed25519_key_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "device.key").write_bytes(text)
    with pytest.raises(DeviceKeyError, match="not an Ed25519 key"):
        open_key(tmp_path)


def test_no_key_yet_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(DeviceKeyError, match="no device key yet"):
        read_key(tmp_path)


def test_a_key_that_others_could_read_is_closed_to_them_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    open_key(tmp_path)
    (tmp_path / "device.key").chmod(0o644)
    with caplog.at_level(logging.WARNING):
        open_key(tmp_path)
    assert mode(tmp_path / "device.key") == 0o600
    assert "could be read by others" in caplog.text


def test_a_disk_that_refuses_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a directory")
    with pytest.raises(DeviceKeyError, match="cannot be written"):
        open_key(in_the_way)


def test_neither_text_nor_log_shows_the_private_half(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        key = open_key(tmp_path)
    secret = (tmp_path / "device.key").read_text().splitlines()[1]
    assert secret not in f"{key!r} {key} {caplog.text} {vars(caplog.records[0])}"
    assert key.fingerprint in repr(key)


def test_openssl_reads_the_file_where_it_is_installed(tmp_path: Path) -> None:
    """A maintainer's own tool sees the same key; without the tool there is nothing to compare."""
    key = open_key(tmp_path)
    try:
        done = subprocess.run(
            ["openssl", "pkey", "-in", str(tmp_path / "device.key"), "-pubout", "-outform", "DER"],
            capture_output=True,
            check=True,
        )
    except FileNotFoundError:
        return
    assert done.stdout[-32:] == from_text(key.public_text)


def test_a_file_is_written_whole_or_stays(tmp_path: Path) -> None:
    path = tmp_path / "f"
    write_whole(path, b"old")
    (tmp_path / "f.new").write_text("left by a power cut")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert mode(path) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["f"]


def test_the_note_comes_back_and_a_broken_one_is_none(tmp_path: Path) -> None:
    assert read_mark(tmp_path) is None
    mark = Mark(terminal_id="T-1", fingerprint="SHA256:x", token_digest="00")
    write_mark(tmp_path, mark)
    assert read_mark(tmp_path) == mark
    for text in (b"", b"{", b"[]", b"\xff", b'{"terminal_id": 1}'):
        (tmp_path / "enrolled.json").write_bytes(text)
        assert read_mark(tmp_path) is None
