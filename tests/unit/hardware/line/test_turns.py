"""Turns: unlocks first, each delayed by one poll at most, and polls never starved."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.codecs.driver import Request, RequestKind
from hardware.line.exchange import NotSent
from hardware.line.job import Job
from hardware.line.turns import HOLD_SECONDS, Turns


@pytest.fixture(scope="module", autouse=True)
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Futures are made on it; it never runs."""
    made = asyncio.new_event_loop()
    asyncio.set_event_loop(made)
    yield made
    asyncio.set_event_loop(None)
    made.close()


def job(kind: RequestKind, board: int = 1, channel: int = 0) -> Job:
    request = Request(kind, board, channel, b"\x00" * 5, 0.3)
    return Job(request, None, asyncio.get_event_loop_policy().get_event_loop().create_future())


def unlock(board: int = 1, channel: int = 1) -> Job:
    return job(RequestKind.UNLOCK, board, channel)


def poll(board: int = 1) -> Job:
    return job(RequestKind.READ_ALL, board)


def served(turns: Turns, count: int = 1, now: float = 0.0) -> list[Job]:
    """Run exchanges to their ends, one after another."""
    ran = []
    for _ in range(count):
        chosen = turns.choose(now)
        if chosen is None:
            break
        turns.begin(chosen)
        turns.end(chosen)
        ran.append(chosen)
    return ran


def queued(*jobs: Job, boards: tuple[int, ...] = ()) -> Turns:
    turns = Turns(boards)
    for each in jobs:
        turns.add(each)
    return turns


def test_each_kind_goes_in_order_of_arrival_and_unlocks_first() -> None:
    first, second = poll(1), poll(2)
    opening = unlock()
    assert served(queued(first, second, opening), 9) == [opening, first, second]


def test_a_poll_goes_between_two_unlocks_that_met_none() -> None:
    a, b, c, look, again = unlock(1, 1), unlock(1, 2), unlock(1, 3), poll(1), poll(2)
    turns = queued(a, b, c, look, again)
    # After the first, one poll; then all who met it; then the next poll.
    assert served(turns, 9) == [a, look, b, c, again]


def test_an_unlock_that_met_a_poll_is_not_passed_by_another() -> None:
    first, second, opening = poll(1), poll(2), unlock()
    turns = queued(first, second)
    turns.begin(first)
    turns.add(opening)
    turns.end(first)
    assert served(turns, 9) == [opening, second]


def test_what_timed_out_rests_and_the_others_go_on() -> None:
    silent, other = poll(1), poll(2)
    turns = queued(silent)
    turns.begin(silent)
    turns.end(silent, rest_until=5.0)
    again = poll(1)
    turns.add(again)
    turns.add(other)
    assert served(turns, 9, now=1.0) == [other]
    assert turns.ready_at(1.0) == 5.0
    assert served(turns, 9, now=5.0) == [again]
    assert turns.ready_at(5.0) is None


def test_after_an_opening_every_board_is_tried_before_an_unlock() -> None:
    turns = Turns((1, 2))
    turns.opened()
    opening, first, second, extra = unlock(), poll(1), poll(2), poll(1)
    turns.add(opening)
    assert turns.choose(0.0) is None
    for look in (first, extra, second):
        turns.add(look)
    assert served(turns, 2) == [first, second]
    assert served(turns, 2) == [opening, extra]
    turns.opened()
    turns.add(unlock())
    assert turns.choose(0.0) is None


def test_a_silent_board_does_not_keep_unlocks_back_for_ever() -> None:
    turns = Turns((1,))
    turns.opened()
    look, opening = poll(1), unlock(1)
    turns.add(look)
    turns.add(opening)
    turns.begin(look)
    turns.end(look, rest_until=9.0)
    assert turns.choose(0.0) is opening


def test_giving_up_tells_everyone() -> None:
    jobs = [unlock(), poll()]
    turns = queued(*jobs)
    turns.give_up("closed")
    assert [each.done.result() for each in jobs] == [NotSent("closed")] * 2
    assert turns.choose(0.0) is None


def test_a_withdrawn_job_does_not_go() -> None:
    look = poll()
    turns = queued(look)
    assert turns.withdraw(look)
    assert not turns.withdraw(look)
    assert turns.choose(0.0) is None


def test_a_job_put_back_goes_before_its_kind() -> None:
    first, second = unlock(1, 1), unlock(1, 2)
    turns = queued(first, second)
    turns.begin(first)
    turns.end(first)
    turns.put_back(first)
    assert served(turns, 9) == [first, second]


# Any order of arrivals: "u" an unlock comes, "p" a poll comes, "." the line serves one.


@given(st.text(alphabet="uupp...", max_size=80))
def test_no_unlock_meets_two_polls_and_everyone_gets_a_turn(script: str) -> None:
    turns, current = Turns(), None
    polls_met: dict[Job, int] = {}
    waiting: set[Job] = set()
    for step in script + "." * (len(script) + 1):
        if step == ".":
            if current is not None:
                turns.end(current)
            current = turns.choose(0.0)
            if current is None:
                continue
            turns.begin(current)
            waiting.discard(current)
            polls_met.pop(current, None)
            for each in polls_met:
                polls_met[each] += not current.is_unlock
                assert polls_met[each] <= 1
        else:
            made = unlock() if step == "u" else poll()
            turns.add(made)
            waiting.add(made)
            if made.is_unlock:
                polls_met[made] = int(current is not None and not current.is_unlock)
    assert not waiting


@given(st.integers(1, 30))
def test_an_unlock_that_comes_after_each_unlock_never_blinds_the_polls(rounds: int) -> None:
    """A new unlock arrives during every exchange; polls still get every other turn."""
    turns = queued(poll(), unlock())
    kinds = []
    for _ in range(2 * rounds):
        chosen = turns.choose(0.0)
        assert chosen is not None
        turns.begin(chosen)
        turns.add(unlock() if chosen.is_unlock else poll())
        turns.end(chosen)
        kinds.append(chosen.is_unlock)
    assert kinds == [True, False] * rounds


def test_polls_wait_for_an_unlock_that_was_announced() -> None:
    look, opening = poll(), unlock()
    turns = queued(look)
    turns.hold(1.0)
    assert turns.choose(1.0) is None
    assert turns.ready_at(1.0) == 1.0 + HOLD_SECONDS
    turns.add(opening)
    assert served(turns, 9, now=1.01) == [opening, look]


def test_an_announced_unlock_that_does_not_come_holds_polls_up_only_once_and_briefly() -> None:
    first, second = poll(1), poll(2)
    turns = queued(first, second)
    turns.hold(1.0)
    turns.release()
    turns.hold(1.0)  # no poll ran since
    assert served(turns, 1, now=1.0) == [first]
    turns.hold(2.0)
    assert turns.choose(2.0) is None
    assert turns.choose(2.0 + HOLD_SECONDS) is second


def test_a_poll_that_is_owed_is_not_held() -> None:
    look = poll()
    turns = queued(unlock(), look)
    served(turns, 1)
    turns.hold(1.0)
    assert turns.choose(1.0) is look
