"""A child process that ends with its parent: spawn, log to a file, wait until ready, end in time.

Every child runs in a session of its own, so that Ctrl-C in a terminal reaches the parent alone and
the parent decides the order in which children stop. See `server.local.leash` for how a child dies
when its parent is killed.
"""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from server.local.errors import ChildFailed
from server.local.log_file import LogFile

POLL_SECONDS = 0.02
SHOWN_LOG_LINES = 15
LEASH = Path(__file__).with_name("leash.py")
NO_PIPE = -1


class Child:
    """One command as a child process; not started until `start`, restartable after its end."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log_path: Path,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.name = name
        self.command = [str(part) for part in command]
        self.log = LogFile(log_path)
        self._environment = environment  # added to this process's own
        self._cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None
        self._leash_fd = NO_PIPE  # writing end of the watcher's pipe, while one is used

    @property
    def pid(self) -> int | None:
        """Process id of the last start; None before it."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """Exit status, negative for a signal; None while running or never started."""
        return self._process.poll() if self._process else None

    def start(self, *, pass_fds: Sequence[int] = ()) -> None:
        """Spawn the command; it holds `pass_fds` open for as long as it lives.

        Raises: RuntimeError if it is running already.
        """
        if self.running:
            raise RuntimeError(f"{self.name} is running already")
        self._drop_leash()
        with self._leash() as watch_fd, self.log.open() as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", LEASH, str(os.getpid()), str(watch_fd), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._environment} if self._environment else None,
                cwd=self._cwd,
                pass_fds=[*pass_fds, *([watch_fd] if watch_fd != NO_PIPE else [])],
                start_new_session=True,
            )

    def wait_ready(self, is_ready: Callable[[], bool], *, deadline_seconds: float) -> None:
        """Block until `is_ready` answers true.

        Raises: ChildFailed when the process ends first or the deadline passes.
        """
        deadline = time.monotonic() + deadline_seconds
        while not is_ready():
            self._check_hope(deadline, deadline_seconds)
            time.sleep(POLL_SECONDS)

    async def wait_ready_async(
        self, is_ready: Callable[[], bool], *, deadline_seconds: float
    ) -> None:
        """Do as `wait_ready` without blocking the loop; `is_ready` itself must be quick."""
        deadline = time.monotonic() + deadline_seconds
        while not is_ready():
            self._check_hope(deadline, deadline_seconds)
            await asyncio.sleep(POLL_SECONDS)

    async def wait_exit(self) -> int:
        """Return the exit status once the process has ended, however long that takes.

        Raises: RuntimeError if it was never started.
        """
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        # Polled, since a watcher of exits would reap children that Popen owns.
        while (status := self._process.poll()) is None:  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        return status

    def ask_to_stop(self) -> None:
        """Send SIGTERM and return at once; does nothing if the process has ended."""
        self._signal(signal.SIGTERM)

    def stop(self, *, limit_seconds: float = 10.0) -> None:
        """End the process: SIGTERM, then SIGKILL past the limit; idempotent."""
        if self._process is None:
            return
        self.ask_to_stop()
        try:
            self._process.wait(limit_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self._drop_leash()

    def kill(self) -> None:
        """End the process by SIGKILL, as a crash would, and wait until it is gone; idempotent."""
        if self._process is None:
            return
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._drop_leash()

    def pause(self) -> None:
        """Freeze the process (SIGSTOP), as a stalled machine would."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused process go on (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def failure(self, reason: str) -> ChildFailed:
        """Build the error that tells this child's failure with its last log lines."""
        return ChildFailed(self.name, reason, self.log.path, self.log.last_lines(SHOWN_LOG_LINES))

    def _check_hope(self, deadline: float, deadline_seconds: float) -> None:
        if not self.running:
            raise self.failure(f"ended with status {self.exit_status} before it was ready")
        if time.monotonic() > deadline:
            raise self.failure(f"was not ready within {deadline_seconds:g} s")

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    @contextmanager
    def _leash(self) -> Iterator[int]:
        """Yield the descriptor for the leash to watch, or -1 where the kernel does that."""
        on_main_thread = threading.current_thread() is threading.main_thread()
        if sys.platform == "linux" and on_main_thread:
            yield NO_PIPE
            return
        watch_fd, self._leash_fd = os.pipe()
        try:
            yield watch_fd
        finally:
            os.close(watch_fd)

    def _drop_leash(self) -> None:
        if self._leash_fd != NO_PIPE:
            os.close(self._leash_fd)
            self._leash_fd = NO_PIPE
