"""`lanjian bench ocr`: made-up papers read by the true local recogniser, field by field.

A field is right when the right field has the equal value, after what the server does to what
people type (`plain_*` of the checks) and nothing else. The photos are synthetic: clean fonts, no
wear, no hologram; real ones are read worse, which is why people see and correct what was read.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from statistics import median

from server.domain.bookings import checks
from server.domain.bookings.papers import IdCard, PaperKind, VehicleLicence
from server.proof.id_draw import find_fonts
from server.proof.id_photos import LEVELS, Photo, no_paper, photo
from server.proof.report import Report, progress
from server.providers.ocr.config import LocalConfig
from server.providers.ocr.local import LocalRecogniser, Measured

LEAST_PERCENT = 97.0
LEAST_KEY_PERCENT = 99.0
KEY_FIELDS = ("id_card.number", "vehicle_licence.plate", "vehicle_licence.vin")

#: 99 of 100 ticks of the loop are no later than this beside the reading. The worst one is told
#: and not judged: on a machine that does other things besides it is the machine's own.
MOST_LAG_SECONDS = 0.1
TICK_SECONDS = 0.005

#: A loaded machine is slow, not wrong.
LIMITS = LocalConfig(seconds=300.0)

CHECKS = (
    "a photo of no paper gives an empty one",
    "fields right",
    *(f"{name} right" for name in KEY_FIELDS),
    "the event loop ticks meanwhile",
)

#: What the server does to what is typed, before it compares.
FORMS: Mapping[str, Callable[[str], str]] = {
    "name": checks.plain_name,
    "owner": checks.plain_name,
    "number": checks.plain_number,
    "plate": checks.plain_plate,
    "vin": checks.plain_vin,
}

Paper = IdCard | VehicleLicence


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrPlan:
    """What one run reads."""

    documents: int = 60
    seed: int = 1


@dataclass(slots=True)
class Marks:
    """How many fields were asked for and were right, by field and by level."""

    asked: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def judge(self, shown: Photo, paper: Paper) -> None:
        """Compare one paper with the truth, each field with its own."""
        for one in fields(shown.truth):
            is_right = plain(one.name, getattr(paper, one.name)) == plain(
                one.name, getattr(shown.truth, one.name)
            )
            name = f"{shown.kind.value}.{one.name}"
            for counted in (name, f"level {shown.level}", "all"):
                self.asked[counted] += 1
                self.right[counted] += is_right
            if not is_right:
                said = f"{getattr(paper, one.name)!r} for {getattr(shown.truth, one.name)!r}"
                self.wrong.append(f"{shown.number} level {shown.level} {name}: {said}")

    def percent(self, name: str) -> float:
        """Give how many of a field were right, in percent."""
        return round(100 * self.right[name] / self.asked[name], 2) if self.asked[name] else 0.0


@dataclass(slots=True)
class Ticks:
    """How late the loop's ticks were."""

    lags: list[float] = field(default_factory=list)

    async def count(self) -> None:
        """Tick until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            self.lags.append(max(0.0, loop.time() - due))


def plain(name: str, text: str) -> str:
    """Bring a field into its normal form."""
    form = FORMS.get(name)
    return form(text) if form else "".join(text.split())


async def play(plan: OcrPlan, report: Report) -> None:
    """Draw, read and compare."""
    report.expect(CHECKS)
    fonts, marks, ticks = find_fonts(), Marks(), Ticks()
    reader = LocalRecogniser(LIMITS)
    told: list[Measured] = []
    load = os.getloadavg()[0]
    try:
        await reader.start()
        for number in range(plan.documents):
            shown = photo(number, plan.seed, fonts)
            async with ticking(ticks):
                told.append(await reader.measured(shown.kind, shown.jpeg))
            marks.judge(shown, told[-1].paper)
            progress(f"{number + 1} of {plan.documents}: {told[-1].seconds:.1f} s")
        nothing = await reader.read(PaperKind.ID_CARD, no_paper(plan.seed))
    finally:
        await reader.close()
    report.check(CHECKS[0], nothing == IdCard(), nothing)
    _judge(report, marks, ticks)
    _count(report, marks, told)
    report.counts |= {"load": [round(load, 1), round(os.getloadavg()[0], 1)]}


@asynccontextmanager
async def ticking(ticks: Ticks) -> AsyncIterator[None]:
    """Let the loop tick while the block runs."""
    task = asyncio.create_task(ticks.count(), name="bench-ticks")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _judge(report: Report, marks: Marks, ticks: Ticks) -> None:
    asked, right = marks.asked["all"], marks.right["all"]
    percent = marks.percent("all")
    report.check("fields right", percent >= LEAST_PERCENT, f"{right} of {asked}: {percent} %")
    for name in KEY_FIELDS:
        seen = f"{marks.right[name]} of {marks.asked[name]}: {marks.percent(name)} %"
        report.check(f"{name} right", marks.percent(name) >= LEAST_KEY_PERCENT, seen)
    lags = sorted(ticks.lags)
    usual, worst = lags[len(lags) * 99 // 100], lags[-1]
    seen = f"worst lag {worst * 1000:.1f} ms, p99 {usual * 1000:.1f} ms of {len(lags)} ticks"
    report.check("the event loop ticks meanwhile", usual < MOST_LAG_SECONDS, seen)
    report.counts |= {"lag_ms_worst": round(worst * 1000, 1), "lag_ms_p99": round(usual * 1000, 1)}


def _count(report: Report, marks: Marks, told: list[Measured]) -> None:
    seconds, peaks = [one.seconds for one in told], [one.peak_bytes for one in told]
    levels = [f"level {level}" for level in LEVELS]
    names = [name for name in marks.asked if "." in name]
    report.counts |= {
        "percent_by_field": {name: marks.percent(name) for name in sorted(names)},
        "percent_by_level": {name: marks.percent(name) for name in levels},
        "seconds_median": round(median(seconds), 2),
        "seconds_max": round(max(seconds), 2),
        "peak_bytes_median": median(peaks),
        "peak_bytes_max": max(peaks),
        "wrong": marks.wrong,
    }
