"""The sandbox's wallets: partial refunds, each state of a transfer, files of earlier versions."""

import sqlite3
from itertools import count
from pathlib import Path

import pytest

from server.local.provider_keys import KEYS_FILE
from server.sandbox.bodies import ArmFault
from server.sandbox.errors import Refused
from server.sandbox.keys import load
from server.sandbox.parts import FILE, Parts, Settings, build
from server.sandbox.store import SandboxStore
from server.sandbox.wants import NewPayment, NewRefund, NewTransfer

NOW = 1_800_000_000.0
URL = "http://127.0.0.1:9/n"


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def parts(data: Path, clock: Clock, keys: Path) -> Parts:
    numbers = count()
    settings = Settings(
        data=data,
        keys=load(keys / KEYS_FILE),
        public_url="http://s",
        notify_prefixes=["http://s"],
    )
    return build(settings, clock=clock, draw=lambda: f"{next(numbers):024d}")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wallets(tmp_path: Path, clock: Clock, provider_folder: Path):
    made = parts(tmp_path, clock, provider_folder)
    yield made
    made.store.close()


def payment(number: str = "P1", **over) -> NewPayment:
    given = {
        "out_trade_no": number,
        "amount_fen": 1000,
        "subject": "parcel",
        "notify_url": URL,
        "expires_at": NOW + 900,
        "wire": "wechatpay",
    }
    return NewPayment(**(given | over))


def refund(number: str, amount_fen: int, **over) -> NewRefund:
    given = {"out_refund_no": number, "out_trade_no": "P1", "amount_fen": amount_fen}
    return NewRefund(**(given | {"reason": "r", "wire": "wechatpay", "notify_url": URL} | over))


def transfer(number: str = "T1", **over) -> NewTransfer:
    given = {"out_bill_no": number, "amount_fen": 500, "payee": "o1", "remark": "r"}
    return NewTransfer(**(given | {"wire": "wechatpay", "notify_url": URL} | over))


def told(made: Parts) -> list[tuple[str, str]]:
    """What notices say, oldest first."""
    rows = made.store.all("SELECT on_what, resource FROM notices ORDER BY rowid")
    return [(row["on_what"], row["resource"]) for row in rows]


def test_parts_of_a_payment_go_back_until_it_is_all(wallets: Parts):
    wallets.payments.place(payment())
    with pytest.raises(Refused, match="not_paid"):
        wallets.refunds.place(refund("R0", 1))
    wallets.payments.pay("P1")
    assert wallets.refunds.place(refund("R1", 300))["state"] == "PROCESSING"
    wallets.refunds.place(refund("R2", 600))
    wallets.refunds.place(refund("R2", 600))  # the same again gives nothing twice
    seen = wallets.payments.state_of("P1", "wechatpay")
    assert (seen["state"], seen["refunded_fen"]) == ("REFUND", 900)
    with pytest.raises(Refused, match="too_much"):
        wallets.refunds.place(refund("R3", 101))
    wallets.refunds.place(refund("R3", 100))
    with pytest.raises(Refused, match="out_refund_no_used"):
        wallets.refunds.place(refund("R1", 301))
    assert len(told(wallets)) == 4


def test_a_payment_is_paid_once(wallets: Parts):
    first = wallets.payments.place(payment())
    assert wallets.payments.place(payment()) == first and "transaction_id" not in first
    assert first["pay_url"] == f"http://s/pay/{first['prepay_id']}"
    paid = wallets.payments.pay("P1")
    assert wallets.payments.pay("P1") == paid and paid["state"] == "SUCCESS"
    with pytest.raises(Refused, match="order_paid"):
        wallets.payments.close("P1", "wechatpay")
    assert [on for on, _ in told(wallets)] == ["payment"]


def test_a_payment_past_its_time_is_closed(wallets: Parts, clock: Clock):
    wallets.payments.place(payment())
    clock.now += 900
    with pytest.raises(Refused, match="order_closed"):
        wallets.payments.pay("P1")
    assert wallets.payments.state_of("P1", "wechatpay")["state"] == "CLOSED"
    assert told(wallets) == []


