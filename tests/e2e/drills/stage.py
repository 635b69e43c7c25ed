"""What the drills are played on: one real site, one cabinet whose hands, faults and time we move.

The simulated boards are a program of their own, so that they outlive an agent that is killed.
Long timers are not waited for: `age` moves an order's own times back, as if so long had passed,
and the site's worker finds it due by the ordinary rules.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from websockets.asyncio.client import connect

from server.local.child import Child
from server.local.directory import free_port
from server.local.site import Site, SitePlan
from server.proof import acts, town
from server.proof.people import Api, JsonObject, LiveSocket, Refused, Visitor
from tests.waiting import eventually

#: Quick jams, codes that turn each second and are good for half a minute. Commands live longer than
#: a starved machine may pause: a refused one is certainly not sent, and no drill is about that.
RULES = {
    **town.LOCAL_RULES,
    "LANJIAN_OPEN_WITHIN_SECONDS": "2",
    "LANJIAN_COMMAND_DEADLINE_SECONDS": "10",
    "LANJIAN_LEFT_OPEN_WARN_SECONDS": "3",
    "LANJIAN_KIOSK_STEP_SECONDS": "1",
    "LANJIAN_KIOSK_SLACK_STEPS": "30",
}

#: Two boards: drills leave parcels behind, and none waits for another's cell.
SIZES = "SSSSSSSSSSSSMMMMMMMMLLLL" + "S" * 24
LARGE = (21, 22, 23, 24)

#: For whatever comes by itself. An agent alone may pause for 30 s between two calls.
PATIENCE_SECONDS = 60.0


class Cabinet:
    """One terminal: boards on a pty and the agent, each a process that may be killed."""

    def __init__(self, site: Site, terminal: str, token: str) -> None:
        self.terminal = terminal
        self._dir = site.var_dir / terminal
        self._dir.mkdir(parents=True)
        self._control_port, kiosk_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{kiosk_port}"
        config = self._dir / "boards.toml"
        self.boards = Child(
            f"boards-{terminal}",
            [
                *(sys.executable, "-m", "hardware.simulator", "--people", "manual"),
                *("--boards", "2"),
                *("--control-port", str(self._control_port)),
                *("--link", str(self._dir / "line"), "--config", str(config)),
            ],
            log_path=self._dir / "boards.log",
        )
        self.agent = Child(
            f"agent-{terminal}",
            [
                *(sys.executable, "-m", "server.cli", "terminal", "--config", str(config)),
                *("--server", site.base_url, "--terminal", terminal),
                *("--data", str(self._dir / "spool"), "--kiosk-port", str(kiosk_port)),
            ],
            log_path=self._dir / "agent.log",
            environment={"LANJIAN_TERMINAL_TOKEN": token},
        )
        self._config = config

    def start(self) -> None:
        """Start boards, then agent."""
        self.boards.start()
        self.boards.wait_ready(self._config.exists, deadline_seconds=PATIENCE_SECONDS)
        self.agent.start()

    def stop(self) -> None:
        """End both."""
        self.agent.stop(limit_seconds=5)
        self.boards.stop(limit_seconds=5)

    async def turn(self, **order: object) -> JsonObject:
        """Say one line to the boards' control."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._control_port)
        try:
            writer.write(json.dumps(order).encode() + b"\n")
            answer: JsonObject = json.loads(await reader.readline())
        finally:
            writer.close()
            await writer.wait_closed()
        assert answer["ok"], answer
        return answer

    async def pulses(self, cell: int) -> int:
        """Count the pulses that a lock truly got."""
        return int((await self.turn(state=True))["pulses"][str(cell)])

    async def pulsed(self, cell: int, count: int) -> None:
        """Wait until a lock got so many pulses in all."""
        await self.turn(wait=cell, pulses=count, seconds=PATIENCE_SECONDS)

    async def close(self, cell: int) -> None:
        """Close a door once the agent has sensed it open."""
        await self.senses(cell, "open")
        await self.turn(close=cell)

    async def senses(self, cell: int, state: str) -> None:
        """Wait until the agent has sensed a door in a state."""

        async def is_so() -> bool:
            doors = {door["cell"]: door["state"] for door in (await self.state())["doors"]}
            return bool(doors[cell] == state)

        await eventually(is_so, PATIENCE_SECONDS)

    async def state(self) -> JsonObject:
        """Look at the kiosk."""
        kiosk = Api(self.url)
        try:
            return await kiosk.ask("GET", "/state")
        finally:
            kiosk.close()

    async def online(self) -> None:
        """Wait until the agent is served and its doors were looked at."""

        async def is_up() -> bool:
            try:
                seen = await self.state()
            except (OSError, Refused):
                return False
            return bool(seen["qr_url"]) and seen["link"] == "up"

        await eventually(is_up, PATIENCE_SECONDS)

    async def shows(self, step: str, visit: str | None = None) -> JsonObject:
        """Wait until the kiosk shows a step (of a visit); gives the view."""

        async def view() -> JsonObject | None:
            seen: JsonObject = (await self.state())["view"]
            assert seen["step"] == step, seen
            assert visit is None or seen["visit_id"] == visit, seen
            return seen

        found = await eventually(view, PATIENCE_SECONDS)
        assert found is not None
        return found

    async def press(self, action: str, value: str | None = None) -> JsonObject:
        """Press a button of the kiosk's page, or scan at its scanner; gives the answer."""
        visit = (await self.state())["view"]["visit_id"]
        async with connect(self.url.replace("http", "ws") + "/socket", proxy=None) as page:
            frame = {"type": "input", "visit_id": visit, "action": action, "value": value}
            await page.send(json.dumps(frame))
            while True:
                answer: JsonObject = json.loads(await page.recv())
                if answer["type"] == "answer":
                    return answer


