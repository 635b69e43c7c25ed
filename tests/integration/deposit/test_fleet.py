"""The fleet by its view, the alerts of its troubles, the history of its doors."""

import asyncio
from datetime import timedelta

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from msgspec.structs import replace
from pymongo import monitoring

from realtime.wire.fleet import AlertsQuery, FleetQuery, HistoryQuery
from realtime.wire.health import BoardHealth, Health, PortHealth
from realtime.wire.terminal import DoorEventKind, DoorState, EvidenceSource
from server.domain.errors import StaleVersion, Unavailable
from server.domain.ids import OrderId, TerminalId
from server.services.terminals.fleet import Fleet
from server.store.fleet import MongoFleet
from tests.integration.deposit.served import served
from tests.integration.deposit.world import World, fleet_of, world


def health(**fields: object) -> Health:
    given: dict[str, object] = {
        "id": "h",
        "ports": (PortHealth(device="/dev/ttyS0", protocol="8a", state="ready"),),
        "boards": (BoardHealth(port=0, address=1, is_answering=True),),
        "disk_free_bytes": 2**40,
        "uptime_seconds": 5.5,
    }
    return Health(**(given | fields))  # type: ignore[arg-type]


SILENT = (BoardHealth(port=0, address=1, is_answering=False),)


async def says(w: World, **fields: object) -> None:
    told = await w.links.health(w.cabinet.terminal, w.cabinet.epoch, health(**fields))
    assert told == w.now, "the agent measures our clock by it"


async def look(w: World) -> int:
    """Let a worker look over the fleet, on its beat."""
    w.later(seconds=5)
    return await w.fleet.alerts.look()


async def looks(w: World, **delta: float) -> None:
    """Let time pass with a worker that looks now and then."""
    until = w.now + timedelta(**delta)
    while w.now < until:
        w.now += min(timedelta(seconds=50), until - w.now)
        await w.fleet.alerts.look()


async def pending(w: World) -> list[tuple[str, bool]]:
    view = await w.fleet.alerts.list(AlertsQuery())
    return [(one.kind, one.ended is not None) for one in view.alerts]


async def only(w: World) -> object:
    """Give the one terminal's view."""
    (view,) = (await w.fleet.fleet.view(FleetQuery())).terminals
    return view


def told(w: World, kind: str = "alert") -> list[dict]:
    return [fact.data for fact in w.heard.staff if fact.kind == kind]


