"""Terminals' secrets: the token that proves an agent, the key that turns its kiosk's code."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass

from server.domain.errors import NotFound
from server.domain.ids import TerminalId
from server.store.seal import Place, Seal
from server.store.terminals import COLLECTION, MongoTerminals, TerminalSecrets

FIELD = "kiosk_key"


def digest(token: str) -> str:
    """Give what is kept of a token; tokens are long and drawn, so one hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def key_text(key: bytes) -> str:
    """Write a kiosk key as the agent's configuration carries it."""
    return base64.urlsafe_b64encode(key).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalKeys:
    """Seal, open and compare."""

    terminals: MongoTerminals
    seal: Seal

    def secrets(self, terminal: TerminalId, token: str, kiosk_key: bytes) -> TerminalSecrets:
        """Make what the store keeps of a new terminal's secrets."""
        sealed = self.seal.close(kiosk_key, Place(COLLECTION, FIELD, terminal))
        return TerminalSecrets(token_digest=digest(token), kiosk_key=sealed)

    async def kiosk_key(self, terminal: TerminalId) -> bytes:
        """Open a terminal's kiosk key.

        Raises:
            NotFound: no such terminal.
        """
        secrets = await self.terminals.secrets(terminal)
        return self.seal.open(bytes(secrets.kiosk_key), Place(COLLECTION, FIELD, terminal))

    async def token_fits(self, terminal: TerminalId, token: str) -> bool:
        """Tell whether a token proves a terminal; an unknown terminal fits none."""
        try:
            secrets = await self.terminals.secrets(terminal)
        except NotFound:
            return False
        return hmac.compare_digest(secrets.token_digest, digest(token))
