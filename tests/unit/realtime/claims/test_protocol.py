"""The engine's decisions, one answer at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from realtime.claims import protocol
from realtime.claims.protocol import (
    Appeal,
    Ask,
    Confirm,
    Finish,
    Granted,
    Mine,
    Refresh,
    Release,
    Settle,
    Unknown,
)
from realtime.claims.values import (
    ANY_VERSION,
    Awarded,
    Barred,
    Claim,
    ClaimantId,
    Closed,
    Held,
    Holder,
    Lost,
    NotEligible,
    Open,
    RequestId,
    ResourceId,
    Stale,
    Taken,
    Unavailable,
    Why,
    Won,
    Yours,
)

ORDER = ResourceId("order", "LJ1")
CLAIM = Claim(ORDER, ClaimantId("A"), 3, RequestId("r1"))
AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
NOW_US = protocol.microseconds(AT)
OTHER = Holder(ClaimantId("B"), AT - timedelta(milliseconds=180))
GRANTED = Granted(version=3, arrival=5, place=0)


def asked(answer, claim=CLAIM, rounds=2):
    course, step = protocol.start(claim, rounds)
    assert step == Ask()
    return protocol.on_answer(course, answer, NOW_US)


def awarded(award, answer=GRANTED, claim=CLAIM, rounds=2):
    course, step = asked(answer, claim, rounds)
    assert isinstance(step, Appeal)
    return protocol.on_award(course, award)


@pytest.mark.parametrize("answer", [Taken(0.2, 4), Stale(4), Closed(3), Barred("")])
def test_losers_are_answered_from_the_record(answer):
    assert asked(answer)[1] == Finish(answer)


def test_a_granted_place_goes_to_the_judge_with_the_records_version_and_place():
    seat = Granted(version=7, arrival=2, place=4)
    _, step = asked(seat, replace(CLAIM, version=ANY_VERSION))
    wanted = replace(CLAIM, version=7, place=4)
    assert step == Appeal(wanted, arrival=2, as_of_us=NOW_US, log_version=ANY_VERSION)


def test_the_winner_hears_after_the_award():
    assert awarded(Awarded(AT))[1] == Finish(Won(version=3, place=0, arrival=5))


@pytest.mark.parametrize(
    ("confirmed", "same_request", "outcome"),
    [(False, True, Won(3, 0, 5)), (False, False, Yours(3, 0)), (True, False, Yours(3, 0))],
)
def test_ones_own_place_is_judged_again(confirmed, same_request, outcome):
    mine = Mine(3, 5, 0, confirmed=confirmed, same_request=same_request)
    assert awarded(Awarded(AT), mine)[1] == Finish(outcome)


def test_only_a_repeat_of_a_confirmed_request_is_not_judged_again():
    mine = Mine(3, 5, 0, confirmed=True, same_request=True)
    assert asked(mine)[1] == Finish(Won(3, 0, 5))


def test_unknown_reads_the_judge_and_asks_again():
    course, step = asked(Unknown("lapsed"))
    assert step == Refresh(NOW_US)
    course, step = protocol.on_truth(course, Open(3))
    assert step == Ask()
    _, step = protocol.on_answer(course, GRANTED, NOW_US)
    assert isinstance(step, Appeal)


@pytest.mark.parametrize(
    ("truth", "outcome"),
    [
        (Held(3, (OTHER,)), Taken(0.18, 0)),
        (Held(3, (Holder(ClaimantId("A"), AT, request=RequestId("r1")),)), Won(3, 0, 0)),
        (Held(3, (Holder(ClaimantId("A"), AT),)), Yours(3, 0)),
        (Held(4, (OTHER,)), Stale(4)),
        (Open(2), Stale(2)),
        (Closed(3), Closed(3)),
    ],
)
def test_the_truth_answers_where_the_record_still_knows_nothing(truth, outcome):
    course, _ = asked(Unknown("missing"))
    course, _ = protocol.on_truth(course, truth)
    assert protocol.on_answer(course, Unknown("behind"), NOW_US)[1] == Finish(outcome)


def test_a_course_turns_to_the_judge_a_bounded_number_of_times():
    course, step = asked(Unknown("lapsed"), rounds=2)
    for _ in range(2):
        assert step == Refresh(NOW_US)
        course, step = protocol.on_truth(course, Open(3))
        course, step = protocol.on_answer(course, Unknown("lapsed"), NOW_US)
    assert step == Finish(Unavailable(Why.JUDGE))


@pytest.mark.parametrize(
    ("truth", "outcome"),
    [
        (Held(3, (OTHER,)), Taken(0.18, 5)),
        (Held(4, (OTHER,)), Stale(4)),
        (Open(4), Stale(4)),
        (Closed(3), Closed(3)),
        (Held(3, (Holder(ClaimantId("A"), AT),)), Yours(3, 0)),
    ],
)
def test_lost_at_the_judge_is_answered_from_what_stood_in_the_way(truth, outcome):
    assert awarded(Lost(truth))[1] == Finish(outcome)


def test_a_lost_seat_with_others_free_is_raced_for_again_but_not_for_ever():
    seats = Open(3, 3, (OTHER,))
    assert awarded(Lost(seats))[1] == Ask()
    assert awarded(Lost(seats), rounds=0)[1] == Finish(Unavailable(Why.JUDGE))


def test_not_eligible_tells_the_reason():
    assert awarded(NotEligible("not_certified", 4))[1] == Finish(Barred("not_certified"))


def test_an_award_without_an_appeal_is_a_defect():
    course, _ = protocol.start(CLAIM, 1)
    with pytest.raises(ValueError, match="without an appeal"):
        protocol.on_award(course, Awarded(AT))


def test_the_record_learns_what_the_judge_decided():
    appeal = Appeal(CLAIM, arrival=5, as_of_us=9, log_version=3)
    until = AT + timedelta(minutes=5)
    assert protocol.consequence(appeal, Awarded(AT)) == Confirm(CLAIM, 5, until_us=0)
    assert protocol.consequence(appeal, Awarded(AT, until)) == Confirm(
        CLAIM, 5, until_us=NOW_US + 300_000_000
    )
    assert protocol.consequence(appeal, NotEligible("cap", 4)) == Release(
        ORDER, ClaimantId("A"), held_version=3, new_version=4, barred=True
    )
    assert protocol.consequence(appeal, Lost(Closed(3))) == Settle(
        ORDER, Closed(3), as_of_us=9, dropped=CLAIM, log_version=3
    )


def test_microseconds_are_exact_and_need_a_zone():
    late = datetime(2100, 1, 1, 0, 0, 0, 123457, tzinfo=UTC)
    assert protocol.microseconds(late) == 4102444800123457
    with pytest.raises(TypeError):
        protocol.microseconds(datetime(2026, 1, 1))  # noqa: DTZ001
