"""The number of customer service: read by anybody, written by staff version by version."""

import asyncio

import pytest

from server.domain.people import Role
from tests.integration.accounts.harness import Client

pytestmark = pytest.mark.gen_test

LINE = {"version": 0, "phone": "400-820-0001", "hours_zh": "每天 8:00–20:00", "hours_en": "8 to 20"}


@pytest.fixture
def staff(rooms, http_client, base_url, io_loop):
    client = Client(http_client, base_url, device="desk")

    async def make():
        await rooms.staffing.add("13800000009", Role.REVIEWER)
        await client.log_in(rooms, "13800000009")

    io_loop.run_sync(make)
    return client


async def test_anybody_reads_what_staff_wrote_and_every_version_stays(rooms, client, staff):
    before = await client.call("GET", "/v1/service-line")
    assert (before["version"], before["phone"]) == (0, None)
    await staff.call("PUT", "/v1/service-line", LINE)
    second = LINE | {"version": 1, "phone": "0755 8888 0001"}
    await staff.call("PUT", "/v1/service-line", second)
    now = await client.call("GET", "/v1/service-line")
    assert (now["version"], now["phone"], now["shown"]) == (2, "075588880001", "0755-88880001")
    kept = (await staff.call("GET", "/v1/service-line/versions"))["versions"]
    assert [(one["version"], one["shown"]) for one in kept] == [
        (2, "0755-88880001"),
        (1, "400-820-0001"),
    ]
    assert kept[0]["by"] == staff.person_id
    assert len(await rooms.audited("service_line")) == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"phone": "tel:1"}, "phone"),
        ({"phone": "400-820-00011"}, "phone"),
        ({"phone": "https://x"}, "phone"),
        ({"phone": "４００８２００００１"}, "phone"),
        ({"hours_zh": " "}, "hours_zh"),
        ({"hours_en": "x" * 61}, "hours_en"),
        ({"hours_zh": "\u202e8"}, "hours_zh"),
        ({"version": "1"}, "version"),
    ],
)
async def test_bad_fields_are_named(rooms, staff, fields, field):
    refused = await staff.refused("PUT", "/v1/service-line", LINE | fields)
    assert refused[:3] == (400, "invalid_input", field)
    assert (await staff.call("GET", "/v1/service-line"))["version"] == 0


async def test_of_two_staff_at_once_one_is_told_to_look_again(rooms, staff):
    answers = await asyncio.gather(*(staff.ask("PUT", "/v1/service-line", LINE) for _ in range(4)))
    assert sorted(answer.code for answer in answers) == [200, 409, 409, 409]


async def test_only_staff_write(rooms, client):
    await client.log_in(rooms, "13800000001")
    assert (await client.refused("PUT", "/v1/service-line", LINE))[0] == 403
    assert (await client.refused("GET", "/v1/service-line/versions"))[0] == 403
