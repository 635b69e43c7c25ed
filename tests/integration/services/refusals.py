"""What each route of payments, couriers, reviews and staff refuses, and in which words.

`{order}` is deposited and unpaid, `{open}` is on offer, `{taken}` is being collected by c1.
"""

from typing import Any

from tests import builders

CUSTOMER = builders.CUSTOMER
COURIER = "c1:courier"
REVIEWER = "r1:reviewer"
FINANCE = "f1:finance"

Expected = tuple[int, str, str | None]  #: status, code, field; None for any field

NOBODY: Expected = (401, "not_authenticated", None)
FORBIDDEN: Expected = (403, "forbidden", None)
NOT_NOW: Expected = (409, "illegal_transition", None)
TOO_LARGE: Expected = (413, "too_large", None)


def bad(field: str) -> Expected:
    return (400, "invalid_input", field)


def unknown(field: str) -> Expected:
    return (404, "not_found", field)


CLAIM: dict[str, Any] = {"offer_version": 1, "request_id": "r1"}


def finished(number: str) -> dict[str, Any]:
    return {
        "carrier": "顺丰",
        "number": number,
        "sender": "张三",
        "recipient": "李四",
        "phone": "13800000002",
        "address": "某路 1 号 2 单元",
        "weight_grams": 900,
        "postage_fen": 1200,
        "date": "2026-11-22",
        "photo_id": "photo-1",
    }


FINISHED = finished("SF12345678")
SEEN = {"uploaded_at": "2026-11-22T04:00:00Z"}

