"""An outlet to try calendars on, and hours by their words."""

from datetime import date

from server.domain.bookings.outlets import Outlet, Span, SpecialDay, Week
from server.domain.geo import Place
from server.domain.ids import EnterpriseId, OutletId


def minute(text: str) -> int:
    hours, minutes = text.split(":")
    return 60 * int(hours) + int(minutes)


def spans(*texts: str) -> tuple[Span, ...]:
    """`spans("09:00-12:00", "14:00-24:00")`."""
    ends = [text.split("-") for text in texts]
    return tuple(Span(minute(opens), minute(closes)) for opens, closes in ends)


def week(*days: tuple[Span, ...]) -> Week:
    """Monday first; what is not given is closed."""
    return (*days, *[()] * (7 - len(days)))


def every_day(*texts: str) -> Week:
    return (spans(*texts),) * 7


def special(day: date, *texts: str, reason: str = "国庆节") -> SpecialDay:
    return SpecialDay(day=day, spans=spans(*texts), reason=reason)


def outlet(**fields) -> Outlet:
    given = {
        "id": OutletId("N1"),
        "enterprise": EnterpriseId("E1"),
        "name": "南山网点",
        "region": "440305",
        "address": "科技路 1 号",
        "place": Place(lat=22.53, lon=113.94),
        "phone": "0755-22223333",
        "services": ("动力电池拆卸",),
        "week": every_day("09:00-12:00", "14:00-18:00"),
        "capacity": 3,
        "version": 1,
        **fields,
    }
    return Outlet(**given)
