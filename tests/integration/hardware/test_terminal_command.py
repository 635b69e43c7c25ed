"""`lanjian terminal` as a program: options, misuse, logs, and no library of the server's."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from realtime.wire.devices import fingerprint
from server.cli.terminal import Misused, socket_url
from tests.integration.hardware.played_server import PlayedServer
from tests.integration.hardware.rig import TOKEN, Control, http
from tests.waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "server.cli", "terminal"]
OPTIONS = ["--server", "http://127.0.0.1:9", "--terminal", "T-1", "--kiosk-port", "0"]


async def misuse(*options: str, cwd: Path, token: str | None = TOKEN) -> tuple[int | None, str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LANJIAN_")}
    if token:
        environment["LANJIAN_TERMINAL_TOKEN"] = token
    environment["PYTHONPATH"] = str(Path(__file__).parents[3])
    program = await asyncio.create_subprocess_exec(
        *COMMAND, *options, cwd=cwd, env=environment,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, told = await program.communicate()
    return program.returncode, told.decode()


async def test_what_is_missing_or_wrong_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[[port]]\ndevice = 'a'\nbaud = 3\nboard = []\n")
    cases = [
        (OPTIONS, "give either --config or --simulate"),
        (["--simulate", *OPTIONS[2:]], "--server is missing"),
        (["--simulate", "--protocol", "winnsen", "--channels", "20", *OPTIONS], "has 16 locks"),
        (["--simulate", *OPTIONS[:2]], "--terminal is missing"),
        (["--simulate", "--server", "ftp://x", "--terminal", "T"], "--server: expected http"),
        (["--simulate", *OPTIONS[:4], "--kiosk-port", "x"], "--kiosk-port: expected a number"),
        (["--simulate", *OPTIONS, "--spool-bytes", "1000"], "--spool-bytes: expected a number"),
        (["--simulate", "--scanner-baud", "fast", *OPTIONS], "--scanner-baud: expected 300"),
        (["--simulate", *OPTIONS, "--frame-log-bytes", "9"], "--frame-log-bytes: expected"),
        (["--simulate", *OPTIONS, "--frame-log-files", "0"], "--frame-log-files: expected"),
        (["--config", "no.toml", *OPTIONS], "no.toml: No such file"),
        (["--config", "bad.toml", *OPTIONS], "port[0].baud: expected one of"),
    ]
    answers = await asyncio.gather(
        *(misuse(*options, cwd=tmp_path) for options, _ in cases),
        misuse("--simulate", *OPTIONS, cwd=tmp_path, token=None),
    )
    for (status, told), words in zip(
        answers, [*(w for _, w in cases), "neither a device key"], strict=True
    ):
        assert (status, words in told) == (2, True), told
        assert "Traceback" not in told


async def test_a_kiosk_port_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        options = ["--simulate", *OPTIONS[:4], "--kiosk-port", str(port)]
        status, told = await misuse(*options, cwd=tmp_path)
    assert status == 1
    assert "cannot start" in told
    assert "Traceback" not in told


def test_it_needs_none_of_the_server_s_libraries(tmp_path: Path) -> None:
    code = """
import sys
class Missing:
    names = {"tornado", "motor", "pymongo", "redis", "jwt", "wechatpy", "PIL", "reportlab",
             "rich", "pygeohash", "bson"}
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
from server.cli import main
main(["terminal", "--help"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--simulate" in done.stdout


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/v1/terminal"),
        ("https://lanjian.example/", "wss://lanjian.example/v1/terminal"),
        ("wss://lanjian.example/other", "wss://lanjian.example/other"),
    ],
)
def test_the_socket_s_url_is_made_of_the_server_s(server: str, url: str) -> None:
    assert socket_url(server) == url


@pytest.mark.parametrize("server", ["", "lanjian.example", "ftp://x", "http://"])
def test_a_server_that_is_no_url_is_misuse(server: str) -> None:
    with pytest.raises(Misused, match="--server"):
        socket_url(server)


