"""Notices: sent until accepted, with the faults asked for, over restarts and kills."""

import base64
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tornado.simple_httpclient import HTTPTimeoutError

from tests.integration.sandbox.caller import (
    KEY,
    Caller,
    Receiver,
    payment,
    receiving,
    refund,
    sandbox,
    transfer,
)
from tests.waiting import eventually, eventually_blocking


async def pay(caller: Caller, receiver: Receiver) -> None:
    """Have one payment paid."""
    body = payment(notify_url=f"{receiver.url}/notices")
    assert (await caller.signed("POST", "/pay/orders", body)).status == 200
    assert (await caller.send("POST", "/pay/orders/LJ-PAY-1/tap-pay")).status == 200


async def the_notice(caller: Caller) -> dict:
    """The only notice, as the sandbox tells of it."""
    (notice,) = (await caller.send("GET", "/notices")).body["notices"]
    return notice


async def accepted(caller: Caller) -> bool:
    return (await the_notice(caller))["state"] == "accepted"


async def test_each_kind_of_notice_tells_what_happened(tmp_path: Path):
    async with receiving() as receiver, sandbox(tmp_path, notify_prefix=receiver.url) as caller:
        await pay(caller, receiver)
        url = f"{receiver.url}/notices"
        await caller.signed("POST", "/pay/refunds", refund(notify_url=url))
        await caller.signed("POST", "/transfers", transfer(notify_url=url))
        await caller.send("POST", "/transfers/LJ-OUT-1/tap-confirm")
        await eventually(lambda: len(receiver.accepted) == 3)
        told = {body["type"]: body["resource"] for body in receiver.accepted}
        assert told["payment"]["state"] == "SUCCESS" and told["payment"]["amount_fen"] == 1200
        assert told["payment"]["transaction_id"] and told["payment"]["paid_at"]
        assert told["refund"] == {
            "out_refund_no": "LJ-REF-1",
            "out_trade_no": "LJ-PAY-1",
            "amount_fen": 1200,
            "state": "SUCCESS",
        }
        assert told["transfer"]["out_bill_no"] == "LJ-OUT-1"
        assert told["transfer"]["state"] == "SUCCESS"


async def test_a_refused_notice_comes_again_under_its_id(tmp_path: Path):
    async with receiving() as receiver, sandbox(tmp_path, notify_prefix=receiver.url) as caller:
        receiver.refuse_with = [500, 404]
        await pay(caller, receiver)
        await eventually(lambda: accepted(caller))
        assert receiver.verdicts == ["good"] * 3  # each with a nonce of its own
        assert len({body["notify_id"] for body, _ in receiver.notices}) == 1
        notice = await the_notice(caller)
        assert notice["attempts"] == 3
        assert [seen["seen"] for seen in notice["deliveries"]] == [
            "HTTP 500",
            "HTTP 404",
            "SUCCESS",
        ]


async def test_a_notice_waits_out_a_restart(tmp_path: Path):
    async with receiving() as receiver:
        receiver.refuse_with = [503]
        async with sandbox(tmp_path, notify_prefix=receiver.url) as caller:
            await pay(caller, receiver)
            await eventually(lambda: receiver.notices)
        async with sandbox(tmp_path, notify_prefix=receiver.url) as caller:
            await eventually(lambda: accepted(caller))


@pytest.mark.parametrize(
    ("kind", "verdicts"),
    [
        ("forged", ["bad_signature", "good"]),
        ("old_timestamp", ["stale_timestamp", "good"]),
        ("wrong_amount", ["good", "good"]),
        ("duplicate", ["good", "repeated_nonce", "good"]),
    ],
)
async def test_a_fault_is_played_once_and_counted(tmp_path: Path, kind: str, verdicts: list):
    async with receiving() as receiver, sandbox(tmp_path, notify_prefix=receiver.url) as caller:
        armed = await caller.send("POST", "/faults", {"kind": kind, "on": "payment", "times": 1})
        assert armed.status == 200
        await pay(caller, receiver)
        await eventually(lambda: len(receiver.notices) == len(verdicts))
        assert receiver.verdicts == verdicts
        (fault,) = (await caller.send("GET", "/faults")).body["faults"]
        assert (fault["kind"], fault["left"], fault["used"]) == (kind, 0, 1)
        amounts = [body["resource"]["amount_fen"] for body, _ in receiver.notices]
        assert amounts == ([1199, 1200] if kind == "wrong_amount" else [1200] * len(verdicts))


