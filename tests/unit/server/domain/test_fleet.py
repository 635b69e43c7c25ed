"""What is wrong with a terminal: the table, the order, and from when on staff are alerted."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.domain.fleet import (
    CellCounts,
    DoorCounts,
    Facts,
    assess,
    badness,
    is_older,
    newest,
)
from server.domain.ids import TerminalId
from server.domain.machines import Board, Machine, Port, machine_troubles
from server.domain.rules import Rules
from server.domain.troubles import LEVELS, OF_MACHINE, TABLE, Kind, Level, is_alarming, level
from tests.builders import NOON

RULES = Rules()
ALL_WELL = Facts(
    terminal=TerminalId("SZ-0001"),
    name="南山一号柜",
    online=True,
    link_since=NOON - timedelta(hours=3),
    agent_version="1.2.0",
    newest_version="1.2.0",
    machine=Machine(
        ports=(Port(device="/dev/ttyS0", protocol="8a", state="ready"),),
        boards=(Board(port=0, address=1, is_answering=True),),
    ),
    machine_at=NOON,
    sizes={"M": CellCounts(free=3)},
)


def ago(**delta: float):
    return NOON - timedelta(**delta)


def machine(**fields: object) -> Machine:
    assert ALL_WELL.machine is not None
    return replace(ALL_WELL.machine, **fields)


def port(**fields: object) -> tuple[Port, ...]:
    return (replace(Port(device="/dev/ttyS0", protocol="8a", state="ready"), **fields),)


def kinds(**fields: object) -> list[str]:
    return [one.kind.value for one in assess(replace(ALL_WELL, **fields), RULES, NOON)]


def test_of_a_terminal_that_is_well_nothing_is_said() -> None:
    assert kinds() == []


CASES = [
    ({"online": False, "link_since": None}, ["never_seen"]),
    ({"online": False, "link_since": ago(minutes=4)}, ["away"]),
    ({"online": False, "link_since": ago(minutes=5)}, ["offline"]),
    ({"two_agents_at": ago(minutes=9)}, ["two_agents"]),
    ({"two_agents_at": ago(minutes=10)}, []),
    ({"agent_version": "1.1.9"}, ["old_agent"]),
    ({"agent_version": None}, []),
    ({"tampered": {3: ago(seconds=5)}}, ["tampered"]),
    ({"tampered": {3: ago(hours=1)}, "left_open": {3: ago(hours=1)}}, ["tampered"]),
    ({"left_open": {3: ago(minutes=6)}}, ["left_open"]),
    ({"retired": {2: None, 1: ago(days=1)}}, ["cell_retired", "cell_retired"]),
    ({"overdue": 2, "overdue_since": ago(days=2)}, ["overdue"]),
    ({"doors": DoorCounts(tampered_day=2)}, ["tampered_lately"]),
    ({"doors": DoorCounts(tampered_day=1), "tampered": {3: NOON}}, ["tampered"]),
    ({"doors": DoorCounts(jammed_day=1)}, ["jammed_lately"]),
    ({"doors": DoorCounts(stale=4, unknown=2)}, ["doors_unknown"]),
    ({"doors": DoorCounts(open=4)}, []),
    ({"sizes": {"M": CellCounts(occupied=3), "L": CellCounts()}}, ["no_free_cell"]),
    ({"machine": machine(ports=port(state="unreachable"))}, ["port_unreachable"]),
    ({"machine": machine(ports=port(state="opening"))}, []),
    (
        {
            "machine": machine(
                ports=port(state="unreachable"),
                boards=(Board(port=0, address=1, is_answering=False),),
            )
        },
        ["port_unreachable"],
    ),
    (
        {"machine": machine(boards=(Board(port=0, address=1, is_answering=False),))},
        ["board_silent"],
    ),
    (
        {"machine": machine(boards=(Board(port=7, address=1, is_answering=True, fault="busy"),))},
        ["board_refuses"],
    ),
    (
        {"machine": machine(ports=port(exchanges=100, silences=3, checksum_errors=2))},
        ["line_noisy"],
    ),
    ({"machine": machine(ports=port(exchanges=99, silences=99))}, []),
    ({"machine": machine(disk_error="read-only", disk_free_bytes=0)}, ["disk_refuses"]),
    ({"machine": machine(disk_free_bytes=10 * 2**20)}, ["disk_low"]),
    ({"machine": machine(clock_off_by_seconds=-61.0)}, ["clock_off"]),
    ({"machine": machine(clock_off_by_seconds=59.0)}, []),
    ({"machine": machine(spooled=100)}, ["events_wait"]),
    ({"machine": None, "machine_at": None}, []),
]


@pytest.mark.parametrize(("fields", "expected"), CASES)
def test_each_thing_is_said_by_its_name(fields: dict[str, object], expected: list[str]) -> None:
    assert kinds(**fields) == expected


def test_of_a_machine_without_a_link_nothing_is_known() -> None:
    silent = machine(boards=(Board(port=0, address=1, is_answering=False),), spooled=500)
    assert kinds(machine=silent, online=False, link_since=ago(hours=1)) == ["offline"]


def test_every_kind_has_words_and_only_machines_are_the_machines() -> None:
    assert set(TABLE) == set(Kind)
    assert len({row.severity for row in TABLE.values()}) == len(TABLE), "no two are as bad"
    for row in TABLE.values():
        assert row.zh and row.en and level(row.severity) is not Level.FINE
    word = machine(
        ports=(*port(state="unreachable"), *port(exchanges=100, silences=9)),
        boards=(
            Board(port=1, address=1, is_answering=False),
            Board(port=1, address=2, is_answering=True, fault="busy"),
        ),
        disk_error="full",
        clock_off_by_seconds=99.0,
        spooled=100,
    )
    low = machine(disk_free_bytes=1)
    told = {one.kind for both in (word, low) for one in machine_troubles(both, RULES).values()}
    assert told == OF_MACHINE
    for one in machine_troubles(word, RULES).values():
        assert "{" not in one.zh + one.en


def test_the_worst_comes_first_and_one_thing_more_is_worse() -> None:
    whole = replace(
        ALL_WELL, tampered={9: NOON, 2: NOON}, retired={1: None}, doors=DoorCounts(jammed_day=1)
    )
    found = assess(whole, RULES, NOON)
    assert [(one.kind.value, one.cell) for one in found] == [
        ("tampered", 2),
        ("tampered", 9),
        ("cell_retired", 1),
        ("jammed_lately", None),
    ]
    assert list(badness(found)) == sorted(badness(found), reverse=True)
    assert badness(found) > badness(found[:-1]) > badness(found[2:]) > badness(())
    assert [level(least) for least, _ in LEVELS] == list(Level)


@pytest.mark.parametrize(
    ("fields", "age", "alarms"),
    [
        ({"online": False}, 299, False),
        ({"online": False}, 300, True),
        ({"machine": machine(ports=port(state="unreachable"))}, 119, False),
        ({"machine": machine(ports=port(state="unreachable"))}, 120, True),
        ({"machine": machine(disk_error="full")}, 0, True),
        ({"doors": DoorCounts(jammed_day=9)}, 0, False),
    ],
)
def test_alerts_wait_for_their_time(fields: dict[str, object], age: int, alarms: bool) -> None:
    since = NOON - timedelta(seconds=age)
    troubles = dict.fromkeys(("p0", "disk"), since)
    facts = replace(ALL_WELL, link_since=since, troubles=troubles, **fields)
    (found,) = assess(facts, RULES, NOON)
    assert is_alarming(found, RULES, NOON) is alarms


def test_a_trouble_that_was_there_before_lasts_since_then() -> None:
    away = machine(ports=port(state="unreachable"))
    before = replace(ALL_WELL, machine=away, troubles={"p0": ago(hours=1)})
    assert assess(before, RULES, NOON)[0].since == ago(hours=1)


def test_versions_are_numbers_not_texts() -> None:
    assert newest(["1.9.0", "1.10.0", None, "1.2"]) == "1.10.0"
    assert newest([None]) is None
    assert is_older("1.9.0", "1.10.0")
    assert not is_older("1.10.0", "1.10.0")
    assert not is_older(None, "1.0") and not is_older("1.0", None)
