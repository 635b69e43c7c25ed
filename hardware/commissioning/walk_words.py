"""What the person at the cabinet reads on a commissioning walk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

NOT_YET: Final = "没有开门  Nothing was opened."
NOT_UNDERSTOOD: Final = "请按提示输入  Please answer as the question says."
NO_STATUS: Final = "板子还没有应答状态  The board has not told its status yet; wait a moment."
NO_CELL: Final = "格口号 1–999  Cells are numbered 1 to 999."
CLOSED: Final = "  已关好  closed."
CLOSING: Final = "请关上门（g 不等了）  Close the door (g goes on without)"
FINISHED: Final = "全部测完  Every door was tested."


def start(odd: Sequence[tuple[int, Sequence[int]]]) -> str:
    """Ask for the first yes, telling what may be open now."""
    told = [
        f"  板 {board} 与多数不同的路（门开着，或没有传感器）：{_list(channels)}\n"
        f"  board {board}: these differ from most, an open door or no sensor: {_list(channels)}\n"
        for board, channels in odd
    ]
    return "".join(told) + (
        "请关上所有门。接下来会逐个打开柜门，每个门开之前都会再问。\n"
        "Close all doors. This opens doors, one by one, and asks before each.\n"
        "输入 yes 开始，回车重看，q 结束  yes starts, Enter looks again, q ends"
    )


def ready(board: int, channel: int, number: int, of: int) -> str:
    """Ask whether the next door may open."""
    return (
        f"\n[{number}/{of}] 板 {board} 第 {channel} 路：回车开门，s 跳过，b 上一个，q 结束  "
        f"Board {board} channel {channel}: Enter opens, s skips, b goes back, q ends"
    )


def waiting(channel: int) -> str:
    """Tell that a pulse goes out."""
    return f"  第 {channel} 路开锁，请拉开门  Unlocking channel {channel}: pull the door open."


def moved(channel: int, sensor: int, seconds: float) -> str:
    """Tell which bit moved; under the usual wiring it has the channel's own number."""
    beside = "" if sensor == channel else f"，状态位在第 {sensor} 路"
    apart = "" if sensor == channel else f", seen at channel {sensor} of the status"
    return f"  {seconds:.1f} 秒后门开了{beside}  A door opened after {seconds:.1f} s{apart}."


def several(channels: Sequence[int]) -> str:
    """Tell that more than one door moved at once."""
    return (
        f"  同时有几个门动了：{_list(channels)}，请关好再试  "
        f"More than one door moved at once ({_list(channels)}): close them and try again."
    )


def ajar(channels: Sequence[int]) -> str:
    """Refuse to open the next door while another is open."""
    return (
        f"  还有门开着（第 {_list(channels)} 路），请先关好  "
        f"A door is still open (channel {_list(channels)}): close it first."
    )


def unsensed(channel: int) -> str:
    """Ask what happened at a door without an edge."""
    return (
        f"第 {channel} 路没有感应到开门：o 门开了（没有传感器），j 没开（卡住、锁坏），"
        "r 再试，s 跳过，q 结束\nNo opening was sensed: o a door opened (no sensor), "
        "j none did (jam, broken lock), r again, s skip, q end"
    )


def naming(suggested: int) -> str:
    """Ask for the number on the door."""
    return (
        f"打开的门上的格口号？回车 = {suggested}，r 再试，s 跳过  "
        f"Number on that door? Enter = {suggested}, r again, s skip"
    )


def cell_taken(cell: int, board: int, channel: int) -> str:
    """Refuse a number that another door has."""
    return (
        f"格口 {cell} 已是板 {board} 第 {channel} 路  "
        f"Cell {cell} is board {board} channel {channel} already."
    )


def noted(channel: int, cell: int, result: str) -> str:
    """Tell what is written down."""
    told = {
        "good": "正常 good",
        "unsensed": "没有传感器，停用  no sensor, disabled",
        "jammed": "打不开，停用  does not open, disabled",
    }[result]
    return f"  格口 {cell} = 第 {channel} 路：{told}"


def refused(reason: str) -> str:
    """Tell that no pulse was given."""
    return f"  开锁没有执行  The unlock was not carried out: {reason}"


def _list(channels: Sequence[int]) -> str:
    return ", ".join(map(str, channels))
