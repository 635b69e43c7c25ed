"""WeChat Pay's payments and refunds: our client against the sandbox."""

from pathlib import Path

import pytest

from server.domain.errors import ProviderFailed
from server.domain.payments import PayWay
from server.providers.wechatpay.client import WechatPayClient
from tests.integration.providers.wechatpay_site import (
    OPENID,
    config,
    nobody,
    now,
    payment,
    refund,
    site,
)


async def test_a_native_payment_from_asking_to_its_refund(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        wanted = payment()
        assert await one.pay.seen(wanted) is None
        link = await one.pay.ask(wanted)
        assert await one.pay.ask(wanted) == link and link.prepay_id is None
        assert link.url is not None and link.url.startswith(f"{one.people.url}/pay/")
        seen = await one.pay.seen(wanted)
        assert seen is not None and (seen.state, seen.amount_fen) == ("NOTPAY", 1200)
        assert await one.tap("/pay/orders/LJP0001/tap-pay") == 200
        seen = await one.pay.seen(wanted)
        assert seen is not None and seen.state == "SUCCESS" and seen.transaction_id
        assert seen.paid_at is not None and abs((now() - seen.paid_at).total_seconds()) < 60
        assert await one.pay.close(wanted) is False
        with pytest.raises(ProviderFailed) as failed:
            await one.pay.ask(wanted)
        assert failed.value.rule == "ORDERPAID"

        part = refund(wanted, 500)
        assert await one.pay.refund_seen(part) is None
        assert (await one.pay.refund(part)).state == "PROCESSING"
        assert (await one.pay.refund(part)).state == "SUCCESS"  # the same again: nothing twice
        rest = refund(wanted, 700, "R2")
        await one.pay.refund(rest)
        for asked in (part, rest):
            back = await one.pay.refund_seen(asked)
            assert back is not None
            assert (back.state, back.amount_fen) == ("SUCCESS", asked.amount_fen)
        with pytest.raises(ProviderFailed) as failed:
            await one.pay.refund(refund(wanted, 1, "R3"))
        assert failed.value.rule == "INVALID_REQUEST"
        seen = await one.pay.seen(wanted)
        assert seen is not None and seen.state == "REFUND"


async def test_a_jsapi_payment_opens_by_what_we_sign(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        wanted = payment(way=PayWay.JSAPI)
        with pytest.raises(ProviderFailed) as failed:
            await one.pay.ask(wanted)
        assert failed.value.rule == "payer_missing"
        link = await one.pay.ask(wanted, OPENID)
        assert link.prepay_id is not None and link.url is None
        called = dict(one.pay.jsapi_parameters(link.prepay_id))
        assert set(called) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
        opened = await one.people.send("POST", "/wallet/jsapi", called)
        assert opened.status == 200 and opened.body["out_trade_no"] == wanted.id
        for name in ("timeStamp", "nonceStr", "package"):
            changed = {**called, name: called[name] + "1"}
            assert (await one.people.send("POST", "/wallet/jsapi", changed)).status == 400
        # The phone page shows it with a button; a tap pays it.
        phone = (await one.people.send("GET", "/phone/13800000001/state")).body
        assert [bill["out_trade_no"] for bill in phone["payments"]] == [wanted.id]
        assert await one.tap(f"/pay/orders/{wanted.id}/tap-pay") == 200
        with pytest.raises(ProviderFailed) as failed:
            await one.pay.ask(wanted, "oAnother0000000000000000001")
        assert failed.value.rule == "OUT_TRADE_NO_USED"
        with pytest.raises(ProviderFailed) as failed:
            await one.pay.ask(payment("LJP0002", way=PayWay.PRECREATE))
        assert failed.value.rule == "way_not_offered"


async def test_closing(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        wanted = payment()
        assert await one.pay.close(wanted) is True  # never heard of
        await one.pay.ask(wanted)
        assert await one.pay.close(wanted) is True
        assert await one.pay.close(wanted) is True
        assert await one.tap("/pay/orders/LJP0001/tap-pay") == 409
        with pytest.raises(ProviderFailed) as failed:
            await one.pay.ask(wanted)
        assert failed.value.rule == "ORDER_CLOSED"


FAILURES = (
    ("500", "no_answer", False),
    ("system_error", "no_answer", True),
    ("half_answer", "no_answer", True),
    ("bad_signature", "bad_answer", True),
    ("rate_limited", "FREQUENCY_LIMITED", False),
)


async def test_what_is_known_after_a_failure(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        for number, (kind, rule, has_effect) in enumerate(FAILURES):
            await one.arm(kind, "payment")
            wanted = payment(f"LJP000{number}")
            with pytest.raises(ProviderFailed) as failed:
                await one.pay.ask(wanted)
            assert failed.value.rule == rule, kind
            assert (await one.pay.seen(wanted) is not None) == has_effect, kind
            await one.pay.ask(wanted)  # the same number: asked again without harm


async def test_an_answer_that_never_comes(
    tmp_path: Path, provider_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    async with site(tmp_path, provider_folder) as one:
        paid = await one.paid()
        await one.arm("timeout", "refund")
        with pytest.raises(ProviderFailed) as failed, monkeypatch.context() as impatient:
            impatient.setattr(one.client, "_answer_seconds", 1.0)
            await one.pay.refund(refund(paid, 1200))
        assert failed.value.rule == "no_answer"
        assert (await one.pay.refund(refund(paid, 1200))).state == "SUCCESS"


async def test_refunds_that_need_somebody(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        paid = await one.paid()
        await one.arm("not_enough", "refund")
        await one.arm("abnormal", "refund")
        with pytest.raises(ProviderFailed) as failed:
            await one.pay.refund(refund(paid, 1200))
        assert failed.value.rule == "NOT_ENOUGH" and failed.value.details["retry"] is True
        await one.pay.refund(refund(paid, 1200))
        back = await one.pay.refund_seen(refund(paid, 1200))
        assert back is not None and back.state == "ABNORMAL"


async def test_a_merchant_whose_keys_do_not_fit(tmp_path: Path, provider_folder: Path):
    async with site(tmp_path, provider_folder) as one:
        other = config(provider_folder, one.people.url, mchid="sandbox002")
        client = WechatPayClient(other, clock=now, tls=nobody())
        with pytest.raises(ProviderFailed) as failed:
            await client.done(client.wallet.query(out_trade_no="LJP0001"))
        assert failed.value.rule == "SIGN_ERROR"
        await client.close()
        stranger = config(provider_folder, one.people.url, public_key_id="PUB_KEY_ID_OTHER")
        client = WechatPayClient(stranger, clock=now, tls=nobody())
        with pytest.raises(ProviderFailed) as failed:
            await client.done(client.wallet.query(out_trade_no="LJP0001"))
        assert failed.value.rule == "bad_answer"
        await client.close()


async def test_nobody_listening_is_told_quickly(provider_folder: Path):
    client = WechatPayClient(config(provider_folder, "http://127.0.0.1:9"), clock=now, tls=nobody())
    with pytest.raises(ProviderFailed) as failed:
        await client.done(client.wallet.query(out_trade_no="LJP0001"))
    assert failed.value.rule == "no_answer"
    await client.close()
