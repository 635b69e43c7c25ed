"""The site that all walks share: started for the first walk, ended after the last."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.e2e.walks.city import City


# Of the package, so that it does not run beside what its process does after the walks.
@pytest.fixture(scope="package")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    made = City(tmp_path_factory.mktemp("walks"))
    asyncio.run(made.site.start())
    yield made
    asyncio.run(made.site.stop())
