"""Frames between a terminal's agent and the server.

The agent's first frame is `Boot`; the server answers `BootAccepted`, `BootPending` or a
`Failure` and a close code. Then each direction has at most one call outstanding (OCPP-J's
rule). Two ids: `id` deduplicates the transport, `command_id` / (`spool_id`, `number`) name
the business fact, so a resent frame changes nothing.

What happened to a command is told by spooled events only, never by the call's answer: the
answer says that the agent took the command or why it refused it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from realtime.wire.cabinets import CabinetLayout, Cell, FramesTold, TellFrames
from realtime.wire.devices import BootChallenge, BootProof, Enrol, Enrolled
from realtime.wire.envelope import AgentRequest, Failure, Reply, RequestId, ShortText
from realtime.wire.health import Health
from realtime.wire.moments import check_instant

#: The protocol of terminals: 2 proves a key at boot, 1 sent its token. Both are accepted.
TERMINAL_PROTOCOL = 2

#: What a JSON number holds exactly.
MOST_NUMBER = 2**53

CommandRef = Annotated[str, msgspec.Meta(max_length=64)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class DoorState(StrEnum):
    """What the sensor says of a door now."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"  #: never read, or the board is silent


class DoorEventKind(StrEnum):
    """What happened at a door; the steps of one open come in this order."""

    ASKED = "asked"  #: the intent is on the agent's disk; no byte was sent yet
    SENT = "sent"  #: the unlock frame left the port
    PULSED = "pulsed"  #: the board answered the unlock; says nothing of the door
    SENSED_OPEN = "sensed_open"  #: a polled or reported edge: the door is open
    SENSED_CLOSED = "sensed_closed"  #: a polled or reported edge: the door is closed
    JAMMED = "jammed"  #: not sensed open in time after the pulse
    LEFT_OPEN = "left_open"  #: still open after the warning time
    TAMPERED = "tampered"  #: sensed open with no command alive
    REFUSED = "refused"  #: the agent did not carry the command out; see `reason`
    UNCERTAIN = "uncertain"  #: the agent restarted mid-command; whether it pulsed is not known
    CHANGED_DURING_OUTAGE = "changed_during_outage"  #: after a restart the door differs
    UNREACHABLE = "unreachable"  #: its board stopped answering; the state is stale
    REACHABLE = "reachable"  #: its board answers again


class EvidenceSource(StrEnum):
    """Where the agent knows a fact from."""

    COMMAND = "command"  #: the server's order or a grant, as written on the disk
    LINE = "line"  #: the frame that was handed to the port
    REPLY = "reply"  #: the board's answer to an unlock
    POLL = "poll"  #: the board's answer to a reading
    REPORT = "report"  #: the board told it unasked
    TIME = "time"  #: nothing came in time
    DISK = "disk"  #: what the disk says after a restart


class DoorEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One spooled fact about one door.

    `number` rises by one within a `spool_id` (a new spool after a lost disk). `at` is the
    agent's best wall time. `evidence` is the frame's hex where there was one, `source` where
    the fact is known from. `item` is what a cell's own sensor says of a parcel inside, where
    the board has one.
    """

    number: Annotated[int, msgspec.Meta(ge=1, le=MOST_NUMBER)]
    cell: Cell
    kind: DoorEventKind
    at: Instant
    state: DoorState
    command_id: CommandRef | None = None
    reason: Annotated[str, msgspec.Meta(max_length=512)] | None = None
    evidence: Annotated[str, msgspec.Meta(max_length=4096)] | None = None
    source: EvidenceSource | None = None
    item: bool | None = None

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("at", self.at)


class DoorReading(msgspec.Struct, frozen=True, kw_only=True):
    """A door in a snapshot: its cell, last sensed state and whether that is stale."""

    cell: Cell
    state: DoorState
    stale: bool = False
    #: Whether something lies inside, where the board can sense it.
    item: bool | None = None


class Boot(AgentRequest, frozen=True, kw_only=True, tag="boot", tag_field="type"):
    """The agent's first frame: who it is, what it runs, all doors as last sensed."""

    protocol: int
    terminal_id: ShortText
    #: Only from an agent of protocol 1; a newer one proves its key (see `devices`).
    token: Annotated[str, msgspec.Meta(min_length=1, max_length=512)] | None = None
    agent_version: ShortText
    boot_id: ShortText
    spool_id: ShortText
    doors: Annotated[tuple[DoorReading, ...], msgspec.Meta(max_length=999)]
    #: The cabinet by its configuration; an agent that tells it knows `TellFrames`.
    layout: CabinetLayout | None = None


class Events(AgentRequest, frozen=True, kw_only=True, tag="events", tag_field="type"):
    """A batch of spooled events, in order, without gaps; answered by `EventsApplied`."""

    spool_id: ShortText
    events: Annotated[tuple[DoorEvent, ...], msgspec.Meta(min_length=1, max_length=200)]


class KioskAction(StrEnum):
    """What the person at the cabinet did on its screen or scanner."""

    CHOOSE_ROLE = "choose_role"  #: value: "deposit" (寄件) or "pickup" (揽件)
    CHOOSE_ORDER = "choose_order"  #: value: an order id of the visit's list
    SCAN = "scan"  #: value: the scanned text (a printed waybill or a carrier waybill)
    CONFIRM_INSIDE = "confirm_inside"  #: the parcel is inside
    CONFIRM_TAKEN = "confirm_taken"  #: the parcel is out
    OPEN_AGAIN = "open_again"
    ANOTHER_CELL = "another_cell"
    LEAVE = "leave"  #: ends the visit


