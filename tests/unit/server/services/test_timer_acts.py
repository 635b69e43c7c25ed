"""Each timer of the saga has an act, and each act leaves its timer behind it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.domain.custody import Custody
from server.domain.money import Charge
from server.domain.orders import Offer, Pickup, Placement
from server.domain.rules import Rules
from server.domain.saga import TIMERS, Action, When, due
from server.domain.terminals import Purpose
from server.services.notices.texts_of_steps import STAFF_TEXTS, TEXTS
from server.services.timers import RING_OF, fire
from tests import builders

ALONE = {Action.REMIND_UNPAID, Action.TELL_STAFF, Action.WIDEN_RING, Action.NO_TAKER}
OFFER = Offer(version=1, ring=0, opened_at=builders.NOON)


@pytest.mark.parametrize("timer", [t for t in TIMERS if t.action in ALONE], ids=lambda t: t.name)
def test_a_fired_timer_is_not_due_again(timer):
    later = builders.NOON + timedelta(days=30)
    custody, charge = sorted(timer.custody)[0], sorted(timer.charge)[0]
    grant = builders.grant(wanted_at=builders.NOON) if timer.when is When.WAITING else None
    order = builders.order(custody=custody, charge=charge, offer=OFFER, grant=grant)
    assert timer in due(order, Rules(), later)
    if grant is not None and grant.purpose is Purpose.COLLECT:  # what it opens stays as it is
        place = Placement(terminal=grant.terminal, cell=grant.cell)
        won = Pickup(courier=grant.holder, claimed_at=builders.NOON, until=later)
        order = replace(order, custody=Custody.CLAIMED, placement=place, pickup=won)
    after = fire(order, timer, builders.context(at=later)).after
    assert timer not in due(after, Rules(), later)


def test_rings_widen_one_after_the_other():
    order = builders.order(custody=Custody.OPEN, charge=Charge.PAID, offer=OFFER)
    rings = []
    for timer in TIMERS:
        if timer.action is Action.WIDEN_RING:
            order = fire(order, timer, builders.context()).after
            rings.append(order.offer.ring)
    assert rings == [1, 2] == list(RING_OF.values())


def test_every_telling_of_staff_has_its_text():
    told = {timer.name for timer in TIMERS if timer.action is Action.TELL_STAFF}
    assert told <= set(STAFF_TEXTS)


def test_texts_are_chinese_first_and_say_nothing_personal():
    for text in [*TEXTS.values(), *STAFF_TEXTS.values()]:
        assert any("\u4e00" <= letter <= "\u9fff" for letter in text.zh)
        assert text.en.isascii()
        said = f"{text.zh} {text.en}"
        for filled_in in ("count", "place", "reason", "when", "until"):  # no names, no numbers
            said = said.replace(f"{{{filled_in}}}", "")
        assert "{" not in said
