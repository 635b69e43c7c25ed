"""Whose address counts against the limits."""

import pytest

from handlers.address import client_address

PROXY, INNER = "10.0.0.1", "10.0.0.2"
TRUSTED = frozenset({PROXY, INNER})


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),  # a stranger's header is not believed
        (PROXY, "198.51.100.7", "198.51.100.7"),
        (PROXY, "1.1.1.1, 198.51.100.7", "198.51.100.7"),  # the left part is the caller's own
        (PROXY, f"198.51.100.7, {INNER}", "198.51.100.7"),
        (PROXY, "2001:db8::1", "2001:db8::1"),
        (PROXY, "", PROXY),
        (PROXY, "nonsense", PROXY),
        (PROXY, f"nonsense, {INNER}", INNER),
    ],
)
def test_the_nearest_stranger_counts(peer: str, forwarded: str, seen: str) -> None:
    assert client_address(peer, forwarded, TRUSTED) == seen
