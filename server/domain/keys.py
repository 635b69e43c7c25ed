"""Secret keys with ids, so that they can be replaced while old texts stay readable."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field

KEY_BYTES = 32

#: A key's id is written into tokens and ciphertexts, so it stays short and plain.
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,16}")


class BadKey(ValueError):
    """The text is no key; the message names the rule and never the text."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Bytes that no repr, log or error shows."""

    value: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Secret:
        """Read base64 of 32 bytes.

        Raises:
            BadKey: not that.
        """
        value = _from_base64(text)
        if len(value) != KEY_BYTES:
            raise BadKey(f"must be base64 of {KEY_BYTES} bytes")
        return cls(value)


@dataclass(frozen=True, slots=True)
class Key:
    """One key and the id that texts made with it carry."""

    id: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The current key first, then the older ones that may still be met."""

    keys: tuple[Key, ...]

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """Read `id:base64,id:base64`.

        Raises:
            BadKey: empty, a bad or repeated id, or a bad key.
        """
        keys = tuple(_parse_key(part) for part in text.split(",") if part.strip())
        if not keys:
            raise BadKey("must hold at least one id:base64 key")
        if len({key.id for key in keys}) != len(keys):
            raise BadKey("must not repeat a key id")
        return cls(keys)

    @property
    def current(self) -> Key:
        """The key for new texts."""
        return self.keys[0]

    def find(self, key_id: str) -> Key | None:
        """Look a key up by the id a text carries."""
        return next((key for key in self.keys if key.id == key_id), None)


def _parse_key(part: str) -> Key:
    key_id, colon, text = part.strip().partition(":")
    if not colon or not KEY_ID.fullmatch(key_id):
        raise BadKey("must be written id:base64, the id of 1 to 16 letters, digits, - or _")
    return Key(key_id, Secret.parse(text))


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadKey("must be base64") from None
