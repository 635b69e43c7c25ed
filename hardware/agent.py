"""The agent: puts the cabinet, the link and the kiosk together, and keeps them running."""

from __future__ import annotations

import asyncio
import logging
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hardware.cabinet.cabinet import Cabinet
from hardware.cabinet.doors import DoorTimes
from hardware.clock import WRONG_WALL_SECONDS, ServerClock
from hardware.config import Layout
from hardware.config.drawing import drawing
from hardware.disk.journal import Journal
from hardware.disk.spool import COMMAND_DAYS, SpoolError
from hardware.disk.state import SPOOL_BYTES
from hardware.health import Checkup
from hardware.kiosk.frames import Frames, PortState, State, drawn_cabinet
from hardware.kiosk.screen import Role, Screen
from hardware.kiosk.server import KioskServer
from hardware.line.bus import Bus, OpenPortFunction
from hardware.line.frame_file import FrameLogSettings
from hardware.line.frame_log import FrameLog
from hardware.line.frame_logs import LineLogs
from hardware.line.port import open_port
from hardware.link.credentials import Credentials
from hardware.link.device_key import open_key
from hardware.link.link import Link, LinkSettings
from hardware.link.session import Handlers, Identity
from hardware.machine import boot_name, since_boot
from hardware.scanning.scan import Scanning
from hardware.scanning.scanner import ScannerSettings, SerialScanner
from hardware.supervision import keep_running, run_once
from hardware.troubles import Troubles
from realtime.wire.cabinets import FrameLine
from realtime.wire.envelope import Failure, Reply
from realtime.wire.terminal import KioskAction, KioskView, TerminalConfig

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """All that an agent needs to know before it starts."""

    terminal_id: str
    #: One-time, to enrol with; not needed once enrolled.
    token: str | None = field(repr=False)
    data_dir: Path
    layout: Layout
    link: LinkSettings
    kiosk_port: int = 8787
    #: What waits for the server may take so much of the disk.
    spool_bytes: int = SPOOL_BYTES
    #: Origins whose pages may read GET /state.
    allow_origins: tuple[str, ...] = ()
    #: Where the ports' frame logs are written; None keeps their last lines in memory only.
    frame_log: FrameLogSettings | None = None
    #: The serial scanner, where there is one; one that types needs nothing.
    scanner: ScannerSettings | None = None


