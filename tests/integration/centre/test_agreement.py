"""The user agreement: a page a version, kept; and a log-in that asks again after a new one."""

from dataclasses import replace
from pathlib import Path

import pytest

import web
from handlers import agreements
from handlers.agreements import require_text
from server.domain.errors import AgreementRequired
from server.domain.rules import Rules
from server.services.accounts.codes import Caller
from tests.integration.centre.harness import CentreRooms

pytestmark = pytest.mark.gen_test

PHONE = "13800000001"
WEB = Path(web.__file__).parent


@pytest.fixture
def app(rooms):
    app = rooms.app(*agreements.routes(WEB))
    app.settings["agreement_version"] = rooms.rules.agreement_version
    return app


async def test_the_present_text_and_every_older_one_read_without_scripts(rooms, client):
    response = await client.ask("GET", "/agreement")
    assert response.code == 200
    assert rooms.rules.agreement_version in response.body.decode()
    versions = [file.stem for file in (WEB / "agreements").glob("*.html")]
    assert len(versions) >= 2
    for version in versions:
        response = await client.ask("GET", f"/agreement/{version}")
        assert response.code == 200
        assert f"version {version}" in response.body.decode()
        assert b"<script" not in response.body


async def test_the_consent_to_photos_of_papers_has_its_text(rooms, client):
    version = Rules().papers_consent_version
    response = await client.ask("GET", f"/papers-consent/{version}")
    assert response.code == 200
    assert f"version {version}" in response.body.decode()
    assert f"{Rules().papers_kept_days} 天后删除" in response.body.decode()
    assert (await client.ask("GET", "/papers-consent/2020-01")).code == 404


@pytest.mark.parametrize("path", ["2020-01", "..%2f..%2fsetup", "2026-12.html", "x", "2026-12/"])
async def test_no_other_file_is_served(rooms, client, path):
    assert (await client.ask("GET", f"/agreement/{path}")).code == 404


async def test_no_server_starts_under_a_version_that_nobody_can_read():
    require_text(WEB, Rules().agreement_version)
    with pytest.raises(FileNotFoundError, match="2030-01"):
        require_text(WEB, "2030-01")


async def test_each_accepted_version_stays_on_record(rooms, client, database, redis):
    await client.log_in(rooms, PHONE)
    rooms.clock.turn(60)
    first = rooms.clock.now
    newer = CentreRooms(database, redis, clock=rooms.clock, seed=9)
    newer.accounts._rules = replace(rooms.rules, agreement_version="2027-01")
    newer.rules = newer.accounts._rules
    await client.call("POST", "/v1/codes", {"phone": PHONE, "device": client.device})
    form = client.form(rooms, PHONE)
    caller = Caller(address="127.0.0.1", device="d")
    with pytest.raises(AgreementRequired):
        await newer.accounts.log_in(
            PHONE, form["code"], caller, agreement_version=form["agreement_version"]
        )
    await newer.accounts.log_in(PHONE, form["code"], caller, agreement_version="2027-01")
    kept = (await database["people"].find_one({}))["agreements"]
    assert [one["version"] for one in kept] == [rooms.rules.agreement_version, "2027-01"]
    assert kept[1]["at"] == first
