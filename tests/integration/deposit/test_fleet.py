"""The fleet by its view, what it costs to look at it, the history of its doors."""

from datetime import timedelta

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from msgspec.structs import replace
from pymongo import monitoring

from realtime.wire.fleet import FleetQuery, HistoryQuery
from realtime.wire.terminal import DoorEventKind, DoorState, EvidenceSource
from server.domain.errors import StaleVersion
from server.domain.ids import OrderId
from server.services.terminals.fleet import Fleet
from server.store.fleet import MongoFleet
from tests.integration.deposit.served import served
from tests.integration.deposit.watched import SILENT, health, only, says
from tests.integration.deposit.world import world


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
