"""One form for what the proving commands show: a readable table, or one JSON object.

The object has `ok`, `seconds`, `checks` (`{name, ok, seen}`) and what the run counted. A check
that was never made is a failed check: `Report.expect` names all of them before the run.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One promise and what was seen of it."""

    name: str
    ok: bool
    seen: str


@dataclass(slots=True)
class Report:
    """What one run found; built while it runs."""

    title: str
    counts: dict[str, object] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)
    _expected: list[str] = field(default_factory=list)

    def expect(self, names: Iterable[str]) -> None:
        """Name the checks that this run must make."""
        self._expected.extend(names)

    def check(self, name: str, ok: bool, seen: object) -> bool:
        """Note one check; `seen` says what was measured, good or bad."""
        self.checks.append(Check(name=name, ok=bool(ok), seen=str(seen)))
        return bool(ok)

    @property
    def missing(self) -> list[str]:
        """Tell which expected checks were never made."""
        made = {check.name for check in self.checks}
        return [name for name in self._expected if name not in made]

    @property
    def ok(self) -> bool:
        """Tell whether every expected check was made and every made one passed."""
        return bool(self.checks) and not self.missing and all(check.ok for check in self.checks)

    def as_json(self) -> str:
        """Give the one JSON object."""
        unmade = [Check(name=name, ok=False, seen="never checked") for name in self.missing]
        checks = [
            {"name": check.name, "ok": check.ok, "seen": check.seen}
            for check in [*self.checks, *unmade]
        ]
        seconds = round(time.monotonic() - self.started, 3)
        whole = {"ok": self.ok, "seconds": seconds, "checks": checks, **self.counts}
        return json.dumps(whole, ensure_ascii=False)

    def as_table(self) -> str:
        """Give the table for people."""
        seconds = time.monotonic() - self.started
        lines = [f"{self.title}: {'ok' if self.ok else 'FAILED'} in {seconds:.1f} s"]
        for check in self.checks:
            lines.append(f"  {'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.seen}")
        lines += [f"  FAIL  {name}: never checked" for name in self.missing]
        lines += [f"  {name} = {value}" for name, value in self.counts.items()]
        return "\n".join(lines)

    def show(self, *, as_json: bool, write: Callable[[str], object] | None = None) -> int:
        """Print in the asked form; answer the exit status."""
        text = self.as_json() if as_json else self.as_table()
        (write or sys.stdout.write)(text + "\n")
        return 0 if self.ok else 1


async def to_the_end(report: Report, run: Awaitable[None]) -> None:
    """Await a run; one that breaks off is a failed check that says where, not a traceback."""
    try:
        await run
    except Exception as broken:  # a proof's last line of defence: whatever it is, it is the result
        while isinstance(broken, BaseExceptionGroup):
            broken = broken.exceptions[0]  # type: ignore[assignment]
        where = traceback.extract_tb(broken.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno} {where.name}"
        report.check("came to its end", False, f"{type(broken).__name__} at {place}: {broken}")


def progress(text: str) -> None:
    """Tell a person what a long run is at, on standard error, out of the result's way."""
    sys.stderr.write(f"· {text}\n")
    sys.stderr.flush()
