"""Ports with faults, named for them. Each is the far end of a bus: bytes in, bytes out."""

import asyncio
import random
from collections.abc import Callable

import msgspec

from hardware.codecs.driver import Driver
from hardware.codecs.registry import PROTOCOLS
from hardware.line.port import Backlog, OnBytes, OnLost, OpenPort, PortLost, PortMissing
from hardware.simulator.boards import Answer, Boards, Kind, Wiring, speech
from hardware.simulator.doors import Doors
from hardware.simulator.knobs import Knobs, People

Spoil = Callable[[Answer], None]


class GoodPort:
    """Two boards of one protocol that answer at once, without a fault."""

    def __init__(self, protocol: str = "8a") -> None:
        spoken = speech(protocol)
        count = spoken.channels
        self.doors = Doors(2 * count, Knobs(people=People.MANUAL, open_after=0.0))
        self.boards = Boards(2, count, self.doors, spoken)
        self.spec = PROTOCOLS[protocol]
        keys = {"channels": count, **spoken.config(Wiring())}
        options = msgspec.convert(keys, self.spec.options)
        self.addresses = [board.address for board in self.boards.boards]
        self.driver: Driver = self.spec.driver(dict.fromkeys(self.addresses, options))
        #: Every frame the bus handed over, with the instant.
        self.written: list[tuple[float, bytes]] = []
        #: Every byte that was delivered to the bus.
        self.delivered = 0
        self.openings = 0
        self.is_open = False
        #: The fault is over.
        self.is_healed = False
        self._on_bytes: OnBytes = lambda _data: None
        self._on_lost: OnLost = lambda: None
        self._timers: set[asyncio.TimerHandle] = set()

    async def open(self, _url: str, _baud: int, on_bytes: OnBytes, on_lost: OnLost) -> OpenPort:
        self.openings += 1
        self.is_open = True
        self._on_bytes, self._on_lost = on_bytes, on_lost
        return self

    def write(self, data: bytes) -> None:
        if not self.is_open:
            raise PortLost("gone")
        self.written.append((asyncio.get_running_loop().time(), data))
        self.take(data)

    def take(self, data: bytes) -> None:
        """Let the boards hear a frame."""
        for said in self.boards.hear(data):
            if self.is_healed:
                self.say(said.frame, 0.0)
            else:
                self.answer(said)

    def backlog(self) -> Backlog:
        return Backlog()

    def answer(self, said: Answer) -> None:
        self.say(said.frame, 0.0)

    def say(self, data: bytes, after_seconds: float) -> None:
        """Deliver bytes to the bus after a while."""
        loop = asyncio.get_running_loop()
        self._timers.add(loop.call_later(after_seconds, self._deliver, data))

    def lose(self) -> None:
        """Pull the plug."""
        if self.is_open:
            self.is_open = False
            self._on_lost()

    async def abort(self, limit_seconds: float) -> None:
        self.is_open = False
        for timer in self._timers:
            timer.cancel()
        self.doors.stop()

    def is_unlock(self, data: bytes) -> bool:
        meanings = self.spec.decode(data, None, self.driver._boards[self.addresses[0]])  # type: ignore[attr-defined]
        return [meaning.what for meaning in meanings] == ["unlock"]

    def unlocks(self) -> list[bytes]:
        return [data for _, data in self.written if self.is_unlock(data)]

    def _deliver(self, data: bytes) -> None:
        if self.is_open and data:
            self.delivered += len(data)
            self._on_bytes(data)


class OneByteAtATime(GoodPort):
    """Every byte comes in a chunk of its own, some milliseconds apart."""

    def answer(self, said: Answer) -> None:
        for number, byte in enumerate(said.frame):
            self.say(bytes([byte]), 0.004 * number)


class InTwoBursts(GoodPort):
    """Adapters deliver one answer in parts, further apart than frames ever are."""

    def answer(self, said: Answer) -> None:
        half = len(said.frame) // 2
        self.say(said.frame[:half], 0.0)
        self.say(said.frame[half:], 0.04)


class Delayed(GoodPort):
    """The answer comes a fixed time after the request."""

    def __init__(self, protocol: str = "8a", seconds: float = 0.1) -> None:
        super().__init__(protocol)
        self.seconds = seconds

    def answer(self, said: Answer) -> None:
        self.say(said.frame, self.seconds)


class LateReply(Delayed):
    """Every third status comes after the bus has given it up."""

    def __init__(self, protocol: str = "8a") -> None:
        super().__init__(protocol, 0.45)
        self._count = 0

    def answer(self, said: Answer) -> None:
        self._count += said.kind is Kind.STATUS
        is_late = said.kind is Kind.STATUS and self._count % 3 == 0
        self.say(said.frame, self.seconds if is_late else 0.01)


class RefusesLate(GoodPort):
    """The first unlock is refused long after it was sent; everything else is well."""

    def __init__(self, protocol: str, refusal: bytes, seconds: float) -> None:
        super().__init__(protocol)
        self._refusal: bytes | None = refusal
        self._seconds = seconds

    def take(self, data: bytes) -> None:
        if self._refusal is None or not self.is_unlock(data):
            super().take(data)
            return
        self.say(self._refusal, self._seconds)
        self._refusal = None


class UnexpectedReply(GoodPort):
    """An unlock that is not answered by design brings the doors as they were before it."""

    def __init__(self, protocol: str = "8a", seconds: float = 0.0) -> None:
        super().__init__(protocol)
        self._seconds = seconds

    def take(self, data: bytes) -> None:
        stale = None
        if not self.is_healed and self.is_unlock(data):
            address = self.addresses[0]
            stale = self.boards.hear(self.driver.read_all(address).frame)[0].frame
        super().take(data)
        if stale is not None:
            self.say(stale, self._seconds)

    def answer(self, said: Answer) -> None:
        if said.kind is Kind.STATUS:
            self.say(said.frame, 0.015)


