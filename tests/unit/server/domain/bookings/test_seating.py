"""Which places may be claimed, also when staff have lowered the capacity under their holders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.bookings.seating import free_places, told_places

CASES = [
    # capacity, taken, free
    (3, (), (0, 1, 2)),
    (3, (0, 2), (1,)),
    (3, (0, 1, 2), ()),
    (2, (2, 3), ()),  # lowered from four: both holders still count
    (2, (3,), (0,)),
    (3, (0, 5), (1,)),
    (1, (0, 1, 2), ()),
    (0, (), ()),
]


@pytest.mark.parametrize(("capacity", "taken", "free"), CASES)
def test_holders_beyond_a_lowered_capacity_still_count(capacity, taken, free):
    assert free_places(capacity, taken) == free


@given(st.integers(0, 12), st.sets(st.integers(0, 15)))
def test_what_is_free_never_makes_more_holders_than_places(capacity, taken):
    free = free_places(capacity, taken)
    assert len(free) == max(0, capacity - len(taken))
    assert not set(free) & taken
    told = told_places(capacity, taken)
    assert set(told) == taken and len(set(told.values())) == len(taken)


@given(st.integers(1, 8), st.sets(st.integers(0, 10)), st.data())
def test_claims_of_older_looks_stay_within_the_capacity(capacity, taken, data):
    """Whoever looked before somebody left may claim as well, and still all of them fit."""
    leaver = data.draw(st.sampled_from(sorted(taken))) if taken else None
    before = set(free_places(capacity, taken))
    now = taken - {leaver}
    claimed = before | set(free_places(capacity, now))
    assert len(now | (claimed - now)) <= max(capacity, len(now))
