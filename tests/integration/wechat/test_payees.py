"""Where couriers are paid: Alipay's word of who they are, one account one courier, a choice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from server.domain.certifications import Application, ApplicationState, Papers
from server.domain.ids import OrderId, PayoutId, PersonId, PhotoId
from server.domain.money import Fen
from server.domain.payments import Transfer, TransferState, Waits, Wallet
from server.providers.wechatpay.payout import NAME_FROM_FEN
from server.services.money.payees import PayeeNameMissing
from tests.integration.wechat.world import Browser, World, world
from tests.waiting import eventually

ANNA, BEN = "13800000001", "13800000002"
MINE = "/v1/courier/payees"


async def courier(town: World, phone: str) -> tuple[Browser, PersonId]:
    """Log a certified courier in, anew so that the token says what they are."""
    _, person = await town.logged_in(phone)
    await town.certified(person)
    browser, _ = await town.logged_in(phone)
    return browser, PersonId(person)


async def at_alipay(town: World, **fields: Any) -> str:
    return str((await town.tap("/alipay/people", {"nickname": "测试", **fields}))["user_id"])


async def led_back(town: World, browser: Browser, url: str, user_id: str) -> str:
    """Let somebody be known at Alipay; give what the page that we lead to is told."""
    landed = await town.http.fetch(
        f"{url}&user_id={user_id}", follow_redirects=False, raise_error=False
    )
    assert landed.code == 302, landed.body
    path = await browser.back(landed.headers["Location"])
    assert path.partition("?")[0] == "/courier"
    assert path.endswith("#earnings")
    return parse_qs(urlsplit(path).query)["alipay"][0]


async def handle(town: World, browser: Browser, user_id: str) -> str:
    code, told = await browser.post("/v1/courier/alipay/begin")
    assert code == 200, told
    return await led_back(town, browser, told["url"], user_id)


async def paid_at(browser: Browser) -> dict[str, tuple[bool, bool]]:
    code, told, _ = await browser.ask("GET", MINE)
    assert code == 200, told
    return {one["wallet"]: (one["linked"], one["pays"]) for one in told["wallets"]}


def transfer(person: PersonId, fen: int = 1080, **fields: Any) -> Transfer:
    now = datetime.now(UTC)
    made: dict[str, Any] = {
        "id": PayoutId("TLJ261122TESTTESTN1"),
        "order": OrderId("LJ261122TESTTEST"),
        "courier": person,
        "amount_fen": Fen(fen),
        "state": TransferState.PAYABLE,
        "attempt": 1,
        "created_at": now,
        "not_before": now,
    }
    return Transfer(**(made | fields))


async def test_alipays_word_links_one_account_to_one_courier(given):
    async with world(*given) as town:
        anna, person = await courier(town, ANNA)
        ben, other = await courier(town, BEN)
        user = await at_alipay(town)
        waiting = transfer(
            person, waits=Waits.PAYEE, not_before=datetime.now(UTC) + timedelta(minutes=5)
        )
        await town.process.stores.transactions.run(
            lambda session: town.stores.payouts.insert(waiting, session)
        )
        assert await paid_at(anna) == {"wechat": (False, True), "alipay": (False, False)}
        given_to_anna = await handle(town, anna, user)
        code, told = await ben.post("/v1/courier/alipay", {"handle": given_to_anna})
        assert (code, told["error"]["code"]) == (409, "alipay_over")  # another's, and no cookie
        ben.cookie = anna.cookie
        assert (await ben.post("/v1/courier/alipay", {"handle": given_to_anna}))[0] == 409
        ben.cookie = None
        code, told = await anna.post("/v1/courier/alipay", {"handle": given_to_anna})
        assert code == 200, told
        assert await paid_at(anna) == {"wechat": (False, False), "alipay": (True, True)}
        assert (await anna.post("/v1/courier/alipay", {"handle": given_to_anna}))[0] == 409
        woken = await town.stores.payouts.get(waiting.id)
        assert woken.not_before <= datetime.now(UTC)  # what waited for it is asked for now
        payees = town.process.wallets.payees
        paid = await payees.payee(person, Wallet.ALIPAY, 1080)
        assert paid is not None
        assert (paid.account, paid.real_name, paid.is_open_id) == (user, None, False)
        kept = repr(await town.database.alipay_accounts.find().to_list(9))
        assert "expires_at" not in kept
        assert user not in kept + repr(await town.database.alipay_returns.find().to_list(9))

        another = await handle(town, anna, await at_alipay(town, by_open_id=True))
        code, told = await anna.post("/v1/courier/alipay", {"handle": another})
        assert (code, told["error"]["code"]) == (409, "another_alipay")

        stolen = await handle(town, ben, user)  # anna's account, in ben's hands
        code, told = await ben.post("/v1/courier/alipay", {"handle": stolen})
        assert (code, told["error"]["code"]) == (409, "alipay_elsewhere")
        asked = {"handle": stolen, "device": "d2"}
        assert (await ben.post("/v1/courier/alipay/move-code", asked))[0] == 200
        wrong = {"handle": stolen, "code": "000000"}
        assert (await ben.post("/v1/courier/alipay/move", wrong))[0] in (400, 403)
        right = {"handle": stolen, "code": await town.code(ANNA)}
        code, told = await ben.post("/v1/courier/alipay/move", right)
        assert code == 200, told
        assert await paid_at(anna) == {"wechat": (False, True), "alipay": (False, False)}
        assert await paid_at(ben) == {"wechat": (False, False), "alipay": (True, True)}
        assert (await ben.ask("DELETE", "/v1/courier/alipay"))[0] == 200
        assert (await ben.ask("DELETE", "/v1/courier/alipay"))[0] == 404
        assert await payees.payee(other, Wallet.ALIPAY, 1080) is None

        async def told_of() -> list[str] | None:
            found = await town.database.notices.find({"_id": {"$regex": "^alipay:"}}).to_list(9)
            kinds = sorted(f"{one['person'] == person} {one['kind']}" for one in found)
            return kinds if len(kinds) == 4 else None

        assert await eventually(told_of) == [
            "False alipay_moved_here",
            "False alipay_unlinked",
            "True alipay_linked",
            "True alipay_moved_away",
        ]


async def test_a_linked_wechat_wakes_the_pay_that_waited_for_it(given):
    async with world(*given) as town:
        for n, phone in enumerate((ANNA, BEN)):
            browser, person = await courier(town, phone)
            waiting = transfer(
                person,
                id=PayoutId(f"TLJ261122TESTTEST{n}N1"),
                waits=Waits.PAYEE,
                not_before=datetime.now(UTC) + timedelta(minutes=5),
            )
            await town.process.stores.transactions.run(
                lambda session, one=waiting: town.stores.payouts.insert(one, session)
            )
            if phone == ANNA:
                openid = await town.somebody()
                taken = await browser.handle(openid)
                assert (await browser.post("/v1/me/wechat", {"handle": taken}))[0] == 200
            else:  # the same WeChat, moved
                taken = await browser.handle(openid)
                asked = {"handle": taken, "device": "d2"}
                assert (await browser.post("/v1/me/wechat/move-code", asked))[0] == 200
                moved = {"handle": taken, "code": await town.code(ANNA)}
                assert (await browser.post("/v1/me/wechat/move", moved))[0] == 200
            woken = await town.stores.payouts.get(waiting.id)
            assert woken.not_before <= datetime.now(UTC)


async def test_a_state_is_of_one_browser_and_one_time(given):
    async with world(*given) as town:
        anna, _ = await courier(town, ANNA)
        user = await at_alipay(town)
        code, begun = await anna.post("/v1/courier/alipay/begin")
        assert code == 200
        stranger = town.browser()
        assert await led_back(town, stranger, begun["url"], user) == "failed"
        assert await led_back(town, anna, begun["url"], user) != "failed"
        assert await led_back(town, anna, begun["url"], user) == "failed"  # used
        query = parse_qs(urlsplit(begun["url"]).query)
        assert query["scope"] == ["auth_base"]
        code, begun = await anna.post("/v1/courier/alipay/begin")
        state = parse_qs(urlsplit(begun["url"]).query)["state"][0]
        path = await anna.back(f"/v1/alipay/oauth?state={state}&auth_code=forged")
        assert "alipay=failed" in path
        await town.logged_in("13800000003")
        nobody, _ = await town.logged_in("13800000003")
        for method, where in (("GET", MINE), ("POST", "/v1/courier/alipay/begin")):
            assert (await nobody.ask(method, where, {} if method == "POST" else None))[0] == 403


async def names_go_along(town: World, courier: PersonId) -> None:
    """See that a big payout carries the name of the last approved papers, or waits for them."""
    payees = town.process.wallets.payees
    small = await payees.payee(courier, Wallet.WECHAT, NAME_FROM_FEN - 1)
    assert small is not None and small.real_name is None
    with pytest.raises(PayeeNameMissing):
        await payees.payee(courier, Wallet.WECHAT, NAME_FROM_FEN)
    papers = Papers(real_name="测试甲", id_number="x", employer="测试快递", staff_number="0001")
    stores, now = town.process.stores, datetime.now(UTC)
    filed = Application(
        id="C1",
        person=courier,
        state=ApplicationState.APPROVED,
        version=2,
        photo=PhotoId("F1"),
        until=now + timedelta(days=300),
        applied_at=now,
    )
    newer = replace(
        filed, id="C2", state=ApplicationState.REJECTED, applied_at=now + timedelta(days=1)
    )
    for one, name in ((filed, "测试甲"), (newer, "不是我")):
        await stores.transactions.run(
            lambda session, one=one, name=name: stores.certifications.insert(
                one, replace(papers, real_name=name), session
            )
        )
    big = await payees.payee(courier, Wallet.WECHAT, NAME_FROM_FEN)
    assert big is not None and big.real_name == "测试甲"
    reads = await stores.audit.of(f"person:{courier}")
    assert {(one["action"], one["purpose"]) for one in reads} >= {
        ("name_of_payee", "payout:wechat")
    }
    assert len([one for one in reads if one["action"] == "name_of_payee"]) == 1, "as often as read"


async def test_a_courier_chooses_and_a_choice_lasts_while_its_wallet_is_linked(given):
    async with world(*given) as town:
        openid = await town.somebody(ANNA)
        _, person = await town.linked(ANNA, openid)
        await town.certified(person)
        anna, _ = await town.logged_in(ANNA)
        assert (await anna.ask("PUT", MINE, {"wallet": "alipay"}))[0] == 409  # not linked
        anna_at = await handle(town, anna, await at_alipay(town))
        assert (await anna.post("/v1/courier/alipay", {"handle": anna_at}))[0] == 200
        assert await paid_at(anna) == {"wechat": (True, True), "alipay": (True, False)}
        assert (await anna.ask("PUT", MINE, {"wallet": "alipay"}))[0] == 200
        payees = town.process.wallets.payees
        assert list(await payees.wallets(PersonId(person))) == [Wallet.ALIPAY, Wallet.WECHAT]
        assert (await anna.ask("DELETE", "/v1/courier/alipay"))[0] == 200
        assert await paid_at(anna) == {"wechat": (True, True), "alipay": (False, False)}
        assert "expires_at" in (await town.database.alipay_accounts.find_one({}))
        await names_go_along(town, PersonId(person))
