"""What every protocol of the registry must do, tried with answers written without the codecs.

A new protocol is tested by being listed; it only needs its boards in `answers`. What must never be
believed is in `test_every_codec_deceived`, frames in words in `test_every_codec_in_words`.
"""

import random
from itertools import product

import msgspec
import pytest

from hardware.codecs.driver import (
    Greeter,
    NoMatch,
    Request,
    RequestKind,
    UnlockReplies,
)
from hardware.codecs.protocol import Order, ProtocolSpec
from hardware.codecs.receiver import EchoMode, Receiver
from hardware.codecs.registry import PROTOCOLS
from realtime.wire.terminal import DoorState
from tests.unit.hardware.codecs.answers import EVERY_BOARD, Boards
from tests.unit.hardware.codecs.every_protocol import (
    ANOTHER,
    CHANNEL,
    OPENED,
    defaults,
    driver_of,
    each_boards,
    each_protocol,
    exchanges,
    heard,
    listening,
    options_of,
    requests,
    spec_of,
    states,
    truth,
)

# The list


def test_every_protocol_has_boards_to_be_tried_with() -> None:
    assert {boards.protocol for boards in EVERY_BOARD} == set(PROTOCOLS)


def test_the_names_are_those_that_people_type() -> None:
    names = {"8a", "kerong-cu16", "kerong-cu48", "kerong-cu12", "wkly", "winnsen", "modbus"}
    assert set(PROTOCOLS) == names
    assert all(spec.name == name for name, spec in PROTOCOLS.items())


@each_protocol
def test_a_specification_is_whole(spec: ProtocolSpec) -> None:
    assert spec.title
    assert spec.bauds
    assert len(spec.addresses) > 1
    moving = [not what.startswith("read") for what in spec.orders]
    assert moving == sorted(moving), "reads come before what moves a lock"
    assert {"read_all", "unlock"} <= set(spec.orders)


@each_protocol
def test_options_have_defaults_and_refuse_a_board_without_channels(spec: ProtocolSpec) -> None:
    assert spec.options(**defaults(spec)).channels > 0
    for channels in (0, 1000):
        with pytest.raises(ValueError, match=r"^channels: "):
            spec.options(channels=channels)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"channels": 8, "polarty": "x"}, spec.options)


# Requests


@each_boards
def test_requests_say_what_they_are_and_how_long_to_wait(boards: Boards) -> None:
    driver, spec = driver_of(boards), spec_of(boards)
    read, unlock = requests(boards)
    assert (read.kind, read.board, read.channel) == (RequestKind.READ_ALL, boards.address, 0)
    assert (unlock.kind, unlock.board) == (RequestKind.UNLOCK, boards.address)
    assert unlock.channel == CHANNEL
    assert read.reply_seconds > 0
    assert driver.unlock_replies is spec.unlock_replies
    assert (unlock.reply_seconds == 0) == (spec.unlock_replies is UnlockReplies.NO)


@each_boards
def test_requests_whose_late_answers_could_be_mistaken_rest_together(boards: Boards) -> None:
    """What answers one request and would pass for the answer to another keeps both waiting."""
    driver = driver_of(boards)
    said: list[tuple[Request, list[bytes]]] = []
    for board, channel in product((boards.address, boards.other), (CHANNEL, ANOTHER)):
        answers = boards.unlocked(board, channel) + boards.refused(board, channel)
        said.append((driver.unlock(board, channel), answers))
        said.append((driver.read_all(board), [boards.status(board, OPENED)]))
    if isinstance(driver, Greeter):
        for board in (boards.address, boards.other):
            greeting = driver.greet(board)
            said.append((greeting, [greeting.frame, *boards.refused(board, 0)]))
    for (asked, answers), (pending, _) in product(said, said):
        mistaken = [
            frame for frame in answers if not isinstance(driver.match(frame, pending), NoMatch)
        ]
        assert not mistaken or asked.rests_as == pending.rests_as, (asked, pending, mistaken)
    apart = {driver.unlock(board, CHANNEL).rests_as for board in (boards.address, boards.other)}
    assert len(apart) == 2, "a silent board keeps no other one waiting"


@each_boards
def test_the_bus_and_a_person_send_the_same_bytes(boards: Boards) -> None:
    spec, options = spec_of(boards), options_of(boards)
    read, unlock = requests(boards)
    assert spec.encode(Order("read_all", boards.address), options) == read.frame
    assert spec.encode(Order("unlock", boards.address, CHANNEL), options) == unlock.frame


@each_boards
def test_no_two_unlocks_are_the_same_bytes(boards: Boards) -> None:
    driver = driver_of(boards)
    both = (boards.address, boards.other)
    frames = {driver.unlock(b, c).frame for b in both for c in boards.all_channels()}
    assert len(frames) == 2 * boards.channels


