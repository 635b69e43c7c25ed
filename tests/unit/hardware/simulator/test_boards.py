"""The simulated boards by themselves: vectors of the facts, faults of hosts, several on a line.

Bytes are written out here, as the protocols' descriptions print them; no codec of the agent's
is asked.
"""

import random

import pytest

from hardware.simulator.boards import PROTOCOLS, Boards, Kind, Wiring, speech
from hardware.simulator.boards.modbus import crc
from hardware.simulator.doors import Doors
from hardware.simulator.knobs import Knobs, People


class Made:
    """Boards with their doors, moved at once and without a loop's timers."""

    def __init__(self, protocol: str, count: int = 1, channels: int = 0, **wiring: object) -> None:
        spoken = speech(protocol, channels)
        knobs = Knobs(people=People.MANUAL)
        size = channels or spoken.channels
        self.doors = NowDoors(count * size, knobs)
        self.boards = Boards(count, size, self.doors, spoken, Wiring(**wiring))  # type: ignore[arg-type]

    def ask(self, request: str) -> list[str]:
        return [frame.hex(" ") for _, frame in self.boards.receive(bytes.fromhex(request))]

    @property
    def pulsed(self) -> list[int]:
        return [cell for cell, count in self.doors.pulses.items() for _ in range(count)]


class NowDoors(Doors):
    """Doors whose pulses open them at once, where no loop runs."""

    def pulse(self, cell: int) -> None:
        self.pulses[cell] += 1

    def hold(self, *cells: int) -> None:
        """Open these doors."""
        self._open.update(dict.fromkeys(cells, True))


def test_8a_speaks_as_the_captures_do() -> None:
    made = Made("8a")
    assert made.ask("80 01 00 33 b2") == ["80 01 ff ff ff 33 4d"]
    assert made.ask("8a 01 01 11 9b") == ["8a 01 01 11 9b"], "an answer may equal its request"
    assert made.ask("8a 01 02 11 03 9b") == ["8a 01 02 11 98"], "with a pulse of 3 s"
    assert made.ask("80 01 03 33 b1") == ["80 01 03 11 93"]
    made.doors.hold(2, 3)
    assert made.ask("80 01 00 33 b2") == ["80 01 ff ff f9 33 4b"]
    assert made.ask("80 01 03 33 b1") == ["80 01 03 00 82"]
    assert made.pulsed == [1, 2]


def test_8a_opens_many_by_a_mask_whose_first_bit_is_channel_1() -> None:
    made = Made("8a")
    assert made.ask("90 01 05 00 80 14") == ["90 01 05 00 80 14"]
    assert made.pulsed == [1, 3, 24]
    assert made.ask("8a 01 00 11 9a") == ["8a 01 00 00 8b"]
    assert len(made.pulsed) == 3 + 24


def test_8a_of_50_channels_tells_seven_bytes_and_takes_a_mask_of_seven() -> None:
    made = Made("8a", channels=50)
    made.doors.hold(50)
    assert made.ask("80 01 00 33 b2") == ["80 01 01 ff ff ff ff ff ff 33 b3"]
    made.ask("90 01 01 00 00 00 00 00 02 92")
    assert made.pulsed == [1, 50]


def test_8a_wired_the_other_ways() -> None:
    opened = Made("8a", one_is_open=True)
    assert opened.ask("80 01 00 33 b2") == ["80 01 00 00 00 33 b2"]
    low = Made("8a", channels=8, low_first=True)
    low.doors.hold(1)
    assert low.ask("80 01 00 33 b2") == ["80 01 fe 00 00 33 4c"]
    four = Made("8a", channels=8, status_bytes=4)
    assert four.ask("80 01 00 33 b2") == ["80 01 00 00 00 ff 33 4d"]


def test_8a_of_the_trap_a_status_that_begins_with_a_whole_frame() -> None:
    made = Made("8a", channels=8, one_is_open=True)
    made.doors.hold(1, 8)
    assert made.ask("80 01 00 33 b2") == ["80 01 00 00 81 33 33"]


def test_cu16_tells_hooks_and_items_and_unlocks_without_a_word() -> None:
    made = Made("kerong-cu16", count=2)
    assert made.ask("02 00 30 03 35") == ["02 00 35 ff ff 00 00 03 38"]
    assert made.ask("02 12 31 03 48") == []
    assert made.pulsed == [19], "board 2, lock 3"
    made.doors.hold(17)
    made.doors.items.update({1, 16})
    assert made.ask("02 00 30 03 35") == ["02 00 35 ff ff 01 80 03 b9"]
    assert made.ask("02 10 30 03 45") == ["02 10 35 fe ff 00 00 03 47"]
    both = made.ask("02 f0 32 03 27")
    assert both == ["02 00 36 ff ff 01 80 03 ba", "02 10 36 fe ff 00 00 03 48"]


