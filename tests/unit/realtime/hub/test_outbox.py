"""The bounded queue of one connection."""

import random

import pytest

from realtime.hub.outbox import Outbox, OutboxFull


def outbox(frames=4, size=100) -> Outbox:
    return Outbox(most_frames=frames, most_bytes=size)


def test_frames_come_out_in_order_and_joined():
    box = outbox()
    for frame in (b"a", b"b", b"c"):
        box.put(frame)
    assert (len(box), box.size) == (3, 3)
    assert box.take(2) == b"ab"
    assert box.take(2) == b"c"
    assert box.take(2) == b""
    assert (len(box), box.size) == (0, 0)


def test_ordered_data_over_a_bound_is_refused_and_changes_nothing():
    box = outbox(frames=2)
    box.put(b"a")
    box.put(b"b")
    with pytest.raises(OutboxFull):
        box.put(b"c")
    assert box.take(100) == b"ab"
    box = outbox(size=5)
    box.put(b"123")
    with pytest.raises(OutboxFull):
        box.put(b"456")
    box.put(b"45")
    assert box.take(100) == b"12345"


def test_one_frame_that_is_too_big_alone_still_goes():
    box = outbox(size=5)
    box.put(b"123456789")
    with pytest.raises(OutboxFull):
        box.put(b"a")
    assert box.take(1) == b"123456789"


def test_keyed_data_is_kept_in_its_latest_form_at_the_end():
    box = outbox(frames=3)
    box.put(b"door1", "d")
    box.put(b"order")
    for n in range(50):
        box.put(b"door%d" % n, "d")
    assert len(box) == 2
    assert box.take(100) == b"orderdoor49"


def test_many_keys_are_bounded_too():
    box = outbox(frames=3)
    for n in range(3):
        box.put(b"x", f"k{n}")
    with pytest.raises(OutboxFull):
        box.put(b"x", "k3")


def test_a_replacement_is_judged_by_what_it_adds():
    box = outbox(size=10)
    box.put(b"12345678", "k")
    box.put(b"a")
    box.put(b"123456789", "k")
    assert box.size == 10
    with pytest.raises(OutboxFull):
        box.put(b"1234567890", "k")
    assert box.take(100) == b"a123456789"


def test_a_taken_key_may_come_again():
    box = outbox()
    box.put(b"1", "k")
    assert box.take(10) == b"1"
    box.put(b"2", "k")
    assert box.take(10) == b"2"


def test_any_sequence_keeps_order_sizes_and_bounds():
    rng = random.Random(7)
    for _ in range(200):
        box, expected = outbox(frames=5, size=40), []
        for _ in range(60):
            frame = bytes([rng.randrange(97, 123)]) * rng.randrange(1, 15)
            key = rng.choice([None, None, "a", "b"])
            if rng.random() < 0.3:
                taken = box.take(20)
                assert b"".join(frame for _, frame in expected).startswith(taken)
                while taken:
                    taken = taken[len(expected.pop(0)[1]) :]
                continue
            try:
                box.put(frame, key)
            except OutboxFull:
                continue
            expected = [one for one in expected if key is None or one[0] != key]
            expected.append((key, frame))
        assert len(box) == len(expected) <= 5
        assert box.size == sum(len(frame) for _, frame in expected)
