"""Judges offline grants: a scanned text and what the agent knows in, a verdict out. No I/O.

A grant is good while the link is not up, at the terminal and until the deadline that the
server signed (Ed25519, RFC 8032; the text is of `realtime.wire.grants`). Whether it was used
already is not judged here: the cabinet knows, and judges that together with the opening.

An instant that is uncertain is taken for the worse: a grant is late as soon as it may be.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hardware.disk.memory import remembers
from hardware.link.link import LinkState
from realtime.wire.devices import from_text
from realtime.wire.grants import GRANT_PURPOSE, Grant, read_grant_text

#: How far in the future a grant may have been issued: servers' clocks differ a little.
ISSUE_SLACK_SECONDS = 60.0
#: No grant may live longer: the ids of used ones are remembered for 30 days (`spool`).
MOST_LIFE_SECONDS = 14 * 86400
#: How long a grant's unlock may wait for its line.
OPEN_SECONDS = 10.0
#: What grants may be for.
PURPOSES = frozenset(("collect", "deposit"))

#: A grant of any version, behind what scanners put before it (`]Q1`, `QR_CODE,`).
_GRANT = re.compile(r"LJG[0-9]+:")


class Why(StrEnum):
    """Why a scanned text opens nothing."""

    NOT_A_GRANT = "not_a_grant"  #: damaged, or of a version not known here
    NO_KEYS = "no_keys"  #: the server never told this terminal whose grants count
    BAD_SIGNATURE = "bad_signature"
    OTHER_TERMINAL = "other_terminal"
    ONLINE = "online"  #: the link is up: the phone opens the door
    REPLACED = "replaced"  #: another agent has this terminal's identity
    NO_CLOCK = "no_clock"  #: the machine booted without the server: no deadline can be judged
    NOT_YET = "not_yet"
    LATE = "late"
    FORGOTTEN = "forgotten"  #: older than this disk's memory: it may have been used
    UNKNOWN_CELL = "unknown_cell"


@dataclass(frozen=True, slots=True)
class Here:
    """What the agent knows when a grant is shown to it."""

    terminal_id: str
    #: Public keys whose grants count, base64url.
    keys: Sequence[str]
    cells: Collection[int]
    link: LinkState
    #: The server's time; None without a clock that can be trusted.
    now: datetime | None
    #: By how much `now` may be wrong.
    error_seconds: float
    #: From when on this disk remembers every grant that was used; None: it never began.
    remembers_since: datetime | None


@dataclass(frozen=True, slots=True)
class Good:
    """The door may be opened, once, until `not_after`."""

    grant: Grant
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Bad:
    """Nothing is opened."""

    why: Why


def find_grant(text: str) -> str | None:
    """Find a grant's text in what was scanned; None when it is something else."""
    upper = text.strip().upper()
    found = _GRANT.search(upper)
    return upper[found.start() :] if found else None


def takes_grants(link: LinkState) -> bool:
    """Tell whether the link's state lets grants count.

    A half-open link is up until the session's silence ends it: up to then the server may
    still reach the terminal.
    """
    return link not in (LinkState.UP, LinkState.REPLACED)


def check(text: str, here: Here) -> Good | Bad:
    """Judge a grant's text; it may hold anything."""
    try:
        grant, payload, signature = read_grant_text(text)
    except ValueError:
        return Bad(Why.NOT_A_GRANT)
    if not here.keys:
        return Bad(Why.NO_KEYS)
    if not any(_is_signed(key, signature, payload) for key in here.keys):
        return Bad(Why.BAD_SIGNATURE)
    why = _why_not_here(grant, here) or _why_not_now(grant, here)
    if why is not None:
        return Bad(why)
    assert here.now is not None
    soon = here.now + timedelta(seconds=OPEN_SECONDS)
    last = _instant(grant.deadline) - timedelta(seconds=here.error_seconds)
    return Good(grant, min(soon, last))


def _is_signed(key: str, signature: bytes, payload: bytes) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(from_text(key))
        public.verify(signature, GRANT_PURPOSE + payload)
    except (ValueError, InvalidSignature):
        return False
    return True


def _why_not_here(grant: Grant, here: Here) -> Why | None:
    checks = (
        (grant.terminal_id != here.terminal_id, Why.OTHER_TERMINAL),
        (here.link is LinkState.REPLACED, Why.REPLACED),
        (not takes_grants(here.link), Why.ONLINE),
        (grant.cell not in here.cells, Why.UNKNOWN_CELL),
        (grant.purpose not in PURPOSES, Why.NOT_A_GRANT),
    )
    return next((why for is_so, why in checks if is_so), None)


def _why_not_now(grant: Grant, here: Here) -> Why | None:
    """Judge the instants as numbers: signed ones may lie beyond every calendar."""
    if here.now is None:
        return Why.NO_CLOCK
    now = here.now.timestamp()
    life = grant.deadline - grant.issued_at
    checks = (
        (life > MOST_LIFE_SECONDS, Why.NOT_A_GRANT),
        (grant.issued_at > now + ISSUE_SLACK_SECONDS + here.error_seconds, Why.NOT_YET),
        (now + here.error_seconds >= grant.deadline, Why.LATE),
        (not remembers(grant.issued_at, here.remembers_since), Why.FORGOTTEN),
    )
    return next((why for is_so, why in checks if is_so), None)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
