"""The server's side of a terminal's socket: boot, fence, events, kiosk inputs, answers, end.

Each connection has an epoch; what an older one still says is refused (rule 8). Whatever is
applied here bears being sent again.
"""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec

from realtime.wire.cabinets import FramesTold
from realtime.wire.devices import BootChallenge, BootProof, Enrol
from realtime.wire.envelope import Failure
from realtime.wire.health import Health
from realtime.wire.people import Fact
from realtime.wire.terminal import (
    Boot,
    BootAccepted,
    CommandRefused,
    CommandTaken,
    Events,
    KioskInput,
    TerminalCell,
    TerminalConfig,
)
from server.domain.errors import Conflict, StaleVersion, Unavailable
from server.domain.ids import CommandId, TerminalId
from server.domain.machines import Machine, machine_troubles
from server.domain.rules import Rules
from server.domain.terminals import Door
from server.services.doors.doors import Doors
from server.services.doors.sensing import Sensing
from server.services.grants.grants import Grants
from server.services.grants.keys import GrantKeys
from server.services.ports import Clock, StaffFeed
from server.services.terminals.enrolment import Enrolment
from server.services.terminals.frame_logs import FrameLogs
from server.services.terminals.keys import TerminalKeys, key_text
from server.services.visits.kiosk_input import KioskInputs
from server.services.visits.screens import Screens
from server.store.cells import MongoCells
from server.store.fleet import MongoFleet
from server.store.terminals import MongoTerminals

log = logging.getLogger(__name__)