class KioskInput(AgentRequest, frozen=True, kw_only=True, tag="kiosk_input", tag_field="type"):
    """One act of the person at the kiosk, within a visit; answered by `Reply` or `Failure`."""

    visit_id: ShortText
    action: KioskAction
    value: Annotated[str, msgspec.Meta(max_length=256)] | None = None


class TerminalCell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell as the kiosk draws it."""

    cell: Cell
    size: str


class TerminalConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What the server gives the agent at boot and on change; latest only.

    `kiosk_key` (base64url) keys the HMAC of the kiosk QR; `kiosk_url` is the https prefix
    that the QR's code is appended to. Times are settings of the server.
    """

    name: str
    kiosk_url: str
    kiosk_key: str
    kiosk_step_seconds: int
    open_within_seconds: float
    left_open_warn_seconds: float
    cells: tuple[TerminalCell, ...] = ()
    #: Public keys (base64url) whose offline grants count; more than one while keys change.
    grant_keys: tuple[str, ...] = ()


class BootAccepted(
    msgspec.Struct, frozen=True, kw_only=True, tag="boot_accepted", tag_field="type"
):
    """The terminal is served: its fence, the server's clock, what is already applied."""

    id: RequestId
    epoch: int
    server_time: Instant
    ping_seconds: float
    applied_number: int
    config: TerminalConfig

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("server_time", self.server_time)


class BootPending(msgspec.Struct, frozen=True, kw_only=True, tag="boot_pending", tag_field="type"):
    """The terminal is known but not yet taken into service: ask again later."""

    id: RequestId
    retry_seconds: float


class EventsApplied(
    msgspec.Struct, frozen=True, kw_only=True, tag="events_applied", tag_field="type"
):
    """All events of this spool up to `number` are applied; the agent may forget them."""

    id: RequestId
    number: int


class OpenDoor(msgspec.Struct, frozen=True, kw_only=True, tag="open_door", tag_field="type"):
    """Unlock one cell once. Refused after `deadline` (server clock), never queued.

    Answered by `CommandTaken` or `CommandRefused` with the same `id`.
    """

    id: RequestId
    command_id: ShortText
    cell: Cell
    deadline: Instant


class WithdrawGrant(
    msgspec.Struct, frozen=True, kw_only=True, tag="withdraw_grant", tag_field="type"
):
    """Never carry this grant out.

    Answered by `CommandTaken` with the grant's id when it was not used and now never will be,
    or by `CommandRefused` with reason `used` when it was. The same again gets the same answer.
    `issued_at` is when it was issued, or a little before: an agent that knows nothing of the
    grant, and whose disk began after that, refuses with `forgotten`, since it cannot tell.
    Without it (a server of before) such an agent takes what it does not know for not used.
    """

    id: RequestId
    grant_id: ShortText
    issued_at: Instant | None = None

    def __post_init__(self) -> None:
        """Check what no annotation can say."""
        check_instant("issued_at", self.issued_at)


class Configure(msgspec.Struct, frozen=True, kw_only=True, tag="configure", tag_field="type"):
    """A newer configuration; answered by `CommandTaken`."""

    id: RequestId
    config: TerminalConfig


class KioskOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the kiosk's list: masked, since others may look over the shoulder."""

    order_id: str
    label: str
    size: str
    cell: int | None = None
    #: A won order has to be collected by then.
    until: Instant | None = None


class KioskStep(StrEnum):
    """Which screen the kiosk shows for the running visit."""

    WELCOME = "welcome"  #: nobody here: the rotating QR, 寄件 and 揽件
    ON_PHONE = "on_phone"  #: the person has something to do on the phone; `message` says what
    CHOOSE_ROLE = "choose_role"
    CHOOSE_ORDER = "choose_order"
    SCAN_CARRIER = "scan_carrier"  #: scan the carrier waybill to bind it
    DOOR_OPENING = "door_opening"
    DOOR_OPEN = "door_open"
    PARCEL_INSIDE = "parcel_inside"  #: closed: is the parcel inside?
    PARCEL_TAKEN = "parcel_taken"  #: closed: is the parcel out?
    DOOR_JAMMED = "door_jammed"
    PAY = "pay"  #: `pay_url` as a QR
    DONE = "done"
    FAILED = "failed"  #: `message` says why and what to do


class KioskView(msgspec.Struct, frozen=True, kw_only=True, tag="kiosk", tag_field="type"):
    """What the kiosk shows now; pushed by the server, no answer, newest `version` wins."""

    version: int
    step: KioskStep
    visit_id: str | None = None
    role: str | None = None
    message: str | None = None
    cell: int | None = None
    orders: tuple[KioskOrder, ...] = ()
    pay_url: str | None = None
    amount_fen: int | None = None
    actions: tuple[KioskAction, ...] = ()
    expires_at: Instant | None = None


class CommandTaken(AgentRequest, frozen=True, kw_only=True, tag="command_taken", tag_field="type"):
    """The agent has the command on disk and will carry it out; events will tell."""

    command_id: CommandRef | None = None


class CommandRefused(
    AgentRequest, frozen=True, kw_only=True, tag="command_refused", tag_field="type"
):
    """The agent will not carry the command out: `late`, `unknown_cell`, `forgotten`, ..."""

    command_id: CommandRef
    reason: Annotated[str, msgspec.Meta(max_length=512)]


FromTerminal = (
    Enrol
    | Boot
    | BootProof
    | Events
    | KioskInput
    | Health
    | CommandTaken
    | CommandRefused
    | FramesTold
)
ToTerminal = (
    Enrolled
    | BootChallenge
    | BootAccepted
    | BootPending
    | EventsApplied
    | OpenDoor
    | WithdrawGrant
    | Configure
    | TellFrames
    | KioskView
    | Reply
    | Failure
)