async def test_health_is_the_newest_and_only_of_the_newest_connection(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        await says(w, boards=SILENT, spooled=7)
        first = w.now
        w.later(seconds=30)
        await says(w, boards=SILENT, disk_error="full")
        stored = await w.db["terminals"].find_one()
        assert stored["troubles"] == {"b0_1": first, "disk": w.now}, "each since it began"
        view = await only(w)
        assert (view.machine.spooled, view.machine.disk_free_bytes) == (0, 2**40)
        assert [one.kind for one in view.worst] == ["disk_refuses", "board_silent"]
        old = w.cabinet.epoch
        await w.cabinet.boot(5)
        with pytest.raises(StaleVersion):
            await w.links.health(w.cabinet.terminal, old, health(disk_error="old"))
        await says(w)
        stored = await w.db["terminals"].find_one()
        assert (stored["troubles"], stored["health"]["disk_error"]) == ({}, None)
        assert (await only(w)).worst == ()


async def test_the_view_counts_cells_doors_and_parcels(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name, sizes="SMMML") as w:
        customer = await w.person()
        lying, under_way = await w.placed(customer), await w.placed(customer)
        await w.deposit(customer, lying.order_id)
        visit = await w.scan(customer)
        await w.acts.choose_order(visit.visit_id, customer.person, OrderId(under_way.order_id))
        await w.db["cells"].update_one({"cell": 5}, {"$set": {"retired": True}})
        await w.cabinet.report(
            w.cabinet.event(DoorEventKind.TAMPERED, 1, DoorState.OPEN, None),
            w.cabinet.event(DoorEventKind.SENSED_CLOSED, 1, DoorState.CLOSED, None),
        )
        view = await only(w)
        sizes = {
            size: (one.free, one.held, one.occupied, one.out_of_service)
            for size, one in view.cells.items()
        }
        assert sum(one.not_ready for one in view.cells.values()) == 0
        assert sizes == {"S": (1, 0, 0, 0), "M": (1, 1, 1, 0), "L": (0, 0, 0, 1)}
        assert (view.parcels, view.overdue, view.live_grants) == (2, 0, 1)
        assert (view.doors.tampered_day, view.doors.tampered, view.out_of_service) == (1, (), (5,))
        assert [one.kind for one in view.worst] == ["cell_retired", "tampered_lately"]
        assert view.worst[0].zh == "5 号格口停用"
        w.later(days=1)
        late = await only(w)
        assert (late.overdue, late.doors.tampered_day) == (2, 0)
        assert late.overdue_since < w.now - timedelta(days=1) + timedelta(minutes=1)


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


async def test_the_history_tells_what_a_dispute_needs(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w, served(w) as s:
        s.gate.people["operator"] = w.operator
        customer = await w.person()
        order = await w.placed(customer)
        await w.deposit(customer, order.order_id)
        command = w.cabinet.commands[-1]
        proof = replace(
            w.cabinet.event(DoorEventKind.REACHABLE, 5, DoorState.CLOSED, None),
            evidence="80010033b2",
            source=EvidenceSource.POLL,
            item=True,
        )
        await w.cabinet.report(proof)
        whole = await w.fleet.history.show(w.cabinet.terminal, HistoryQuery())
        assert [one.kind for one in whole.events] == [
            *("reachable", "sensed_closed", "sensed_open", "pulsed", "sent", "asked")
        ]
        newest, closed = whole.events[:2]
        assert (newest.evidence, newest.source, newest.item) == ("80010033b2", "poll", True)
        assert (closed.order_id, closed.purpose, closed.asked_by) == (
            order.order_id,
            "deposit",
            customer.person,
        )
        at = f"/v1/staff/terminals/{w.cabinet.terminal}/history?cell={command.cell}&limit=2"
        first = await s.call("GET", at, who="operator")
        second = await s.call("GET", f"{at}&before={first['next']}", who="operator")
        third = await s.call("GET", f"{at}&before={second['next']}", who="operator")
        kinds = [one["kind"] for page in (first, second, third) for one in page["events"]]
        assert kinds == ["sensed_closed", "sensed_open", "pulsed", "sent", "asked"]
        assert third["next"] is None
        for bad in ("x", "1.x", "1", f"1.{9 * '9' * 2}", "²1.1"):
            refused = await s.refused("GET", f"{at}&before={bad}", who="operator")
            assert refused[2] == "before", bad
        nowhere = await s.refused("GET", "/v1/staff/terminals/NOWHERE/history", who="operator")
        assert nowhere[0] == 404


class Counting(monitoring.CommandListener):
    """Counts what is asked of MongoDB."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.asked.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


async def test_five_hundred_terminals_take_as_many_reads_as_one(
    mongo_uri: str, mongo_db_name: str
) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        now = w.now + timedelta(days=1)
        one = await w.db["terminals"].find_one()
        cells = await w.db["cells"].find().to_list(10)
        names = [f"SZ-{n:04}" for n in range(2, 501)]
        await w.db["terminals"].insert_many([{**one, "_id": name} for name in names])
        await w.db["cells"].insert_many(
            [
                {**cell, "_id": f"{name}:{cell['cell']}", "terminal": name}
                for name in names
                for cell in cells
            ]
        )
        counting = Counting()
        client = AsyncIOMotorClient(mongo_uri, tz_aware=True, event_listeners=[counting])
        try:
            fleet = Fleet(
                fleet=MongoFleet(client[w.db.name]),
                routing=w.cabinet,
                rules=w.rules,
                clock=lambda: now,
            )
            view = await fleet.view(FleetQuery(limit=100))
        finally:
            client.close()
        asked = [name for name in counting.asked if name in ("find", "aggregate", "getMore")]
        assert (view.total, len(view.terminals)) == (500, 100)
        assert len(asked) <= 9, asked
        assert view.terminals[-1].terminal_id != view.terminals[0].terminal_id
        assert view.levels["alarm"] == 499, "only the cabinet of this test has a link"
        last = await w.fleet.fleet.view(FleetQuery(skip=499))
        assert [one.terminal_id for one in last.terminals] == [w.cabinet.terminal]


async def test_looks_over_the_fleet_use_indexes(mongo_uri: str, mongo_db_name: str) -> None:
    async with world(mongo_uri, mongo_db_name) as w:
        queries = {
            "cells": {
                "$or": [
                    {"retired": True},
                    {"tampered_at": {"$type": "date"}},
                    {"door": "open", "door_at": {"$lte": w.now}},
                ]
            },
            "door_events": {
                "kind": {"$in": ["tampered", "jammed"]},
                "applied_at": {"$gt": w.now},
            },
            "orders": {"custody": {"$in": ["open", "claimed"]}},
            "alerts": {"pending": True, "open": True},
        }
        for name, query in queries.items():
            plan = await w.db.command("explain", {"find": name, "filter": query})
            assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"]), name


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
