"""What an agent last said of its machine, and what is wrong with it by that word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from server.domain.rules import Rules
from server.domain.troubles import Kind, Reason

#: The state of a port that is not reached (see `realtime.wire.health`).
UNREACHABLE = "unreachable"

#: Free disk that is worth a word, and a share of failed exchanges that is, of how many.
LOW_DISK_BYTES = 200 * 2**20
NOISY_PERCENT = 5
EXCHANGES_TO_JUDGE = 100
#: Events that wait although there is a link.
MANY_EVENTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port as the agent told of it; counts are since the agent's start."""

    device: str
    protocol: str
    state: str
    reason: str | None = None
    exchanges: int = 0
    silences: int = 0
    dropped_bytes: int = 0
    checksum_errors: int = 0

    @property
    def error_percent(self) -> int:
        """Give the share of exchanges that brought no good answer."""
        bad = self.silences + self.checksum_errors
        return min(100, round(100 * bad / self.exchanges)) if self.exchanges else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board as the agent told of it; `port` is an index."""

    port: int
    address: int
    is_answering: bool
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What an agent last said of its machine."""

    ports: tuple[Port, ...] = ()
    boards: tuple[Board, ...] = ()
    spooled: int = 0
    disk_free_bytes: int | None = None
    disk_error: str | None = None
    clock_off_by_seconds: float | None = None
    uptime_seconds: float = 0.0

    def device(self, port: int) -> str:
        """Name a board's port."""
        return self.ports[port].device if port < len(self.ports) else str(port)

    def is_away(self, port: int) -> bool:
        """Tell whether a board's port is not reached, which says it for all its boards."""
        return port < len(self.ports) and self.ports[port].state == UNREACHABLE


def machine_troubles(machine: Machine, rules: Rules) -> dict[str, Reason]:
    """List what an agent's word tells to be wrong, each by a key that stays while it lasts."""
    return dict((*_ports(machine), *_boards(machine), *_rest(machine, rules)))


def _ports(machine: Machine) -> Iterator[tuple[str, Reason]]:
    for at, port in enumerate(machine.ports):
        about: dict[str, object] = {"device": port.device, "count": port.error_percent}
        if port.state == UNREACHABLE:
            yield f"p{at}", Reason(kind=Kind.PORT_UNREACHABLE, part=port.device, about=about)
        elif port.exchanges >= EXCHANGES_TO_JUDGE and port.error_percent >= NOISY_PERCENT:
            yield f"n{at}", Reason(kind=Kind.LINE_NOISY, part=port.device, about=about)


def _boards(machine: Machine) -> Iterator[tuple[str, Reason]]:
    for board in machine.boards:
        device = machine.device(board.port)
        part, key = f"{device}/{board.address}", f"{board.port}_{board.address}"
        about: dict[str, object] = {"address": board.address, "device": device, "why": board.fault}
        if board.is_answering and board.fault:
            yield f"f{key}", Reason(kind=Kind.BOARD_REFUSES, part=part, about=about)
        elif not board.is_answering and not machine.is_away(board.port):
            yield f"b{key}", Reason(kind=Kind.BOARD_SILENT, part=part, about=about)


def _rest(machine: Machine, rules: Rules) -> Iterator[tuple[str, Reason]]:
    free, off = machine.disk_free_bytes, machine.clock_off_by_seconds
    if machine.disk_error:
        yield "disk", Reason(kind=Kind.DISK_REFUSES, about={"why": machine.disk_error})
    elif free is not None and free < LOW_DISK_BYTES:
        yield "low", Reason(kind=Kind.DISK_LOW, about={"count": free // 2**20})
    if off is not None and abs(off) >= rules.clock_alarm_seconds:
        yield "clock", Reason(kind=Kind.CLOCK_OFF, about={"count": round(off)})
    if machine.spooled >= MANY_EVENTS:
        yield "spool", Reason(kind=Kind.EVENTS_WAIT, about={"count": machine.spooled})
