"""The kiosk QR's code: made by the agent, checked by the server, with the link down too.

The code is an HMAC over terminal and 30-second step (RFC 6238's idea with a wider alphabet),
so a photo of the QR is worth a minute at most.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

#: Characters kept of the code: 80 bits, more than can be guessed in a step.
CODE_LENGTH = 16


def kiosk_step(unix_seconds: float, step_seconds: int) -> int:
    """Number the step that an instant lies in."""
    return int(unix_seconds // step_seconds)


def kiosk_code(key: bytes, terminal_id: str, step: int) -> str:
    """Make the code of one terminal and step: 16 characters of lower-case base32."""
    digest = hmac.new(key, f"kiosk:{terminal_id}:{step}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:CODE_LENGTH]


def kiosk_path(key: bytes, terminal_id: str, step: int) -> str:
    """Make what follows the kiosk URL's prefix: `terminal.step.code`."""
    return f"{terminal_id}.{step}.{kiosk_code(key, terminal_id, step)}"


def code_is_of(key: bytes, terminal_id: str, step: int, code: str) -> bool:
    """Tell whether `code` belongs to this terminal and step, in constant time."""
    return hmac.compare_digest(kiosk_code(key, terminal_id, step).encode(), code.encode())
