"""A whole site on one machine: databases, sandbox, servers, worker, cabinets, as children.

`lanjian up`, the proofs and the browser tests run the same site. All that a site keeps lies in
one directory: databases, logs, secrets, terminal tokens; a second start goes on from there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from server.local.child import Child
from server.local.directory import LOOPBACK, free_port, is_free
from server.local.mongo import EmbeddedMongo
from server.local.provider_keys import (
    KEYS_FILE,
    provider_environment,
    provider_keys,
    sms_report_secret,
)
from server.local.redis import EmbeddedRedis
from server.settings import new_secrets

#: A process that ends is told of at once; one that starts on a busy machine is given its time.
READY_SECONDS = 180.0

#: Where the sandbox and the first kiosk are, counted from the first server's port.
SANDBOX_OFFSET = 80
KIOSK_OFFSET = 90

STOP_SECONDS = 12.0

Progress = Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlan:
    """What to run. All ports are chosen when `port` is 0; `fsync` is Redis's."""

    servers: int = 1
    kiosks: int = 0  #: of cabinets to come; the sandbox's phone shows them
    port: int = 0
    sandbox: bool = True
    worker: bool = True
    fsync: str = "everysec"
    rules: Mapping[str, str] | None = None  #: LANJIAN_ variables of business numbers


