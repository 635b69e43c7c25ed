"""WeChat accounts: openids sealed, one of an app for a person, credits and windows had once."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from server.domain.ids import PersonId
from server.domain.keys import Key, KeyRing, Secret
from server.domain.wechat import LinkChange, LinkNews, WeChatApp, WindowKind
from server.store.seal import BlindIndex, Seal
from server.store.wechat_accounts import COLLECTION, MongoWeChatAccounts, PersonHasAnother
from server.store.wechat_windows import MOST_CREDITS, MongoWeChatWindows
from tests.builders import NOON

ANNA, BO = PersonId("P1"), PersonId("P2")
OPENID = "oTest-openid_000000000000001"
TEMPLATE = "-t_1"


def news(of: PersonId, change: LinkChange = LinkChange.LINKED, at=NOON) -> LinkNews:
    return LinkNews(id=f"{of}:{change}", person=of, change=change, at=at)


@asynccontextmanager
async def stores(uri, name):
    client = AsyncIOMotorClient(uri, tz_aware=True)
    seal = Seal(KeyRing((Key("s", Secret(b"s" * 32)),)))
    accounts = MongoWeChatAccounts(client[name], seal=seal, index=BlindIndex(Secret(b"b" * 32)))
    await accounts.ensure_indexes()
    try:
        yield accounts, MongoWeChatWindows(client[name]), client[name][COLLECTION]
    finally:
        client.close()


async def test_an_openid_is_sealed_and_met_once_by_many(mongo_uri, mongo_db_name):
    async with stores(mongo_uri, mongo_db_name) as (accounts, _, collection):
        met = await asyncio.gather(
            *(accounts.meet(WeChatApp.SERVICE, OPENID, NOON, unionid="u1") for _ in range(8))
        )
        assert len({one.id for one in met}) == 1
        assert met[0].openid == OPENID
        assert await collection.count_documents({}) == 1
        stored = repr(await collection.find_one({}))
        assert OPENID not in stored
        assert "u1" not in stored
        assert OPENID not in repr(met[0])
        assert accounts.id_of(WeChatApp.MINI, OPENID) != met[0].id


async def test_of_two_persons_at_once_one_is_linked(mongo_uri, mongo_db_name):
    async with stores(mongo_uri, mongo_db_name) as (accounts, *_):
        account = await accounts.meet(WeChatApp.SERVICE, OPENID, NOON)
        had = await asyncio.gather(
            *(accounts.link(account.id, who, NOON, [news(who)]) for who in (ANNA, BO) * 4)
        )
        assert had.count(True) == 1
        told = await accounts.untold(10)
        assert len(told) == 1
        holder = told[0][1].person
        known = await accounts.get(account.id)
        assert known.person == holder
        await accounts.told(account.id, told[0][1].id)
        assert await accounts.untold(10) == []


async def test_a_person_has_one_account_of_each_app(mongo_uri, mongo_db_name):
    async with stores(mongo_uri, mongo_db_name) as (accounts, *_):
        first = await accounts.meet(WeChatApp.SERVICE, OPENID, NOON, unionid="u1")
        second = await accounts.meet(WeChatApp.SERVICE, "other", NOON)
        mini = await accounts.meet(WeChatApp.MINI, "mini", NOON, unionid="u1")
        assert await accounts.link(first.id, ANNA, NOON, [])
        assert mini.union is not None
        assert await accounts.person_by_union(mini.union) == ANNA
        assert await accounts.link(mini.id, ANNA, NOON, [])
        with pytest.raises(PersonHasAnother):
            await accounts.link(second.id, ANNA, NOON, [])
        assert {one.id for one in await accounts.of(ANNA)} == {first.id, mini.id}


async def test_a_move_needs_the_holder_and_races_an_unlink_once(mongo_uri, mongo_db_name):
    async with stores(mongo_uri, mongo_db_name) as (accounts, *_):
        account = await accounts.meet(WeChatApp.SERVICE, OPENID, NOON)
        assert not await accounts.move(account.id, ANNA, BO, NOON, [])
        assert await accounts.link(account.id, ANNA, NOON, [])
        moved, unlinked = await asyncio.gather(
            accounts.move(account.id, ANNA, BO, NOON, [news(BO, LinkChange.MOVED_HERE)]),
            accounts.unlink(account.id, ANNA, [news(ANNA, LinkChange.UNLINKED)]),
        )
        assert moved != unlinked
        known = await accounts.get(account.id)
        assert known.person == (BO if moved else None)
        assert [one.person for _, one in await accounts.untold(9)] == [BO if moved else ANNA]


async def test_follows_are_as_of_their_instant(mongo_uri, mongo_db_name):
    later = NOON + timedelta(seconds=5)
    async with stores(mongo_uri, mongo_db_name) as (accounts, windows, _):
        account = await accounts.meet(WeChatApp.SERVICE, OPENID, NOON)
        assert await windows.unfollow(account.id, later)
        assert not await windows.follow(account.id, NOON)  # an older one that comes late
        known = await accounts.get(account.id)
        assert not known.followed
        assert known.unfollowed_at == later
        assert await windows.follow(account.id, later + timedelta(seconds=1))
        assert (await accounts.get(account.id)).followed


async def test_a_window_gives_its_places_once_and_ends(mongo_uri, mongo_db_name):
    async with stores(mongo_uri, mongo_db_name) as (accounts, windows, _):
        account = await accounts.meet(WeChatApp.SERVICE, OPENID, NOON)
        await accounts.link(account.id, ANNA, NOON, [])
        assert await windows.spend_window(account.id, NOON) is None
        await windows.open_window(account.id, WindowKind.TOUCH, NOON)
        assert await windows.spend_window(account.id, NOON) is None  # does not follow
        await windows.follow(account.id, NOON)
        had = await asyncio.gather(*(windows.spend_window(account.id, NOON) for _ in range(8)))
        assert sum(slot is not None for slot in had) == 3
        assert not await windows.open_window(account.id, WindowKind.TOUCH, NOON)  # repeated
        slot = next(slot for slot in had if slot)
        await windows.return_window(account.id, slot)
        assert (await accounts.reach(ANNA, NOON)).service.customer_messages == 1
        assert (
            await accounts.reach(ANNA, NOON + timedelta(seconds=60))
        ).service.customer_messages == 0
        assert await windows.spend_window(account.id, NOON + timedelta(seconds=60)) is None
        await windows.close_window(account.id, slot)
        assert await windows.spend_window(account.id, NOON) is None
        await windows.paid(ANNA, NOON)
        assert (await windows.spend_window(account.id, NOON)).kind is WindowKind.PAYMENT
        assert (await accounts.reach(ANNA, NOON)).service.customer_messages == 19
        await windows.return_window(account.id, slot)  # one of another opening gives nothing more
        assert (await accounts.reach(BO, NOON)).service is None


async def test_credits_are_counted_once_a_key_and_never_below_none(mongo_uri, mongo_db_name):
    async with stores(mongo_uri, mongo_db_name) as (accounts, windows, collection):
        account = await accounts.meet(WeChatApp.SERVICE, OPENID, NOON)
        await accounts.link(account.id, ANNA, NOON, [])
        added = await asyncio.gather(
            *(
                windows.add_credits(account.id, {TEMPLATE: 2, "a.b": 1, "$x": 1}, "k1")
                for _ in range(5)
            )
        )
        assert added.count(True) == 1
        spent = await asyncio.gather(
            *(windows.spend_credit(account.id, TEMPLATE) for _ in range(6))
        )
        assert spent.count(True) == 2
        await windows.return_credit(account.id, TEMPLATE)
        assert (await accounts.reach(ANNA, NOON)).service.credits == {TEMPLATE: 1}
        await windows.void_credits(account.id, TEMPLATE)
        assert not await windows.spend_credit(account.id, TEMPLATE)
        assert not await windows.spend_credit(account.id, "never")
        await windows.add_credits(account.id, {TEMPLATE: 10**6}, "k2")
        assert (await accounts.get(account.id)).credits == {TEMPLATE: MOST_CREDITS}
        for number in range(80):
            await windows.add_credits(account.id, {f"t{number}": 1}, f"n{number}")
        document = await collection.find_one({})
        assert len(document["credits"]) <= 64
        assert len(document["applied"]) <= 32


LATER = NOON + timedelta(days=200)


async def test_a_stranger_is_forgotten_and_somebody_s_account_is_not(mongo_uri, mongo_db_name):
    async with stores(mongo_uri, mongo_db_name) as (accounts, _, collection):
        stranger = await accounts.meet(WeChatApp.SERVICE, "stranger", NOON, unionid="u1")
        linked = await accounts.meet(WeChatApp.SERVICE, "linked", NOON)
        await accounts.link(linked.id, ANNA, NOON, [])
        heard = await accounts.meet(WeChatApp.MINI, "heard", NOON)
        await accounts.meet(WeChatApp.MINI, "heard", LATER)
        before = LATER - timedelta(days=1)
        assert await accounts.strangers(before, 10) == [stranger.id]
        for known in (linked, heard):
            assert not await accounts.forget(known.id, before)
        gone = await asyncio.gather(*(accounts.forget(stranger.id, before) for _ in range(3)))
        assert gone.count(True) == 1
        assert await accounts.get(stranger.id) is None
        assert await collection.count_documents({}) == 2
        assert await accounts.strangers(LATER, 10) == []


async def test_of_who_follows_or_was_unlinked_the_fact_stays_alone(mongo_uri, mongo_db_name):
    async with stores(mongo_uri, mongo_db_name) as (accounts, windows, collection):
        follower = await accounts.meet(WeChatApp.SERVICE, "follower", NOON, unionid="u2")
        await windows.follow(follower.id, NOON)
        parted = await accounts.meet(WeChatApp.SERVICE, "parted", NOON, unionid="u1")
        await accounts.link(parted.id, ANNA, NOON, [])
        await accounts.unlink(parted.id, ANNA, [news(ANNA, LinkChange.UNLINKED)])
        assert not await accounts.forget(parted.id, LATER), "its news is not told yet"
        for _, one in await accounts.untold(9):
            await accounts.told(parted.id, one.id)
        for known in (follower, parted):
            assert await accounts.forget(known.id, LATER)
            assert not await accounts.forget(known.id, LATER), "once"
            assert await accounts.get(known.id) is None
        stubs = [one async for one in collection.find({}, {"_id": 0})]
        assert not {"openid", "union", "windows"} & {name for stub in stubs for name in stub}
        back = await accounts.meet(WeChatApp.SERVICE, "follower", LATER)
        assert (back.openid, back.followed, back.parted) == ("follower", True, False)
        back = await accounts.meet(WeChatApp.SERVICE, "parted", LATER, unionid="u1")
        assert (back.openid, back.parted, back.person) == ("parted", True, None)


async def test_who_is_linked_in_the_moment_of_forgetting_is_kept_or_met_anew(
    mongo_uri, mongo_db_name
):
    async with stores(mongo_uri, mongo_db_name) as (accounts, *_):
        for n in range(8):
            account = await accounts.meet(WeChatApp.MINI, f"m{n}", NOON)
            person = PersonId(f"P{n}")
            linked, forgotten = await asyncio.gather(
                accounts.link(account.id, person, LATER, [news(person)]),
                accounts.forget(account.id, LATER),
            )
            assert linked is not forgotten
