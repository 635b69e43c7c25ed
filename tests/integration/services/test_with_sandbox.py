"""Money through the providers' stand-in over HTTP: real signatures, notices, faults and time."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.testing import bind_unused_port

from server.domain.custody import Custody
from server.domain.errors import Conflict, NotFound, ProviderFailed
from server.domain.ids import PersonId
from server.domain.money import Charge, Payout
from server.providers.wechatpay.client import WechatPayClient
from server.providers.wechatpay.notices import WechatPayNotices
from server.providers.wechatpay.pay import WechatPay
from server.providers.wechatpay.payout import WechatPayout
from server.sandbox.app import running
from server.sandbox.draw import draw_id
from server.sandbox.keys import load
from server.sandbox.parts import Settings
from server.services.money.payout_confirmations import PayoutConfirmations
from tests import builders
from tests.integration.providers.wechatpay_site import config, draw, nobody, now
from tests.integration.services.house import House, actor, house
from tests.integration.services.serving import Caller, serving
from tests.integration.services.test_review import REVIEWER, finished
from tests.waiting import eventually


@dataclass
class Town:
    h: House
    phone: Caller  #: what people do at the provider

    async def fault(self, kind: str, on: str, times: int = 1, seconds: float = 0.2) -> None:
        body = {"kind": kind, "on": on, "times": times, "seconds": seconds}
        assert (await self.phone.ask("POST", "/faults", body)).status == 200

    async def tap(self, path: str) -> None:
        answer = await self.phone.ask("POST", path, {})
        assert answer.status == 200, answer

    def balanced(self, fen: int) -> Callable[[], Awaitable[bool]]:
        """Tell whether so much is at the wallet, and the books are in order.

        The check reads one instant, which may be a moment before a change that was seen.
        """

        async def check() -> bool:
            check = await self.h.ledger.check()
            return check.ok and check.balances.get("provider_clearing:wechat", 0) == fen

        return check

    async def charge(self, order: str) -> Charge:
        return (await self.h.orders.get(order)).charge


def confirmations(h: House) -> PayoutConfirmations:
    return PayoutConfirmations(
        payouts=h.payouts,
        outcomes=h.payout_outcomes,
        wallet=h.providers["payout"],
        payees=h.payees,
        clock=h.clock,
    )


@asynccontextmanager
async def town(
    mongo_uri: str, name: str, redis_url: str, data: Path, folder: Path
) -> AsyncIterator[Town]:
    sock, port = bind_unused_port()
    ours = f"http://127.0.0.1:{port}"
    settings = Settings(
        data=data,
        public_url="",
        notify_prefixes=[ours],
        keys=load(folder / "providers.json"),
    )
    http = AsyncHTTPClient(force_instance=True)
    async with AsyncExitStack() as sandboxes:
        sandbox = running(settings, port=0, clock=time.time, draw=draw_id)
        url = f"http://127.0.0.1:{await sandboxes.enter_async_context(sandbox)}"
        merchant = config(folder, url)
        client = WechatPayClient(merchant, clock=now, tls=nobody())
        sandboxes.push_async_callback(client.close)
        notify_url = f"{ours}/v1/callbacks/wechatpay"
        providers: dict[str, Any] = {
            "pay": WechatPay(client=client, notify_url=notify_url, clock=now, draw=draw),
            "payout": WechatPayout(client=client, notify_url=notify_url),
            "readers": {"wechatpay": WechatPayNotices(config=merchant, fresh_seconds=300)},
        }
        async with (
            house(mongo_uri, name, redis_url, providers=providers) as h,
            serving(h, redis_url, sock),
        ):
            yield Town(h, Caller(url, http))
            await sandboxes.aclose()  # no notices while the house is taken down
    http.close()


async def test_paid_by_a_tap_with_every_fault_on_the_way(
    mongo_uri, mongo_db_name, redis_url, tmp_path, provider_folder
):
    async with town(mongo_uri, mongo_db_name, redis_url, tmp_path, provider_folder) as t:
        order = await t.h.deposited()
        for kind in ("forged", "wrong_amount", "old_timestamp", "duplicate", "late"):
            await t.fault(kind, "payment")
        view = await t.h.payments.ask(order.id, builders.CUSTOMER)
        await t.tap(f"/pay/orders/{view.payment_id}/tap-pay")

        async def is_open() -> bool:
            return (await t.h.orders.get(order.id)).custody is Custody.OPEN

        await eventually(is_open)
        await eventually(t.balanced(order.price_fen))
        assert (await t.h.ledger.check()).entries == 1


async def test_a_refund_comes_back_by_notice(
    mongo_uri, mongo_db_name, redis_url, tmp_path, provider_folder
):
    async with town(mongo_uri, mongo_db_name, redis_url, tmp_path, provider_folder) as t:
        order = await t.h.deposited()
        view = await t.h.payments.ask(order.id, builders.CUSTOMER)
        await t.tap(f"/pay/orders/{view.payment_id}/tap-pay")

        async def paid() -> bool:
            return await t.charge(order.id) is Charge.PAID

        await eventually(paid)
        await t.h.set_order(order.id, custody="returned", due_at=t.h.clock())
        await t.fault("duplicate", "refund")
        await t.h.timers.sweep()

        async def refunded() -> bool:
            return await t.charge(order.id) is Charge.REFUNDED

        await eventually(refunded)
        await eventually(t.balanced(0))


async def test_an_order_that_the_provider_fails_to_answer_is_asked_again(
    mongo_uri, mongo_db_name, redis_url, tmp_path, provider_folder
):
    async with town(mongo_uri, mongo_db_name, redis_url, tmp_path, provider_folder) as t:
        order = await t.h.deposited()
        await t.fault("500", "payment")
        with pytest.raises(ProviderFailed):
            await t.h.payments.ask(order.id, builders.CUSTOMER)
        view = await t.h.payments.ask(order.id, builders.CUSTOMER)
        assert view.pay_url.startswith("http")
        assert await t.h.payments.ask(order.id, builders.CUSTOMER) == view


async def test_a_courier_confirms_and_is_paid(
    mongo_uri, mongo_db_name, redis_url, tmp_path, provider_folder
):
    async with town(mongo_uri, mongo_db_name, redis_url, tmp_path, provider_folder) as t:
        order = await t.h.deposited()
        view = await t.h.payments.ask(order.id, builders.CUSTOMER)
        await t.tap(f"/pay/orders/{view.payment_id}/tap-pay")

        async def paid() -> bool:
            return await t.charge(order.id) is Charge.PAID

        await eventually(paid)
        courier = await t.h.person("c1", certified=True)
        await t.h.dispatch.claim(courier, order.id, 1, "r1")
        bound = {"pickup.carrier_waybill": "SF1234567890"}
        await t.h.set_order(order.id, custody="collected", **bound)
        today = t.h.clock().date().isoformat()
        await t.h.review.upload(actor("c1"), order.id, finished(date=today))
        seen = await t.h.uploaded_at(order.id)
        await t.h.review.approve(REVIEWER, order.id, seen=seen)
        await t.fault("500", "transfer")
        await t.h.settlement.sweep()
        assert (await t.h.orders.get(order.id)).payout is Payout.PAYING, "nobody knows yet"
        (transfer,) = await t.h.payouts.of_order(order.id)
        await t.h.settlement.follow(transfer)  # what the sweep does twenty seconds later
        assert (await t.h.orders.get(order.id)).payout is Payout.AWAITING
        desk = confirmations(t.h)
        with pytest.raises(NotFound):
            await desk.open(transfer.id, PersonId("c2"))
        opened = await desk.open(transfer.id, PersonId("c1"))
        shown = await t.phone.ask("POST", "/wallet/transfer", opened.parameters)
        assert (shown.status, shown.body["out_bill_no"]) == (200, transfer.id)
        await t.fault("wrong_amount", "transfer")
        await t.tap(f"/transfers/{transfer.id}/tap-confirm")

        async def paid_out() -> bool:
            return (await t.h.orders.get(order.id)).payout is Payout.PAID_OUT

        await eventually(paid_out)
        with pytest.raises(Conflict):
            await desk.open(transfer.id, PersonId("c1"))
        await eventually(t.balanced(order.fee_fen))
