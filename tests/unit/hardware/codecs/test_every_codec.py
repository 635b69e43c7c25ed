"""What every protocol of the registry must do, tried with answers written without the codecs.

A new protocol is tested by being listed; it only needs its boards in `answers`.
"""

import json
import random
from collections.abc import Collection, Iterator
from itertools import product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.codecs.driver import (
    DoorReport,
    Driver,
    FaultAnswer,
    Frame,
    Greeter,
    NoMatch,
    Request,
    RequestKind,
    StatusAnswer,
    UnlockAnswer,
    UnlockReplies,
)
from hardware.codecs.errors import BadChecksum, FrameError
from hardware.codecs.protocol import BoardOptions, Direction, Order, ProtocolSpec
from hardware.codecs.receiver import MAX_BUFFER, EchoMode, Receiver
from hardware.codecs.registry import PROTOCOLS
from realtime.wire.terminal import DoorState
from tests.unit.hardware.codecs.answers import EVERY_BOARD, Boards

#: The channel that is unlocked, and another one.
CHANNEL, ANOTHER = 3, 5
#: Doors that stand open; their bits make no header of any protocol.
OPENED = frozenset({1, 4, 7})

each_boards = pytest.mark.parametrize("boards", EVERY_BOARD, ids=lambda b: b.name)
each_protocol = pytest.mark.parametrize("spec", PROTOCOLS.values(), ids=lambda s: s.name)


# The parts


def spec_of(boards: Boards) -> ProtocolSpec:
    return PROTOCOLS[boards.protocol]


def options_of(boards: Boards) -> BoardOptions:
    return msgspec.convert(dict(boards.options), spec_of(boards).options)


def driver_of(boards: Boards) -> Driver:
    options = options_of(boards)
    return spec_of(boards).driver({boards.address: options, boards.other: options})


def listening(driver: Driver, request: Request | None) -> Receiver:
    made = Receiver(driver, EchoMode.OFF)
    if request is not None:
        made.sent(request)
    return made


def heard(made: Receiver, *chunks: bytes) -> list[Frame]:
    """Take what was delivered, and the silence after it."""
    frames = [frame for chunk in chunks for frame in made.feed(chunk)]
    while more := made.quiet():
        frames += more
    return frames


def states(boards: Boards, opened: Collection[int]) -> tuple[DoorState, ...]:
    return tuple(DoorState.OPEN if n in opened else DoorState.CLOSED for n in boards.all_channels())


def truth(frame: Frame) -> object:
    """What a frame says, but for the bytes it came in."""
    match frame:
        case StatusAnswer():
            return ("status", frame.board, frame.states)
        case DoorReport():
            return ("report", frame.board, frame.channel, frame.state)
        case UnlockAnswer():
            return ("unlocked", frame.board, frame.channel)
        case FaultAnswer():
            return ("fault", frame.board, frame.channel)
        case _:
            return ("other", frame.board)


def exchanges(boards: Boards) -> Iterator[tuple[Request, bytes, object]]:
    """Every request with each of its legal answers, and what that says."""
    driver, board = driver_of(boards), boards.address
    for opened in (OPENED, frozenset[int](), frozenset(boards.all_channels())):
        told = ("status", board, states(boards, opened))
        yield driver.read_all(board), boards.status(board, opened), told
    unlock = driver.unlock(board, CHANNEL)
    for answer in boards.unlocked(board, CHANNEL):
        yield unlock, answer, ("unlocked", board, CHANNEL)
    for answer in boards.refused(board, CHANNEL):
        yield unlock, answer, ("fault", board, CHANNEL)


def requests(boards: Boards) -> list[Request]:
    driver, board = driver_of(boards), boards.address
    return [driver.read_all(board), driver.unlock(board, CHANNEL)]


def orders(spec: ProtocolSpec, board: int = 1) -> list[Order]:
    """Every order that the protocol knows, with all that it can carry, and with less."""
    options = spec.options(**defaults(spec))
    made = []
    for what in spec.orders:
        given_ = list(product((None, 2), ((), (1, 3)), (None, 2.0)))
        fits = [
            order
            for order in (Order(what, board, c, cs, s) for c, cs, s in given_)
            if is_accepted(spec, order, options)
        ]
        assert fits, f"{what} is never accepted"
        made += fits
    return made


def defaults(spec: ProtocolSpec) -> dict[str, int]:
    return {} if "channels" in _with_default(spec.options) else {"channels": 8}


def _with_default(options: type[BoardOptions]) -> set[str]:
    return {f.name for f in msgspec.structs.fields(options) if not f.required}


def is_accepted(spec: ProtocolSpec, order: Order, options: BoardOptions) -> bool:
    try:
        spec.encode(order, options)
    except ValueError:
        return False
    return True


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


# What must never be believed


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


# Frames in words


@each_protocol
def test_every_order_is_read_back(spec: ProtocolSpec) -> None:
    options = spec.options(**defaults(spec))
    for order in orders(spec):
        frame = spec.encode(order, options)
        [meaning] = spec.decode(frame, None, options)
        assert (meaning.direction, meaning.what) == (Direction.REQUEST, order.what)
        assert meaning.frame == frame
        assert meaning.board in (order.board, None)  # None: sent to every board
        assert meaning.channel == order.channel
        if order.channels:
            assert meaning.fields["channels"] == list(order.channels)
        if order.seconds is not None:
            assert meaning.fields["seconds"] == order.seconds
        assert json.loads(json.dumps(meaning.fields)) == meaning.fields


@each_protocol
def test_orders_back_to_back_are_read_apart(spec: ProtocolSpec) -> None:
    options = spec.options(**defaults(spec))
    frames = [spec.encode(order, options) for order in orders(spec)]
    for pair in product(frames, frames):
        assert [m.frame for m in spec.decode(b"".join(pair), None, options)] == list(pair)
    assert [m.frame for m in spec.decode(b"".join(frames), None, options)] == frames


