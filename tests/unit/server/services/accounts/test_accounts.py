"""What counts as one address for the limits."""

import pytest

from server.services.accounts.codes import network_of


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("nowhere", "nowhere"),
    ],
)
def test_one_host_is_one_address_however_it_comes(address, counted_as):
    assert network_of(address) == counted_as
