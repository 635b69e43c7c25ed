"""WeChat accounts of nobody's: forgotten so long after they were last heard of."""

from __future__ import annotations

from datetime import timedelta

from server.domain.rules import Rules
from server.domain.wechat import WeChatAccountId
from server.services.one_by_one import one_by_one
from server.services.ports import Clock
from server.store.wechat_accounts import MongoWeChatAccounts

#: Accounts forgotten in one sweep.
SWEPT = 200


class Strangers:
    """Forget who never came in."""

    def __init__(self, *, accounts: MongoWeChatAccounts, rules: Rules, clock: Clock) -> None:
        self._accounts = accounts
        self._rules = rules
        self._clock = clock

    async def sweep(self) -> int:
        """Forget accounts that are linked with nobody and were not heard of for long; how many."""
        before = self._clock() - timedelta(seconds=self._rules.stranger_keep_seconds)

        async def forget(account: WeChatAccountId) -> bool:
            return await self._accounts.forget(account, before)

        over = await self._accounts.strangers(before, SWEPT)
        return await one_by_one(over, forget, name="stranger")
