"""What processes say to each other through their inboxes, and who here is told."""

from __future__ import annotations

import logging

import msgspec

from realtime.offers import CourierMoved, OfferFeed
from realtime.terminals import SendToTerminal, TerminalMoved, TerminalRouting
from server.domain.ids import PersonId, TerminalId

log = logging.getLogger(__name__)

Message = CourierMoved | SendToTerminal | TerminalMoved


class Post:
    """Opens the messages of this process's inbox."""

    def __init__(self, *, offers: OfferFeed, routing: TerminalRouting) -> None:
        self._offers = offers
        self._routing = routing

    async def receive(self, raw: bytes) -> None:
        """Act on one message; one that a newer version sent is left alone.

        Raises:
            Unavailable: Redis did not answer.
        """
        try:
            message = msgspec.json.decode(raw, type=Message)
        except msgspec.MsgspecError:
            log.warning("unknown message in the inbox")
            return
        match message:
            case CourierMoved():
                await self._offers.look_again(PersonId(message.courier))
            case SendToTerminal():
                self._routing.send_here(TerminalId(message.terminal), message.frame)
            case TerminalMoved():
                self._routing.moved(message)
