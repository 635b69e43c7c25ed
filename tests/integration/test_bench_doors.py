"""`lanjian bench doors` as a program: what it prints, and that too few unlocks prove nothing."""

import asyncio
import json
import math
import sys
from pathlib import Path

import pytest

from server.proof.bench_doors import percentile


@pytest.mark.slow
async def test_a_short_run_counts_every_pulse_and_is_no_proof(tmp_path: Path) -> None:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.cli", "bench", "doors", "--json", "--unlocks", "6"),
        *("--boards", "2", "--baud", "115200", "--var", str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    told, _ = await program.communicate()
    report = json.loads(told)
    checks = {check["name"]: check for check in report["checks"]}
    assert program.returncode == 1
    assert not report["ok"]
    assert checks["every unlock pulsed exactly once"]["ok"]
    assert checks["every unlock was taken"]["ok"]
    assert "too few unlocks" in checks["p99 against the line"]["seen"]
    assert report["n"] == 6
    assert report["ratios"]["line"] > 0
    byte_ms = 10 / 115.2
    assert report["line_ms"] == pytest.approx(17 * byte_ms + 10 + 2, abs=0.01)
    assert "unlock board" in (tmp_path / "frames" / "port0.log").read_text()


def test_a_percentile_is_a_value_that_was_seen() -> None:
    values = [float(n) for n in range(100, 0, -1)]
    assert [percentile(values, share) for share in (0.5, 0.99, 1.0)] == [50.0, 99.0, 100.0]
    assert percentile([7.0], 0.99) == 7.0
    assert percentile([], 0.5) == math.inf
