"""Text messages over the provider's signed JSON API.

This is the sandbox's form; a vendor's own (Aliyun ACS3, Tencent TC3) is another class here.
"""

from __future__ import annotations

from typing import Any

from server.providers.client import SignedClient
from server.providers.ports import Sms


class SignedSms:
    """Implements `SmsSender`."""

    def __init__(self, *, client: SignedClient) -> None:
        self._client = client

    async def send(self, message: Sms) -> None:
        """Send one message; never repeated here, since a lost answer may have been a yes.

        Raises:
            ProviderFailed: refused, or no answer; the message may have arrived then.
        """
        body = {
            "phone": message.phone,
            "text": message.text,
            "template": message.template,
            "params": dict(message.params),
        }
        await self._client.post("/sms", body, dict[str, Any])
