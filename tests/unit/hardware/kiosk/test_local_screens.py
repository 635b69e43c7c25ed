"""The agent's own screens, and how they and the server's give way to each other."""

from datetime import UTC, datetime

import pytest

from hardware.clock import ServerClock
from hardware.kiosk import local
from hardware.kiosk.screen import NOTICE_SECONDS, Screen
from hardware.link.link import LinkState
from realtime.wire.grants import Grant
from realtime.wire.terminal import DoorEvent, DoorEventKind, DoorState, KioskStep, KioskView

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
GRANT = Grant("g1", "T-1", "o1", 3, "collect", 1, 2)
K = DoorEventKind


class Hand:
    """Moves the clock."""

    def __init__(self) -> None:
        self.at = 1000.0
        clock = ServerClock(lambda: self.at)
        clock.measure(NOON, 1000.0, 1000.0)
        self.screen = Screen("T-1", clock)

    def step(self) -> KioskStep:
        return self.screen.view().step


def event(kind: K, state: DoorState = DoorState.CLOSED) -> DoorEvent:
    return DoorEvent(number=1, cell=3, kind=kind, at=NOON, state=state, command_id="g1")


def shown(kind: K, state: DoorState = DoorState.CLOSED) -> local.LocalScreen:
    made = local.after(GRANT, event(kind, state))
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("kind", "state", "step"),
    [
        (K.ASKED, DoorState.CLOSED, KioskStep.DOOR_OPENING),
        (K.SENSED_OPEN, DoorState.OPEN, KioskStep.DOOR_OPEN),
        (K.CHANGED_DURING_OUTAGE, DoorState.OPEN, KioskStep.DOOR_OPEN),
        (K.CHANGED_DURING_OUTAGE, DoorState.CLOSED, KioskStep.DONE),
        (K.LEFT_OPEN, DoorState.OPEN, KioskStep.DOOR_OPEN),
        (K.SENSED_CLOSED, DoorState.CLOSED, KioskStep.DONE),
        (K.JAMMED, DoorState.CLOSED, KioskStep.DOOR_JAMMED),
        (K.REFUSED, DoorState.CLOSED, KioskStep.FAILED),
    ],
)
def test_each_event_has_its_screen(kind: K, state: DoorState, step: KioskStep) -> None:
    screen = shown(kind, state)
    assert screen.view.step is step
    assert (screen.view.cell, screen.view.role) == (3, "pickup")
    assert screen.seconds > 0
    if screen.view.message is not None:
        chinese, english = screen.view.message.split(" / ")
        assert chinese
        assert english.isascii()


@pytest.mark.parametrize("kind", [K.SENT, K.PULSED, K.UNREACHABLE, K.REACHABLE, K.UNCERTAIN])
def test_other_events_change_nothing(kind: K) -> None:
    assert local.after(GRANT, event(kind)) is None


def test_a_deposit_s_door_asks_for_the_parcel() -> None:
    deposit = Grant("g1", "T-1", "o1", 3, "deposit", 1, 2)
    made = local.after(deposit, event(K.SENSED_OPEN, DoorState.OPEN))
    assert made is not None
    assert made.view.role == "deposit"


def test_the_local_screen_ends_at_its_time() -> None:
    hand = Hand()
    made = shown(K.ASKED)
    hand.screen.show_local(made)
    assert hand.screen.is_local
    assert hand.step() is KioskStep.DOOR_OPENING
    assert hand.screen.seconds_to_change() <= made.seconds
    hand.at += made.seconds
    assert not hand.screen.is_local
    assert hand.step() is KioskStep.WELCOME


def test_a_visit_of_the_server_outranks_it_and_a_welcome_does_not() -> None:
    hand = Hand()
    hand.screen.show_local(shown(K.SENSED_OPEN, DoorState.OPEN))
    hand.screen.set_link(LinkState.UP, "")
    hand.screen.show(KioskView(version=1, step=KioskStep.WELCOME))
    assert hand.step() is KioskStep.DOOR_OPEN
    hand.screen.show(KioskView(version=2, step=KioskStep.ON_PHONE, visit_id="v"))
    assert hand.step() is KioskStep.ON_PHONE
    hand.screen.show(KioskView(version=3, step=KioskStep.WELCOME))
    assert hand.step() is KioskStep.WELCOME


def test_a_refusal_goes_when_the_link_comes() -> None:
    hand = Hand()
    hand.screen.show_local(local.refused("过期 / late"))
    assert hand.step() is KioskStep.FAILED
    hand.screen.set_link(LinkState.UP, "")
    assert hand.step() is KioskStep.WELCOME


def test_a_notice_stays_a_while_and_has_a_number_of_its_own() -> None:
    hand = Hand()
    assert hand.screen.notice() is None
    hand.screen.notify("一")
    first = hand.screen.notice()
    hand.screen.notify("一")
    second = hand.screen.notice()
    assert first is not None
    assert second is not None
    assert (first.message, second.message) == ("一", "一")
    assert second.number > first.number
    hand.at += NOTICE_SECONDS
    assert hand.screen.notice() is None
    hand.screen.notify("二")
    third = hand.screen.notice()
    assert third is not None
    assert third.number > second.number
