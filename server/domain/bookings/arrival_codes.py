"""The code by which a booking is checked in: shown by its owner's page, good for minutes.

It names the booking and a step of time and is signed; it opens nothing else and is no token. A
picture of it that somebody took is worthless soon.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime

from server.domain.errors import InvalidInput
from server.domain.ids import BookingId

STEP_SECONDS = 300
#: Steps before the present one that still count: a page that could not fetch a new one.
SLACK_STEPS = 1

SIGN_CHARACTERS = 16  #: 64 bits of hex
CODE = re.compile(r"(B[0-9A-Z]{2,39})\.([0-9]{1,12})\.([0-9a-f]{16})", re.ASCII)

#: Signs a text; keyed, handed in.
Sign = Callable[[str], str]


def arrival_code(booking: BookingId, now: datetime, sign: Sign) -> tuple[str, datetime]:
    """Give a booking's code of now, and when it ends."""
    step = int(now.timestamp()) // STEP_SECONDS
    ends = datetime.fromtimestamp((step + 1 + SLACK_STEPS) * STEP_SECONDS, UTC)
    return f"{booking}.{step}.{_signature(booking, step, sign)}", ends


def booking_of(code: str, now: datetime, sign: Sign) -> BookingId:
    """Tell whose a code is.

    Raises:
        InvalidInput: forged or none (`arrival_code`), or of before (`expired`).
    """
    found = CODE.fullmatch(code.strip())
    if found is None:
        raise InvalidInput(field="code", rule="arrival_code")
    booking, step = BookingId(found[1]), int(found[2])
    if not hmac.compare_digest(_signature(booking, step, sign), found[3]):
        raise InvalidInput(field="code", rule="arrival_code")
    present = int(now.timestamp()) // STEP_SECONDS
    if not present - SLACK_STEPS <= step <= present + SLACK_STEPS:
        raise InvalidInput(field="code", rule="expired")
    return booking


def _signature(booking: BookingId, step: int, sign: Sign) -> str:
    return sign(f"{booking}.{step}")[:SIGN_CHARACTERS]
