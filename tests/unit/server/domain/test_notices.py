"""Which channel a notice goes by, as a table, and what holds of every plan."""

from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.certifications import Step as Certified
from server.domain.custody import Step
from server.domain.money import Charge, Payout
from server.domain.notice_kind import Hears
from server.domain.notice_kinds import KINDS, OFFERS_NEAR, ROWS, kind_of, wants_of
from server.domain.notices import (
    LESSONS,
    MOST_AGAIN,
    SERVICE,
    Can,
    Channel,
    Outcome,
    Topic,
    Try,
    Use,
    Wants,
    lesson_of,
    plan_of,
    refused_by,
)
from server.domain.wechat import LinkChange
from server.providers.wechat.ports import UNKNOWN_OUTCOMES, WeChatRule
from server.providers.wechat.templates import TEMPLATES, TemplateName
from tests import builders

T, S, M, C, X, P = (
    Channel.TEMPLATE,
    Channel.SUBSCRIPTION,
    Channel.MINI,
    Channel.CUSTOMER,
    Channel.SMS,
    Channel.PAGE,
)

REFUND = Wants(topic="money", use=Use.VITAL, sms=True)
CLAIMED = Wants(topic="order_state", use=Use.WANTED, keeps_last=True)
PAID = Wants(topic="money", use=Use.NICE, keeps_last=True)
BOOKED = Wants(topic="booking", use=Use.WANTED, sms=True)
OFFERS = Wants(topic="offers", use=Use.WANTED)
EVERYTHING = Can(template=True, credits=2, mini_credits=2, customer=3, texts=3)


@pytest.mark.parametrize(
    ("wants", "can", "plan"),
    [
        (REFUND, Can(), (P,)),
        (REFUND, EVERYTHING, (T, S, M, C, X, P)),
        (CLAIMED, EVERYTHING, (T, S, M, C, P)),
        (REFUND, Can(texts=1), (X, P)),
        (CLAIMED, Can(texts=1), (P,)),
        (REFUND, Can(credits=1, customer=1), (S, C, P)),
        (CLAIMED, Can(credits=1, mini_credits=1, customer=1), (C, P)),  # the last credits stay
        (CLAIMED, Can(credits=2), (S, P)),
        (PAID, Can(page_open=True, template=True, credits=9, customer=9), (P,)),
        (PAID, Can(template=True), (T, P)),
        (CLAIMED, Can(page_open=True, template=True), (T, P)),
        (OFFERS, Can(template=True, texts=3), (T, P)),
        (Wants(topic="offers", use=Use.VITAL, sms=True), Can(texts=9), (P,)),
        (BOOKED, Can(texts=3), (X, P)),
        (BOOKED, Can(texts=2), (P,)),  # the day's last texts stay
    ],
)
def test_the_plan_follows_from_what_the_person_can_receive(wants, can, plan):
    assert plan_of(wants, can) == plan


def test_a_refused_channel_is_not_planned_again():
    assert plan_of(REFUND, EVERYTHING, frozenset({T, C})) == (S, M, X, P)


WANTS = st.builds(
    Wants,
    topic=st.sampled_from(get_args(Topic)),
    use=st.sampled_from(Use),
    sms=st.booleans(),
    keeps_last=st.booleans(),
)
CAN = st.builds(
    Can,
    page_open=st.booleans(),
    template=st.booleans(),
    credits=st.integers(0, 4),
    mini_credits=st.integers(0, 4),
    customer=st.integers(0, 4),
    texts=st.integers(0, 4),
)


@given(WANTS, CAN, st.frozensets(st.sampled_from([T, S, M, C, X])))
def test_every_plan_ends_in_the_page_and_names_only_what_can_be(wants, can, refused):
    plan = plan_of(wants, can, refused)
    assert plan[-1] is P and len(set(plan)) == len(plan)
    assert not set(plan) & refused
    if X in plan:
        assert wants.sms and wants.topic != "offers"
        assert can.texts > (0 if wants.use is Use.VITAL else 2), (
            "the last two are for what is vital"
        )
    if S in plan:
        assert can.credits - 1 >= wants.reserve, "the last credit is for what is more useful"
    if M in plan:
        assert can.mini_credits - 1 >= wants.reserve
    assert T not in plan or can.template
    assert C not in plan or can.customer


RULES = st.sampled_from([*get_args(WeChatRule), "none_left", "unavailable", None])
OUTCOMES = st.sampled_from([Outcome.REFUSED, Outcome.BLOCKED, Outcome.FAILED])


