"""The parcel journey of `lanjian journey`, played on a site that runs already: the walks' own."""

import asyncio

import pytest

from server.proof import town
from tests.e2e.commands import failed, lanjian
from tests.e2e.test_proofs import PROOF_SECONDS, personal_in
from tests.e2e.walks.city import City


@pytest.mark.slow
@pytest.mark.timeout(1.1 * PROOF_SECONDS)
async def test_the_parcel_journey_keeps_every_promise(city: City) -> None:
    async with city.quarter(town.CENTRE) as quarter:
        site = quarter.site
        words = ["journey", "parcel", "--couriers", "5", "--staff-phone", quarter.staff]
        words += ["--sandbox", site.sandbox_url, "--kiosk", quarter.kiosk_url]
        words += [part for url in site.server_urls for part in ("--url", url)]
        shown = await asyncio.to_thread(lanjian, *words, deadline_seconds=PROOF_SECONDS)
    assert failed(shown) == []
    assert len(shown["checks"]) >= 15
    assert personal_in(site.var_dir / "redis") == set(), "Redis carries ids only"
    assert personal_in(site.var_dir / "log") == set(), "logs carry ids only"
