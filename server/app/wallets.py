"""Wiring of the wallets: WeChat Pay and Alipay, each set up wholly or not at all.

What is offered to people follows from what is set up: ways to pay, where couriers are paid,
whose notices are taken, whose bills are fetched.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from server.app.bases import Bases
from server.app.stores import Stores
from server.domain.payments import Wallet
from server.domain.wechat import WeChatApp
from server.providers.alipay.bill import AlipayStatements
from server.providers.alipay.client import AlipayClient
from server.providers.alipay.log_in import AlipayLogIn
from server.providers.alipay.notices import AlipayNoticeReader
from server.providers.alipay.pay import AlipayPay
from server.providers.alipay.payout import AlipayPayout
from server.providers.alipay.signing import AlipaySigner
from server.providers.money_ports import (
    NoticeReader,
    PayoutProvider,
    PayProvider,
    StatementProvider,
)
from server.providers.wechatpay.bill import WechatPayStatements
from server.providers.wechatpay.client import ANSWER_SECONDS, WechatPayClient
from server.providers.wechatpay.notices import WechatPayNotices
from server.providers.wechatpay.pay import WechatPay
from server.providers.wechatpay.payout import NAME_FROM_FEN, WechatPayout
from server.services.money.payee_desk import KnownPayees
from server.services.money.payees import CertifiedNames, LinkedPayees, SandboxPayees

#: Where wallets' notices come in; the handlers' routes have the same paths.
CALLBACKS = "/v1/callbacks/"
WECHATPAY, ALIPAY = "wechatpay", "alipay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallets:
    """The wallets that are set up, and how their notices are read, by callback."""

    pay: Mapping[Wallet, PayProvider]
    payout: Mapping[Wallet, PayoutProvider]  #: where couriers are paid
    readers: Mapping[str, NoticeReader]
    payees: KnownPayees
    log_in: AlipayLogIn | None  #: of couriers who want to be paid at Alipay; None: nobody is
    statements: Mapping[Wallet, StatementProvider]
    wechat: WechatPay | None  #: signs what pages in WeChat pay by
    confirm: WechatPayout | None  #: says what pages in WeChat confirm payouts by


@asynccontextmanager
async def opened_wallets(
    bases: Bases, stores: Stores, *, answer_seconds: float = ANSWER_SECONDS
) -> AsyncIterator[Wallets]:
    """Build what speaks to wallets; its connections are closed at the end of the block.

    `answer_seconds` is how long a wallet may take: a proof that lets them hang gives them less.
    """
    config = bases.settings.providers.wechatpay
    client = None
    if config is not None:
        client = WechatPayClient(config, clock=bases.clock, answer_seconds=answer_seconds)
    try:
        yield _join(bases, stores, client, answer_seconds)
    finally:
        if client is not None:
            await client.close()


def _join(
    bases: Bases, stores: Stores, client: WechatPayClient | None, answer_seconds: float
) -> Wallets:
    pay = dict[Wallet, PayProvider]()
    payout = dict[Wallet, PayoutProvider]()
    readers = dict[str, NoticeReader]()
    statements = dict[Wallet, StatementProvider]()
    wechat, confirm, log_in = None, None, None
    if client is not None:
        notify_url = _notify_url(bases, WECHATPAY)
        pay[Wallet.WECHAT] = wechat = WechatPay(
            client=client, notify_url=notify_url, clock=bases.clock, draw=bases.draw
        )
        payout[Wallet.WECHAT] = confirm = WechatPayout(client=client, notify_url=notify_url)
        fresh_seconds = bases.settings.rules.notice_fresh_seconds
        readers[WECHATPAY] = WechatPayNotices(config=client.config, fresh_seconds=fresh_seconds)
        statements[Wallet.WECHAT] = WechatPayStatements(client=client, clock=bases.clock)
    alipay = bases.settings.providers.alipay
    if alipay is not None:
        signer = AlipaySigner(alipay)
        gateway = AlipayClient(
            gateway_url=alipay.gateway_url,
            signer=signer,
            clock=bases.clock,
            http=bases.http,
            answer_seconds=answer_seconds,
        )
        pay[Wallet.ALIPAY] = AlipayPay(client=gateway, notify_url=_notify_url(bases, ALIPAY))
        if gateway.can_transfer:
            payout[Wallet.ALIPAY] = AlipayPayout(client=gateway)
            log_in = AlipayLogIn(
                client=gateway, app_id=alipay.app_id, authorize_url=alipay.authorize_url
            )
        readers[ALIPAY] = AlipayNoticeReader(config=alipay, signer=signer)
        statements[Wallet.ALIPAY] = AlipayStatements(client=gateway)
    return Wallets(
        pay=pay,
        payout=payout,
        readers=readers,
        payees=_payees(bases, stores),
        log_in=log_in,
        statements=statements,
        wechat=wechat,
        confirm=confirm,
    )


def _notify_url(bases: Bases, callback: str) -> str:
    return f"{bases.settings.http.base_url}{CALLBACKS}{callback}"


def _payees(bases: Bases, stores: Stores) -> KnownPayees:
    """Find couriers by what they linked; a WeChat must be of the app that the merchant pays by."""
    given = bases.settings.providers
    by_mini = (
        given.wechatpay is not None
        and given.mini is not None
        and given.wechatpay.app_id == given.mini.app_id
    )
    app = WeChatApp.MINI if by_mini else WeChatApp.SERVICE
    linked = LinkedPayees(
        wechat=stores.wechat_accounts,
        app=app,
        alipay=stores.alipay_accounts,
        choices=stores.payee_choices,
        names=CertifiedNames(papers=stores.certifications, audit=stores.audit, clock=bases.clock),
        named_from={Wallet.WECHAT: NAME_FROM_FEN},
    )
    return SandboxPayees(linked) if given.sandbox else linked
