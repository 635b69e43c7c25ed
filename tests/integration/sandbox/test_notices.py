"""Notices: sent until accepted, with the faults asked for, over restarts and kills."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from server.domain.errors import ProviderFailed
from server.local.provider_keys import KEYS_FILE
from server.providers.money_ports import Payee
from server.sandbox.keys import load
from tests.integration.providers.wechatpay_site import (
    OPENID,
    Site,
    merchant,
    payment,
    receiving,
    refund,
    site,
    transfer,
)
from tests.integration.sandbox.caller import sandbox
from tests.waiting import eventually, eventually_blocking

END_SECONDS = 60


async def the_notice(one: Site) -> dict:
    """The only notice, as the sandbox tells of it."""
    (notice,) = (await one.people.send("GET", "/notices")).body["notices"]
    return notice


async def accepted(one: Site) -> bool:
    return (await the_notice(one))["state"] == "accepted"


async def test_a_refused_notice_comes_again_under_its_id(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        one.receiver.refuse_with = [500, 404]
        await one.paid()
        await eventually(lambda: accepted(one))
        assert len({json.loads(body)["id"] for _, body in one.receiver.raw}) == 1
        assert len({headers["Wechatpay-Nonce"] for headers, _ in one.receiver.raw}) == 3
        notice = await the_notice(one)
        assert notice["attempts"] == 3
        seen = [delivery["seen"] for delivery in notice["deliveries"]]
        assert seen == ["HTTP 500", "HTTP 404", "SUCCESS"]


async def test_a_second_tap_is_not_told(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        paid = await one.paid()
        assert await one.tap(f"/pay/orders/{paid.id}/tap-pay") == 200
        assert (await the_notice(one))["on"] == "payment"


async def test_a_notice_may_only_go_to_the_server(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        paid = await one.paid()
        async with (
            receiving(provider_folder) as other,
            merchant(provider_folder, one.people.url, other) as stranger,
        ):
            for asked in (
                lambda: stranger.pay.ask(payment("LJP0002")),
                lambda: stranger.pay.refund(refund(paid, 1)),
                lambda: stranger.payout.transfer(transfer(), Payee(account=OPENID)),
            ):
                with pytest.raises(ProviderFailed) as failed:
                    await asked()
                assert failed.value.rule == "PARAM_ERROR"


async def test_a_fault_is_counted(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        await one.arm("forged", "payment")
        await one.paid()
        await eventually(lambda: accepted(one))
        (fault,) = (await one.people.send("GET", "/faults")).body["faults"]
        assert (fault["kind"], fault["left"], fault["used"]) == ("forged", 0, 1)


async def test_a_late_notice_comes_late(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        late = {"kind": "late", "on": "payment", "seconds": 3600}
        await one.people.send("POST", "/faults", late)
        await one.paid()
        assert (await the_notice(one))["state"] == "waiting"
        await one.paid("LJP0002")
        await eventually(lambda: one.receiver.told)
        assert [told.what.out_trade_no for told in one.receiver.told] == ["LJP0002"]


async def test_a_reordered_notice_comes_after_the_next(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        reordered = {"kind": "reordered", "on": "payment", "seconds": 3600}
        await one.people.send("POST", "/faults", reordered)
        for number in ("LJP0001", "LJP0002", "LJP0003"):
            await one.paid(number)
        await eventually(lambda: len(one.receiver.told) == 3)
        numbers = [told.what.out_trade_no for told in one.receiver.told]
        assert sorted(numbers) == ["LJP0001", "LJP0002", "LJP0003"]
        assert numbers[0] != "LJP0001", "it was overtaken"
        (fault,) = (await one.people.send("GET", "/faults")).body["faults"]
        assert (fault["kind"], fault["left"], fault["used"]) == ("reordered", 0, 1)
        # Without another one it comes all the same, once its time is over.
        await one.people.send("POST", "/faults", reordered | {"seconds": 0})
        await one.paid("LJP0004")
        await eventually(lambda: len(one.receiver.told) == 4)


async def test_disarmed_faults_do_not_happen(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        await one.arm("500", "payment", times=9)
        await one.people.send("DELETE", "/faults")
        assert (await one.pay.ask(payment())).url


async def test_a_text_has_no_amount_to_spoil(tmp_path: Path, provider_folder: Path):
    async with sandbox(tmp_path, keys=load(provider_folder / KEYS_FILE)) as caller:
        answer = await caller.send("POST", "/faults", {"kind": "wrong_amount", "on": "sms"})
        assert (answer.status, answer.code) == (400, "no_such_fault")


def start_program(data: Path, folder: Path, notify_prefix: str) -> tuple[subprocess.Popen, str]:
    """Start the sandbox as people do, and read where it listens from what it prints."""
    program = subprocess.Popen(
        [
            *(sys.executable, "-m", "server.cli", "sandbox", "--port", "0", "--data", data),
            *("--keys", folder / KEYS_FILE, "--notify-prefix", notify_prefix),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    url = program.stdout.readline().split()[-1].rstrip("/")
    return program, url


def end(program: subprocess.Popen, number: signal.Signals) -> int:
    """End it and close our side of its output."""
    program.send_signal(number)
    status = program.wait(timeout=END_SECONDS)
    assert program.stdout is not None
    program.stdout.close()
    return status


async def test_kill_9_loses_nothing_that_was_answered(tmp_path: Path, provider_folder: Path):
    async with receiving(provider_folder) as receiver:
        receiver.refuse_with = [500] * 2  # the notice must outlive the kill
        program, url = start_program(tmp_path, provider_folder, receiver.url)
        try:
            async with merchant(provider_folder, url, receiver) as one:
                paid = await one.paid()
                await one.payout.transfer(transfer(), Payee(account=OPENID))
                await one.arm("500", "sms", times=7)
        finally:
            end(program, signal.SIGKILL)
        program, url = start_program(tmp_path, provider_folder, receiver.url)
        try:
            async with merchant(provider_folder, url, receiver) as one:
                seen = await one.pay.seen(paid)
                assert seen is not None and seen.state == "SUCCESS"
                waiting = await one.payout.transfer_seen(transfer())
                assert waiting is not None and waiting.state == "WAIT_USER_CONFIRM"
                (fault,) = (await one.people.send("GET", "/faults")).body["faults"]
                assert fault["left"] == 7
                await eventually(lambda: accepted(one))
                assert receiver.told[-1].what.out_trade_no == paid.id
        finally:
            assert end(program, signal.SIGTERM) == 0


def test_without_keys_the_program_says_what_to_give():
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "sandbox"],
        capture_output=True,
        text=True,
        timeout=END_SECONDS,
    )
    assert done.returncode == 2
    assert "--keys" in done.stderr


def test_the_file_is_where_it_was_asked_for(tmp_path: Path, provider_folder: Path):
    deep = tmp_path / "deep" / "er"
    program, _ = start_program(deep, provider_folder, "http://127.0.0.1:9")
    try:
        eventually_blocking(lambda: (deep / "sandbox.db").exists())
    finally:
        assert end(program, signal.SIGTERM) == 0
    assert [path.name for path in deep.iterdir()] == ["sandbox.db"]
