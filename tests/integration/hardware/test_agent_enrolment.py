"""The agent enrols with its one-time token, once, and proves its key from then on."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hardware.link.device_key import open_key, read_mark
from realtime.wire.devices import Enrol
from realtime.wire.envelope import CloseCode, Failure
from tests.integration.hardware.played_server import PlayedServer
from tests.integration.hardware.rig import QUICK, TOKEN, Rig, rig
from tests.waiting import eventually

pytestmark = pytest.mark.slow


#: Comes back at once even when it was refused.
IMPATIENT = replace(QUICK, refused_seconds=0.1)


def refused(rule: str, field: str = "token") -> Failure:
    return Failure(code="agent_refused", message="拒绝 / refused", field=field, rule=rule)


async def come_back(r: Rig) -> None:
    """Drop the connection and wait for the next boot."""
    assert r.server.socket is not None
    boots = len(r.server.boots)
    await r.server.socket.close(CloseCode.GOING_AWAY)
    await r.server.until_booted(boots + 1)


async def test_a_new_agent_enrols_once_over_connections_and_restarts(tmp_path: Path) -> None:
    server = PlayedServer()
    async with rig(tmp_path, server=server) as r:
        await come_back(r)
    async with rig(tmp_path, server=server):
        pass
    (enrolment,) = server.enrolments
    assert (enrolment.token, enrolment.terminal_id) == (TOKEN, "T-1")
    assert enrolment.public_key == open_key(tmp_path).public_text
    assert len(server.boots) == 3
    assert all(boot.token is None for boot in server.boots)


async def test_a_lost_answer_is_asked_for_again_with_the_same_key(tmp_path: Path) -> None:
    server = PlayedServer()
    server.lost_enrolments = 2
    async with rig(tmp_path, server=server):
        assert len(server.enrolments) == 3
        assert len({(one.token, one.public_key) for one in server.enrolments}) == 1
        assert read_mark(tmp_path) is not None


async def test_an_enrolled_agent_needs_no_token(tmp_path: Path) -> None:
    server = PlayedServer()
    async with rig(tmp_path, server=server):
        pass
    async with rig(tmp_path, server=server, token=None):
        assert (len(server.enrolments), len(server.boots)) == (1, 2)


async def test_a_lost_note_costs_nothing(tmp_path: Path) -> None:
    server = PlayedServer()
    async with rig(tmp_path, server=server):
        pass
    (tmp_path / "enrolled.json").unlink()
    async with rig(tmp_path, server=server, token=None):
        await eventually(lambda: read_mark(tmp_path))
        assert len(server.enrolments) == 1


@dataclass
class Refusing:
    """A played server that refuses to enrol until it is told otherwise."""

    rule: str

    def __call__(self, _asked: Enrol) -> tuple[Failure, int]:
        return refused(self.rule), CloseCode.UNAUTHORIZED


@pytest.mark.parametrize(
    ("rule", "words"), [("unused", "令牌已被使用"), ("unexpired", "令牌已过期")]
)
async def test_a_refused_token_is_said_on_the_kiosk(tmp_path: Path, rule: str, words: str) -> None:
    server = PlayedServer()
    server.enrol_answer = Refusing(rule)
    async with rig(tmp_path, server=server, booted=False) as r:
        state = await r.until_state(link="refused")
        assert words in state["link_message"]
        assert server.boots == []
        assert read_mark(tmp_path) is None


async def test_a_limited_enrolment_waits_as_long_as_it_is_told(tmp_path: Path) -> None:
    server = PlayedServer()
    limited = Failure(code="limited", message="稍后 / later", details={"retry_after_seconds": 0.1})
    answers: list[tuple[Failure, int | None] | None] = [(limited, None), None]
    server.enrol_answer = lambda _: answers.pop(0) if answers else None
    async with rig(tmp_path, server=server):
        assert len(server.enrolments) == 2


async def test_a_refused_key_is_enrolled_anew_only_with_a_token_never_used(
    tmp_path: Path,
) -> None:
    server = PlayedServer()
    async with rig(tmp_path, server=server):
        pass
    server.public_key = None  # a server restored from before the enrolment
    async with rig(tmp_path, server=server, booted=False) as r:
        state = await r.until_state(link="refused")
        assert "一次性令牌" in state["link_message"]
        assert len(server.enrolments) == 1  # the used token was not sent again
    async with rig(tmp_path, server=server, token="another-one-time-token", backoff=IMPATIENT):
        assert [one.token for one in server.enrolments] == [TOKEN, "another-one-time-token"]


async def test_a_new_token_beside_a_good_key_is_not_sent(tmp_path: Path) -> None:
    server = PlayedServer()
    async with rig(tmp_path, server=server):
        pass
    async with rig(tmp_path, server=server, token="another-one-time-token"):
        assert [one.token for one in server.enrolments] == [TOKEN]


async def test_a_lost_key_needs_a_new_token(tmp_path: Path) -> None:
    server = PlayedServer()
    async with rig(tmp_path, server=server):
        pass
    (tmp_path / "device.key").unlink()
    async with rig(tmp_path, server=server, token="another-one-time-token"):
        one, two = server.enrolments
        assert one.public_key != two.public_key
        assert server.public_key == two.public_key == open_key(tmp_path).public_text


async def test_the_note_of_another_terminal_does_not_count(tmp_path: Path) -> None:
    server = PlayedServer()
    async with rig(tmp_path, server=server, terminal_id="T-9"):
        pass
    async with rig(tmp_path, server=server):
        assert [one.terminal_id for one in server.enrolments] == ["T-9", "T-1"]
