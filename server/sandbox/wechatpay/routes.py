"""WeChat Pay's routes."""

from __future__ import annotations

from typing import Any

from tornado.web import RequestHandler

from server.sandbox.parts import Parts
from server.sandbox.wechatpay import handlers, people
from server.sandbox.wechatpay.base import Desk
from server.sandbox.wechatpay.bills import Bills
from server.sandbox.wechatpay.signing import Seals

#: Numbers as they stand in a path; whether they are well formed is the look-up's to say.
NUMBER = r"([A-Za-z0-9_\-|*@%]{1,96})"

Route = tuple[str, type[RequestHandler], dict[str, Any]]


def routes(parts: Parts) -> list[Route]:
    """Give the routes."""
    desk = Desk(
        keys=parts.keys,
        seals=Seals(parts.keys),
        bills=Bills(
            store=parts.store,
            faults=parts.faults,
            keys=parts.keys,
            fee_rate=parts.settings.fee_rate,
        ),
    )
    given = {"parts": parts, "desk": desk}
    by_number = "/v3/pay/transactions/out-trade-no"
    refunds = "/v3/refund/domestic/refunds"
    transfers = "/v3/fund-app/mch-transfer/transfer-bills"
    return [
        (r"/v3/pay/transactions/(native|jsapi)", handlers.PlaceHandler, given),
        (rf"{by_number}/{NUMBER}", handlers.TransactionHandler, given),
        (rf"{by_number}/{NUMBER}/close", handlers.CloseHandler, given),
        (refunds, handlers.RefundsHandler, given),
        (rf"{refunds}/{NUMBER}", handlers.RefundHandler, given),
        (transfers, handlers.TransfersHandler, given),
        (rf"{transfers}/out-bill-no/{NUMBER}", handlers.TransferHandler, given),
        (rf"{transfers}/out-bill-no/{NUMBER}/cancel", handlers.CancelHandler, given),
        (r"/v3/bill/(tradebill|fundflowbill)", handlers.BillHandler, given),
        (r"/v3/billdownload/file", handlers.DownloadHandler, given),
        (r"/wallet/jsapi", people.JsapiHandler, given),
        (r"/wallet/transfer", people.TransferBridgeHandler, given),
    ]