def test_cu16_wired_to_read_1_when_open_makes_the_captured_frame() -> None:
    made = Made("kerong-cu16", one_is_open=True)
    assert made.ask("02 f0 32 03 27") == ["02 00 36 00 00 00 00 03 3b"]


def test_cu16_opens_all_and_after_a_delay_and_some_firmware_answers() -> None:
    made = Made("kerong-cu16")
    assert made.ask("02 00 33 03 38") == []
    assert made.ask("02 04 39 05 03 47") == []
    assert len(made.pulsed) == 17
    talking = Made("kerong-cu16", answers_unlock=True)
    assert talking.ask("02 00 31 03 36") == ["02 00 35 ff ff 00 00 03 38"]


def test_cu48_speaks_as_the_vendor_s_document_does() -> None:
    made = Made("kerong-cu48", count=2)
    assert made.ask("02 00 00 50 03 55") == ["02 00 00 65 ff ff ff ff ff ff 03 64"]
    assert made.ask("02 01 2f 51 03 86") == []
    assert made.pulsed == [96]
    made.doors.hold(1, 48)
    assert made.ask("02 0a 00 50 03 5f") == [
        "02 00 00 65 fe ff ff ff ff 7f 03 e3",
        "02 01 00 65 ff ff ff ff ff ff 03 65",
    ]
    made.ask("02 00 30 51 03 86")
    assert len(made.pulsed) == 49


def test_cu12_puts_its_data_after_the_sum() -> None:
    made = Made("kerong-cu12")
    made.doors.hold(1, 12)
    assert made.ask("02 00 00 80 00 00 03 85") == ["02 00 00 80 10 02 03 97 fe 07"]
    assert made.ask("02 00 0b 81 00 00 03 91") == ["02 00 0b 81 10 00 03 a1"]
    assert made.pulsed == [12]


def test_wkly_checks_every_byte_before_and_reports_by_itself() -> None:
    made = Made("wkly", channels=3)
    assert made.ask("57 4b 4c 59 09 00 82 01 83") == ["57 4b 4c 59 0b 00 82 00 01 01 80"]
    made.doors.hold(2)
    assert made.ask("57 4b 4c 59 08 00 84 85") == ["57 4b 4c 59 0d 00 84 00 03 01 00 01 83"]
    assert made.ask("57 4b 4c 59 09 00 83 02 81") == ["57 4b 4c 59 0b 00 83 00 02 00 83"]
    report = made.boards.report(2)
    assert report is not None
    assert report.hex(" ") == "57 4b 4c 59 0a 00 85 02 00 84"
    assert made.ask("57 4b 4c 59 0b 00 80 02 01 03 82") == ["57 4b 4c 59 09 00 80 00 80"]
    assert made.pulsed == [1, 1, 3]
    assert made.ask("57 4b 4c 59 09 00 82 07 85") == ["57 4b 4c 59 0a 00 82 ff 07 79"]


def test_one_maker_s_wkly_never_answers_an_unlock() -> None:
    made = Made("wkly", answers_unlock=False)
    assert made.ask("57 4b 4c 59 09 00 82 01 83") == []
    assert made.pulsed == [1]


def test_winnsen_has_no_checksum_and_reads_1_when_open() -> None:
    made = Made("winnsen")
    assert made.ask("90 06 05 01 03 03") == ["90 07 85 01 03 01 03"], "03 may be a lock"
    assert made.pulsed == [3]
    made.doors.hold(1, 16)
    assert made.ask("90 07 02 01 ff ff 03") == ["90 07 82 01 01 80 03"]
    assert made.ask("90 07 02 01 01 00 03") == ["90 07 82 01 01 00 03"], "only what is asked"
    assert made.ask("90 06 05 01 11 03") == ["90 07 85 01 11 00 03"]


def test_modbus_flashes_a_relay_and_tells_inputs() -> None:
    made = Made("modbus")
    assert crc(bytes.fromhex("01 02 00 00 00 08")) == bytes.fromhex("79 cc")
    assert made.ask("01 02 00 00 00 08 79 cc") == ["01 02 01 ff e1 c8"]
    made.doors.hold(1)
    assert made.ask("01 02 00 00 00 08 79 cc") == ["01 02 01 fe 20 08"]
    flash = bytes.fromhex("01 05 02 02 00 05")
    assert made.ask((flash + crc(flash)).hex()) == [(flash + crc(flash)).hex(" ")]
    assert made.ask("01 05 00 00 ff 00 8c 3a") == ["01 05 00 00 ff 00 8c 3a"]
    assert made.pulsed == [1, 3]


