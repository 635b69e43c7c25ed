"""The truth about one door: values and time in, facts out. No clock, no I/O.

Two things are kept apart: the *command* that is alive (asked, sent, pulsed) and the *door* as
its sensor says. An acknowledged unlock is not an open door; only a reading made after the
unlock was sent says so.

    asked ──► sent ──► pulsed            the command's life
      │         └────────┴──► sensed open ──► sensed closed
      │                  └──► jammed (not open in time)
      └──► refused (certainly not sent)
    restart with a command alive ──► uncertain
    open without a command ──► tampered

Each function returns the door as it is then, and the facts to write down. The caller keeps
the old door if the facts could not be written: the next reading tells them again.
Instants are monotonic seconds; durations are in seconds.

Each fact names its source, and the frame where there was one. A board that answers an unlock
with a refusal ends nothing. No answer says anything of the door, good or bad (sources differ
over what boards of one name mean by theirs), and the unlock was sent: only the sensor tells. Its
words are kept for the jam that follows when the door stays closed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial

from realtime.wire.terminal import DoorEventKind, DoorState, EvidenceSource

#: After a door jammed, how long its opening is still taken for the command's late effect.
AFTER_JAM_SECONDS = 30.0
#: Why a command is uncertain whose door could not be read after its unlock.
UNREAD = "unread"


class Phase(StrEnum):
    """How far the door's last command came."""

    IDLE = "idle"  #: none, or it did its work
    ASKED = "asked"  #: on disk, not sent
    SENT = "sent"  #: the unlock left the port
    PULSED = "pulsed"  #: the board answered
    JAMMED = "jammed"  #: not open in time; a late opening is still its effect
    DOUBTED = "doubted"  #: the agent restarted meanwhile; it may have pulsed


#: A command is at work: a second one is refused as `busy`.
ALIVE = frozenset((Phase.ASKED, Phase.SENT, Phase.PULSED))
#: The unlock was sent: a door that reads open is open because of it.
_PULSED = frozenset((Phase.SENT, Phase.PULSED))
#: An opening now is the late effect of the command.
_AFTERMATH = frozenset((Phase.JAMMED, Phase.DOUBTED))
#: What refused a command that was not sent, by reason; else its own words did.
_REFUSED_BY = {
    "late": EvidenceSource.TIME,
    "no_clock": EvidenceSource.TIME,
    "unreachable": EvidenceSource.LINE,
    "port_lost": EvidenceSource.LINE,
    "port_stuck": EvidenceSource.LINE,
    "closed": EvidenceSource.LINE,
}


@dataclass(frozen=True, slots=True)
class DoorTimes:
    """How long a door may take; the server's settings."""

    open_within_seconds: float = 5.0
    left_open_warn_seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened at a door, at a monotonic instant."""

    kind: DoorEventKind
    at: float
    command_id: str | None = None
    reason: str | None = None
    #: The frame's hex, where there was one.
    evidence: str | None = None
    #: Where it is known from.
    source: EvidenceSource | None = None
    #: Whether something lies inside, where the reading that tells this says so.
    item: bool | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """The board's own refusal of an unlock: its words and its frame."""

    reason: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Door:
    """One door, all that is known of it."""

    cell: int
    #: The last reading; UNKNOWN only while there never was one.
    state: DoorState = DoorState.UNKNOWN
    #: The last reading is old: from before a restart, or the board is silent.
    is_stale: bool = True
    #: Its board stopped answering, and that was told.
    is_unreachable: bool = False
    phase: Phase = Phase.IDLE
    #: The command that `phase` speaks of.
    command_id: str | None = None
    #: When `phase` began.
    phase_at: float = 0.0
    #: When it was sensed open; set while it is.
    open_at: float | None = None
    #: The command that opened it; set while it is open and the cause is known.
    opened_by: str | None = None
    #: That it was left open has been told.
    is_warned: bool = False
    #: When the last reading was asked for; of this run only.
    read_at: float = field(default=-math.inf, compare=False)
    #: Whether something lies inside by the last reading; None where that is not sensed.
    item: bool | None = None
    #: The board refused the command that is at work.
    declined: Declined | None = None

    @property
    def is_busy(self) -> bool:
        """Tell whether a command is at work."""
        return self.phase in ALIVE


Step = tuple[Door, tuple[Fact, ...]]


