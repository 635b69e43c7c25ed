"""WeChat Pay's daily bills, right and wrong."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from server.domain.china import CHINA
from server.domain.errors import ProviderFailed
from server.providers.money_ports import Payee, StatementLine
from server.providers.wechatpay.bill import WechatPayStatements
from tests.integration.providers.wechatpay_site import OPENID, Site, at_noon, refund, site, transfer


async def traded(one: Site) -> date:
    """Have two payments, a refund of a part and a payout; gives the day of it."""
    await one.paid("LJP0001", 1000)
    second = await one.paid("LJP0002", 2550)
    await one.pay.refund(refund(second, 550))
    await one.payout.transfer(transfer(), Payee(account=OPENID))
    assert await one.tap("/transfers/TLJ1N1/tap-confirm") == 200
    seen = await one.pay.seen(second)
    assert seen is not None and seen.paid_at is not None
    return seen.paid_at.astimezone(CHINA).date()


def short(lines: list[StatementLine]) -> set[tuple[str, str, int, int]]:
    return {(line.kind, line.number, line.amount_fen, line.fee_fen) for line in lines}


TRUE = {
    ("payment", "LJP0001", 1000, 6),
    ("payment", "LJP0002", 2550, 15),
    ("refund", "R1", 550, -3),
    ("transfer", "TLJ1N1", 1080, 0),
}


async def test_a_days_bill_has_every_line(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder, early_statements=True, clock=at_noon()) as one:
        day = await traded(one)
        lines = await one.statements.statement(day)
        assert short(lines) == TRUE
        assert all(line.at.astimezone(CHINA).date() == day for line in lines)
        assert all(line.transaction for line in lines)
        for kind, gone, come in (
            ("missing_line", {("payment", "LJP0001", 1000, 6)}, set()),
            ("extra_line", set(), {("payment", "NOBODYS1", 100, 1)}),
            ("wrong_amount", {("refund", "R1", 550, -3)}, {("refund", "R1", 551, -3)}),
            (
                "wrong_fee",
                {("payment", "LJP0001", 1000, 6)},
                {("payment", "LJP0001", 1000, 7)},
            ),
        ):
            await one.arm(kind, "statement")
            assert short(await one.statements.statement(day)) == TRUE - gone | come
        for kind, rule in (
            ("bad_hash", "bad_answer"),
            ("half_file", "no_answer"),
            ("bad_signature", "bad_answer"),
            ("not_ready", "not_ready"),
            ("500", "no_answer"),
        ):
            await one.arm(kind, "statement")
            with pytest.raises(ProviderFailed) as failed:
                await one.statements.statement(day)
            assert failed.value.rule == rule


async def test_a_day_without_trade_is_empty_once_bills_are_due(
    tmp_path: Path, provider_folder: Path
):
    async with site(tmp_path, provider_folder, clock=at_noon()) as one:
        with pytest.raises(ProviderFailed) as failed:  # today's is not made yet
            await one.statements.statement(one.clock().astimezone(CHINA).date())
        assert failed.value.rule == "not_ready"
        day = (one.clock() - timedelta(days=3)).astimezone(CHINA).date()
        assert await one.statements.statement(day) == []
        before_ten = datetime(day.year, day.month, day.day, 1, 59, tzinfo=UTC) + timedelta(days=1)
        early = WechatPayStatements(client=one.client, clock=lambda: before_ten)
        with pytest.raises(ProviderFailed) as failed:
            await early.statement(day)
        assert failed.value.rule == "not_ready"


async def test_a_bill_from_elsewhere_is_not_fetched(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        for url in (
            "http://127.0.0.1:9/v3/billdownload/file?token=1",
            f"{one.people.url}.example/v3/billdownload/file?token=1",
            f"{one.people.url}/v3/pay/transactions/native?token=1",
        ):
            with pytest.raises(ProviderFailed) as failed:
                await one.client.download(url)
            assert failed.value.rule == "bad_answer"


async def test_a_refund_that_could_not_go_back_took_nothing_from_us(
    tmp_path: Path, provider_folder: Path
):
    async with site(tmp_path, provider_folder, early_statements=True, clock=at_noon()) as one:
        day = await traded(one)
        paid = await one.paid("LJP0003", 1000)
        await one.arm("abnormal", "refund")
        failing = refund(paid, 400, "R2")
        assert (await one.pay.refund(failing)).state == "PROCESSING"
        seen = await one.pay.refund_seen(failing)
        assert seen is not None and seen.state == "ABNORMAL"
        lines = await one.statements.statement(day)
        assert short(lines) == TRUE | {("payment", "LJP0003", 1000, 6)}