class Drill:
    """The site of one test: people log in, orders are brought where a drill begins."""

    def __init__(self, stage: Stage, stack: AsyncExitStack) -> None:
        self.site, self.cabinet = stage.site, stage.cabinet
        self._stage, self._stack = stage, stack
        self.staff: Visitor
        self.staff_live: LiveSocket

    async def person(self, role: str = "customer") -> Visitor:
        """Bring a customer or a certified courier on duty whom no other drill knows."""
        number = self._stage.next_number()
        if role == "customer":
            visitor = Visitor(self.site.base_url, self.site.sandbox_url, str(13900100000 + number))
            await visitor.log_in()
        else:
            visitor = await town.courier(self.site, number, self.staff)
        self._stack.callback(visitor.close)
        return visitor

    async def live(self, visitor: Visitor) -> LiveSocket:
        """Open a person's socket for the rest of the drill."""
        return await self._stack.enter_async_context(visitor.live("me"))

    async def place(self, customer: Visitor, size: str = "S") -> str:
        """Fill a waybill."""
        return str((await town.place(customer, size=size))["order_id"])

    async def scan(self, visitor: Visitor, role: str = "deposit") -> str:
        """Scan the kiosk."""
        kiosk = Api(self.cabinet.url)
        try:
            return await acts.scan(kiosk, visitor, role)
        finally:
            kiosk.close()

    async def scan_only(self, visitor: Visitor) -> str:
        """Scan the kiosk and do nothing else on the phone."""
        code = (await self.cabinet.state())["qr_url"].rsplit("/", 1)[-1]
        return str((await visitor.ask("POST", "/v1/visits", {"code": code}))["visit_id"])

    async def begin(self, customer: Visitor, size: str = "S") -> tuple[str, str, int]:
        """Scan and choose a new waybill: its door is asked; gives order, visit, cell."""
        order = await self.place(customer, size)
        visit = await self.scan(customer)
        seen = await act(customer, visit, "order", order_id=order)
        return order, visit, int(seen["current"]["placement"]["cell"])

    async def deposited(self, customer: Visitor, size: str = "S") -> tuple[str, str, int]:
        """Have a parcel inside, unpaid; gives order, visit, cell."""
        order, visit, cell = await self.begin(customer, size)
        await self.cabinet.close(cell)
        await acts.order_where(customer, order, closed=True)
        await act(customer, visit, "confirm")
        return order, visit, cell

    async def opened(self, customer: Visitor) -> tuple[str, str, int]:
        """Have a paid parcel on offer."""
        order, visit, cell = await self.deposited(customer)
        await acts.pay(self.site.sandbox_url, customer, order)
        await acts.order_where(customer, order, custody="open")
        return order, visit, cell

    async def claimed(self, customer: Visitor, courier: Visitor) -> tuple[str, int]:
        """Have an order won by a courier."""
        order, _, cell = await self.opened(customer)
        await self.claim(courier, order)
        return order, cell

    async def claim(self, courier: Visitor, order: str) -> None:
        """Claim an order at the version that staff see it offered at."""
        version = (await self.staff.ask("GET", f"/v1/orders/{order}"))["offer_version"]
        async with courier.live("me") as socket:
            answer = await socket.ask("claim_order", order_id=order, offer_version=version)
        assert answer["type"] == "claimed", answer

    async def bound(self, customer: Visitor, courier: Visitor, number: str) -> tuple[str, str, int]:
        """Have a courier at the door with a carrier's waybill bound; gives order, visit, cell."""
        order, cell = await self.claimed(customer, courier)
        visit = await self.scan(courier, "pickup")
        await act(courier, visit, "order", order_id=order)
        await bind(courier, visit, order, number)
        return order, visit, cell

    async def age(self, order: str, seconds: float) -> None:
        """Make an order older, with what it paid and its courier's time."""
        await asyncio.to_thread(self._stage.age, order, seconds)

    def document(self, collection: str, **query: object) -> JsonObject:
        """Read one fact as it is stored."""
        found = self._stage.database[collection].find_one(query)
        assert found is not None, (collection, query)
        return dict(found)

    async def freed(self, cell: int) -> None:
        """Wait until a cell is nobody's: it follows its order, in a write of its own."""
        whose = {"_id": f"T-DRILL:{cell}"}
        await eventually(lambda: self.document("cells", **whose)["order"] is None, PATIENCE_SECONDS)

    def steps(self, order: str) -> list[str]:
        """List what happened to an order, as it is stored."""
        return [event["step"] for event in self.document("orders", _id=order)["events"]]

    async def staff_told(self, kind: str, order: str) -> JsonObject:
        """Wait until staff's page is told of an order."""
        push = await self.staff_live.push_where(
            lambda event: (
                event["type"] == "notice" and (event["kind"], event["order_id"]) == (kind, order)
            )
        )
        return dict(push["event"])

    async def told(self, visitor: Visitor, text: str) -> JsonObject:
        """Wait until a person has got a notice that holds a text."""

        async def notice() -> JsonObject | None:
            kept = list(self._stage.database["notices"].find({"person": visitor.person_id}))
            for one in kept:
                if text in one["zh"]:
                    return dict(one)
            raise AssertionError([one["zh"] for one in kept])

        found = await eventually(notice, PATIENCE_SECONDS)
        assert found is not None
        return found


