"""The daily bill: payments and refunds of the trade bill, transfers of the fund-flow bill.

Fees stand in the trade bill, so the fund flow is only read for transfers, which the trade bill
does not have. [MEM] which of its words name a transfer (`TRANSFER_WORDS`).

A bill is asked for, which gives a URL and the SHA-1 of the bill before its compression; then it
is fetched, and cut by its own header's names, since the columns differ between merchants.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import zlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

import msgspec

from server.domain.china import CHINA
from server.domain.errors import ProviderFailed
from server.providers.bills import read_lines
from server.providers.money_ports import StatementLine
from server.providers.wechatpay.client import Answered, WechatPayClient

Line = dict[str, str]

#: Bills of a day are made by ten in the morning of the next.
READY_AT = time(10, tzinfo=CHINA)

MAX_BILL_BYTES = 256 * 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"

#: Where the lines end and the sums begin.
SUMMARIES = ("总交易单数", "资金流水总笔数")

TRANSFER_WORDS = ("商家转账",)
PAID_OUT = "支出"

#: `退款状态`: the money stayed with us. [MEM] CHANGE: it could not go back the way it came and is
#: in our account again; somebody gives it by hand.
REFUND_STAYED = frozenset({"FAIL", "CHANGE"})

#: Where a line may have our number, and the wallet's.
TRADE_NUMBERS = (("商户退款单号", "商户订单号"), ("微信退款单号", "微信订单号"))
OUT_NUMBERS = (("业务凭证号",), ("微信支付业务单号",))


class _BillAsked(msgspec.Struct, frozen=True, kw_only=True):
    hash_type: Literal["SHA1"]
    hash_value: str
    download_url: str


class WechatPayStatements:
    """Implements `StatementProvider`."""

    def __init__(self, *, client: WechatPayClient, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock

    async def statement(self, day: date) -> list[StatementLine]:
        """Fetch and read the bill of a day (Asia/Shanghai).

        Raises:
            ProviderFailed: `not_ready` when it is not made yet; `bad_answer` when it is not what
                its hash says, or cannot be read to its end; a refusal; no answer.
        """
        wallet = self._client.wallet
        trades = await self._bill(day, wallet.trade_bill(day.isoformat()))
        account = self._client.config.transfer_account
        flows = await self._bill(day, wallet.fundflow_bill(day.isoformat(), account))
        stayed = [line for line in trades if line.get("退款状态") not in REFUND_STAYED]
        out = [line for line in flows if _is_transfer(line)]
        try:
            return [
                *read_lines(stayed, _trade, TRADE_NUMBERS),
                *read_lines(out, _transfer, OUT_NUMBERS),
            ]
        except KeyError as error:  # a column that every line has not
            raise ProviderFailed(rule="bad_answer") from error

    async def _bill(self, day: date, asked: Answered) -> list[Line]:
        try:
            told = await self._client.read(asked, _BillAsked)
        except ProviderFailed as error:
            if error.rule == "STATEMENT_CREATING":
                raise ProviderFailed(rule="not_ready") from error
            if error.rule != "NO_STATEMENT_EXIST":
                raise
            # Said of days without trade, and of days whose bill is still to be made. Once bills
            # are due it is an empty day; if money did move, every line of it is a difference then.
            if self._clock() < datetime.combine(day + timedelta(days=1), READY_AT):
                raise ProviderFailed(rule="not_ready") from error
            return []
        text = _unpacked(await self._client.download(told.download_url))
        digest = hashlib.sha1(text, usedforsecurity=False).hexdigest()
        if not hmac.compare_digest(digest.encode(), told.hash_value.lower().encode()):
            raise ProviderFailed(rule="bad_answer")
        return _lines(text)


def _unpacked(raw: bytes) -> bytes:
    """Unpack what is packed, within bounds."""
    if not raw.startswith(GZIP_MAGIC):
        return raw
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        text = unpacking.decompress(raw, MAX_BILL_BYTES)
    except zlib.error as error:
        raise ProviderFailed(rule="bad_answer") from error
    if not unpacking.eof or unpacking.unused_data:
        raise ProviderFailed(rule="bad_answer")  # cut short, too long, or followed by something
    return text


def _lines(raw: bytes) -> list[Line]:
    """Cut a bill into lines by its header; its sums must follow, or something is missing.

    Raises:
        ProviderFailed: `bad_answer`.
    """
    try:
        rows = [row for row in re.split(r"\r?\n", raw.decode("utf-8-sig")) if row.strip()]
    except UnicodeDecodeError as error:
        raise ProviderFailed(rule="bad_answer") from error
    if len(rows) < 3 or not rows[-2].startswith(SUMMARIES):
        raise ProviderFailed(rule="bad_answer")
    header = rows[0].strip().split(",")
    cut = [_fields(row) for row in rows[1:-2]]
    count = _fields(rows[-1])[0].removesuffix(".0")
    if count != str(len(cut)) or any(len(fields) != len(header) for fields in cut):
        raise ProviderFailed(rule="bad_answer")
    return [dict(zip(header, fields, strict=True)) for fields in cut]


def _fields(row: str) -> list[str]:
    """Cut a row: every field has a backquote before it, so that commas within stay."""
    return row.removeprefix("`").split(",`")


def _trade(line: Line) -> StatementLine:
    """Read a line of the trade bill.

    Raises:
        KeyError: a column is missing. ValueError, InvalidOperation: a state that nobody knows, or
            no amount, or no time.
    """
    if line["交易状态"] == "SUCCESS":
        return StatementLine(
            kind="payment",
            number=line["商户订单号"],
            transaction=line["微信订单号"],
            amount_fen=_fen(_either(line, "订单金额", "总金额")),
            fee_fen=_fen(line["手续费"]),
            at=_at(line["交易时间"]),
        )
    if line["交易状态"] == "REFUND":
        return StatementLine(
            kind="refund",
            number=line["商户退款单号"],
            transaction=line["微信退款单号"],
            amount_fen=_fen(_either(line, "申请退款金额", "退款金额")),
            fee_fen=_fen(line["手续费"]),
            at=_at(line["交易时间"]),
        )
    raise ValueError("a state that we do not know")


def _is_transfer(line: Line) -> bool:
    told = (line.get("业务名称", ""), line.get("业务类型", ""))
    named = any(word in text for word in TRANSFER_WORDS for text in told)
    return named and line.get("收支类型") == PAID_OUT


def _transfer(line: Line) -> StatementLine:
    """Read a line of the fund-flow bill.

    Raises:
        KeyError: a column is missing. ValueError, InvalidOperation: no amount, or no time.
    """
    return StatementLine(
        kind="transfer",
        number=line["业务凭证号"],
        transaction=line["微信支付业务单号"],
        amount_fen=_fen(_either(line, "收支金额(元)", "收支金额（元）")),
        fee_fen=0,
        at=_at(line["记账时间"]),
    )


def _either(line: Line, *names: str) -> str:
    """Give the first of these columns that this merchant's bill has.

    Raises:
        KeyError: it has none of them.
    """
    return line[next((name for name in names if name in line), names[0])]


def _fen(yuan: str) -> int:
    """Read yuan; fees may have parts of a fen, which the wallet rounds."""
    value = Decimal(yuan)
    if not value.is_finite():
        raise ValueError("not an amount")
    return int((value * 100).to_integral_value(rounding=ROUND_HALF_UP))


def _at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA)
