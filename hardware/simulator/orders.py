"""What can be asked of a simulated cabinet, whoever asks: the control port, or a scenario.

Each order may hold any of these; all knobs can be given by name (see `knobs`).

    {"open": 3} {"close": 3}           a hand opens (forces) or closes a door
    {"spring": 3}                      a latch lets go without a pulse
    {"jam": 3, "on": true}             a door that no pulse opens
    {"stick": 3, "on": true}           a contact that stays as it is
    {"flutter": 3, "on": true}         a contact that opens and closes without end
    {"put": 3} {"take": 3}             something is put into a cell, or taken out
    {"silence": true, "board": 1}      one board, or all without "board"
    {"reversed": true, "board": 1}     its contacts are wired the other way round; or all
    {"board": 2, "address": 1}         its address switch is moved; two may have the same
    {"power_off": 3.0, "board": 1}     one board, or all, without power for so long
    {"unplug": 2.0}                    the device vanishes and comes back
    {"state": true} {"history": true} {"looks": true}
    {"wait": 3, "for": "open", "seconds": 5}       or "closed"
    {"wait": 3, "pulses": 2, "seconds": 5}         so many pulses in all
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from hardware.simulator.boards import Boards
from hardware.simulator.doors import Doors
from hardware.simulator.knobs import Chance, Count, Hex, Knobs, People, Seconds
from hardware.simulator.line import Line

Address = Annotated[int, msgspec.Meta(ge=0, le=255)]


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One order; what is None is left as it is."""

    open: int | None = None
    close: int | None = None
    spring: int | None = None
    jam: int | None = None
    stick: int | None = None
    flutter: int | None = None
    on: bool = True
    put: int | None = None
    take: int | None = None
    board: int | None = None
    address: Address | None = None
    reversed: bool | None = None
    power_off: Seconds | None = None
    unplug: Seconds | None = None
    state: bool = False
    history: bool = False
    looks: bool = False
    wait: int | None = None
    for_: str = msgspec.field(default="open", name="for")
    pulses: int | None = None
    seconds: Seconds = 10.0
    people: People | None = None
    open_after: Seconds | None = None
    close_after: Seconds | None = None
    hold_unseen: Seconds | None = None
    bounces: Count | None = None
    bounce_gap: Seconds | None = None
    flutter_every: Seconds | None = None
    turnaround: Seconds | None = None
    delay: Seconds | None = None
    ack_delay: Seconds | None = None
    silence: bool | None = None
    mute_unlock: bool | None = None
    needs_gap: Seconds | None = None
    echo: bool | None = None
    echo_bytes: Count | None = None
    noise: Chance | None = None
    bit_noise: Chance | None = None
    drop: Chance | None = None
    garbage: Hex | None = None
    flip: Hex | None = None
    bad_checksum: bool | None = None
    wrong_board: bool | None = None
    cut_after: Count | None = None
    burst_bytes: Count | None = None
    split_at: Count | None = None
    burst_pause: Seconds | None = None
    swapped: bool | None = None
    reports: bool | None = None
    report_in_poll: Count | None = None

    def cells(self) -> list[int]:
        """List the cells it names."""
        named = (self.open, self.close, self.spring, self.jam, self.stick, self.flutter)
        others = (self.put, self.take, self.wait, self.report_in_poll or None)
        return [cell for cell in (*named, *others) if cell is not None]


class Orders:
    """Carries orders out on one simulated cabinet."""

    def __init__(self, doors: Doors, boards: Boards, line: Line, knobs: Knobs) -> None:
        self._doors = doors
        self._boards = boards
        self._line = line
        self._knobs = knobs

    async def carry_out(self, order: Order) -> dict[str, Any]:
        """Carry out one order; tell what it asks.

        Raises:
            ValueError: it names a cell, board or state that is not; nothing was done.
            TimeoutError: what it waits for did not come.
        """
        self._check(order)
        self._turn(order)
        self._handle_boards(order)
        self._handle_doors(order)
        if order.wait is not None:
            async with asyncio.timeout(order.seconds):
                await self._wait(order, order.wait)
        return self._tell(order)

    def _check(self, order: Order) -> None:
        for cell in order.cells():
            if not self._doors.knows(cell):
                raise ValueError(f"there is no cell {cell}")
        if order.board is not None:
            self._boards.board(order.board)
        if order.wait is not None and order.for_ not in ("open", "closed"):
            raise ValueError("for: expected open or closed")
        if order.address is not None and order.board is None:
            raise ValueError("address: say which board")

    async def _wait(self, order: Order, cell: int) -> None:
        if order.pulses is not None:
            await self._doors.wait_pulses(cell, order.pulses)
        else:
            await self._doors.wait(cell, order.for_)

    def _tell(self, order: Order) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        if order.state:
            answer["doors"] = _by_text(self._doors.states())
            answer["contacts"] = _by_text(self._doors.contacts())
            answer["pulses"] = _by_text(self._doors.pulses)
            answer["jammed"] = sorted(self._doors.jammed)
            answer["items"] = sorted(self._doors.items)
            answer["addresses"] = [board.address for board in self._boards.boards]
            answer["knobs"] = msgspec.to_builtins(self._knobs)
        if order.history:
            answer["history"] = msgspec.to_builtins(list(self._doors.history))
        if order.looks:
            answer["looks"] = msgspec.to_builtins(list(self._line.looks))
        return answer

    def _handle_doors(self, order: Order) -> None:
        doors = self._doors
        acts: tuple[tuple[int | None, Callable[[int], object]], ...] = (
            (order.jam, lambda cell: _put(doors.jammed, cell, order.on)),
            (order.put, doors.items.add),
            (order.take, doors.items.discard),
            (order.stick, lambda cell: doors.stick(cell, order.on)),
            (order.flutter, lambda cell: doors.flutter(cell, order.on)),
            (order.open, lambda cell: doors.move(cell, True)),
            (order.spring, lambda cell: doors.move(cell, True, "latch")),
            (order.close, lambda cell: doors.move(cell, False)),
        )
        for cell, act in acts:
            if cell is not None:
                act(cell)

    def _handle_boards(self, order: Order) -> None:
        meant = [b for b in self._boards.boards if order.board in (None, b.number)]
        if order.reversed is not None:
            for board in meant:
                board.is_reversed = order.reversed
        if order.address is not None:
            meant[0].address = order.address
        if order.power_off is not None:
            self._line.power_off(order.power_off, order.board)
        if order.unplug is not None:
            self._line.unplug(order.unplug)

    def _turn(self, order: Order) -> None:
        if order.silence is not None and order.board is not None:
            _put(self._line.silent_boards, order.board, order.silence)
        elif order.silence is not None:
            self._knobs.silence = order.silence
        for name in Knobs.__struct_fields__:
            value = getattr(order, name)
            if value is not None and name != "silence":
                setattr(self._knobs, name, value)


def _put(among: set[int], number: int, is_in: bool) -> None:
    (among.add if is_in else among.discard)(number)


def _by_text(values: dict[int, Any]) -> dict[str, Any]:
    return {str(number): value for number, value in values.items()}
