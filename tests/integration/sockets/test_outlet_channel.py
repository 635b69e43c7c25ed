"""An outlet's day on its channel: its staff alone, also when they resume; ids and states only."""

from datetime import timedelta

from realtime.channels import DayChannels
from realtime.wire.bookings import BookingChanged, BookingView
from realtime.wire.people import Snapshot
from server.domain.ids import OutletId
from server.domain.people import Role
from tests.integration.sockets.harness import serving
from tests.unit.realtime.builders import NOON


def view(version: int) -> BookingView:
    return BookingView(
        booking_id="BK1",
        outlet_id="O1",
        slot_id="O1@20261124T0200Z",
        starts_at=NOON,
        ends_at=NOON + timedelta(hours=1),
        state="booked",
        papers="pending",
        version=version,
        created_at=NOON,
        server_time=NOON,
        change_until=NOON,
    )


async def test_bookings_come_as_a_snapshot_and_then_as_they_change(redis_url):
    async with serving(redis_url) as server, server.client() as page, server.client() as other:
        day = DayChannels(server.feeds)
        server.people.snapshots["outlet:O1"] = Snapshot(bookings=(view(2),))
        await page.hello("clerk", Role.OUTLET_STAFF.value)
        await other.hello("ann")
        answer = await page.ask(type="subscribe", channel="outlet:O1")
        assert [one["version"] for one in answer["snapshot"]["bookings"]] == [2]
        await day.push(OutletId("O1"), BookingChanged(booking=view(3), step="checked_in"))
        push = await page.next()
        assert (push["channel"], push["event"]["step"]) == ("outlet:O1", "checked_in")
        for resume in ({}, {"resume": answer["position"]}):
            refused = await other.ask(type="subscribe", channel="outlet:O1", **resume)
            assert (refused["code"], refused["rule"]) == ("forbidden", "own_outlet")
        missed = await page.ask(type="subscribe", channel="outlet:O1", resume=answer["position"])
        assert missed["recovered"] and missed["snapshot"] is None