def test_a_refund_names_what_was_paid(wallets: Parts):
    wallets.payments.place(payment())
    wallets.payments.pay("P1")
    with pytest.raises(Refused, match="total_fen"):
        wallets.refunds.place(refund("R1", 1, total_fen=999))
    wallets.refunds.place(refund("R1", 1, total_fen=1000))


def test_a_wire_sees_its_own_things_only(wallets: Parts):
    wallets.payments.place(payment())
    wallets.payments.pay("P1")
    wallets.refunds.place(refund("R1", 10))
    wallets.transfers.place(transfer())
    for look in (
        lambda: wallets.payments.state_of("P1", "alipay"),
        lambda: wallets.payments.close("P1", "alipay"),
        lambda: wallets.refunds.place(refund("R2", 10, wire="alipay")),
        lambda: wallets.refunds.state_of("R1", "alipay"),
        lambda: wallets.transfers.state_of("T1", "alipay"),
        lambda: wallets.transfers.cancel("T1", "alipay"),
    ):
        with pytest.raises(Refused, match="404"):
            look()
    for place in (
        lambda: wallets.payments.place(payment(wire="alipay")),
        lambda: wallets.payments.place(payment(amount_fen=1)),
        lambda: wallets.payments.place(payment(payer="o1", way="jsapi")),
        lambda: wallets.transfers.place(transfer(payee="o2")),
    ):
        with pytest.raises(Refused, match="_used"):
            place()


def test_an_abnormal_refund_stays_so(wallets: Parts):
    wallets.faults.arm(ArmFault(kind="abnormal", on="refund"))
    wallets.payments.place(payment())
    wallets.payments.pay("P1")
    wallets.refunds.place(refund("R1", 1000))
    assert wallets.refunds.state_of("R1", "wechatpay")["state"] == "ABNORMAL"
    with pytest.raises(Refused, match="too_much"):
        wallets.refunds.place(refund("R2", 1))


def test_a_transfer_nobody_confirms_fails_in_time(wallets: Parts, clock: Clock):
    wallets.transfers.place(transfer())
    clock.now += 24 * 3600 - 1
    assert wallets.transfers.state_of("T1", "wechatpay")["state"] == "WAIT_USER_CONFIRM"
    clock.now += 1
    seen = wallets.transfers.state_of("T1", "wechatpay")
    assert (seen["state"], seen["fail_reason"]) == ("FAIL", "OVERDUE_CLOSE")
    with pytest.raises(Refused, match="transfer_settled"):
        wallets.transfers.settle("T1", "SUCCESS")
    assert len(told(wallets)) == 1


@pytest.mark.parametrize("kind", ["fail", "expired"])
def test_a_transfer_fails_on_request(wallets: Parts, kind):
    wallets.faults.arm(ArmFault(kind=kind, on="transfer"))
    wallets.transfers.place(transfer())
    assert wallets.transfers.state_of("T1", "wechatpay")["state"] == "FAIL"
    wallets.transfers.place(transfer("T2"))
    assert wallets.transfers.expire("T2")["state"] == "FAIL"
    assert len(told(wallets)) == 2


def test_a_person_may_decline(wallets: Parts):
    wallets.transfers.place(transfer())
    assert wallets.transfers.settle("T1", "FAIL")["state"] == "FAIL"
    seen = wallets.transfers.state_of("T1", "wechatpay")
    assert (seen["state"], seen["fail_reason"]) == ("FAIL", "MERCHANT_REJECT")
    with pytest.raises(Refused, match="transfer_settled"):
        wallets.transfers.settle("T1", "SUCCESS")
    assert len(told(wallets)) == 1


