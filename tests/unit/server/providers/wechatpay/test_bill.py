"""Reading WeChat Pay's bills: the vendor's own examples, and what is no bill."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import ProviderFailed
from server.providers.bills import read_lines
from server.providers.wechatpay.bill import (
    TRADE_NUMBERS,
    _fen,
    _lines,
    _trade,
    _transfer,
    _unpacked,
)

HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
    "付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,"
    "退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注"
)
PAID = (
    "`2026-01-28 17:07:11,`wx1,`1600000001,`0,`,`4200000925,`LJP0001,`o1,`NATIVE,`SUCCESS,`OTHERS,"
    "`CNY,`12.00,`0.34,`0,`0,`0.00,`0.00,`,`,`a, name with commas,`,`0.07000,`0.60%,`12.34,`0.00,`"
)
BACK = (
    "`2026-01-28 18:00:00,`wx1,`1600000001,`0,`,`4200000925,`LJP0001,`o1,`NATIVE,`REFUND,`OTHERS,"
    "`CNY,`0.00,`0.00,`50300,`R1,`5.00,`0.00,`ORIGINAL,`SUCCESS,`x,`,`-0.03000,`0.60%,`0.00,`5.34,`"
)
SUMS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)
FLOW = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
FLOW_SUMS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"


def bill(*rows: str, end: str = "\r\n") -> bytes:
    return ("\ufeff" + "".join(row + end for row in rows)).encode()


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r\n\r\n"])
def test_a_trade_bill_is_cut_by_its_header(end: str):
    sums = "`2,`12.00,`5.00,`0.00,`0.04000,`12.34,`5.34"
    lines = [_trade(line) for line in _lines(bill(HEADER, PAID, BACK, SUMS, sums, end=end))]
    told = [(line.kind, line.number, line.transaction, line.amount_fen) for line in lines]
    assert told == [
        ("payment", "LJP0001", "4200000925", 1234),
        ("refund", "R1", "50300", 534),
    ]
    assert [line.fee_fen for line in lines] == [7, -3]
    assert lines[0].at.isoformat() == "2026-01-28T17:07:11+08:00"


def test_a_flow_bill_as_the_vendor_shows_one():
    row = (
        "`2026-02-01 04:21:23,`5000030574,`1900009231,`商家转账,`商家转账,`支出,`10.80,`0.17,"
        "`system,`备注,`TLJ1N1"
    )
    (line,) = _lines(bill(FLOW, row, FLOW_SUMS, "`1.0,`0.0,`0.00,`1.0,`10.80"))
    told = _transfer(line)
    assert (told.kind, told.number, told.amount_fen) == ("transfer", "TLJ1N1", 1080)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        bill(HEADER, PAID),
        bill(HEADER, PAID, SUMS),
        bill(HEADER, PAID, SUMS, "`2,`1"),
        bill(HEADER, PAID[:-30], SUMS, "`1,`1"),
        bill(HEADER, PAID, SUMS, "`,`1"),
        "<html>登录</html>".encode(),
    ],
)
def test_what_is_cut_short_is_no_bill(raw: bytes):
    with pytest.raises(ProviderFailed):
        _lines(raw)


@pytest.mark.parametrize(
    "change",
    [
        ("`12.34,", "`1e2x,"),
        ("`12.34,", "`NaN,"),
        ("`12.34,", "`,"),
        ("`SUCCESS,", "`NEW_STATE,"),
        ("2026-01-28 17", "2026-13-28 17"),
    ],
)
def test_a_line_that_cannot_be_read_is_told(change: tuple[str, str]):
    rows = _lines(bill(HEADER, PAID.replace(*change), PAID, SUMS, "`2,`1"))
    unread, read = read_lines(rows, _trade, TRADE_NUMBERS)
    assert (unread.kind, unread.amount_fen, read.kind) == ("unread", 0, "payment")
    assert (unread.number, unread.transaction) == (read.number, read.transaction)
    with pytest.raises(ProviderFailed):
        read_lines(rows[:1] * 21, _trade, TRADE_NUMBERS)


@pytest.mark.parametrize(
    ("yuan", "fen"),
    [("0.01", 1), ("1000000.00", 10**8), ("-0.07000", -7), ("0.05940", 6), ("0", 0)],
)
def test_yuan(yuan: str, fen: int):
    assert _fen(yuan) == fen


def test_unpacking_is_whole_or_not_at_all():
    packed = gzip.compress(b"abc" * 1000)
    assert _unpacked(packed) == b"abc" * 1000
    assert _unpacked(b"plain") == b"plain"
    for spoilt in (packed[:-1], packed[:20], packed + b"x", packed + packed, b"\x1f\x8b"):
        with pytest.raises(ProviderFailed):
            _unpacked(spoilt)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_nothing_but_provider_failed(raw: bytes):
    try:
        for line in _lines(_unpacked(raw)):
            _trade(line)
    except ProviderFailed:
        pass
