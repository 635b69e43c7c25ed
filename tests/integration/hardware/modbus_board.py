"""A relay board played by pymodbus's own server, which nobody here wrote, and a line to it.

Two ptys with a relay between their masters make a serial line of two ends; the relay can be
told to spoil what passes.
"""

import asyncio
import contextlib
import os
import pty
import struct
import tty
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from pymodbus import FramerType
from pymodbus.constants import ExcCodes
from pymodbus.datastore import ModbusServerContext
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

BAUD = 115200
UNIT = 1
CHANNELS = 8
#: Addresses of coils: the relays, all of them at once, and their pulses.
RELAYS, EVERY_RELAY, PULSES = 0x0000, 0x00FF, 0x0200


@dataclass
class RelayBoard:
    """What the board was told, and how it is to behave."""

    #: Its address on the line, then coil and value of every write that the board took.
    writes: list[tuple[int, int, int]] = field(default_factory=list)
    #: Whether nothing that it says goes out.
    is_silent: bool = False
    #: Whose address its answers carry, if not its own.
    answers_as: int | None = None
    #: What its inputs say; True is a closed contact.
    inputs: list[bool] = field(default_factory=lambda: [True] * CHANNELS)

    def device(self) -> SimDevice:
        coils = [
            SimData(RELAYS, count=CHANNELS, values=False, datatype=DataType.BITS),
            SimData(EVERY_RELAY, values=False, datatype=DataType.BITS),
            SimData(PULSES, count=CHANNELS, values=False, datatype=DataType.BITS),
        ]
        inputs = [SimData(0, count=CHANNELS, values=False, datatype=DataType.BITS)]
        unused = [SimData(0, datatype=DataType.REGISTERS)]
        return SimDevice(UNIT, (coils, inputs, unused, unused), action=self._access)

    async def _access(
        self,
        function: int,
        _start: int,
        _address: int,
        _count: int,
        registers: list[int],
        _values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        if function == 2:
            registers[0] = sum(is_closed << n for n, is_closed in enumerate(self.inputs))
        return None

    def spoken(self, is_sent: bool, packet: bytes) -> bytes:
        return b"" if is_sent and self.is_silent else packet

    def addressed(self, is_sent: bool, pdu: ModbusPDU) -> ModbusPDU:
        if is_sent and self.answers_as is not None:
            pdu.dev_id = self.answers_as
        return pdu


def write_coil(board: RelayBoard) -> type[ModbusPDU]:
    """Function 5 as relay boards have it: any value is taken, and given back as it came.

    The standard knows FF00 and 0000 only, and so does pymodbus's own.
    """

    class WriteCoil(ModbusPDU):
        function_code = 5
        rtu_frame_size = 8
        value = 0

        def encode(self) -> bytes:
            return struct.pack(">HH", self.address, self.value)

        def decode(self, data: bytes) -> None:
            self.address, self.value = struct.unpack(">HH", data[:4])

        async def datastore_update(self, context: ModbusServerContext, device_id: int) -> ModbusPDU:
            fault = await context.async_setValues(device_id, 5, self.address, [self.value > 0])
            if fault:
                return ExceptionResponse(self.function_code, fault)
            board.writes.append((device_id, self.address, self.value))
            return self

    return WriteCoil


@contextlib.asynccontextmanager
async def on_serial(board: RelayBoard, path: str) -> AsyncIterator[None]:
    """Have the board listen on a serial device."""
    server = ModbusSerialServer(
        board.device(),
        port=path,
        baudrate=BAUD,
        trace_packet=board.spoken,
        trace_pdu=board.addressed,
        custom_pdu=[write_coil(board)],
    )
    await server.serve_forever(background=True)
    try:
        yield
    finally:
        await server.shutdown()


@contextlib.asynccontextmanager
async def on_bridge(board: RelayBoard, port: int = 0) -> AsyncIterator[str]:
    """Have the board listen behind an RS485-to-TCP bridge; give the bridge's URL."""
    server = ModbusTcpServer(
        board.device(),
        framer=FramerType.RTU,
        address=("127.0.0.1", port),
        trace_packet=board.spoken,
        trace_pdu=board.addressed,
        custom_pdu=[write_coil(board)],
    )
    await server.serve_forever(background=True)
    try:
        yield f"socket://127.0.0.1:{server.transport.sockets[0].getsockname()[1]}"
    finally:
        await server.shutdown()


@dataclass
class Line:
    """A serial line between two devices."""

    host: str
    board: str
    #: Both ends' masters, the host's first.
    masters: tuple[int, int]
    #: Whether the host hears itself.
    is_echoing: bool = False
    #: How many bytes pass at once.
    burst: int = 4096

    def pass_on(self, source: int) -> None:
        host, board = self.masters
        with contextlib.suppress(OSError):  # nobody has that end open now
            data = os.read(source, self.burst)
            if source == host and self.is_echoing:
                os.write(host, data)
            os.write(board if source == host else host, data)


@contextlib.asynccontextmanager
async def line(change: Callable[[Line], None] = lambda _line: None) -> AsyncIterator[Line]:
    """Join two ptys."""
    loop = asyncio.get_running_loop()
    pairs = [pty.openpty(), pty.openpty()]
    for _, slave in pairs:
        tty.setraw(slave)
    host, board = (os.ttyname(slave) for _, slave in pairs)
    made = Line(host, board, (pairs[0][0], pairs[1][0]))
    change(made)
    for master in made.masters:
        loop.add_reader(master, made.pass_on, master)
    try:
        yield made
    finally:
        for master in made.masters:
            loop.remove_reader(master)
        for descriptor in (*pairs[0], *pairs[1]):
            os.close(descriptor)
