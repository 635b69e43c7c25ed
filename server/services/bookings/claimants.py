"""Who claims a slot, in the claim engine's words: a new hold, or a booking that moves.

Both are drawn from what the person asked, so that asking again under the same request id is the
same claimant, and hears `yours`. A hold names its person in the open: the judge, in another
process, has nothing else to know them by.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from realtime.claims import ClaimantId
from server.domain.ids import BookingId, PersonId

#: Characters of a booking's id that stand for person and request: 80 bits.
DIGEST_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class NewHold:
    """A person's wish for a hold; the booking's id follows from person and request."""

    person: PersonId
    booking: BookingId


@dataclass(frozen=True, slots=True)
class Move:
    """A booking's wish for another seat, decided on one version of it."""

    booking: BookingId
    version: int


Claimant = NewHold | Move


def new_hold(person: PersonId, request: str) -> NewHold:
    """Name a person's wish by its request id."""
    digest = hashlib.sha256(f"{person}\0{request}".encode()).digest()
    letters = base64.b32encode(digest).decode()[:DIGEST_CHARACTERS]
    return NewHold(person, BookingId(f"BK{letters}"))


def claimant_id(claimant: Claimant) -> ClaimantId:
    """Write a claimant as the engine knows it."""
    if isinstance(claimant, Move):
        return ClaimantId(f"move/{claimant.booking}/{claimant.version}")
    return ClaimantId(f"hold/{claimant.booking}/{claimant.person}")


def read_claimant(text: ClaimantId) -> Claimant:
    """Read a claimant back.

    Raises:
        ValueError: it is none.
    """
    kind, booking, rest = text.split("/", 2)
    if kind == "move":
        return Move(BookingId(booking), int(rest))
    if kind != "hold":
        raise ValueError(f"no claimant of a slot: {text}")
    return NewHold(PersonId(rest), BookingId(booking))