@given(WANTS, CAN, st.data())
def test_one_channel_takes_a_notice_and_the_trying_ends(wants, can, data):
    """Play plan, try and refusal until something takes it: never two that may have taken it."""
    tried: tuple[Try, ...] = ()
    credits = {S: can.credits, M: can.mini_credits}
    while (channel := plan_of(wants, can, refused_by(tried))[0]) is not P:
        if channel in credits:
            credits[channel] -= 1
            assert credits[channel] >= 0
        rule = data.draw(RULES)
        if rule is None or rule in UNKNOWN_OUTCOMES:
            break  # taken, or nobody knows: no other channel is tried
        tried += (Try(channel=channel, at=builders.NOON, outcome=data.draw(OUTCOMES), rule=rule),)
        if channel in credits and lesson_of(rule, 0).returns:
            credits[channel] += 1
        assert len(tried) <= 5 * MOST_AGAIN
    assert sum(one.outcome in (Outcome.SENT, Outcome.UNKNOWN) for one in tried) == 0


def test_what_says_later_is_asked_again_a_few_times_and_then_passed_by():
    tries = tuple(
        Try(channel=T, at=builders.NOON, outcome=Outcome.REFUSED, rule="busy")
        for _ in range(MOST_AGAIN)
    )
    assert refused_by(tries[:-1]) == frozenset()
    assert refused_by(tries) == {T}


def test_who_blocks_the_account_is_not_written_to_by_it_at_all():
    blocked = Try(channel=T, at=builders.NOON, outcome=Outcome.BLOCKED)
    assert refused_by((blocked,)) == SERVICE
    left = Try(channel=T, at=builders.NOON, outcome=Outcome.REFUSED, rule="unfollowed")
    assert refused_by((left,)) == {T, C}


def test_lessons_name_rules_that_there_are_and_no_unknown_one():
    assert set(LESSONS) <= {*get_args(WeChatRule), "unavailable"}
    assert not set(LESSONS) & UNKNOWN_OUTCOMES


def test_each_kind_has_one_row_and_its_template_and_fits():
    assert len(KINDS) == len(ROWS)
    assert set(get_args(Topic)) == set(get_args(TemplateName)) == {t.name for t in TEMPLATES}
    for row in ROWS:
        assert 1 <= len(row.word) <= 5 and all("\u4e00" <= one <= "\u9fff" for one in row.word)
        assert row.path.startswith("/")
        assert timedelta(seconds=row.fresh_seconds) <= timedelta(days=1)


def test_offers_are_never_texts_and_old_ones_no_news():
    kind = KINDS[OFFERS_NEAR, Hears.COURIER]
    assert not kind.sms and kind.fresh_seconds <= 120


@pytest.mark.parametrize(
    ("event", "hears"),
    [
        (Step.CONFIRM_INSIDE, Hears.CUSTOMER),
        (Step.OFFER, Hears.CUSTOMER),
        (OFFERS_NEAR, Hears.COURIER),
        (Step.CLAIM, Hears.CUSTOMER),
        (Step.COLLECT, Hears.CUSTOMER),
        (Step.TAKE_OUT, Hears.CUSTOMER),
        (Charge.REFUNDED, Hears.CUSTOMER),
        (Certified.APPROVE, Hears.COURIER),
        (Certified.REJECT, Hears.COURIER),
        (Step.APPROVE, Hears.COURIER),
        (Step.REJECT, Hears.COURIER),
        (Payout.AWAITING, Hears.COURIER),
        (Payout.PAID_OUT, Hears.COURIER),
        *((change, Hears.PERSON) for change in LinkChange),
    ],
)
def test_every_parcel_event_is_told(event, hears):
    assert kind_of(event.value if hasattr(event, "value") else event, hears.value) is not None


def test_only_the_most_useful_of_a_topic_may_take_the_last_credit():
    refunded, paid = KINDS["refunded", Hears.CUSTOMER], KINDS["opened", Hears.CUSTOMER]
    assert wants_of(refunded).reserve == 0 and wants_of(paid).reserve == 1
    waiting = KINDS[Payout.AWAITING.value, Hears.COURIER]
    assert wants_of(waiting).reserve == 0
    assert wants_of(KINDS[OFFERS_NEAR, Hears.COURIER]).reserve == 0


def test_a_kind_of_another_version_is_known_to_nobody():
    assert kind_of("made_up", "customer") is None
    assert kind_of("opened", "nobody") is None
