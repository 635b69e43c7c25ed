"""Running a lanjian command as a person does, and reading the JSON it shows."""

import json
import subprocess
import sys
from typing import Any


def lanjian(*words: str, deadline_seconds: float) -> dict[str, Any]:
    """Run `lanjian WORDS --json` to its end; fail with its own words if it shows no JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", *words, "--json"],
        capture_output=True,
        text=True,
        timeout=deadline_seconds,
        check=False,
    )
    try:
        shown: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise AssertionError(f"no JSON, status {done.returncode}:\n{done.stderr[-4000:]}") from None
    assert (done.returncode == 0) == shown["ok"], "exit status 0 only when ok"
    return shown


def failed(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """List the checks that did not pass."""
    return [check for check in shown["checks"] if not check["ok"]]
