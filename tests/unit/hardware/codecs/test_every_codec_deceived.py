"""What no protocol of the registry may believe: flipped bits, others' answers, late ones, noise."""

import random
from itertools import product

import pytest

from hardware.codecs.driver import (
    NoMatch,
)
from hardware.codecs.errors import BadChecksum, FrameError
from hardware.codecs.receiver import MAX_BUFFER
from realtime.wire.terminal import DoorState
from tests.unit.hardware.codecs.answers import EVERY_BOARD, Boards
from tests.unit.hardware.codecs.every_protocol import (
    ANOTHER,
    CHANNEL,
    OPENED,
    driver_of,
    each_boards,
    exchanges,
    heard,
    listening,
    options_of,
    requests,
    spec_of,
    truth,
)


@each_boards
def test_nothing_answers_for_a_board_that_is_not_on_this_port(boards: Boards) -> None:
    stranger = max(boards.address, boards.other) + 1
    options = options_of(boards)
    driver = driver_of(boards)
    elsewhere = spec_of(boards).driver({stranger: options})
    for request in (elsewhere.read_all(stranger), elsewhere.unlock(stranger, CHANNEL)):
        for answer in (boards.status(stranger, OPENED), *boards.unlocked(stranger, CHANNEL)):
            assert isinstance(driver.match(answer, request), NoMatch)
            with pytest.raises(FrameError):
                driver.decode(answer, request)


@each_boards
def test_one_flipped_bit_never_tells_a_lie(boards: Boards) -> None:
    """Where nothing guards a byte, only the promise for it is left out."""
    driver = driver_of(boards)
    for request, answer, told in exchanges(boards):
        for position, bit in product(boards.guarded(answer), range(8)):
            spoilt = bytearray(answer)
            spoilt[position] ^= 1 << bit
            made = listening(driver, request)
            assert {truth(f) for f in heard(made, bytes(spoilt))} <= {told}, spoilt.hex()
            again = listening(driver, request)
            frames = heard(again, bytes(spoilt) + answer)
            assert [truth(f) for f in frames] == [told], spoilt.hex()


@each_boards
def test_one_flipped_bit_never_makes_a_report(boards: Boards) -> None:
    if boards.report is None:
        return
    driver = driver_of(boards)
    report = boards.report(boards.address, CHANNEL, True)
    told = ("report", boards.address, CHANNEL, DoorState.OPEN)
    for request in (None, *requests(boards)):
        for position, bit in product(range(len(report)), range(8)):
            spoilt = bytearray(report)
            spoilt[position] ^= 1 << bit
            assert {truth(f) for f in heard(listening(driver, request), bytes(spoilt))} <= {told}


@each_boards
def test_a_wrong_check_is_counted_and_named(boards: Boards) -> None:
    if boards.check is None:
        return
    driver = driver_of(boards)
    for request, answer, _ in exchanges(boards):
        where = boards.check(answer)
        right = answer[where]
        wrong = bytes([right[0] ^ 0x20, *right[1:]])
        spoilt = answer[: where.start] + wrong + (answer[where.stop :] if where.stop else b"")
        made = listening(driver, request)
        assert heard(made, spoilt) == []
        assert made.counts.checksum_errors == 1
        with pytest.raises(BadChecksum) as read:
            driver.decode(spoilt, request)
        with pytest.raises(BadChecksum) as told:
            spec_of(boards).decode(spoilt, request.frame, options_of(boards))
        for error in (read.value, told.value):
            assert error.got == int.from_bytes(wrong, "big")
            assert error.expected == int.from_bytes(right, "big")


@each_boards
def test_another_board_is_never_taken_for_the_one_that_was_asked(boards: Boards) -> None:
    driver = driver_of(boards)
    read, unlock = requests(boards)
    foreign = [
        boards.status(boards.other, OPENED),
        *boards.unlocked(boards.other, CHANNEL),
        *boards.refused(boards.other, CHANNEL),
    ]
    for request, answer in product((read, unlock), foreign):
        assert heard(listening(driver, request), answer) == []
        with pytest.raises(FrameError):
            driver.decode(answer, request)


@each_boards
def test_another_channel_or_kind_is_never_taken_for_what_was_asked(boards: Boards) -> None:
    driver = driver_of(boards)
    read, unlock = requests(boards)
    assert heard(listening(driver, unlock), boards.status(boards.address, OPENED)) == []
    for answer in boards.unlocked(boards.address, ANOTHER):
        assert heard(listening(driver, unlock), answer) == []
    for answer in boards.unlocked(boards.address, CHANNEL):
        assert heard(listening(driver, read), answer) == []


@each_boards
@pytest.mark.parametrize("foreign", EVERY_BOARD, ids=lambda b: b.name)
def test_boards_of_another_protocol_are_never_understood(boards: Boards, foreign: Boards) -> None:
    if boards.protocol == foreign.protocol:
        return
    driver = driver_of(boards)
    spoken = [answer for _, answer, _ in exchanges(foreign)]
    spoken += [request.frame for request in requests(foreign)]
    for request, frame in product((None, *requests(boards)), spoken):
        assert heard(listening(driver, request), frame) == []


@each_boards
def test_a_late_answer_is_no_answer_to_the_next_request(boards: Boards) -> None:
    driver = driver_of(boards)
    late = boards.status(boards.address, OPENED)
    made = listening(driver, driver.read_all(boards.address))
    made.finish()
    assert heard(made, late) == []
    for following in (
        driver.unlock(boards.address, CHANNEL),
        driver.read_all(boards.other),
        driver.unlock(boards.other, CHANNEL),
    ):
        made.sent(following)
        assert heard(made, late) == []
        made.finish()


@each_boards
def test_an_answer_is_given_once(boards: Boards) -> None:
    for request, answer, told in exchanges(boards):
        frames = heard(listening(driver_of(boards), request), answer + answer)
        assert [truth(f) for f in frames] == [told]


@each_boards
def test_no_noise_grows_the_buffer(boards: Boards) -> None:
    chance = random.Random(boards.name)
    driver = driver_of(boards)
    request, answer, told = next(exchanges(boards))
    most = max(boards.guarded(answer))
    for noise in (answer[:most], answer[:4], answer[:1], chance.randbytes(50)):
        made = listening(driver, request)
        frames = made.feed(noise * (MAX_BUFFER * 20 // len(noise)))
        assert {truth(f) for f in frames} <= {told}
        assert len(made._buffer) < MAX_BUFFER
        again = listening(driver, request)
        stream = noise * (MAX_BUFFER * 3 // len(noise)) + answer
        assert [truth(f) for f in heard(again, stream)] == [told]
