"""The machine's own key: made at its first start, kept on its disk, proving who it is.

The private half never leaves the disk nor appears in a log. A file that cannot be read is an
error to be mended by a person: making another key in its place would silently be another machine.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
from pathlib import Path

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from realtime.wire.devices import fingerprint, to_text

log = logging.getLogger(__name__)

#: In the data directory: the key (PEM, PKCS #8), and the note of where it is enrolled.
KEY_FILE = "device.key"
MARK_FILE = "enrolled.json"

#: The owner may read and write; nobody else anything.
PRIVATE = 0o600


class DeviceKeyError(Exception):
    """The key's file cannot be used; the text says what to do."""


class DeviceKey:
    """One Ed25519 key pair."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        #: The public half, as the wire carries it.
        self.public_text = to_text(private.public_key().public_bytes_raw())
        #: What people compare.
        self.fingerprint = fingerprint(self.public_text)

    def __repr__(self) -> str:
        """Show which, without the private half."""
        return f"DeviceKey({self.fingerprint})"

    def sign(self, text: bytes) -> str:
        """Sign a text, as the wire carries it."""
        return to_text(self._private.sign(text))


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """The note that a key is enrolled, and which token it used up (SHA-256, hex)."""

    terminal_id: str
    fingerprint: str
    token_digest: str | None = None


def has_key(data_dir: Path) -> bool:
    """Tell whether there is a key file, readable or not."""
    return (data_dir / KEY_FILE).exists()


def open_key(data_dir: Path) -> DeviceKey:
    """Read the key, or make it where there is none. One process at a time (the spool's lock).

    Raises:
        DeviceKeyError: there is a file and it is no key, or the disk refuses.
    """
    path = data_dir / KEY_FILE
    if not path.exists():
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            write_whole(path, pem)
        except OSError as error:
            raise DeviceKeyError(f"{path}: the device key cannot be written: {error}") from error
        log.info("device key made", extra={"fingerprint": DeviceKey(private).fingerprint})
    return read_key(data_dir)


def read_key(data_dir: Path) -> DeviceKey:
    """Read the key.

    Raises:
        DeviceKeyError: there is none, or it cannot be read.
    """
    path = data_dir / KEY_FILE
    try:
        private = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError as error:
        raise DeviceKeyError(f"{path}: no device key yet; the agent's first start makes it") from (
            error
        )
    except OSError as error:
        raise DeviceKeyError(f"{path}: the device key cannot be read: {error}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _broken(path) from None  # the parser's words might show a part of the key
    if not isinstance(private, Ed25519PrivateKey):
        raise _broken(path)
    _keep_private(path)
    return DeviceKey(private)


def _broken(path: Path) -> DeviceKeyError:
    return DeviceKeyError(
        f"{path}: not an Ed25519 key. Put the right file back; or, if it is lost, move this one"
        " away and give a new one-time token: a new key is made at the next start"
    )


def _keep_private(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & 0o077:
        return
    log.warning("the device key could be read by others", extra={"mode": f"{mode:o}"})
    try:
        path.chmod(PRIVATE)
    except OSError as error:
        raise DeviceKeyError(
            f"{path}: others may read it, and its rights cannot be changed: {error}"
        ) from error


def read_mark(data_dir: Path) -> Mark | None:
    """Read where the key is enrolled; a note that cannot be read counts as none."""
    try:
        return msgspec.json.decode((data_dir / MARK_FILE).read_bytes(), type=Mark)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("note of the enrolment not readable", extra={"why": str(error)})
        return None


def write_mark(data_dir: Path, mark: Mark) -> None:
    """Note that the key is enrolled.

    Raises:
        OSError: the disk refuses.
    """
    write_whole(data_dir / MARK_FILE, msgspec.json.encode(mark))


def digest(token: str) -> str:
    """Give what is kept of a used token."""
    return hashlib.sha256(token.encode()).hexdigest()


def write_whole(path: Path, data: bytes) -> None:
    """Write a private file as one: after a power cut it is there whole, or as it was.

    Raises:
        OSError: the disk refuses; nothing was changed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.new")
    half.unlink(missing_ok=True)
    file = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        half.replace(path)
    except OSError:
        half.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
