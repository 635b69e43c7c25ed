"""Alipay's notices: the sandbox and the library write them, ours reads them and no others."""

from datetime import UTC, datetime, timedelta
from itertools import count
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.domain.errors import BadNotice
from server.domain.payments import Wallet
from server.providers.money_ports import PaymentSeen, Told
from server.sandbox.alipay.signing import signed_text
from server.sandbox.alipay.wire import AlipayWire
from server.sandbox.notices import Notice
from tests.alipay import site

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
AT = "2026-11-22 12:00:00"
HEADERS = {"Content-Type": "application/x-www-form-urlencoded; text/html; charset=utf-8"}


def fields(**changes: str | None) -> dict[str, str]:
    """A trade's notice as Alipay's documents have it; None takes a field out."""
    given = {
        "seller_email": "seller@example.com",
        "trade_no": "2017041121001004070200183979",
        "seller_id": site().config.seller_id,
        "total_amount": "12.01",
        "buyer_id": "2088102169481075",
        "buyer_logon_id": "csq***@example.com",
        "charset": "utf-8",
        "app_id": site().config.app_id,
        "gmt_create": "2026-11-22 11:59:44",
        "gmt_payment": "2026-11-22 11:59:50",
        "version": "1.0",
        "out_trade_no": "PLJ0000000001",
        "notify_time": AT,
        "trade_status": "TRADE_SUCCESS",
        "notify_id": "4e5a35340926d9e4405f4f7b75b5d45gji",
        "notify_type": "trade_status_sync",
        "subject": "测试 a&b=c+d%20",
        "fund_bill_list": '[{"amount":"12.01","fundChannel":"ALIPAYACCOUNT"}]',
    }
    return {name: value for name, value in (given | changes).items() if value is not None}


def form(given: dict[str, str], *, sign: str | None = None, sign_type: str = "RSA2") -> bytes:
    """Sign it as Alipay and write the form."""
    signature = site().gateway_keys.sign(signed_text(given)) if sign is None else sign
    return urlencode({**given, "sign": signature, "sign_type": sign_type}).encode()


def read(raw: bytes, *, now: datetime = NOW, headers: dict[str, str] = HEADERS) -> Told | None:
    return site().reader.read(headers, raw, now)


def rule_of(raw: bytes, **more) -> str | None:
    with pytest.raises(BadNotice) as caught:
        read(raw, **more)
    return caught.value.rule


def test_money_that_came():
    told = read(form(fields()))
    assert told is not None
    assert told.notify_id == "4e5a35340926d9e4405f4f7b75b5d45gji"
    assert told.nonce == f"{told.notify_id} {AT}"
    assert told.wallet is Wallet.ALIPAY
    assert told.what == PaymentSeen(
        out_trade_no="PLJ0000000001",
        state="SUCCESS",
        amount_fen=1201,
        transaction_id="2017041121001004070200183979",
        paid_at=datetime(2026, 11, 22, 3, 59, 50, tzinfo=UTC),
    )
    assert site().reader.taken == ("text/plain; charset=utf-8", b"success")


def test_money_of_another_currency_is_no_money_of_ours():
    assert rule_of(form(fields(trans_currency="JPY"))) == "currency"
    assert read(form(fields(trans_currency="CNY"))) is not None


