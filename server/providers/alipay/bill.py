"""Alipay's daily bills: a zip of CSV files in GBK, found by their columns' names.

The business bill (`trade`) has payments and refunds with the fee of each; transfers stand in the
account bill (`signcustomer`) only, which is fetched when certificates are configured.
"""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date

import msgspec

from server.domain.errors import ProviderFailed
from server.providers.alipay.client import AlipayClient
from server.providers.alipay.texts import fen_of, instant_of
from server.providers.bills import Row, read_lines
from server.providers.money_ports import StatementLine

NOT_MADE = "isp.bill_not_exist"

MAX_ZIP_BYTES = 32 * 1024 * 1024
MAX_CSV_BYTES = 64 * 1024 * 1024
MAX_FILES = 16

#: Lines beside the table: titles, the account, the period, sums.
REMARK = "#"

TRADE_NO, OUR_NUMBER, KIND = "支付宝交易号", "商户订单号", "业务类型"
AMOUNT, FEE, REFUND_NO, ENDED = "订单金额（元）", "服务费（元）", "退款批次号/请求号", "完成时间"
TRADE_COLUMNS = frozenset({TRADE_NO, OUR_NUMBER, KIND, AMOUNT, FEE, REFUND_NO, ENDED})

FLOW_NO, SPENT, AT = "业务流水号", "支出金额（-元）", "发生时间"
ACCOUNT_COLUMNS = frozenset({FLOW_NO, OUR_NUMBER, KIND, SPENT, AT})

#: The table is whole only when it is followed by the line that says it is over.
TRADE_END = "业务明细列表结束"
ACCOUNT_END = "账务明细列表结束"

#: [MEM] What the account bill calls `alipay.fund.trans.uni.transfer`.
TRANSFER_KIND = "转账"


class _Found(msgspec.Struct, frozen=True):
    bill_download_url: str


class AlipayStatements:
    """Implements `StatementProvider`."""

    def __init__(self, *, client: AlipayClient) -> None:
        self._client = client

    async def statement(self, day: date) -> list[StatementLine]:
        """Fetch and read the day's bills.

        Raises:
            ProviderFailed: rule `not_ready` when one is not made yet (the next morning), or
                `no_answer`, or `bad_answer` when one is cut off or not as it should be.
        """
        lines = await asyncio.to_thread(trade_lines, await self._bill("trade", day))
        if self._client.can_transfer:
            account = await self._bill("signcustomer", day)
            lines += await asyncio.to_thread(account_lines, account)
        return lines

    async def _bill(self, kind: str, day: date) -> bytes:
        contents = {"bill_type": kind, "bill_date": day.isoformat()}
        try:
            found = await self._client.ask(
                "alipay.data.dataservice.bill.downloadurl.query", contents, _Found
            )
        except ProviderFailed as error:
            if error.rule != NOT_MADE:
                raise
            raise ProviderFailed(rule="not_ready") from error
        return await self._client.download(found.bill_download_url)  # it works for 30 s


def trade_lines(zipped: bytes) -> list[StatementLine]:
    """Read the payments and refunds of a business bill.

    Raises:
        ProviderFailed: rule `bad_answer`.
    """
    numbers = ((REFUND_NO, OUR_NUMBER), (TRADE_NO,))
    return _lines(zipped, TRADE_COLUMNS, TRADE_END, _trade_line, numbers)


def account_lines(zipped: bytes) -> list[StatementLine]:
    """Read the transfers of an account bill.

    Raises:
        ProviderFailed: rule `bad_answer`.
    """
    return _lines(zipped, ACCOUNT_COLUMNS, ACCOUNT_END, _account_line, ((OUR_NUMBER,), (FLOW_NO,)))


def _lines(
    zipped: bytes,
    columns: frozenset[str],
    end: str,
    read: Callable[[Row], StatementLine | None],
    numbers: tuple[tuple[str, ...], tuple[str, ...]],
) -> list[StatementLine]:
    try:
        for text in _files(zipped):
            rows = _table(text, columns, end)
            if rows is not None:
                return read_lines(rows, read, numbers)
    except (ValueError, KeyError, csv.Error, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ProviderFailed(rule="bad_answer") from error
    except (NotImplementedError, RuntimeError) as error:  # another compression, a password
        raise ProviderFailed(rule="bad_answer") from error
    raise ProviderFailed(rule="bad_answer")


def _files(zipped: bytes) -> Iterator[str]:
    if len(zipped) > MAX_ZIP_BYTES:
        raise ValueError("too large")
    left = MAX_CSV_BYTES
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        members = archive.infolist()
        if len(members) > MAX_FILES:
            raise ValueError("too many files")
        for member in members:  # their names are in GBK too, and say nothing more
            with archive.open(member) as file:
                raw = file.read(left + 1)
            left -= len(raw)
            if left < 0:
                raise ValueError("too large")
            yield raw.decode("gb18030")


def _table(text: str, columns: frozenset[str], end: str) -> list[Row] | None:
    """Give the rows of the table that has all these columns, or None when this file has none."""
    names: list[str] | None = None
    rows: list[Row] = []
    for cells in csv.reader(io.StringIO(text, newline="")):
        cells = [cell.strip() for cell in cells]
        if not any(cells):
            continue
        if cells[0].startswith(REMARK):
            if names is not None and end in cells[0]:
                return rows
        elif names is None:
            names = cells if columns <= set(cells) else None
        elif len(cells) < len(names):
            raise ValueError("half a row")
        else:
            rows.append(dict(zip(names, cells, strict=False)))
    if names is not None:
        raise ValueError("half a table")
    return None


def _trade_line(row: Row) -> StatementLine | None:
    # The signs of the columns are not relied upon: a payment's fee is kept, a refund's comes back.
    if row[KIND] == "交易":
        return StatementLine(
            kind="payment",
            number=row[OUR_NUMBER],
            transaction=row[TRADE_NO],
            amount_fen=abs(fen_of(row[AMOUNT])),
            fee_fen=abs(fen_of(row[FEE] or "0")),
            at=instant_of(row[ENDED]),
        )
    if row[KIND] == "退款":
        return StatementLine(
            kind="refund",
            number=row[REFUND_NO],
            transaction=row[TRADE_NO],
            amount_fen=abs(fen_of(row[AMOUNT])),
            fee_fen=-abs(fen_of(row[FEE] or "0")),
            at=instant_of(row[ENDED]),
        )
    raise ValueError("a kind of line that we do not know")


def _account_line(row: Row) -> StatementLine | None:
    if row[KIND] != TRANSFER_KIND or not row[SPENT]:
        return None
    return StatementLine(
        kind="transfer",
        number=row[OUR_NUMBER],
        transaction=row[FLOW_NO],
        amount_fen=abs(fen_of(row[SPENT])),
        fee_fen=0,
        at=instant_of(row[AT]),
    )
