"""The site that all drills share: started for the first drill, ended after the last."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.e2e.drills.stage import Stage


# Of the package and not of the session: it has timers and polls, and would go on with them
# beside every test that its process runs after the drills.
@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    drills = Stage(tmp_path_factory.mktemp("drills"))
    asyncio.run(drills.start())
    yield drills
    asyncio.run(drills.stop())
