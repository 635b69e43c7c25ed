"""Rules of what staff write about enterprises and outlets; each check names field and rule."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from server.domain.bookings.outlets import DAY_MINUTES, Outlet, Span, SpecialDay, Week
from server.domain.documents import PHONE, region
from server.domain.errors import InvalidInput
from server.domain.geo import Place

NAME_CHARACTERS = 60
ADDRESS_CHARACTERS = 120
REASON_CHARACTERS = 60
SERVICE_CHARACTERS = 30

MOST_SERVICES = 20
MOST_SPANS = 6
MOST_SPECIAL_DAYS = 200
MOST_CAPACITY = 200

#: Special days are written for so long ahead.
SPECIAL_DAYS_AHEAD = 800

#: A slot's length: shorter is no appointment, longer is more than a day's work.
SLOT_MINUTES = (10, 480)

#: Most time before a slot after which it cannot be cancelled any more.
MOST_CANCEL_BEFORE_SECONDS = 7 * 24 * 3600

DAYS_OF_WEEK = 7

#: China and its seas; a place outside has its two numbers exchanged.
LATITUDES = (3.0, 54.0)
LONGITUDES = (73.0, 136.0)

#: 区号 and number: 010 and 02x have eight digits, the others seven or eight; an extension.
LANDLINE = re.compile(r"(010|02[0-9])-?([0-9]{8})|(0[3-9][0-9]{2})-?([0-9]{7,8})")
EXTENSION = re.compile(r"[-转x]([0-9]{1,6})$")
#: 400 and 800 numbers, which companies are called at.
SERVICE_LINE = re.compile(r"([48]00)-?([0-9]{3})-?([0-9]{4})")


def enterprise_name(text: str, *, field: str = "name") -> str:
    """Give a name without outer spaces.

    Raises:
        InvalidInput: empty or too long.
    """
    return line(text, field=field, most=NAME_CHARACTERS)


def line(text: str, *, field: str, most: int) -> str:
    """Give one line of text without outer or double spaces.

    Raises:
        InvalidInput: nothing is left (`required`), or too much (`length`).
    """
    words = " ".join(text.split())
    if not words:
        raise InvalidInput(field=field, rule="required")
    if len(words) > most:
        raise InvalidInput(field=field, rule="length", most=most)
    return words


def region_prefix(code: str, *, field: str = "region") -> str:
    """Give the beginning that all codes within a district, city or province share.

    Codes of provinces end in four zeros, those of cities in two; nothing gives nothing.

    Raises:
        InvalidInput: no six-digit code.
    """
    if not code:
        return ""
    return region(code, field=field).removesuffix("00").removesuffix("00")


def business_phone(text: str, *, field: str = "phone") -> str:
    """Give the number of a mobile, a landline with its area code, or a 400 line, as dialled.

    Landlines get one form: `0769-22223333`, an extension behind another hyphen.

    Raises:
        InvalidInput: none of these (`phone`); a landline without its area code neither.
    """
    given = re.sub(r"\s", "", text).removeprefix("+86")
    if PHONE.fullmatch(given.replace("-", "")):
        return given.replace("-", "")
    if service := SERVICE_LINE.fullmatch(given):
        return "-".join(service.groups())
    number = given.replace("(", "").replace(")", "-").replace("（", "").replace("）", "-")
    extension = ""
    landline = LANDLINE.fullmatch(number)
    if landline is None and (more := EXTENSION.search(number)):
        extension = f"-{more[1]}"
        landline = LANDLINE.fullmatch(number[: more.start()])
    if landline is None:
        raise InvalidInput(field=field, rule="phone")
    area, rest = (part for part in landline.groups() if part)
    return f"{area}-{rest}{extension}"


def checked_details(outlet: Outlet) -> Outlet:
    """Give an outlet whose name, place and so on are in their normal form.

    Raises:
        InvalidInput: one breaks its rule.
    """
    return replace(
        outlet,
        name=line(outlet.name, field="name", most=NAME_CHARACTERS),
        region=region(outlet.region, field="region"),
        address=line(outlet.address, field="address", most=ADDRESS_CHARACTERS),
        place=_place(outlet.place),
        phone=business_phone(outlet.phone),
        services=_services(outlet.services),
    )


def checked_calendar(outlet: Outlet, *, today: date) -> Outlet:
    """Give an outlet whose hours, special days and numbers are in their normal form.

    Raises:
        InvalidInput: one breaks its rule; the field names the day and the span.
    """
    if not 1 <= outlet.capacity <= MOST_CAPACITY:
        raise InvalidInput(field="capacity", rule="range", least=1, most=MOST_CAPACITY)
    least, most = SLOT_MINUTES
    minutes = outlet.slot_minutes
    if not least <= minutes <= most or DAY_MINUTES % minutes or minutes % 5:
        raise InvalidInput(field="slot_minutes", rule="divides_the_day", least=least, most=most)
    if not 0 <= outlet.cancel_before_seconds <= MOST_CANCEL_BEFORE_SECONDS:
        raise InvalidInput(field="cancel_before_seconds", rule="range", least=0)
    return replace(
        outlet,
        week=_week(outlet.week, minutes),
        special_days=_special_days(outlet.special_days, minutes, today),
    )


def _place(place: Place) -> Place:
    for field, number, (least, most) in (
        ("lat", place.lat, LATITUDES),
        ("lon", place.lon, LONGITUDES),
    ):
        if not least <= number <= most:
            raise InvalidInput(field=field, rule="in_china", least=least, most=most)
    return place


def _services(services: Sequence[str]) -> tuple[str, ...]:
    if not services:
        raise InvalidInput(field="services", rule="required")
    if len(services) > MOST_SERVICES:
        raise InvalidInput(field="services", rule="most", most=MOST_SERVICES)
    named = tuple(
        line(service, field=f"services[{place}]", most=SERVICE_CHARACTERS)
        for place, service in enumerate(services)
    )
    for place, service in enumerate(named):
        if service in named[:place]:
            raise InvalidInput(field=f"services[{place}]", rule="each_once")
    return named


def _week(week: Week, slot_minutes: int) -> Week:
    if len(week) != DAYS_OF_WEEK:
        raise InvalidInput(field="week", rule="seven_days")
    return tuple(_spans(spans, f"week[{day}]", slot_minutes) for day, spans in enumerate(week))


def _special_days(
    days: Sequence[SpecialDay], slot_minutes: int, today: date
) -> tuple[SpecialDay, ...]:
    if len(days) > MOST_SPECIAL_DAYS:
        raise InvalidInput(field="special_days", rule="most", most=MOST_SPECIAL_DAYS)
    seen: set[date] = set()
    checked: list[SpecialDay] = []
    for place, one in enumerate(days):
        field = f"special_days[{place}]"
        if one.day in seen:
            raise InvalidInput(field=f"{field}.day", rule="each_once")
        if one.day > today + timedelta(days=SPECIAL_DAYS_AHEAD):
            raise InvalidInput(field=f"{field}.day", rule="too_far", most=SPECIAL_DAYS_AHEAD)
        seen.add(one.day)
        checked.append(
            SpecialDay(
                day=one.day,
                spans=_spans(one.spans, f"{field}.spans", slot_minutes),
                reason=line(one.reason, field=f"{field}.reason", most=REASON_CHARACTERS),
            )
        )
    return tuple(sorted(checked, key=lambda one: one.day))


def _spans(spans: Sequence[Span], field: str, slot_minutes: int) -> tuple[Span, ...]:
    if len(spans) > MOST_SPANS:
        raise InvalidInput(field=field, rule="most", most=MOST_SPANS)
    for place, span in enumerate(spans):
        _check_span(span, f"{field}[{place}]", slot_minutes)
        for other in spans[:place]:
            if span.opens < other.closes and other.opens < span.closes:
                raise InvalidInput(field=f"{field}[{place}]", rule="no_overlap")
    return tuple(sorted(spans))


def _check_span(span: Span, field: str, slot_minutes: int) -> None:
    if not 0 <= span.opens < DAY_MINUTES:
        raise InvalidInput(field=f"{field}.opens", rule="minute_of_day")
    if span.closes > DAY_MINUTES:
        raise InvalidInput(field=f"{field}.closes", rule="minute_of_day")
    if span.closes <= span.opens:
        raise InvalidInput(field=f"{field}.closes", rule="after_opens")
    if span.closes - span.opens < slot_minutes:
        raise InvalidInput(field=f"{field}.closes", rule="holds_a_slot", least=slot_minutes)