class Stage:
    """The site that all drills share."""

    def __init__(self, var_dir: Path) -> None:
        plan = SitePlan(servers=2, rules=RULES)
        self.site = Site(var_dir, plan)
        self._numbers = 0

    async def start(self) -> None:
        """Start the site, name staff, bring the cabinet."""
        await self.site.start()
        try:
            await self._furnish()
        except BaseException:
            await self.site.stop()
            raise

    async def _furnish(self) -> None:
        self._mongo: MongoClient[dict[str, Any]] = MongoClient(
            self.site.environment["LANJIAN_MONGODB_URI"], tz_aware=True
        )
        self.database = self._mongo["lanjian"]
        await town.add_staff(self.site, town.STAFF_PHONE)
        staff = Visitor(self.site.base_url, self.site.sandbox_url, town.STAFF_PHONE)
        await staff.log_in()
        self._staff_session = (staff.token, staff.person)
        token = await town.register_terminal(staff, "T-DRILL", sizes=SIZES)
        staff.close()
        self.cabinet = Cabinet(self.site, "T-DRILL", token)
        self.cabinet.start()
        await self.cabinet.online()

    async def stop(self) -> None:
        """End everything."""
        self.cabinet.stop()
        self._mongo.close()
        await self.site.stop()

    def staff(self) -> Visitor:
        """Give the one member of staff, logged in once for all drills."""
        staff = Visitor(self.site.base_url, self.site.sandbox_url, town.STAFF_PHONE)
        staff.token, staff.person = self._staff_session
        return staff

    def next_number(self) -> int:
        """Count people, so that each is new."""
        self._numbers += 1
        return self._numbers

    def age(self, order: str, seconds: float) -> None:
        """Move an order's own times back."""
        back = timedelta(seconds=seconds)
        orders = self.database["orders"]
        found = orders.find_one({"_id": order})
        assert found is not None
        fields: dict[str, Any] = {"custody_since": found["custody_since"] - back}
        if found.get("due_at"):
            fields["due_at"] = found["due_at"] - back
        if found.get("pickup"):
            fields["pickup.until"] = found["pickup"]["until"] - back
        orders.update_one({"_id": order}, {"$set": fields})

    def age_door(self, cell: int, seconds: float) -> None:
        """Have a door stand as it does for longer."""
        cells, key = self.database["cells"], f"T-DRILL:{cell}"
        found = cells.find_one({"_id": key})
        assert found is not None
        at = found["door_at"] - timedelta(seconds=seconds)
        cells.update_one({"_id": key}, {"$set": {"door_at": at}})

    def expire(self, collection: str, key: str) -> None:
        """Have the time of a visit or a payment be over."""
        documents = self.database[collection]
        found = documents.find_one({"_id": key})
        assert found is not None
        at = found["expires_at"] - timedelta(days=1)
        documents.update_one({"_id": key}, {"$set": {"expires_at": at}})

    @asynccontextmanager
    async def drill(self) -> AsyncIterator[Drill]:
        """Play one drill; its people leave at its end, and everything is up for the next."""
        try:
            async with AsyncExitStack() as stack:
                drill = Drill(self, stack)
                drill.staff = self.staff()
                stack.callback(drill.staff.close)
                drill.staff_live = await stack.enter_async_context(drill.staff.live("staff"))
                yield drill
        except BaseException:
            self.cabinet.agent.kill()  # started again, it calls at once, however long it paused
            raise
        finally:
            await self._mend()

    async def _mend(self) -> None:
        """Start what a drill left dead: the next one is not to fail for it."""
        for number, server in enumerate(self.site.servers):
            if not server.running:
                await self.site.start_server(number)
        for child in (self.site.worker, self.cabinet.boards, self.cabinet.agent):
            if child and not child.running:
                child.start()
        await self.cabinet.online()


async def act(visitor: Visitor, visit: str, what: str, **body: object) -> JsonObject:
    """Do something in a visit; gives the visit as the phone sees it."""
    return await visitor.ask("POST", f"/v1/visits/{visit}/{what}", body or None)


async def bind(courier: Visitor, visit: str, order: str, number: str) -> JsonObject:
    """Bind a carrier's waybill in a visit."""
    body = {"carrier_waybill": number, "visit_id": visit}
    return await courier.ask("POST", f"/v1/orders/{order}/carrier", body)


async def refused(code: str, rule: str | None, work: Any) -> JsonObject:
    """Expect a typed refusal; gives its error."""
    try:
        done = await work
    except Refused as refusal:
        seen = (refusal.code, refusal.error.get("rule"))
        assert seen[0] == code and rule in (None, seen[1]), refusal.error
        return refusal.error
    raise AssertionError(f"not refused: {done}")
