"""Terminals' links, over outlets of the test's own."""

import msgspec

from realtime.hub.links import TerminalLinks
from realtime.wire.terminal import KioskStep, KioskView
from server.domain.ids import TerminalId
from tests.unit.realtime.builders import QuickOutlet, SlowSocket, hub_of, turn

CABINET = TerminalId("T1")


def picture(version: int) -> KioskView:
    return KioskView(version=version, step=KioskStep.WELCOME)


def versions(outlet: QuickOutlet) -> list[int]:
    return [msgspec.json.decode(message)["version"] for message in outlet.messages]


async def test_of_pictures_that_wait_only_the_newest_is_sent():
    links, outlet = TerminalLinks(answer_seconds=1), SlowSocket()
    connection = hub_of().connect(outlet)
    links.enter(connection, terminal=CABINET, epoch=1)
    for version in (1, 2, 3):
        assert links.push(CABINET, picture(version))
        await turn()
    connection.drained()
    await turn()
    assert versions(outlet) == [1, 3]


async def test_a_picture_that_was_overtaken_does_not_take_the_place_of_the_newer_one():
    links, outlet = TerminalLinks(answer_seconds=1), QuickOutlet()
    links.enter(hub_of().connect(outlet), terminal=CABINET, epoch=1)
    assert links.push(CABINET, picture(275))
    assert links.push(CABINET, picture(274)), "the kiosk shows something newer: as good as sent"
    await turn()
    assert versions(outlet) == [275]
    assert links.push(CABINET, picture(276))
    await turn()
    assert versions(outlet) == [275, 276]


async def test_a_new_connection_counts_its_pictures_anew():
    links, first, second = TerminalLinks(answer_seconds=1), QuickOutlet(), QuickOutlet()
    hub = hub_of()
    links.enter(hub.connect(first), terminal=CABINET, epoch=1)
    links.push(CABINET, picture(9))
    links.enter(hub.connect(second), terminal=CABINET, epoch=2)
    links.push(CABINET, picture(4))
    await turn()
    assert versions(second) == [4], "a store brought back from a copy counts from further back"