def restored(
    cell: int,
    state: DoorState,
    now: float,
    *,
    opened_by: str | None = None,
    is_warned: bool = False,
    doubted: str | None = None,
) -> Door:
    """Make the door as the disk remembers it; `doubted` is a command cut off by the restart."""
    return Door(
        cell=cell,
        state=state,
        phase=Phase.DOUBTED if doubted else Phase.IDLE,
        command_id=doubted,
        phase_at=now,
        open_at=now if state is DoorState.OPEN else None,
        opened_by=opened_by if state is DoorState.OPEN else None,
        is_warned=is_warned,
    )


# The command


def asked(door: Door, command_id: str, now: float, reason: str | None = None) -> Step:
    """Begin a command; the caller has made sure that none is at work.

    `reason` says whose it is when it is not the server's own.
    """
    source = EvidenceSource.COMMAND
    return (
        replace(door, phase=Phase.ASKED, command_id=command_id, phase_at=now, declined=None),
        (Fact(DoorEventKind.ASKED, now, command_id, reason=reason, source=source),),
    )


def sent(door: Door, at: float, evidence: str) -> Step:
    """The unlock left the port."""
    return (
        replace(door, phase=Phase.SENT, phase_at=at),
        (_told(DoorEventKind.SENT, at, door, EvidenceSource.LINE, evidence),),
    )


def pulsed(door: Door, at: float, evidence: str) -> Step:
    """The board answered the unlock."""
    return (
        replace(door, phase=Phase.PULSED, phase_at=at),
        (_told(DoorEventKind.PULSED, at, door, EvidenceSource.REPLY, evidence),),
    )


def declined(door: Door, reason: str, evidence: str) -> Step:
    """The board answered that it will not or cannot unlock: kept, and the sensor waited for."""
    return replace(door, declined=Declined(reason, evidence)), ()


def not_sent(door: Door, now: float, reason: str) -> Step:
    """The unlock was certainly not sent: the command ends."""
    assert door.command_id is not None
    return (
        replace(door, phase=Phase.IDLE, command_id=None, phase_at=now),
        (refused(door.command_id, now, reason),),
    )


def refused(command_id: str, now: float, reason: str) -> Fact:
    """Make the fact that a command is not carried out."""
    source = _REFUSED_BY.get(reason, EvidenceSource.COMMAND)
    return Fact(DoorEventKind.REFUSED, now, command_id, reason=reason, source=source)


def cut_off(command_id: str, now: float) -> Fact:
    """Make the fact that the agent ended in the middle of a command."""
    kind, source = DoorEventKind.UNCERTAIN, EvidenceSource.DISK
    return Fact(kind, now, command_id, reason="restarted", source=source)


# The sensor


def sensed(
    door: Door,
    state: DoorState,
    asked_at: float,
    at: float,
    evidence: str,
    item: bool | None = None,
) -> Step:
    """Take a reading of the sensor: asked for at one instant, answered at another.

    A reading asked for before the unlock went out says nothing of its effect, and is left
    for the next one to replace.
    """
    if state is DoorState.UNKNOWN or (door.phase in _PULSED and asked_at < door.phase_at):
        return door, ()
    facts: list[Fact] = []
    first = door.state is DoorState.UNKNOWN
    known = partial(replace, evidence=evidence, source=EvidenceSource.POLL, item=item)
    if first or door.is_unreachable:
        facts.append(known(Fact(DoorEventKind.REACHABLE, at)))
    was_stale = door.is_stale
    fresh = replace(door, is_stale=False, is_unreachable=False, item=item, read_at=asked_at)
    is_edge = state is not door.state
    if state is DoorState.OPEN and door.phase in _PULSED:
        after, fact = _opened(fresh, at, DoorEventKind.SENSED_OPEN, door.command_id)
    elif not is_edge:
        return fresh, tuple(facts)
    elif first:
        return _first_reading(fresh, state, at), tuple(facts)
    elif was_stale:
        after, fact = _changed(fresh, state, at)
    else:
        after, fact = _edge(fresh, state, at)
    facts.append(known(fact))
    return after, tuple(facts)


def silent(
    door: Door,
    now: float,
    reason: str | None = None,
    evidence: str | None = None,
    source: EvidenceSource = EvidenceSource.TIME,
) -> Step:
    """The board no longer tells of its doors: the state stays as last sensed, and is stale.

    A board that refuses to be read has a frame to show for it, and its words are the reason.
    """
    if door.is_unreachable:
        return door, ()
    fact = Fact(DoorEventKind.UNREACHABLE, now, None, reason, evidence, source)
    return replace(door, is_stale=True, is_unreachable=True), (fact,)


