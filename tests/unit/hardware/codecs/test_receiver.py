"""The receiver: chunk borders, garbage, echoes, half frames, endless noise."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.codecs.checksums import xor_of
from hardware.codecs.driver import (
    DoorReport,
    Frame,
    NoMatch,
    Request,
    StatusAnswer,
    UnlockAnswer,
)
from hardware.codecs.eight_a import EightA
from hardware.codecs.eight_a_frames import EightAOptions
from hardware.codecs.receiver import ECHO_MISSES, MAX_BUFFER, EchoMode, Receiver

DRIVER = EightA({1: EightAOptions(), 2: EightAOptions(channels=50)})
READ = DRIVER.read_all(1)
READ_50 = DRIVER.read_all(2)
UNLOCK = DRIVER.unlock(1, 1)


def sealed(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + bytes([xor_of(body)])


STATUS = bytes.fromhex("80010000813333")  # begins with a valid five-byte frame
STATUS_50 = sealed("8002" + "01020304050607" + "33")
UNLOCKED = sealed("8a010100")
REPORT = sealed("82010311")
EXCHANGES = [(READ, STATUS), (READ_50, STATUS_50), (UNLOCK, UNLOCKED), (UNLOCK, UNLOCK.frame)]
GARBAGE = bytes.fromhex("fafd9999")  # seen before real answers


def receiver(request: Request | None = None, echo: EchoMode = EchoMode.OFF) -> Receiver:
    made = Receiver(DRIVER, echo)
    if request is not None:
        made.sent(request)
    return made


def fed(made: Receiver, *chunks: bytes) -> list[bytes]:
    return [frame.frame for chunk in chunks for frame in made.feed(chunk)]


@pytest.mark.parametrize(("request_", "answer"), EXCHANGES)
def test_an_answer_is_found_byte_by_byte(request_: Request, answer: bytes) -> None:
    made = receiver(request_)
    assert fed(made, *(bytes([b]) for b in answer)) == [answer]
    assert made.counts.dropped_bytes == 0


@pytest.mark.parametrize(("request_", "answer"), EXCHANGES)
def test_an_answer_is_found_at_every_split(request_: Request, answer: bytes) -> None:
    for split in range(len(answer) + 1):
        assert fed(receiver(request_), answer[:split], answer[split:]) == [answer]


@pytest.mark.parametrize(("request_", "answer"), EXCHANGES)
@pytest.mark.parametrize("garbage", [GARBAGE, b"\x80", b"\x8a\x01", b"\x80\x01\x00", b"\x00" * 9])
def test_garbage_before_an_answer_is_dropped_and_counted(
    request_: Request, answer: bytes, garbage: bytes
) -> None:
    made = receiver(request_)
    found = fed(made, garbage + answer)
    found += [frame.frame for frame in made.quiet()]
    assert found == [answer]
    assert made.counts.dropped_bytes == len(garbage)


def test_garbage_after_and_between_is_dropped() -> None:
    made = receiver(READ)
    assert fed(made, STATUS + GARBAGE + REPORT + GARBAGE) == [STATUS, REPORT]
    made.finish()
    assert made.counts.dropped_bytes == 2 * len(GARBAGE)


@pytest.mark.parametrize(("request_", "answer"), EXCHANGES)
def test_a_bad_checksum_is_never_acted_on(request_: Request, answer: bytes) -> None:
    for position in range(len(answer)):
        spoilt = bytearray(answer)
        spoilt[position] ^= 0x40
        made = receiver(request_)
        assert fed(made, bytes(spoilt)) == []
        assert made.quiet() == []
    made = receiver(request_)
    assert fed(made, answer[:-1] + bytes([answer[-1] ^ 1])) == []
    assert made.counts.checksum_errors == 1


def test_a_good_answer_after_a_bad_one_is_found() -> None:
    assert fed(receiver(READ), STATUS[:-1] + b"\x00" + STATUS) == [STATUS]


def test_a_half_frame_before_an_answer_is_passed_over_when_the_line_goes_quiet() -> None:
    made = receiver(READ_50)
    report = sealed("82010300")
    # What arrived of the answer so far holds a whole report: only silence tells.
    assert fed(made, STATUS_50[:2] + report) == []
    assert [frame.frame for frame in made.quiet()] == [report]


def test_a_half_frame_is_kept_over_a_pause_for_its_second_half() -> None:
    made = receiver(READ)
    assert fed(made, STATUS[:3]) == []
    assert made.quiet() == []
    assert fed(made, STATUS[3:]) == [STATUS]


def test_a_late_answer_is_no_answer_to_the_next_request() -> None:
    made = receiver(READ)
    made.finish()
    assert fed(made, STATUS) == []
    made.sent(DRIVER.unlock(1, 2))
    assert fed(made, UNLOCKED) == []
    made.sent(READ_50)
    assert fed(made, STATUS + STATUS_50) == [STATUS_50]


def test_half_an_answer_to_the_last_request_is_no_beginning_of_the_next() -> None:
    made = receiver(READ)
    assert fed(made, STATUS[:3]) == []
    made.sent(READ)
    assert made.counts.dropped_bytes == 3
    assert fed(made, STATUS[3:]) == []


def test_an_answer_is_given_once_unless_more_are_wanted() -> None:
    assert fed(receiver(READ), STATUS + STATUS) == [STATUS]
    made = receiver()
    made.sent(READ, takes_more=True)
    assert fed(made, STATUS, STATUS) == [STATUS, STATUS]
    made.finish()
    assert fed(made, STATUS) == []


def test_endless_noise_never_grows_the_buffer() -> None:
    made = receiver(READ)
    noise = b"\x80\x01\x00" * (MAX_BUFFER * 40)
    assert fed(made, noise) == []
    assert len(made._buffer) < MAX_BUFFER
    assert fed(made, STATUS) == [STATUS]


class NeverContentDriver(EightA):
    """Takes everything for the beginning of a frame."""

    def match(self, data: bytes, pending: Request | None) -> Frame | NoMatch:
        found = super().match(data, pending)
        return NoMatch.NEED_MORE if isinstance(found, NoMatch) else found


def test_the_cap_holds_whatever_a_driver_waits_for() -> None:
    made = Receiver(NeverContentDriver({1: EightAOptions()}), EchoMode.OFF)
    made.sent(READ)
    for _ in range(20):
        assert fed(made, b"\xfa" * MAX_BUFFER) == []
        assert len(made._buffer) < MAX_BUFFER
    assert made.counts.dropped_bytes > 19 * MAX_BUFFER - 1
    assert fed(made, STATUS) == []
    assert [frame.frame for frame in made.quiet()] == [STATUS]


def test_silence_looks_past_a_single_byte_that_may_begin_anything() -> None:
    made = Receiver(NeverContentDriver({1: EightAOptions()}), EchoMode.OFF)
    made.sent(READ)
    assert fed(made, b"\xfa" + STATUS) == []
    assert [frame.frame for frame in made.quiet()] == [STATUS]


def test_an_answer_inside_an_oversized_chunk_is_found() -> None:
    noise = b"\xfa" * (MAX_BUFFER * 3)
    assert fed(receiver(READ), noise + STATUS + noise) == [STATUS]


# Echoes


def test_with_echo_on_exactly_the_sent_bytes_are_stripped() -> None:
    for split in range(len(UNLOCK.frame) + 1):
        made = receiver(UNLOCK, EchoMode.ON)
        stream = UNLOCK.frame + UNLOCK.frame  # echo, then an answer equal to it
        assert fed(made, stream[:split], stream[split:]) == [UNLOCK.frame]


def test_with_echo_on_an_echo_alone_is_no_answer() -> None:
    assert fed(receiver(UNLOCK, EchoMode.ON), UNLOCK.frame) == []


def test_with_echo_on_a_missing_echo_loses_no_answer() -> None:
    made = receiver(READ, EchoMode.ON)
    assert fed(made, *(bytes([b]) for b in STATUS)) == [STATUS]
    assert made.counts.missing_echoes == 1


def test_auto_learns_an_echo_from_the_first_read() -> None:
    made = receiver(READ, EchoMode.AUTO)
    assert fed(made, READ.frame + STATUS) == [STATUS]
    made.finish()
    assert made.echoing
    made.sent(UNLOCK)
    assert fed(made, UNLOCK.frame) == []
    assert fed(made, UNLOCK.frame) == [UNLOCK.frame]


def test_auto_learns_an_echo_from_a_silent_board() -> None:
    made = receiver(READ, EchoMode.AUTO)
    assert fed(made, READ.frame) == []
    made.finish()
    assert made.echoing


def test_auto_learns_nothing_from_an_unlock() -> None:
    made = receiver(UNLOCK, EchoMode.AUTO)
    assert fed(made, UNLOCK.frame) == [UNLOCK.frame]
    made.finish()
    assert not made.echoing


def test_auto_learns_nothing_from_an_answer_that_begins_like_its_request() -> None:
    # Doors in just that state: 80 01 00 33 B2 33 BCC.
    answer = sealed("80010033b233")
    assert answer.startswith(READ.frame)
    made = receiver(READ, EchoMode.AUTO)
    assert fed(made, answer) == [answer]
    made.finish()
    assert not made.echoing


def test_auto_forgets_an_echo_that_stays_away() -> None:
    made = receiver(READ, EchoMode.AUTO)
    fed(made, READ.frame + STATUS)
    made.finish()
    for _ in range(3):  # one or two may be a disturbed line
        assert made.echoing
        made.sent(READ)
        assert fed(made, STATUS) == [STATUS]
        made.finish()
    assert not made.echoing


def test_auto_keeps_its_verdict_over_silence() -> None:
    made = receiver(READ, EchoMode.AUTO)
    fed(made, READ.frame)
    made.finish()
    for _ in range(ECHO_MISSES + 1):
        made.sent(READ)
        made.finish()
    assert made.echoing


# Anything at all

REQUESTS = st.sampled_from([None, READ, READ_50, UNLOCK])
CHUNKS = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from([STATUS, STATUS_50, UNLOCKED, REPORT, READ.frame, UNLOCK.frame]),
    ),
    max_size=12,
)


@given(request=REQUESTS, chunks=CHUNKS, echo=st.sampled_from(EchoMode))
def test_nothing_raises_and_every_byte_is_accounted_for(
    request: Request | None, chunks: list[bytes], echo: EchoMode
) -> None:
    made = receiver(request, echo)
    frames: list[Frame] = []
    for chunk in chunks:
        frames += made.feed(chunk)
    frames += made.quiet()
    made.finish()
    taken = sum(len(frame.frame) for frame in frames)
    total = sum(map(len, chunks))
    echoed = total - taken - made.counts.dropped_bytes
    assert 0 <= echoed <= (len(request.frame) if request and echo is EchoMode.ON else 0)
    answers = [f for f in frames if not isinstance(f, DoorReport)]
    assert len(answers) <= 1
    assert all(isinstance(f, StatusAnswer | UnlockAnswer) for f in answers)


@given(chunks=CHUNKS, cuts=st.lists(st.integers(0, 400), max_size=20))
def test_chunk_borders_never_matter(chunks: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(chunks)
    whole = fed(receiver(READ), stream)
    borders = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[a:b] for a, b in itertools.pairwise(borders)]
    assert fed(receiver(READ), *pieces) == whole
