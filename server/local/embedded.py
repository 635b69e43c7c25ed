"""What embedded servers have in common: a held directory, a child, its life and its death."""

import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Self

from server.local.child import Child
from server.local.directory import ServerDirectory

READY_SECONDS = 30.0
STOP_SECONDS = 15.0


class EmbeddedServer(ABC):
    """A database server as a child, with its data in `var_dir/NAME` and its log in `var_dir/log`.

    `kill` then `start` is a crash and its recovery; the data stays until `wipe`.
    """

    name: ClassVar[str]

    def __init__(self, var_dir: Path) -> None:
        self.directory = ServerDirectory(var_dir / self.name)
        self._log_path = var_dir.absolute() / "log" / f"{self.name}.log"
        self._child: Child | None = None

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._child is not None and self._child.running

    @property
    def pid(self) -> int | None:
        """Process id of the last start; None before it."""
        return self._child.pid if self._child else None

    @property
    def log_path(self) -> Path:
        """Where the server's own words go."""
        return self._log_path

    @abstractmethod
    def _command(self) -> list[str | Path]:
        """Return what to run, given a held directory."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Answer quickly whether clients can work; moves a new server towards that."""

    def launch(self) -> None:
        """Spawn the server without waiting for it; several can come up side by side.

        Raises: MissingServer, DirectoryInUse; RuntimeError if it is running already.
        """
        if self.running:
            raise RuntimeError(f"{self.name} is running already")
        with self.directory.held() as hold:
            child = Child(self.name, self._command(), log_path=self._log_path)
            child.start(pass_fds=[hold])
            self._child = child

    def wait_ready(self, *, deadline_seconds: float = READY_SECONDS) -> None:
        """Block until clients can work; a server that is not up in time is ended.

        Raises: ChildFailed with the last log lines.
        """
        child = self._launched()
        try:
            child.wait_ready(self._is_ready, deadline_seconds=deadline_seconds)
        except BaseException:
            child.kill()
            raise

    def start(self, *, deadline_seconds: float = READY_SECONDS) -> None:
        """Launch and wait until ready; see both for what is raised."""
        self.launch()
        self.wait_ready(deadline_seconds=deadline_seconds)

    def ask_to_stop(self) -> None:
        """Send SIGTERM and return at once."""
        if self._child:
            self._child.ask_to_stop()

    def stop(self) -> None:
        """End the server cleanly, within a time limit; idempotent."""
        if self._child:
            self._child.stop(limit_seconds=STOP_SECONDS)

    def kill(self) -> None:
        """End the server by SIGKILL, as a crash would; idempotent."""
        if self._child:
            self._child.kill()

    def restart(self) -> None:
        """Stop cleanly and start again on the same data and address."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze the server: it keeps its connections and answers nothing."""
        self._launched().pause()

    def resume(self) -> None:
        """Let a paused server go on."""
        self._launched().resume()

    def wipe(self) -> None:
        """Forget all data; only while not running. The address stays."""
        self._refuse_while_running()
        shutil.rmtree(self.directory.data, ignore_errors=True)

    def copy_data_to(self, target: Path) -> None:
        """Copy the data as it lies on disk now, to put back later; replaces an older copy."""
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.directory.data, target)

    def replace_data_from(self, source: Path) -> None:
        """Put an older copy in place of the data; only while not running."""
        self._refuse_while_running()
        self.wipe()
        shutil.copytree(source, self.directory.data)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _launched(self) -> Child:
        if self._child is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._child

    def _refuse_while_running(self) -> None:
        if self.running:
            raise RuntimeError(f"{self.name} is running; stop it before touching its data")