class TerminalLinks:
    """What agents say, whichever process holds their sockets."""

    def __init__(
        self,
        *,
        terminals: MongoTerminals,
        cells: MongoCells,
        fleet: MongoFleet,
        keys: TerminalKeys,
        enrolment: Enrolment,
        doors: Doors,
        grants: Grants,
        grant_keys: GrantKeys,
        sensing: Sensing,
        kiosk: KioskInputs,
        screens: Screens,
        frames: FrameLogs,
        staff: StaffFeed,
        kiosk_url: str,
        rules: Rules,
        clock: Clock,
    ) -> None:
        """Take the collaborators; `kiosk_url` is the prefix that QR codes are appended to."""
        self._terminals = terminals
        self._cells = cells
        self._fleet = fleet
        self._keys = keys
        self._enrolment = enrolment
        self._doors = doors
        self._grants = grants
        self._grant_keys = grant_keys
        self._sensing = sensing
        self._kiosk = kiosk
        self._screens = screens
        self._frames = frames
        self._staff = staff
        self._kiosk_url = kiosk_url
        self._rules = rules
        self._clock = clock

    async def enrol(self, asked: Enrol, address: str) -> None:
        """Take a new agent's key in for its one-time token; the one before is shut out.

        Raises:
            InvalidInput, Limited, AgentRefused: nothing is changed.
        """
        await self._enrolment.enrol(asked, address)

    def challenge(self, boot: Boot) -> BootChallenge | None:
        """Ask a booting agent to prove its key; None for one of before keys."""
        return self._enrolment.challenge(boot)

    async def boot(
        self, boot: Boot, challenge: BootChallenge | None = None, proof: BootProof | None = None
    ) -> BootAccepted:
        """Admit an agent: a new fence, its doors as it sensed them, what it may forget.

        Raises:
            AgentRefused: it did not prove itself; nothing is changed.
        """
        epoch = await self._enrolment.connect(boot, challenge, proof)
        terminal, now = TerminalId(boot.terminal_id), self._clock()
        doors = [(one.cell, Door(one.state.value), one.stale) for one in boot.doors]
        await self._cells.read_doors(terminal, doors, now)
        layout = None if boot.layout is None else msgspec.to_builtins(boot.layout)
        await self._terminals.put_layout(terminal, epoch, layout)
        return BootAccepted(
            id=boot.id,
            epoch=epoch,
            server_time=now,
            ping_seconds=self._rules.ping_seconds,
            applied_number=await self._terminals.applied(terminal, boot.spool_id) or 0,
            config=await self.config(terminal),
        )

    async def config(self, terminal: TerminalId) -> TerminalConfig:
        """Make the agent's present configuration."""
        known = await self._terminals.get(terminal)
        cells = await self._cells.of_terminal(terminal, self._clock())
        return TerminalConfig(
            name=known.name,
            kiosk_url=self._kiosk_url,
            kiosk_key=key_text(await self._keys.kiosk_key(terminal)),
            kiosk_step_seconds=self._rules.kiosk_step_seconds,
            open_within_seconds=self._rules.open_within_seconds,
            left_open_warn_seconds=self._rules.left_open_warn_seconds,
            cells=tuple(TerminalCell(cell=cell.cell, size=cell.size.value) for cell in cells),
            grant_keys=self._grant_keys.public(),
        )

    async def booted(self, terminal: TerminalId, epoch: int, frame: Boot) -> None:
        """Draw the kiosk of an agent that knows it is served; ask for grants back; tell staff."""
        await self._grants.booted(terminal, frame.protocol)
        await self._screens.show_terminal(terminal)
        await self._tell_link(terminal, online=True)

    async def events(self, terminal: TerminalId, epoch: int, frame: Events) -> int:
        """Apply a batch of numbered events; gives the number applied up to.

        Raises:
            InvalidInput: the numbers do not rise.
            StaleVersion: a newer connection has taken over.
            Unavailable: an order moved too fast; the agent sends the batch again.
        """
        await self._check_fence(terminal, epoch)
        try:
            return await self._sensing.apply(terminal, frame.spool_id, frame.events)
        except StaleVersion:  # of an order: it must not pass for the connection's
            raise Unavailable(rule="send_again") from None

    async def kiosk_input(self, terminal: TerminalId, epoch: int, frame: KioskInput) -> None:
        """Carry out what the person at the kiosk did.

        Raises:
            StaleVersion: a newer connection has taken over.
            DomainError: the act was refused; nothing changed.
        """
        await self._check_fence(terminal, epoch)
        try:
            await self._kiosk.carry_out(terminal, frame)
        except StaleVersion:  # of a visit or an order: phone and kiosk acted at once
            raise Conflict(rule="changed_meanwhile") from None

    async def health(self, terminal: TerminalId, epoch: int, frame: Health) -> datetime:
        """Keep how the machine does, in place of what it said before; give the time now.

        The agent measures our clock by it, as at its boot: deadlines are by this clock.

        Raises:
            StaleVersion: a newer connection has taken over.
        """
        machine = msgspec.convert(msgspec.to_builtins(frame), Machine)
        troubles = machine_troubles(machine, self._rules)
        if not await self._fleet.put_health(terminal, epoch, machine, troubles, self._clock()):
            raise StaleVersion(field="epoch", rule="newest")
        return self._clock()

    async def command_answer(
        self, terminal: TerminalId, epoch: int, answer: CommandTaken | CommandRefused | Failure
    ) -> None:
        """Note that a command was taken, or give it up as refused; or settle a withdrawn grant.

        Raises:
            StaleVersion: a newer connection has taken over.
        """
        await self._check_fence(terminal, epoch)
        if isinstance(answer, Failure) or answer.command_id is None:
            return  # nothing is known of the command then: sensor or deadline will tell
        if await self._grants.answered(terminal, answer):
            return
        command = CommandId(answer.command_id)
        if isinstance(answer, CommandRefused):
            await self._doors.refused(terminal, command, answer.reason)
        else:
            await self._doors.taken(terminal, command)

    async def frames_told(self, terminal: TerminalId, epoch: int, answer: FramesTold) -> None:
        """Keep what passed last on a port, as it was asked for.

        Raises:
            StaleVersion: a newer connection has taken over.
        """
        await self._check_fence(terminal, epoch)
        await self._frames.told(terminal, answer)

    async def gone(self, terminal: TerminalId, epoch: int) -> None:
        """Note that a connection ended, and tell staff; a newer one's stands."""
        if await self._terminals.disconnect(terminal, epoch, self._clock()):
            await self._tell_link(terminal, online=False)

    async def _tell_link(self, terminal: TerminalId, *, online: bool) -> None:
        data: dict[str, object] = {"terminal": terminal, "online": online}
        try:
            # One key for all: after an outage of hundreds, a slow page gets the latest.
            await self._staff.tell(Fact(key="link", kind="link", data=data))
        except Unavailable:
            log.warning("staff not told", extra={"terminal": terminal})  # they see it a look later

    async def _check_fence(self, terminal: TerminalId, epoch: int) -> None:
        if not await self._terminals.holds(terminal, epoch):
            raise StaleVersion(field="epoch", rule="newest")
