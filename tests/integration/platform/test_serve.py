"""`lanjian serve`, `worker` and `staff` as programs: two servers, one site."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import ClientConnection, connect

from server.services.accounts.gate import KEPT_SECONDS
from tests.integration.platform.programs import Program, Site, program, site
from tests.waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.slow

BOSS, CUSTOMER = "13800000001", "13800000002"


@pytest.fixture
def given(tmp_path, mongo_uri, mongo_db_name, redis_url):
    return tmp_path, mongo_uri, mongo_db_name, redis_url


async def test_two_servers_are_one_site(given):
    async with site(*given) as here, program(here, "serve") as one, program(here, "serve") as two:
        added = here.run("staff", "add", "--phone", BOSS, "--role", "admin", "--role", "reviewer")
        assert added.returncode == 0, added.stderr
        assert "admin customer reviewer" in added.stdout
        assert BOSS not in added.stdout
        boss, customer = await one.log_in(here, BOSS), await two.log_in(here, CUSTOMER)
        token, person = customer["access_token"], customer["person"]["person_id"]
        assert (await one.ask("GET", "/v1/me", token=token)) == (200, customer["person"])
        await one.ask("POST", "/v1/courier", token=token)
        certify = {"state": "certified", "reason": "saw the papers"}
        path = f"/v1/couriers/{person}/certification"
        status, changed = await two.ask("PUT", path, certify, token=boss["access_token"])
        assert (status, changed["certification"]) == (200, "certified")
        assert (await one.ask("GET", "/v1/me", token=token))[1]["certification"] == "certified"


async def test_a_log_out_on_one_server_counts_on_the_other_at_once(given):
    """Once is enough, since only the news can do it so soon; a stalled machine delays news too."""
    async with site(*given) as here, program(here, "serve") as one, program(here, "serve") as two:
        for number in range(5):  # people, since one gets a code a minute
            token = (await one.log_in(here, f"1380000010{number}"))["access_token"]
            if await refused_after(one, two, token) < KEPT_SECONDS:
                return
    raise AssertionError("never refused before what the other keeps had run out")


async def refused_after(one: Program, two: Program, token: str) -> float:
    """Log out on one server; give the seconds from the other's last welcome to its refusal."""
    assert (await one.ask("GET", "/v1/me", token=token))[0] == 200
    begun = time.monotonic()  # before the other begins to keep who this is
    assert (await two.ask("GET", "/v1/me", token=token))[0] == 200
    assert (await one.ask("DELETE", "/v1/sessions/current", token=token)) == (200, {})

    async def refused_there() -> bool:
        status, answer = await two.ask("GET", "/v1/me", token=token)
        return status == 401 and answer["error"]["code"] == "session_revoked"

    await eventually(refused_there)
    return time.monotonic() - begun


@asynccontextmanager
async def page(server: Program, token: str) -> AsyncIterator[ClientConnection]:
    """Open a person's socket and say hello."""
    url = server.url.replace("http", "ws", 1) + "/v1/socket"
    async with connect(url, proxy=None) as socket:
        await socket.send(json.dumps({"type": "hello", "id": "1", "token": token}))
        assert json.loads(await socket.recv())["type"] == "welcome"
        yield socket


async def subscribe(socket: ClientConnection, channel: str) -> dict:
    await socket.send(json.dumps({"type": "subscribe", "id": "2", "channel": channel}))
    return json.loads(await socket.recv())


async def close_code(socket: ClientConnection) -> int:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await socket.wait_closed()
    return socket.close_code


async def test_a_log_out_closes_the_sockets_on_every_server(given):
    async with site(*given) as here, program(here, "serve") as one, program(here, "serve") as two:
        token = (await one.log_in(here, CUSTOMER))["access_token"]
        async with page(one, token) as first, page(two, token) as second:
            await one.ask("DELETE", "/v1/sessions/current", token=token)
            assert [await close_code(first), await close_code(second)] == [4505, 4505]


