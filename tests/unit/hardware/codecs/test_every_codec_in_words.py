"""Frames of every protocol in words, and anything at all: nothing is raised but FrameError."""

import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.codecs.driver import (
    DoorReport,
    NoMatch,
)
from hardware.codecs.errors import FrameError
from hardware.codecs.protocol import BoardOptions, Direction, Order, ProtocolSpec
from tests.unit.hardware.codecs.answers import EVERY_BOARD, Boards
from tests.unit.hardware.codecs.every_protocol import (
    CHANNEL,
    defaults,
    driver_of,
    each_boards,
    each_protocol,
    exchanges,
    heard,
    listening,
    options_of,
    orders,
    requests,
    spec_of,
    states,
    truth,
)

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
