"""The merchant transfer of 2025: asked, confirmed, cancelled, failed, forgotten by its payee."""

from pathlib import Path

import pytest

from server.domain.errors import ProviderFailed
from server.providers.money_ports import Payee
from tests.integration.providers.wechatpay_site import OPENID, site, transfer
from tests.waiting import eventually

PAYEE = Payee(account=OPENID)


async def test_a_transfer_waits_for_its_courier(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        wanted = transfer()
        assert await one.payout.transfer_seen(wanted) is None
        asked = await one.payout.transfer(wanted, PAYEE)
        assert asked.state == "WAIT_USER_CONFIRM" and asked.package_info
        assert await one.payout.transfer(wanted, PAYEE) == asked  # a lost answer comes again
        seen = await one.payout.transfer_seen(wanted)
        assert seen is not None and (seen.state, seen.amount_fen) == ("WAIT_USER_CONFIRM", 1080)
        called = dict(one.payout.confirm_parameters(asked.package_info))
        opened = await one.people.send("POST", "/wallet/transfer", called)
        assert opened.status == 200 and opened.body["out_bill_no"] == wanted.id
        phone = (await one.people.send("GET", "/phone/13800000001/state")).body
        assert [bill["payee"] for bill in phone["transfers"]] == [OPENID]
        assert await one.tap(f"/transfers/{wanted.id}/tap-confirm") == 200
        seen = await one.payout.transfer_seen(wanted)
        assert seen is not None and seen.state == "SUCCESS"
        # Too late to take it back: its state says what came of that.
        assert (await one.payout.cancel(wanted)).state == "SUCCESS"
        with pytest.raises(ProviderFailed) as failed:
            await one.payout.transfer(transfer(amount_fen=1081), PAYEE)
        assert failed.value.rule == "ALREADY_EXISTS"


async def test_a_cancelled_transfer_does_not_go(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        wanted = transfer()
        with pytest.raises(ProviderFailed) as failed:
            await one.payout.cancel(wanted)
        assert failed.value.rule == "NOT_FOUND"
        await one.payout.transfer(wanted, PAYEE)
        assert (await one.payout.cancel(wanted)).state == "CANCELING"
        assert (await one.payout.cancel(wanted)).state == "CANCELLED"
        assert await one.tap(f"/transfers/{wanted.id}/tap-confirm") == 409
        again = await one.payout.transfer(wanted, PAYEE)
        assert again.state == "CANCELLED" and again.package_info is None


async def test_a_name_goes_along_only_where_it_must(tmp_path: Path, provider_folder: Path):
    named = Payee(account=OPENID, real_name="测试甲")
    async with site(tmp_path, provider_folder) as one:
        with pytest.raises(ProviderFailed) as failed:
            await one.payout.transfer(transfer("TBIG", 200_000), PAYEE)
        assert failed.value.rule == "name_missing"
        await one.payout.transfer(transfer("TBIG", 200_000), named)
        await one.payout.transfer(transfer("TSMALL", 199_999), named)
        phone = (await one.people.send("GET", "/phone/13800000001/state")).body
        assert {bill["out_bill_no"]: bill["named"] for bill in phone["transfers"]} == {
            "TBIG": True,
            "TSMALL": False,
        }
        assert "测试甲" not in repr(named) and OPENID not in repr(named)
        person = {"openid": OPENID, "real_name": "测试乙"}  # what WeChat knows of their papers
        assert (await one.people.send("POST", "/wechat/people", person)).status == 200
        await one.payout.transfer(transfer("TOTHER", 200_000), named)
        seen = await one.payout.transfer_seen(transfer("TOTHER", 200_000))
        assert seen is not None and (seen.state, seen.fail_reason) == ("FAIL", "NAME_NOT_CORRECT")
        theirs = Payee(account=OPENID, real_name="测试乙")
        asked = await one.payout.transfer(transfer("TTHEIRS", 200_000), theirs)
        assert asked.state == "WAIT_USER_CONFIRM"


async def test_transfers_that_do_not_arrive(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        for kind, reason in (("fail", "PAYEE_ACCOUNT_ABNORMAL"), ("expired", "OVERDUE_CLOSE")):
            await one.arm(kind, "transfer")
            wanted = transfer(f"T{kind}")
            await one.payout.transfer(wanted, PAYEE)
            seen = await one.payout.transfer_seen(wanted)
            assert seen is not None and (seen.state, seen.fail_reason) == ("FAIL", reason)


async def test_a_forgotten_transfer_is_told_though_nobody_looks(
    tmp_path: Path, provider_folder: Path
):
    async with site(tmp_path, provider_folder) as one:
        await one.arm("expired", "transfer")
        await one.payout.transfer(transfer(), PAYEE)
        await one.paid()  # any notice has the sender look at the time too
        await eventually(lambda: len(one.receiver.told) == 2)
        states = {told.what.state for told in one.receiver.told}
        assert states == {"SUCCESS", "FAIL"}


async def test_every_state_between_is_told(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        await one.arm("slow", "transfer")
        states = [(await one.payout.transfer(transfer(), PAYEE)).state]
        for step in range(4):
            seen = await one.payout.transfer_seen(transfer())
            assert seen is not None
            states.append(seen.state)
            if step == 1:
                assert await one.tap("/transfers/TLJ1N1/tap-confirm") == 200
        assert states == [
            *("ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM"),
            *("SUCCESS", "SUCCESS"),
        ]


async def test_one_that_is_forgotten_may_be_paid_all_the_same(
    tmp_path: Path, provider_folder: Path
):
    async with site(tmp_path, provider_folder) as one:
        await one.payout.transfer(transfer(), PAYEE)
        await one.arm("forgotten", "transfer")
        assert await one.payout.transfer_seen(transfer()) is None
        assert await one.tap("/transfers/TLJ1N1/tap-confirm") == 200
        seen = await one.payout.transfer_seen(transfer())
        assert seen is not None and seen.state == "SUCCESS"


FAILURES = (
    ("500", "no_answer", False),
    ("not_enough", "NOT_ENOUGH", False),
    ("half_answer", "no_answer", True),
)


async def test_what_is_known_after_a_failure(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        for number, (kind, rule, has_effect) in enumerate(FAILURES):
            await one.arm(kind, "transfer")
            wanted = transfer(f"T{number}")
            with pytest.raises(ProviderFailed) as failed:
                await one.payout.transfer(wanted, PAYEE)
            assert failed.value.rule == rule, kind
            assert (await one.payout.transfer_seen(wanted) is not None) == has_effect, kind
            assert (await one.payout.transfer(wanted, PAYEE)).package_info