def tick(door: Door, now: float, times: DoorTimes) -> Step:
    """Let time pass: jams, doors left open, the end of a command's aftermath."""
    facts: list[Fact] = []
    age, within = now - door.phase_at, times.open_within_seconds
    if door.phase in _PULSED and age >= within:
        door, facts = _overdue(door, now, within)
    elif not door.is_stale and (
        (door.phase is Phase.DOUBTED and age >= within)
        or (door.phase is Phase.JAMMED and age >= AFTER_JAM_SECONDS)
    ):
        # While unread it may stand open by this command: only a reading lets go of it.
        door = replace(door, phase=Phase.IDLE, command_id=None, phase_at=now)
    is_left_open = door.open_at is not None and now - door.open_at >= times.left_open_warn_seconds
    if is_left_open and not door.is_warned:
        source = EvidenceSource.TIME
        facts.append(Fact(DoorEventKind.LEFT_OPEN, now, door.opened_by, source=source))
        door = replace(door, is_warned=True)
    return door, tuple(facts)


def _overdue(door: Door, now: float, within_seconds: float) -> tuple[Door, list[Fact]]:
    """End a command whose door was not sensed open in time.

    Jammed is said of a door that was read as closed after its time was over. One that could
    not be read may stand open: that is uncertain, and no fault of the cell.
    """
    if door.read_at >= door.phase_at + within_seconds:
        after = replace(door, phase=Phase.JAMMED, phase_at=now, declined=None)
        return after, [_jammed(door, now)]
    if not door.is_unreachable and now - door.phase_at < 2 * within_seconds:
        return door, []
    fact = Fact(
        DoorEventKind.UNCERTAIN, now, door.command_id, reason=UNREAD, source=EvidenceSource.TIME
    )
    return replace(door, phase=Phase.DOUBTED, phase_at=now, declined=None), [fact]


def _told(
    kind: DoorEventKind, at: float, door: Door, source: EvidenceSource, evidence: str
) -> Fact:
    return Fact(kind, at, door.command_id, evidence=evidence, source=source)


def _jammed(door: Door, now: float) -> Fact:
    """Tell a jam: by time alone, or by what the board said of it before."""
    fact = Fact(DoorEventKind.JAMMED, now, door.command_id, source=EvidenceSource.TIME)
    words = door.declined
    if words is None:
        return fact
    source = EvidenceSource.REPLY
    return replace(fact, reason=words.reason, evidence=words.evidence, source=source)


def _edge(door: Door, state: DoorState, at: float) -> tuple[Door, Fact]:
    """The door moved while it was watched and no unlock was awaiting its effect."""
    if state is DoorState.CLOSED:
        return _closed(door, at, DoorEventKind.SENSED_CLOSED)
    if door.phase in _AFTERMATH:
        reason = "after_jam" if door.phase is Phase.JAMMED else "after_restart"
        after, fact = _opened(door, at, DoorEventKind.SENSED_OPEN, door.command_id)
        return after, replace(fact, reason=reason)
    # Asked but not sent counts as no command: nothing of ours can have opened it.
    return _opened(door, at, DoorEventKind.TAMPERED, None)


def _changed(door: Door, state: DoorState, at: float) -> tuple[Door, Fact]:
    """The door moved while nobody watched: no order of events is made up."""
    kind = DoorEventKind.CHANGED_DURING_OUTAGE
    if state is DoorState.CLOSED:
        return _closed(door, at, kind)
    cause = door.command_id if door.phase in _AFTERMATH else None
    return _opened(door, at, kind, cause)


def _opened(
    door: Door, at: float, kind: DoorEventKind, command_id: str | None
) -> tuple[Door, Fact]:
    after = replace(door, state=DoorState.OPEN, open_at=at, opened_by=command_id, is_warned=False)
    if command_id is not None:
        after = replace(after, phase=Phase.IDLE, command_id=None, phase_at=at, declined=None)
    return after, Fact(kind, at, command_id)


def _closed(door: Door, at: float, kind: DoorEventKind) -> tuple[Door, Fact]:
    after = replace(door, state=DoorState.CLOSED, open_at=None, opened_by=None, is_warned=False)
    return after, Fact(kind, at, door.opened_by)


def _first_reading(door: Door, state: DoorState, at: float) -> Door:
    return replace(door, state=state, open_at=at if state is DoorState.OPEN else None)
