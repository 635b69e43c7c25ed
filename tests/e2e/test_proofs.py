"""The proving commands, run small: the same that `lanjian journey|race|chaos` show at length.

The parcel journey is among the walks (walks/test_parcel_proof.py): it needs no site of its own.
"""

import re
from pathlib import Path

import pytest

from server.proof.kill_points import POINTS
from server.proof.town import SECRETS
from tests.e2e.commands import failed, lanjian

#: For a machine that has ten other things to do; on an idle one none takes a fifth of it.
PROOF_SECONDS = 500

#: The waybill's names and address, everybody's phone, and how a phone looks masked. (Digits
#: alone would be found in some instant or other.)
WORDS = [secret for secret in SECRETS if not secret.isdigit()]
PERSONAL = re.compile("|".join([*WORDS, r"(?<!\d)139000\d{5}(?!\d)", r"139\*{4}"]).encode())

#: The plates and names of bookings, and their phones.
OF_CARS = re.compile("粤B0W|车主|设备检修|(?<!\\d)13900500\\d{3}(?!\\d)".encode())


def personal_in(folder: Path, personal: re.Pattern[bytes] = PERSONAL) -> set[tuple[str, bytes]]:
    """Find what is personal in a folder's files."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.stat().st_size for path in files)
    return {(path.name, found) for path in files for found in personal.findall(path.read_bytes())}


@pytest.mark.slow
@pytest.mark.timeout(1.1 * PROOF_SECONDS)
def test_the_journey_in_wechat_keeps_every_promise(tmp_path):
    words = ("journey", "parcel", "--providers", "sandbox", "--couriers", "3")
    shown = lanjian(*words, "--var", str(tmp_path), deadline_seconds=PROOF_SECONDS)
    assert failed(shown) == []
    assert len(shown["checks"]) >= 20
    assert personal_in(tmp_path / "redis") == set(), "Redis carries ids only"
    assert personal_in(tmp_path / "log") == set(), "logs carry ids only"


@pytest.mark.slow
@pytest.mark.timeout(1.1 * PROOF_SECONDS)
def test_the_booking_journey_keeps_every_promise(tmp_path):
    words = ("journey", "booking", "--var", str(tmp_path))
    shown = lanjian(*words, deadline_seconds=PROOF_SECONDS)
    assert failed(shown) == []
    assert len(shown["checks"]) >= 31
    assert personal_in(tmp_path / "redis", OF_CARS) == set(), "Redis carries ids only"
    assert personal_in(tmp_path / "log", OF_CARS) == set(), "logs carry ids only"


@pytest.mark.slow
@pytest.mark.timeout(1.1 * PROOF_SECONDS)
def test_chaos_in_money_loses_nothing_and_pays_nobody_twice():
    words = ("chaos", "money", "--runs", "8", "--seed", "77", "--processes", "1")
    shown = lanjian(*words, deadline_seconds=PROOF_SECONDS)
    assert failed(shown) == [], shown.get("bad_runs")
    assert shown["runs"] == 8
    assert len(shown["faults"]) >= 10, "wallets failed in many ways"


@pytest.mark.slow
@pytest.mark.timeout(1.1 * PROOF_SECONDS)
def test_a_race_on_two_servers_has_one_winner_each():
    shown = lanjian("race", "--orders", "20", "--couriers", "12", deadline_seconds=PROOF_SECONDS)
    assert failed(shown) == []
    assert (shown["orders"], shown["double_winners"], shown["unclaimed"]) == (20, 0, 0)
    assert shown["attempts"] >= 20 * 12


@pytest.mark.slow
@pytest.mark.timeout(1.1 * PROOF_SECONDS)
def test_chaos_leaves_one_winner_each_and_loses_nothing():
    shown = lanjian("chaos", "claims", "--runs", "5", "--seed", "7", deadline_seconds=PROOF_SECONDS)
    assert failed(shown) == []
    assert len(shown["faults"]) == 5


@pytest.mark.slow
@pytest.mark.timeout(1.1 * PROOF_SECONDS)
def test_killed_agents_tell_the_truth_of_their_doors_once():
    shown = lanjian(
        "chaos", "terminal", "--kills", "13", "--seed", "3", deadline_seconds=PROOF_SECONDS
    )
    assert failed(shown) == [], shown.get("examples")
    assert set(shown["moments"]) == set(POINTS), "killed at each step of an open, and between"
    assert (shown["missed"], shown["invented"], shown["doubled"], shown["disordered"]) == (0,) * 4
    assert (shown["opened_without_command"], shown["opened_twice"]) == (0, 0)


@pytest.mark.slow
@pytest.mark.timeout(1.1 * PROOF_SECONDS)
def test_a_race_for_slots_sells_each_place_once_through_every_fault():
    words = ("race", "--slots", "--clients", "60", "--places", "5", "--hold-seconds", "4")
    shown = lanjian(*words, "--seed", "3", deadline_seconds=PROOF_SECONDS)
    assert failed(shown) == []
    assert (shown["booked"], shown["most_holders_at_once"], shown["holds_left"]) == (5, 5, 1)
    assert set(shown["faults"]) == {"redis_killed", "redis_emptied", "server_killed"}
