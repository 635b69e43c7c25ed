"""A cabinet's agent as the server sees it: frames in, numbered events out. Doors move by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from realtime.wire.cabinets import TellFrames
from realtime.wire.devices import BootProof, Enrol, boot_text, enrol_text, to_text
from realtime.wire.kiosk import kiosk_path, kiosk_step
from realtime.wire.terminal import (
    TERMINAL_PROTOCOL,
    Boot,
    BootAccepted,
    CommandRefused,
    CommandTaken,
    Configure,
    DoorEvent,
    DoorEventKind,
    DoorReading,
    DoorState,
    Events,
    KioskAction,
    KioskInput,
    KioskView,
    OpenDoor,
    WithdrawGrant,
)
from server.domain.ids import TerminalId
from server.services.terminals.links import TerminalLinks
from server.services.terminals.terminals import KEY_LENGTH

KINDS_OPEN = (
    DoorEventKind.ASKED,
    DoorEventKind.SENT,
    DoorEventKind.PULSED,
    DoorEventKind.SENSED_OPEN,
)


TERMINAL = TerminalId("SZ-0001")


@dataclass
class Cabinet:
    """One terminal's agent; also the `Routing` that leads to it."""

    terminal: TerminalId = TERMINAL
    token: str = ""
    device_key: Ed25519PrivateKey = field(
        default_factory=lambda: Ed25519PrivateKey.from_private_bytes(b"d" * 32)
    )
    key: bytes = b"k" * KEY_LENGTH
    online: bool = True
    lost_frames: bool = False  # the socket dies between asking and sending
    boot_id: str = "b1"
    fenced: list[int] = field(default_factory=list)
    spool: str = "spool-1"
    number: int = 0
    epoch: int = 0
    commands: list[OpenDoor] = field(default_factory=list)
    screens: list[KioskView] = field(default_factory=list)
    sent: list[DoorEvent] = field(default_factory=list)
    links: TerminalLinks | None = None
    silent: bool = False  # calls arrive and are never answered
    executed: set[str] = field(default_factory=set)  # on the agent's disk
    withdrawn: set[str] = field(default_factory=set)  # on the agent's disk
    recalls: list[WithdrawGrant] = field(default_factory=list)
    frames_asked: list[TellFrames] = field(default_factory=list)
    since: datetime | None = None  # from when on the disk remembers; None: from ever

    # What the server does

    async def connected(self, terminal: TerminalId) -> bool:
        return self.online and terminal == self.terminal

    async def connected_of(self, terminals: Sequence[TerminalId]) -> frozenset[TerminalId]:
        return frozenset({self.terminal} & set(terminals) if self.online else ())

    async def send(
        self,
        terminal: TerminalId,
        frame: OpenDoor | WithdrawGrant | Configure | TellFrames | KioskView,
    ) -> bool:
        if not await self.connected(terminal):
            return False
        if isinstance(frame, KioskView):
            self.screens.append(frame)
        if isinstance(frame, OpenDoor):
            if self.lost_frames:
                return False
            assert frame.command_id not in self.withdrawn, "asked for what was withdrawn"
            if frame.command_id in self.executed:
                return True  # taken again, and not carried out again
            self.commands.append(frame)
            self.executed.add(frame.command_id)
        if isinstance(frame, TellFrames):
            self.frames_asked.append(frame)
        if isinstance(frame, WithdrawGrant):
            self.recalls.append(frame)
            if not self.silent:
                await self.answer(frame)
        return True

    async def fence(self, terminal: TerminalId, epoch: int) -> None:
        self.fenced.append(epoch)

    # What the agent does

    async def answer(self, frame: WithdrawGrant) -> None:
        """Say of a grant what the disk says."""
        said: CommandTaken | CommandRefused
        assert frame.issued_at is not None
        is_known = frame.grant_id in self.executed | self.withdrawn
        if frame.grant_id in self.executed:
            said = CommandRefused(id=frame.id, command_id=frame.grant_id, reason="used")
        elif not is_known and self.since is not None and frame.issued_at < self.since:
            said = CommandRefused(id=frame.id, command_id=frame.grant_id, reason="forgotten")
        else:
            self.withdrawn.add(frame.grant_id)
            said = CommandTaken(id=frame.id, command_id=frame.grant_id)
        await self._links().command_answer(self.terminal, self.epoch, said)

    def takes_grant(self, grant_id: str, cell: int) -> OpenDoor | None:
        """Let somebody show an offline code: what is carried out, or None where it is refused."""
        if self.online or grant_id in self.executed | self.withdrawn:
            return None
        self.executed.add(grant_id)
        at = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.commands.append(OpenDoor(id="scan", command_id=grant_id, cell=cell, deadline=at))
        return self.commands[-1]

    def loses_disk(self, now: datetime) -> None:
        """Be given a new disk: nothing is remembered, and nothing will be told of before."""
        self.executed.clear()
        self.withdrawn.clear()
        self.spool, self.number, self.since = f"{self.spool}+", 0, now

    async def comes_back(self, cells: int) -> None:
        """Boot anew: asked for grants at once; what is in the spool, tests report."""
        self.online = True
        await self.boot(cells)

    @property
    def public_key(self) -> str:
        return to_text(self.device_key.public_key().public_bytes_raw())

    def enrolment(self, **other: str) -> Enrol:
        """Make the frame; what is given is put in after it was signed."""
        text = enrol_text(self.terminal, self.token, self.public_key)
        fields = {
            "terminal_id": str(self.terminal),
            "token": self.token,
            "public_key": self.public_key,
            "signature": to_text(self.device_key.sign(text)),
        }
        return Enrol(id="enrol", protocol=TERMINAL_PROTOCOL, **(fields | other))

    async def enrol(self, **other: str) -> None:
        await self._links().enrol(self.enrolment(**other), "192.0.2.1")

    def boot_frame(self, cells: int, *, protocol: int = TERMINAL_PROTOCOL) -> Boot:
        doors = tuple(DoorReading(cell=n, state=DoorState.CLOSED) for n in range(1, cells + 1))
        return Boot(
            id="boot",
            protocol=protocol,
            terminal_id=self.terminal,
            token=self.token if protocol < TERMINAL_PROTOCOL else None,
            agent_version="1",
            boot_id=self.boot_id,
            spool_id=self.spool,
            doors=doors,
        )

    async def boot(self, cells: int, *, protocol: int = TERMINAL_PROTOCOL) -> BootAccepted:
        boot = self.boot_frame(cells, protocol=protocol)
        challenge = self._links().challenge(boot)
        proof = None if challenge is None else self.proof(boot, challenge.nonce)
        accepted = await self._links().boot(boot, challenge, proof)
        self.epoch = accepted.epoch
        await self._links().booted(self.terminal, self.epoch, boot)
        return accepted

    def proof(self, boot: Boot, nonce: str) -> BootProof:
        text = boot_text(boot.terminal_id, boot.boot_id, nonce)
        return BootProof(id=boot.id, signature=to_text(self.device_key.sign(text)))

    async def report(self, *events: DoorEvent) -> int:
        batch = Events(id="e", spool_id=self.spool, events=events)
        self.sent.extend(events)
        return await self._links().events(self.terminal, self.epoch, batch)

    def event(
        self, kind: DoorEventKind, cell: int, state: DoorState, command: str | None
    ) -> DoorEvent:
        self.number += 1
        return DoorEvent(
            number=self.number,
            cell=cell,
            kind=kind,
            at=datetime(2026, 11, 22, 12, tzinfo=UTC),
            state=state,
            command_id=command,
        )

    async def opens(self) -> OpenDoor:
        """Let the door of the last command open."""
        command = self.commands[-1]
        kinds = [
            (kind, DoorState.OPEN if kind is DoorEventKind.SENSED_OPEN else DoorState.CLOSED)
            for kind in KINDS_OPEN
        ]
        await self.report(
            *(self.event(kind, command.cell, state, command.command_id) for kind, state in kinds)
        )
        return command

    async def closes(self, command: OpenDoor | None = None) -> None:
        command = command or self.commands[-1]
        await self.report(
            self.event(
                DoorEventKind.SENSED_CLOSED, command.cell, DoorState.CLOSED, command.command_id
            )
        )

    async def opens_and_closes(self) -> None:
        await self.closes(await self.opens())

    async def jams(self, command: OpenDoor | None = None) -> None:
        command = command or self.commands[-1]
        await self.report(
            self.event(DoorEventKind.JAMMED, command.cell, DoorState.CLOSED, command.command_id)
        )

    async def opens_late(self, command: OpenDoor) -> None:
        await self.report(
            self.event(DoorEventKind.SENSED_OPEN, command.cell, DoorState.OPEN, command.command_id)
        )

    async def press(self, visit: str, action: KioskAction, value: str | None = None) -> None:
        given = KioskInput(id="k", visit_id=visit, action=action, value=value)
        await self._links().kiosk_input(self.terminal, self.epoch, given)

    def code(self, now: datetime, *, steps_ago: int = 0, step_seconds: int = 30) -> str:
        step = kiosk_step(now.timestamp(), step_seconds) - steps_ago
        return kiosk_path(self.key, self.terminal, step)

    @property
    def screen(self) -> KioskView:
        """The newest picture, as an agent chooses it."""
        return max(self.screens, key=lambda view: view.version)

    def _links(self) -> TerminalLinks:
        assert self.links is not None
        return self.links
