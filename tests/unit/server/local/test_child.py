"""Children: logs, readiness, endings, and who gets Ctrl-C."""

import os
import resource
import sys
import threading
from pathlib import Path

import pytest

from server.local.child import Child
from server.local.errors import ChildFailed
from server.local.log_file import LIMIT_BYTES, LogFile
from tests.waiting import eventually, eventually_blocking

SAY_AND_WAIT = "import time; print('ready', flush=True); time.sleep(600)"
DEAF_TO_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SAY_AND_WAIT


def python(tmp_path: Path, program: str, **options: object) -> Child:
    command = [sys.executable, "-c", program]
    return Child("sample", command, log_path=tmp_path / "log" / "sample.log", **options)  # type: ignore[arg-type]


def wait_for_word(child: Child, word: str = "ready") -> None:
    child.wait_ready(lambda: word in child.log.text(), deadline_seconds=50)


def test_a_child_logs_both_streams_and_the_log_outlives_it(tmp_path: Path) -> None:
    child = python(tmp_path, "import sys; print('out'); print('err', file=sys.stderr)")
    for _ in range(2):
        child.start()
        eventually_blocking(lambda: not child.running)
        assert child.exit_status == 0
    assert sorted(child.log.text().split()) == ["err", "out"]  # of the last start
    assert len(child.log.path.read_text().split()) == 4  # of both


def test_a_child_gets_its_environment_and_directory(tmp_path: Path) -> None:
    program = "import os; print(os.environ['LANJIAN_SAMPLE'], os.getcwd())"
    child = python(tmp_path, program, environment={"LANJIAN_SAMPLE": "seen"}, cwd=tmp_path)
    child.start()
    eventually_blocking(lambda: not child.running)
    assert child.log.text().split() == ["seen", str(tmp_path.resolve())]


def test_a_child_may_open_many_sockets(tmp_path: Path) -> None:
    """It gets what the system allows, not the soft limit this process happens to have."""
    program = "import resource; print(*resource.getrlimit(resource.RLIMIT_NOFILE))"
    child = python(tmp_path, program)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    try:
        child.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    eventually_blocking(lambda: not child.running)
    seen_soft, seen_hard = map(int, child.log.text().split())
    assert seen_hard == hard
    assert seen_soft == min(hard, 65_536)


def test_stop_ends_a_child_by_sigterm(tmp_path: Path) -> None:
    child = python(tmp_path, SAY_AND_WAIT)
    child.start()
    wait_for_word(child)
    child.stop()
    assert child.exit_status == -15
    child.stop()  # again: nothing to do


def test_stop_kills_a_child_that_is_deaf(tmp_path: Path) -> None:
    child = python(tmp_path, DEAF_TO_SIGTERM)
    child.start()
    wait_for_word(child)
    child.stop(limit_seconds=0.1)
    assert child.exit_status == -9


def test_stop_ends_even_a_paused_child(tmp_path: Path) -> None:
    child = python(tmp_path, SAY_AND_WAIT)
    child.start()
    wait_for_word(child)
    child.pause()
    child.stop(limit_seconds=0.1)
    assert not child.running


def test_a_child_that_ends_early_is_told_with_its_last_words(tmp_path: Path) -> None:
    child = python(tmp_path, "import sys; print('line 1'); sys.exit('no luck')")
    child.start()
    with pytest.raises(ChildFailed) as failed:
        child.wait_ready(lambda: False, deadline_seconds=50)
    assert "sample ended with status 1 before it was ready" in str(failed.value)
    assert {"line 1", "no luck"} == set(failed.value.last_lines)


def test_a_child_that_is_not_ready_in_time_is_told(tmp_path: Path) -> None:
    child = python(tmp_path, SAY_AND_WAIT)
    child.start()
    with pytest.raises(ChildFailed, match=r"sample was not ready within 0\.05 s"):
        child.wait_ready(lambda: False, deadline_seconds=0.05)
    child.kill()


def test_a_command_that_does_not_exist_is_told(tmp_path: Path) -> None:
    child = Child("sample", ["no-such-command"], log_path=tmp_path / "sample.log")
    child.start()
    with pytest.raises(ChildFailed, match="cannot run no-such-command: No such file"):
        child.wait_ready(lambda: False, deadline_seconds=50)


def test_starting_twice_is_refused(tmp_path: Path) -> None:
    child = python(tmp_path, SAY_AND_WAIT)
    child.start()
    with pytest.raises(RuntimeError, match="sample is running already"):
        child.start()
    child.kill()


def test_ctrl_c_in_the_terminal_reaches_the_parent_only(tmp_path: Path) -> None:
    child = python(tmp_path, SAY_AND_WAIT)
    child.start()
    assert child.pid is not None
    assert os.getpgid(child.pid) != os.getpgid(0)
    child.kill()


def test_a_child_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    """The kernel's parent-death signal would fire at the thread's end; the watcher does not."""
    child = python(tmp_path, SAY_AND_WAIT)
    thread = threading.Thread(target=child.start)
    thread.start()
    thread.join()
    wait_for_word(child)
    assert child.running
    child.stop()
    assert child.exit_status == -15


async def test_waiting_leaves_the_loop_free(tmp_path: Path) -> None:
    child = python(tmp_path, "print('ready', flush=True); input()")  # no input: ends by itself
    child.start()
    await child.wait_ready_async(lambda: "ready" in child.log.text(), deadline_seconds=50)
    assert await child.wait_exit() == 1
    await eventually(lambda: "EOFError" in child.log.text())


def test_a_log_past_its_limit_is_set_aside(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "sample.log")
    with log.open() as file:
        file.truncate(LIMIT_BYTES + 1)
    with log.open() as file:
        file.write(b"fresh\n")
    assert log.path.read_text() == "fresh\n"
    assert (tmp_path / "sample.old.log").stat().st_size == LIMIT_BYTES + 1


def test_a_log_that_was_never_written_is_empty(tmp_path: Path) -> None:
    assert LogFile(tmp_path / "none.log").last_lines(3) == []
