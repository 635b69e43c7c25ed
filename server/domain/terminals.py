"""Terminals, their cells, and the commands that open doors: values and their tables of states.

Acknowledged is not opened (rule 4): a command's state climbs `RANK` and never falls; only what
a sensor said counts as open or closed, and a sensor may speak after a command was given up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.domain.geo import Place
from server.domain.ids import CellId, CommandId, OrderId, PersonId, TerminalId
from server.domain.prices import Size


class Door(StrEnum):
    """What a sensor says of a door."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class CellState(StrEnum):
    """What a cell is used for, as staff see it."""

    FREE = "free"
    HELD = "held"  #: for a deposit that is not confirmed
    OCCUPIED = "occupied"
    OUT_OF_SERVICE = "out_of_service"


class Purpose(StrEnum):
    """Why a door is opened."""

    DEPOSIT = "deposit"
    COLLECT = "collect"
    REFUSE = "refuse"  #: the courier puts a refused parcel back
    TAKE_BACK = "take_back"
    STAFF = "staff"
    TEST = "test"  #: staff's, of a cell out of service


class CommandState(StrEnum):
    """How far one open command is."""

    GRANTED = "granted"  #: an offline grant's: asleep until it is asked for, online or there
    ASKED = "asked"  #: written, on its way to the terminal
    TAKEN = "taken"  #: the agent has it on disk
    PULSED = "pulsed"  #: the board answered the unlock; says nothing of the door
    REFUSED = "refused"  #: not carried out; see the reason
    JAMMED = "jammed"  #: not sensed open in time
    UNCERTAIN = "uncertain"  #: the agent restarted in the middle of it
    EXPIRED = "expired"  #: nothing was heard of it in time
    SENSED_OPEN = "sensed_open"
    SENSED_CLOSED = "sensed_closed"


#: A command only climbs. A door may open after it was given up, so sensing outranks failing.
RANK: dict[CommandState, int] = {
    CommandState.GRANTED: -1,
    CommandState.ASKED: 0,
    CommandState.TAKEN: 1,
    CommandState.PULSED: 2,
    CommandState.REFUSED: 3,
    CommandState.JAMMED: 3,
    CommandState.UNCERTAIN: 3,
    CommandState.EXPIRED: 3,
    CommandState.SENSED_OPEN: 4,
    CommandState.SENSED_CLOSED: 5,
}

#: States of a command that may still open its door.
ALIVE = frozenset({CommandState.ASKED, CommandState.TAKEN, CommandState.PULSED})

#: States of a command that was given up without a word from the sensor.
FAILED = frozenset(
    {
        CommandState.REFUSED,
        CommandState.JAMMED,
        CommandState.UNCERTAIN,
        CommandState.EXPIRED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """One locker cabinet as the platform knows it; its secrets stay in the store."""

    id: TerminalId
    name: str
    place: Place
    region: str
    epoch: int = 0  #: the fence: each connection has its own, the newest counts
    online: bool = False
    agent_version: str | None = None
    protocol: int = 1  #: what its agent spoke when it last booted


class PulseTestState(StrEnum):
    """How far a checked test of a cell out of service is."""

    ASKED = "asked"  #: the door is to open
    OPENED = "opened"  #: sensed open: somebody has to close it
    PASSED = "passed"  #: sensed open, then closed: the cell is back in service
    FAILED = "failed"  #: still out of service


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseTest:
    """The last test of a cell."""

    command: CommandId
    by: PersonId
    at: datetime
    until: datetime  #: failed when it has not come to its end by then
    state: PulseTestState = PulseTestState.ASKED
    reason: str | None = None  #: why it failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell, who has it, and how its door stands."""

    id: CellId
    terminal: TerminalId
    cell: int
    size: Size
    door: Door = Door.UNKNOWN
    stale: bool = True  #: the board does not answer, or the terminal is new
    door_at: datetime | None = None  #: when `door` was sensed to be what it is
    stale_at: datetime | None = None  #: since when nothing is heard of it
    order: OrderId | None = None
    command: CommandId | None = None  #: the last open command for `order`
    held_at: datetime | None = None  #: when `order` claimed it
    held_until: datetime | None = None  #: only until the deposit is confirmed
    retired: bool = False  #: out of service until staff restore it
    faults: int = 0  #: within the fault window
    test: PulseTest | None = None

    @property
    def state(self) -> CellState:
        """Tell what the cell is used for."""
        if self.retired:
            return CellState.OUT_OF_SERVICE
        if self.order is None:
            return CellState.FREE
        return CellState.OCCUPIED if self.held_until is None else CellState.HELD


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One wish to open one door once."""

    id: CommandId
    terminal: TerminalId
    cell: int
    purpose: Purpose
    actor: PersonId
    asked_at: datetime
    deadline: datetime  #: the agent refuses it when later
    sense_by: datetime  #: given up when nothing was sensed by then
    order: OrderId | None = None
    reason: str | None = None  #: staff's
    state: CommandState = CommandState.ASKED
    failure: str | None = None
    granted: bool = False  #: an offline grant stands for it as well
    released: bool = False  #: that grant was ended by staff, not by the agent
