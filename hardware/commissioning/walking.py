"""Give a commissioning walk its line, its person and its file."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from hardware.codecs.driver import FaultAnswer, StatusAnswer
from hardware.codecs.protocol import BoardOptions, ProtocolSpec
from hardware.commissioning import board_file
from hardware.commissioning.board_file import BoardLearnt
from hardware.commissioning.walk import Action, Found, Keep, Pulse, Say, Stage, Stop, Walk
from hardware.commissioning.wiring import Wiring
from hardware.line.bus import Bus, OpenPortFunction
from hardware.line.exchange import Answered, LineSettings, NotSent, Silent

#: Pause between two looks at the doors.
LOOK_SECONDS = 0.1
#: Looks at a board before the walk: it may miss one, and echoes are learnt from them.
FIRST_LOOKS = 3
#: A look or an unlock that waited this long for the line is given up.
PATIENCE_SECONDS = 2.0


class NoBoards(Exception):
    """No address answered; the message says which were asked."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept beside the file while a walk is not finished."""

    protocol: str
    addresses: tuple[int, ...]
    channels: int
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is walked, and where it is written."""

    line: LineSettings
    spec: ProtocolSpec
    options: BoardOptions
    addresses: tuple[int, ...]
    out: Path
    first_cell: int = 1
    open_within_seconds: float = 10.0

    @property
    def progress_path(self) -> Path:
        """Name the file that keeps an unfinished walk."""
        return self.out.with_name(self.out.name + ".progress")

    def kept(self) -> tuple[Found, ...]:
        """Recall an unfinished walk over the same boards."""
        try:
            progress = msgspec.json.decode(self.progress_path.read_bytes(), type=Progress)
        except (FileNotFoundError, msgspec.DecodeError):
            return ()
        here = (self.spec.name, self.addresses, self.options.channels)
        there = (progress.protocol, progress.addresses, progress.channels)
        return progress.found if here == there else ()

    def keep(self, found: Sequence[Found]) -> None:
        """Keep what was found so far."""
        progress = Progress(
            protocol=self.spec.name,
            addresses=self.addresses,
            channels=self.options.channels,
            found=tuple(found),
        )
        board_file.save(self.progress_path, msgspec.json.encode(progress).decode())


class Lines:
    """A person's lines, or a script's: read in a thread, since a file has no readiness."""

    def __init__(self, descriptor: int) -> None:
        self.is_tty = os.isatty(descriptor)
        #: Lines not yet taken; None ends them.
        self.waiting: deque[str | None] = deque()
        self._arrived = asyncio.Event()
        loop = asyncio.get_running_loop()

        def read() -> None:
            # Not sys.stdin: a thread that waits in its lock would stop the exit.
            rest = b""
            while True:
                data = os.read(descriptor, 4096)
                *whole, rest = (rest + data).split(b"\n")
                lines = [line.decode(errors="replace") for line in whole]
                with suppress(RuntimeError):  # the loop has ended meanwhile
                    loop.call_soon_threadsafe(self._take, lines if data else [None])
                if not data:
                    return

        threading.Thread(target=read, daemon=True, name="lines").start()

    def _take(self, lines: Sequence[str | None]) -> None:
        self.waiting += lines
        self._arrived.set()

    def forget(self) -> None:
        """Drop what was typed ahead, but not that nothing follows."""
        self.waiting = deque(line for line in self.waiting if line is None)

    async def wait(self, seconds: float) -> None:
        """Wait for the next line, but no longer than this."""
        self._arrived.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._arrived.wait()


class Walking:
    """One walk with everything around it."""

    def __init__(
        self, plan: Plan, open_port: OpenPortFunction, lines: Lines, say: Callable[[str], None]
    ) -> None:
        self._plan = plan
        self._lines = lines
        self._say = say
        boards = dict.fromkeys(plan.addresses, plan.options)
        self._driver = plan.spec.driver(boards)
        self._bus = Bus(plan.line, self._driver, open_port)
        self._asked = ""
        #: Boards that were told to be silent, once each time.
        self._silent: set[int] = set()

    async def run(self) -> bool:
        """Walk to the end, or until the person quits; tell whether a file was written.

        Raises:
            NoBoards: no address answered.
        """
        running = asyncio.create_task(self._bus.run())
        try:
            wirings = await self._find_boards()
            walk = self._begin(wirings)
            try:
                await self._walk(walk)
            except asyncio.CancelledError:
                self._write(walk, wirings)  # Ctrl-C is a way to quit, too
                raise
            return self._write(walk, wirings)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def _find_boards(self) -> dict[int, Wiring]:
        plan = self._plan
        wirings = {}
        for address in plan.addresses:
            answers = [await self._look(address) for _ in range(FIRST_LOOKS)]
            good = [answer for answer in answers if answer is not None]
            if good:
                wirings[address] = Wiring(plan.spec, address, plan.options)
                self._say(
                    f"板 {address} 有应答  Board {address} answers "
                    f"({len(good)} of {FIRST_LOOKS}): {good[-1].hex()}"
                )
            else:
                self._say(f"板 {address} 无应答  Board {address} is silent; it is left out.")
        if not wirings:
            asked = ", ".join(map(str, plan.addresses))
            raise NoBoards(f"no answer from address {asked} at {plan.line.baud} baud")
        if self._bus.receiver.echoing:
            self._say("适配器有回显  The adapter echoes what is sent; this is stripped.")
        return wirings

    def _begin(self, wirings: Mapping[int, Wiring]) -> Walk:
        kept = [entry for entry in self._plan.kept() if entry.stop.board in wirings]
        if kept:
            self._say(
                f"继续上次：已测 {len(kept)} 个  Going on from {self._plan.progress_path}: "
                f"{len(kept)} doors were tested. Remove it to begin anew."
            )
        return Walk(
            wirings,
            first_cell=self._plan.first_cell,
            found=kept,
            open_within_seconds=self._plan.open_within_seconds,
        )

    async def _walk(self, walk: Walk) -> None:
        loop = asyncio.get_running_loop()
        while walk.stage is not Stage.DONE:
            for board in walk.boards_to_look_at():
                frame = await self._look(board)
                if frame is not None:
                    await self._do(walk, walk.read(board, frame, loop.time()))
            await self._do(walk, walk.tick(loop.time()))
            self._ask(walk)
            if not self._has_line(walk.stage):
                await self._lines.wait(LOOK_SECONDS)
            while self._has_line(walk.stage):
                line = self._lines.waiting[0]
                if line is not None:
                    self._lines.waiting.popleft()
                await self._do(walk, walk.answered(_or_end(line, walk.stage)))
                self._ask(walk)

    def _has_line(self, stage: Stage) -> bool:
        """Tell whether the next line is meant for this stage.

        A script writes ahead; what a person types while a door moves is not for later.
        """
        if not self._lines.waiting or stage is Stage.DONE:
            return False
        if self._lines.is_tty:
            return True
        first = self._lines.waiting[0]
        if stage is Stage.CLOSING:
            return first is None or first.strip().lower() in ("g", "q")
        return stage is not Stage.WAITING

    def _ask(self, walk: Walk) -> None:
        question = f"{walk.stop_number} {walk.question}" if walk.question else ""
        if question and question != self._asked:
            if self._lines.is_tty:
                self._lines.forget()  # an impatient hand answered what was asked before
            self._say(walk.question)
        self._asked = question

    async def _do(self, walk: Walk, actions: Sequence[Action]) -> None:
        for action in actions:
            match action:
                case Say(text):
                    self._say(text)
                    self._asked = ""
                case Pulse(stop):
                    await self._do(walk, await self._pulse(walk, stop))
                case Keep():
                    self._plan.keep(list(walk.found.values()))

    # The line

    async def _look(self, board: int) -> bytes | None:
        loop = asyncio.get_running_loop()
        request = self._driver.read_all(board)
        outcome = await self._bus.exchange(request, not_after=loop.time() + PATIENCE_SECONDS)
        if isinstance(outcome, Answered) and isinstance(outcome.answer, StatusAnswer):
            self._silent.discard(board)
            return outcome.answer.frame
        if board not in self._silent:
            self._silent.add(board)
            self._say(f"  板 {board}：{_why(outcome)}  board {board}: {_why(outcome)}")
        return None

    async def _pulse(self, walk: Walk, stop: Stop) -> list[Action]:
        loop = asyncio.get_running_loop()
        request = self._driver.unlock(stop.board, stop.channel)
        outcome = await self._bus.exchange(request, not_after=loop.time() + PATIENCE_SECONDS)
        if isinstance(outcome, NotSent):
            return walk.refused(outcome.reason)
        if isinstance(outcome, Answered) and isinstance(outcome.answer, FaultAnswer):
            return walk.refused(outcome.answer.reason)
        # Also when it stayed silent: the pulse may have been given.
        return walk.pulsed(outcome.sent_at)

    # The file

    def _write(self, walk: Walk, wirings: Mapping[int, Wiring]) -> bool:
        plan = self._plan
        boards = []
        for address, wiring in wirings.items():
            found = [entry for entry in walk.found.values() if entry.stop.board == address]
            found.sort(key=lambda entry: entry.stop.channel)
            if found:
                learnt = wiring.learn(board_file.edges_of(found))
                boards.append(BoardLearnt(address, learnt, found))
        if not boards:
            self._say("什么都没测，没有写文件  Nothing was tested; no file was written.")
            plan.progress_path.unlink(missing_ok=True)
            return False
        untested = walk.untested
        when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        echoes = self._bus.receiver.echoing
        text = board_file.written(plan.line, plan.spec, boards, is_echoing=echoes, when=when)
        board_file.save(plan.out, text)
        self._say(board_file.summary(boards, untested))
        self._say(f"已写入 written: {plan.out}")
        if untested:
            self._say("  再次运行可继续  Run it again to go on with the rest.")
        else:
            plan.progress_path.unlink(missing_ok=True)
        return True


def _why(outcome: Answered | NotSent | Silent) -> str:
    if isinstance(outcome, Answered):
        answer = outcome.answer
        return answer.reason if isinstance(answer, FaultAnswer) else "an unexpected answer"
    return outcome.reason


def _or_end(line: str | None, stage: Stage) -> str:
    """Make the end of a script a word: no more waiting, and then no more doors."""
    if line is not None:
        return line
    return "g" if stage is Stage.CLOSING else "q"
