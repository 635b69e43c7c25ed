"""Outlets as people see them and as their staff edit them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from realtime.wire.outlets import (
    CalendarBody,
    DetailsBody,
    OpeningView,
    OutletView,
    SpanBody,
    SpecialDayBody,
    StaffOutletView,
)
from server.domain.bookings.calendar import day_of, opening
from server.domain.bookings.outlets import Outlet, Span, SpecialDay, Week

#: Special days that people are told of ahead.
TOLD_DAYS = 60


def outlet_view(
    outlet: Outlet, enterprise_name: str, now: datetime, metres: float | None = None
) -> OutletView:
    """Show an outlet to people."""
    today = day_of(now)
    return OutletView(
        outlet_id=outlet.id,
        enterprise_id=outlet.enterprise,
        enterprise_name=enterprise_name,
        name=outlet.name,
        region=outlet.region,
        address=outlet.address,
        lat=outlet.place.lat,
        lon=outlet.place.lon,
        phone=outlet.phone,
        services=outlet.services,
        week=_week(outlet.week),
        special_days=tuple(
            special_day_body(one)
            for one in outlet.special_days
            if today <= one.day <= today + timedelta(days=TOLD_DAYS)
        ),
        slot_minutes=outlet.slot_minutes,
        cancel_before_seconds=outlet.cancel_before_seconds,
        opening=_opening_view(outlet, now),
        distance_metres=None if metres is None else round(metres),
    )


def staff_outlet_view(outlet: Outlet, now: datetime) -> StaffOutletView:
    """Show an outlet to its staff."""
    return StaffOutletView(
        outlet_id=outlet.id,
        enterprise_id=outlet.enterprise,
        active=outlet.active,
        version=outlet.version,
        details=DetailsBody(
            name=outlet.name,
            region=outlet.region,
            address=outlet.address,
            lat=outlet.place.lat,
            lon=outlet.place.lon,
            phone=outlet.phone,
            services=outlet.services,
        ),
        calendar=CalendarBody(
            week=_week(outlet.week),
            special_days=tuple(special_day_body(one) for one in outlet.special_days),
            capacity=outlet.capacity,
            slot_minutes=outlet.slot_minutes,
            cancel_before_seconds=outlet.cancel_before_seconds,
        ),
        opening=_opening_view(outlet, now),
    )


def special_day_body(one: SpecialDay) -> SpecialDayBody:
    """Show a special day."""
    return SpecialDayBody(day=one.day, spans=span_bodies(one.spans), reason=one.reason)


def with_calendar(outlet: Outlet, asked: CalendarBody) -> Outlet:
    """Give an outlet with the hours and numbers that staff wrote, unchecked."""
    return replace(
        outlet,
        week=tuple(_given(spans) for spans in asked.week),
        special_days=tuple(
            SpecialDay(day=one.day, spans=_given(one.spans), reason=one.reason)
            for one in asked.special_days
        ),
        capacity=asked.capacity,
        slot_minutes=asked.slot_minutes,
        cancel_before_seconds=asked.cancel_before_seconds,
    )


def span_bodies(spans: Sequence[Span]) -> tuple[SpanBody, ...]:
    """Show a day's hours."""
    return tuple(SpanBody(opens=span.opens, closes=span.closes) for span in spans)


def _given(spans: Sequence[SpanBody]) -> tuple[Span, ...]:
    return tuple(Span(span.opens, span.closes) for span in spans)


def _week(week: Week) -> tuple[tuple[SpanBody, ...], ...]:
    return tuple(span_bodies(spans) for spans in week)


def _opening_view(outlet: Outlet, now: datetime) -> OpeningView:
    told = opening(outlet, now)
    return OpeningView(
        is_open=told.is_open,
        changes_at=told.changes_at,
        reason=None if told.special is None else told.special.reason,
    )
