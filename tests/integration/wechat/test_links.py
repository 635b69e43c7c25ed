"""Whose a WeChat is: linked, unlinked, moved by the holder's code, and both are told."""

import asyncio

from server.domain.wechat import WeChatApp
from tests.integration.wechat.world import AGREED, world

ANNA, BO = "13800000001", "13800000002"


async def news(browser):
    return [one["zh"] for one in (await browser.ask("GET", "/v1/me/wechat"))[1]["news"]]


async def test_a_wechat_moves_only_by_its_holders_code_and_both_are_told(given):
    async with world(*given) as town:
        openid = await town.somebody()
        anna, _ = await town.linked(ANNA, openid)
        bo, bos_id = await town.logged_in(BO)
        handle = await bo.handle(openid)
        code, told = await bo.post("/v1/me/wechat", {"handle": handle})
        assert (code, told["error"]["code"]) == (409, "wechat_elsewhere")
        assert ANNA not in repr(told)
        asked = {"handle": handle, "device": "d2"}
        assert (await bo.post("/v1/me/wechat/move-code", asked))[0] == 200
        text = (await town.look(f"/phone/{ANNA}/state"))["messages"][0]["text"]
        assert "移到另一个账号" in text
        moving = await town.code(ANNA)
        # Anna's log-in code moves nothing, and her moving code logs nobody in.
        await bo.post("/v1/codes", {"phone": ANNA, "device": "d2"})
        log_in = await town.code(ANNA)
        if log_in != moving:
            wrong = {"handle": handle, "code": log_in}
            assert (await bo.post("/v1/me/wechat/move", wrong))[1]["error"]["code"] == "wrong_code"
            form = {"phone": ANNA, "code": moving, "device": "d", "agreement_version": AGREED}
            assert (await bo.post("/v1/sessions", form))[1]["error"]["code"] == "wrong_code"
        right = {"handle": handle, "code": moving}
        moved = await asyncio.gather(*(bo.post("/v1/me/wechat/move", right) for _ in range(3)))
        assert sorted(code for code, _ in moved)[0] == 200
        assert [code for code, _ in moved].count(200) == 1
        assert (await town.account(openid))["person"] == bos_id
        assert any("移到另一个账号" in text for text in await news(anna))
        assert any("移到您的账号" in text for text in await news(bo))
        assert (await anna.ask("GET", "/v1/me/wechat"))[1]["links"] == []
        assert await town.rooms.links.sweep() == 0


async def test_news_that_a_dead_process_left_is_told_by_a_sweep_once(given):
    async with world(*given) as town:
        openid = await town.somebody()
        anna, person = await town.linked(ANNA, openid)
        account = await town.account(openid)
        await town.database.wechat_news.delete_many({})
        change = {"_id": "W1", "person": person, "change": "wechat_linked"}
        untold = [{**change, "at": account["linked_at"]}]
        await town.database.wechat_accounts.update_one(
            {"_id": account["_id"]}, {"$set": {"untold": untold}}
        )
        await asyncio.gather(*(town.rooms.links.sweep() for _ in range(3)))
        assert len(await news(anna)) == 1
        assert await town.rooms.links.sweep() == 0


async def test_unlinking_races_linking_and_a_log_in(given):
    async with world(*given) as town:
        openid = await town.somebody()
        anna, person = await town.linked(ANNA, openid)
        other = town.browser()
        handle = await other.handle(openid)
        (gone, _, _), (code, told) = await asyncio.gather(
            anna.ask("DELETE", "/v1/me/wechat/service"), other.enter(handle)
        )
        assert gone == 200
        # Before the unlinking a log-in, after it none: never half of one.
        assert (code, bool(told.get("logged_in"))) in ((200, True), (200, False), (409, False))
        assert (await town.account(openid))["person"] is None
        assert (await anna.ask("DELETE", "/v1/me/wechat/service"))[0] == 404
        fresh = await anna.handle(openid)
        linked, unlinked = await asyncio.gather(
            anna.post("/v1/me/wechat", {"handle": fresh}),
            anna.ask("DELETE", "/v1/me/wechat/service"),
        )
        assert linked[0] == 200
        holder = (await town.account(openid))["person"]
        assert holder == (None if unlinked[0] == 200 else person)


async def test_a_person_has_one_wechat_and_a_stranger_cannot_unlink_it(given):
    async with world(*given) as town:
        first, second = await town.somebody(), await town.somebody(BO)
        anna, person = await town.linked(ANNA, first)
        handle = await anna.handle(second)
        code, told = await anna.post("/v1/me/wechat", {"handle": handle})
        assert (code, told["error"]["code"]) == (409, "another_wechat")
        bo, _ = await town.logged_in(BO)
        assert (await bo.ask("DELETE", "/v1/me/wechat/service"))[0] == 404
        assert (await bo.post("/v1/me/wechat", {"handle": handle}))[0] == 409  # Anna's browser
        assert (await anna.ask("DELETE", "/v1/me/wechat/service"))[0] == 200
        assert (await anna.post("/v1/me/wechat", {"handle": handle}))[0] == 200
        assert (await town.account(second))["person"] == person


async def test_the_mini_program_logs_in_and_its_phone_makes_the_account(given):
    async with world(*given) as town:
        openid, browser = await town.somebody(ANNA), town.browser()

        async def code_of(kind: str) -> str:
            return (await town.tap(f"/wechat/{openid}/{kind}-code"))["code"]

        async def enter(code: str, **more):
            body = {"code": code, "device": "m1", **more}
            return await browser.post("/v1/wechat/mini/log-in", body)

        code = await code_of("mini")
        status, told = await enter(code)
        assert (status, told["linked"]) == (200, False)
        assert (await enter(code))[1]["error"]["code"] == "wechat_over"
        asked = {"handle": told["handle"], "code": await code_of("phone"), "device": "m1"}
        refused = await browser.post(
            "/v1/wechat/mini/phone", asked | {"agreement_version": "older"}
        )
        assert refused[1]["error"]["code"] == "agreement_required"
        body = asked | {"agreement_version": AGREED}
        both = await asyncio.gather(*(browser.post("/v1/wechat/mini/phone", body) for _ in "ab"))
        assert sorted(status for status, _ in both) == [201, 409]
        (made,) = [told for status, told in both if status == 201]
        assert made["linked"]
        person = made["logged_in"]["person"]
        assert person["masked_phone"] == "138****0001"
        status, told = await enter(await code_of("mini"))
        assert told["logged_in"]["person"]["person_id"] == person["person_id"]
        service = town.browser()  # the same human in the service account: one union id
        union = (await town.stores.wechat_accounts.of(person["person_id"]))[0].union
        await service.handle(openid)
        known = await town.account(openid)
        await town.database.wechat_accounts.update_one(
            {"_id": known["_id"]}, {"$set": {"union": union}}
        )
        told = (await service.enter(await service.handle(openid)))[1]
        assert told["logged_in"]["person"]["person_id"] == person["person_id"]
        service.token = told["logged_in"]["access_token"]
        assert (await service.ask("DELETE", "/v1/me/wechat/service"))[0] == 200
        told = (await service.enter(await service.handle(openid)))[1]
        assert not told["linked"]  # who unlinked it is not linked again by itself
        linked = {one.app for one in await town.stores.wechat_accounts.of(person["person_id"])}
        assert linked == {WeChatApp.MINI}
