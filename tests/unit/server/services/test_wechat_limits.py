"""What counts as one address for log-ins by WeChat: the same as for codes."""

import pytest

from server.domain.errors import Limited
from server.domain.ids import PersonId
from server.domain.keys import Secret
from server.services.accounts import Caller
from server.services.wechat_log_in import WeChatLogIns
from server.store.seal import BlindIndex


class OneEach:
    """Limits that let each key through once."""

    def __init__(self):
        self.seen = set()

    async def hit(self, key, limits):
        if key in self.seen:
            return 60.0
        self.seen.add(key)
        return None


class Leads:
    """A service account, and handles, of which only the URL is of use here."""

    def oauth_url(self, redirect, state):
        return redirect

    async def ask(self, path, browser):
        return self

    state = browser = PersonId("s")


def log_ins() -> WeChatLogIns:
    unused = None
    return WeChatLogIns(
        service=Leads(),
        mini=unused,
        accounts=unused,
        handles=Leads(),
        links=unused,
        people=unused,
        limits=OneEach(),
        index=BlindIndex(Secret(b"k" * 32)),
        base_url="https://lanjian.example",
        clock=unused,
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"), ("203.0.113.7", "::ffff:203.0.113.7")],
)
async def test_a_host_cannot_choose_another_address_to_begin_anew(first, second):
    given = log_ins()
    await given.begin("/", None, Caller(address=first, device=""))
    with pytest.raises(Limited):
        await given.begin("/", None, Caller(address=second, device=""))
