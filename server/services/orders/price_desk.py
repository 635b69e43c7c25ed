"""Staff's desk of prices: lists that count and counted, a new one, its preview, its withdrawal."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from msgspec import to_builtins

from realtime.wire.prices import (
    PreviewPrices,
    PriceDifference,
    PriceListPage,
    PriceListsQuery,
    PriceListView,
    PriceOddity,
    PricePreview,
    PricesFen,
    PublishPrices,
    WithdrawalView,
)
from server.domain.errors import Conflict, InvalidInput, StaleVersion
from server.domain.people import SYSTEM, Actor
from server.domain.price_lists import (
    EVER,
    MOST_WAITING,
    Difference,
    Oddity,
    PriceList,
    Standing,
    Table,
    beginning,
    checked_fee,
    checked_table,
    compared,
    in_force,
    oddities,
    price_of,
    same_prices,
    standing,
    withdraw,
)
from server.services.orders.price_lists import PriceLists
from server.services.ports import Clock
from server.store.audit import MongoAudit
from server.store.documents import milliseconds
from server.store.price_lists import MongoPriceLists
from server.store.transactions import Session, Transactions


class PriceDesk:
    """Write prices, and look at all that were."""

    def __init__(
        self,
        *,
        lists: PriceLists,
        store: MongoPriceLists,
        transactions: Transactions,
        audit: MongoAudit,
        clock: Clock,
    ) -> None:
        self._lists = lists
        self._store = store
        self._transactions = transactions
        self._audit = audit
        self._clock = clock

    async def page(self, asked: PriceListsQuery) -> PriceListPage:
        """List versions, newest first, beside what is in force and what waits."""
        newest = await self._store.newest()  # before the lists: never one that is not among them
        living, now = await self._lists.living(), self._clock()
        present = in_force(living, now)
        found = await self._store.page(asked.before, asked.limit + 1)
        shown = found[: asked.limit]
        waiting = sorted(
            (one for one in living if standing(one, present, now) is Standing.WAITING),
            key=lambda one: (one.from_at, one.version),
        )
        return PriceListPage(
            newest=newest,
            in_force=_view(present, Standing.IN_FORCE),
            waiting=tuple(_view(one, Standing.WAITING) for one in waiting),
            lists=tuple(_view(one, standing(one, present, now)) for one in shown),
            next=shown[-1].version if len(found) > asked.limit else None,
        )

    async def preview(self, asked: PreviewPrices) -> PricePreview:
        """Tell what a table would change, kind by kind, and what looks odd in it.

        Raises:
            InvalidInput: names the first field that breaks its rule.
        """
        now = self._now()
        made = _list(asked, now)
        before = in_force(await self._lists.living(), made.from_at)
        return PricePreview(
            against=before.version,
            differences=tuple(_difference(one) for one in compared(before, made)),
            oddities=tuple(_oddity(one) for one in oddities(made.prices)),
        )

    async def publish(self, actor: Actor, asked: PublishPrices) -> PriceListView:
        """Write the version after the newest that staff saw; recorded with the write.

        Raises:
            InvalidInput: names the first field that breaks its rule, or nothing would change.
            StaleVersion: somebody else wrote meanwhile.
            Conflict: as many lists as allowed wait for their day.
        """
        now, reason = self._now(), _reason(asked.reason)
        made = replace(_list(asked, now), version=asked.version + 1, reason=reason, by=actor.person)
        living = await self._lists.living()
        if asked.version != await self._store.newest():
            raise StaleVersion(field="version", rule="unchanged")
        _check_worth(made, living, now)

        async def write(session: Session) -> None:
            await self._store.put(made, session)
            await self._record(actor, "publish_prices", made, reason, now, session)

        await self._transactions.run(write)
        present = in_force(await self._lists.living(), self._clock())
        return _view(made, standing(made, present, now))

    async def withdraw(self, actor: Actor, version: int, reason: str) -> PriceListView:
        """Take a list back before its day; recorded with the write.

        Raises:
            InvalidInput: no reason. NotFound: no such version.
            Conflict: its day has come, or it was withdrawn before.
        """
        now, why = self._now(), _reason(reason)
        wanted = withdraw(await self._store.get(version), actor.person, now, why)

        async def write(session: Session) -> PriceList:
            done = await self._store.withdraw(wanted, self._now(), session)
            await self._record(actor, "withdraw_prices", done, why, now, session)
            return done

        done = await self._transactions.run(write)
        await self._lists.living()
        return _view(done, Standing.WITHDRAWN)

    async def _record(
        self,
        actor: Actor,
        action: str,
        one: PriceList,
        reason: str,
        now: datetime,
        session: Session,
    ) -> None:
        await self._audit.record(
            actor=actor.person,
            action=action,
            subject=f"price_list:{one.version}",
            purpose=reason,
            at=now,
            details={"from_at": one.from_at.isoformat()},
            session=session,
        )

    def _now(self) -> datetime:
        return milliseconds(self._clock())


def _reason(given: str) -> str:
    reason = " ".join(given.split())
    if not reason:
        raise InvalidInput(field="reason", rule="required")
    return reason


def _check_worth(made: PriceList, living: tuple[PriceList, ...], now: datetime) -> None:
    """Refuse a list that would change nothing, or one too many that waits."""
    if same_prices(made, in_force(living, made.from_at)):
        raise InvalidInput(field="prices_fen", rule="a_change")
    waiting = [one for one in living if one.from_at > now]
    if made.from_at > now and len(waiting) >= MOST_WAITING:
        raise Conflict(field="from_at", rule="10_waiting_lists")


def _list(asked: PreviewPrices, now: datetime) -> PriceList:
    """Make the list that is asked for, of no version yet."""
    from_at = None if asked.from_at is None else milliseconds(asked.from_at)
    return PriceList(
        version=0,
        from_at=beginning(from_at, now),
        prices=checked_table(to_builtins(asked.prices_fen)),
        fee_percent=checked_fee(asked.fee_percent),
        reason="",
        by=SYSTEM,
        at=now,
    )


def table_view(table: Table) -> PricesFen:
    """Show a table by the names of sizes and zones."""
    return {
        size.value: {zone.value: int(fen) for zone, fen in row.items()}
        for size, row in table.items()
    }


def _view(one: PriceList, state: Standing) -> PriceListView:
    gone, first = one.withdrawn, one.from_at == EVER
    return PriceListView(
        version=one.version,
        state=state.value,
        prices_fen=table_view(one.prices),
        pays_fen=table_view(
            {
                size: {zone: price_of(one, size, zone).pay_fen for zone in row}
                for size, row in one.prices.items()
            }
        ),
        fee_percent=one.fee_percent,
        from_at=None if first else one.from_at,
        reason=one.reason,
        by=None if first else one.by,
        at=None if first else one.at,
        withdrawn=WithdrawalView(by=gone.by, at=gone.at, reason=gone.reason) if gone else None,
    )


def _difference(one: Difference) -> PriceDifference:
    return PriceDifference(
        size=one.size.value,
        zone=one.zone.value,
        price_before_fen=one.before.price_fen,
        price_fen=one.after.price_fen,
        pay_before_fen=one.before.pay_fen,
        pay_fen=one.after.pay_fen,
    )


def _oddity(one: Oddity) -> PriceOddity:
    return PriceOddity(
        size=one.size.value,
        zone=one.zone.value,
        than_size=one.than_size.value,
        than_zone=one.than_zone.value,
    )
