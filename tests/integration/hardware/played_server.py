"""A real WebSocket server that plays the server's side of the terminal wire."""

import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from realtime.wire.cabinets import FramesTold, TellFrames
from realtime.wire.devices import BootChallenge, BootProof, Enrol, Enrolled, boot_text, enrol_text
from realtime.wire.envelope import CloseCode, Failure
from realtime.wire.health import Health, kept_reply
from realtime.wire.terminal import (
    TERMINAL_PROTOCOL,
    Boot,
    BootAccepted,
    BootPending,
    CommandRefused,
    CommandTaken,
    Configure,
    DoorEvent,
    DoorEventKind,
    Events,
    EventsApplied,
    FromTerminal,
    KioskInput,
    KioskView,
    OpenDoor,
    Reply,
    TerminalConfig,
    ToTerminal,
    WithdrawGrant,
)
from server.services.terminals.enrolment import is_signed
from tests.waiting import PATIENCE_SECONDS, eventually

CONFIG = TerminalConfig(
    name="一号柜",
    kiosk_url="https://lanjian.example/k/",
    kiosk_key="a2V5LWtleS1rZXkta2V5",
    kiosk_step_seconds=30,
    open_within_seconds=PATIENCE_SECONDS,
    left_open_warn_seconds=30.0,
)
#: For tests in which a door jams. One that is not read within twice this is uncertain instead.
SOON_JAMMED = msgspec.structs.replace(CONFIG, open_within_seconds=3.0)