async def test_it_runs_with_a_simulated_cabinet_and_keeps_its_token_to_itself(
    tmp_path: Path,
) -> None:
    server = PlayedServer()
    async with server.serving():
        log = tmp_path / "log"
        with log.open("wb") as stderr:
            program = await asyncio.create_subprocess_exec(
                *COMMAND, "--simulate", "--server", f"http://127.0.0.1:{server.port}",
                *("--terminal", "T-1", "--data", str(tmp_path / "data"), "--kiosk-port", "0"),
                *("--log-level", "debug"),
                env={**os.environ, "LANJIAN_TERMINAL_TOKEN": TOKEN},
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
            )  # fmt: skip
        assert program.stdout is not None
        simulator = (await program.stdout.readline()).decode().split()
        kiosk = (await program.stdout.readline()).decode().split()
        assert (simulator[0], kiosk[0]) == ("simulator", "kiosk")
        assert (await http(kiosk[1], "/state"))[0] == 200
        remote = await Control.connect(int(simulator[2].rsplit(":", 1)[1]))
        assert len((await remote.say(state=True))["doors"]) == 24
        await remote.close()
        await server.until_booted()
        await eventually(lambda: "boot accepted epoch=1" in log.read_text())
        (enrolment,) = server.enrolments
        shown = await shown_key(tmp_path / "data")
        assert shown == (0, fingerprint(enrolment.public_key) + "\n", "")
        command_line = words_of(program.pid)
        program.terminate()
        assert await asyncio.wait_for(program.wait(), PATIENCE_SECONDS) == 0
        text = log.read_text()
        assert TOKEN not in text
        assert not any(line in text for line in secret_lines(tmp_path / "data"))
        assert "its file may be removed" in text
        assert TOKEN not in command_line


async def shown_key(data_dir: Path) -> tuple[int | None, str, str]:
    program = await asyncio.create_subprocess_exec(
        *COMMAND, "--show-key", "--data", str(data_dir),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, told = await program.communicate()
    return program.returncode, out.decode(), told.decode()


def secret_lines(data_dir: Path) -> list[str]:
    return [line for line in (data_dir / "device.key").read_text().splitlines() if "--" not in line]


async def test_a_key_that_is_not_there_or_broken_is_told_in_one_line(tmp_path: Path) -> None:
    status, out, told = await shown_key(tmp_path)
    assert (status, out) == (1, "")
    assert "no device key yet" in told
    (tmp_path / "device.key").write_text("half a k")
    status, told = await misuse("--simulate", *OPTIONS, "--data", str(tmp_path), cwd=tmp_path)
    assert status == 1
    assert "not an Ed25519 key" in told and "Traceback" not in told
    assert (tmp_path / "device.key").read_text() == "half a k"


async def test_systemd_s_credential_is_the_token_and_systemd_hears_of_it(tmp_path: Path) -> None:
    server = PlayedServer()
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "token").write_text(f"{TOKEN}\n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)
        environment = {key: value for key, value in os.environ.items() if "LANJIAN" not in key}
        environment |= {
            "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials"),
            "NOTIFY_SOCKET": str(tmp_path / "notify"),
            "WATCHDOG_USEC": "200000",
        }
        async with server.serving():
            program = await asyncio.create_subprocess_exec(
                *COMMAND, "--simulate", "--server", server.url, "--terminal", "T-1",
                *("--data", str(tmp_path / "data"), "--kiosk-port", "0"),
                env=environment,
                stdout=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            await server.until_booted()
            assert [one.token for one in server.enrolments] == [TOKEN]
            heard: list[bytes] = []

            async def told(word: bytes) -> None:
                while word not in heard:
                    async with asyncio.timeout(PATIENCE_SECONDS):
                        heard.append(await asyncio.get_running_loop().sock_recv(systemd, 100))

            await told(b"READY=1")
            heard.clear()
            await told(b"WATCHDOG=1")
            program.terminate()
            await told(b"STOPPING=1")
            assert await asyncio.wait_for(program.wait(), PATIENCE_SECONDS) == 0


def words_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


@pytest.mark.slow
async def test_a_second_agent_on_the_same_disk_is_refused(tmp_path: Path) -> None:
    server = PlayedServer()
    async with server.serving():
        options = ["--simulate", "--data", str(tmp_path), *OPTIONS[2:]]
        environment = {**os.environ, "LANJIAN_TERMINAL_TOKEN": TOKEN}
        first = await asyncio.create_subprocess_exec(
            *COMMAND, *options, "--server", server.url, env=environment,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await server.until_booted()
        second = await asyncio.create_subprocess_exec(
            *COMMAND, *options, "--server", server.url, env=environment,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, told = await second.communicate()
        assert second.returncode == 1
        assert b"another agent on it?" in told
        await eventually(lambda: len(server.boots) == 1)
        first.terminate()
        await first.wait()
