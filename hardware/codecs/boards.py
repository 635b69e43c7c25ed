"""The boards of one port, and the requests that every driver makes of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Generic, TypeVar

from hardware.codecs.driver import Request, RequestKind, UnlockReplies
from hardware.codecs.protocol import BoardOptions, Order

OptionsT = TypeVar("OptionsT", bound=BoardOptions)


class PortBoards(ABC, Generic[OptionsT]):
    """What a driver knows of its boards, by address, and what it asks of them."""

    #: Whether an unlock is answered.
    unlock_replies: UnlockReplies
    #: How long an answer is waited for, from the request's last byte; 0: none comes.
    unlock_reply_seconds: float
    read_reply_seconds: float
    #: Whether an answer to an unlock may name no channel.
    unlock_answer_is_vague = False

    def __init__(self, boards: Mapping[int, OptionsT]) -> None:
        self._boards = dict(boards)

    @abstractmethod
    def frame_of(self, order: Order, options: OptionsT) -> bytes:
        """Make one request frame."""

    def unlock(self, board: int, channel: int) -> Request:
        """Make the request that pulses one lock once.

        Raises:
            ValueError: no such board or channel.
        """
        frame = self.frame_of(Order("unlock", board, channel), self.options_for(board, channel))
        seconds, is_vague = self.unlock_reply_seconds, self.unlock_answer_is_vague
        return Request(RequestKind.UNLOCK, board, channel, frame, seconds, is_vague)

    def read_all(self, board: int) -> Request:
        """Make the request for all doors of a board; never moves a lock.

        Raises:
            ValueError: no such board.
        """
        frame = self.frame_of(Order("read_all", board), self.options(board))
        return Request(RequestKind.READ_ALL, board, 0, frame, self.read_reply_seconds)

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
