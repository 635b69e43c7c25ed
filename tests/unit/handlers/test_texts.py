"""What free texts, ids and instants of bodies may hold."""

import json

import pytest

from handlers.decoding import convert, decode
from realtime.wire.orders import PageQuery
from realtime.wire.requests import RegisterTerminal, StaffOpenDoor
from realtime.wire.terminal import Events
from realtime.wire.work import StaffOrdersQuery
from server.domain.errors import InvalidInput

TERMINAL = {
    "terminal_id": "T-1",
    "name": "一号柜",
    "lat": 31.0,
    "lon": 121.0,
    "region": "310115",
    "cells": [{"cell": 1, "size": "S"}],
}


@pytest.mark.parametrize("character", "\x00\x07\x1b\x7f\x85\u200f\u202e\u2066\uffff")
def test_what_shows_otherwise_than_it_reads_is_refused(character):
    with pytest.raises(InvalidInput) as refused:
        decode(json.dumps({"reason": f"门{character}坏"}), StaffOpenDoor)
    assert (refused.value.field, refused.value.rule) == ("reason", "pattern")


@pytest.mark.parametrize("text", ["门坏了\n第二行", "tab\there", "emoji 📦", "<b>&", "𠮷·Ünïcode"])
def test_what_people_write_passes(text):
    assert decode(json.dumps({"reason": text}), StaffOpenDoor).reason == text


def test_no_end_of_line_passes_behind_an_id():
    assert decode(json.dumps(TERMINAL), RegisterTerminal).terminal_id == "T-1"
    with pytest.raises(InvalidInput) as refused:
        decode(json.dumps({**TERMINAL, "terminal_id": "T-1\n"}), RegisterTerminal)
    assert refused.value.field == "terminal_id"


@pytest.mark.parametrize("kind", [PageQuery, StaffOrdersQuery])
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_an_instant_that_leaves_the_calendar_in_utc_is_refused(kind, at):
    with pytest.raises(InvalidInput) as refused:
        convert({"before": at}, kind)
    assert (refused.value.field, refused.value.rule) == ("before", "value")


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("number", 2**70, "range"),
        ("number", 2**53 + 1, "range"),
        ("at", "9999-12-31T23:59:59-23:59", "value"),
        ("evidence", "0" * 5000, "length"),
        ("reason", "x" * 1000, "length"),
        ("command_id", "x" * 65, "length"),
    ],
)
def test_an_event_that_cannot_be_stored_is_refused_by_its_field(field, value, rule):
    event = {"number": 1, "cell": 1, "kind": "sent", "state": "open", "at": "2026-11-22T04:00:00Z"}
    frame = {"type": "events", "id": "1", "spool_id": "s", "events": [{**event, field: value}]}
    with pytest.raises(InvalidInput) as refused:
        decode(json.dumps(frame), Events)
    assert (refused.value.field, refused.value.rule) == (f"events[0].{field}", rule)
