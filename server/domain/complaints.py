"""Complaints: one thread an order, between its customer and staff, and how it ends.

Texts are personal and lie sealed beside the value; here are ids, kinds and instants only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from server.domain.errors import Conflict, InvalidInput
from server.domain.ids import OrderId, PersonId, PhotoId

#: Bounds of one thread.
MOST_MESSAGES = 100
MOST_PHOTOS = 6
MAX_TEXT = 500


class Kind(StrEnum):
    """What went wrong."""

    LOST = "lost"
    DAMAGED = "damaged"
    OVERCHARGED = "overcharged"
    OTHER = "other"


class State(StrEnum):
    """Whose turn it is."""

    OPEN = "open"  #: staff's
    ANSWERED = "answered"  #: the customer's
    SETTLED = "settled"  #: nobody's; the customer may open it again for a while


class Side(StrEnum):
    """Who says something."""

    CUSTOMER = "customer"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; its text is sealed, under its place in the thread."""

    side: Side
    person: PersonId
    at: datetime
    photos: tuple[PhotoId, ...] = ()
    settles: bool = False  #: staff's word that it is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One thread; `id` is the order's."""

    id: OrderId
    version: int
    customer: PersonId
    kind: Kind
    state: State
    opened_at: datetime
    state_since: datetime
    messages: tuple[Message, ...]
    assignee: PersonId | None = None
    untold: int | None = None  #: the version that its customer has still to be told of


def opened(order: OrderId, customer: PersonId, kind: Kind, first: Message) -> Complaint:
    """Open a thread with the customer's first message."""
    return Complaint(
        id=order,
        version=1,
        customer=customer,
        kind=kind,
        state=State.OPEN,
        opened_at=first.at,
        state_since=first.at,
        messages=(first,),
    )


def added(known: Complaint, message: Message, *, reopen_seconds: float) -> Complaint:
    """Add a message: the customer's opens the thread (again), staff's answers or settles it.

    Raises:
        Conflict: it was settled, for staff; or too long ago, for its customer; or it is full.
    """
    if len(known.messages) >= MOST_MESSAGES:
        raise Conflict(field="text", rule="100_messages")
    if known.state is State.SETTLED:
        ends = known.state_since + timedelta(seconds=reopen_seconds)
        if message.side is Side.STAFF or message.at > ends:
            raise Conflict(field="state", rule="settled")
    state = _after(message)
    version = known.version + 1
    answers = message.side is Side.STAFF
    return replace(
        known,
        version=version,
        state=state,
        state_since=known.state_since if state is known.state else message.at,
        messages=(*known.messages, message),
        assignee=known.assignee or (message.person if answers else None),
        untold=version if answers else known.untold,
    )


def assigned(known: Complaint, to: PersonId | None) -> Complaint:
    """Say who of staff sees to it."""
    return replace(known, version=known.version + 1, assignee=to)


def words(text: str) -> str:
    """Give a message's text in normal form.

    Raises:
        InvalidInput: names the rule.
    """
    said = text.strip()
    if not 1 <= len(said) <= MAX_TEXT:
        raise InvalidInput(field="text", rule="1_to_500_characters")
    return said


def _after(message: Message) -> State:
    if message.side is Side.CUSTOMER:
        return State.OPEN
    return State.SETTLED if message.settles else State.ANSWERED
