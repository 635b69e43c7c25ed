"""Alerts of the fleet's troubles: once an episode, with its end, whichever worker looks."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from realtime.wire.terminal import DoorEventKind, DoorState
from server.domain.errors import Unavailable
from server.domain.ids import TerminalId
from tests.integration.deposit.served import served
from tests.integration.deposit.watched import SILENT, look, looks, only, pending, says, told
from tests.integration.deposit.world import fleet_of, world


async def test_offline_is_alerted_once_and_ended_with_how_long_it_took(
    mongo_uri: str, mongo_db_name: str
) -> None:
    """The process that held the socket was killed: nobody wrote that the terminal is gone."""
    async with world(mongo_uri, mongo_db_name) as w:
        await looks(w, minutes=6)
        last_seen = w.now
        w.cabinet.online = False
        assert (await w.db["terminals"].find_one())["online"]
        await looks(w, minutes=4)
        assert await pending(w) == []
        view = await only(w)
        assert (view.online, view.link_since, view.worst[0].kind) == (False, last_seen, "away")
        await looks(w, minutes=8)
        assert await pending(w) == [("offline", False)]
        assert [one["since"] for one in told(w)] == [last_seen.isoformat().replace("+00:00", "Z")]
        await w.cabinet.comes_back(5)
        await look(w)
        assert await pending(w) == [("offline", True)]
        assert told(w)[-1]["lasted_en"] == "back online after 12 min"
        await looks(w, minutes=1)
        assert len(told(w)) == 2, "once when it began and once when it ended"


async def test_a_clean_goodbye_counts_from_itself(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        await looks(w, minutes=6)
        w.later(seconds=20)
        await w.links.gone(w.cabinet.terminal, w.cabinet.epoch)
        assert (await only(w)).link_since == w.now


async def test_after_a_time_without_a_look_offline_counts_anew(
    mongo_uri: str, mongo_db_name: str
) -> None:
    """The platform itself was down: its agents get their minutes to come back."""
    async with world(mongo_uri, mongo_db_name) as w:
        await looks(w, minutes=6)
        w.cabinet.online = False
        w.later(hours=2)
        await looks(w, minutes=4)
        assert await pending(w) == []
        await looks(w, minutes=2)
        assert await pending(w) == [("offline", False)]


async def test_with_nobody_to_ask_nothing_is_concluded(mongo_uri: str, mongo_db_name: str) -> None:
    class SilentRouting:
        async def connected_of(self, terminals: object) -> frozenset[TerminalId]:
            raise Unavailable(part="redis")

    async with world(mongo_uri, mongo_db_name) as w:
        await looks(w, minutes=6)
        w.fleet.fleet._routing = SilentRouting()
        for _ in range(10):
            w.later(minutes=1)
            with pytest.raises(Unavailable):
                await w.fleet.alerts.look()
        assert (await only(w)).online
        w.fleet.fleet._routing = w.cabinet
        w.cabinet.online = False
        await look(w)
        assert await pending(w) == []


async def test_two_workers_and_a_crash_before_telling_alert_once(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        first, second = fleet_of(w).alerts, fleet_of(w).alerts
        await says(w, boards=SILENT, disk_error="full")
        w.later(minutes=3)
        await says(w, boards=SILENT, disk_error="full")

        async def crash(alert: object) -> None:
            raise ConnectionResetError

        first._tell = crash
        with pytest.raises(ConnectionResetError):
            await first.look()  # written, and dead before anybody heard
        for _ in range(5):
            w.later(seconds=5)
            await asyncio.gather(second.look(), fleet_of(w).alerts.look())
            await asyncio.gather(second.sweep(), fleet_of(w).alerts.sweep())
        assert sorted(await pending(w)) == [("board_silent", False), ("disk_refuses", False)]
        assert sorted(one["kind"] for one in told(w)) == ["board_silent", "disk_refuses"]
        await says(w)
        w.later(seconds=5)
        await asyncio.gather(*(fleet_of(w).alerts.look() for _ in range(4)))
        assert [ended for _, ended in await pending(w)] == [True, True]
        assert len(told(w)) == 4


async def test_a_silent_board_is_not_well_again_because_its_link_is_lost(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        await says(w, boards=SILENT)
        await looks(w, minutes=3)
        assert await pending(w) == [("board_silent", False)]
        w.cabinet.online = False
        await looks(w, minutes=3)
        assert await pending(w) == [("board_silent", False)]
        await w.cabinet.comes_back(5)
        await says(w)
        await look(w)
        assert await pending(w) == [("board_silent", True)]


async def test_tampering_is_alerted_at_once_until_the_door_is_closed(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        await w.cabinet.report(w.cabinet.event(DoorEventKind.TAMPERED, 3, DoorState.OPEN, None))
        assert await pending(w) == [("tampered", False)]
        await look(w)
        await w.cabinet.report(
            w.cabinet.event(DoorEventKind.SENSED_CLOSED, 3, DoorState.CLOSED, None),
        )
        await look(w)
        assert await pending(w) == [("tampered", True)]
        assert told(w)[0]["zh"] == "3 号门被撬开"
        again = w.cabinet.event(DoorEventKind.TAMPERED, 3, DoorState.OPEN, None)
        await w.cabinet.report(replace(again, at=again.at + timedelta(seconds=1)))
        assert len(await pending(w)) == 2, "another episode"


async def test_a_door_left_open_and_a_retired_cell_are_alerted(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        for _ in range(3):
            await w.cabinet.report(
                w.cabinet.event(DoorEventKind.TAMPERED, 2, DoorState.OPEN, None),
                w.cabinet.event(DoorEventKind.SENSED_CLOSED, 2, DoorState.CLOSED, None),
            )
        opened = w.cabinet.event(DoorEventKind.SENSED_OPEN, 4, DoorState.OPEN, None)
        await w.cabinet.report(opened)
        await looks(w, minutes=6)
        known = dict(await pending(w))
        assert known == {"left_open": False, "cell_retired": False, "tampered": True}
        await w.terminals_service.restore(w.operator.person, w.cabinet.terminal, 2, "修好")
        await w.cabinet.report(
            w.cabinet.event(DoorEventKind.SENSED_CLOSED, 4, DoorState.CLOSED, None)
        )
        await look(w)
        assert dict(await pending(w)) == dict.fromkeys(known, True)


async def test_two_agents_are_alerted_until_they_leave_off(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        for boot in ("b2", "b1"):
            w.cabinet.boot_id = boot
            await w.cabinet.boot(5)
        await look(w)
        assert await pending(w) == [("two_agents", False)]
        await looks(w, minutes=10)
        assert await pending(w) == [("two_agents", True)]


async def test_alerts_are_listed_seen_once_and_recorded(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w, served(w) as s:
        s.gate.people["operator"] = w.operator
        for cell in (1, 2, 3):
            w.later(seconds=1)
            await w.cabinet.report(
                w.cabinet.event(DoorEventKind.TAMPERED, cell, DoorState.OPEN, None)
            )
        page = await s.call("GET", "/v1/staff/alerts?limit=2", who="operator")
        assert (page["pending"], len(page["alerts"])) == (3, 2)
        rest = await s.call(
            "GET", f"/v1/staff/alerts?limit=2&before={page['next']}", who="operator"
        )
        # All came by the agent's one clock: the pages part them all the same.
        assert {one["cell"] for one in page["alerts"] + rest["alerts"]} == {1, 2, 3}
        assert len(rest["alerts"]) == 1
        name = rest["alerts"][0]["alert_id"]
        seen = await s.call("POST", f"/v1/staff/alerts/{name}/acknowledge", who="operator")
        assert seen["acknowledged_by"] == w.operator.person
        again = await s.call("POST", f"/v1/staff/alerts/{name}/acknowledge", who="operator")
        assert again == seen
        assert len(await w.audit.of(f"alert:{name}")) == 1
        assert told(w)[-1]["acknowledged_by"] == w.operator.person
        for bad in ("nonsense", "1.", "99999999999999.x"):
            path = f"/v1/staff/alerts?before={bad}"
            assert (await s.refused("GET", path, who="operator"))[2] == "before"
        unknown = f"/v1/staff/alerts/{24 * '0'}/acknowledge"
        assert (await s.refused("POST", unknown, who="operator"))[0] == 404
        assert (await s.call("GET", "/v1/staff/fleet", who="operator"))["levels"]["alarm"] == 1


async def test_a_worker_that_was_stopped_in_its_look_concludes_nothing(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        await looks(w, minutes=6)
        slow = fleet_of(w)
        ask = slow.fleet.connected

        async def stopped() -> frozenset[TerminalId]:
            connected = await ask()
            w.cabinet.online = False
            await looks(w, minutes=12)
            return connected

        slow.alerts._fleet.connected = stopped
        w.later(seconds=5)
        assert await slow.alerts.look() == 0
        assert await pending(w) == [("offline", False)]
        assert not (await only(w)).online
