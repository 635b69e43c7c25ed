"""Write what a commissioning walk learnt as a board configuration, with its reasons.

Pure but for `save`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import msgspec

from hardware.codecs.protocol import BoardOptions, ProtocolSpec
from hardware.commissioning.walk import Found, Result
from hardware.commissioning.wiring import Edge, Learnt
from hardware.config import parse_layout
from hardware.line.exchange import LineSettings

#: Where comments begin.
_COMMENT_COLUMN = 32


@dataclass(frozen=True, slots=True)
class BoardLearnt:
    """One board after the walk."""

    address: int
    learnt: Learnt
    #: By channel.
    found: Sequence[Found]

    @property
    def troubles(self) -> dict[int, str]:
        """Tell per cell why it is not to be used."""
        told = {}
        for entry in self.found:
            why = self._trouble(entry)
            if why:
                told[entry.cell] = why
        return told

    def _trouble(self, entry: Found) -> str:
        channel = entry.stop.channel
        if entry.result is Result.JAMMED:
            return "no pulse opened it: jam or broken lock"
        if entry.result is Result.UNSENSED:
            return "no sensor: whether it is open cannot be told"
        if channel in self.learnt.contradicting:
            sensor = self.learnt.contradicting[channel]
            if sensor:
                return f"its sensor is wired to channel {sensor}: swap the plugs"
            return "its sensor works the other way round than the others"
        return ""


def edges_of(found: Sequence[Found]) -> list[Edge]:
    """Take the openings that were seen."""
    return [
        Edge(entry.stop.channel, bytes.fromhex(entry.before), bytes.fromhex(entry.after))
        for entry in found
        if entry.result is Result.GOOD
    ]


def written(
    line: LineSettings,
    spec: ProtocolSpec,
    boards: Sequence[BoardLearnt],
    *,
    is_echoing: bool,
    when: str,
) -> str:
    """Write the configuration of one port; `boards` have at least one door each.

    Raises:
        ConfigError: the text would not be accepted; nothing a person can do.
    """
    lines = [
        f"# Written by `lanjian board test` on {when}.",
        "",
        "[[port]]",
        f"device = {json.dumps(line.url, ensure_ascii=False)}",
        f"baud = {line.baud}",
        f"protocol = {json.dumps(spec.name)}",
        _commented('local_echo = "on"', "the adapter was heard to echo")
        if is_echoing
        else _commented('local_echo = "auto"', "no echo was heard"),
    ]
    for board in boards:
        lines += ["", *_board(spec, board)]
    text = "\n".join(lines) + "\n"
    parse_layout(text.encode())
    return text


def _board(spec: ProtocolSpec, board: BoardLearnt) -> list[str]:
    lines = ["[[port.board]]", f"address = {board.address}"]
    lines += _options(spec, board)
    troubles = board.troubles
    if troubles:
        lines.append(f"disabled = [{', '.join(map(str, sorted(troubles)))}]")
    channels = board.learnt.options.channels
    by_channel = {entry.stop.channel: entry.cell for entry in board.found}
    first = by_channel.get(1, 0)
    if [by_channel.get(n) for n in range(1, channels + 1)] == list(range(first, first + channels)):
        lines.append(_commented(f"first_cell = {first}", f"channel 1 is cell {first}, and so on"))
        return lines + [f"# cell {cell}: {why}" for cell, why in sorted(troubles.items())]
    lines += ["", "[port.board.cells]" + " " * 14 + "# cell = channel"]
    for channel, cell in sorted(by_channel.items()):
        lines.append(_commented(f"{cell} = {channel}", troubles.get(cell, "")))
    missing = [str(n) for n in range(1, channels + 1) if n not in by_channel]
    if missing:
        lines.append(f"# not tested: channels {', '.join(missing)}")
    return lines


def _options(spec: ProtocolSpec, board: BoardLearnt) -> list[str]:
    """Write the keys that were learnt, and those that are not the usual ones."""
    learnt = board.learnt
    good = sum(entry.result is Result.GOOD for entry in board.found)
    agreeing = good - len(learnt.contradicting)
    lines = []
    for name, value in msgspec.structs.asdict(learnt.options).items():
        if name in learnt.undecided:
            lines.append(_commented(_pair(name, value), "the usual one: no tested door tells"))
        elif name in learnt.choice:
            lines.append(_commented(_pair(name, value), f"{agreeing} of {good} doors agree"))
        elif name == "channels" or value != _default(spec.options, name):
            lines.append(_pair(name, value))
    return lines


def _default(kind: type[BoardOptions], name: str) -> object:
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    return fields[name].default


def _pair(name: str, value: object) -> str:
    plain = value.value if isinstance(value, Enum) else value
    return f"{name} = {json.dumps(plain)}"


def _commented(text: str, comment: str) -> str:
    return f"{text:<{_COMMENT_COLUMN - 1}} # {comment}" if comment else text


def summary(boards: Sequence[BoardLearnt], untested: int) -> str:
    """Tell a person how the doors are."""
    lines = ["", "结果 Result"]
    for board in boards:
        troubles = board.troubles
        wiring = ", ".join(f"{key} {value}" for key, value in board.learnt.choice.items())
        lines.append(
            f"  board {board.address}: {len(board.found) - len(troubles)} good, "
            f"{len(troubles)} disabled  ({wiring})"
        )
        lines += [f"    cell {cell}: {why}" for cell, why in sorted(troubles.items())]
    if untested:
        lines.append(f"  未测 not tested: {untested}")
    return "\n".join(lines)


def save(path: Path, text: str) -> None:
    """Write a whole file or nothing."""
    beside = path.with_name(path.name + ".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
