"""The key that turns a kiosk's code: sealed in the store, opened for whoever checks or sends it."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from server.domain.ids import TerminalId
from server.store.seal import Place, Seal
from server.store.terminals import COLLECTION, MongoTerminals

FIELD = "kiosk_key"


def key_text(key: bytes) -> str:
    """Write a kiosk key as the agent's configuration carries it."""
    return base64.urlsafe_b64encode(key).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalKeys:
    """Seal and open."""

    terminals: MongoTerminals
    seal: Seal

    def sealed(self, terminal: TerminalId, kiosk_key: bytes) -> bytes:
        """Make what the store keeps of a new terminal's kiosk key."""
        return self.seal.close(kiosk_key, Place(COLLECTION, FIELD, terminal))

    async def kiosk_key(self, terminal: TerminalId) -> bytes:
        """Open a terminal's kiosk key.

        Raises:
            NotFound: no such terminal.
        """
        sealed = await self.terminals.kiosk_key(terminal)
        return self.seal.open(sealed, Place(COLLECTION, FIELD, terminal))
