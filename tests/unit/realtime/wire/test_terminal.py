"""What agents and servers of different ages say to each other."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from realtime.wire.envelope import Reply
from realtime.wire.health import kept_at, kept_reply
from realtime.wire.terminal import ToTerminal, WithdrawGrant

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ABSURD = ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-05-01T12:00:00", "noon"]


def decoded(text: bytes) -> ToTerminal:
    return msgspec.json.decode(text, type=ToTerminal)  # type: ignore[return-value]


@pytest.mark.parametrize("at", [NOON, NOON.astimezone(timezone(timedelta(hours=8)))])
def test_the_answer_to_health_tells_the_server_s_time(at: datetime) -> None:
    reply = decoded(msgspec.json.encode(kept_reply("h1", at)))
    assert isinstance(reply, Reply)
    assert reply.id == "h1"
    assert kept_at(reply) == NOON


def test_a_server_of_before_tells_no_time_and_a_newer_one_may_tell_more() -> None:
    assert kept_at(Reply(id="h1")) is None
    more = Reply(id="h1", result={"server_time": NOON.isoformat(), "of": "a newer server"})
    assert kept_at(more) == NOON


@pytest.mark.parametrize("text", ABSURD)
def test_an_absurd_time_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="server_time"):
        kept_at(Reply(id="h1", result={"server_time": text}))
    boot = {
        "type": "boot_accepted",
        "id": "b1",
        "epoch": 1,
        "server_time": text,
        "ping_seconds": 20,
        "applied_number": 0,
        "config": {
            "name": "n",
            "kiosk_url": "https://lanjian.example/k/",
            "kiosk_key": "a2V5",
            "kiosk_step_seconds": 30,
            "open_within_seconds": 3,
            "left_open_warn_seconds": 60,
        },
    }
    with pytest.raises(msgspec.ValidationError, match="server_time"):
        decoded(msgspec.json.encode(boot))
    decoded(msgspec.json.encode({**boot, "server_time": NOON}))


def test_a_withdrawal_of_a_server_of_before_is_understood() -> None:
    frame = {"type": "withdraw_grant", "id": "w1", "grant_id": "g1"}
    assert decoded(msgspec.json.encode(frame)) == WithdrawGrant(id="w1", grant_id="g1")
    told = decoded(msgspec.json.encode({**frame, "issued_at": NOON}))
    assert told == WithdrawGrant(id="w1", grant_id="g1", issued_at=NOON)
    for text in ABSURD:
        with pytest.raises(msgspec.ValidationError, match="issued_at"):
            decoded(msgspec.json.encode({**frame, "issued_at": text}))
