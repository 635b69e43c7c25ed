"""An order's past, step by step: its state after each event, folded from the events alone.

Pure, and forgiving: an order with more events than are kept begins in the middle, and what a
step does not tell stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from server.domain.custody import Custody, Step
from server.domain.ids import PersonId
from server.domain.money import Charge, Payout
from server.domain.orders import OrderEvent

#: What a step says of the order's door; other steps that carry a command ask it to open.
DOORS: Mapping[str, str] = MappingProxyType(
    {
        "door_sensed_open": "open",
        "door_sensed_closed": "closed",
        "door_failed": "failed",
        "door_left_open": "open",
        "door_left_open_collecting": "open",
        "door_left_open_long": "open",
        Step.REFUSE: "closed",
        Step.COLLECT: "closed",
    }
)

#: In these states no cell is the order's.
_OUT = frozenset(
    {
        *(Custody.PLACED, Custody.COLLECTED, Custody.IN_REVIEW),
        *(Custody.DONE, Custody.CANCELLED, Custody.RETURNED),
    }
)

#: Steps after which nobody has claimed it.
_FREED = frozenset({Step.HAND_BACK, Step.UNASSIGN, Step.EXPIRE_CLAIM})

#: Steps that begin an offer under the next version.
_OFFERED = _FREED | {Step.OFFER, "offer_renewed"}

_PAYOUTS = {state.value: state for state in Payout if state is not Payout.NONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The order after one event."""

    version: int
    at: datetime
    step: str
    actor: PersonId
    custody: Custody
    charge: Charge
    payout: Payout = Payout.NONE
    terminal: str | None = None
    cell: int | None = None
    door: str | None = None
    courier: str | None = None
    offer: int | None = None
    ring: int | None = None


def moments(events: Iterable[OrderEvent]) -> list[Moment]:
    """Give the order's state after each of its events, in their order."""
    found: list[Moment] = []
    for event in events:
        found.append(_after(found[-1] if found else None, event))
    return found


def _after(before: Moment | None, event: OrderEvent) -> Moment:
    here = Moment(
        version=event.version,
        at=event.at,
        step=event.step,
        actor=event.actor,
        custody=event.custody,
        charge=event.charge,
    )
    if before is not None:
        kept = ("payout", "terminal", "cell", "door", "courier", "offer", "ring")
        here = replace(here, **{name: getattr(before, name) for name in kept})
    return _with_race(_with_door(_with_payout(here), event, before), event)


def _with_payout(here: Moment) -> Moment:
    told = _PAYOUTS.get(here.step)
    if told is None and here.step == Step.APPROVE:
        told = Payout.EARNED
    return here if told is None else replace(here, payout=told)


def _with_door(here: Moment, event: OrderEvent, before: Moment | None) -> Moment:
    data = event.data
    terminal, cell = data.get("terminal"), data.get("cell")
    if isinstance(terminal, str):
        here = replace(here, terminal=terminal)
    if isinstance(cell, int):
        here = replace(here, cell=cell)
    door = DOORS.get(event.step)
    if door is None and isinstance(data.get("command"), str):
        door = "asked"
    if door is not None:
        here = replace(here, door=door)
    elif before is not None and before.custody is not here.custody:
        here = replace(here, door=None)  # the next phase has asked for nothing yet
    if here.custody in _OUT:
        here = replace(here, terminal=None, cell=None, door=None)
    return here


def _with_race(here: Moment, event: OrderEvent) -> Moment:
    data = event.data
    if event.step in _OFFERED:
        first = event.step == Step.OFFER and here.offer is None
        here = replace(here, offer=1 if first else (here.offer or 0) + 1)
        here = replace(here, ring=here.ring or 0)
    if isinstance(version := data.get("offer_version"), int):
        here = replace(here, offer=version)
    if isinstance(ring := data.get("ring"), int):
        here = replace(here, ring=ring)
    if event.step == Step.CLAIM:
        return replace(here, courier=event.actor)
    if event.step == Step.ASSIGN:
        return replace(here, courier=str(data.get("to", "")) or None)
    if event.step in _FREED:
        return replace(here, courier=None)
    return here
