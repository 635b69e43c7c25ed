"""The boards of a simulated cabinet: request bytes in, answer bytes out, one module a protocol."""

from hardware.simulator.boards.board import Board, Kind, Said, Speech, Wiring
from hardware.simulator.boards.wired import PROTOCOLS, Answer, Boards, speech

__all__ = ["PROTOCOLS", "Answer", "Board", "Boards", "Kind", "Said", "Speech", "Wiring", "speech"]
