"""What a probe found, for a program and for a person; what is not sure is called so."""

from __future__ import annotations

from dataclasses import dataclass, field

from hardware.codecs.driver import FaultAnswer, StatusAnswer
from hardware.codecs.protocol import ProtocolSpec
from hardware.commissioning.queries import Finding

#: Protocols whose frames have no checksum: noise can look like an answer.
_UNSEALED = frozenset({"winnsen"})


@dataclass(slots=True)
class BoardFound:
    """One address that answered."""

    address: int
    asked: int = 0
    answered: int = 0
    #: The last answer.
    finding: Finding | None = None


@dataclass(slots=True)
class Spoken:
    """One speed and protocol in which something answered."""

    baud: int | None
    spec: ProtocolSpec
    boards: dict[int, BoardFound] = field(default_factory=dict)

    @property
    def is_sure(self) -> bool:
        """Tell whether chance is out of the question: a checksum, and every query answered."""
        return self.spec.name not in _UNSEALED and all(
            board.answered == board.asked for board in self.boards.values()
        )


@dataclass(slots=True)
class ProbeReport:
    """All that came back."""

    #: What was probed.
    port: str = "PORT"
    spoken: list[Spoken] = field(default_factory=list)
    queries: int = 0
    is_echoing: bool = False
    #: Bytes that came before anything was asked, by speed.
    unasked: dict[int, bytes] = field(default_factory=dict)
    #: Bytes that are no frame, and frames with a wrong checksum: "9600 8a" → the first bytes.
    noise: dict[str, bytes] = field(default_factory=dict)
    damaged: dict[str, bytes] = field(default_factory=dict)

    @property
    def conclusion(self) -> str:
        """Tell "found", "unsure", "several" or "nothing"."""
        if not self.spoken:
            return "nothing"
        if len(self.spoken) > 1:
            return "several"
        return "found" if self.spoken[0].is_sure else "unsure"


def as_json(report: ProbeReport) -> dict[str, object]:
    """Make the object that tells a program."""
    return {
        "conclusion": report.conclusion,
        "found": [_spoken_as_json(spoken) for spoken in report.spoken],
        "echo": report.is_echoing,
        "queries": report.queries,
        "unasked": {str(baud): data.hex() for baud, data in report.unasked.items()},
        "damaged": {place: data.hex() for place, data in report.damaged.items()},
        "noise": {place: data.hex() for place, data in report.noise.items()},
        "tips": tips(report),
    }


def _spoken_as_json(spoken: Spoken) -> dict[str, object]:
    return {
        "baud": spoken.baud,
        "protocol": spoken.spec.name,
        "sure": spoken.is_sure,
        "boards": [_board_as_json(board) for board in spoken.boards.values()],
    }


def _board_as_json(board: BoardFound) -> dict[str, object]:
    finding = board.finding
    answer = finding.answer if finding else None
    told: dict[str, object] = {
        "address": board.address,
        "asked": board.asked,
        "answered": board.answered,
        "dropped_bytes": finding.dropped if finding else 0,
        "frame": answer.frame.hex() if answer else "",
    }
    if isinstance(answer, StatusAnswer):
        told["channels_read"] = len(answer.states)
    elif isinstance(answer, FaultAnswer):
        told["fault"] = answer.reason
    return told


def as_text(report: ProbeReport) -> str:
    """Tell a person."""
    lines = []
    for spoken in report.spoken:
        speed = f"{spoken.baud} baud" if spoken.baud else "the bridge's speed"
        experimental = ", experimental" if spoken.spec.is_experimental else ""
        lines.append(f"{spoken.spec.name} at {speed}: {spoken.spec.title}{experimental}")
        for board in spoken.boards.values():
            told = _board_as_json(board)
            what = told.get("fault") or f"status of up to {told.get('channels_read')} channels"
            lines.append(
                f"  address {board.address}: {board.answered} of {board.asked} queries "
                f"answered, {what}, {told['frame']}"
            )
    return "\n".join(lines + tips(report))


def tips(report: ProbeReport) -> list[str]:
    """Say what follows from it, and what to look at."""
    told = []
    if report.is_echoing:
        told.append('适配器回显发出的字节  The adapter echoes: local_echo = "on".')
    if report.unasked:
        told.append(
            "未询问时线上已有数据：可能还有一台主机，或干扰  "
            "Bytes came unasked: another master on this line, or noise. Stop it and probe again."
        )
    if report.damaged:
        told.append(
            "有校验错误的应答：两块板地址相同、接地不良或干扰  "
            f"Answers with a wrong checksum ({', '.join(report.damaged)}): two boards with one "
            "address, missing ground, or noise."
        )
    told += _conclusions(report)
    return told


def _next_command(report: ProbeReport) -> str:
    """Write the command that tests what was found."""
    [spoken] = report.spoken
    words = ["lanjian board test --port", report.port, "--protocol", spoken.spec.name]
    if spoken.baud not in (None, spoken.spec.bauds[0]):
        words += ["--baud", str(spoken.baud)]
    addresses = ",".join(map(str, sorted(spoken.boards)))
    return " ".join([*words, "--address", addresses, "--out boards.toml"])


def _conclusions(report: ProbeReport) -> list[str]:
    if report.conclusion == "several":
        return [
            "多种协议都有应答，不能确定  More than one protocol answered; this cannot be "
            "decided from here. Look at the board's print, then name one with --protocol."
        ]
    if report.conclusion == "unsure":
        return [
            "可能正确，但不能确定：协议无校验或有漏答  Likely, not sure: no checksum in this "
            "protocol, or unanswered queries. Watch a door move: lanjian board watch."
        ]
    if report.conclusion == "found":
        return [f"下一步（会开门） Next (this opens doors):\n  {_next_command(report)}"]
    if report.noise:
        return [
            "有数据但不成帧：波特率不对，或 A/B 接反  Bytes came that are no frames "
            f"({', '.join(report.noise)}): another speed (--baud), or A and B swapped."
        ]
    return [
        "没有任何应答：检查供电、A/B 是否接反、地址拨码、端口  Nothing answered: is the board "
        "powered, are A and B swapped, is its address another (--address), is it this port?"
    ]
