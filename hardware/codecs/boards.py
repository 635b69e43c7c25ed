"""The boards of one port, as every driver looks them up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from hardware.codecs.protocol import BoardOptions

OptionsT = TypeVar("OptionsT", bound=BoardOptions)


class PortBoards(Generic[OptionsT]):
    """What a driver knows: how each board is built and wired, by its address."""

    def __init__(self, boards: Mapping[int, OptionsT]) -> None:
        self._boards = dict(boards)

    def options(self, board: int) -> OptionsT:
        """Find a board's options.

        Raises:
            ValueError: no such board.
        """
        try:
            return self._boards[board]
        except KeyError:
            raise ValueError(f"no board {board} on this port") from None

    def options_for(self, board: int, channel: int) -> OptionsT:
        """Find a board's options, and that it has this channel.

        Raises:
            ValueError: no such board or channel.
        """
        options = self.options(board)
        if not 1 <= channel <= options.channels:
            raise ValueError(f"board {board} has no channel {channel}")
        return options
