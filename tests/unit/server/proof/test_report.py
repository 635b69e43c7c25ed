"""A proof's report can fail: by a failed check, by a missing one, by none at all."""

import json

from server.proof.report import Report


def test_a_report_without_checks_is_not_ok():
    assert not Report("x").ok


def test_a_failed_check_fails_the_report_and_the_exit_status():
    report = Report("x")
    report.check("a", True, 1)
    assert report.ok
    report.check("b", False, "saw nothing")
    shown: list[str] = []
    assert report.show(as_json=True, write=shown.append) == 1
    whole = json.loads(shown[0])
    assert whole["ok"] is False
    assert whole["checks"][1] == {"name": "b", "ok": False, "seen": "saw nothing"}


def test_an_expected_check_that_was_never_made_fails_the_report():
    report = Report("x")
    report.expect(["a", "b"])
    report.check("a", True, "")
    assert not report.ok
    assert "b: never checked" in report.as_table()
    assert json.loads(report.as_json())["checks"][-1]["ok"] is False


def test_counts_stand_beside_the_checks():
    report = Report("x", counts={"orders": 3})
    report.check("a", True, "")
    assert json.loads(report.as_json())["orders"] == 3
    assert report.show(as_json=False, write=lambda _: None) == 0