async def test_a_late_notice_comes_late(tmp_path: Path):
    async with receiving() as receiver, sandbox(tmp_path, notify_prefix=receiver.url) as caller:
        await caller.send("POST", "/faults", {"kind": "late", "on": "payment", "seconds": 0.2})
        await pay(caller, receiver)
        assert (await the_notice(caller))["state"] == "waiting"
        assert receiver.notices == []
        await eventually(lambda: accepted(caller))


async def test_a_failing_request_has_no_effect(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        await caller.send("POST", "/faults", {"kind": "500", "on": "transfer", "times": 1})
        failed = await caller.signed("POST", "/transfers", transfer())
        assert (failed.status, failed.code) == (500, "system_error")
        assert (await caller.signed("GET", "/transfers/LJ-OUT-1")).status == 404
        assert (await caller.signed("POST", "/transfers", transfer())).status == 200


async def test_a_request_that_times_out_has_its_effect(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        await caller.send("POST", "/faults", {"kind": "timeout", "on": "payment", "times": 1})
        with pytest.raises(HTTPTimeoutError):
            await caller.signed("POST", "/pay/orders", payment(), timeout_seconds=0.2)
        known = await caller.signed("GET", "/pay/orders/LJ-PAY-1")
        assert known.body["state"] == "NOTPAY"


async def test_a_text_has_no_amount_to_spoil(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        answer = await caller.send("POST", "/faults", {"kind": "wrong_amount", "on": "sms"})
        assert (answer.status, answer.code) == (400, "no_such_fault")


async def test_disarmed_faults_do_not_happen(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        await caller.send("POST", "/faults", {"kind": "500", "on": "transfer", "times": 9})
        await caller.send("DELETE", "/faults")
        assert (await caller.signed("POST", "/transfers", transfer())).status == 200


def start_program(data: Path, notify_prefix: str) -> tuple[subprocess.Popen, Caller]:
    """Start the sandbox as people do, and read where it listens from what it prints."""
    program = subprocess.Popen(
        [
            *(sys.executable, "-c", "import sys; from server.cli import main; sys.exit(main())"),
            *("sandbox", "--port", "0", "--data", data, "--notify-prefix", notify_prefix),
        ],
        env={**os.environ, "LANJIAN_PROVIDER_KEY": base64.b64encode(KEY).decode()},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    url = program.stdout.readline().split()[-1].rstrip("/")
    return program, Caller(url=url)


def end(program: subprocess.Popen, number: signal.Signals) -> int:
    """End it and close our side of its output."""
    program.send_signal(number)
    status = program.wait(timeout=10)
    assert program.stdout is not None
    program.stdout.close()
    return status


async def test_kill_9_loses_nothing_that_was_answered(tmp_path: Path):
    async with receiving() as receiver:
        receiver.refuse_with = [500] * 2  # the notice must outlive the kill
        program, caller = start_program(tmp_path, receiver.url)
        try:
            await pay(caller, receiver)
            body = transfer(notify_url=f"{receiver.url}/notices")
            assert (await caller.signed("POST", "/transfers", body)).status == 200
            await caller.send("POST", "/faults", {"kind": "500", "on": "sms", "times": 7})
        finally:
            end(program, signal.SIGKILL)
        program, caller = start_program(tmp_path, receiver.url)
        try:
            paid = await caller.signed("GET", "/pay/orders/LJ-PAY-1")
            assert paid.body["state"] == "SUCCESS"
            waiting = await caller.signed("GET", "/transfers/LJ-OUT-1")
            assert waiting.body["state"] == "WAIT_USER_CONFIRM"
            (fault,) = (await caller.send("GET", "/faults")).body["faults"]
            assert fault["left"] == 7
            await eventually(lambda: accepted(caller))
            assert receiver.accepted[-1]["resource"]["out_trade_no"] == "LJ-PAY-1"
        finally:
            assert end(program, signal.SIGTERM) == 0


@pytest.mark.parametrize("key", ["", "not base64!"])
def test_without_a_key_the_program_says_what_to_give(key: str):
    done = subprocess.run(
        [sys.executable, "-c", "from server.cli import main; exit(main())", "sandbox"],
        capture_output=True,
        text=True,
        env={**os.environ, "LANJIAN_PROVIDER_KEY": key},
        timeout=20,
    )
    assert done.returncode == 2
    assert "LANJIAN_PROVIDER_KEY" in done.stderr


def test_the_file_is_where_it_was_asked_for(tmp_path: Path):
    program, _ = start_program(tmp_path / "deep" / "er", "http://127.0.0.1:9")
    try:
        eventually_blocking(lambda: (tmp_path / "deep" / "er" / "sandbox.db").exists())
    finally:
        assert end(program, signal.SIGTERM) == 0
    assert json.dumps(sorted(p.name for p in (tmp_path / "deep" / "er").iterdir())) == (
        '["sandbox.db"]'
    )
