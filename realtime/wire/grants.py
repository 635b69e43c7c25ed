"""Offline grants: the right to open one door once, while the terminal has no link.

The server signs a grant (Ed25519) at the win; the courier's phone keeps it and shows it as a
QR; the kiosk's scanner reads it; the agent checks the signature, the terminal, the deadline
and that it is offline. A grant's id is the command id of the one open that it stands for, so
that the same open asked for online and offline happens once.

The text is upper-case base32 (RFC 4648 §6) after a prefix: it fits the alphanumeric mode of
QR codes (ISO/IEC 18004) and survives a scanner that types it with another keyboard's case.
"""

from __future__ import annotations

import base64

import msgspec

from realtime.wire.cabinets import Cell
from realtime.wire.envelope import ShortText

#: What every grant's text begins with; the digit is the version of all that follows.
PREFIX = "LJG1:"
#: What the signature is over begins with this, then the payload.
GRANT_PURPOSE = b"lanjian-grant-1\0"
SIGNATURE_BYTES = 64
#: Longest text that is looked at.
MAX_TEXT = 480


class Grant(msgspec.Struct, frozen=True, array_like=True):
    """One door, once, until the deadline; instants are whole seconds since 1970 UTC."""

    grant_id: ShortText
    terminal_id: ShortText
    order_id: ShortText
    cell: Cell
    #: "collect" or "deposit".
    purpose: ShortText
    issued_at: int
    deadline: int


def payload_of(grant: Grant) -> bytes:
    """Write the bytes that are signed, after `GRANT_PURPOSE`."""
    return msgspec.msgpack.encode(grant)


def grant_text(payload: bytes, signature: bytes) -> str:
    """Write what the QR carries."""
    return PREFIX + base64.b32encode(signature + payload).decode().rstrip("=")


def read_grant_text(text: str) -> tuple[Grant, bytes, bytes]:
    """Read a scanned text: the grant, its payload and the signature, which is not checked here.

    Raises:
        ValueError: it is not a grant's text.
    """
    text = text.strip().upper()
    if not text.startswith(PREFIX) or len(text) > MAX_TEXT:
        raise ValueError("not a grant")
    body = text.removeprefix(PREFIX)
    data = base64.b32decode(body + "=" * (-len(body) % 8))
    signature, payload = data[:SIGNATURE_BYTES], data[SIGNATURE_BYTES:]
    try:
        return msgspec.msgpack.decode(payload, type=Grant), payload, signature
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError("not a grant") from error
