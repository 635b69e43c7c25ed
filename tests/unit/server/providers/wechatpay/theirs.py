"""Notices as the wallet makes them, for tests without a network."""

import json
from itertools import count
from pathlib import Path

from server.sandbox.keys import SandboxKeys, load
from server.sandbox.notices import Notice
from server.sandbox.wechatpay.signing import Seals
from server.sandbox.wechatpay.wire import WechatPayWire

NOW = 1_800_000_000

PAYMENT = {
    "out_trade_no": "LJP0001",
    "state": "SUCCESS",
    "amount_fen": 1200,
    "way": "native",
    "transaction_id": "tx1",
    "paid_at": "2027-01-15T08:00:00+00:00",
}


class Wallet:
    """Signs and seals; draws the same every time."""

    def __init__(self, folder: Path) -> None:
        self.keys: SandboxKeys = load(folder / "providers.json")
        self.seals = Seals(self.keys)
        numbers = count()
        self.wire = WechatPayWire(
            keys=self.keys,
            seals=self.seals,
            clock=lambda: NOW,
            draw=lambda: f"{next(numbers):024d}",
        )

    def notice(self, resource: dict = PAYMENT, on: str = "payment") -> tuple[dict[str, str], bytes]:
        """Write a true notice."""
        delivery = self.wire.true(
            Notice(
                notify_id="nt1",
                on=on,
                wire="wechatpay",
                url="http://127.0.0.1:9/n",
                resource=resource,
                created_at=NOW,
                attempts=0,
                faults=(),
            )
        )
        return delivery.headers, delivery.body

    def signed(self, raw: bytes) -> dict[str, str]:
        """Sign whatever it is."""
        return self.seals.sign(raw, now=NOW, nonce="n" * 24)

    def sealed(self, event: str, opened: object, **over: object) -> tuple[dict[str, str], bytes]:
        """Write a notice of any contents."""
        plain = opened if isinstance(opened, bytes) else json.dumps(opened).encode()
        nonce = "0123456789ab"
        told = {
            "id": "nt1",
            "resource_type": "encrypt-resource",
            "event_type": event,
            "resource": {
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": self.seals.seal(plain, nonce=nonce, associated=""),
                "nonce": nonce,
            },
        }
        raw = json.dumps(told | over).encode()
        return self.signed(raw), raw
