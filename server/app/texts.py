"""Wiring of texts: the vendors that are configured, and the service that sends by them."""

from __future__ import annotations

from server.app.bases import Bases
from server.app.stores import Stores
from server.providers.sms_vendors.aliyun import AliyunSms
from server.providers.sms_vendors.config import AliyunSmsConfig, SmsConfig
from server.providers.sms_vendors.failover import SmsVendor, VendorSms
from server.providers.sms_vendors.tencent import TencentSms
from server.services.notices.texts import Texts, TextStores


def build_texts(bases: Bases, stores: Stores) -> Texts:
    """Build it."""
    config = bases.settings.providers.sms
    return Texts(
        way=_way(bases, config),
        stores=TextStores(
            texts=stores.texts,
            refused=stores.refused_notices,
            numbers=stores.people,
            audit=stores.audit,
        ),
        report_secret=config.report_secret,
        clock=bases.clock,
        draw=bases.draw,
    )


def _way(bases: Bases, config: SmsConfig) -> VendorSms:
    vendors: list[SmsVendor] = []
    for one in config.vendors:
        if isinstance(one, AliyunSmsConfig):
            vendors.append(
                AliyunSms(config=one, clock=bases.clock, draw=bases.draw, http=bases.http)
            )
        else:
            vendors.append(TencentSms(config=one, clock=bases.clock, http=bases.http))
    return VendorSms(vendors, clock=bases.clock)
