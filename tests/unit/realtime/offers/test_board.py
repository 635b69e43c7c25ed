"""The offer board: one by one, then every short sequence against a plain re-computation."""

import itertools
import random
from datetime import timedelta

import pytest

from realtime.districts import district_of, districts_in_ring
from realtime.offers.board import Hidden, OfferBoard, Shown, Whereabouts
from server.domain.geo import Place, metres_between
from server.domain.ids import OrderId, PersonId
from tests.unit.realtime.builders import LAT, LON, NOON, offer

ANN, BOB = PersonId("ann"), PersonId("bob")
HERE = Place(lat=LAT, lon=LON)
NEAR = Place(lat=LAT + 0.005, lon=LON)  # 556 m
FAR = Place(lat=LAT + 0.02, lon=LON)  # 2.2 km
AWAY = Place(lat=LAT + 1, lon=LON)
ORDER = OrderId("LJ1")


def board() -> OfferBoard:
    return OfferBoard(fresh_seconds=600)


def at(place, when=NOON, chosen=()):
    return Whereabouts(place=place, at=when, chosen=frozenset(chosen))


def told(changes):
    return sorted(
        (c.courier, "+", c.offer.order_id, c.offer.offer_version)
        if isinstance(c, Shown)
        else (c.courier, "-", c.order, c.version)
        for c in changes
    )


def test_an_offer_is_shown_within_its_ring_only():
    b = board()
    b.placed(ANN, at(NEAR), NOON)
    b.placed(BOB, at(FAR), NOON)
    assert told(b.opened(offer())) == [("ann", "+", "LJ1", 1)]
    assert [view.order_id for view in b.seen_by(ANN)] == ["LJ1"]
    assert b.seen_by(BOB) == []


def test_a_wider_ring_is_shown_to_whom_it_reaches_now():
    b = board()
    b.placed(ANN, at(NEAR), NOON)
    b.placed(BOB, at(FAR), NOON)
    b.opened(offer())
    assert told(b.opened(offer(ring=3000))) == [("bob", "+", "LJ1", 1)]
    assert b.opened(offer(ring=1000)) == []
    assert b.opened(offer(ring=3000)) == []
    assert told(b.closed(ORDER, 1)) == [("ann", "-", "LJ1", 1), ("bob", "-", "LJ1", 1)]


def test_closing_goes_to_everybody_who_was_shown_and_once():
    b = board()
    b.placed(ANN, at(NEAR), NOON)
    b.opened(offer())
    assert told(b.closed(ORDER, 1)) == [("ann", "-", "LJ1", 1)]
    assert b.closed(ORDER, 1) == []
    assert b.opened(offer()) == []
    assert told(b.opened(offer(version=2))) == [("ann", "+", "LJ1", 2)]
    assert b.closed(ORDER, 1) == []
    assert [view.offer_version for view in b.seen_by(ANN)] == [2]


def test_a_new_version_replaces_and_starts_with_its_own_ring():
    b = board()
    b.placed(ANN, at(NEAR), NOON)
    b.placed(BOB, at(FAR), NOON)
    b.opened(offer(ring=3000))
    assert told(b.opened(offer(version=2, ring=1000))) == [
        ("ann", "+", "LJ1", 2),
        ("bob", "-", "LJ1", 2),
    ]
    assert b.opened(offer(version=1, ring=6000)) == []


def test_cards_appear_and_vanish_as_the_courier_moves():
    b = board()
    b.opened(offer())
    assert b.placed(ANN, at(AWAY), NOON) == []
    assert told(b.placed(ANN, at(NEAR), NOON)) == [("ann", "+", "LJ1", 1)]
    assert b.placed(ANN, at(HERE), NOON) == []
    assert told(b.placed(ANN, at(FAR), NOON)) == [("ann", "-", "LJ1", 1)]
    assert b.closed(ORDER, 1) == []


def test_who_goes_off_duty_sees_nothing():
    b = board()
    b.placed(ANN, at(NEAR), NOON)
    b.opened(offer())
    assert told(b.removed(ANN)) == [("ann", "-", "LJ1", 1)]
    assert b.removed(ANN) == []
    assert b.closed(ORDER, 1) == []
    assert b.districts == frozenset()


def test_an_old_position_gives_way_to_the_chosen_districts():
    b = board()
    here = district_of(HERE)
    b.placed(ANN, at(AWAY, chosen=[here]), NOON)
    assert b.opened(offer()) == []
    assert b.aged(NOON + timedelta(seconds=600)) == []
    assert told(b.aged(NOON + timedelta(seconds=601))) == [("ann", "+", "LJ1", 1)]
    assert b.looks_in(ANN) == {here}
    later = NOON + timedelta(seconds=700)
    assert told(b.placed(ANN, at(AWAY, later, [here]), later)) == [("ann", "-", "LJ1", 1)]


