"""What a probe asks and what it makes of what comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.codecs.driver import RequestKind
from hardware.codecs.registry import PROTOCOLS
from hardware.commissioning import queries
from hardware.commissioning.queries import Verdict, judge, rounds

EIGHT_A = PROTOCOLS["8a"]
EVERY = list(PROTOCOLS.values())
CLOSED = bytes.fromhex("8001ffffff334d")


def eight_a_query() -> queries.Query:
    return queries.queries(EIGHT_A, [1])[0]


# What is asked


def test_only_reads_are_asked() -> None:
    asked = [query for one in rounds(EVERY) for query in one.queries]
    assert len(asked) > 100
    assert {query.request.kind for query in asked} == {RequestKind.READ_ALL}


def test_no_query_of_any_usual_address_holds_an_order() -> None:
    for spec in EVERY:
        for query in queries.queries(spec, count=queries.MORE_ADDRESSES):
            assert not queries.holds_order(query.request.frame), query.request.frame.hex()


def test_a_read_that_another_protocol_takes_for_an_order_is_never_asked() -> None:
    winnsen = PROTOCOLS["winnsen"]
    frame = winnsen.driver({149: winnsen.options()}).read_all(149).frame
    told = EIGHT_A.decode(frame[:6], None, EIGHT_A.options())
    assert (frame[:6].hex(), told[0].what, told[0].board) == ("90070295ffff", "unlock_many", 7)
    assert queries.holds_order(frame)
    plan = rounds([winnsen, EIGHT_A], bauds=[9600], addresses=[149, 148, 99])
    assert [(q.spec.name, q.request.board) for q in plan[0].queries] == [
        ("winnsen", 148),
        ("winnsen", 99),
        ("8a", 99),
    ]
    assert queries.left_out(plan, [winnsen, EIGHT_A], [149, 148, 99]) == [("winnsen", 149)]


def test_usual_speeds_are_tried_first() -> None:
    plan = rounds(EVERY)
    names = [{query.spec.name for query in one.queries} for one in plan]
    assert (plan[0].baud, "8a" in names[0], "kerong-cu48" in names[0]) == (9600, True, False)
    assert (plan[1].baud, "kerong-cu48" in names[1]) == (19200, True)
    asked = {(one.baud, query.spec.name) for one in plan for query in one.queries}
    assert asked == {(baud, spec.name) for spec in EVERY for baud in spec.bauds}


def test_a_plan_can_be_narrowed() -> None:
    plan = rounds([EIGHT_A], bauds=[115200, 1200], addresses=[5, 99, 200])
    assert [one.baud for one in plan] == [115200, 1200]
    assert [query.request.board for query in plan[0].queries] == [5, 99]


def test_addresses_that_no_board_has_leave_nothing_to_ask() -> None:
    assert rounds([EIGHT_A], addresses=[200]) == []


def test_a_bridge_has_one_round() -> None:
    plan = rounds(EVERY, has_speed=False)
    assert [one.baud for one in plan] == [None]
    assert {query.spec.name for query in plan[0].queries} == set(PROTOCOLS)


def test_the_time_is_bounded() -> None:
    plan = rounds(EVERY)
    spent = sum(queries.query_seconds(query, one.baud) for one in plan for query in one.queries)
    assert spent < queries.longest_seconds(plan, 0.3) < 120


# What comes back


def test_silence_is_silence() -> None:
    assert judge(eight_a_query(), b"").verdict is Verdict.SILENCE


def test_an_answer_is_found_among_garbage() -> None:
    found = judge(eight_a_query(), bytes.fromhex("fafd9999") + CLOSED + b"\x00")
    assert (found.verdict, found.dropped) == (Verdict.ANSWER, 5)


def test_an_echo_is_told_and_stripped() -> None:
    query = eight_a_query()
    alone = judge(query, query.request.frame)
    assert (alone.verdict, alone.is_echoed) == (Verdict.ECHO, True)
    answered = judge(query, query.request.frame + CLOSED)
    assert (answered.verdict, answered.is_echoed, answered.dropped) == (Verdict.ANSWER, True, 0)


def test_a_wrong_checksum_is_told() -> None:
    assert judge(eight_a_query(), CLOSED[:-1] + b"\x4c").verdict is Verdict.BAD_CHECKSUM


def test_another_boards_answer_is_noise() -> None:
    assert judge(eight_a_query(), bytes.fromhex("8002ffffff334e")).verdict is Verdict.NOISE


@pytest.mark.parametrize(
    ("frame", "channels"),
    [("8001ffffff334d", 24), ("8001ffffffff33b2", 32), ("8001ffffffffffffff334d", 50)],
)
def test_every_build_of_a_board_is_known(frame: str, channels: int) -> None:
    found = judge(eight_a_query(), bytes.fromhex(frame))
    assert found.verdict is Verdict.ANSWER
    assert len(found.answer.states) == channels  # type: ignore[union-attr]


def test_a_modbus_exception_shows_the_board() -> None:
    query = queries.queries(PROTOCOLS["modbus"], [1])[0]
    found = judge(query, bytes.fromhex("018202c161"))
    assert found.verdict is Verdict.FAULT


@given(st.binary(max_size=40))
def test_any_bytes_are_judged(heard: bytes) -> None:
    found = judge(eight_a_query(), heard)
    assert found.heard == heard
    assert 0 <= found.dropped <= len(heard)
