"""Offline grants on the running agent: opened once, whatever link or server does."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from realtime.wire.terminal import (
    CommandRefused,
    CommandTaken,
    EvidenceSource,
    KioskAction,
    KioskStep,
    KioskView,
)
from tests.integration.hardware.grants import lose_spool, signed
from tests.integration.hardware.offline import GOING, K, back, cabinet, code, cut, scan, with_keys
from tests.integration.hardware.played_server import PlayedServer
from tests.integration.hardware.rig import (
    Rig,
    kiosk_page,
    rig,
)
from tests.waiting import eventually

GRANT_STEPS = [K.ASKED, K.SENT, K.PULSED, K.SENSED_OPEN, K.SENSED_CLOSED]


async def test_offline_a_grant_opens_its_door_once_and_is_told_when_the_link_is_back(
    tmp_path: Path,
) -> None:
    async with cabinet(tmp_path) as (r, page):
        await cut(r)
        assert (await r.state())["takes_grants"]
        assert await code(page, signed("g1")) is None
        screen = await page.shows("door_open")
        assert (screen["view"]["cell"], screen["view"]["role"], screen["local"]) == (
            3,
            "pickup",
            True,
        )
        r.cabinet.doors.move(3, False)
        await page.shows("done")
        steps = [s["view"]["step"] for s in page.screens if s["local"]]
        assert list(dict.fromkeys(steps)) == ["door_opening", "door_open", "done"]
        await back(r)
        await r.server.until("g1", K.SENSED_CLOSED)
        assert r.server.kinds("g1") == GRANT_STEPS
        asked = next(e for e in r.server.events() if e.command_id == "g1")
        assert (asked.reason, asked.source) == ("grant", EvidenceSource.COMMAND)
        again = await r.server.answer_to(await r.server.open(3, "g1"))
        assert isinstance(again, CommandTaken)
        assert isinstance(await r.server.answer_to(await r.server.withdraw("g1")), CommandRefused)
        assert r.pulses(3) == 1


async def test_an_agent_whose_disk_was_lost_says_that_it_cannot_know(tmp_path: Path) -> None:
    server, issued_at = with_keys(), datetime.now(UTC)
    async with cabinet(tmp_path, server) as (r, page):
        await cut(r)
        assert await code(page, signed("g1")) is None
        await page.shows("door_open")
        r.cabinet.doors.move(3, False)
        await page.shows("done")
    server.boot_answer = lambda _boot: None
    lose_spool(tmp_path)
    async with cabinet(tmp_path, server) as (r, page):
        assert server.kinds("g1") == [], "nobody will ever hear of it"
        asked = await server.withdraw("g1", issued_at - timedelta(seconds=3))
        refused = await server.answer_to(asked)
        assert isinstance(refused, CommandRefused)
        assert refused.reason == "forgotten"
        new = await server.answer_to(await server.withdraw("g2", datetime.now(UTC)))
        assert isinstance(new, CommandTaken)
        await cut(r)
        assert await code(page, signed("g1", issued_at=int(time.time()) - 60)) == "forgotten"
        assert r.pulses(3) == 0


async def test_online_the_phone_opens_and_the_grant_is_left_alone(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as (r, page):
        answer = await scan(page, signed("g1"))
        assert (answer["code"], r.pulses(3)) == ("online", 0)
        assert "手机" in answer["message"]
        assert page.screen["view"]["step"] == "welcome"
        await cut(r)
        assert await code(page, signed("g1")) is None
        await eventually(lambda: r.pulses(3) == 1)


async def test_a_half_open_link_counts_as_up_until_its_silence_ends_it(tmp_path: Path) -> None:
    server = with_keys()
    server.pings = False
    server.ping_seconds = 2.0
    async with rig(tmp_path, server=server) as r, kiosk_page(r.kiosk_url) as page:
        await r.until_state(link="up")
        assert await code(page, signed("g1")) == "online"
        server.boot_answer = lambda _boot: (GOING, 4000)
        await r.until_state(link="down")
        assert await code(page, signed("g1")) is None


async def test_what_the_server_opened_the_grant_of_the_same_id_does_not(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as (r, page):
        await r.server.open(3, "g1")
        await r.server.until("g1", K.SENSED_OPEN)
        refused = await r.server.answer_to(await r.server.open(4, "g2", seconds=-5.0))
        assert isinstance(refused, CommandRefused)
        await cut(r)
        for grant_id, cell in (("g1", 3), ("g2", 4)):
            assert await code(page, signed(grant_id, cell)) == "used"
        assert (r.pulses(3), r.pulses(4)) == (1, 0)
        shown = await page.shows("failed")
        assert "已用过" in shown["view"]["message"]


async def test_withdrawn_before_the_scan_it_never_opens(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as (r, page):
        for _ in range(2):
            answer = await r.server.answer_to(await r.server.withdraw("g1"))
            assert (type(answer), answer.command_id) == (CommandTaken, "g1")
        refused = await r.server.answer_to(await r.server.open(3, "g1"))
        assert isinstance(refused, CommandRefused)
        assert refused.reason == "withdrawn"
        await cut(r)
        assert await code(page, signed("g1")) == "withdrawn"
        assert r.pulses(3) == 0


async def test_withdrawn_after_its_use_the_answer_is_used(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as (r, page):
        await cut(r)
        assert await code(page, signed("g1")) is None
        await page.shows("door_open")
        await back(r)
        for _ in range(2):
            answer = await r.server.answer_to(await r.server.withdraw("g1"))
            assert isinstance(answer, CommandRefused)
            assert (answer.command_id, answer.reason) == ("g1", "used")


async def test_two_scans_at_once_pulse_once(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as (r, page), kiosk_page(r.kiosk_url) as second:
        await cut(r)
        text = signed("g1")
        answers = await asyncio.gather(*(code(p, text) for p in (page, second)))
        assert set(answers) <= {None, "used"}
        assert None in answers
        await page.shows("door_open")
        assert await code(page, text) is None, "the scanner still sees the code"
        r.cabinet.doors.move(3, False)
        await page.shows("done")
        assert await code(page, text) is None
        assert page.screen["view"]["step"] == "done"
        assert await code(page, signed("g1", cell=4)) is None, "the id counts, not the text"
        assert (r.pulses(3), r.pulses(4)) == (1, 0)


async def test_what_is_not_right_opens_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="hardware")
    async with cabinet(tmp_path) as (r, page):
        await cut(r)
        good = signed("g1")
        wrong = {
            good[:-8]: "not_a_grant",
            good[:40] + ("B" if good[40] == "A" else "A") + good[41:]: "bad_signature",
            "LJG1:ABCDEF": "not_a_grant",
            "LJG7:ABCDEF": "not_a_grant",
            signed("g1", terminal_id="T-2"): "other_terminal",
            signed("g1", cell=99): "unknown_cell",
            signed("g1", deadline=1): "late",
            signed("g1", issued_at=1, deadline=2): "late",
        }
        for text, reason in wrong.items():
            assert await code(page, text) == reason
            shown = await page.shows("failed")
            assert shown["local"]
            assert text not in str(shown)
        assert sum(r.cabinet.doors.pulses.values()) == 0
        assert await code(page, good) is None
        said = [str(vars(record)) for record in caplog.records]
        assert any("grant taken" in words for words in said)
        assert not any("LJG1" in words or good[10:40] in words for words in said)


@pytest.mark.slow
async def test_a_silent_board_s_refusal_leaves_the_grant_usable(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as (r, page):
        await cut(r)
        r.cabinet.knobs.silence = True
        await until_doors(r, stale=True)
        assert await code(page, signed("g1")) == "unreachable"
        r.cabinet.knobs.silence = False
        await until_doors(r, stale=False)
        assert await code(page, signed("g1")) is None
        await page.shows("door_open")
        assert r.pulses(3) == 1


async def test_a_door_that_jams_may_not_be_tried_again(tmp_path: Path) -> None:
    async with cabinet(tmp_path, with_keys(open_within_seconds=3.0)) as (r, page):
        await cut(r)
        r.cabinet.doors.jammed.add(3)
        assert await code(page, signed("g1")) is None
        shown = await page.shows("door_jammed")
        assert "客服" in shown["view"]["message"]
        assert await code(page, signed("g1")) is None
        assert r.pulses(3) == 1
        assert "jammed" in shown["view"]["step"]


async def test_the_server_s_words_outrank_the_agent_s_own(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as (r, page):
        await cut(r)
        assert await code(page, signed("g1")) is None
        await page.shows("door_open")
        await back(r)
        assert page.screen["view"]["step"] == "door_open", "the door is still open"
        step, actions = KioskStep.SCAN_CARRIER, (KioskAction.SCAN,)
        await r.server.show(KioskView(version=1, step=step, visit_id="v1", actions=actions))
        await page.shows("scan_carrier")
        r.cabinet.doors.move(3, False)
        await r.server.until("g1", K.SENSED_CLOSED)


async def test_a_terminal_without_keys_takes_no_grant(tmp_path: Path) -> None:
    async with cabinet(tmp_path, PlayedServer()) as (r, page):
        await cut(r)
        assert not (await r.state())["takes_grants"]
        assert await code(page, signed("g1")) == "no_keys"


async def test_a_replaced_agent_takes_no_grant(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as (r, page):
        assert r.server.socket is not None
        await r.server.socket.close(4003)
        await r.until_state(link="replaced")
        assert await code(page, signed("g1")) == "replaced"
        assert r.pulses(3) == 0


async def test_a_wrong_clock_of_the_machine_is_told_and_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = with_keys()
    server.clock_skew = timedelta(hours=-2)
    async with cabinet(tmp_path, server) as (r, page):
        assert (await r.state())["clock_off_by_seconds"] == pytest.approx(7200, abs=5)
        await cut(r)
        assert await code(page, signed("g1")) == "not_yet"
        earlier = signed_two_hours_ago("g1")
        assert await code(page, earlier) is None
        await page.shows("door_open")
        await back(r)
        told = [record for record in caplog.records if "clock is wrong" in record.message]
        assert len(told) == 1


async def test_a_waybill_goes_to_the_running_visit(tmp_path: Path) -> None:
    async with cabinet(tmp_path) as (r, page):
        assert await code(page, "SF1234567890123") == "nothing_to_scan"
        step, actions = KioskStep.SCAN_CARRIER, (KioskAction.SCAN,)
        await r.server.show(KioskView(version=1, step=step, visit_id="v1", actions=actions))
        await page.shows("scan_carrier")
        assert await code(page, "SF1234567890123") is None
        told = r.server.inputs[0]
        assert (told.visit_id, told.action, told.value) == (
            "v1", KioskAction.SCAN, "SF1234567890123",
        )  # fmt: skip
        scanned_before = {"type": "scan", "value": "SF1234567890123", "visit_id": ""}
        assert (await page.ask(scanned_before))["code"] == "stale"
        assert await code(page, "X" * 300) == "not_a_waybill"
        assert await code(page, signed("g1")) == "online"
        assert len(r.server.inputs) == 1
        too_long = await page.ask({"type": "scan", "value": "X" * 513})
        assert too_long["code"] == "bad_frame"
        await cut(r)
        assert await code(page, "SF1234567890123") == "offline"


async def until_doors(r: Rig, *, stale: bool) -> None:
    async def look() -> bool:
        return all(door["stale"] is stale for door in (await r.state())["doors"])

    await eventually(look)


def signed_two_hours_ago(grant_id: str) -> str:
    then = int(time.time()) - 7200
    return signed(grant_id, issued_at=then, deadline=then + 600)
