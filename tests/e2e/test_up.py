"""`lanjian up` as a newcomer runs it: it comes up, can be watched, and leaves nothing behind."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.waiting import eventually_blocking

LANJIAN = [sys.executable, "-m", "server.cli"]
UP_SECONDS = 240.0  # on a loaded test machine; docs promise 20 s on an idle one


@contextmanager
def site_up(var: Path) -> Iterator[subprocess.Popen[str]]:
    log = var.parent / "up.out"
    with log.open("w") as out:
        command = [*LANJIAN, "up", "--var", str(var), "--port", "0"]
        process = subprocess.Popen(command, stdout=out, stderr=out, text=True)
    try:
        eventually_blocking(lambda: "\nup." in log.read_text() or process.poll(), UP_SECONDS)
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        process.kill()
        process.wait()
        eventually_blocking(lambda: not living_under(var))


def living_under(var: Path) -> list[str]:
    """List the command lines of living processes that were started with the directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes()
            started_with = line + (process / "environ").read_bytes()
        except OSError:
            continue  # gone meanwhile
        if str(var).encode() in started_with and line and process.name != str(os.getpid()):
            found.append(line.replace(b"\0", b" ").decode(errors="replace"))
    return found


def watched(var: Path, *words: str) -> str:
    """Run `lanjian watch` in a terminal until it has drawn these words; give all that it drew."""
    master, slave = pty.openpty()
    command = [*LANJIAN, "watch", "--var", str(var), "--seconds", str(UP_SECONDS)]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "140", "LINES": "40"}
    process = subprocess.Popen(command, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    drawn, is_told = "", False
    with suppress(OSError):  # the terminal closes with the program
        while chunk := os.read(master, 65536):
            drawn += chunk.decode(errors="replace")
            if not is_told and all(word in plain(drawn) for word in words):
                is_told = True
                process.send_signal(signal.SIGINT)
    os.close(master)
    assert process.wait(UP_SECONDS) == 0, drawn[-2000:]
    return plain(drawn)


def plain(drawn: str) -> str:
    """Leave out what moves the cursor and turns colours."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn)


@pytest.mark.slow
@pytest.mark.timeout(570)
def test_up_comes_up_again_after_a_kill_is_watched_and_stops_every_child(tmp_path):
    var = tmp_path / "var"
    with site_up(var) as process:
        # A child that has just been forked has no command line of its own yet.
        eventually_blocking(lambda: len(living_under(var)) == 8)
        process.kill()
        process.wait()
        eventually_blocking(lambda: not living_under(var))
    with site_up(var) as process:  # on what is there
        assert (var / "terminal-tokens.json").exists()
        where = json.loads((var / "site.json").read_text())
        for page in ("/", "/customer", "/courier", "/staff"):
            with urlopen(where["base_url"] + page, timeout=UP_SECONDS) as answer:
                assert answer.status == 200
                assert "text/html" in answer.headers["Content-Type"]
        with urlopen(where["sandbox_url"], timeout=UP_SECONDS) as answer:
            assert answer.status == 200
        drawn = watched(var, "orders", "live")
        assert "orders" in drawn
        assert "live" in drawn
        process.send_signal(signal.SIGINT)
        assert process.wait(UP_SECONDS) == 0
        assert living_under(var) == []
