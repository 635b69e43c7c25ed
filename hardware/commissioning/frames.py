"""Hex to frames in words, as JSON values, and options as they are typed: `lanjian board`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from hardware.codecs.errors import BadChecksum, FrameError
from hardware.codecs.protocol import BoardOptions, Meaning, ProtocolSpec
from hardware.config.document import told, unknown_rule

#: What stands between blanks, colons, commas, dashes: people copy from logs and documents.
_WORD = re.compile(r"[^\s:,-]+")
#: What may stand before each byte: as in C, and as in a string of it or of Python.
_PREFIX = re.compile(r"0[xX]|\\x")
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")


class BadHex(ValueError):
    """What was given is not bytes in hex; the message says which character."""


class BadOption(ValueError):
    """A `key=value` is not an option of the protocol; the message names the key."""


def read_hex(parts: Iterable[str]) -> bytes:
    r"""Read bytes in hex, with or without blanks, colons, commas, dashes, 0x or \x between.

    Raises:
        BadHex: a character is no hex digit, or a byte has only one digit.
    """
    # Blanks for prefixes, one for one, so that characters keep their numbers.
    text = _PREFIX.sub("  ", " ".join(parts))
    found = bytearray()
    for word in _WORD.finditer(text):
        digits = word[0]
        for place, digit in enumerate(digits, word.start() + 1):
            if digit not in _HEX_DIGITS:
                raise BadHex(f"character {place}, {digit!r}, is no hex digit")
        if len(digits) % 2:
            raise BadHex(f"{digits!r} has half a byte: {len(digits)} hex digits")
        found += bytes.fromhex(digits)
    if not found:
        raise BadHex("no bytes are given")
    return bytes(found)


def read_options(spec: ProtocolSpec, pairs: Iterable[str]) -> BoardOptions:
    """Make a board's options from `key=value` words; what is left out has its default.

    Raises:
        BadOption: a pair is not `key=value`, or the protocol refuses it.
    """
    values: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise BadOption(f"{pair!r}: expected key=value")
        if key not in spec.options.__struct_fields__:
            raise BadOption(f"{key}: {unknown_rule(key, spec.options.__struct_fields__)}")
        values[key] = _value(value)
    try:
        return msgspec.convert(values, spec.options)
    except msgspec.ValidationError as error:
        path, rule = told(str(error), spec.options)
        raise BadOption(f"{'.'.join(map(str, path)) or 'options'}: {rule}") from error


def _value(text: str) -> Any:
    """Read a number, true or false as such, and all else as words."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def decoded(
    spec: ProtocolSpec, data: bytes, pending: bytes | None, options: BoardOptions
) -> list[dict[str, object]]:
    """Say what bytes mean, one object for each frame.

    Raises:
        FrameError: they are not whole frames of this protocol.
    """
    return [as_json(meaning) for meaning in spec.decode(data, pending, options)]


def as_json(meaning: Meaning) -> dict[str, object]:
    """Make the object that tells one frame; its own fields stand beside the common ones."""
    common: dict[str, object] = {
        "direction": meaning.direction.value,
        "what": meaning.what,
        "board": meaning.board,
        "channel": meaning.channel,
        "frame": meaning.frame.hex(),
    }
    return {**common, **meaning.fields, **common}


def fault_as_json(error: FrameError) -> dict[str, object]:
    """Make the object that tells why bytes are bad, and what their checksum should be."""
    told: dict[str, object] = {
        "error": str(error),
        "kind": type(error).__name__,
        "offset": error.offset,
    }
    if isinstance(error, BadChecksum):
        digits = 2 * error.size
        told["got_checksum"] = f"{error.got:0{digits}x}"
        told["expected_checksum"] = f"{error.expected:0{digits}x}"
    return told
