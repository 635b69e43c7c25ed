"""The file of an export: one ZIP of what all rooms know of a person, written piece by piece.

Nothing is held but one document, one photo and what is not handed on yet: each list is read
twice, once as JSON for programs and once as CSV for people and their spreadsheets.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import msgspec

from server.domain.errors import NotFound
from server.store.centre.knowledge import KNOWLEDGE
from server.store.centre.knows import Knows
from server.store.centre.records import MongoRecords, Traces
from server.store.photos import MongoPhotos

#: Bytes handed on at a time, and about what is held.
CHUNK = 256 * 1024

#: Signs that make a spreadsheet compute what a cell says.
COMPUTES = ("=", "+", "-", "@", "\t", "\r")

README = """揽件：您的资料

每个名称有两个文件：.json 供程序读取，.csv 可用表格软件打开（每行一项：第几条、项目、内容）。
“照片”文件夹里是您自己的照片。您填写的收件人在您的订单里；其他人的资料（包括您拍下的他人面单）、
密码学摘要和内部标记不在其中。

Lanjian: your data

Each name has two files: .json for programs, .csv for spreadsheets (a line an item: number of the
record, field, content). Your own photos are in the folder 照片. Recipients that you typed stand
in your orders; other people's data (photos of their waybills, too), digests and internal marks are
left out.
"""

HandOn = Callable[[bytes], Awaitable[None]]


class Outgoing:
    """What a ZIP writes to: no file, so that nothing unsealed touches a disk."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        """Take what the ZIP writes; it cannot go back."""
        self._waiting += data
        return len(data)

    def flush(self) -> None:
        """Do nothing: `pieces` says when."""

    def pieces(self, *, all_of_it: bool = False) -> Iterator[bytes]:
        """Give whole chunks, or at the end what is left."""
        while len(self._waiting) >= CHUNK or (all_of_it and self._waiting):
            piece = bytes(self._waiting[:CHUNK])
            del self._waiting[:CHUNK]
            yield piece


class ExportFile:
    """Writes one person's file."""

    def __init__(
        self, *, records: MongoRecords, photos: MongoPhotos, traces: Traces, now: datetime
    ) -> None:
        self._records = records
        self._photos = photos
        self._traces = traces
        self._at = (now.year, now.month, now.day, now.hour, now.minute, now.second)
        self._out = Outgoing()

    async def write(self, hand_on: HandOn) -> None:
        """Write it whole, handing on chunk after chunk."""
        # It only ever writes and flushes; what cannot seek gets data descriptors.
        with ZipFile(cast("io.RawIOBase", self._out), "w") as archive:
            archive.writestr(self._entry("说明.txt"), README)
            for row in KNOWLEDGE:
                if row.exported:
                    await self._json(archive, row, hand_on)
                    await self._csv(archive, row, hand_on)
            await self._pictures(archive, hand_on)
        for piece in self._out.pieces(all_of_it=True):
            await hand_on(piece)

    async def _json(self, archive: ZipFile, row: Knows, hand_on: HandOn) -> None:
        async def lines() -> AsyncIterator[bytes]:
            between = b"[\n"
            async for document in self._records.documents(row, self._traces):
                yield between + msgspec.json.encode(document, enc_hook=str)
                between = b",\n"
            if between != b"[\n":
                yield b"\n]\n"

        await self._list(archive, f"{row.title}.json", lines(), hand_on)

    async def _csv(self, archive: ZipFile, row: Knows, hand_on: HandOn) -> None:
        async def lines() -> AsyncIterator[bytes]:
            number = 0
            async for document in self._records.documents(row, self._traces):
                number += 1
                head = "\ufeff" + csv_lines([("记录 record", "项目 field", "内容 content")])
                rows = [(str(number), name, text) for name, text in flat(document)]
                yield ((head if number == 1 else "") + csv_lines(rows)).encode()

        await self._list(archive, f"{row.title}.csv", lines(), hand_on)

    async def _list(
        self, archive: ZipFile, name: str, lines: AsyncIterator[bytes], hand_on: HandOn
    ) -> None:
        """Write one file, if there is anything to write."""
        first = await anext(lines, None)
        if first is None:
            return
        with archive.open(self._entry(name), "w") as entry:
            entry.write(first)
            async for line in lines:
                entry.write(line)
                for piece in self._out.pieces():
                    await hand_on(piece)

    async def _pictures(self, archive: ZipFile, hand_on: HandOn) -> None:
        async for photo in self._records.photos(self._traces):
            try:
                content = await self._photos.content(photo)
            except NotFound:
                continue  # deleted meanwhile, its time being over
            archive.writestr(self._entry(f"照片/{photo}.jpg", ZIP_STORED), content)
            for piece in self._out.pieces():
                await hand_on(piece)

    def _entry(self, name: str, kind: int = ZIP_DEFLATED) -> ZipInfo:
        entry = ZipInfo(name, self._at)
        entry.compress_type = kind
        return entry


def csv_lines(rows: Sequence[Sequence[str]]) -> str:
    """Write lines of CSV that no spreadsheet computes."""
    text = io.StringIO()
    csv.writer(text).writerows([[harmless(cell) for cell in row] for row in rows])
    return text.getvalue()


def harmless(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would compute."""
    return f"'{cell}" if cell.startswith(COMPUTES) else cell


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Name each leaf of a document by its path; nothing is left of what is empty."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from flat(one, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for at, one in enumerate(value, start=1):
            yield from flat(one, f"{path}[{at}]")
    elif value is not None:
        yield path, value.isoformat() if isinstance(value, datetime) else str(value)
