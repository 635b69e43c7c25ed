"""How WeChat Pay's notices look: sealed for the merchant, signed, repeated until a 200 or 204."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from server.sandbox.bodies import Kind
from server.sandbox.clock import Clock, rfc3339
from server.sandbox.keys import SandboxKeys
from server.sandbox.notices import Notice
from server.sandbox.wechatpay import views
from server.sandbox.wechatpay.signing import FRESH_SECONDS, Seals
from server.sandbox.wires import Delivery

GCM_NONCE_CHARACTERS = 12

#: What WeChat Pay puts in place of a signature, to see whether we look.
PROBE = "WECHATPAY/SIGNTEST/"


class WechatPayWire:
    """Writes notices as WeChat Pay does."""

    def __init__(
        self, *, keys: SandboxKeys, seals: Seals, clock: Clock, draw: Callable[[], str]
    ) -> None:
        self._keys = keys
        self._seals = seals
        self._clock = clock
        self._draw = draw

    def true(self, notice: Notice) -> Delivery:
        """Write the notice as it is."""
        return self._delivery(notice)

    def false(self, notice: Notice, fault: Kind) -> Delivery:
        """Write it so that it must be refused."""
        if fault == "old_timestamp":  # a true notice that someone kept
            return self._delivery(notice, age_seconds=2 * FRESH_SECONDS)
        if fault == "wrong_amount":
            return self._delivery(notice, other_id=True, amount_off_fen=-1)
        if fault == "probe":
            delivery = self._delivery(notice)
            signature = PROBE + delivery.headers["Wechatpay-Signature"]
            return Delivery(
                body=delivery.body, headers={**delivery.headers, "Wechatpay-Signature": signature}
            )
        return self._delivery(notice, other_id=True, rightly=False)

    def is_taken(self, status: int, body: bytes) -> bool:
        """Want a 200 or 204, whatever the body."""
        return status in (200, 204)

    def _delivery(
        self,
        notice: Notice,
        *,
        other_id: bool = False,
        amount_off_fen: int = 0,
        age_seconds: int = 0,
        rightly: bool = True,
    ) -> Delivery:
        event, kind, resource = self._event(notice, amount_off_fen)
        nonce = self._draw()[-GCM_NONCE_CHARACTERS:]
        plain = json.dumps(resource, ensure_ascii=False).encode()
        told = {
            "id": f"nt{self._draw()}" if other_id else notice.notify_id,
            "create_time": views.beijing(rfc3339(notice.created_at)),
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": event,
            "resource": {
                "original_type": kind,
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": self._seals.seal(plain, nonce=nonce, associated=kind),
                "associated_data": kind,
                "nonce": nonce,
            },
        }
        body = json.dumps(told, ensure_ascii=False).encode()
        headers = self._seals.sign(
            body, now=self._clock() - age_seconds, nonce=self._draw(), rightly=rightly
        )
        return Delivery(body=body, headers={**headers, "Content-Type": "application/json"})

    def _event(self, notice: Notice, amount_off_fen: int) -> tuple[str, str, dict[str, Any]]:
        told = notice.resource
        if notice.on == "payment":
            view = views.transaction(told, self._keys, amount_off_fen=amount_off_fen)
            return "TRANSACTION.SUCCESS", "transaction", view
        if notice.on == "refund":
            view = views.refund_notice(told, self._keys, amount_off_fen=amount_off_fen)
            return f"REFUND.{told['state']}", "refund", view
        view = views.transfer(told, self._keys, amount_off_fen=amount_off_fen)
        return "MCHTRANSFER.BILL.FINISHED", "mch_payment", view
