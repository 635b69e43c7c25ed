"""Personal data at rest: sealed with AES-256-GCM, found again by a keyed blind index.

A sealed text is bytes:

    | version 1 | id length 1 | key id ... | nonce 12 | ciphertext + tag 16 |

Everything up to the nonce, and the place (collection, field, document id), is authenticated:
a ciphertext moved to another document, field or key does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.domain.keys import KeyRing, Secret

VERSION = 1
NONCE_BYTES = 12
TAG_BYTES = 16


class SealBroken(Exception):
    """A sealed text does not open: tampered, moved from its place, or of a key we do not have."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed text lives; it opens nowhere else."""

    collection: str
    field: str
    id: str

    def authenticated(self) -> bytes:
        """Write the place so that no two places read the same."""
        parts = [part.encode() for part in (self.collection, self.field, self.id)]
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


class Seal:
    """Seal and open texts with the current key; open those of older keys too."""

    def __init__(self, keys: KeyRing, *, random: Callable[[int], bytes] = os.urandom) -> None:
        self._current = keys.current.id
        self._ciphers = {key.id: AESGCM(key.secret.value) for key in keys.keys}
        self._random = random

    def close(self, plain: bytes, place: Place) -> bytes:
        """Seal bytes for one place, with a fresh nonce."""
        key_id = self._current.encode()
        header = bytes((VERSION, len(key_id))) + key_id
        nonce = self._random(NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, plain, header + place.authenticated())
        return header + nonce + sealed

    def open(self, sealed: bytes, place: Place) -> bytes:
        """Open what was sealed for this very place.

        Raises:
            SealBroken: tampered, of another place, or of an unknown key.
        """
        header, key_id = _header(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealBroken(f"sealed with unknown key {key_id!r}")
        body = sealed[len(header) :]
        if len(body) < NONCE_BYTES + TAG_BYTES:
            raise SealBroken("sealed text is cut short")
        try:
            return cipher.decrypt(
                body[:NONCE_BYTES], body[NONCE_BYTES:], header + place.authenticated()
            )
        except InvalidTag:
            raise SealBroken(f"does not open at {place.collection}.{place.field}") from None

    def close_text(self, text: str, place: Place) -> bytes:
        """Seal a text."""
        return self.close(text.encode(), place)

    def open_text(self, sealed: bytes, place: Place) -> str:
        """Open a text.

        Raises:
            SealBroken: see `open`.
        """
        return self.open(sealed, place).decode()

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether the text is of the current key; if not, a rotation should seal it anew."""
        return _header(sealed)[1] == self._current


#: Stands where the stand-in would of what no key opens.
UNREAD = ""


class BlindIndex:
    """Find and compare personal data without keeping it: HMAC-SHA256 under a key of its own."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def digest(self, purpose: str, value: str) -> str:
        """Give the same 64 hex digits for the same purpose and value; other purposes differ."""
        framed = len(purpose).to_bytes(4, "big") + purpose.encode() + value.encode()
        return hmac.new(self._key.value, framed, hashlib.sha256).hexdigest()


def _header(sealed: bytes) -> tuple[bytes, str]:
    """Split off version and key id."""
    if len(sealed) < 2 or sealed[0] != VERSION:
        raise SealBroken("not a sealed text of this version")
    header = bytes(sealed[: 2 + sealed[1]])
    try:
        return header, header[2:].decode("ascii")
    except UnicodeDecodeError:
        raise SealBroken("key id is not plain") from None