@each_boards
def test_what_is_not_there_is_not_asked(boards: Boards) -> None:
    driver = driver_of(boards)
    stranger = max(boards.address, boards.other) + 1
    for channel in (0, -1, boards.channels + 1):
        with pytest.raises(ValueError, match="channel"):
            driver.unlock(boards.address, channel)
    with pytest.raises(ValueError, match="board"):
        driver.unlock(stranger, 1)
    with pytest.raises(ValueError, match="board"):
        driver.read_all(stranger)


# Answers through the receiver


@each_boards
def test_every_answer_is_understood_whole(boards: Boards) -> None:
    driver = driver_of(boards)
    for request, answer, told in exchanges(boards):
        made = listening(driver, request)
        frames = made.feed(answer)
        assert [truth(f) for f in frames] == [told]
        assert frames[0].frame == answer
        assert truth(driver.decode(answer, request)) == told
        assert made.counts.dropped_bytes == made.counts.checksum_errors == 0


@each_boards
def test_every_answer_is_understood_byte_by_byte_and_at_every_split(boards: Boards) -> None:
    driver = driver_of(boards)
    for request, answer, told in exchanges(boards):
        made = listening(driver, request)
        bytewise = [f for byte in answer for f in made.feed(bytes([byte]))]
        assert [truth(f) for f in bytewise] == [told]
        for split in range(len(answer) + 1):
            made = listening(driver, request)
            frames = [*made.feed(answer[:split]), *made.feed(answer[split:])]
            assert [truth(f) for f in frames] == [told], split


@each_boards
def test_a_pause_inside_an_answer_loses_nothing(boards: Boards) -> None:
    driver = driver_of(boards)
    for request, answer, told in exchanges(boards):
        for split in range(1, len(answer)):
            made = listening(driver, request)
            frames = [*made.feed(answer[:split]), *made.quiet(), *made.feed(answer[split:])]
            assert [truth(f) for f in frames] == [told], split


@each_boards
@pytest.mark.parametrize("seed", range(40))
def test_garbage_before_and_after_an_answer_is_dropped(boards: Boards, seed: int) -> None:
    chance = random.Random(seed)
    driver = driver_of(boards)
    for request, answer, told in exchanges(boards):
        # Beginnings of the very answer are the worst garbage, as far as anything guards them.
        most = max(boards.guarded(answer)) + 1
        before = answer[: chance.randrange(most)] + chance.randbytes(chance.randrange(12))
        after = chance.randbytes(chance.randrange(12)) + answer[: chance.randrange(most)]
        made = listening(driver, request)
        frames = heard(made, before + answer + after)
        assert [truth(f) for f in frames] == [told], (before.hex(), after.hex())
        made.finish()
        assert made.counts.dropped_bytes == len(before) + len(after)


@each_boards
@pytest.mark.parametrize("garbage", ["fafd9999", "00", "ff" * 9, "5ff5", "0203", "800100"])
def test_garbage_that_was_seen_on_lines_is_dropped(boards: Boards, garbage: str) -> None:
    driver, noise = driver_of(boards), bytes.fromhex(garbage)
    for request, answer, told in exchanges(boards):
        assert [truth(f) for f in heard(listening(driver, request), noise + answer)] == [told]


@each_boards
def test_reports_are_told_before_between_and_after_answers(boards: Boards) -> None:
    if boards.report is None:
        return
    driver = driver_of(boards)
    noise = bytes.fromhex("fafd9999")
    for is_open, state in ((True, DoorState.OPEN), (False, DoorState.CLOSED)):
        report = boards.report(boards.other, ANOTHER, is_open)
        expected = ("report", boards.other, ANOTHER, state)
        assert [truth(f) for f in heard(listening(driver, None), report)] == [expected]
        for request, answer, told in exchanges(boards):
            stream = report + noise + answer + noise + report
            frames = heard(listening(driver, request), stream)
            assert [truth(f) for f in frames] == [expected, told, expected]


# Lines that hand back what is sent


@each_boards
def test_an_echo_is_stripped_and_its_answer_kept_at_every_split(boards: Boards) -> None:
    driver = driver_of(boards)
    for request, answer, told in exchanges(boards):
        stream = request.frame + answer
        for split in range(len(stream) + 1):
            made = Receiver(driver, EchoMode.ON)
            made.sent(request)
            frames = heard(made, stream[:split], stream[split:])
            assert [truth(f) for f in frames] == [told], split
            assert made.counts.dropped_bytes == 0


@each_boards
def test_an_echo_alone_answers_nothing(boards: Boards) -> None:
    for request in requests(boards):
        made = Receiver(driver_of(boards), EchoMode.ON)
        made.sent(request)
        assert heard(made, request.frame) == []


@each_boards
def test_an_echo_is_learned_from_the_first_read(boards: Boards) -> None:
    made = Receiver(driver_of(boards), EchoMode.AUTO)
    read, unlock = requests(boards)
    made.sent(read)
    frames = heard(made, read.frame + boards.status(boards.address, OPENED))
    assert [truth(f) for f in frames] == [("status", boards.address, states(boards, OPENED))]
    made.finish()
    assert made.echoing
    made.sent(unlock)
    assert heard(made, unlock.frame) == []
