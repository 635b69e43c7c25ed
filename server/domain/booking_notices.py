"""Kinds of notices about a booking. `{when}` and `{place}` are its slot and its outlet."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from server.domain.bookings.states import BookingState
from server.domain.notice_kind import HOUR, MINUTE, Hears, Kind
from server.domain.notices import Use

BOOKED = "booking_booked"
CHANGED = "booking_changed"
REMIND_DAY = "booking_remind_day"
REMIND_HOURS = "booking_remind_hours"
CANCELLED = "booking_cancelled"
CANCELLED_BY_STAFF = "booking_cancelled_by_staff"
OFFERED = "booking_offered"
PAPERS_REJECTED = "booking_papers_rejected"
REJECTED = "booking_rejected"

#: The beginning of every kind here.
BEGINNING = "booking_"

PAGE = "/me/bookings"

_VITAL, _WANTED, _NICE = Use.VITAL, Use.WANTED, Use.NICE

#: While which state a kind is still true, by kind, with the slot that it was written of; a kind
#: that is missing here stays true.
TRUE_WHILE: Mapping[str, BookingState] = MappingProxyType(
    {
        BOOKED: BookingState.BOOKED,
        CHANGED: BookingState.BOOKED,
        REMIND_DAY: BookingState.BOOKED,
        REMIND_HOURS: BookingState.BOOKED,
        OFFERED: BookingState.HELD,
        PAPERS_REJECTED: BookingState.BOOKED,
    }
)

#: Kinds that another slot of the booking makes old news.
OF_SLOT = frozenset({BOOKED, CHANGED, REMIND_DAY, REMIND_HOURS, OFFERED})

BOOKING_ROWS: tuple[Kind, ...] = (
    Kind(
        *(Hears.PERSON, BOOKED, "booking", _WANTED, "已预约"),
        even_own=True,
        page=PAGE,
        sms=True,
        zh="已预约{when}，{place}。",
        en="Booked: {when}, {place}.",
    ),
    Kind(
        *(Hears.PERSON, CHANGED, "booking", _WANTED, "已改期"),
        even_own=True,
        page=PAGE,
        sms=True,
        zh="已改到{when}，{place}。",
        en="Your booking was moved to {when}, {place}.",
    ),
    Kind(
        *(Hears.PERSON, REMIND_DAY, "booking", _VITAL, "预约提醒"),
        fresh_seconds=12 * HOUR,
        page=PAGE,
        sms=True,
        zh="预约提醒：{when}，{place}。",
        en="A reminder of your booking: {when}, {place}.",
    ),
    Kind(
        *(Hears.PERSON, REMIND_HOURS, "booking", _VITAL, "即将开始"),
        fresh_seconds=90 * MINUTE,
        page=PAGE,
        sms=True,
        zh="即将开始：{when}，{place}。",
        en="Soon: your booking at {when}, {place}.",
    ),
    Kind(
        *(Hears.PERSON, CANCELLED, "booking", _NICE, "已取消"),
        even_own=True,
        page=PAGE,
        sms=True,
        zh="您已取消{when}的预约。",
        en="You cancelled your booking of {when}.",
    ),
    Kind(
        *(Hears.PERSON, CANCELLED_BY_STAFF, "booking", _VITAL, "已取消"),
        page=PAGE,
        sms=True,
        zh="网点取消了{when}的预约：{reason}",
        en="Staff cancelled your booking of {when}: {reason}",
    ),
    Kind(
        *(Hears.PERSON, OFFERED, "booking", _VITAL, "有空位"),
        fresh_seconds=15 * MINUTE,
        page=PAGE,
        sms=True,
        zh="候补有空位：{when}，请在{until}前填好预约。",
        en="A place is free for you: {when}. Please fill the form in before {until}.",
    ),
    Kind(
        *(Hears.PERSON, PAPERS_REJECTED, "booking", _VITAL, "证件待更正"),
        page=PAGE,
        sms=True,
        zh="证件未通过：{reason}",
        en="Your papers need mending: {reason}",
    ),
    Kind(
        *(Hears.PERSON, REJECTED, "booking", _VITAL, "未受理"),
        page=PAGE,
        sms=True,
        zh="{when}的预约未能受理：{reason}",
        en="Your booking of {when} could not be served: {reason}",
    ),
)
