"""An outlet's free places on its channel: a snapshot first, then each change; a few at once."""

from realtime.channels import SlotChannels
from realtime.wire.bookings import SlotCount
from realtime.wire.people import Snapshot
from server.domain.errors import NotFound
from server.domain.ids import OutletId
from tests.integration.sockets.harness import serving


def count(free: int) -> SlotCount:
    return SlotCount(slot_id="O1@20261124T0200Z", free=free, capacity=3)


async def test_free_places_come_as_a_snapshot_and_then_as_they_change(redis_url):
    async with serving(redis_url) as server, server.client() as page, server.client() as other:
        slots = SlotChannels(server.feeds)
        server.people.snapshots["slots:O1"] = Snapshot(slots=(count(3),))
        await page.hello("ann")
        await other.hello("bob")
        answer = await page.ask(type="subscribe", channel="slots:O1")
        assert [one["free"] for one in answer["snapshot"]["slots"]] == [3]
        await other.ask(type="subscribe", channel="slots:O2")
        await slots.tell(OutletId("O1"), count(2))
        await slots.changed(OutletId("O1"))
        push = await page.next()
        assert (push["channel"], push["event"]["type"]) == ("slots:O1", "slot_count")
        assert push["event"]["free"] == 2
        assert (await page.next())["event"] == {"type": "slots_changed", "outlet_id": "O1"}
        assert (await other.ask(type="ping"))["type"] == "pong", "nothing of another outlet"
        missed = await page.ask(type="subscribe", channel="slots:O1", resume=answer["position"])
        assert missed["recovered"] and missed["snapshot"] is None


async def test_outlets_at_once_are_few_and_must_exist(redis_url):
    async with serving(redis_url) as server, server.client() as page:
        await page.hello("ann")
        for number in range(4):
            answer = await page.ask(type="subscribe", channel=f"slots:O{number}")
            assert answer["type"] == "subscribed"
        refused = await page.ask(type="subscribe", channel="slots:O9")
        assert (refused["code"], refused["rule"]) == ("limited", "outlets_at_once")
        await page.ask(type="unsubscribe", channel="slots:O1")
        server.people.fault = NotFound(field="outlet_id", rule="exists")
        assert (await page.ask(type="subscribe", channel="slots:O9"))["code"] == "not_found"
        server.people.fault = None
        assert (await page.ask(type="subscribe", channel="slots:O1"))["type"] == "subscribed"
        bad = await page.ask(type="subscribe", channel="slots:")
        assert (bad["code"], bad["field"], bad["rule"]) == ("invalid_input", "channel", "pattern")
