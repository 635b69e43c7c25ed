"""The sandbox's pure rules: destinations, waits."""

import pytest

from server.sandbox.destinations import Destinations
from server.sandbox.errors import Refused
from server.sandbox.notices import LONGEST_WAIT_SECONDS, MAX_ATTEMPTS, wait_seconds


def test_waits_double_up_to_the_longest():
    waits = [wait_seconds(attempts) for attempts in range(1, MAX_ATTEMPTS + 1)]
    assert waits[:4] == [0.5, 1, 2, 4]
    assert waits == sorted(waits) and waits[-1] == LONGEST_WAIT_SECONDS


@pytest.mark.parametrize("url", ["https://a.example/base/n", "https://a.example:443/base/n/m"])
def test_a_url_under_a_prefix_passes(url: str):
    Destinations(["http://127.0.0.1:8000", "https://a.example/base"]).check(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/basement",
        "https://a.example/base/../other",
        "https://a.example/base/n?x=1",
        "https://a.example:444/base/n",
        "http://a.example/base/n",
        "https://a.example.b.example/base/n",
        "https://a.example:nine/base/n",
        "file:///base/n",
        "https://a.example@b.example/base/n",
        "https://[a.example/base/n",
        "",
    ],
)
def test_any_other_url_is_refused(url: str):
    with pytest.raises(Refused, match="bad_notify_url"):
        Destinations(["https://a.example/base"]).check(url)


def test_a_prefix_must_be_a_url():
    with pytest.raises(ValueError, match="http"):
        Destinations(["a.example"])
