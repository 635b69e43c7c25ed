"""The daily bills: fetched, unzipped, read, and compared with what happened."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from server.domain.china import CHINA
from server.domain.errors import ProviderFailed
from server.domain.money import Fen
from server.providers.money_ports import Payee, StatementLine
from tests.alipay import COURIER_ID, Alipay, alipay, payment, refund, transfer


async def busy_day(wallet: Alipay) -> date:
    """Have two payments, two refunds and a transfer; then it is the next day."""
    wallet.clock.to_noon()
    day = wallet.clock().astimezone(CHINA).date()
    soon = wallet.clock() + timedelta(minutes=15)
    await wallet.paid(payment(expires_at=soon))
    await wallet.paid(payment("PLJ0000000002", amount_fen=Fen(10_000), expires_at=soon))
    await wallet.pay.refund(refund("RPLJ0000000001N1", amount_fen=Fen(201)))
    await wallet.pay.refund(refund("RPLJ0000000001N2", amount_fen=Fen(1000)))
    await wallet.payout.transfer(transfer(), Payee(account=COURIER_ID))
    wallet.clock.ahead += timedelta(days=1)
    return day


def short(lines: list[StatementLine]) -> list[tuple]:
    return [(line.kind, line.number, line.amount_fen, line.fee_fen) for line in lines]


ALL = [
    ("payment", "PLJ0000000001", 1201, 7),
    ("payment", "PLJ0000000002", 10_000, 60),
    ("refund", "RPLJ0000000001N1", 201, -1),
    ("refund", "RPLJ0000000001N2", 1000, -6),
    ("transfer", "TLJ0000000001N1", 1080, 0),
]


async def test_a_day_is_told_line_by_line(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        day = await busy_day(wallet)
        lines = await wallet.statements.statement(day)
        assert short(lines) == ALL
        paid = await wallet.pay.seen(payment())
        assert paid is not None and paid.paid_at is not None
        assert (lines[0].transaction, lines[0].at) == (paid.transaction_id, paid.paid_at)
        assert await wallet.statements.statement(day - timedelta(days=1)) == []


async def test_today_is_not_told_yet(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        wallet.clock.to_noon()
        today = wallet.clock().astimezone(CHINA).date()
        with pytest.raises(ProviderFailed) as caught:
            await wallet.statements.statement(today)
        assert caught.value.rule == "not_ready"
        await wallet.arm("not_ready", "statement")
        with pytest.raises(ProviderFailed) as caught:
            await wallet.statements.statement(today - timedelta(days=1))
        assert caught.value.rule == "not_ready"


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("missing_line", ALL[1:]),
        ("wrong_amount", [("payment", "PLJ0000000001", 1202, 7), *ALL[1:]]),
        ("wrong_fee", [("payment", "PLJ0000000001", 1201, 8), *ALL[1:]]),
        ("extra_line", [*ALL[:4], ("payment", "NOBODYS0001", 1201, 7), ALL[4]]),
    ],
)
async def test_a_bill_that_differs_is_told_as_it_is(tmp_path: Path, kind: str, lines: list):
    async with alipay(tmp_path) as wallet:
        day = await busy_day(wallet)
        await wallet.arm(kind, "statement")
        assert short(await wallet.statements.statement(day)) == lines


async def test_half_a_file_is_no_bill(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        day = await busy_day(wallet)
        await wallet.arm("half_file", "statement")
        with pytest.raises(ProviderFailed) as caught:
            await wallet.statements.statement(day)
        assert caught.value.rule == "bad_answer"
        assert short(await wallet.statements.statement(day)) == ALL


async def test_the_address_of_a_bill_works_for_a_while(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        wallet.clock.to_noon()
        day = wallet.clock().astimezone(CHINA).date() - timedelta(days=1)
        told = await wallet.client.ask(
            "alipay.data.dataservice.bill.downloadurl.query",
            {"bill_type": "trade", "bill_date": day.isoformat()},
            dict[str, str],
        )
        url = told["bill_download_url"]
        assert (await wallet.client.download(url))[:2] == b"PK"
        for spoilt in (url[:-1] + ("0" if url[-1] != "0" else "1"), url.replace("trade", "x")):
            with pytest.raises(ProviderFailed):
                await wallet.client.download(spoilt)
        wallet.clock.ahead += timedelta(seconds=31)
        with pytest.raises(ProviderFailed):
            await wallet.client.download(url)


async def test_a_bill_is_fetched_over_http_only(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        for url in ("file:///etc/hostname", "ftp://a/b", "//a/b", "", "http://[::1"):
            with pytest.raises(ProviderFailed) as caught:
                await wallet.client.download(url)
            assert caught.value.rule == "bad_answer"
