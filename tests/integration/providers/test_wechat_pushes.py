"""The sandbox's pushes to our callback: signed, sealed, repeated, forged; replies are shown."""

import json

import pytest

from server.providers.wechat.events import (
    Clicked,
    Located,
    Scanned,
    ScanResult,
    Subscribed,
    SubscriptionChoice,
    SubscriptionSent,
    TemplateDone,
    TextMessage,
    Unsubscribed,
)
from server.providers.wechat.menu import KEY_SCAN_TERMINAL, wanted_menu
from tests.integration.providers.wechat_world import wechat_world
from tests.waiting import eventually


@pytest.mark.parametrize("mode", ["plain", "aes", "both"])
async def test_what_people_do_is_told_in_each_mode(tmp_path, provider_folder, redis_url, mode):
    async with wechat_world(tmp_path, provider_folder, redis_url, mode=mode) as world:
        openid = await world.person(follows=False)
        await world.client().put_menu(wanted_menu(world.platform.url))
        for path, body in (
            ("follow", {"scene": "visit:V1"}),
            ("scan", {"scene": "visit:V2"}),
            ("text", {"text": "你好 & <b>"}),
            ("location", {"latitude": 30.5, "longitude": 104.1}),
            ("menu/my_orders", {}),
            ("menu-scan", {"key": KEY_SCAN_TERMINAL, "text": "SF1", "kind": "barcode"}),
            ("unfollow", {}),
        ):
            await world.tap(f"/wechat/{openid}/{path}", body)
        wanted = {
            Subscribed(scene="visit:V1"),
            Scanned(scene="visit:V2"),
            TextMessage(text="你好 & <b>"),
            Located(latitude=30.5, longitude=104.1, precision_metres=65.0),
            Clicked(key="my_orders"),
            ScanResult(key=KEY_SCAN_TERMINAL, text="CODE_128,SF1", kind="barcode", waits=True),
            Unsubscribed(),
        }
        await eventually(lambda: set(world.platform.events) == wanted)
        assert world.platform.refused == []
        assert {one.encrypted for one in world.platform.taken} == {mode != "plain"}
        assert {one.openid for one in world.platform.taken} == {openid}


async def test_a_passive_reply_is_shown_with_its_link(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        world.platform.reply_with = "请打开 https://a.example/v/1 继续"
        openid = await world.person()

        async def shown() -> bool:
            chat = await world.chat(openid)
            return [(one["kind"], one["url"]) for one in chat] == [
                ("reply", "https://a.example/v/1")
            ]

        await eventually(shown)


async def test_outcomes_of_messages_are_told(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        client, openid = world.client(), await world.person()
        template = await client.add_template("46003", ["订单说明"])
        delivered = await client.send_template(openid, template, {"thing1": "附近3单"})
        await world.tap(f"/wechat/{openid}/block")
        blocked = await client.send_template(openid, template, {"thing1": "附近4单"})
        subscription = next(
            one for one in await client.subscriptions() if one.title == "新订单提醒"
        )
        await world.tap(f"/wechat/{openid}/subscribe", {"template_id": subscription.template_id})
        data = {"thing1": "一单", "thing2": "一号柜", "time3": "12:00"}
        await client.send_subscription(openid, subscription.template_id, data)

        def told() -> bool:
            events = world.platform.events
            return (
                TemplateDone(msgid=delivered, status="delivered") in events
                and TemplateDone(msgid=blocked, status="blocked") in events
                and any(isinstance(one, SubscriptionChoice) for one in events)
                and any(isinstance(one, SubscriptionSent) for one in events)
            )

        await eventually(told)
        assert len(await world.chat(openid)) == 2


async def test_a_message_is_repeated_with_the_same_key_until_it_is_taken(
    tmp_path, provider_folder, redis_url
):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        world.platform.fail_with = [500]
        await world.person()
        taken = world.platform.taken
        await eventually(lambda: len(taken) == 2)
        assert taken[0].key == taken[1].key
        assert taken[0].nonce != taken[1].nonce


async def test_a_message_is_given_up_after_three_tries(tmp_path, provider_folder, redis_url):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        world.platform.fail_with = [500] * 5
        await world.person()

        async def given_up() -> bool:
            (notice,) = (await world.look("/notices"))["notices"]
            return notice["state"] == "given_up"

        await eventually(given_up)
        assert len(world.platform.taken) == 3


async def test_false_messages_are_refused_and_the_true_one_is_taken(
    tmp_path, provider_folder, redis_url
):
    async with wechat_world(tmp_path, provider_folder, redis_url) as world:
        for kind in ("forged", "old_timestamp", "duplicate"):
            await world.fault(kind)
        openid = await world.person()
        await eventually(lambda: len(world.platform.taken) == 3)
        assert sorted(map(str, world.platform.refused)) == ["fresh", "signature"]
        assert len({one.key for one in world.platform.taken}) == 1
        # to the byte, so with the same nonce, and then signed anew
        assert len({one.nonce for one in world.platform.taken}) == 2
        chat = json.dumps(await world.look(f"/wechat/{openid}/chat"))
        assert "关注" in json.loads(chat)["chat"][0]["text"]