def test_an_old_position_without_chosen_districts_shows_nothing():
    b = board()
    b.opened(offer())
    old = NOON - timedelta(seconds=601)
    assert b.placed(ANN, at(HERE, old), NOON) == []
    assert b.placed(BOB, Whereabouts(chosen=frozenset([district_of(HERE)])), NOON) != []


def test_a_snapshot_shows_what_is_new_and_drops_what_is_gone():
    b = board()
    b.placed(ANN, at(NEAR), NOON)
    b.opened(offer("LJ1"))
    b.opened(offer("LJ2"))
    since = b.count
    changes = b.replace(district_of(HERE), [offer("LJ2"), offer("LJ3")], since=since)
    assert told(changes) == [("ann", "+", "LJ3", 1), ("ann", "-", "LJ1", 1)]


def test_a_snapshot_does_not_undo_what_happened_while_it_was_made():
    b = board()
    b.placed(ANN, at(NEAR), NOON)
    b.opened(offer("LJ1"))
    since = b.count
    b.closed(OrderId("LJ1"), 1)
    b.opened(offer("LJ2"))
    assert b.replace(district_of(HERE), [offer("LJ1")], since=since) == []
    assert [view.order_id for view in b.seen_by(ANN)] == ["LJ2"]


def test_the_newest_offers_come_first():
    b = board()
    b.placed(ANN, at(NEAR), NOON)
    b.opened(offer("LJ1"))
    b.opened(offer("LJ2"))
    assert [view.order_id for view in b.seen_by(ANN)] == ["LJ2", "LJ1"]
    assert b.seen_by(BOB) == []


def test_forgotten_districts_take_their_offers_along():
    b = board()
    b.placed(ANN, at(HERE), NOON)
    b.opened(offer())
    b.removed(ANN)
    for district in districts_in_ring(HERE, 1000):
        b.forget(district)
    assert b.placed(ANN, at(HERE), NOON) == []


# What the board shows must always be what a plain look at everything gives.


class PlainBoard:
    """Knows nothing of indexes or changes: computes who sees what from scratch."""

    def __init__(self) -> None:
        self.offers, self.closed, self.couriers = {}, {}, {}

    def open(self, view):
        known = self.offers.get(view.order_id)
        if view.offer_version <= self.closed.get(view.order_id, 0):
            return
        key = (view.offer_version, view.ring_metres)
        if known is None or key > (known.offer_version, known.ring_metres):
            self.offers[view.order_id] = view

    def close(self, order, version):
        self.closed[order] = max(version, self.closed.get(order, 0))
        if order in self.offers and self.offers[order].offer_version <= version:
            del self.offers[order]

    def sees(self, courier, now):
        where = self.couriers.get(courier)
        if where is None:
            return set()
        return {
            (v.order_id, v.offer_version) for v in self.offers.values() if self.fits(v, where, now)
        }

    def fits(self, view, where, now):
        place = Place(lat=view.lat, lon=view.lon)
        if where.at and now - where.at <= timedelta(seconds=600):
            return metres_between(place, where.place) <= view.ring_metres
        return bool(districts_in_ring(place, view.ring_metres) & where.chosen)


MOVES = [
    ("open", offer(version=1, ring=1000)),
    ("open", offer(version=1, ring=3000)),
    ("open", offer(version=2, ring=1000)),
    ("close", 1),
    ("close", 2),
    ("place", NEAR),
    ("place", FAR),
    ("place", None),
    ("leave", None),
    ("wait", None),
]


def play(moves):
    real, plain, now = board(), PlainBoard(), NOON
    screen = {}  # what the courier's page shows, from the changes alone
    for act, what in moves:
        changes = []
        if act == "open":
            plain.open(what)
            changes = real.opened(what)
        elif act == "close":
            plain.close("LJ1", what)
            changes = real.closed(ORDER, what)
        elif act == "place":
            chosen = {district_of(HERE)} if what is None else ()
            where = at(what, now if what else None, chosen)
            plain.couriers[ANN] = where
            changes = real.placed(ANN, where, now)
        elif act == "leave":
            plain.couriers.pop(ANN, None)
            changes = real.removed(ANN)
        else:
            now += timedelta(seconds=601)
            changes = real.aged(now)
        for change in changes:
            if isinstance(change, Shown):
                screen[change.offer.order_id] = change.offer.offer_version
            else:
                assert isinstance(change, Hidden)
                assert screen.pop(change.order, change.version) <= change.version
        expected = plain.sees(ANN, now)
        assert set(screen.items()) == expected, moves
        assert {(v.order_id, v.offer_version) for v in real.seen_by(ANN)} == expected, moves


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_every_short_sequence_shows_what_a_plain_look_gives(length):
    for moves in itertools.product(MOVES, repeat=length):
        play(moves)


def test_long_random_sequences_show_what_a_plain_look_gives():
    rng = random.Random(11)
    for _ in range(300):
        play([rng.choice(MOVES) for _ in range(25)])
