"""What goes between the server and the process that reads photos."""

from __future__ import annotations

import struct

import msgspec

from server.domain.bookings.papers import PaperKind

KINDS = (PaperKind.ID_CARD, PaperKind.VEHICLE_LICENCE)

HEAD = struct.Struct(">BI")
LENGTH = struct.Struct(">I")

#: An answer is some hundred bytes; what claims to be more is none.
MOST_ANSWER_BYTES = 64 * 1024


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One photo's fields; `rule` says why there are none."""

    fields: dict[str, str] = {}
    rule: str = ""
    seconds: float = 0.0
    peak_bytes: int = 0  #: the most memory that the process took meanwhile, models and all
