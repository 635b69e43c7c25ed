"""What a pay page says, for every state of its order, its code and its payment."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.domain.custody import Custody
from server.domain.ids import OrderId, PaymentId
from server.domain.money import Charge, Fen
from server.domain.pay_pages import PageState, PayCode, PayCodeId, page_state
from server.domain.payments import Payment, PaymentState
from tests import builders
from tests.builders import NOON

ORDER = builders.order(custody=Custody.DEPOSITED, custody_since=NOON)
CODE = PayCode(
    id=PayCodeId("C1"),
    order=OrderId(ORDER.id),
    deposited_at=NOON,
    expires_at=NOON + timedelta(minutes=15),
)
PAYMENT = Payment(
    id=PaymentId("P1"),
    order=OrderId(ORDER.id),
    customer=builders.CUSTOMER,
    amount_fen=Fen(2000),
    state=PaymentState.PENDING,
    created_at=NOON,
    expires_at=NOON + timedelta(minutes=15),
    pay_url="https://pay.test/1",
)
LATER = NOON + timedelta(minutes=20)


@pytest.mark.parametrize(
    ("order", "payment", "now", "expected"),
    [
        (ORDER, None, NOON, PageState.WAITING),
        (ORDER, PAYMENT, NOON, PageState.PAYING),
        (ORDER, replace(PAYMENT, pay_url=None), NOON, PageState.WAITING),
        (ORDER, replace(PAYMENT, pay_url=None, prepay_id="wx1"), NOON, PageState.PAYING),
        (ORDER, replace(PAYMENT, state=PaymentState.CLOSED), NOON, PageState.WAITING),
        (ORDER, replace(PAYMENT, expires_at=NOON), NOON, PageState.WAITING),
        (ORDER, None, LATER, PageState.EXPIRED),
        (ORDER, PAYMENT, CODE.expires_at, PageState.EXPIRED),
        (replace(ORDER, custody=Custody.OPEN, charge=Charge.PAID), PAYMENT, NOON, PageState.PAID),
        (replace(ORDER, custody=Custody.DONE, charge=Charge.PAID), None, LATER, PageState.PAID),
        (replace(ORDER, charge=Charge.REFUNDING), None, NOON, PageState.GONE),
        (replace(ORDER, charge=Charge.REFUNDED), PAYMENT, NOON, PageState.GONE),
        (replace(ORDER, custody=Custody.RETURNING), None, NOON, PageState.GONE),
        (replace(ORDER, custody=Custody.CANCELLED), PAYMENT, NOON, PageState.GONE),
        (replace(ORDER, custody_since=LATER), None, NOON, PageState.GONE),
    ],
)
def test_a_page_says_how_it_stands(order, payment, now, expected):
    assert page_state(CODE, order, payment, now) is expected
