"""Values, keys and settings refuse what would break a record."""

import re

import pytest

from realtime.claims import keys
from realtime.claims.scripts import read_answer
from realtime.claims.settings import ClaimSettings
from realtime.claims.values import Claim, ClaimantId, Held, Open, RequestId, ResourceId


@pytest.mark.parametrize("name", ["", "a b", "a\n", "订单", "x" * 129])
def test_ids_are_single_bounded_words(name):
    with pytest.raises(ValueError, match="resource name must be"):
        ResourceId("order", name)
    with pytest.raises(ValueError, match="claimant must be"):
        Claim(ResourceId("order", "1"), ClaimantId(name), 1, RequestId("r"))
    with pytest.raises(ValueError, match="request id must be"):
        Claim(ResourceId("order", "1"), ClaimantId("a"), 1, RequestId(name))


@pytest.mark.parametrize("kind", ["", "Order", "a:b", "1"])
def test_a_kind_is_a_short_lower_case_word(kind):
    with pytest.raises(ValueError, match="resource kind"):
        ResourceId(kind, "1")


def test_versions_and_places_are_not_negative():
    with pytest.raises(ValueError, match="must not be negative"):
        Claim(ResourceId("order", "1"), ClaimantId("a"), -1, RequestId("r"))


def test_a_truth_names_a_holder_for_every_held_place():
    with pytest.raises(ValueError, match="a holder for every place"):
        Held(1, ())
    with pytest.raises(ValueError, match="without a holder"):
        Open(1, capacity=0)


def test_all_keys_of_a_resource_share_one_hash_tag():
    cells = ResourceId("cells", "T1:M")
    shard = keys.shard_of(cells, 8)
    names = [keys.record(shard, cells), keys.log(shard, cells, 3), keys.leases(shard)]
    assert {re.search(r"\{(.*?)\}", name)[1] for name in names} == {str(shard)}
    assert len(set(names)) == 3


def test_resources_spread_over_all_shards_and_read_back():
    resources = [ResourceId("order", f"LJ{n}") for n in range(400)]
    assert {keys.shard_of(each, 8) for each in resources} == set(range(8))
    cells = ResourceId("cells", "T1:M")
    assert keys.resource_of(str(cells)) == cells


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"award_seconds": 10.0}, "below lease_seconds"),
        ({"shards": 0}, "at least 1"),
        ({"queue_limit": 0}, "at least 1"),
        ({"batch_limit": 1001}, "at most 1000"),
    ],
)
def test_settings_that_break_the_protocol_are_refused(changes, rule):
    with pytest.raises(ValueError, match=rule):
        ClaimSettings(**changes)


def test_an_answer_of_another_version_of_the_script_is_an_error():
    with pytest.raises(ValueError, match=r"claim\.lua answered"):
        read_answer([b"perhaps", 1])