async def test_a_suspension_ends_a_couriers_offers_on_every_server_at_once(given):
    async with site(*given) as here, program(here, "serve") as one, program(here, "serve") as two:
        here.run("staff", "add", "--phone", BOSS, "--role", "admin")
        boss = (await one.log_in(here, BOSS))["access_token"]
        courier = await two.log_in(here, CUSTOMER)
        token, person = courier["access_token"], courier["person"]["person_id"]
        await two.ask("POST", "/v1/courier", token=token)
        path = f"/v1/couriers/{person}/certification"
        certify = {"state": "certified", "reason": "checked at the outlet"}
        assert (await one.ask("PUT", path, certify, token=boss))[0] == 200
        async with page(two, token) as socket:
            assert (await subscribe(socket, "offers"))["type"] == "subscribed"
            suspend = {"state": "suspended", "reason": "complaint"}
            assert (await one.ask("PUT", path, suspend, token=boss))[0] == 200
            assert await close_code(socket) == 4005
        async with page(two, token) as socket:
            refused = await subscribe(socket, "offers")
            assert (refused["code"], refused["rule"]) == ("forbidden", "not_suspended")
        status, _ = await two.ask("PUT", "/v1/courier/duty", {"on": True}, token=token)
        assert status == 403


async def test_a_stopping_server_sends_its_sockets_away_to_come_back(given):
    async with site(*given) as here, program(here, "serve") as server:
        token = (await server.log_in(here, CUSTOMER))["access_token"]
        async with page(server, token) as first, page(server, token) as second:
            ended = asyncio.create_task(server.end())
            assert [await close_code(first), await close_code(second)] == [4000, 4000]
        assert await ended == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_a_server_cleanly(given, number):
    async with site(*given) as here, program(here, "serve") as server:
        status, health = await server.ask("GET", "/v1/health")
        assert (status, health["ok"], health["sockets"]) == (200, True, 0)
        assert await server.end(number) == 0


async def test_a_worker_ends_cleanly(given):
    async with site(*given) as here, program(here, "worker") as worker:
        assert await worker.end() == 0


@pytest.mark.parametrize("command", ["serve", "worker"])
async def test_bad_settings_are_all_told_without_a_traceback(given, command):
    async with site(*given) as here:
        for name in ("LANJIAN_REDIS_URL", "LANJIAN_SECRET_BLIND_KEY"):
            del here.environment[name]
        done = here.run(command)
        assert done.returncode == 1
        assert "LANJIAN_REDIS_URL is missing" in done.stderr
        assert "LANJIAN_SECRET_BLIND_KEY is missing" in done.stderr
        assert "Traceback" not in done.stderr


async def test_staff_add_refuses_what_is_wrong(given):
    async with site(*given) as here:
        wrong = here.run("staff", "add", "--phone", "12345", "--role", "admin")
        assert wrong.returncode == 1
        assert "mobile_number" in wrong.stderr
        assert here.run("staff", "add", "--phone", BOSS, "--role", "king").returncode == 2


def test_secrets_are_fresh_and_complete():
    here = Site(environment={}, phone=None)
    first, second = here.run("secrets"), here.run("secrets")
    assert first.returncode == 0
    assert {line.split("=")[0] for line in first.stdout.split()} == {
        f"LANJIAN_SECRET_{name}" for name in ("TOKEN_KEYS", "SEAL_KEYS", "BLIND_KEY", "GRANT_KEYS")
    }
    assert first.stdout != second.stdout


async def test_an_outage_of_redis_is_told_as_such(tmp_path, mongo_uri, mongo_db_name, redis_server):
    async with (
        site(tmp_path, mongo_uri, mongo_db_name, redis_server.url) as here,
        program(here, "serve") as server,
    ):
        redis_server.kill()
        form = {"phone": CUSTOMER, "device": "d"}
        status, answer = await server.ask("POST", "/v1/codes", form)
        assert (status, answer["error"]["code"]) == (503, "unavailable")
        status, health = await server.ask("GET", "/v1/health")
        assert (status, health["redis"], health["mongo"]) == (503, False, True)
        redis_server.start()

        async def sent() -> bool:
            return (await server.ask("POST", "/v1/codes", form))[0] == 200

        await eventually(sent)
        assert (await server.ask("GET", "/v1/health"))[0] == 200
