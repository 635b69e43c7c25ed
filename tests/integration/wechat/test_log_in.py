"""Log-in by WeChat's OAuth: bound to a browser, once, and linked after the phone's code."""

import asyncio
from urllib.parse import parse_qs, urlsplit

from tests.integration.wechat.world import AGREED, world

ANNA, BO, CAI = "13800000001", "13800000002", "13800000003"


async def test_a_first_log_in_links_and_the_next_needs_no_phone(given):
    async with world(*given) as town:
        openid, browser = await town.somebody(), town.browser()
        _, _, begun = await browser.ask("POST", "/v1/wechat/begin", {"return_path": "/"})
        for word in ("HttpOnly", "SameSite=Lax", "Path=/v1/", "Max-Age=1200"):
            assert word.lower() in begun.headers["Set-Cookie"].lower()
        code, told = await browser.post("/v1/wechat/begin", {"return_path": "//evil.example/"})
        assert (code, told["error"]["field"]) == (400, "return_path")
        handle = await browser.handle(openid, "/customer#orders")
        code, told = await browser.enter(handle)
        assert (code, told["linked"], told["logged_in"]) == (200, False, None)
        code, told = await browser.link(handle, ANNA)
        assert (code, told["linked"]) == (201, True)
        person = told["logged_in"]["person"]["person_id"]
        assert (await browser.link(handle, ANNA))[1]["error"]["code"] == "wechat_over"
        again = town.browser()
        code, told = await again.enter(await again.handle(openid))
        assert (code, told["linked"]) == (200, True)
        assert told["logged_in"]["person"]["person_id"] == person
        again.token = told["logged_in"]["access_token"]
        mine = (await again.ask("GET", "/v1/me/wechat"))[1]
        assert [one["app"] for one in mine["links"]] == ["service"]
        assert len(mine["news"]) == 1
        document = repr(await town.database.wechat_logins.find().to_list(9))
        assert handle not in document
        assert openid not in document


async def test_a_state_is_of_its_browser_and_works_once(given):
    async with world(*given) as town:
        openid = await town.somebody()
        browser, other = town.browser(), town.browser()
        await other.begin()
        location = await browser.allow(await browser.begin("/courier"), openid)
        assert await other.back(location) == "/?wechat=failed"  # somebody else's state
        assert await town.browser().back(location) == "/?wechat=failed"  # no cookie at all
        both = await asyncio.gather(browser.back(location), browser.back(location))
        good = [path for path in both if path.startswith("/courier?wechat=")]
        assert len(good) == 1
        assert sorted(both) == sorted([*good, "/?wechat=failed"])
        handle = parse_qs(urlsplit(good[0]).query)["wechat"][0]
        assert (await other.enter(handle))[1]["error"]["code"] == "wechat_over"
        assert (await town.browser().enter(handle))[1]["error"]["code"] == "wechat_over"
        assert (await town.browser().enter(handle, mini=True))[0] == 409
        assert (await browser.enter(handle))[0] == 200


async def test_a_code_of_wechat_works_once_and_a_made_up_one_never(given):
    async with world(*given) as town:
        openid, browser = await town.somebody(), town.browser()
        location = await browser.allow(await browser.begin(), openid)
        code = parse_qs(urlsplit(location).query)["code"][0]
        assert "failed" not in await browser.back(location)
        for wrong in (code, "never-made", ""):
            state = parse_qs(urlsplit(await browser.begin()).query)["state"][0]
            landed = await browser.back(f"{town.url}/v1/wechat/oauth?code={wrong}&state={state}")
            assert landed == "/customer?wechat=failed#orders"
        assert (await browser.ask("GET", "/v1/wechat/oauth"))[0] == 302
        assert (await browser.ask("GET", "/v1/wechat/oauth?state=a&state=b"))[0] == 400


async def test_of_two_log_ins_or_links_at_once_one_is_had(given):
    async with world(*given) as town:
        openid = await town.somebody()
        await town.linked(ANNA, openid)
        browser = town.browser()
        handle = await browser.handle(openid)
        answers = await asyncio.gather(*(browser.enter(handle) for _ in range(4)))
        assert sorted(code for code, _ in answers) == [200, 409, 409, 409]
        one, other = town.browser(), town.browser()  # one openid in two browsers: two sessions
        answers = await asyncio.gather(
            one.enter(await one.handle(openid)), other.enter(await other.handle(openid))
        )
        assert [code for code, _ in answers] == [200, 200]
        openid = await town.somebody(BO)  # linked for the first time by two phones at once
        one, other = town.browser(), town.browser()
        handles = await one.handle(openid), await other.handle(openid)
        answers = await asyncio.gather(one.link(handles[0], BO), other.link(handles[1], CAI))
        assert [code for code, _ in answers] == [201, 201]  # nobody is kept out
        linked = [told for _, told in answers if told["linked"]]
        assert len(linked) == 1
        (refused,) = [told for _, told in answers if not told["linked"]]
        assert refused["why_not"] == "wechat_elsewhere"
        holder = linked[0]["logged_in"]["person"]["person_id"]
        assert (await town.account(openid))["person"] == holder


async def test_the_agreement_is_asked_for_and_the_handle_stays_good(given):
    async with world(*given) as town:
        openid, browser = await town.somebody(), town.browser()
        handle = await browser.handle(openid)
        code, told = await browser.link(handle, ANNA, agreement_version=None)
        assert (code, told["error"]["code"]) == (400, "agreement_required")
        assert (await browser.link(handle, ANNA))[0] == 201
        await town.database.people.update_many({}, {"$set": {"agreement_version": "old"}})
        handle = await browser.handle(openid)
        assert (await browser.enter(handle))[1]["error"]["code"] == "agreement_required"
        assert (await browser.enter(handle, agreement_version=AGREED))[0] == 200