@each_protocol
@pytest.mark.parametrize(
    ("order", "field"),
    [
        (Order("dance", 1), "what"),
        (Order("unlock", 999, 1), "board"),
        (Order("unlock", -1, 1), "board"),
        (Order("unlock", 1), "channel"),
        (Order("unlock", 1, 0), "channel"),
        (Order("unlock", 1, 999), "channel"),
        (Order("unlock", 1, 1, (1, 2)), "channels"),
        (Order("read_all", 1, 1), "channel"),
        (Order("read_all", 1, seconds=1), "seconds"),
        (Order("unlock", 1, 1, seconds=9999), "seconds"),
    ],
)
def test_an_order_that_makes_no_frame_names_its_field(
    spec: ProtocolSpec, order: Order, field: str
) -> None:
    with pytest.raises(ValueError, match=rf"^{field}: "):
        spec.encode(order, spec.options(**defaults(spec)))


@each_boards
def test_answers_are_told_in_words_with_and_without_their_request(boards: Boards) -> None:
    spec, options = spec_of(boards), options_of(boards)
    for request, answer, told in exchanges(boards):
        kind, board = told[:2]  # type: ignore[index]
        [meaning] = spec.decode(answer, request.frame, options)
        assert meaning.direction is Direction.REPLY
        assert meaning.board == board
        what = {"status": "status", "unlocked": "unlock_answer"}.get(kind, meaning.what)
        assert meaning.what == what
        if kind == "status":
            doors = {str(n): state.value for n, state in enumerate(told[2], 1)}  # type: ignore[index]
            assert meaning.fields["doors"] == doors
        assert json.loads(json.dumps(meaning.fields)) == meaning.fields
        both = spec.decode(request.frame + answer, None, options)
        assert [m.frame for m in both] == [request.frame, answer]
        assert both[0].direction is Direction.REQUEST


@each_boards
def test_reports_are_told_in_words(boards: Boards) -> None:
    if boards.report is None:
        return
    frame = boards.report(boards.address, CHANNEL, True)
    [meaning] = spec_of(boards).decode(frame, None, options_of(boards))
    assert (meaning.direction, meaning.what) == (Direction.REPORT, "report")
    assert (meaning.board, meaning.channel) == (boards.address, CHANNEL)
    assert meaning.fields["doors"] == {str(CHANNEL): "open"}


@each_boards
def test_every_byte_is_read_or_refused(boards: Boards) -> None:
    """Frames that are cut, or followed by anything, are not told as though they were whole."""
    spec, options = spec_of(boards), options_of(boards)
    for _, answer, _ in exchanges(boards):
        for size in range(len(answer)):
            cut(spec, options, answer[:size])
        cut(spec, options, answer + b"\xee")
        cut(spec, options, b"\xee" + answer)


def cut(spec: ProtocolSpec, options: BoardOptions, data: bytes) -> None:
    with pytest.raises(FrameError):
        spec.decode(data, None, options)


# Anything at all

spiced = st.lists(
    st.one_of(
        st.binary(max_size=12),
        st.sampled_from([answer for b in EVERY_BOARD for _, answer, _ in exchanges(b)]),
        st.sampled_from([request.frame for b in EVERY_BOARD for request in requests(b)]),
    ),
    max_size=4,
).map(b"".join)
any_boards = st.sampled_from(EVERY_BOARD)


@given(boards=any_boards, data=spiced, pending=spiced | st.none())
def test_decoding_anything_raises_nothing_but_frame_error(
    boards: Boards, data: bytes, pending: bytes | None
) -> None:
    spec, options = spec_of(boards), options_of(boards)
    try:
        found = spec.decode(data, pending, options)
    except FrameError:
        return
    assert b"".join(meaning.frame for meaning in found) == data


@given(boards=any_boards, data=spiced, index=st.integers(-1, 1))
def test_matching_and_reading_anything_raise_nothing_but_frame_error(
    boards: Boards, data: bytes, index: int
) -> None:
    driver = driver_of(boards)
    pending = None if index < 0 else requests(boards)[index]
    found = driver.match(data, pending)
    if not isinstance(found, NoMatch):
        assert data.startswith(found.frame)
        assert driver.decode(found.frame, pending) == found
    try:
        driver.decode(data, pending)
    except FrameError:
        return


@given(boards=any_boards, chunks=st.lists(spiced, max_size=5), index=st.integers(-1, 1))
def test_the_receiver_accounts_for_every_byte(
    boards: Boards, chunks: list[bytes], index: int
) -> None:
    made = listening(driver_of(boards), None if index < 0 else requests(boards)[index])
    frames = heard(made, *chunks)
    made.finish()
    taken = sum(len(frame.frame) for frame in frames)
    assert taken + made.counts.dropped_bytes == sum(map(len, chunks))
    assert sum(not isinstance(frame, DoorReport) for frame in frames) <= 1


@given(boards=any_boards, data=st.data())
def test_any_doors_survive_the_way_through_a_board(boards: Boards, data: st.DataObject) -> None:
    opened = data.draw(st.sets(st.integers(1, boards.channels)))
    driver = driver_of(boards)
    request = driver.read_all(boards.address)
    answer = boards.status(boards.address, opened)
    frames = listening(driver, request).feed(answer)
    assert [truth(f) for f in frames] == [("status", boards.address, states(boards, opened))]
    [meaning] = spec_of(boards).decode(answer, request.frame, options_of(boards))
    told = {str(n): ("open" if n in opened else "closed") for n in boards.all_channels()}
    assert meaning.fields["doors"] == told
