r"""A booking as a calendar file (RFC 5545). Pure.

Written here rather than by a library: one kind of entry, whose every line the tests know, is less
than what a library would ask of us.

Instants are UTC (`Z`), which every program shows in its own zone: no VTIMEZONE to get wrong.
`uid` stays the same for life and `sequence` rises with each change, so that a file that is read
again moves or cancels the entry instead of making a second one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

#: Octets of one line, without its end (RFC 5545, 3.1).
MOST_OCTETS = 75

END = "\r\n"
STAMP = "%Y%m%dT%H%M%SZ"

#: What no text value may hold (RFC 5545, 3.3.11): controls but the tab; ends of lines are escaped.
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a calendar."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    summary: str
    location: str
    description: str
    url: str
    lat: float
    lon: float
    alarms_seconds: tuple[float, ...] = ()  #: before the start


def calendar(entry: Entry, now: datetime) -> bytes:
    """Write a calendar of one entry, UTF-8; a cancelled one rings no more."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Lanjian//Bookings//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{escaped(entry.uid)}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTAMP:{_stamp(now)}",
        f"DTSTART:{_stamp(entry.starts_at)}",
        f"DTEND:{_stamp(entry.ends_at)}",
        f"STATUS:{'CANCELLED' if entry.cancelled else 'CONFIRMED'}",
        f"SUMMARY:{escaped(entry.summary)}",
        f"LOCATION:{escaped(entry.location)}",
        f"GEO:{entry.lat:.6f};{entry.lon:.6f}",
        f"DESCRIPTION:{escaped(entry.description)}",
        f"URL:{entry.url}",
        "TRANSP:OPAQUE",
        *(() if entry.cancelled else _alarms(entry)),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(folded(line) for line in lines).encode()


def escaped(text: str) -> str:
    r"""Write a text value: backslash, semicolon, comma and ends of lines escaped."""
    plain = CONTROLS.sub("", re.sub(r"\r\n?", "\n", text))
    return re.sub(r"([\\;,])", r"\\\1", plain).replace("\n", "\\n")


def folded(line: str) -> str:
    """Break a line into pieces of at most 75 octets, never inside a character, and end it.

    Each further piece begins with a space, which counts.
    """
    pieces: list[str] = []
    piece, octets = "", 0
    for character in line:
        width = len(character.encode())
        if octets + width > MOST_OCTETS:
            pieces.append(piece)
            piece, octets = " ", 1
        piece += character
        octets += width
    return END.join([*pieces, piece]) + END


def _alarms(entry: Entry) -> Iterable[str]:
    for seconds in entry.alarms_seconds:
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{escaped(entry.summary)}"
        yield f"TRIGGER:-PT{round(seconds / 60)}M"
        yield "END:VALARM"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime(STAMP)
