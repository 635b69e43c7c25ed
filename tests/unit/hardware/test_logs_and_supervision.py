"""Log lines, and loops that outlive their faults."""

import asyncio
import logging

import pytest

from hardware import supervision
from hardware.logs import KeyValueFormatter


def test_a_line_is_a_constant_message_with_its_values_behind() -> None:
    record = logging.makeLogRecord(
        {
            "name": "hardware.line.bus",
            "levelname": "INFO",
            "levelno": logging.INFO,
            "msg": "port open",
            "created": 0.0,
            "msecs": 7.0,
            "port": "/dev/a",
            "why": 'no "such" device',
        }
    )
    assert KeyValueFormatter().format(record) == (
        "1970-01-01T00:00:00.007Z info hardware.line.bus port open"
        ' port=/dev/a why="no \\"such\\" device"'
    )


def test_a_fault_brings_its_traceback() -> None:
    try:
        raise ValueError("odd")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "loop failed", None, info)
    assert "ValueError: odd" in KeyValueFormatter().format(record)


async def test_a_failed_loop_is_logged_and_started_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervision, "RESTART_SECONDS", 0.0)
    runs = []

    async def work() -> None:
        runs.append(1)
        if len(runs) < 3:
            raise RuntimeError("odd")

    await supervision.keep_running("test", work)
    assert len(runs) == 3
    assert [record.getMessage() for record in caplog.records] == ["loop failed"] * 2


async def test_a_failed_task_goes_no_further(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        raise RuntimeError("odd")

    await supervision.run_once("test", work)
    assert [record.getMessage() for record in caplog.records] == ["task failed"]


async def test_a_cancelled_loop_ends() -> None:
    task = asyncio.create_task(supervision.keep_running("test", asyncio.Event().wait))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
