"""How tests are shared out to several processes: what shares a site stays together.

pytest-xdist has `--dist loadgroup` for this, which marks tests by rewriting their private
`_nodeid`; pytest 9 no longer reads it, and each process started the drills' site for itself.
"""

import importlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

#: Tests that share one running site: all go to one process, one after the other.
SITES = ("tests/e2e/drills/",)

#: Walks share one too, and all of them in a row take longer than everything else does on the
#: other processes. So several processes walk, each on a site of its own: one site more costs less
#: than a core that waits for the last walk.
WALKS = "tests/e2e/walks/"
WALKERS = 2

UNIT = "tests/unit/"

#: What takes longest begins first, so that at the end no process waits for another's last test.
LONGEST = "tests/e2e/"


class SharedOut(LoadScopeScheduling):
    """What shares a site as one piece, files of unit tests as one each, others by themselves."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        self._walkers: set[WorkerController] = set()

    def _split_scope(self, nodeid: str) -> str:
        for site in SITES:
            if nodeid.startswith(site):
                return site
        return nodeid.split("::")[0] if nodeid.startswith(UNIT) else nodeid

    def _assign_work_unit(self, node: WorkerController) -> None:
        may_walk = node in self._walkers or len(self._walkers) < WALKERS
        chosen = begins(self.workqueue, may_walk=may_walk)
        if chosen.startswith(WALKS):
            self._walkers.add(node)
        self.workqueue.move_to_end(chosen, last=False)
        super()._assign_work_unit(node)


def begins(waiting: Iterable[str], *, may_walk: bool) -> str:
    """Choose what a process does next: a walk if it may, then what takes long, then the rest.

    Who may not walk does so only when nothing else is left.
    """
    scopes = list(waiting)
    walks = [scope for scope in scopes if scope.startswith(WALKS)]
    others = [scope for scope in scopes if not scope.startswith(WALKS)]
    if walks and (may_walk or not others):
        return walks[0]
    return next((scope for scope in others if scope.startswith(LONGEST)), others[0])


def import_a_share(config: pytest.Config) -> None:
    """Import every n-th file of tests before this worker collects them all.

    Where nothing is compiled yet, rewriting the files' asserts is most of collecting them. Every
    worker collects every file, and all in one order, so each would rewrite each; so they begin
    with different files, and find the others' done. What cannot be imported is for collecting
    to tell.
    """
    worker = getattr(config, "workerinput", None)
    tests = config.rootpath / "tests"
    if worker is None or [Path(each).absolute() for each in config.args] != [tests]:
        return  # one process, or a few files only
    number, count = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    for path in sorted(tests.rglob("test_*.py"))[number::count]:
        name = ".".join(path.relative_to(config.rootpath).with_suffix("").parts)
        with suppress(Exception):
            importlib.import_module(name)
