"""How tests are shared out: who walks, what begins first, what waits until last."""

from tests.sharing_out import begins

DRILLS = "tests/e2e/drills/"
UP = "tests/e2e/test_up.py::test_up"
WALK = "tests/e2e/walks/test_pages.py::test_a_parcel"
UNIT = "tests/unit/test_x.py"
ALL = [DRILLS, UP, WALK, UNIT]


def test_walks_begin_first_since_no_site_has_more_to_do():
    assert begins(ALL, may_walk=True) == WALK


def test_who_does_not_walk_takes_what_is_long_then_the_rest():
    assert begins(ALL, may_walk=False) == DRILLS
    assert begins([WALK, UP, UNIT], may_walk=False) == UP
    assert begins([WALK, UNIT], may_walk=False) == UNIT


def test_who_has_nothing_else_to_do_helps_with_the_walks():
    assert begins([WALK], may_walk=False) == WALK


def test_who_walked_goes_on_with_the_others():
    assert begins([DRILLS, UP, UNIT], may_walk=True) == DRILLS
    assert begins([UNIT], may_walk=True) == UNIT
