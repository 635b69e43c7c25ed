"""The kiosk's state with a clock that only moves when told."""

from datetime import UTC, datetime, timedelta

from hardware.clock import ServerClock
from hardware.kiosk.screen import ROLE_KEPT_SECONDS, Role, Screen
from hardware.link.link import LinkState
from realtime.wire.kiosk import kiosk_path
from realtime.wire.terminal import KioskAction, KioskStep, KioskView
from tests.integration.hardware.played_server import CONFIG

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Hand:
    """Moves the clock."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.clock = ServerClock(lambda: self.at)
        self.clock.measure(NOON, 1000.0, 1000.0)
        self.screen = Screen("T-1", self.clock)


def view(version: int, **more: object) -> KioskView:
    return KioskView(**{"version": version, "step": KioskStep.ON_PHONE, "visit_id": "v", **more})  # type: ignore[arg-type]


def test_without_a_configuration_there_is_no_qr() -> None:
    assert Hand().screen.qr() is None


def test_the_qr_is_drawn_once_a_step_and_turns_on_its_border() -> None:
    hand = Hand()
    hand.screen.configure(CONFIG)
    first = hand.screen.qr()
    assert first is not None
    step = int(NOON.timestamp()) // 30
    assert first.url == CONFIG.kiosk_url + kiosk_path(b"key-key-key-key", "T-1", step)
    assert first.expires_at == NOON + timedelta(seconds=30)
    hand.at += 29.9
    assert hand.screen.qr() is first
    assert abs(hand.screen.seconds_to_change() - 0.1) < 1e-6
    hand.at += 0.2
    second = hand.screen.qr()
    assert second is not None
    assert second.url != first.url


def test_a_wish_is_kept_for_a_while() -> None:
    hand = Hand()
    hand.screen.want(Role.PICKUP)
    hand.at += ROLE_KEPT_SECONDS - 0.1
    assert hand.screen.role_wanted() is Role.PICKUP
    hand.at += 0.2
    assert hand.screen.role_wanted() is None


def test_a_wish_is_handed_over_once_when_the_visit_asks() -> None:
    hand = Hand()
    hand.screen.want(Role.DEPOSIT)
    hand.screen.show(view(1))
    assert hand.screen.choice_to_send() is None
    hand.screen.show(view(2, actions=(KioskAction.CHOOSE_ROLE,)))
    assert hand.screen.choice_to_send() is Role.DEPOSIT
    assert hand.screen.choice_to_send() is None


def test_an_expired_view_is_the_welcome_until_a_newer_one() -> None:
    hand = Hand()
    hand.screen.show(view(1, expires_at=NOON + timedelta(seconds=5)))
    assert hand.screen.seconds_to_change() == 5.0
    hand.at += 5.0
    assert hand.screen.view().step is KioskStep.WELCOME
    hand.screen.show(view(2, step=KioskStep.DONE))
    assert hand.screen.view().step is KioskStep.DONE


def test_an_older_view_counts_only_on_a_new_connection() -> None:
    hand = Hand()
    hand.screen.show(view(5))
    hand.screen.show(view(5, step=KioskStep.DONE))
    hand.screen.show(view(4, step=KioskStep.DONE))
    assert hand.screen.view().step is KioskStep.ON_PHONE
    hand.screen.set_link(LinkState.DOWN, "离线")
    hand.screen.show(view(4, step=KioskStep.DONE))
    assert hand.screen.view().step is KioskStep.ON_PHONE
    hand.screen.set_link(LinkState.UP, "")
    hand.screen.show(view(1, step=KioskStep.DONE))
    assert hand.screen.view().step is KioskStep.DONE


def test_watchers_are_woken_while_they_watch() -> None:
    hand = Hand()
    with hand.screen.watched() as event:
        hand.screen.show(view(1))
        assert event.is_set()
        event.clear()
    hand.screen.show(view(2))
    assert not event.is_set()


def test_with_a_key_that_is_no_base64_there_is_no_qr() -> None:
    hand = Hand()
    fields = {name: getattr(CONFIG, name) for name in CONFIG.__struct_fields__}
    for key in ("", "?", "a", "中"):
        hand.screen.configure(CONFIG.__class__(**{**fields, "kiosk_key": key}))
        assert hand.screen.qr() is None
