"""The site that all drills share: started once, for the first drill."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.e2e.drills import Stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    drills = Stage(tmp_path_factory.mktemp("drills"))
    asyncio.run(drills.start())
    yield drills
    asyncio.run(drills.stop())
