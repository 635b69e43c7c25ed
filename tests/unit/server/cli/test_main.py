"""The dispatcher: the table of commands, laziness, exit status, errors without a traceback."""

import argparse
import ast
import subprocess
import sys
from pathlib import Path

import pytest

from server import cli
from server.local.errors import LocalError

COMMAND_FILES = sorted(Path(cli.__file__).parent.glob("*.py"))


class Greeting:
    """A command that greets, or fails as told."""

    def __init__(self, failure: BaseException | None = None) -> None:
        self.failure = failure

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--name", required=True)

    def run(self, arguments: argparse.Namespace) -> int:
        if self.failure:
            raise self.failure
        print(f"hello {arguments.name}")
        return 7


def install(monkeypatch: pytest.MonkeyPatch, command: Greeting) -> None:
    monkeypatch.setattr(cli, "COMMANDS", {"greet": "say hello", "absent": "never imported"})
    monkeypatch.setattr(cli, "_load", {"greet": command}.__getitem__)


def test_the_chosen_command_runs_with_its_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(monkeypatch, Greeting())
    assert cli.main(["greet", "--name", "Li"]) == 7
    assert capsys.readouterr().out == "hello Li\n"


@pytest.mark.parametrize(
    ("failure", "status", "told"),
    [
        (LocalError("install this"), 1, "lanjian greet: install this\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_a_person_can_put_right_is_told_plainly(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failure: BaseException,
    status: int,
    told: str,
) -> None:
    install(monkeypatch, Greeting(failure))
    assert cli.main(["greet", "--name", "Li"]) == status
    assert capsys.readouterr().err == told


def test_a_defect_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Greeting(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        cli.main(["greet", "--name", "Li"])


def test_without_a_command_the_help_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(monkeypatch, Greeting())
    assert cli.main([]) == 2
    assert "say hello" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["nope"], ["greet"], ["greet", "--nope"]])
def test_misuse_ends_with_status_2(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    install(monkeypatch, Greeting())
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2


def test_the_table_lists_every_command_that_exists() -> None:
    """A module of the room with `run` and `add_arguments` is a command; no other is listed."""
    found = set()
    for path in COMMAND_FILES:
        tree = ast.parse(path.read_text())
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        if {"run", "add_arguments"} <= functions:
            found.add(path.stem)
    assert set(cli.COMMANDS) == found


def test_the_command_line_itself_imports_no_server_library() -> None:
    """The agent's install has none of them."""
    heavy = "{'motor', 'pymongo', 'redis', 'tornado', 'wechatpy', 'jwt', 'cryptography'}"
    program = f"import sys, server.cli; sys.exit(str(sorted({heavy} & set(sys.modules))))"
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert outcome.stderr == "[]\n"
