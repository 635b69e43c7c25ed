"""The process beside the server: its bounds and its ends, with programs that read badly."""

import asyncio
import sys

import pytest

from server.domain.bookings.papers import IdCard, PaperKind
from server.domain.errors import ProviderFailed
from server.providers.ocr import local
from server.providers.ocr.config import LocalConfig
from server.providers.ocr.local import LocalRecogniser

#: Answers every photo with its length as the name; a photo `die` ends it, `hang` holds it.
READER = """
import json, os, struct, sys, time
while True:
    head = sys.stdin.buffer.read(5)
    if len(head) < 5: break
    photo = sys.stdin.buffer.read(struct.unpack(">BI", head)[1])
    if photo == b"die": os._exit(3)
    if photo == b"hang": time.sleep(600)
    told = {"fields": {"name": "样" * len(photo)}}
    if photo == b"wrong": told = []
    if photo == b"no jpeg": told = {"rule": "photo"}
    raw = json.dumps(told).encode()
    if photo == b"huge": raw = b" " * 70000
    sys.stdout.buffer.write(struct.pack(">I", len(raw)) + raw)
    sys.stdout.buffer.flush()
    if photo == b"last": os._exit(0)
"""

CARD = PaperKind.ID_CARD


@pytest.fixture(autouse=True)
def _installed(monkeypatch):
    monkeypatch.setattr(local, "is_installed", lambda: True)


def reader(**limits) -> LocalRecogniser:
    config = LocalConfig(**{"seconds": 30.0, **limits})
    return LocalRecogniser(config, command=(sys.executable, "-c", READER))


async def rule_of(recogniser: LocalRecogniser, photo: bytes) -> str | None:
    with pytest.raises(ProviderFailed) as failed:
        await recogniser.read(CARD, photo)
    return failed.value.rule


async def test_photos_are_read_one_after_another_by_one_process():
    recogniser = reader()
    try:
        papers = await asyncio.gather(*(recogniser.read(CARD, b"x" * n) for n in (1, 3, 2)))
        assert papers == [IdCard(name="样" * n) for n in (1, 3, 2)]
    finally:
        await recogniser.close()


async def test_more_photos_than_may_wait_are_refused_at_once():
    recogniser = reader(waiting=2)
    try:
        two = [asyncio.create_task(recogniser.read(CARD, b"x")) for _ in range(2)]
        await asyncio.sleep(0)
        assert await rule_of(recogniser, b"x") == "busy"
        await asyncio.gather(*two)
        assert await recogniser.read(CARD, b"xx") == IdCard(name="样样")
    finally:
        await recogniser.close()


@pytest.mark.parametrize(("photo", "rule"), [(b"die", "broken"), (b"wrong", "broken")])
async def test_a_process_that_fails_is_replaced(photo, rule):
    recogniser = reader()
    try:
        assert await rule_of(recogniser, photo) == rule
        assert await recogniser.read(CARD, b"xx") == IdCard(name="样样")
    finally:
        await recogniser.close()


async def test_an_answer_over_its_bound_is_not_read():
    recogniser = reader()
    try:
        assert await rule_of(recogniser, b"huge") == "broken"
        assert await rule_of(recogniser, b"no jpeg") == "photo"
    finally:
        await recogniser.close()


async def test_a_photo_that_takes_too_long_ends_the_process_and_not_the_next():
    recogniser = reader(seconds=3.0)
    try:
        assert await rule_of(recogniser, b"hang") == "no_answer"
    finally:
        await recogniser.close()
    patient = reader()
    try:
        asked = asyncio.create_task(patient.read(CARD, b"hang"))
        next_one = asyncio.create_task(patient.read(CARD, b"xx"))
        await asyncio.sleep(0)
        asked.cancel()  # whoever asked has gone: their answer must not reach the next
        assert await next_one == IdCard(name="样样")
        await asyncio.wait([asked])
    finally:
        await patient.close()


async def test_a_process_that_went_idle_is_started_again():
    recogniser = reader()
    try:
        assert await recogniser.read(CARD, b"last") == IdCard(name="样样样样")
        assert await recogniser.read(CARD, b"x") == IdCard(name="样")
    finally:
        await recogniser.close()


async def test_closing_does_not_wait_for_the_photo_that_is_read():
    recogniser = reader(seconds=600.0)
    await recogniser.start()
    asked = [asyncio.create_task(rule_of(recogniser, photo)) for photo in (b"hang", b"x")]
    await asyncio.sleep(0)
    await recogniser.close()
    assert await asyncio.gather(*asked) == ["broken", "broken"]


async def test_a_closed_one_may_be_closed_again():
    recogniser = reader()
    await recogniser.start()
    await recogniser.close()
    await recogniser.close()


async def test_where_it_is_not_installed_it_says_so(monkeypatch):
    monkeypatch.setattr(local, "is_installed", lambda: False)
    recogniser = reader()
    assert await rule_of(recogniser, b"x") == "not_installed"
    await recogniser.start()
    await recogniser.close()