@pytest.mark.parametrize(
    ("request_", "why"),
    [("01 03 00 00 00 01", 1), ("01 02 00 00 00 09", 2), ("01 05 02 08 00 05", 2),
     ("01 05 02 00 00 00", 3), ("01 05 00 01 12 34", 3)],
)  # fmt: skip
def test_modbus_says_what_is_illegal(request_: str, why: int) -> None:
    made = Made("modbus")
    frame = bytes.fromhex(request_)
    (answer,) = made.ask((frame + crc(frame)).hex())
    assert bytes.fromhex(answer)[1:3] == bytes([frame[1] | 0x80, why])
    assert made.pulsed == []


#: For each protocol: a look at all doors, and an unlock of the first.
SPOKEN = {
    "8a": ("80010033b2", "8a0101119b"),
    "kerong-cu16": ("0200300335", "0200310336"),
    "kerong-cu48": ("020000500355", "020000510356"),
    "kerong-cu12": ("0200008000000385", "0200008100000386"),
    "wkly": ("574b4c5908008485", "574b4c590900820183"),
    "winnsen": ("90070201ffff03", "900605010103"),
    "modbus": ("010200000008" + "79cc", "01050200000a" + crc(bytes.fromhex("01050200000a")).hex()),
}


def test_every_protocol_is_spoken_here() -> None:
    assert set(SPOKEN) == set(PROTOCOLS)
    with pytest.raises(ValueError, match="protocol: expected one of 8a"):
        speech("9z")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_request_is_heard_whole_byte_by_byte_and_after_garbage(protocol: str) -> None:
    look, unlock = (bytes.fromhex(text) for text in SPOKEN[protocol])
    made = Made(protocol)
    told = [made.boards.hear(bytes([byte])) for byte in look]
    assert [len(answers) for answers in told] == [0] * (len(look) - 1) + [1]
    assert told[-1][0].kind is Kind.STATUS
    made.boards.hear(b"\xfe\x99\xfa" + unlock)
    assert made.pulsed == [1]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_changed_request_moves_no_other_lock(protocol: str) -> None:
    _, unlock = (bytes.fromhex(text) for text in SPOKEN[protocol])
    for place in range(len(unlock)):
        made = Made(protocol)
        spoilt = bytearray(unlock)
        spoilt[place] ^= 0x40
        made.boards.hear(bytes(spoilt))
        assert made.pulsed in ([], [1]) or protocol == "winnsen", "winnsen checks nothing"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_noise_is_survived_and_forgotten(protocol: str) -> None:
    look, _ = (bytes.fromhex(text) for text in SPOKEN[protocol])
    rng = random.Random(protocol)
    made = Made(protocol)
    for _ in range(50):
        made.boards.hear(rng.randbytes(rng.randrange(1, 40)))
        made.boards.forget()
    assert len(made.boards.hear(look)) == 1


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_board_without_power_neither_hears_nor_acts(protocol: str) -> None:
    look, unlock = SPOKEN[protocol]
    made = Made(protocol)
    made.boards.without_power.add(1)
    assert (made.ask(look), made.ask(unlock), made.pulsed) == ([], [], [])


def test_two_boards_with_one_address_both_act_and_both_speak() -> None:
    made = Made("8a", count=2, channels=8)
    made.boards.board(2).address = 1
    (answer,) = made.boards.hear(bytes.fromhex("8a0101119b"))
    assert made.pulsed == [1, 9]
    assert len(answer.others) == 1
    assert made.ask("80 02 00 33 b1") == [], "nobody has address 2 any more"


def test_contacts_the_other_way_round_are_a_fault_of_one_board() -> None:
    made = Made("8a", count=2, channels=8)
    made.boards.board(2).is_reversed = True
    assert made.ask("80 01 00 33 b2") == ["80 01 00 00 ff 33 4d"]
    assert made.ask("80 02 00 33 b1") == ["80 02 00 00 00 33 b1"]


@pytest.mark.parametrize(
    ("protocol", "channels"),
    [("kerong-cu16", 17), ("kerong-cu48", 49), ("kerong-cu12", 13), ("winnsen", 17),
     ("wkly", 51), ("modbus", 33)],
)  # fmt: skip
def test_more_channels_than_such_a_board_has_are_refused(protocol: str, channels: int) -> None:
    with pytest.raises(ValueError, match=r"channels|locks|relays"):
        speech(protocol, channels)
