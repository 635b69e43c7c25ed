"""`lanjian board decode` and `encode` through the command line."""

import json
import subprocess
import sys

import pytest

from hardware.codecs.registry import PROTOCOLS
from server.cli import main

NAMES = ["8a", "kerong-cu16", "kerong-cu48", "kerong-cu12", "wkly", "winnsen", "modbus"]

Captured = pytest.CaptureFixture[str]


def board(*words: str) -> int:
    return main(["board", *words])


def test_the_protocols_are_those_that_the_docs_name() -> None:
    assert sorted(PROTOCOLS) == sorted(NAMES)


# Frames from public documents and captures, requests and replies alike.
VECTORS = [
    ("8a", "8a 01 01 11 9b", [("request", "unlock", 1, 1)]),
    ("8a", "80010033b2", [("request", "read_all", 1, None)]),
    ("8a", "80 01 00 00 02 33 b0", [("reply", "status", 1, None)]),
    ("8a", "82 01 05 11 97", [("report", "report", 1, 5)]),
    ("kerong-cu16", "02 00 30 03 35", [("request", "read_all", 0, None)]),
    ("kerong-cu16", "02 00 31 03 36", [("request", "unlock", 0, 1)]),
    ("kerong-cu16", "02 00 36 00 00 00 00 03 3b", [("reply", "status", 0, None)]),
    ("kerong-cu48", "02 00 00 50 03 55", [("request", "read_all", 0, None)]),
    ("kerong-cu48", "02 00 02 51 03 58", [("request", "unlock", 0, 3)]),
    ("kerong-cu12", "02 00 00 80 00 00 03 85", [("request", "read_all", 0, None)]),
    ("wkly", "57 4b 4c 59 09 00 82 01 83", [("request", "unlock", 0, 1)]),
    ("winnsen", "90 06 05 01 03 03", [("request", "unlock", 1, 3)]),
    ("modbus", "01 02 00 00 00 08 79 cc", [("request", "read_all", 1, None)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "wanted"), VECTORS, ids=[f"{name} {text}" for name, text, _ in VECTORS]
)
def test_known_frames_are_decoded(
    name: str, text: str, wanted: list[tuple[object, ...]], capsys: Captured
) -> None:
    status = board("decode", "--protocol", name, *text.split())
    told = json.loads(capsys.readouterr().out)
    assert status == 0
    common = [(f["direction"], f["what"], f["board"], f["channel"]) for f in told]
    assert common == wanted
    assert "".join(frame["frame"] for frame in told) == text.replace(" ", "").lower()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_encoded_is_decoded(name: str, capsys: Captured) -> None:
    spec = PROTOCOLS[name]
    address = str(spec.addresses[1])
    for order in ("unlock", "read_all"):
        more = ["--channel", "2"] if order == "unlock" else []
        assert board("encode", "--protocol", name, order, "--board", address, *more) == 0
        frame = capsys.readouterr().out.strip()
        assert board("decode", "--protocol", name, frame) == 0
        (told,) = json.loads(capsys.readouterr().out)
        assert (told["direction"], told["what"], told["board"]) == ("request", order, int(address))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "winnsen"])
def test_a_wrong_checksum_is_told_to_people_and_programs(name: str, capsys: Captured) -> None:
    address = str(PROTOCOLS[name].addresses[1])
    board("encode", "--protocol", name, "unlock", "--board", address, "--channel", "2")
    frame = bytes.fromhex(capsys.readouterr().out)
    bad = frame[:-1] + bytes([frame[-1] ^ 0x01])
    assert board("decode", "--protocol", name, bad.hex()) == 1
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    size = len(told["expected_checksum"]) // 2
    assert told["expected_checksum"] == frame[-size:].hex()
    assert told["got_checksum"] == bad[-size:].hex()
    assert told["expected_checksum"] in captured.err


def test_the_right_sum_of_a_wrong_published_frame(capsys: Captured) -> None:
    assert board("decode", "--protocol", "8a", "8A0101119A") == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["expected_checksum"] == "9b"
    assert captured.err == "lanjian board decode: checksum 9a, expected 9b\n"


def test_where_the_bad_frame_begins_is_told(capsys: Captured) -> None:
    assert board("decode", "--protocol", "8a", "8a0101119b", "8a0101119a") == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["offset"] == 5
    assert "begins at byte 5" in captured.err


def test_the_pending_request_tells_two_readings_apart(capsys: Captured) -> None:
    reply = "80010000813333"
    assert board("decode", "--protocol", "8a", "--pending", "80010033b2", reply) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["what"], told["doors"]["1"], told["doors"]["2"]) == ("status", "closed", "open")


