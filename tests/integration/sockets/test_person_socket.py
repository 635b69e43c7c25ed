"""People's sockets over a real server, a real client and a real Redis."""

import asyncio
import logging

import pytest
from websockets.asyncio.client import connect as ws_connect
from websockets.exceptions import InvalidStatus

from realtime.wire.envelope import CloseCode
from realtime.wire.people import Fact, Notice, OrderChanged, Snapshot
from server.domain.errors import Unavailable
from server.domain.ids import PersonId, SessionId
from tests.integration.sockets.harness import serving
from tests.integration.sockets.plain import order_view
from tests.waiting import PATIENCE_SECONDS, eventually

ANN, BOB = PersonId("ann"), PersonId("bob")


def notice(text="x") -> Notice:
    return Notice(kind="test", zh=text, en=text)


async def test_hello_is_welcomed_with_roles_and_clock(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        welcome = await page.hello("ann", "courier,customer")
        assert welcome["person_id"] == "ann"
        assert welcome["roles"] == ["courier", "customer"]
        assert welcome["ping_seconds"] == 20
        pong = await page.ask(type="ping")
        assert pong["type"] == "pong"
        assert pong["server_time"] >= welcome["server_time"]


async def test_nothing_but_hello_comes_first(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        refusal = await page.ask(type="ping")
        assert (refusal["type"], refusal["code"]) == ("error", "not_authenticated")
        assert await page.closed() == CloseCode.UNAUTHORIZED


async def test_silence_before_hello_is_not_waited_for(redis_url):
    async with serving(redis_url, hello_seconds=0.2) as server, server.client() as page:
        assert await page.closed() == CloseCode.HELLO_TIMEOUT


@pytest.mark.parametrize(
    ("person", "code", "close"),
    [
        ("foreign", "not_authenticated", CloseCode.UNAUTHORIZED),
        ("expired", "token_expired", CloseCode.TOKEN_EXPIRED),
        ("ended", "session_revoked", CloseCode.REVOKED),
    ],
)
async def test_a_token_that_is_no_good_closes_with_the_reason(redis_url, person, code, close):
    async with serving(redis_url) as server, server.client() as page:
        server.gate.ended.add("ended-s")
        refusal = await page.ask(type="hello", token=f"{person}:{person}-s:customer")
        assert refusal["code"] == code
        assert await page.closed() == close


async def test_another_protocol_version_is_told_so(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        refusal = await page.ask(type="hello", token="ann:s:customer", protocol=99)
        assert refusal["field"] == "protocol"
        assert await page.closed() == CloseCode.PROTOCOL_VERSION


async def test_a_token_in_the_url_is_refused_before_the_handshake(redis_url):
    async with serving(redis_url) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with ws_connect(server.url("/v1/socket?token=secret"), proxy=None):
                pass
        assert refused.value.response.status_code == 400
        assert b"none_allowed" in refused.value.response.body
        assert b"secret" not in refused.value.response.body


async def test_foreign_pages_are_refused_and_named_ones_let_in(redis_url):
    async with serving(redis_url, origins=["https://app.example.test"]) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with ws_connect(server.url(), proxy=None, origin="https://evil.example.test"):
                pass
        assert refused.value.response.status_code == 403
        for origin in ("https://app.example.test", f"http://127.0.0.1:{server.port}", None):
            async with server.client(origin=origin) as page:
                await page.hello()


async def test_compression_is_not_negotiated(redis_url):
    async with serving(redis_url) as server, server.client(compression="deflate") as page:
        assert "Sec-WebSocket-Extensions" not in page.ws.response.headers


async def test_the_token_runs_out_and_a_second_hello_renews_it(redis_url):
    async with serving(redis_url) as server, server.client() as short, server.client() as long:
        # Both are there when the first is read: a stall cannot let its token run out between them.
        await long.send(type="hello", token="bob:bob-s:customer:1.0")
        await long.send(type="hello", token="bob:bob-s:customer")
        assert [(await long.next())["type"] for _ in range(2)] == ["welcome", "welcome"]
        await short.hello("ann", left=1.0)  # runs out after the one that was renewed
        assert await short.closed() == CloseCode.TOKEN_EXPIRED
        assert (await long.ask(type="ping"))["type"] == "pong"


async def test_another_person_cannot_take_a_socket_over(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann")
        refusal = await page.ask(type="hello", token="bob:s:customer")
        assert (refusal["code"], refusal["rule"]) == ("not_authenticated", "same_person")
        assert (await page.ask(type="ping"))["type"] == "pong"


async def test_a_revoke_closes_the_sockets_of_the_session_on_every_process(redis_url):
    async with (
        serving(redis_url, "p1") as one,
        serving(redis_url, "p2") as two,
        one.client() as here,
        two.client() as there,
        two.client() as other,
    ):
        await here.hello("ann", session="s1")
        await there.hello("ann", session="s1")
        await other.hello("ann", session="s2")
        await one.revocations.session_ended(ANN, SessionId("s1"))
        assert await here.closed() == CloseCode.REVOKED
        assert await there.closed() == CloseCode.REVOKED
        assert (await other.ask(type="ping"))["type"] == "pong"
        await one.revocations.standing_changed(ANN)
        assert await other.closed() == CloseCode.TOKEN_EXPIRED


async def test_sessions_are_looked_at_again_when_news_may_be_lost(redis_server):
    async with (
        serving(redis_server.url) as server,
        server.client() as ended,
        server.client() as alive,
    ):
        await ended.hello("ann", session="s1")
        await alive.hello("bob", session="s2")
        server.gate.ended.add("s1")
        redis_server.kill()
        redis_server.start()
        assert await ended.closed() == CloseCode.REVOKED
        assert (await alive.ask(type="ping"))["type"] == "pong"


async def test_me_gets_a_snapshot_and_then_only_its_own_pushes(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        server.people.snapshots["me"] = Snapshot(orders=(order_view(),))
        await page.hello("ann")
        answer = await page.ask(type="subscribe", channel="me")
        assert answer["type"] == "subscribed"
        assert answer["recovered"] is False
        assert [one["order_id"] for one in answer["snapshot"]["orders"]] == ["LJ1"]
        # The bucket is shared: a neighbour's events go through the same channel.
        await server.feeds.publish("people:" + bucket("ann"), b'"not yours"', to="zoe")
        await server.me.push(ANN, OrderChanged(order=order_view(version=2), step="claim"))
        push = await page.next()
        assert (push["type"], push["channel"]) == ("push", "me")
        assert push["event"]["type"] == "order_changed"
        assert push["event"]["order"]["version"] == 2
        assert push["offset"] == answer["position"]["offset"] + 2
        assert push["epoch"] == answer["position"]["epoch"]


def bucket(person):
    from realtime.channels import people_channel

    return people_channel(PersonId(person)).removeprefix("people:")


async def test_a_returning_page_gets_exactly_what_it_missed(redis_url):
    async with serving(redis_url) as server:
        async with server.client() as page:
            await page.hello("ann")
            position = (await page.ask(type="subscribe", channel="me"))["position"]
            await server.me.push(ANN, notice("seen"))
            seen = await page.next()
        for text in ("missed 1", "missed 2"):
            await server.me.push(ANN, notice(text))
            await server.me.push(BOB, notice("not ann's"))
        async with server.client() as page:
            await page.hello("ann")
            resume = {"epoch": seen["epoch"], "offset": seen["offset"]}
            answer = await page.ask(type="subscribe", channel="me", resume=resume)
            assert answer["recovered"] is True
            assert answer.get("snapshot") is None
            assert answer["position"] == resume
            assert resume["offset"] > position["offset"]
            await server.me.push(ANN, notice("live"))
            texts = [(await page.next())["event"]["zh"] for _ in range(3)]
            assert texts == ["missed 1", "missed 2", "live"]


async def test_a_position_that_is_lost_gets_a_snapshot(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann")
        resume = {"epoch": "12345", "offset": 3}
        answer = await page.ask(type="subscribe", channel="me", resume=resume)
        assert answer["recovered"] is False
        assert answer["snapshot"] is not None
        assert answer["position"]["epoch"] != "12345"


async def test_a_page_is_told_when_its_channel_may_have_a_hole(redis_server):
    async with serving(redis_server.url) as server, server.client() as page:
        await page.hello("ann")
        before = await page.ask(type="subscribe", channel="me")
        redis_server.kill()
        redis_server.start()
        reset = await page.next()
        assert (reset["type"], reset["channel"]) == ("reset", "me")
        assert reset["within_seconds"] > 0
        answer = await page.ask(type="subscribe", channel="me", resume=before["position"])
        assert answer["recovered"] is False
        await server.me.push(ANN, notice("after"))
        assert (await page.next())["event"]["zh"] == "after"


async def test_redis_away_refuses_a_subscription_and_keeps_the_socket(redis_server):
    async with serving(redis_server.url) as server, server.client() as page:
        await page.hello("ann")
        redis_server.kill()
        refusal = await page.ask(type="subscribe", channel="me")
        assert refusal["code"] == "unavailable"
        assert (await page.ask(type="ping"))["type"] == "pong"
        redis_server.start()
        assert (await page.ask(type="subscribe", channel="me"))["type"] == "subscribed"


async def test_a_snapshot_that_fails_leaves_no_subscription(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann")
        server.people.fault = Unavailable(part="mongo")
        assert (await page.ask(type="subscribe", channel="me"))["code"] == "unavailable"
        server.people.fault = None
        await server.me.push(ANN, notice("unheard"))
        assert (await page.ask(type="subscribe", channel="me"))["type"] == "subscribed"
        await server.me.push(ANN, notice("heard"))
        assert (await page.next())["event"]["zh"] == "heard"


async def test_staff_hear_facts_and_others_are_refused(redis_url):
    async with serving(redis_url) as server, server.client() as boss, server.client() as page:
        await boss.hello("boss", "operator")
        await page.hello("ann")
        refusal = await page.ask(type="subscribe", channel="staff")
        assert (refusal["code"], refusal["rule"]) == ("forbidden", "staff_only")
        assert (await boss.ask(type="subscribe", channel="staff"))["type"] == "subscribed"
        await server.staff.tell(Fact(key="door:1", kind="door", data={"state": "open"}))
        assert (await boss.next())["event"]["key"] == "door:1"
        assert (await page.ask(type="ping"))["type"] == "pong"


async def test_outlet_staff_cannot_resume_what_they_may_not_see(redis_url):
    async with serving(redis_url) as server, server.client() as boss, server.client() as outlet:
        await boss.hello("boss", "operator")
        known = (await boss.ask(type="subscribe", channel="staff"))["position"]
        await outlet.hello("olga", "outlet_staff")
        refusal = await outlet.ask(type="subscribe", channel="staff", resume=known)
        assert (refusal["code"], refusal["rule"]) == ("forbidden", "staff_only")
        await server.staff.tell(Fact(key="door:1", kind="door", data={"state": "open"}))
        assert (await boss.next())["event"]["key"] == "door:1"
        assert (await outlet.ask(type="ping"))["type"] == "pong"


async def test_who_unsubscribes_hears_no_more(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann")
        await page.ask(type="subscribe", channel="me")
        assert (await page.ask(type="unsubscribe", channel="me"))["type"] == "reply"
        assert (await page.ask(type="unsubscribe", channel="me"))["type"] == "reply"
        await server.me.push(ANN, notice())
        assert (await page.ask(type="ping"))["type"] == "pong"


async def test_a_claim_is_answered_while_other_requests_go_on(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann", "courier")
        server.people.may_go_on.clear()
        await page.send(type="claim_order", id="c1", order_id="LJ1", offer_version=3)
        assert (await page.ask(type="ping"))["type"] == "pong"
        server.people.may_go_on.set()
        won = await page.next()
        assert (won["type"], won["id"], won["order"]["order_id"]) == ("claimed", "c1", "LJ1")
        assert server.people.claims == [("ann", "LJ1", 3, "c1")]


async def test_a_loser_hears_how_much_earlier_the_other_was(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann", "courier")
        server.people.taken.add("LJ1")
        lost = await page.ask(type="claim_order", order_id="LJ1", offer_version=1)
        assert (lost["code"], lost["details"]) == ("taken", {"earlier_seconds": 0.18})
        assert lost["message"].startswith("另一位揽件员早了 0.18 秒")


async def test_a_repeated_request_gets_the_same_outcome_and_is_done_once(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann", "courier")
        claim = {"type": "claim_order", "id": "c1", "order_id": "LJ1", "offer_version": 1}
        server.people.may_go_on.clear()
        await page.send(**claim)
        await page.send(**claim)  # while it is on its way: one answer for both
        assert (await page.ask(type="ping"))["type"] == "pong"
        server.people.may_go_on.set()
        first = await page.next()
        assert await page.ask(**claim) == first
        assert len(server.people.claims) == 1
        refusal = await page.ask(**{**claim, "order_id": "LJ2"})
        assert (refusal["field"], refusal["rule"]) == ("id", "used_before")


async def test_an_unknown_outcome_may_be_tried_again_with_the_same_id(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann", "courier")
        claim = {"type": "claim_order", "id": "c1", "order_id": "LJ1", "offer_version": 1}
        server.people.fault = Unavailable(part="redis")
        assert (await page.ask(**claim))["code"] == "unavailable"
        server.people.fault = None
        assert (await page.ask(**claim))["type"] == "claimed"
        assert len(server.people.claims) == 2


async def test_claims_on_their_way_are_bounded(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann", "courier")
        server.people.may_go_on.clear()
        for n in range(9):
            await page.send(type="claim_order", id=f"c{n}", order_id=f"LJ{n}", offer_version=1)
        refusal = await page.next()
        assert (refusal["id"], refusal["code"]) == ("c8", "limited")
        server.people.may_go_on.set()
        assert {(await page.next())["id"] for _ in range(8)} == {f"c{n}" for n in range(8)}


async def test_a_fault_of_ours_is_logged_and_told_without_its_cause(redis_url, caplog):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann")
        server.people.fault = RuntimeError("the secret cause")
        failed = await page.ask(type="subscribe", channel="me")
        assert failed["code"] == "internal"
        assert "secret" not in str(failed)
        assert await page.closed() == CloseCode.INTERNAL
        assert "the secret cause" in caplog.text
        assert caplog.records[-1].levelno >= logging.ERROR
        caplog.clear()


async def test_a_fault_in_a_claim_is_told_and_the_socket_stays(redis_url, caplog):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann", "courier")
        server.people.fault = RuntimeError("the secret cause")
        failed = await page.ask(type="claim_order", order_id="LJ1", offer_version=1)
        assert (failed["code"], "secret" in str(failed)) == ("internal", False)
        assert (await page.ask(type="ping"))["type"] == "pong"
        caplog.clear()


async def test_a_socket_that_does_not_answer_pings_is_closed(redis_url):
    async with serving(redis_url, ping_seconds=0.3) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"GET /v1/socket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" % server.port
        )
        await reader.readuntil(b"\r\n\r\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert (await reader.readexactly(2))[0] == 0x89, "a ping"
            head = await reader.readexactly(2)
            assert head[0] == 0x88, "a close"
            code = int.from_bytes(await reader.readexactly(2), "big")
        assert code == CloseCode.SILENT
        assert await eventually(lambda: server.hub.sockets == 0)
        writer.close()
        await writer.wait_closed()


async def test_a_socket_that_answers_pings_stays(redis_url):
    async with serving(redis_url, ping_seconds=0.4) as server, server.client() as page:
        await page.hello("ann")
        (session,) = server.hub.sessions(ANN)
        heard = set()

        def has_answered_thrice():
            heard.add(session.connection.heard_at)
            return len(heard) > 3

        await eventually(has_answered_thrice)
        assert (await page.ask(type="ping"))["type"] == "pong"


async def test_draining_sends_everybody_away_and_refuses_newcomers(redis_url):
    async with serving(redis_url) as server, server.client() as one, server.client() as two:
        await one.hello("ann")
        await server.hub.drain(0.1)
        assert await one.closed() == CloseCode.GOING_AWAY
        assert await two.closed() == CloseCode.GOING_AWAY
        async with server.client() as late:
            assert await late.closed() == CloseCode.GOING_AWAY
        assert await eventually(lambda: server.hub.sockets == 0)


async def test_an_outage_of_the_store_is_unavailable_and_no_fault(redis_url, caplog):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann", "courier")
        server.people.fault = ConnectionResetError("mongo is away")
        assert (await page.ask(type="subscribe", channel="me"))["code"] == "unavailable"
        claim = {"type": "claim_order", "id": "c1", "order_id": "LJ1", "offer_version": 1}
        assert (await page.ask(**claim))["code"] == "unavailable"
        server.people.fault = None
        assert (await page.ask(**claim))["type"] == "claimed"
        assert "mongo is away" not in caplog.text
