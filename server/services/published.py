"""The public numbers: what a page has to know before anybody logs in."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.wire.orders import RulesView
from server.domain.prices import SIZE_LIMITS_CM
from server.domain.rules import Rules
from server.services.orders.price_desk import table_view
from server.services.orders.price_lists import PriceLists
from server.services.terminals.terminals import Terminals


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Prices, limits, versions of texts, regions."""

    terminals: Terminals
    prices: PriceLists
    rules: Rules

    async def show(self) -> RulesView:
        """Give them as they are now."""
        present = await self.prices.present()
        return RulesView(
            prices_fen=table_view(present.prices),
            price_version=present.version,
            size_limits_cm={size.value: limits for size, limits in SIZE_LIMITS_CM.items()},
            agreement_version=self.rules.agreement_version,
            consent_version=self.rules.consent_version,
            regions=await self.terminals.regions(),
            cell_hold_seconds=self.rules.cell_hold_seconds,
            payment_life_seconds=self.rules.payment_life_seconds,
            visit_seconds=self.rules.visit_seconds,
            pickup_within_seconds=self.rules.pickup_within_seconds,
        )
