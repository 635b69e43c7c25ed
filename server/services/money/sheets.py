"""Finance's files of one day, row by row; that somebody takes one is recorded before its first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

from server.domain.errors import InvalidInput
from server.domain.people import Actor
from server.domain.sheets import BYTE_ORDER_MARK, Yuan, row
from server.domain.statements import bounds
from server.services.ports import Audit, Clock
from server.store.sheets import MongoSheets

#: Rows that are written at once.
CHUNK_ROWS = 200

LEDGER = ("时间 time", "凭证 key", "类型 kind", "订单 order", "账户 account", "元 yuan", "分 fen")

DIFFERENCES = (
    *("日期 day", "钱包 wallet", "差异 difference", "类型 flow", "单号 number"),
    *("钱包单号 transaction", "我方元 ours yuan", "我方分 ours fen"),
    *("钱包元 theirs yuan", "钱包分 theirs fen", "手续费元 fee yuan", "手续费分 fee fen"),
    *("挂账元 suspense yuan", "挂账分 suspense fen", "状态 state", "处理人 by", "处理时间 at"),
    "说明 note",
)

PAYOUTS = (
    *("发起 created", "结束 ended", "单号 number", "订单 order", "揽件员 courier"),
    *("次数 attempt", "状态 state", "元 yuan", "分 fen"),
)

Rows = AsyncIterator[bytes]


class Sheets:
    """What finance take away."""

    def __init__(self, *, sheets: MongoSheets, audit: Audit, clock: Clock) -> None:
        self._sheets = sheets
        self._audit = audit
        self._clock = clock

    async def begin(self, actor: Actor, sheet: str, day: str) -> Rows:
        """Record who takes which file, and give it in chunks; nothing of it is held in memory.

        Raises:
            InvalidInput: no such day.
        """
        made = {"ledger": self._ledger, "differences": self._differences, "payouts": self._payouts}
        when = day_of(day)
        await self._audit.record(
            actor=actor.person,
            action="download_finance",
            subject=f"finance:{sheet}",
            purpose=day,
            at=self._clock(),
        )
        return _chunked(made[sheet](when))

    async def _ledger(self, day: date) -> Rows:
        yield row(LEDGER)
        async for posting in self._sheets.postings(bounds(day)):
            kind = posting.key.partition(":")[0]
            for line in posting.lines:
                fen = line.fen
                what = (posting.at, posting.key, kind, posting.order, line.account)
                yield row((*what, Yuan(fen), fen))

    async def _differences(self, day: date) -> Rows:
        yield row(DIFFERENCES)
        async for kept in self._sheets.differences(day.isoformat()):
            amounts = (kept.ours_fen, kept.theirs_fen, kept.fee_fen, kept.posted_fen)
            both = [cell for fen in amounts for cell in ((None if fen is None else Yuan(fen)), fen)]
            what = (kept.day, kept.wallet.value, kept.kind.value, kept.flow.value, kept.number)
            end = (kept.state, kept.resolved_by, kept.resolved_at, kept.note)
            yield row((*what, kept.transaction, *both, *end))

    async def _payouts(self, day: date) -> Rows:
        yield row(PAYOUTS)
        async for payout in self._sheets.payouts(bounds(day)):
            times = (payout.created_at, payout.ended_at)
            what = (payout.id, payout.order, payout.courier, payout.attempt, payout.state.value)
            yield row((*times, *what, Yuan(payout.amount_fen), payout.amount_fen))


def day_of(text: str, *, field: str = "day") -> date:
    """Read a day.

    Raises:
        InvalidInput: there is no such day.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(field=field, rule="calendar_date") from None
    if not 2000 <= day.year <= 2999:
        raise InvalidInput(field=field, rule="calendar_date")
    return day


async def _chunked(rows: Rows) -> Rows:
    chunk = [BYTE_ORDER_MARK]
    async for one in rows:
        chunk.append(one)
        if len(chunk) == CHUNK_ROWS:
            yield b"".join(chunk)
            chunk = []
    if chunk:
        yield b"".join(chunk)
