"""Finding server programs, and saying exactly what to install when there is none."""

import dataclasses
import os
from pathlib import Path

import pytest

from server.local.binaries import MONGOD, REDIS_SERVER, Program, find
from server.local.errors import MissingServer


def put_on_path(monkeypatch: pytest.MonkeyPatch, directory: Path, name: str, script: str) -> Path:
    path = directory / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(directory), prepend=os.pathsep)
    return path


def without_wheel(program: Program) -> Program:
    return dataclasses.replace(program, wheel="no-such-distribution")


@pytest.mark.parametrize(
    ("program", "version"), [(MONGOD, "db version v7.0.1"), (REDIS_SERVER, "Redis server v=7.2.4")]
)
def test_a_program_on_path_is_used_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: Program, version: str
) -> None:
    path = put_on_path(monkeypatch, tmp_path, program.name, f"echo '{version}'")
    assert find(program) == path


def test_a_program_too_old_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_on_path(monkeypatch, tmp_path, "mongod", "echo 'db version v4.4.29'")
    with pytest.raises(MissingServer, match=r"is version 4\.4, need 5\.0"):
        find(without_wheel(MONGOD))


LOADER = "error while loading shared libraries: {}: cannot open shared object file"


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (f"echo '{LOADER.format('libcurl.so.4')}' >&2; exit 127", "apt-get install libcurl4"),
        (f"echo '{LOADER.format('libcrypto.so.3')}' >&2; exit 127", "OpenSSL 3"),
        (f"echo '{LOADER.format('libsasl2.so.2')}' >&2; exit 127", "that holds libsasl2.so.2"),
        ("kill -ILL $$", "this processor lacks AVX"),
        ("echo gone wrong >&2; exit 5", "ended with status 5: gone wrong"),
        ("echo hello", "gives no version: 'hello'"),
    ],
)
def test_a_program_that_cannot_run_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, told: str
) -> None:
    path = put_on_path(monkeypatch, tmp_path, "mongod", script)
    with pytest.raises(MissingServer) as missing:
        find(without_wheel(MONGOD))
    assert told in str(missing.value)
    assert str(path) in str(missing.value)


@pytest.mark.parametrize(
    ("machine", "program", "told"),
    [
        (("linux", "x86_64"), MONGOD, "pip install 'lanjian[embedded]'"),
        (("linux", "aarch64"), MONGOD, "mongodb-org-server"),
        (("linux", "aarch64"), REDIS_SERVER, "apt-get install redis-server"),
        (("darwin", "arm64"), MONGOD, "brew install mongodb-community"),
        (("darwin", "arm64"), REDIS_SERVER, "brew install redis"),
        (("sunos5", "sun4v"), REDIS_SERVER, "set LANJIAN_REDIS_URL to a server of your own"),
    ],
)
def test_without_any_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, machine: tuple[str, str], program: Program, told: str
) -> None:
    monkeypatch.setattr("sys.platform", machine[0])
    monkeypatch.setattr("platform.machine", lambda: machine[1])
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingServer) as missing:
        find(without_wheel(program))
    assert f"no usable {program.name} on this machine ({' '.join(machine)})" in str(missing.value)
    assert told in str(missing.value)
    assert f"set {program.setting}" in str(missing.value)
