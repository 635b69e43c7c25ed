"""Offline grants for tests: a signing key of the server's, and grants signed with it."""

import time
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from realtime.wire.devices import to_text
from realtime.wire.grants import GRANT_PURPOSE, Grant, grant_text, payload_of
from realtime.wire.terminal import TerminalConfig
from tests.integration.hardware.played_server import CONFIG

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def config(**more: Any) -> TerminalConfig:
    fields = {name: getattr(CONFIG, name) for name in CONFIG.__struct_fields__}
    keys = (to_text(KEY.public_key().public_bytes_raw()),)
    return TerminalConfig(**{**fields, "grant_keys": keys, **more})


def lose_spool(data_dir: Path) -> None:
    """Delete an agent's spool, as when its disk is replaced; its device key is left."""
    for part in data_dir.glob("spool.sqlite*"):
        part.unlink()


def signed(grant_id: str = "g1", cell: int = 3, **more: Any) -> str:
    """Sign a grant of the terminal T-1, by now's true time."""
    now = int(time.time())
    fields = {
        "grant_id": grant_id,
        "terminal_id": "T-1",
        "order_id": "order-1",
        "cell": cell,
        "purpose": "collect",
        "issued_at": now,
        "deadline": now + 600,
    }
    payload = payload_of(Grant(**{**fields, **more}))
    return grant_text(payload, KEY.sign(GRANT_PURPOSE + payload))
