"""What each route reads, found from its contract; and honest bodies made from the wire's types."""

import re
from typing import Any

import msgspec
from msgspec import inspect

from handlers import accounts, photos
from handlers import wechat as wechat_routes
from realtime.wire import (
    addresses,
    bookings,
    centre,
    certifications,
    complaints,
    desk,
    enterprises,
    finance,
    fleet,
    notices,
    orders,
    outlet_day,
    outlets,
    papers,
    pay_pages,
    payees,
    prices,
    requests,
    staff_money,
    staffing,
    texts,
    wechat,
    work,
)
from realtime.wire import map as map_wire
from server.proof.route_table import ApiRoute

#: Where bodies and queries are declared.
HOMES = (
    *(
        certifications,
        complaints,
        desk,
        requests,
        orders,
        work,
        finance,
        fleet,
        staff_money,
        wechat,
    ),
    *(addresses, map_wire, notices, pay_pages, staffing, texts),
    *(bookings, centre, enterprises, outlet_day, outlets, papers, payees, prices),
    *(accounts, photos, wechat_routes),
)

READS = re.compile(r"`(?P<kind>\w+)`(?: \([^)]*\))? → ")

#: Contracts of routes that read something else than a type, or nothing.
OTHER = ("No body", "(no body)", "Raw JPEG", "A signed notice", "A JSON array of reports")

#: Texts that between them satisfy all patterns.
TEXTS = ("x", "2026-11-22", "T-1", "x" * 8, "me")


def kind_of(route: ApiRoute) -> type[msgspec.Struct] | None:
    """Give the type that a route reads; None when its contract says that there is none.

    Raises:
        LookupError: the contract of a route with a body does not say what it reads.
    """
    if found := READS.match(route.contract):
        for home in HOMES:
            if kind := getattr(home, found["kind"], None):
                return kind
        raise LookupError(f"{route.verb} {route.path} reads {found['kind']}, which is nowhere")
    if route.verb in ("POST", "PUT") and not any(word in route.contract for word in OTHER):
        raise LookupError(f"{route.verb} {route.path} does not say what it reads")
    return None


def sample(kind: Any) -> Any:
    """Make an honest value of a wire type, as JSON would carry it."""
    return _made(inspect.type_info(kind))


def fields_of(kind: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    """List a struct's fields."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return info.fields


def _made(info: inspect.Type) -> Any:
    match info:
        case inspect.StructType():
            return {field.encode_name: _made(field.type) for field in info.fields}
        case inspect.UnionType():
            return _made(next(one for one in info.types if not isinstance(one, inspect.NoneType)))
        case inspect.LiteralType():
            return info.values[0]
        case inspect.EnumType():
            return next(iter(info.cls)).value
        case inspect.BoolType():
            return True
        case inspect.IntType() | inspect.FloatType():
            return max(1, info.ge or 1)
        case inspect.DateType():
            return "2026-11-22"
        case inspect.DateTimeType():
            return "2026-11-22T04:00:00Z"
        case inspect.DictType():
            return {_made(info.key_type): _made(info.value_type)}
        case inspect.VarTupleType():
            return [_made(info.item_type)]
        case inspect.StrType():
            text = next(text for text in TEXTS if re.search(info.pattern or "", text))
            return text.ljust(info.min_length or 0, "x")
    raise TypeError(f"no sample of {info}")
