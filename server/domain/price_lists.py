"""Price lists: what parcels cost from an instant on, as versions that staff write. Pure.

A version is never changed. The list in force at an instant is, of those that are not withdrawn,
the one whose instant came last; of two with the same instant, the later version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise, product

from server.domain.errors import Conflict, InvalidInput
from server.domain.ids import PersonId
from server.domain.money import Fen
from server.domain.people import SYSTEM
from server.domain.prices import FIRST_TABLE, Price, Size, Zone

Table = Mapping[Size, Mapping[Zone, Fen]]

#: What one parcel may cost, fen. Below nobody carries it, above somebody slipped on a key.
LEAST_FEN, MOST_FEN = 100, 100_000
MOST_FEE_PERCENT = 50

#: Lists that wait for their day at once, and how far ahead that day may be.
MOST_WAITING = 10
FURTHEST = timedelta(days=366)

#: The first list holds since ever.
EVER = datetime(1970, 1, 1, tzinfo=UTC)


class PriceChanged(Conflict):
    """The parcel costs other than what the customer saw (details: price_fen, now)."""

    code = "price_changed"
    zh = "价格刚刚调整，请确认新价格后再提交"
    en = "The price has just changed; please look at the new one before you place the order."


class Standing(StrEnum):
    """How a list stands at an instant."""

    WAITING = "waiting"  #: for its day
    IN_FORCE = "in_force"
    PAST = "past"  #: another took its place, maybe before its own day
    WITHDRAWN = "withdrawn"  #: before its day


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """Who took a list back before its day, when and why."""

    by: PersonId
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """One version: every size and zone, and the platform's part."""

    version: int
    from_at: datetime
    prices: Table
    fee_percent: int
    reason: str
    by: PersonId
    at: datetime
    begun: bool = False  #: an order was priced by it, or refused because of it: it stays
    withdrawn: Withdrawal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """A price below that of a smaller parcel, or of a shorter way: allowed, but looked at twice."""

    size: Size
    zone: Zone
    than_size: Size
    than_zone: Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What one kind of parcel costs by two lists."""

    size: Size
    zone: Zone
    before: Price
    after: Price


def first_list(fee_percent: int) -> PriceList:
    """Give version 1: the table that the platform is delivered with."""
    return PriceList(
        version=1,
        from_at=EVER,
        prices=FIRST_TABLE,
        fee_percent=fee_percent,
        reason="",
        by=SYSTEM,
        at=EVER,
    )


def checked_table(prices: Mapping[str, Mapping[str, int]]) -> Table:
    """Give the table, every cell there and of a sane height.

    Raises:
        InvalidInput: names the first cell that is missing or out of bounds.
    """
    table: dict[Size, dict[Zone, Fen]] = {size: {} for size in Size}
    for size, zone in product(Size, Zone):
        fen, field = prices.get(size, {}).get(zone), f"prices_fen.{size}.{zone}"
        if fen is None:
            raise InvalidInput(field=field, rule="required")
        if not LEAST_FEN <= fen <= MOST_FEN:
            raise InvalidInput(field=field, rule="1_to_1000_yuan")
        table[size][zone] = Fen(fen)
    return table


def checked_fee(percent: int) -> int:
    """Give the platform's part, in percent.

    Raises:
        InvalidInput: below 0 or above 50.
    """
    if not 0 <= percent <= MOST_FEE_PERCENT:
        raise InvalidInput(field="fee_percent", rule="0_to_50_percent")
    return percent


def beginning(asked: datetime | None, now: datetime) -> datetime:
    """Give the instant from which a list written now holds; without one asked for, now.

    Raises:
        InvalidInput: it has passed, or is more than a year ahead.
    """
    if asked is None:
        return now
    if asked <= now:
        raise InvalidInput(field="from_at", rule="later_than_now")
    if asked > now + FURTHEST:
        raise InvalidInput(field="from_at", rule="within_a_year")
    return asked


def in_force(lists: Iterable[PriceList], at: datetime) -> PriceList:
    """Choose the list in force at an instant.

    Raises:
        LookupError: none holds yet; a site's lists begin with one that holds since ever.
    """
    holding = [one for one in lists if one.withdrawn is None and one.from_at <= at]
    if not holding:
        raise LookupError(f"no price list holds at {at}")
    return max(holding, key=lambda one: (one.from_at, one.version))


def standing(one: PriceList, present: PriceList, now: datetime) -> Standing:
    """Tell how a list stands, where `present` is the one in force."""
    if one.withdrawn is not None:
        return Standing.WITHDRAWN
    if one.version == present.version:
        return Standing.IN_FORCE
    return Standing.WAITING if one.from_at > now else Standing.PAST


def withdraw(one: PriceList, by: PersonId, now: datetime, reason: str) -> PriceList:
    """Take a list back before its day.

    Raises:
        Conflict: it was withdrawn before, or its day has come.
    """
    if one.withdrawn is not None:
        raise Conflict(field="version", rule="withdrawn_already")
    if one.from_at <= now:
        raise Conflict(field="version", rule="in_force_already")
    return replace(one, withdrawn=Withdrawal(by=by, at=now, reason=reason))


def price_of(one: PriceList, size: Size, zone: Zone) -> Price:
    """Price one parcel; the fee is rounded down, so no fen is lost between the two shares."""
    price = one.prices[size][zone]
    fee = price * one.fee_percent // 100
    return Price(price_fen=price, fee_fen=Fen(fee), pay_fen=Fen(price - fee))


def compared(before: PriceList, after: PriceList) -> tuple[Difference, ...]:
    """Set two lists side by side, every size and zone."""
    return tuple(
        Difference(
            size=size,
            zone=zone,
            before=price_of(before, size, zone),
            after=price_of(after, size, zone),
        )
        for size, zone in product(Size, Zone)
    )


def same_prices(one: PriceList, other: PriceList) -> bool:
    """Tell whether two lists ask and pay the same of everybody."""
    return one.fee_percent == other.fee_percent and one.prices == other.prices


def oddities(prices: Table) -> tuple[Oddity, ...]:
    """Find where a larger parcel or a longer way costs less than its neighbour."""
    found = [
        Oddity(size=large, zone=zone, than_size=small, than_zone=zone)
        for zone, (small, large) in product(Zone, pairwise(Size))
        if prices[large][zone] < prices[small][zone]
    ]
    found += [
        Oddity(size=size, zone=far, than_size=size, than_zone=near)
        for size, (near, far) in product(Size, pairwise(Zone))
        if prices[size][far] < prices[size][near]
    ]
    return tuple(found)
