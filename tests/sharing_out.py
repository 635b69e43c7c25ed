"""How tests are shared out to several processes: what shares a site stays together.

pytest-xdist has `--dist loadgroup` for this, which marks tests by rewriting their private
`_nodeid`; pytest 9 no longer reads it, and each process started the drills' site for itself.
"""

from xdist.scheduler import LoadScopeScheduling

#: Tests that share one running site: they go to one process, one after the other.
DRILLS = "tests/e2e/drills/"
UNIT = "tests/unit/"


class SharedOut(LoadScopeScheduling):
    """The drills as one piece, files of unit tests as one each, every other test by itself."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(DRILLS):
            return DRILLS
        return nodeid.split("::")[0] if nodeid.startswith(UNIT) else nodeid
