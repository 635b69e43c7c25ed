"""Payments and refunds: our client against the sandbox's gateway, over real HTTP."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from server.domain.errors import ProviderFailed
from server.domain.money import Fen
from server.domain.payments import PayWay
from tests.alipay import alipay, impatient, payment, refund, site, unreachable

FAULTS_OF_ANSWERS = {
    "timeout": "no_answer",
    "half_answer": "no_answer",
    "system_error": "no_answer",
    "bad_signature": "bad_answer",
}


async def test_a_payment_goes_from_qr_to_paid(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        asked = payment()
        assert await wallet.pay.seen(asked) is None
        link = await wallet.pay.ask(asked)
        assert link.way is PayWay.PRECREATE and link.prepay_id is None
        assert link.url is not None and link.url.startswith(f"{wallet.caller.url}/pay/")
        asked = replace(asked, pay_url=link.url)
        # Nobody scanned: Alipay knows of no trade, we of a QR that waits.
        unscanned = await wallet.pay.seen(asked)
        assert unscanned is not None and unscanned.state == "NOTPAY"
        await wallet.scan(asked, link.url)
        waiting = await wallet.pay.seen(asked)
        assert waiting is not None and (waiting.state, waiting.paid_at) == ("NOTPAY", None)
        await wallet.tap(asked)
        paid = await wallet.pay.seen(asked)
        assert paid is not None and (paid.state, paid.amount_fen) == ("SUCCESS", 1201)
        assert paid.transaction_id and paid.paid_at is not None
        assert abs(wallet.clock() - paid.paid_at) < timedelta(seconds=10)


async def test_the_same_number_again_is_the_same_payment(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        first, again = await wallet.pay.ask(payment()), await wallet.pay.ask(payment())
        assert first == again
        with pytest.raises(ProviderFailed) as caught:
            await wallet.pay.ask(payment(amount_fen=Fen(5)))
        assert caught.value.rule == "ACQ.CONTEXT_INCONSISTENT"
        await wallet.tap(payment())
        with pytest.raises(ProviderFailed) as caught:
            await wallet.pay.ask(payment())
        assert caught.value.rule == "ACQ.TRADE_HAS_SUCCESS"


async def test_another_wallets_payment_is_not_asked_for_here(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        with pytest.raises(ValueError, match="Alipay"):
            await wallet.pay.ask(payment(way=PayWay.JSAPI))


async def test_closing_never_gives_money_back(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        # A QR nobody scanned: nothing to close, and it can still be paid until its time is over.
        asked = payment()
        asked = replace(asked, pay_url=(await wallet.pay.ask(asked)).url)
        assert await wallet.pay.close(asked)
        await wallet.tap(asked)
        assert not await wallet.pay.close(asked)
        seen = await wallet.pay.seen(asked)
        assert seen is not None and (seen.state, seen.amount_fen) == ("SUCCESS", 1201)
        # Scanned and not paid: closed for good, as often as one likes.
        other = payment("PLJ0000000002")
        link = await wallet.pay.ask(other)
        await wallet.scan(other, link.url or "")
        assert await wallet.pay.close(other) and await wallet.pay.close(other)
        seen = await wallet.pay.seen(other)
        assert seen is not None and seen.state == "CLOSED"


async def test_a_qr_ends_by_its_own_time(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        asked = payment()
        link = await wallet.pay.ask(asked)
        await wallet.scan(asked, link.url or "")
        wallet.clock.ahead = timedelta(minutes=16)
        told = await wallet.caller.send("POST", f"/pay/orders/{asked.id}/tap-pay")
        assert (told.status, told.code) == (409, "order_closed")
        seen = await wallet.pay.seen(asked)
        assert seen is not None and seen.state == "CLOSED"


async def test_refunds_in_parts_under_their_own_numbers(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        await wallet.paid(payment())
        part = refund("RPLJ0000000001N1", amount_fen=Fen(201))
        assert await wallet.pay.refund_seen(part) is None
        first = await wallet.pay.refund(part)
        assert (first.state, first.amount_fen) == ("SUCCESS", 201)
        assert await wallet.pay.refund(part) == first  # the same number gives nothing twice
        still = await wallet.pay.seen(payment())
        assert still is not None and still.state == "SUCCESS"
        rest = refund("RPLJ0000000001N2", amount_fen=Fen(1000))
        # `refund_fee` of the answer would say 12.01 here, of both.
        assert (await wallet.pay.refund(rest)).amount_fen == 1000
        assert await wallet.pay.refund_seen(part) == first
        given_back = await wallet.pay.seen(payment())
        assert given_back is not None and given_back.state == "REFUND"
        assert not await wallet.pay.close(payment())


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"amount_fen": Fen(1202)}, "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"),
        ({"payment": "PLJ0000000009"}, "ACQ.TRADE_NOT_EXIST"),
    ],
    ids=["too-much", "of-nothing"],
)
async def test_a_refund_that_cannot_be_is_refused(tmp_path: Path, fields: dict, rule: str):
    async with alipay(tmp_path) as wallet:
        await wallet.paid(payment())
        with pytest.raises(ProviderFailed) as caught:
            await wallet.pay.refund(refund(**fields))
        assert caught.value.rule == rule
        assert await wallet.pay.refund_seen(refund(**fields)) is None


async def test_a_refund_number_means_one_amount(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        await wallet.paid(payment())
        await wallet.pay.refund(refund(amount_fen=Fen(100)))
        with pytest.raises(ProviderFailed) as caught:
            await wallet.pay.refund(refund(amount_fen=Fen(101)))
        assert caught.value.rule == "ACQ.DISCORDANT_REPEAT_REQUEST"


async def test_a_refund_that_got_stuck_needs_staff(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        await wallet.paid(payment())
        await wallet.arm("abnormal", "refund")
        assert (await wallet.pay.refund(refund())).state == "ABNORMAL"
        seen = await wallet.pay.refund_seen(refund())
        assert seen is not None and seen.state == "ABNORMAL"


@pytest.mark.parametrize(("kind", "rule"), FAULTS_OF_ANSWERS.items())
async def test_an_answer_that_is_lost_is_no_refusal(tmp_path: Path, kind: str, rule: str):
    async with alipay(tmp_path) as wallet:
        await wallet.paid(payment())
        await wallet.arm(kind, "refund")
        with pytest.raises(ProviderFailed) as caught, impatient(wallet, kind == "timeout"):
            await wallet.pay.refund(refund())
        assert caught.value.rule == rule
        # It had its effect all the same: asking tells, and asking again gives nothing twice.
        seen = await wallet.pay.refund_seen(refund())
        assert seen is not None and seen.state == "SUCCESS"
        assert (await wallet.pay.refund(refund())).state == "SUCCESS"
        trade = await wallet.pay.seen(payment())
        assert trade is not None and trade.state == "REFUND"


@pytest.mark.parametrize(("kind", "rule"), FAULTS_OF_ANSWERS.items())
async def test_a_qr_whose_answer_was_lost_can_be_had_again(tmp_path: Path, kind: str, rule: str):
    async with alipay(tmp_path) as wallet:
        await wallet.arm(kind, "payment")
        with pytest.raises(ProviderFailed) as caught, impatient(wallet, kind == "timeout"):
            await wallet.pay.ask(payment())
        assert caught.value.rule == rule
        assert await wallet.pay.seen(payment()) is None
        assert (await wallet.pay.ask(payment())).url


async def test_a_failing_gateway_has_no_effect(tmp_path: Path):
    async with alipay(tmp_path) as wallet:
        await wallet.paid(payment())
        for kind, rule in {
            "500": "no_answer",
            "rate_limited": "isv.app-call-limited",
            "not_enough": "ACQ.SELLER_BALANCE_NOT_ENOUGH",
        }.items():
            await wallet.arm(kind, "refund")
            with pytest.raises(ProviderFailed) as caught:
                await wallet.pay.refund(refund())
            assert caught.value.rule == rule
            assert await wallet.pay.refund_seen(refund()) is None
        assert (await wallet.pay.refund(refund())).state == "SUCCESS"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"app_id": "2021000000000001"}, "isv.invalid-app-id"),
        ({"private_key_pem": site().ids.provider_private_pem}, "isv.invalid-signature"),
    ],
    ids=["another-app", "another-key"],
)
async def test_the_gateway_refuses_strangers_without_a_signature(
    tmp_path: Path, change: dict, said: str
):
    async with alipay(tmp_path, config=lambda config: replace(config, **change)) as wallet:
        with pytest.raises(ProviderFailed) as caught:
            await wallet.pay.ask(payment())
        # What nobody signed is not believed, only shown.
        assert (caught.value.rule, caught.value.details["unsigned"]) == ("bad_answer", said)


async def test_the_gateway_refuses_old_requests(tmp_path: Path):
    async with alipay(tmp_path, now=lambda: payment().created_at - timedelta(hours=1)) as wallet:
        with pytest.raises(ProviderFailed) as caught:
            await wallet.pay.ask(payment())
        assert caught.value.rule == "isv.invalid-timestamp"


async def test_nobody_listening_is_told():
    async with unreachable() as pay:
        with pytest.raises(ProviderFailed) as caught:
            await pay.ask(payment())
        assert caught.value.rule == "no_answer"
