"""One table of all routes, concatenated from the rooms; their modules say what each does."""

from __future__ import annotations

from pathlib import Path

from handlers import health, pages
from handlers.application import Route
from server.services.health import Health


def all_routes(*, web: Path, health_service: Health) -> list[Route]:
    """List every route of the server; a test walks them for undeclared access."""
    return [
        *health.routes(health_service),
        *pages.routes(web),
    ]