def test_the_library_signs_and_checks_the_same_notices():
    given = fields()
    signature = (
        site()
        .library_as_alipay()
        ._sign("&".join(f"{name}={value}" for name, value in sorted(given.items())))
    )
    assert read(form(given, sign=signature)) is not None
    parsed = dict(parse_qsl(form(given).decode()))
    sign = parsed.pop("sign")
    assert site().library().verify(parsed, sign)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"trade_status": "TRADE_FINISHED"}, "SUCCESS"),
        ({"trade_status": "TRADE_CLOSED", "gmt_payment": None, "trade_no": None}, "CLOSED"),
        ({"trade_status": "WAIT_BUYER_PAY", "gmt_payment": None}, None),
        # After refunds the trade's notice comes again: never as money that came.
        ({"refund_fee": "2.01", "gmt_refund": "2026-11-22 11:59:59.100", "out_biz_no": "R1"}, None),
        ({"trade_status": "TRADE_CLOSED", "refund_fee": "12.01", "gmt_refund": "x"}, None),
        ({"trade_status": "TRADE_CLOSED"}, None),
        ({"trade_status": "TRADE_FINISHED", "refund_fee": "0.01"}, None),
        ({"refund_fee": "0.00"}, "SUCCESS"),
        ({"notify_type": "something_new", "seller_id": None, "notify_time": None}, None),
    ],
)
def test_what_a_notice_tells(changes: dict, state: str | None):
    told = read(form(fields(**changes)))
    assert (told.what.state if told else None) == state  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"app_id": "2016101100660467"}, "app"),
        ({"app_id": None}, "app"),
        ({"seller_id": "2088102179075543"}, "merchant"),
        ({"seller_id": None}, "merchant"),
        ({"notify_time": "2026-11-22 12:05:01"}, "fresh"),
        ({"notify_time": "2026-11-21 10:59:59"}, "fresh"),
        ({"notify_time": None}, "fresh"),
        ({"notify_time": "yesterday"}, "well_formed"),
        ({"notify_id": None}, "well_formed"),
        ({"notify_id": "a b c d e f g h"}, "well_formed"),
        ({"trade_status": "TRADE_LOST"}, "well_formed"),
        ({"trade_status": None}, "well_formed"),
        ({"trade_no": None}, "well_formed"),
        ({"out_trade_no": "x" * 65}, "well_formed"),
        ({"out_trade_no": None}, "well_formed"),
        ({"total_amount": "12.011"}, "well_formed"),
        ({"total_amount": "1e3"}, "well_formed"),
        ({"total_amount": None}, "well_formed"),
        ({"gmt_payment": "2026-13-01 00:00:00"}, "well_formed"),
        ({"refund_fee": "much"}, "well_formed"),
    ],
)
def test_rightly_signed_and_still_refused(changes: dict, rule: str):
    assert rule_of(form(fields(**changes))) == rule


@pytest.mark.parametrize("hours", [-0.08, 0, 1, 24.9])
def test_a_repeat_is_fresh_for_as_long_as_alipay_repeats(hours: float):
    assert read(form(fields()), now=NOW + timedelta(hours=hours)) is not None


@pytest.mark.parametrize("sign", ["", "ssss", "A", "no base64!", "签名", "=" * 344, "a" * 50_000])
def test_a_garbage_signature_is_a_bad_notice(sign: str):
    assert rule_of(form(fields(), sign=sign)) == "signature"


@pytest.mark.parametrize(
    "raw",
    [
        form(fields(), sign_type="RSA"),
        form(fields(), sign_type=""),
        form(fields()).replace(b"12.01", b"12.02"),
        form(fields()) + b"&more=1",
        form(fields(), sign=site().gateway_keys.sign("nothing")),
        form(fields(), sign=site().library()._sign(signed_text(fields()))),  # by our own key
        urlencode(fields()).encode(),
        b"a=1",
    ],
    ids=["older-rsa", "no-type", "amount", "more", "of-another-text", "our-key", "none", "short"],
)
def test_a_signature_that_does_not_hold(raw: bytes):
    assert rule_of(raw) == "signature"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"plain",
        form(fields()) + b"&total_amount=0.01",
        form(fields()) + b"&sign=x",
        form(fields()) + b"&",
        form(fields()) + b"&a=%ff",
        form(fields()) + "&a=测".encode(),
        b"&".join(b"a%d=1" % number for number in range(200)),
        b"a=" + b"1" * (64 * 1024),
        b"<xml></xml>",
        b'{"a": 1}',
    ],
    ids=lambda raw: repr(raw[:8] + raw[-16:]),
)
def test_what_is_no_form(raw: bytes):
    assert rule_of(raw) == "well_formed"