def test_a_slow_transfer_shows_every_state(wallets: Parts):
    wallets.faults.arm(ArmFault(kind="slow", on="transfer", times=2))
    states = [wallets.transfers.place(transfer())["state"]]
    for _ in range(3):
        states.append(wallets.transfers.state_of("T1", "wechatpay")["state"])
    states.append(wallets.transfers.settle("T1", "SUCCESS")["state"])
    states.append(wallets.transfers.settle("T1", "SUCCESS")["state"])
    states.append(wallets.transfers.state_of("T1")["state"])  # people's looks move nothing
    states.append(wallets.transfers.state_of("T1", "wechatpay")["state"])
    assert states == [
        *("ACCEPTED", "PROCESSING", "WAIT_USER_CONFIRM", "WAIT_USER_CONFIRM"),
        *("TRANSFERING", "TRANSFERING", "TRANSFERING", "SUCCESS"),
    ]
    wallets.transfers.place(transfer("T2"))
    states = [wallets.transfers.cancel("T2", "wechatpay")["state"] for _ in range(2)]
    states.append(wallets.transfers.state_of("T2", "wechatpay")["state"])
    assert states == ["CANCELING", "CANCELING", "CANCELLED"]
    assert len(told(wallets)) == 2


def test_a_cancelled_transfer_cannot_be_confirmed(wallets: Parts):
    wallets.transfers.place(transfer())
    states = [wallets.transfers.cancel("T1", "wechatpay")["state"] for _ in range(2)]
    assert states == ["CANCELING", "CANCELLED"]
    with pytest.raises(Refused, match="transfer_settled"):
        wallets.transfers.settle("T1", "SUCCESS")
    wallets.transfers.place(transfer("T2"))
    wallets.transfers.settle("T2", "SUCCESS")
    with pytest.raises(Refused, match="transfer_settled"):
        wallets.transfers.cancel("T2", "wechatpay")


def test_a_transfer_at_once_needs_nobody(wallets: Parts):
    wallets.transfers.place(transfer(at_once=True, notify_url=None))
    assert wallets.transfers.state_of("T1", "wechatpay")["state"] == "SUCCESS"
    wallets.faults.arm(ArmFault(kind="slow", on="transfer"))
    states = [wallets.transfers.place(transfer("T2", at_once=True))["state"]]
    states += [wallets.transfers.state_of("T2", "wechatpay")["state"] for _ in range(3)]
    assert states == ["ACCEPTED", "PROCESSING", "SUCCESS", "SUCCESS"]
    assert len(told(wallets)) == 1


def test_outcomes_are_of_their_own_things(wallets: Parts):
    for kind, on in (("abnormal", "payment"), ("fail", "refund"), ("slow", "sms")):
        with pytest.raises(Refused, match="no_such_fault"):
            wallets.faults.arm(ArmFault(kind=kind, on=on))


def test_a_file_of_an_earlier_version_goes_on(tmp_path: Path, provider_folder: Path):
    old = sqlite3.connect(tmp_path / FILE)
    old.execute(
        "CREATE TABLE payments (out_trade_no TEXT PRIMARY KEY, prepay_id TEXT NOT NULL UNIQUE,"
        " amount_fen INTEGER NOT NULL, subject TEXT NOT NULL, notify_url TEXT NOT NULL,"
        " expires_at REAL NOT NULL, created_at REAL NOT NULL, state TEXT NOT NULL,"
        " transaction_id TEXT, paid_at REAL)"
    )
    old.execute("INSERT INTO payments VALUES ('P1', 'x', 5, 's', 'u', 9e9, 1.0, 'NOTPAY', 0, 1.0)")
    old.execute(
        "CREATE TABLE notices (notify_id TEXT PRIMARY KEY, on_what TEXT NOT NULL,"
        " wire TEXT NOT NULL, url TEXT NOT NULL, resource TEXT NOT NULL, created_at REAL NOT NULL,"
        " next_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL,"
        " last_seen TEXT, faults TEXT NOT NULL)"
    )
    old.execute(
        "INSERT INTO notices VALUES"
        " ('N1', 'payment', 'signed', 'u', '{}', 1.0, 1.0, 0, 'waiting', NULL, '[]')"
    )
    old.commit()
    old.close()
    made = parts(tmp_path, Clock(), provider_folder)
    assert made.payments.state_of("P1", "wechatpay")["refunded_fen"] == 0
    assert made.notices.due(NOW, 9) == []  # of a wire that nobody speaks any more
    assert [notice["state"] for notice in made.notices.listed()] == ["given_up"]
    made.store.close()
    SandboxStore(tmp_path / FILE).close()
