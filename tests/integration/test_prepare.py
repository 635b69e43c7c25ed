"""`.ci/prepare` on machines that lack something: what it installs, and what it tells.

The machine is played by a PATH of its own, holding a few real tools and stand-ins for the rest.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("bash", "chmod", "dirname", "mkdir", "seq")

OLD_PYTHON = 'case "$*" in --version) echo Python 3.10.12 ;; *) exit 1 ;; esac'
PYTHON_WITHOUT_VENV = """case "$*" in
*ensurepip*) exit 1 ;;
*"sys.version_info[:2]"*) echo 3.11 ;;
--version) echo Python 3.11.2 ;;
"-m venv"*) echo "no venv" >&2; exit 9 ;;
esac"""
# Makes an environment that answers everything and installs nothing.
WORKING_PYTHON = """case "$*" in
"-m venv"*) mkdir -p .venv/bin; printf '#!/bin/sh\\necho "python $*" >&2\\n' > .venv/bin/python ;;
--version) echo Python 3.11.2 ;;
esac
[ ! -e .venv/bin/python ] || chmod +x .venv/bin/python"""
MANY_LIBRARIES = 'printf "\\tlibcurl.so.4 => /lib/libcurl.so.4\\n%.0s" $(seq 20000)'
RECORDING_APT = 'echo "apt-get $*" >&2'


class Machine:
    """A directory that is all of PATH, and a checkout to prepare."""

    def __init__(self, directory: Path) -> None:
        self.bin = directory / "bin"
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)
        shutil.copytree(ROOT / ".ci", directory / "checkout" / ".ci")
        self.checkout = directory / "checkout"

    def has(self, program: str, script: str) -> "Machine":
        path = self.bin / program
        path.write_text(f"#!{self.bin / 'bash'}\n{script}\n")
        path.chmod(0o755)
        return self

    def prepare(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.checkout / ".ci" / "prepare", "run"],
            env={"PATH": str(self.bin), "HOME": os.devnull},
            capture_output=True,
            text=True,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path).has("id", "echo 1000").has("uname", "echo Linux")


def test_an_old_python_is_refused_with_what_to_install(machine: Machine) -> None:
    outcome = machine.has("python3", OLD_PYTHON).prepare()
    assert outcome.returncode == 1
    assert "Python 3.11 or newer" in outcome.stderr
    assert "python3 is Python 3.10.12" in outcome.stderr
    assert "apt-get install python3 python3-venv" in outcome.stderr


def test_no_python_is_refused_with_what_to_install(machine: Machine) -> None:
    outcome = machine.prepare()
    assert outcome.returncode == 1
    assert "python3 is missing" in outcome.stderr


def test_a_python_without_venv_names_the_package(machine: Machine) -> None:
    outcome = machine.has("python3", PYTHON_WITHOUT_VENV).prepare()
    assert outcome.returncode == 1
    assert "sudo apt-get install python3.11-venv" in outcome.stderr


def test_root_on_debian_gets_the_package_installed(machine: Machine) -> None:
    machine.has("id", "echo 0").has("apt-get", RECORDING_APT)
    outcome = machine.has("python3", PYTHON_WITHOUT_VENV).prepare()
    assert "apt-get install -y -qq --no-install-recommends python3.11-venv" in outcome.stderr
    assert outcome.returncode == 9  # went on to python -m venv


def test_root_on_debian_gets_python_itself_installed(machine: Machine) -> None:
    outcome = machine.has("id", "echo 0").has("apt-get", RECORDING_APT).prepare()
    assert "--no-install-recommends python3\n" in outcome.stderr
    assert "--no-install-recommends python3-venv\n" in outcome.stderr
    assert outcome.returncode == 1  # the stand-in installed nothing


def test_root_on_debian_gets_the_library_that_mongod_needs(machine: Machine) -> None:
    machine.has("id", "echo 0").has("apt-get", RECORDING_APT).has("ldconfig", "echo libz.so.1")
    outcome = machine.has("python3", WORKING_PYTHON).prepare()
    assert outcome.returncode == 0, outcome.stderr
    assert "--no-install-recommends libcurl4" in outcome.stderr
    assert "pip install --quiet" in outcome.stderr


def test_a_package_that_cannot_be_had_is_told_and_does_not_stop_the_rest(machine: Machine) -> None:
    """As chromium on Ubuntu, which is a snap there."""
    refusing_apt = 'case "$*" in *libcurl4) echo "no candidate" >&2; exit 100 ;; esac'
    machine.has("id", "echo 0").has("apt-get", refusing_apt).has("ldconfig", "echo libz.so.1")
    outcome = machine.has("python3", WORKING_PYTHON).prepare()
    assert outcome.returncode == 0, outcome.stderr
    assert "Could not install libcurl4" in outcome.stderr
    assert "pip install --quiet" in outcome.stderr


def test_a_missing_library_is_told_and_does_not_stop_the_installation(machine: Machine) -> None:
    machine.has("ldconfig", "echo libz.so.1").has("python3", WORKING_PYTHON)
    outcome = machine.prepare()
    assert outcome.returncode == 0, outcome.stderr
    assert "sudo apt-get install libcurl4" in outcome.stderr


def test_nothing_is_installed_where_nothing_is_missing(machine: Machine) -> None:
    """A long answer of ldconfig, cut short by its reader, was once taken for a missing library."""
    machine.has("id", "echo 0").has("apt-get", RECORDING_APT).has("ldconfig", MANY_LIBRARIES)
    outcome = machine.has("python3", WORKING_PYTHON).prepare()
    assert outcome.returncode == 0, outcome.stderr
    assert "apt-get" not in outcome.stderr