@pytest.mark.parametrize("kind", ["", "application/json", "text/xml", "multipart/form-data"])
def test_another_content_type(kind: str):
    assert rule_of(form(fields()), headers={"Content-Type": kind}) == "well_formed"
    assert rule_of(form(fields()), headers={}) == "well_formed"


@settings(max_examples=200)
@given(raw=st.binary(max_size=80))
def test_garbage_is_a_bad_notice_and_nothing_else(raw: bytes):
    assert rule_of(raw) in ("well_formed", "signature")
    assert rule_of(form(fields())[:-1] + raw) in ("well_formed", "signature")


VALUES = st.none() | st.text(max_size=20) | st.sampled_from(["0.00", "-1", AT, "TRADE_CLOSED"])


@settings(max_examples=150)
@given(changes=st.dictionaries(st.sampled_from(sorted(fields(refund_fee="1"))), VALUES, max_size=4))
def test_what_alipay_signs_is_told_or_refused(changes: dict):
    given_fields = {
        name: value for name, value in fields(**changes).items() if not _is_surrogate(value)
    }
    raw = form(given_fields)
    try:
        told = read(raw)
    except BadNotice:
        return
    assert told is None or isinstance(told.what, PaymentSeen)


def _is_surrogate(value: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in value)


def notice(on: str, **resource) -> Notice:
    return Notice(
        notify_id="nt0000000000000001",
        on=on,  # type: ignore[arg-type]
        wire="alipay",
        url="http://127.0.0.1:9/n",
        resource={
            "out_trade_no": "PLJ0000000001",
            "created_at": "2026-11-22T03:59:00+00:00",
            "transaction_id": "tx1",
            **resource,
        },
        created_at=NOW.timestamp(),
        attempts=0,
        faults=(),
    )


PAID = notice(
    "payment",
    state="SUCCESS",
    amount_fen=1201,
    subject="寄件",
    paid_at="2026-11-22T03:59:30+00:00",
)


@pytest.fixture(scope="module")
def wire() -> AlipayWire:
    numbers = count(1)
    return AlipayWire(
        keys=site().gateway_keys,
        ids=site().ids,
        clock=NOW.timestamp,
        draw=lambda: f"nt{next(numbers):016d}",
    )


def test_the_sandbox_writes_what_is_read(wire: AlipayWire):
    delivery = wire.true(PAID)
    told = read(delivery.body, headers=delivery.headers)
    assert told is not None and isinstance(told.what, PaymentSeen)
    assert (told.notify_id, told.what.state) == (PAID.notify_id, "SUCCESS")
    assert (told.what.amount_fen, told.what.transaction_id) == (1201, "tx1")
    closed = wire.true(notice("payment", state="CLOSED", amount_fen=1201, transaction_id=None))
    told = read(closed.body, headers=closed.headers)
    assert told is not None and told.what.state == "CLOSED"
    for refunded in (201, 1201):
        back = notice("refund", out_refund_no="R1", total_fen=1201, refunded_fen=refunded)
        delivery = wire.true(back)
        assert read(delivery.body, headers=delivery.headers) is None


def test_the_sandboxs_false_notices_are_refused(wire: AlipayWire):
    assert rule_of(wire.false(PAID, "forged").body) == "signature"
    assert rule_of(wire.false(PAID, "probe").body) == "signature"
    assert rule_of(wire.false(PAID, "old_timestamp").body) == "fresh"
    wrong = read(wire.false(PAID, "wrong_amount").body)
    assert wrong is not None and wrong.notify_id != PAID.notify_id
    assert isinstance(wrong.what, PaymentSeen) and wrong.what.amount_fen == 1200


def test_only_success_ends_the_repeating(wire: AlipayWire):
    assert wire.is_taken(200, site().reader.taken[1])
    for status, body in [(200, b"SUCCESS"), (200, b"success\n"), (200, b""), (500, b"success")]:
        assert not wire.is_taken(status, body)