class LossyTransport(GoodPort):
    """Each byte of an answer is lost with some chance; seeded."""

    def __init__(self, protocol: str = "8a", chance: float = 0.04, seed: int = 1) -> None:
        super().__init__(protocol)
        self._rng = random.Random(seed)
        self._chance = chance

    def answer(self, said: Answer) -> None:
        self.say(bytes(b for b in said.frame if self._rng.random() >= self._chance), 0.0)


class SilentBoard(GoodPort):
    """Board 1 acts and says nothing; board 2 is well."""

    def answer(self, said: Answer) -> None:
        if said.board != 1:
            super().answer(said)


class SilentLine(GoodPort):
    """Boards act, and nothing of what they say arrives."""

    def answer(self, said: Answer) -> None:
        return


class EchoingLine(GoodPort):
    """The adapter hands back every byte that is sent, before the answer."""

    def take(self, data: bytes) -> None:
        if not self.is_healed:
            self.say(data, 0.0)
        super().take(data)

    def answer(self, said: Answer) -> None:
        self.say(said.frame, 0.01)


class EchoingLineWithSilentBoard(EchoingLine):
    """An echo, and no board behind it."""

    def answer(self, said: Answer) -> None:
        return


class CutInMidFrame(GoodPort):
    """The first answers end after their third byte; then all is well."""

    def __init__(self, protocol: str = "8a", times: int = 4) -> None:
        super().__init__(protocol)
        self._left = times

    def answer(self, said: Answer) -> None:
        self._left -= 1
        self.say(said.frame[:3] if self._left >= 0 else said.frame, 0.0)


class WrongBoardAnswers(GoodPort):
    """Board 2 answers for board 1, with a good checksum."""

    def answer(self, said: Answer) -> None:
        frame = said.frame
        if said.board == 1:
            frame = self.boards.speech.readdressed(frame, self.addresses[1])
        self.say(frame, 0.0)


class BadChecksums(GoodPort):
    """Every other answer carries a wrong check byte, and a good one never follows it."""

    def __init__(self, protocol: str = "8a") -> None:
        super().__init__(protocol)
        self._count = 0

    def answer(self, said: Answer) -> None:
        self._count += 1
        is_bad = self._count % 2 == 1
        self.say(self.boards.speech.unchecked(said.frame) if is_bad else said.frame, 0.0)


class NoisyLine(GoodPort):
    """Garbage before each answer, and bytes that never stop."""

    def __init__(self, protocol: str = "8a") -> None:
        super().__init__(protocol)
        self._is_noisy = False

    def answer(self, said: Answer) -> None:
        self.say(b"\xfa\xfd\x99\x99" + said.frame, 0.0)
        if not self._is_noisy:
            self._is_noisy = True
            self._hiss()

    def _hiss(self) -> None:
        self._deliver(b"\xfa")
        if self.is_open and not self.is_healed:
            self._timers.add(asyncio.get_running_loop().call_later(0.002, self._hiss))


class LostInMidExchange(GoodPort):
    """The plug is pulled while the first unlock awaits its answer; then all is well."""

    def take(self, data: bytes) -> None:
        if self.openings == 1 and self.is_unlock(data):
            self.boards.hear(data)
            asyncio.get_running_loop().call_soon(self.lose)
        else:
            super().take(data)


class MissingAtFirst(GoodPort):
    """The device is not there for the first openings."""

    def __init__(self, protocol: str = "8a", times: int = 2) -> None:
        super().__init__(protocol)
        self.missing = times
        self.attempts: list[float] = []

    async def open(self, url: str, baud: int, on_bytes: OnBytes, on_lost: OnLost) -> OpenPort:
        self.attempts.append(asyncio.get_running_loop().time())
        if len(self.attempts) <= self.missing:
            raise PortMissing("no such device")
        return await super().open(url, baud, on_bytes, on_lost)


class GoneBeforeWriting(GoodPort):
    """The first unlock meets a port that is gone already: no byte was sent."""

    def write(self, data: bytes) -> None:
        if self.openings == 1 and self.is_unlock(data):
            self.lose()
        super().write(data)


class GoneBeforeItSays(GoodPort):
    """The same, but the port tells of its loss only some turns of the loop later."""

    def write(self, data: bytes) -> None:
        if self.openings == 1 and self.is_unlock(data):
            self.is_open = False
            asyncio.get_running_loop().call_later(0.01, self._on_lost)
        super().write(data)


class TakesNothing(GoodPort):
    """The first unlock stays in the port: `held` of its bytes in this process, or queued."""

    def __init__(self, protocol: str = "8a", held: int = 0, queued: int = 0) -> None:
        super().__init__(protocol)
        self._stuck = Backlog(held, queued)
        self._is_stuck = False

    def take(self, data: bytes) -> None:
        if self.openings == 1 and self.is_unlock(data):
            self._is_stuck = True
        if not self._is_stuck:
            super().take(data)

    def backlog(self) -> Backlog:
        return self._stuck if self._is_stuck else Backlog()

    async def abort(self, limit_seconds: float) -> None:
        self._is_stuck = False
        await super().abort(limit_seconds)


#: Faults under which every exchange still ends with its answer.
HARMLESS: list[Callable[[str], GoodPort]] = [
    GoodPort,
    OneByteAtATime,
    InTwoBursts,
    Delayed,
    EchoingLine,
    NoisyLine,
]
