"""Texts to people's phones over the provider's signed JSON API."""

from __future__ import annotations

from typing import Any

from server.domain.ids import PersonId
from server.providers.client import SignedClient


class SignedPush:
    """Implements `PushProvider`. The person is an opaque id to the provider."""

    def __init__(self, *, client: SignedClient) -> None:
        self._client = client

    async def push(self, person: PersonId, title: str, text: str) -> None:
        """Send one text.

        Raises:
            ProviderFailed: refused, or no answer; the text may have arrived then.
        """
        body = {"person": person, "title": title, "text": text}
        await self._client.post("/push", body, dict[str, Any])
