"""What WeChat does on a person's phone when a page calls `WeixinJSBridge`.

Unsigned paths for people and tests, as the taps: a page in a browser, where there is no WeChat,
posts here what it would hand to the bridge. What the merchant signed is checked as WeChat would.
"""

from __future__ import annotations

from server.sandbox.errors import Refused
from server.sandbox.parts import Parts
from server.sandbox.people_handlers import PeopleHandler
from server.sandbox.wechatpay.base import Desk
from server.sandbox.wechatpay.bodies import JsapiCall, TransferCall
from server.sandbox.wechatpay.signing import FRESH_SECONDS, TIMESTAMP

PREPAY = "prepay_id="

#: A prepaid order is good for two hours, and so are the parameters that name it.
LIFE_SECONDS = 2 * 3600


class BridgeHandler(PeopleHandler):
    """The root of both."""

    def initialize(self, parts: Parts, desk: Desk | None = None) -> None:
        """Receive the collaborators."""
        super().initialize(parts)
        assert desk is not None  # routes() gives it
        self.desk = desk

    def check_app(self, app_id: str) -> None:
        """Compare the app.

        Raises:
            Refused: 400 `bad_request`.
        """
        if app_id != self.desk.keys.wechat_app_id:
            raise Refused(400, "bad_request", "another app's appId")


class JsapiHandler(BridgeHandler):
    """POST /wallet/jsapi → the payment; its `pay_url` is the page with the button."""

    def post(self) -> None:
        """Check what the page was given, and show what it is for."""
        body = self.decode(JsapiCall)
        self.check_app(body.appId)
        message = f"{body.appId}\n{body.timeStamp}\n{body.nonceStr}\n{body.package}\n".encode()
        if not self.desk.seals.signed_by_merchant(message, body.paySign):
            raise Refused(400, "bad_signature", "paySign does not fit")
        if not TIMESTAMP.fullmatch(body.timeStamp) or not self._is_good(int(body.timeStamp)):
            raise Refused(400, "stale_timestamp", "timeStamp is too old, or not a time")
        number = self.parts.payments.number_of(body.package.removeprefix(PREPAY))
        told = self.parts.payments.state_of(number, "wechatpay")
        if told["way"] != "jsapi" or not body.package.startswith(PREPAY):
            raise Refused(404, "no_such_order", "no prepaid order has this id")
        self.finish(told)

    def _is_good(self, timestamp: int) -> bool:
        age = self.parts.clock() - timestamp
        return -FRESH_SECONDS <= age <= LIFE_SECONDS


class TransferBridgeHandler(BridgeHandler):
    """POST /wallet/transfer → the transfer; its `confirm_url` is the page with the buttons."""

    def post(self) -> None:
        """Find it by its `package_info`."""
        body = self.decode(TransferCall)
        self.check_app(body.appId)
        if body.mchId != self.desk.keys.wechatpay_mchid:
            raise Refused(400, "bad_request", "another merchant's mchId")
        number = self.parts.transfers.number_of(body.package)
        told = self.parts.transfers.state_of(number)
        if told["wire"] != "wechatpay":
            raise Refused(404, "no_such_transfer", "no transfer has this package")
        self.finish(told)
