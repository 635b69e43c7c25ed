"""The number of customer service and its hours: staff write versions of it, everybody reads it."""

from __future__ import annotations

import re

from realtime.wire.centre import (
    ServiceLineVersion,
    ServiceLineVersions,
    ServiceLineView,
    SetServiceLine,
)
from server.domain.centre import ServiceLine, dialled, hours
from server.domain.errors import StaleVersion
from server.domain.people import Actor
from server.services.ports import Clock
from server.store.audit import MongoAudit
from server.store.centre.service_line import MongoServiceLine

MOST_LISTED = 100


class ServiceLines:
    """Read and write whom people call."""

    def __init__(self, *, lines: MongoServiceLine, audit: MongoAudit, clock: Clock) -> None:
        self._lines = lines
        self._audit = audit
        self._clock = clock

    async def present(self) -> ServiceLineView:
        """Show what counts now."""
        line = await self._lines.present()
        if line is None:
            return ServiceLineView(
                version=0, phone=None, shown=None, hours_zh="", hours_en="", at=None
            )
        return _view(line)

    async def versions(self) -> ServiceLineVersions:
        """List all that counted, for staff."""
        found = await self._lines.versions(MOST_LISTED)
        return ServiceLineVersions(versions=tuple(_version(line) for line in found))

    async def put(self, actor: Actor, asked: SetServiceLine) -> ServiceLineView:
        """Write the version after the one that staff saw; recorded.

        Raises:
            InvalidInput: number or hours. StaleVersion: somebody else wrote meanwhile.
        """
        line = ServiceLine(
            version=asked.version + 1,
            phone=dialled(asked.phone),
            hours_zh=hours(asked.hours_zh, field="hours_zh"),
            hours_en=hours(asked.hours_en, field="hours_en"),
            by=actor.person,
            at=self._clock(),
        )
        present = await self._lines.present()
        if asked.version != (present.version if present else 0):
            raise StaleVersion(field="version", rule="unchanged")
        await self._audit.record(
            actor=actor.person,
            action="service_line",
            subject=f"service_line:{line.version}",
            purpose=line.phone,
            at=line.at,
        )
        await self._lines.put(line)
        return _view(line)


def _view(line: ServiceLine) -> ServiceLineView:
    return ServiceLineView(
        version=line.version,
        phone=line.phone,
        shown=_shown(line.phone),
        hours_zh=line.hours_zh,
        hours_en=line.hours_en,
        at=line.at,
    )


def _version(line: ServiceLine) -> ServiceLineVersion:
    return ServiceLineVersion(
        version=line.version,
        phone=line.phone,
        shown=_shown(line.phone),
        hours_zh=line.hours_zh,
        hours_en=line.hours_en,
        at=line.at,
        by=line.by,
    )


def _shown(phone: str) -> str:
    """Write a number in the groups that people read; short ones stay whole."""
    for form, written in (
        (r"([48]00)(\d{3})(\d{4})", r"\1-\2-\3"),
        (r"(1\d{2})(\d{4})(\d{4})", r"\1 \2 \3"),
        (r"(0(?:10|2\d))(\d{7,8})", r"\1-\2"),
        (r"(0\d{3})(\d{7,8})", r"\1-\2"),
    ):
        if re.fullmatch(form, phone):
            return re.sub(form, written, phone)
    return phone
