"""Transfers to couriers: our client against the sandbox's gateway, over real HTTP."""

from dataclasses import replace
from pathlib import Path

import pytest

from server.domain.errors import ProviderFailed
from server.domain.money import Fen
from server.providers.money_ports import Payee
from tests.alipay import COURIER_ID, Alipay, alipay, impatient, site, transfer

COURIER = Payee(account=COURIER_ID, real_name="张三")


async def transfers(wallet: Alipay) -> int:
    state = await wallet.caller.send("GET", "/phone/13800000001/state")
    return len(state.body["transfers"])


async def test_a_transfer_is_there_at_once_and_only_once(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        assert await wallet.payout.transfer_seen(transfer()) is None
        paid = await wallet.payout.transfer(transfer(), COURIER)
        assert (paid.state, paid.amount_fen, paid.fail_reason) == ("SUCCESS", 1080, None)
        assert await wallet.payout.transfer(transfer(), COURIER) == paid
        assert await wallet.payout.transfer_seen(transfer()) == paid
        assert await transfers(wallet) == 1


async def test_a_transfer_cannot_be_taken_back(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        with pytest.raises(ProviderFailed) as caught:
            await wallet.payout.cancel(transfer())
        assert caught.value.rule == "ORDER_NOT_EXIST"  # unknown is not cancelled
        await wallet.payout.transfer(transfer(), COURIER)
        assert (await wallet.payout.cancel(transfer())).state == "SUCCESS"


async def test_what_one_logs_in_with_needs_the_name(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        by_phone = Payee(account="13800000002", real_name="张三")
        assert (await wallet.payout.transfer(transfer(), by_phone)).state == "SUCCESS"
        with pytest.raises(ProviderFailed) as caught:
            await wallet.payout.transfer(transfer("TLJ2N1"), Payee(account="13800000002"))
        assert caught.value.rule == "payee_name"
        assert await transfers(wallet) == 1


async def test_a_transfer_that_takes_time_is_in_progress(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        await wallet.arm("slow", "transfer")
        states = [(await wallet.payout.transfer(transfer(), COURIER)).state]
        while states[-1] == "PROCESSING" and len(states) < 9:
            seen = await wallet.payout.transfer_seen(transfer())
            states.append(seen.state if seen else "FAIL")
        assert states[-1] == "SUCCESS" and len(states) > 1


async def test_a_payees_fault_is_the_end_of_a_number(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        await wallet.arm("fail", "transfer")
        failed = await wallet.payout.transfer(transfer(), COURIER)
        assert (failed.state, failed.fail_reason) == ("FAIL", "PAYEE_ACCOUNT_STATUS_ERROR")
        assert await wallet.payout.transfer_seen(transfer()) == failed
        assert (await wallet.payout.transfer(transfer(), COURIER)).state == "FAIL"


async def test_every_other_refusal_may_pass(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        with pytest.raises(ProviderFailed) as caught:  # less than Alipay transfers
            await wallet.payout.transfer(transfer(amount_fen=Fen(9)), COURIER)
        assert caught.value.rule == "INVALID_PARAMETER"
        await wallet.payout.transfer(transfer(), COURIER)
        with pytest.raises(ProviderFailed):  # the number is of another amount
            await wallet.payout.transfer(transfer(amount_fen=Fen(1081)), COURIER)
        assert await transfers(wallet) == 1


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("timeout", "no_answer"),
        ("system_error", "no_answer"),
        ("half_answer", "no_answer"),
        ("bad_signature", "bad_answer"),
    ],
)
async def test_an_unknown_outcome_is_asked_about(tmp_path: Path, kind: str, rule: str):
    async with alipay(tmp_path) as wallet:
        await wallet.arm(kind, "transfer")
        with pytest.raises(ProviderFailed) as caught, impatient(wallet, kind == "timeout"):
            await wallet.payout.transfer(transfer(), COURIER)
        assert caught.value.rule == rule
        seen = await wallet.payout.transfer_seen(transfer())
        assert seen is not None and seen.state == "SUCCESS"


async def test_transfers_want_certificates(tmp_path: Path):
    def plain(config):
        return replace(config, certificates=None, alipay_public_key_pem=site().alipay_public_pem)

    async with alipay(tmp_path, config=plain) as wallet:
        with pytest.raises(ProviderFailed) as caught:
            await wallet.payout.transfer(transfer(), COURIER)
        assert caught.value.rule == "certificates"
        assert await transfers(wallet) == 0


def test_a_payee_is_not_shown():
    assert COURIER_ID not in repr(COURIER) and "张三" not in repr(COURIER)