class Site:
    """The children of one site; each may be killed and started again on its own."""

    def __init__(self, var_dir: Path, plan: SitePlan, progress: Progress = lambda _: None) -> None:
        self.var_dir = var_dir.absolute()
        self.plan = plan
        self._progress = progress
        self.mongo: EmbeddedMongo | None = None
        self.redis: EmbeddedRedis | None = None
        self.sandbox: Child | None = None
        self.worker: Child | None = None
        self.servers: list[Child] = []
        self.cabinets: dict[str, Child] = {}
        self.sandbox_url = ""
        self.server_urls: list[str] = []
        self._sandbox_port = 0
        self._kiosks: list[str] = []  # planned ones first
        self._kiosk_of: dict[str, str] = {}

    @property
    def base_url(self) -> str:
        """Where the first server answers."""
        return self.server_urls[0]

    @property
    def environment(self) -> dict[str, str]:
        """The settings that every process of this site is started with."""
        return {
            **self._secrets(),
            "LANJIAN_MONGODB_URI": self._mongo_uri(),
            "LANJIAN_REDIS_URL": self._redis_url(),
            "LANJIAN_BASE_URL": self.base_url,
            "LANJIAN_ALLOWED_ORIGINS": ",".join(self.server_urls[1:]),
            "LANJIAN_SANDBOX": "1",
            **provider_environment(self.var_dir / "sandbox", self.sandbox_url),
            "LANJIAN_ADDRESS": LOOPBACK,
            **(self.plan.rules or {}),
        }

    async def start(self) -> None:
        """Start everything but cabinets, which need a terminal's token.

        Raises:
            LocalError: a part is missing or did not come up; what was started is stopped.
        """
        self.var_dir.mkdir(parents=True, exist_ok=True)
        try:
            await self._start_databases()
            self._choose_addresses()
            await self._start_programs()
            self._tell_where()
        except BaseException:
            await self.stop()
            raise

    async def _start_databases(self) -> None:
        self._progress("MongoDB, Redis")
        if not os.environ.get("LANJIAN_MONGODB_URI"):
            self.mongo = EmbeddedMongo(self.var_dir)
            self.mongo.launch()
        if not os.environ.get("LANJIAN_REDIS_URL"):
            fsync = "always" if self.plan.fsync == "always" else "everysec"
            self.redis = EmbeddedRedis(self.var_dir, fsync=fsync)  # type: ignore[arg-type]
            self.redis.launch()
        for database in (self.mongo, self.redis):
            if database:
                await asyncio.to_thread(database.wait_ready)

    def _choose_addresses(self) -> None:
        ports = [self._port(number) for number in range(self.plan.servers)]
        self.server_urls = [f"http://{LOOPBACK}:{port}" for port in ports]
        self._sandbox_port = self._port(SANDBOX_OFFSET)
        self.sandbox_url = f"http://{LOOPBACK}:{self._sandbox_port}"
        self._kiosks = [self._kiosk_url(number) for number in range(self.plan.kiosks)]
        self._kiosk_of = {}

    def _kiosk_url(self, number: int) -> str:
        return f"http://{LOOPBACK}:{self._port(KIOSK_OFFSET + number)}"

    def _port(self, offset: int) -> int:
        """Give the plan's port plus an offset, or any free one when that is not to be had."""
        wanted = self.plan.port + offset
        return wanted if self.plan.port and is_free(wanted) else free_port()

    async def _start_programs(self) -> None:
        if self.plan.sandbox:
            await self._start_sandbox()
        self._progress("servers")
        for number in range(self.plan.servers):
            self.servers.append(self._server(number))
        for number, server in enumerate(self.servers):
            server.start()
            await self._answers(server, f"{self.server_urls[number]}/v1/health")
        if self.plan.worker:
            self._progress("worker")
            self.worker = self._program("worker", ["worker"])
            self.worker.start()

    def _tell_where(self) -> None:
        """Leave the addresses for `lanjian watch` and other programs of this machine."""
        where = {"base_url": self.base_url, "servers": self.server_urls}
        where["sandbox_url"] = self.sandbox_url
        (self.var_dir / "site.json").write_text(json.dumps(where))

    async def _start_sandbox(self) -> None:
        self._progress("provider sandbox")
        kiosks = [part for url in self._kiosks for part in ("--kiosk", url)]
        self.sandbox = self._program(
            "sandbox",
            [
                *("sandbox", "--port", str(self._sandbox_port)),
                *("--data", str(self.var_dir / "sandbox")),
                *("--keys", str(self.var_dir / "sandbox" / KEYS_FILE)),
                *("--notify-prefix", self.base_url),
                *("--sms-reports", self._sms_reports_url()),
                *kiosks,
            ],
        )
        self.sandbox.start()
        await self._answers(self.sandbox, self.sandbox_url)

    async def start_server(self, number: int) -> None:
        """Start a server again after its end, on the same address."""
        self.servers[number].start()
        await self._answers(self.servers[number], f"{self.server_urls[number]}/v1/health")

    async def restart_worker(self, rules: Mapping[str, str]) -> None:
        """Start the worker again with other rules, as an operator does who changes a setting."""
        if self.worker:
            await asyncio.to_thread(self.worker.stop, limit_seconds=STOP_SECONDS)
        self.worker = self._program("worker", ["worker"], rules)
        self.worker.start()

    async def start_cabinet(
        self, terminal: str, token: str, *, people: str = "auto", server: int = 0
    ) -> str:
        """Start a simulated cabinet with its agent; answers the kiosk's URL.

        That is the first planned one at which no other cabinet runs, so that a cabinet may follow
        one that was stopped; or one that nobody planned, and the sandbox's phone does not show.
        """
        self._progress(f"cabinet {terminal}")
        kiosk_url, control = self._free_kiosk(), free_port()
        child = self._program(
            f"terminal-{terminal}",
            [
                *("terminal", "--simulate", "--people", people),
                *("--server", self.server_urls[server], "--terminal", terminal),
                *("--data", str(self.var_dir / "terminals" / terminal)),
                *("--kiosk-port", kiosk_url.rsplit(":", 1)[1], "--simulator-port", str(control)),
                *("--allow-origin", self.sandbox_url),
            ],
            {"LANJIAN_TERMINAL_TOKEN": token},
        )
        child.start()
        self.cabinets[terminal] = child
        self._kiosk_of[terminal] = kiosk_url
        await self._answers(child, f"{kiosk_url}/state")
        return kiosk_url

    def _free_kiosk(self) -> str:
        running = [name for name, child in self.cabinets.items() if child.running]
        taken = {self._kiosk_of[name] for name in running}
        for url in self._kiosks:
            if url not in taken:
                return url
        self._kiosks.append(self._kiosk_url(len(self._kiosks)))
        return self._kiosks[-1]

    async def stop(self) -> None:
        """Stop every child, those that need others first; idempotent."""
        programs = [*self.cabinets.values(), self.worker, *self.servers, self.sandbox]
        living = [child for child in programs if child]
        for child in living:
            child.ask_to_stop()
        for child in living:
            await asyncio.to_thread(child.stop, limit_seconds=STOP_SECONDS)
        for database in (self.redis, self.mongo):
            if database:
                await asyncio.to_thread(database.stop)

    def _server(self, number: int) -> Child:
        port = self.server_urls[number].rsplit(":", 1)[1]
        own = {"LANJIAN_PORT": port, "LANJIAN_PROCESS": f"serve-{number + 1}"}
        return self._program(f"serve-{number + 1}", ["serve"], own)

    def _program(
        self, name: str, arguments: list[str], extra: Mapping[str, str] | None = None
    ) -> Child:
        return Child(
            name,
            [sys.executable, "-m", "server.cli", *arguments],
            log_path=self.var_dir / "log" / f"{name}.log",
            environment={**self.environment, **(extra or {})},
        )

    async def _answers(self, child: Child, url: str) -> None:
        """Wait until a child answers over HTTP."""

        def answered() -> bool:
            try:
                with urlopen(url, timeout=1):
                    return True
            except (URLError, OSError):
                return False

        await asyncio.to_thread(child.wait_ready, answered, deadline_seconds=READY_SECONDS)

    def _sms_reports_url(self) -> str:
        secret = sms_report_secret(provider_keys(self.var_dir / "sandbox"))
        return f"{self.base_url}/v1/callbacks/sms/{{vendor}}/{secret}"

    def _mongo_uri(self) -> str:
        return self.mongo.uri if self.mongo else os.environ["LANJIAN_MONGODB_URI"]

    def _redis_url(self) -> str:
        return self.redis.url if self.redis else os.environ["LANJIAN_REDIS_URL"]

    def _secrets(self) -> dict[str, str]:
        """Read this site's secrets, made at its first start and readable by its owner only."""
        path = self.var_dir / "secrets.json"
        with contextlib.suppress(FileNotFoundError):
            kept: dict[str, str] = json.loads(path.read_text())
            if kept.keys() >= new_secrets().keys():
                return kept
            # A newer version wants more of them; those that are in use stay.
            return self._keep_secrets(path, {**new_secrets(), **kept})
        return self._keep_secrets(path, new_secrets())

    def _keep_secrets(self, path: Path, made: dict[str, str]) -> dict[str, str]:
        fresh = path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(made, file)
        fresh.replace(path)
        return made


@asynccontextmanager
async def running_site(
    var_dir: Path, plan: SitePlan, progress: Progress = lambda _: None
) -> AsyncIterator[Site]:
    """Run a site for as long as the block lasts."""
    site = Site(var_dir, plan, progress)
    await site.start()
    try:
        yield site
    finally:
        await site.stop()
