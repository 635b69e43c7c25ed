"""The key that signs offline grants, and the public keys that agents check them by."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from realtime.wire import grants as wire
from server.domain.grants import Grant
from server.domain.ids import OrderId
from server.domain.keys import KeyRing


@dataclass(frozen=True, slots=True)
class GrantKeys:
    """The first key of the ring signs; agents take grants of every one of them."""

    ring: KeyRing

    def text(self, order: OrderId, grant: Grant) -> str:
        """Write a grant as its QR carries it; the same key and grant give the same text."""
        payload = wire.payload_of(on_wire(order, grant))
        key = Ed25519PrivateKey.from_private_bytes(self.ring.current.secret.value)
        return wire.grant_text(payload, key.sign(wire.GRANT_PURPOSE + payload))

    def public(self) -> tuple[str, ...]:
        """Give the public keys, base64url, for the agents' configuration."""
        keys = (Ed25519PrivateKey.from_private_bytes(key.secret.value) for key in self.ring.keys)
        return tuple(
            base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).decode() for key in keys
        )


def on_wire(order: OrderId, grant: Grant) -> wire.Grant:
    """Say what an agent has to know of a grant; its deadline never later than ours."""
    return wire.Grant(
        grant_id=grant.id,
        terminal_id=grant.terminal,
        order_id=order,
        cell=grant.cell,
        purpose=grant.purpose.value,
        issued_at=int(grant.issued_at.timestamp()),
        deadline=int(grant.deadline.timestamp()),
    )
