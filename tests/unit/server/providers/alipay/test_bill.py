"""Alipay's daily bills: the published form is read exactly, and nothing that is half of one."""

import io
import zipfile
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import ProviderFailed
from server.providers.alipay.bill import account_lines, trade_lines
from server.providers.money_ports import StatementLine

HEAD = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,"
    "对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,"
    "商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,"
    "退款批次号/请求号,服务费（元）,分润（元）,备注"
)
PAID = (
    '2026060522001\t,PLJ1\t,交易\t,"TUC,1",2026-06-05 16:01:34,2026-06-05 16:01:38,\t,\t,\t,\t,'
    "**博(156******89)\t,10.00,10.00,0.00,0.00,0.00,0.00,0.00,券,0.00\t,0.00,\t,-0.06,0.00,"
)
BACK = (
    "2026060522001\t,PLJ1\t,退款\t,TUC1,2026-06-05 17:00:00,2026-06-05 17:00:01,\t,\t,\t,\t,"
    "**博(156******89)\t,-9.90,-9.90,0.00,0.00,0.00,0.00,0.00,,0.00\t,0.00,RPLJ1N1\t,0.05,0.00,"
)
RULE = "-" * 40
BILL = "\r\n".join(
    [
        "#支付宝业务明细查询",
        "#账号：[20887226827483540156]",
        "#起始日期：[2026年06月05日 00:00:00]   终止日期：[2026年06月06日 00:00:00]",
        f"#{RULE}业务明细列表{RULE}",
        HEAD,
        PAID,
        BACK,
        f"#{RULE}业务明细列表结束{RULE}",
        "#交易合计：1笔",
        "",
    ]
)
SUMS = "#支付宝业务汇总查询\r\n门店编号,门店名称,交易订单总笔数\r\n#-业务汇总列表结束-\r\n"


def zipped(*texts: str, encoding: str = "gbk") -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"{number}.csv", text.encode(encoding))
    return kept.getvalue()


@pytest.mark.parametrize("texts", [(BILL,), (SUMS, BILL), (BILL, SUMS)])
def test_a_bill_is_found_by_its_columns(texts: tuple[str, ...]):
    assert trade_lines(zipped(*texts)) == [
        StatementLine(
            kind="payment",
            number="PLJ1",
            transaction="2026060522001",
            amount_fen=1000,
            fee_fen=6,
            at=datetime(2026, 6, 5, 8, 1, 38, tzinfo=UTC),
        ),
        StatementLine(
            kind="refund",
            number="RPLJ1N1",
            transaction="2026060522001",
            amount_fen=990,
            fee_fen=-5,
            at=datetime(2026, 6, 5, 9, 0, 1, tzinfo=UTC),
        ),
    ]


def test_an_account_bill_has_its_transfers():
    head = (
        "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,"
        "支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注"
    )
    rows = [
        "1\t,B1\t,TLJ1N1\t,揽件,2026-06-05 16:00:00,x,,-10.80,0.00,支付宝,转账,",
        "2\t,B2\t,PLJ1\t,寄件,2026-06-05 16:00:00,x,10.00,,0.00,支付宝,在线支付,",
    ]
    text = "\r\n".join(["#支付宝账务明细查询", head, *rows, "#-账务明细列表结束-", ""])
    (line,) = account_lines(zipped(text))
    assert (line.kind, line.number, line.transaction) == ("transfer", "TLJ1N1", "B1")
    assert (line.amount_fen, line.fee_fen) == (1080, 0)
    with pytest.raises(ProviderFailed):
        trade_lines(zipped(text))


@pytest.mark.parametrize(
    "bill",
    [
        b"",
        b"PK",
        b"not a zip",
        zipped(),
        zipped(SUMS),
        zipped(BILL, encoding="utf-8"),
        zipped(BILL.partition(f"#{RULE}业务明细列表结束")[0]),
        zipped(BILL[: BILL.index("退款\t")]),
        zipped(BILL.replace("服务费（元）", "费")),
        zipped(BILL)[:-30],
        zipped(*[SUMS] * 17),
    ],
    ids=[
        *("empty", "short", "garbage", "no-file", "sums-only", "utf-8", "no-end", "half-row"),
        *("column", "cut", "many"),
    ],
)
def test_what_is_no_whole_bill(bill: bytes):
    with pytest.raises(ProviderFailed) as caught:
        trade_lines(bill)
    assert caught.value.rule == "bad_answer"


@pytest.mark.parametrize(
    ("change", "to"),
    [("10.00,10.00", "1e3,10.00"), ("2026-06-05 16:01:38", ""), ("交易\t", "别的\t")],
    ids=["amount", "time", "kind"],
)
def test_a_line_that_cannot_be_read_leaves_the_others(change: str, to: str):
    whole = trade_lines(zipped(BILL))
    lines = trade_lines(zipped(BILL.replace(change, to, 1)))
    assert len(lines) == len(whole)
    (unread,) = (line for line in lines if line.kind == "unread")
    assert unread.number and unread.amount_fen == 0
    assert [line for line in lines if line.kind != "unread"] == [
        line for line in whole if line.number != unread.number
    ]


def test_a_bill_that_swells_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("server.providers.alipay.bill.MAX_CSV_BYTES", 100_000)
    bomb = zipped("#" * 10_000_000)
    assert len(bomb) < 20_000
    with pytest.raises(ProviderFailed):
        trade_lines(bomb)


WHOLE = zipped(BILL)


@given(where=st.integers(0, len(WHOLE) - 1), change=st.integers(1, 255), cut=st.booleans())
def test_a_spoilt_bill_fails_as_a_provider_does(where: int, change: int, cut: bool):
    spoilt = WHOLE[:where] + (b"" if cut else bytes([WHOLE[where] ^ change]) + WHOLE[where + 1 :])
    with suppress(ProviderFailed):
        trade_lines(spoilt)


@given(st.text(max_size=80))
def test_any_text_in_a_bill_fails_as_a_provider_does(text: str):
    with suppress(ProviderFailed):
        trade_lines(zipped(f"{HEAD}\r\n{text}\r\n#业务明细列表结束", encoding="gb18030"))
