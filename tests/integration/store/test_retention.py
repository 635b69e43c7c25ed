"""What workers delete in time besides photos and papers: counts and strangers, and nothing else."""

from datetime import timedelta

from motor.motor_asyncio import AsyncIOMotorClient

from server.domain.ids import PersonId
from server.domain.keys import Key, KeyRing, Secret
from server.domain.rules import Rules
from server.domain.wechat import WeChatApp
from server.services.refused import RefusedDesk
from server.services.wechat.strangers import Strangers
from server.store.refused_notices import MongoRefusedNotices
from server.store.seal import BlindIndex, Seal
from server.store.wechat_accounts import MongoWeChatAccounts
from tests.builders import NOON

RULES = Rules()


async def test_day_counts_are_deleted_after_their_time(mongo_uri, mongo_db_name):
    client = AsyncIOMotorClient(mongo_uri, tz_aware=True)
    refused = MongoRefusedNotices(client[mongo_db_name])
    now = NOON
    desk = RefusedDesk(refused=refused, rules=RULES, clock=lambda: now)
    for day in range(4):
        for rule in ("signature", "fresh"):
            await refused.count("wechatpay", rule, NOON + timedelta(days=day))
    now = NOON + timedelta(seconds=RULES.refused_count_keep_seconds)
    assert await desk.sweep() == 0
    now += timedelta(days=1, seconds=1)
    assert (await desk.sweep(), await desk.sweep()) == (4, 0)
    left = await refused.since("2000-01-01")
    assert {one.day for one in left} == {f"{NOON + timedelta(days=n):%Y-%m-%d}" for n in (2, 3)}
    client.close()


async def test_strangers_are_forgotten_after_their_time(mongo_uri, mongo_db_name):
    client = AsyncIOMotorClient(mongo_uri, tz_aware=True)
    seal = Seal(KeyRing((Key("s", Secret(b"s" * 32)),)))
    index = BlindIndex(Secret(b"b" * 32))
    accounts = MongoWeChatAccounts(client[mongo_db_name], seal=seal, index=index)
    await accounts.ensure_indexes()
    now = NOON
    strangers = Strangers(accounts=accounts, rules=RULES, clock=lambda: now)
    met = [await accounts.meet(WeChatApp.MINI, f"open{n}", NOON) for n in range(5)]
    await accounts.link(met[0].id, PersonId("P1"), NOON, [])
    now += timedelta(seconds=RULES.stranger_keep_seconds)
    assert await strangers.sweep() == 0
    now += timedelta(seconds=1)
    assert (await strangers.sweep(), await strangers.sweep()) == (4, 0)
    assert [one.id for one in await accounts.of(PersonId("P1"))] == [met[0].id]
    client.close()
