"""A fleet that a worker looks over: what its agents say, and what staff are told of it."""

from datetime import timedelta

from realtime.wire.fleet import AlertsQuery, FleetQuery
from realtime.wire.health import BoardHealth, Health, PortHealth
from tests.integration.deposit.world import World


def health(**fields: object) -> Health:
    given: dict[str, object] = {
        "id": "h",
        "ports": (PortHealth(device="/dev/ttyS0", protocol="8a", state="ready"),),
        "boards": (BoardHealth(port=0, address=1, is_answering=True),),
        "disk_free_bytes": 2**40,
        "uptime_seconds": 5.5,
    }
    return Health(**(given | fields))  # type: ignore[arg-type]


SILENT = (BoardHealth(port=0, address=1, is_answering=False),)


async def says(w: World, **fields: object) -> None:
    told = await w.links.health(w.cabinet.terminal, w.cabinet.epoch, health(**fields))
    assert told == w.now, "the agent measures our clock by it"


async def look(w: World) -> int:
    """Let a worker look over the fleet, on its beat."""
    w.later(seconds=5)
    return await w.fleet.alerts.look()


async def looks(w: World, **delta: float) -> None:
    """Let time pass with a worker that looks now and then."""
    until = w.now + timedelta(**delta)
    while w.now < until:
        w.now += min(timedelta(seconds=50), until - w.now)
        await w.fleet.alerts.look()


async def pending(w: World) -> list[tuple[str, bool]]:
    view = await w.fleet.alerts.list(AlertsQuery())
    return [(one.kind, one.ended is not None) for one in view.alerts]


async def only(w: World) -> object:
    """Give the one terminal's view."""
    (view,) = (await w.fleet.fleet.view(FleetQuery())).terminals
    return view


def told(w: World, kind: str = "alert") -> list[dict]:
    return [fact.data for fact in w.heard.staff if fact.kind == kind]
