"""WebSocket text frames as the server sends them, made once for all sockets (RFC 6455, 5.2).

[FIN+opcode:1] [length:1, or 126+length:2, or 127+length:8] [payload]
"""

from __future__ import annotations

import struct

#: FIN and the opcode of a text frame; servers do not mask.
FIN_TEXT = 0x81


def text_frame(payload: bytes) -> bytes:
    """Frame one message, which must be UTF-8."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", FIN_TEXT, size) + payload
    if size <= 0xFFFF:
        return struct.pack("!BBH", FIN_TEXT, 126, size) + payload
    return struct.pack("!BBQ", FIN_TEXT, 127, size) + payload