#: By verb and path: body, who, and what is answered.
TABLE: dict[tuple[str, str], list[tuple[Any, str | None, Expected]]] = {
    ("POST", "/v1/orders/{order}/payment"): [
        (None, None, NOBODY),
        (None, "nobody", NOBODY),
        (None, "c9", unknown("order_id")),
        (b"x" * 70000, CUSTOMER, TOO_LARGE),
    ],
    ("POST", "/v1/orders/LJ000000/payment"): [
        (None, CUSTOMER, unknown("order_id")),
    ],
    ("POST", "/v1/orders/{open}/payment"): [
        (None, CUSTOMER, (409, "conflict", "charge")),
    ],
    ("GET", "/v1/payments/P1"): [
        (None, CUSTOMER, unknown("payment_id")),
    ],
    ("POST", "/v1/callbacks/wechatpay"): [
        (b"{}", None, (400, "bad_notice", "X-Signature")),
        (b"", None, (400, "bad_notice", "X-Signature")),
        (b"x" * 17000, None, TOO_LARGE),
    ],
    ("PUT", "/v1/courier/duty"): [
        ({"on": True}, CUSTOMER, FORBIDDEN),
        ({}, COURIER, bad("on")),
        ({"on": 1}, COURIER, bad("on")),
        ({"on": True, "x": 1}, COURIER, bad("x")),
        (b"{", COURIER, bad("body")),
        ({"on": True, "districts": ["w", "ws10k"]}, COURIER, bad("districts[0]")),
    ],
    ("PUT", "/v1/courier/position"): [
        ({"lat": 91}, COURIER, bad("lat")),
        ({"lat": 1, "lon": 2, "at": "2026-11-22T12:00:00Z"}, COURIER, (409, "conflict", None)),
    ],
    ("GET", "/v1/courier/offers"): [
        (None, CUSTOMER, FORBIDDEN),
        (None, None, NOBODY),
    ],
    ("GET", "/v1/courier/feed-check"): [
        (None, CUSTOMER, FORBIDDEN),
        (None, None, NOBODY),
    ],
    ("POST", "/v1/offers/{open}/claim"): [
        ({}, COURIER, bad("offer_version")),
        (CLAIM | {"offer_version": "1"}, COURIER, bad("offer_version")),
        (CLAIM | {"offer_version": 0}, COURIER, bad("offer_version")),
        (CLAIM | {"request_id": "x" * 65}, COURIER, bad("request_id")),
        (CLAIM | {"offer_version": 7}, COURIER, (409, "stale", "offer_version")),
        (CLAIM, "c9:courier", (403, "not_certified", None)),
        (CLAIM, None, NOBODY),
    ],
    ("POST", "/v1/offers/LJ1/claim"): [
        (CLAIM, COURIER, unknown("order_id")),
    ],
    ("POST", "/v1/offers/LJ261122ZZZZZZZZ/claim"): [
        (CLAIM, COURIER, unknown("order_id")),
    ],
    ("GET", "/v1/courier/orders"): [
        (None, None, NOBODY),
    ],
    ("POST", "/v1/orders/{open}/hand-back"): [
        (None, COURIER, unknown("order_id")),
    ],
    ("POST", "/v1/orders/{taken}/hand-back"): [
        (None, "c9:courier", unknown("order_id")),
    ],
    ("POST", "/v1/orders/{taken}/finished"): [
        ({}, COURIER, bad("carrier")),
        (FINISHED, COURIER, NOT_NOW),
        (FINISHED, "c9", unknown("order_id")),
        (FINISHED | {"date": "22.11."}, COURIER, bad("date")),
        (FINISHED | {"weight_grams": 0}, COURIER, bad("weight_grams")),
    ],
    ("GET", "/v1/courier/earnings"): [
        (None, None, NOBODY),
    ],
    ("GET", "/v1/reviews"): [
        (None, COURIER, FORBIDDEN),
        (None, FINANCE, FORBIDDEN),
    ],
    ("POST", "/v1/reviews/{taken}/approve"): [
        (SEEN, REVIEWER, NOT_NOW),
        ({}, REVIEWER, bad("uploaded_at")),
        ({"reason": 1}, REVIEWER, bad("reason")),
        ({"uploaded_at": "now"}, REVIEWER, bad("uploaded_at")),
        ({}, COURIER, FORBIDDEN),
    ],
    ("POST", "/v1/reviews/LJ1/approve"): [
        (SEEN, REVIEWER, unknown("order_id")),
    ],
    ("POST", "/v1/reviews/{taken}/withdraw"): [
        (None, REVIEWER, (409, "conflict", "order_id")),
        (None, COURIER, FORBIDDEN),
    ],
    ("POST", "/v1/reviews/{taken}/reject"): [
        ({}, REVIEWER, bad("reason")),
        ({"reason": "mood"}, REVIEWER, bad("reason")),
        ({"reason": "other"}, REVIEWER, bad("uploaded_at")),
        (SEEN | {"reason": "other"}, REVIEWER, bad("note")),
        (SEEN | {"reason": "photo_unclear"}, REVIEWER, NOT_NOW),
    ],
    ("GET", "/v1/staff/orders"): [
        (None, CUSTOMER, FORBIDDEN),
    ],
    ("GET", "/v1/staff/orders?custody=lost"): [
        (None, REVIEWER, bad("custody")),
    ],
    ("GET", "/v1/staff/orders?before=now"): [
        (None, REVIEWER, bad("before")),
    ],
    ("GET", "/v1/staff/orders?limit=1000"): [
        (None, REVIEWER, bad("limit")),
    ],
    ("GET", "/v1/staff/orders?x=1"): [
        (None, REVIEWER, bad("x")),
    ],
    ("GET", "/v1/staff/orders/{open}/races"): [
        (None, COURIER, FORBIDDEN),
        (None, None, NOBODY),
    ],
    ("GET", "/v1/staff/orders/LJ1/races"): [
        (None, REVIEWER, unknown("order_id")),
    ],
    ("GET", "/v1/staff/summary"): [
        (None, COURIER, FORBIDDEN),
    ],
    ("GET", "/v1/staff/ledger/check"): [
        (None, REVIEWER, FORBIDDEN),
    ],
    ("DELETE", "/v1/staff/summary"): [
        (None, REVIEWER, (405, "wrong_method", "method")),
    ],
}