class PlayedServer:
    """Accepts boots, applies events once, opens doors, and remembers what it was told."""

    def __init__(self) -> None:
        self.config = CONFIG
        #: So long that no stall of a machine passes for the server's silence.
        self.ping_seconds = 20.0
        self.pings = True
        #: Added to the true time in BootAccepted.
        self.clock_skew = timedelta()
        #: Answers a boot instead of accepting it.
        self.boot_answer: Callable[[Boot], BootPending | tuple[Any, int] | None] = lambda _boot: (
            None
        )
        #: While false, batches are received and applied, but the answer is withheld.
        self.answers_events = True
        #: Answers how the machine does; None leaves it unanswered.
        self.answers_health: Callable[[Health], Any] = lambda frame: kept_reply(
            frame.id, datetime.now(UTC) + self.clock_skew
        )
        self.answers_inputs: Callable[[KioskInput], Any] = lambda frame: Reply(id=frame.id)
        #: Answers an enrolment instead of accepting it: a failure and a close code.
        self.enrol_answer: Callable[[Enrol], tuple[Failure, int | None] | None] = lambda _: None
        #: Each is stored, and its answer withheld, by closing.
        self.lost_enrolments = 0
        self.enrolments: list[Enrol] = []
        #: The enrolled key; None until an agent enrols.
        self.public_key: str | None = None
        self.boots: list[Boot] = []
        self.batches: list[Events] = []
        self.inputs: list[KioskInput] = []
        self.healths: list[Health] = []
        self.answers: list[CommandTaken | CommandRefused] = []
        self.frames_told: list[FramesTold] = []
        #: Events applied, once each, by (spool, number).
        self.applied: dict[tuple[str, int], DoorEvent] = {}
        self.socket: ServerConnection | None = None
        self.port = 0
        self._epochs = itertools.count(1)
        self._ids = itertools.count(1)
        self._decoder: msgspec.json.Decoder[FromTerminal] = msgspec.json.Decoder(FromTerminal)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1/terminal"

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator["PlayedServer"]:
        interval = self.ping_seconds if self.pings else None
        async with serve(
            self._talk, "127.0.0.1", self.port, ping_interval=interval, close_timeout=0.2
        ) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self

    async def send(self, frame: ToTerminal) -> None:
        assert self.socket is not None
        await self.socket.send(msgspec.json.encode(frame).decode())

    async def open(self, cell: int, command_id: str, seconds: float = PATIENCE_SECONDS) -> str:
        """Ask for a door; return the frame's id."""
        frame_id = f"s{next(self._ids)}"
        deadline = datetime.now(UTC) + self.clock_skew + timedelta(seconds=seconds)
        await self.send(OpenDoor(id=frame_id, command_id=command_id, cell=cell, deadline=deadline))
        return frame_id

    async def withdraw(self, grant_id: str, issued_at: datetime | None = None) -> str:
        """Withdraw an offline grant; return the frame's id."""
        frame_id = f"s{next(self._ids)}"
        await self.send(WithdrawGrant(id=frame_id, grant_id=grant_id, issued_at=issued_at))
        return frame_id

    async def answer_to(self, frame_id: str) -> CommandTaken | CommandRefused:
        def look() -> list[CommandTaken | CommandRefused]:
            return [answer for answer in self.answers if answer.id == frame_id]

        return (await eventually(look))[0]

    async def configure(self, config: TerminalConfig) -> str:
        frame_id = f"s{next(self._ids)}"
        await self.send(Configure(id=frame_id, config=config))
        return frame_id

    async def frames(self, port: int) -> FramesTold:
        """Ask what passed last on a port."""
        frame_id = f"s{next(self._ids)}"
        await self.send(TellFrames(id=frame_id, port=port))

        def look() -> list[FramesTold]:
            return [told for told in self.frames_told if told.id == frame_id]

        return (await eventually(look))[0]

    async def show(self, view: KioskView) -> None:
        await self.send(view)

    def kinds(self, command_id: str) -> list[DoorEventKind]:
        """List what was told of a command, in order."""
        return [e.kind for e in self.events() if e.command_id == command_id]

    def events(self) -> list[DoorEvent]:
        """List what was applied, in the order of spool and number."""
        return [self.applied[key] for key in self.applied]

    async def until(self, command_id: str, kind: DoorEventKind) -> None:
        await eventually(lambda: kind in self.kinds(command_id))

    async def until_booted(self, times: int = 1) -> Boot:
        await eventually(lambda: len(self.boots) >= times and self.socket is not None)
        return self.boots[-1]

    # The wire

    async def _talk(self, socket: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            frame = self._decoder.decode(await socket.recv())
            if isinstance(frame, Enrol):
                if not await self._enrol(socket, frame):
                    return
                frame = self._decoder.decode(await socket.recv())
            assert isinstance(frame, Boot), frame
            boot = frame
            assert (boot.protocol, boot.token) == (TERMINAL_PROTOCOL, None)
            if await self._proves(socket, boot) and await self._boot(socket, boot):
                self.socket = socket
                self.boots.append(boot)
                async for text in socket:
                    await self._take(socket, self._decoder.decode(text))
        if self.socket is socket:
            self.socket = None

    async def _enrol(self, socket: ServerConnection, asked: Enrol) -> bool:
        self.enrolments.append(asked)
        text = enrol_text(asked.terminal_id, asked.token, asked.public_key)
        assert is_signed(asked.public_key, asked.signature, text)
        refusal = self.enrol_answer(asked)
        if refusal is not None:
            failure, code = refusal
            await self._answer(socket, msgspec.structs.replace(failure, id=asked.id))
            if code is not None:
                await socket.close(code)
            return False
        self.public_key = asked.public_key
        if self.lost_enrolments:
            self.lost_enrolments -= 1
            await socket.close(CloseCode.GOING_AWAY)
            return False
        await self._answer(socket, Enrolled(id=asked.id))
        return True

    async def _proves(self, socket: ServerConnection, boot: Boot) -> bool:
        challenge = BootChallenge(id=boot.id, nonce=f"{next(self._ids):016}")
        await self._answer(socket, challenge)
        proof = self._decoder.decode(await socket.recv())
        assert isinstance(proof, BootProof), proof
        assert proof.id == boot.id
        text = boot_text(boot.terminal_id, boot.boot_id, challenge.nonce)
        if self.public_key and is_signed(self.public_key, proof.signature, text):
            return True
        rule = (
            ("signature", "of_the_enrolled_key") if self.public_key else ("terminal_id", "enrolled")
        )
        failure = Failure(
            id=boot.id, code="agent_refused", message="拒绝", field=rule[0], rule=rule[1]
        )
        await self._answer(socket, failure)
        await socket.close(CloseCode.UNAUTHORIZED)
        return False

    async def _boot(self, socket: ServerConnection, boot: Boot) -> bool:
        answer = self.boot_answer(boot)
        if isinstance(answer, BootPending):
            await socket.send(msgspec.json.encode(answer).decode())
            return False
        if answer is not None:
            failure, code = answer
            await socket.send(msgspec.json.encode(failure).decode())
            await socket.close(code)
            return False
        numbers = [number for spool, number in self.applied if spool == boot.spool_id]
        accepted = BootAccepted(
            id=boot.id,
            epoch=next(self._epochs),
            server_time=datetime.now(UTC) + self.clock_skew,
            ping_seconds=self.ping_seconds,
            applied_number=max(numbers, default=0),
            config=self.config,
        )
        await socket.send(msgspec.json.encode(accepted).decode())
        return True

    async def _take(self, socket: ServerConnection, frame: FromTerminal) -> None:
        match frame:
            case Events():
                self.batches.append(frame)
                for event in frame.events:
                    self.applied.setdefault((frame.spool_id, event.number), event)
                if self.answers_events:
                    number = frame.events[-1].number
                    await self._answer(socket, EventsApplied(id=frame.id, number=number))
            case KioskInput():
                self.inputs.append(frame)
                await self._answer(socket, self.answers_inputs(frame))
            case Health():
                self.healths.append(frame)
                answer = self.answers_health(frame)
                if answer is not None:
                    await self._answer(socket, answer)
            case CommandTaken() | CommandRefused():
                self.answers.append(frame)
            case FramesTold():
                self.frames_told.append(frame)
            case Boot() | Enrol() | BootProof():
                raise AssertionError("out of turn on a booted socket")

    async def _answer(self, socket: ServerConnection, answer: Any) -> None:
        await socket.send(msgspec.json.encode(answer).decode())