class Agent:
    """One terminal's agent."""

    def __init__(
        self,
        settings: AgentSettings,
        open_port: OpenPortFunction = open_port,
        monotonic: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self._settings = settings
        self._open_port = open_port
        self._clock = ServerClock(
            monotonic, since_boot=since_boot if monotonic is time.monotonic else None
        )
        self._rng = rng or random.Random()
        self._screen = Screen(settings.terminal_id, self._clock)

    async def run(self, on_ready: Callable[[str], None] = lambda _url: None) -> None:
        """Run until cancelled; `on_ready` is given the kiosk's URL.

        Raises:
            SpoolError: the data directory cannot be used, or another agent uses it.
            DeviceKeyError: the device key's file cannot be used.
            OSError: the kiosk's port is taken.
        """
        wake = asyncio.Event()
        path = self._settings.data_dir / "spool.sqlite"
        journal = Journal.open(path, wake, self._settings.spool_bytes)
        try:
            await self._run(journal, wake, on_ready)
        finally:
            await journal.close()

    async def _run(
        self, journal: Journal, wake: asyncio.Event, on_ready: Callable[[str], None]
    ) -> None:
        logs = LineLogs(self._settings.layout, self._clock.now, self._settings.frame_log)
        cabinet = Cabinet(self._settings.layout, journal, self._clock, self._open_port, logs.logs)
        await cabinet.prepare()
        key = await asyncio.to_thread(open_key, self._settings.data_dir)
        credentials = Credentials(
            data_dir=self._settings.data_dir,
            terminal_id=self._settings.terminal_id,
            key=key,
            token=self._settings.token,
        )
        running = _Running(self._settings, self._clock, self._screen, cabinet, journal, credentials)
        running.frame_logs = logs.logs
        running.scanner = self._scanner(running)
        checkup = Checkup(
            self._settings.layout, cabinet, journal, self._clock, self._settings.data_dir, wake
        )
        running.checkup = checkup
        link = running.make_link(checkup, wake, self._rng)
        await running.recall()
        kiosk = KioskServer(
            self._screen,
            self._clock,
            link.ask,
            running.scanning.scan,
            running,
            drawn_cabinet(drawing(self._settings.layout)),
            self._settings.allow_origins,
        )
        async with (
            kiosk.serving(self._settings.kiosk_port) as port,
            asyncio.TaskGroup() as running.tasks,
        ):
            on_ready(f"http://127.0.0.1:{port}/")
            running.tasks.create_task(keep_running("frame logs", logs.run))
            running.tasks.create_task(keep_running("cabinet", cabinet.run))
            running.tasks.create_task(keep_running("troubles", running.troubles().run))
            running.tasks.create_task(keep_running("health", checkup.run))
            if running.scanner is not None:
                running.tasks.create_task(keep_running("scanner", running.scanner.run))
            await keep_running("link", link.run)

    def _scanner(self, running: _Running) -> SerialScanner | None:
        settings = self._settings.scanner
        if settings is None:
            return None
        return SerialScanner(settings, running.scanned, self._open_port)


class _Running:
    """What the parts of a running agent tell each other."""

    def __init__(
        self,
        settings: AgentSettings,
        clock: ServerClock,
        screen: Screen,
        cabinet: Cabinet,
        journal: Journal,
        credentials: Credentials,
    ) -> None:
        #: Owns what is done beside the standing loops; set before the link runs.
        self.tasks: asyncio.TaskGroup | None = None
        #: What passed on each port.
        self.frame_logs: tuple[FrameLog, ...] = ()
        #: The serial scanner, if there is one.
        self.scanner: SerialScanner | None = None
        #: What is seen of the machine; set before anything runs.
        self.checkup: Checkup | None = None
        self._settings = settings
        self._clock = clock
        #: This boot of the machine: what its clocks count means nothing in another.
        self._boot_name = boot_name()
        #: The machine's wall clock was far off when it was last compared.
        self._wall_was_wrong = False
        self._screen = screen
        self._cabinet = cabinet
        self._journal = journal
        self._credentials = credentials
        self._link: Link | None = None
        self.scanning = Scanning(screen, cabinet, clock, self._ask)
        cabinet.book.on_events = self.scanning.heard

    def make_link(self, checkup: Checkup, wake: asyncio.Event, rng: random.Random) -> Link:
        """Make the link and join it to the screen."""
        identity = Identity(
            self._settings.terminal_id,
            self._credentials,
            agent_version(),
            uuid.uuid4().hex,
            drawing(self._settings.layout),
        )
        handlers = Handlers(
            configure=self.configure,
            measured=self.keep_clock,
            show=self.show,
            frames=self.last_frames,
        )
        link = Link(
            self._settings.link,
            identity,
            self._cabinet,
            self._journal,
            self._clock,
            handlers,
            checkup,
            wake,
            rng,
        )
        link.on_change = lambda: self._screen.set_link(link.state, link.message)
        self._link = link
        return link

    def troubles(self) -> Troubles:
        """Make what looks after the machine and tells the screen."""
        return Troubles(
            self._journal,
            self._settings.data_dir,
            self._cabinet.buses,
            lambda: self._wall_was_wrong,
            self._screen,
        )

    async def recall(self) -> None:
        """Use what is kept on disk, so that the QR turns and grants count with the link down."""
        config = await self._journal.config()
        if config is not None:
            self._use(config)
        self.scanning.remembers_since = await self._journal.since()
        if self._clock.restore(await self._journal.clock(), self._boot_name):
            log.info("clock of this boot of the machine recalled")

    async def keep_clock(self) -> None:
        """Keep the measured clock for the next process; say so when the machine's is wrong."""
        now = self._clock.now()
        try:
            await self._journal.keep_clock(self._clock.kept(self._boot_name), now)
            await self._journal.forget_commands(now - timedelta(days=COMMAND_DAYS))
            self.scanning.remembers_since = await self._journal.since()
        except SpoolError as error:
            log.error("clock not kept", extra={"why": str(error)})
        off_by = self._clock.wall_off_by_seconds() or 0.0
        is_wrong = abs(off_by) > WRONG_WALL_SECONDS
        if is_wrong and not self._wall_was_wrong:
            log.error(
                "this machine's clock is wrong: set it (NTP), or TLS and logs will suffer",
                extra={"off_by_seconds": round(off_by)},
            )
        self._wall_was_wrong = is_wrong

    async def configure(self, config: TerminalConfig) -> None:
        """Use and keep a configuration from the server."""
        self._use(config)
        try:
            await self._journal.keep_config(config)
        except SpoolError as error:
            log.error("configuration not kept", extra={"why": str(error)})

    def show(self, view: KioskView) -> None:
        """Show a view; answer its question about the role if the person already did."""
        self._screen.show(view)
        role = self._screen.choice_to_send()
        if role is not None and view.visit_id is not None and self.tasks is not None:
            choose = partial(self._choose_role, view.visit_id, role)
            self.tasks.create_task(run_once("choose role", choose))

    async def _choose_role(self, visit_id: str, role: Role) -> None:
        assert self._link is not None
        answer = await self._link.ask(visit_id, KioskAction.CHOOSE_ROLE, role.value)
        if isinstance(answer, Failure):
            log.warning("role not taken", extra={"code": answer.code})

    async def scanned(self, text: str) -> None:
        """Take a text of the serial scanner: what it asked for, or why not, is on the screen."""
        failure = await self.scanning.scan(text)
        if failure is not None:
            self._screen.notify(failure.message)

    async def _ask(self, visit_id: str, action: KioskAction, value: str | None) -> Reply | Failure:
        assert self._link is not None
        return await self._link.ask(visit_id, action, value)

    async def state(self) -> State:
        """Tell how things stand, for GET /state."""
        screen, link = self._screen, self._link
        assert self.checkup is not None
        health = await self.checkup.look()
        qr = screen.qr()
        return State(
            terminal_id=screen.terminal_id,
            name=screen.config.name if screen.config else screen.terminal_id,
            agent_version=agent_version(),
            link=screen.link,
            link_message=screen.link_message,
            epoch=link.epoch if link else None,
            server_time=self._clock.now(),
            view=screen.view(),
            qr_url=qr.url if qr else None,
            qr_expires_at=qr.expires_at if qr else None,
            role_wanted=screen.role_wanted(),
            doors=self._cabinet.readings(),
            ports=tuple(bus.state for bus in self._cabinet.buses),
            lines=tuple(_port_state(bus) for bus in self._cabinet.buses),
            spool_id=self._journal.spool_id,
            boards=health.boards,
            spooled=health.spooled,
            disk_free_bytes=health.disk_free_bytes,
            disk=self._journal.disk.state,
            troubles=screen.troubles,
            takes_grants=screen.takes_grants,
            scanner=self.scanner.state if self.scanner is not None else None,
            clock_off_by_seconds=health.clock_off_by_seconds,
            uptime_seconds=health.uptime_seconds,
        )

    def frames(self, port: int) -> Frames | None:
        """Tell what passed last on a port, for GET /frames."""
        if not 0 <= port < len(self.frame_logs):
            return None
        device = self._cabinet.buses[port].settings.url
        return Frames(port=port, device=device, lines=self.frame_logs[port].lines)

    def last_frames(self, port: int) -> tuple[FrameLine, ...] | None:
        """Tell what passed last on a port, for the server."""
        if not 0 <= port < len(self.frame_logs):
            return None
        return self.frame_logs[port].told()

    def _use(self, config: TerminalConfig) -> None:
        self._cabinet.times = DoorTimes(config.open_within_seconds, config.left_open_warn_seconds)
        self._screen.configure(config)


def _port_state(bus: Bus) -> PortState:
    return PortState(
        device=bus.settings.url,
        state=bus.state,
        why=bus.openings.why,
        openings=bus.openings.count,
        losses=bus.openings.losses,
        exchanges=bus.counts.exchanges,
        silences=bus.counts.silences,
        dropped_bytes=bus.receiver.counts.dropped_bytes,
        checksum_errors=bus.receiver.counts.checksum_errors,
        is_echoing=bus.receiver.echoing,
    )


def agent_version() -> str:
    """Tell this agent's version."""
    try:
        return version("lanjian")
    except PackageNotFoundError:
        return "0+source"
