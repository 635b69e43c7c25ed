"""Wiring of where couriers are paid: their Alipay accounts, and their choice of a wallet."""

from __future__ import annotations

from dataclasses import dataclass

from realtime.limits import Limits
from server.app.process import Process
from server.services.money.alipay_links import AlipayLinks
from server.services.money.alipay_returns import AlipayReturns
from server.services.money.payee_desk import PayeeDesk, WaitingPay


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeRooms:
    """The services around couriers' wallets."""

    desk: PayeeDesk
    links: AlipayLinks


def build_payees(process: Process) -> PayeeRooms:
    """Build them."""
    bases, stores, wallets = process.bases, process.stores, process.wallets
    links = AlipayLinks(
        log_in=wallets.log_in,
        accounts=stores.alipay_accounts,
        returns=AlipayReturns(
            returns=stores.alipay_returns,
            accounts=stores.alipay_accounts,
            index=bases.index,
            clock=bases.clock,
            draw=bases.draw,
        ),
        people=process.accounts.accounts,
        told=process.orders.notices.notices,
        limits=Limits(bases.redis, clock=bases.clock),
        base_url=bases.settings.http.base_url,
        clock=bases.clock,
        draw=bases.draw,
    )
    desk = PayeeDesk(
        links=links,
        payees=wallets.payees,
        choices=stores.payee_choices,
        waiting=WaitingPay(payouts=stores.payouts, clock=bases.clock),
        wallets=tuple(wallets.payout),
        clock=bases.clock,
    )
    return PayeeRooms(desk=desk, links=links)
