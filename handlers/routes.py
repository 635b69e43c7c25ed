"""One table of all routes, concatenated from the rooms; their modules say what each does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from handlers import accounts, health, pages, photos
from handlers.application import Route
from server.services.accounts import Accounts
from server.services.health import Health
from server.services.photos import Photos
from server.services.staffing import Staffing


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Every service that a room's handlers call; built in `server/app.py`."""

    accounts: Accounts
    staffing: Staffing
    photos: Photos
    health: Health


def all_routes(services: Services, web: Path) -> list[Route]:
    """List every route of the server; a test walks them for undeclared access."""
    return [
        *accounts.routes(services.accounts, services.staffing),
        *photos.routes(services.photos),
        *health.routes(services.health),
        *pages.routes(web),
    ]
