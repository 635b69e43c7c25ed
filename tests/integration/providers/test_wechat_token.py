"""The shared token: renewed once by whoever is first, once more when refused, never in a loop."""

import asyncio

import pytest

from realtime.kept_secrets import KeptSecrets
from realtime.redis import connect
from server.domain.errors import ProviderFailed, Unavailable
from server.providers.wechat.token import SealedStore
from tests.integration.providers.wechat_world import draw, wechat_world

PROCESSES = 10


async def test_ten_processes_renew_once(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        openid = await world.person()
        clients = [world.client() for _ in range(PROCESSES)]
        seen = await asyncio.gather(*(client.follows(openid) for client in clients * 8))
        assert all(seen)
        assert await world.stable_tokens() == 1
        configs = [client.page_config("https://a.example/") for client in clients]
        assert len({config.app_id for config in await asyncio.gather(*configs)}) == 1


async def test_a_token_that_ended_is_renewed_once_by_all(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        openid = await world.person()
        clients = [world.client() for _ in range(PROCESSES)]
        await asyncio.gather(*(client.follows(openid) for client in clients))
        await world.tap("/wechat/expire-tokens")
        seen = await asyncio.gather(*(client.follows(openid) for client in clients * 4))
        assert all(seen)
        assert await world.stable_tokens() == 2


async def test_a_token_that_stays_refused_is_not_asked_for_without_end(
    tmp_path, provider_folder, redis_url
):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        client, openid = world.client(), await world.person()
        await client.follows(openid)
        await world.fault("bad_token", 1000)
        for _ in range(5):
            with pytest.raises(ProviderFailed) as caught:
                await client.follows(openid)
            assert caught.value.rule == "token"
        used = {row["kind"]: row["used"] for row in (await world.look("/faults"))["faults"]}
        assert used["bad_token"] == 6  # two of the first call, one of each that force is denied
        assert await world.stable_tokens() == 2  # force once


async def test_a_refused_call_is_made_once_more(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        client, openid = world.client(), await world.person()
        await client.follows(openid)
        await world.fault("bad_token")
        assert await client.follows(openid)


async def test_a_process_that_died_while_renewing_holds_nobody_up(
    tmp_path, provider_folder, redis_url
):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        openid = await world.person()
        name = f"wechat.{world.keys.wechat_app_id}.token"
        assert await world.store.claim(name, "one that died", seconds=0.3)
        assert await world.client().follows(openid)


async def test_those_who_wait_share_a_failure(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        client, openid = world.client(), await world.person()
        await world.fault("500", 1)
        asked = [client.follows(openid) for _ in range(20)]
        told = await asyncio.gather(*asked, return_exceptions=True)
        assert {str(one.rule) for one in told} == {"busy"}  # none of these messages was sent
        assert await client.follows(openid)


async def test_what_is_kept_says_nothing_and_belongs_to_its_app(redis_url):
    redis = connect(redis_url)
    try:
        kept = KeptSecrets(redis)
        sealed = SealedStore(kept, "a secret", draw)
        await sealed.put("wechat.a.token", "the token", seconds=60)
        raw = await kept.get("wechat.a.token")
        assert raw is not None and "token" not in raw
        assert await sealed.get("wechat.a.token") == "the token"
        assert await SealedStore(kept, "another", draw).get("wechat.a.token") is None
        await kept.put("wechat.b.token", raw, seconds=60)  # moved to another name
        assert await sealed.get("wechat.b.token") is None
        await kept.put("wechat.a.token", "no base64", seconds=60)
        assert await sealed.get("wechat.a.token") is None
        assert await kept.claim("x", "one", seconds=60)
        await kept.release("x", "two")
        assert not await kept.claim("x", "two", seconds=60)
        await kept.release("x", "one")
        assert await kept.claim("x", "two", seconds=60)
    finally:
        await redis.aclose()


async def test_without_redis_nothing_is_sent(tmp_path, provider_folder):
    async with wechat_world(tmp_path, provider_folder, "redis://127.0.0.1:9/0") as world:
        openid = await world.person()
        with pytest.raises(Unavailable):
            await world.client().follows(openid)
