"""Scenario files: two ways of writing one, faults that are told, a course without a host."""

from pathlib import Path

import pytest

from hardware.simulator.cabinet import simulated
from hardware.simulator.knobs import People
from hardware.simulator.scenario import Course, ScenarioError, read_scenario

TOML = """
protocol = "wkly"
channels = 4
seed = 5
knobs = { people = "manual", bounces = 1 }

[[step]]
spread = 0.01
do = { open = 2 }
repeat = 2

[[step]]
wait = { cell = 2, is = "open" }
expect = { cell = 2, pulses = 0 }
"""

LINES = """
{"protocol": "wkly", "channels": 4, "seed": 5, "knobs": {"people": "manual", "bounces": 1}}
{"spread": 0.01, "do": {"open": 2}, "repeat": 2}
{"wait": {"cell": 2, "is": "open"}, "expect": {"cell": 2, "pulses": 0}}
"""


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_toml_and_json_lines_say_the_same(tmp_path: Path) -> None:
    one = read_scenario(written(tmp_path, "a.toml", TOML))
    assert one == read_scenario(written(tmp_path, "a.jsonl", LINES))
    plan = one.plan(tcp_port=0)
    assert (plan.protocol, plan.channels, plan.baud) == ("wkly", 4, 9600)
    assert (plan.knobs.people, plan.knobs.bounces) == (People.MANUAL, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("step = 3", "Expected `array`"),
        ("speed = 3", "unknown field `speed`"),
        ("[[step]]\ndo = { fly = 1 }", "unknown field `fly`"),
        ("[[step]]\nafter = -1", ">= 0.0"),
        ("[[step]]\nwait = { cell = 1 }", "say one of is, pulses, looks"),
        ("[[step]]\nwait = { is = 'open' }", "say which cell"),
        ("[[step]]\nwait = { cell = 1, is = 'ajar' }", "expected open or closed"),
        ("[[step]]\nrepeat = 0", ">= 1"),
        ("boards = [", "nvalid"),
    ],
)
def test_what_is_no_scenario_is_told(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        read_scenario(written(tmp_path, "a.toml", text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="No such file"):
        read_scenario(tmp_path / "none.toml")


async def test_a_course_moves_doors_and_reports(tmp_path: Path) -> None:
    scenario = read_scenario(written(tmp_path, "a.toml", TOML))
    async with simulated(scenario.plan()) as cabinet:
        report = await Course(scenario, cabinet).play()
    assert report["ok"]
    assert [told["step"] for told in report["steps"]] == [1, 1, 2]
    assert report["history"][0]["what"] == "open"


@pytest.mark.parametrize(
    ("step", "problem", "count"),
    [
        ("expect = { cell = 1, is = 'open' }", "not as expected", 2),
        ("wait = { cell = 1, pulses = 1, within = 0.01 }", "waited in vain", 1),
        ("wait = { looks = 1, within = 0.01 }", "waited in vain", 1),
        ("do = { open = 9 }", "there is no cell 9", 1),
    ],
)
async def test_a_course_that_goes_wrong_says_where(
    tmp_path: Path, step: str, problem: str, count: int
) -> None:
    text = f"channels = 4\n[[step]]\n{step}\n[[step]]\ndo = {{ close = 1 }}\n"
    scenario = read_scenario(written(tmp_path, "a.toml", text))
    async with simulated(scenario.plan()) as cabinet:
        report = await Course(scenario, cabinet).play()
    assert not report["ok"]
    assert report["steps"][0]["problem"] == problem
    assert len(report["steps"]) == count, "a wait in vain ends the course"
