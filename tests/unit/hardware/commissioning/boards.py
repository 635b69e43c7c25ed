"""A board on paper for the tests: doors that open, and the frames that tell of them."""

from dataclasses import dataclass, field

from hardware.codecs.checksums import xor_of


@dataclass
class PaperBoard:
    """An 8A board with three status bytes, wired as one pleases."""

    one_is_open: bool = False
    low_first: bool = False
    #: Channel → the channel whose bit its sensor moves; 0 has none.
    sensors: dict[int, int] = field(default_factory=dict)
    open_doors: set[int] = field(default_factory=set)

    def frame(self) -> bytes:
        bits = 0 if self.one_is_open else 0xFFFFFF
        for door in self.open_doors:
            sensor = self.sensors.get(door, door)
            if sensor:
                bits ^= 1 << (sensor - 1)
        status = bits.to_bytes(3, "little" if self.low_first else "big")
        body = b"\x80\x01" + status + b"\x33"
        return body + bytes([xor_of(body)])

    def edge(self, door: int) -> tuple[bytes, bytes]:
        """Give the frames before and after one door opened, and close it."""
        before = self.frame()
        self.open_doors.add(door)
        after = self.frame()
        self.open_doors.discard(door)
        return before, after
