"""Requests to the sandbox: who may send them, what they do, and what a repeat does."""

import json
import secrets
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.sandbox.signing import signed_headers
from tests.integration.sandbox.caller import KEY, Caller, payment, refund, sandbox, transfer

SMS = {"phone": "13800000001", "text": "验证码 123456", "template": "code", "params": {"code": "1"}}


async def test_an_sms_is_in_the_inbox_newest_first(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        for code in ("111111", "222222"):
            sent = await caller.signed("POST", "/sms", {**SMS, "params": {"code": code}})
            assert sent.status == 200 and sent.body["message_id"]
        inbox = await caller.send("GET", "/inbox?phone=13800000001")
        assert [m["params"]["code"] for m in inbox.body["messages"]] == ["222222", "111111"]
        other = await caller.send("GET", "/inbox?phone=13800000002")
        assert other.body == {"messages": []}


async def test_a_forged_request_does_nothing(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        forger = Caller(url=caller.url, key=b"another key")
        answer = await forger.signed("POST", "/sms", SMS)
        assert (answer.status, answer.code) == (401, "bad_signature")
        inbox = await caller.send("GET", "/inbox?phone=13800000001")
        assert inbox.body == {"messages": []}


async def test_a_changed_body_is_refused(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        signed = json.dumps(payment()).encode()
        headers = signed_headers(KEY, int(time.time()), secrets.token_hex(8), signed)
        changed = json.dumps(payment(amount_fen=1)).encode()
        answer = await caller.send("POST", "/pay/orders", raw=changed, headers=headers)
        assert (answer.status, answer.code) == (401, "bad_signature")


async def test_an_unsigned_request_is_refused(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        answer = await caller.send("POST", "/sms", SMS)
        assert (answer.status, answer.code) == (401, "bad_signature")


@pytest.mark.parametrize("age_seconds", [310, -310])
async def test_a_request_from_another_time_is_refused(tmp_path: Path, age_seconds: int):
    async with sandbox(tmp_path) as caller:
        answer = await caller.signed("POST", "/sms", SMS, age_seconds=age_seconds)
        assert (answer.status, answer.code) == (401, "stale_timestamp")


async def test_a_replay_is_refused_even_after_a_restart(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        assert (await caller.signed("POST", "/sms", SMS, nonce="nonce-one")).status == 200
        again = await caller.signed("POST", "/sms", SMS, nonce="nonce-one")
        assert (again.status, again.code) == (401, "nonce_used")
    async with sandbox(tmp_path) as caller:
        again = await caller.signed("POST", "/sms", SMS, nonce="nonce-one")
        assert (again.status, again.code) == (401, "nonce_used")
        inbox = await caller.send("GET", "/inbox?phone=13800000001")
        assert len(inbox.body["messages"]) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sms", {**SMS, "phone": "not a number"}),
        ("/sms", {"phone": "13800000001"}),
        ("/pay/orders", payment(amount_fen=0)),
        ("/pay/orders", payment(amount_fen="12.00")),
        ("/pay/orders", payment(expires_at="tomorrow")),
        ("/pay/orders", payment(expires_at="2001-01-01T00:00:00Z")),
        ("/pay/orders", payment("a/b")),
        ("/transfers", transfer(amount_fen=-5)),
    ],
)
async def test_a_bad_body_is_refused(tmp_path: Path, path: str, body: dict):
    async with sandbox(tmp_path) as caller:
        answer = await caller.signed("POST", path, body)
        assert (answer.status, answer.code) == (400, "bad_request")


async def test_a_large_body_is_refused(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        answer = await caller.signed("POST", "/sms", {**SMS, "text": "长" * 60_000})
        assert (answer.status, answer.code) == (413, "too_large")


@pytest.mark.parametrize(
    "url",
    [
        "http://elsewhere.example/n",
        "http://127.0.0.1:9.elsewhere.example/n",
        "http://127.0.0.1:90/n",
        "https://127.0.0.1:9/n",
        "http://user@127.0.0.1:9/n",
        "http://127.0.0.1:nine/n",
        "file:///etc/hostname",
    ],
)
async def test_a_notice_may_only_go_to_the_server(tmp_path: Path, url: str):
    async with sandbox(tmp_path, notify_prefix="http://127.0.0.1:9") as caller:
        for path, body in (
            ("/pay/orders", payment(notify_url=url)),
            ("/pay/refunds", refund(notify_url=url)),
            ("/transfers", transfer(notify_url=url)),
        ):
            answer = await caller.signed("POST", path, body)
            assert (answer.status, answer.code) == (400, "bad_notify_url")


async def test_the_same_payment_again_gets_the_same_answer(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        first = await caller.signed("POST", "/pay/orders", payment())
        again = await caller.signed("POST", "/pay/orders", payment())
        assert first.status == 200 and first.body == again.body
        assert first.body["pay_url"] == f"{caller.url}/pay/{first.body['prepay_id']}"
        other = await caller.signed("POST", "/pay/orders", payment(amount_fen=1))
        assert (other.status, other.code) == (409, "out_trade_no_used")


async def test_a_payment_is_paid_once(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        await caller.signed("POST", "/pay/orders", payment())
        before = await caller.signed("GET", "/pay/orders/LJ-PAY-1")
        assert before.body["state"] == "NOTPAY" and "transaction_id" not in before.body
        first = await caller.send("POST", "/pay/orders/LJ-PAY-1/tap-pay")
        again = await caller.send("POST", "/pay/orders/LJ-PAY-1/tap-pay")
        assert first.body == again.body and first.body["state"] == "SUCCESS"
        after = await caller.signed("GET", "/pay/orders/LJ-PAY-1")
        assert after.body["transaction_id"] == first.body["transaction_id"]
        notices = (await caller.send("GET", "/notices")).body["notices"]
        assert [notice["on"] for notice in notices] == ["payment"]


async def test_a_closed_payment_cannot_be_paid(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        await caller.signed("POST", "/pay/orders", payment())
        for _ in range(2):
            closed = await caller.signed("POST", "/pay/orders/LJ-PAY-1/close", {})
            assert closed.body == {"state": "CLOSED"}
        tap = await caller.send("POST", "/pay/orders/LJ-PAY-1/tap-pay")
        assert (tap.status, tap.code) == (409, "order_closed")


async def test_a_paid_one_cannot_be_closed(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        await caller.signed("POST", "/pay/orders", payment())
        await caller.send("POST", "/pay/orders/LJ-PAY-1/tap-pay")
        closed = await caller.signed("POST", "/pay/orders/LJ-PAY-1/close", {})
        assert (closed.status, closed.code) == (409, "order_paid")


async def test_an_unknown_number_is_told_so(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        for path in ("/pay/orders/NONE-1", "/pay/refunds/NONE-1", "/transfers/NONE-1"):
            assert (await caller.signed("GET", path)).status == 404
        assert (await caller.send("POST", "/pay/orders/NONE-1/tap-pay")).status == 404
        assert (await caller.send("GET", "/bills/pay/none")).status == 404


async def test_refunds_never_exceed_the_payment(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        await caller.signed("POST", "/pay/orders", payment())
        early = await caller.signed("POST", "/pay/refunds", refund())
        assert (early.status, early.code) == (409, "not_paid")
        await caller.send("POST", "/pay/orders/LJ-PAY-1/tap-pay")
        wrong = await caller.signed("POST", "/pay/refunds", refund(total_fen=1))
        assert (wrong.status, wrong.code) == (400, "bad_request")
        part = await caller.signed("POST", "/pay/refunds", refund("LJ-REF-1", amount_fen=700))
        again = await caller.signed("POST", "/pay/refunds", refund("LJ-REF-1", amount_fen=700))
        assert part.body["state"] == "PROCESSING"
        assert again.body == {**part.body, "state": "SUCCESS"}
        much = await caller.signed("POST", "/pay/refunds", refund("LJ-REF-2", amount_fen=501))
        assert (much.status, much.code) == (409, "too_much")
        other = await caller.signed("POST", "/pay/refunds", refund("LJ-REF-1", amount_fen=1))
        assert (other.status, other.code) == (409, "out_refund_no_used")
        state = await caller.signed("GET", "/pay/refunds/LJ-REF-1")
        assert (state.body["state"], state.body["amount_fen"]) == ("SUCCESS", 700)
        assert (await caller.signed("GET", "/pay/orders/LJ-PAY-1")).body["state"] == "REFUND"


async def test_a_transfer_waits_for_its_payee(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        first = await caller.signed("POST", "/transfers", transfer())
        again = await caller.signed("POST", "/transfers", transfer())
        assert first.body == again.body and first.body["state"] == "WAIT_USER_CONFIRM"
        other = await caller.signed("POST", "/transfers", transfer(payee="person-2"))
        assert (other.status, other.code) == (409, "out_bill_no_used")
        bill = first.body["confirm_url"].rsplit("/", 1)[-1]
        assert (await caller.send("GET", f"/bills/confirm/{bill}")).body["amount_fen"] == 1080
        done = await caller.send("POST", "/transfers/LJ-OUT-1/tap-confirm")
        assert done.body["state"] == "SUCCESS"
        declined = await caller.send("POST", "/transfers/LJ-OUT-1/tap-decline")
        assert (declined.status, declined.code) == (409, "transfer_settled")


async def test_a_declined_transfer_fails(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        await caller.signed("POST", "/transfers", transfer())
        declined = await caller.send("POST", "/transfers/LJ-OUT-1/tap-decline")
        assert declined.body["state"] == "FAIL"
        assert (await caller.signed("GET", "/transfers/LJ-OUT-1")).body["state"] == "FAIL"


async def test_an_expired_payment_reads_as_closed(tmp_path: Path):
    async with sandbox(tmp_path) as caller:
        soon = datetime.now(UTC) + timedelta(milliseconds=800)
        await caller.signed("POST", "/pay/orders", payment(expires_at=soon.isoformat()))
        while datetime.now(UTC) <= soon:
            await caller.send("GET", "/health")
        tap = await caller.send("POST", "/pay/orders/LJ-PAY-1/tap-pay")
        assert (tap.status, tap.code) == (409, "order_closed")
        assert (await caller.signed("GET", "/pay/orders/LJ-PAY-1")).body["state"] == "CLOSED"
