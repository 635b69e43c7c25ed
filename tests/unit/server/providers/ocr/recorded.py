"""Lines that the true engine found on made-up papers (rapidocr 3.10.0), with what stood there.

`recorded.json` holds a list of {kind, level, truth, lines}, a line being text, corners and score.
Written from `server.proof.id_photos` by the engine of `server.providers.ocr`; nobody's papers.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from server.domain.bookings.papers import IdCard, PaperKind, VehicleLicence
from server.providers.ocr.lines import Line


@dataclass(frozen=True)
class Recorded:
    kind: PaperKind
    level: int
    truth: IdCard | VehicleLicence
    lines: tuple[Line, ...]


def recorded() -> list[Recorded]:
    told = json.loads(Path(__file__).with_name("recorded.json").read_text())
    return [_of(one) for one in told]


def _of(told: dict) -> Recorded:
    kind = PaperKind(told["kind"])
    known = IdCard if kind is PaperKind.ID_CARD else VehicleLicence
    lines = tuple(
        Line(text=text, box=tuple((x, y) for x, y in box), score=score)
        for text, box, score in told["lines"]
    )
    return Recorded(kind=kind, level=told["level"], truth=known(**told["truth"]), lines=lines)