def test_options_change_the_reading(capsys: Captured) -> None:
    words = ["--option", "polarity=one_is_open", "--option", "channels=8", "80010000813333"]
    assert board("decode", "--protocol", "8a", *words) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["doors"] == {str(n): "open" if n in (1, 8) else "closed" for n in range(1, 9)}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["8a01g1"], "character 5, 'g', is no hex digit"),
        (["8a", "0"], "half a byte"),
        (["--pending", "zz", "8a"], "character 1, 'z'"),
        (["--option", "colour=1", "8a"], "colour: unknown key"),
        (["--pending", "8a0101119a", "8a0101119b"], "the pending request"),
    ],
)
def test_what_cannot_be_read_is_told(words: list[str], why: str, capsys: Captured) -> None:
    assert board("decode", "--protocol", "8a", *words) == 1
    captured = capsys.readouterr()
    assert why in captured.err
    assert why in json.loads(captured.out)["error"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["unlock", "--board", "1"], "channel: "),
        (["unlock", "--board", "1", "--channel", "25"], "channel: expected 1 to 24"),
        (["unlock", "--board", "100", "--channel", "1"], "board: expected 1 to 99"),
        (["unlock", "--board", "1", "--channel", "1", "--seconds", "10"], "seconds: "),
        (["dance", "--board", "1"], "what: 'dance' is none of read_all"),
        (["read_all", "--board", "1", "--option", "channels=40"], "channels: "),
    ],
)
def test_an_order_that_fits_no_frame_names_its_field(
    words: list[str], why: str, capsys: Captured
) -> None:
    assert board("encode", "--protocol", "8a", *words) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"lanjian board encode: {why}")


def test_a_timed_and_a_many_unlock_are_encoded(capsys: Captured) -> None:
    words = ["--protocol", "8a", "--board", "1"]
    assert board("encode", *words, "unlock", "--channel", "3", "--seconds", "2") == 0
    assert board("encode", *words, "unlock_many", "--channels", "1-3,8") == 0
    assert capsys.readouterr().out.split() == ["8a010311029b", "900187000016"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["decode", "--protocol", "9z", "8a"], "invalid choice: '9z' (choose from"),
        (["decode", "--protocol", "8a"], "HEX"),
        (["decode", "8a"], "--protocol"),
        (["encode", "--protocol", "8a", "unlock_many", "--board", "1", "--channels", "1-x"], "1,2"),
        (["encode", "--protocol", "8a", "x", "--board", "1", "--channels", "1-99999"], "1,2"),
        (["probe", "/dev/x", "--baud", "9601"], "9600"),
        (["watch", "/dev/x", "--seconds", "-1"], "more than 0"),
        (["watch", "/dev/x", "--seconds", "nan"], "more than 0"),
        (["test", "--port", "/dev/x", "--out", "b", "--open-within", "soon"], "more than 0"),
        ([], "BOARD-COMMAND"),
    ],
)
def test_misuse_is_told(words: list[str], why: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as caught:
        board(*words)
    assert caught.value.code == 2
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["watch"], "give either PORT or --config"),
        (["watch", "/dev/x", "--config", "b.toml"], "give either PORT or --config"),
        (["watch", "--config", "/nonexistent/b.toml"], "/nonexistent/b.toml: No such file"),
        (["watch", "/dev/x", "--option", "x=1"], "x: unknown key"),
        (["probe", "/dev/x", "--protocol", "8a", "--address", "200"], "--address"),
        (
            ["watch", "/dev/x", "--protocol", "kerong-cu16", "--address", "0,15"],
            "--address: 15: expected 0 to 9 with kerong-cu16",
        ),
        (
            ["test", "--port", "/dev/x", "--address", "100", "--out", "b.toml"],
            "--address: 100: expected 1 to 99 with 8a",
        ),
        (
            ["test", "--port", "/dev/x", "--out", "b.toml", "--first-cell", "990"],
            "--first-cell: cells 990 to 1013, expected 1 to 999",
        ),
    ],
)
def test_commands_that_cannot_begin_say_so(words: list[str], why: str, capsys: Captured) -> None:
    assert board(*words) == 2
    assert why in capsys.readouterr().err


def test_a_port_that_is_not_there_is_told_with_a_hint(capsys: Captured) -> None:
    for words in (["probe"], ["watch"], ["test", "--out", "/nonexistent/b.toml", "--port"]):
        assert board(*words, "/nonexistent/tty") == 1
        told = capsys.readouterr().err
        assert "/nonexistent/tty: no such device" in told
        assert "/dev/serial/by-id" in told


@pytest.mark.parametrize(
    ("bridge", "helps"),
    [("socket://127.0.0.1:1", "the bridge's address"), ("socket://x", "socket://192.0.2.7:4001")],
)
def test_a_bridge_that_does_not_answer_is_told_with_its_own_hint(
    bridge: str, helps: str, capsys: Captured
) -> None:
    assert board("watch", bridge) == 1
    told = capsys.readouterr().err
    assert bridge in told
    assert helps in told
    assert "USB" not in told


def test_a_cabinet_s_machine_needs_no_server_library() -> None:
    heavy = "{'motor', 'pymongo', 'redis', 'rich', 'tornado', 'wechatpy', 'jwt'}"
    program = f"import sys, server.cli.board; sys.exit(str(sorted({heavy} & set(sys.modules))))"
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert outcome.stderr == "[]\n"
