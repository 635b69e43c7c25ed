"""The whole way of a notice: the sandbox sends it over HTTP, our reader takes or refuses it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from server.domain.errors import BadNotice
from server.domain.money import Fen
from server.providers.money_ports import PaymentSeen, Told
from tests.alipay import alipay, payment, refund, site
from tests.waiting import eventually


@dataclass(kw_only=True)
class Platform:
    """Reads notices as the platform does and answers them."""

    url: str = ""
    refuse_with: list[int] = field(default_factory=list)
    told: list[Told | None] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def paid(self) -> list[PaymentSeen]:
        """What came as money."""
        seen = [told.what for told in self.told if told is not None]
        return [what for what in seen if isinstance(what, PaymentSeen) and what.state == "SUCCESS"]


class _Notices(RequestHandler):
    def initialize(self, platform: Platform) -> None:
        self.platform = platform

    def post(self) -> None:
        self.platform.bodies.append(self.request.body)
        reader = site().reader
        try:
            told = reader.read(self.request.headers, self.request.body, datetime.now(UTC))
        except BadNotice as error:
            self.platform.refused.append(error.rule or "")
            self.set_status(400)
            self.finish(b"fail")
            return
        self.platform.told.append(told)
        if self.platform.refuse_with:
            self.set_status(self.platform.refuse_with.pop(0))
            return
        kind, body = reader.taken
        self.set_header("Content-Type", kind)
        self.finish(body)


@asynccontextmanager
async def listening() -> AsyncIterator[Platform]:
    """Listen for notices on a free port."""
    platform = Platform()
    routes = [(r"/notices/alipay", _Notices, {"platform": platform})]
    server = HTTPServer(Application(routes, log_function=lambda handler: None))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    platform.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/notices/alipay"
    try:
        yield platform
    finally:
        server.stop()
        await server.close_all_connections()


async def test_paid_then_given_back_in_parts_is_paid_once(tmp_path: Path):
    async with listening() as platform, alipay(tmp_path, notify_url=platform.url) as wallet:
        await wallet.paid(payment())
        await eventually(lambda: len(platform.told) == 1)
        await wallet.pay.refund(refund("RPLJ0000000001N1", amount_fen=Fen(201)))
        await wallet.pay.refund(refund("RPLJ0000000001N2", amount_fen=Fen(1000)))
        await eventually(lambda: len(platform.told) == 3)
        (paid,) = platform.paid
        assert (paid.out_trade_no, paid.amount_fen) == ("PLJ0000000001", 1201)
        seen = await wallet.pay.seen(payment())
        assert seen is not None
        assert (paid.transaction_id, paid.paid_at) == (seen.transaction_id, seen.paid_at)
        assert platform.refused == []
        statuses = [b"trade_status=TRADE_CLOSED" in body for body in platform.bodies]
        assert statuses == [False, False, True]


async def test_a_close_is_told_and_is_no_money(tmp_path: Path):
    async with listening() as platform, alipay(tmp_path, notify_url=platform.url) as wallet:
        link = await wallet.pay.ask(payment())
        await wallet.scan(payment(), link.url or "")
        assert await wallet.pay.close(payment())
        await eventually(lambda: len(platform.told) == 1)
        (told,) = platform.told
        assert told is not None and told.what.state == "CLOSED"


async def test_a_refused_notice_comes_again_under_its_id(tmp_path: Path):
    async with listening() as platform, alipay(tmp_path, notify_url=platform.url) as wallet:
        platform.refuse_with = [500, 200]  # 200 without the word is not enough
        await wallet.paid(payment())
        await eventually(lambda: len(platform.told) == 3)
        assert len({told.notify_id for told in platform.told if told}) == 1


@pytest.mark.parametrize(
    ("kind", "refused", "paid"),
    [
        ("forged", ["signature"], [1201]),
        ("old_timestamp", ["fresh"], [1201]),
        ("wrong_amount", [], [1200, 1201]),
        ("duplicate", [], [1201, 1201, 1201]),
        ("late", [], [1201]),
    ],
)
async def test_a_notice_that_goes_wrong(tmp_path: Path, kind: str, refused: list, paid: list):
    async with listening() as platform, alipay(tmp_path, notify_url=platform.url) as wallet:
        await wallet.arm(kind, "payment", seconds=0.2)
        await wallet.paid(payment())
        await eventually(lambda: len(platform.paid) == len(paid))
        assert platform.refused == refused
        assert [what.amount_fen for what in platform.paid] == paid
        ids = {told.notify_id for told in platform.told if told}
        assert len(ids) == (2 if kind == "wrong_amount" else 1)
