"""The personal centre's MongoDB stores, built once over one database."""

from __future__ import annotations

from dataclasses import dataclass, fields

from server.app.bases import Bases
from server.store.centre.addresses import MongoAddresses
from server.store.centre.calendar_links import MongoCalendarLinks
from server.store.centre.erasures import MongoErasures
from server.store.centre.exports import MongoExports
from server.store.centre.open_matters import MongoOpenMatters
from server.store.centre.own_details import MongoOwnDetails
from server.store.centre.records import MongoRecords
from server.store.centre.service_line import MongoServiceLine
from server.store.centre.vehicles import MongoVehicles


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreStores:
    """What the centre keeps, and its views of what all keep."""

    addresses: MongoAddresses
    calendar_links: MongoCalendarLinks
    details: MongoOwnDetails
    erasures: MongoErasures
    exports: MongoExports
    open_matters: MongoOpenMatters
    records: MongoRecords
    service_line: MongoServiceLine
    vehicles: MongoVehicles

    async def ensure_indexes(self) -> None:
        """Create all indexes; idempotent."""
        for field in fields(self):
            ensure = getattr(getattr(self, field.name), "ensure_indexes", None)
            if ensure is not None:
                await ensure()


def build_centre_stores(bases: Bases) -> CentreStores:
    """Build them all."""
    database, seal, index = bases.database, bases.seal, bases.index
    return CentreStores(
        addresses=MongoAddresses(database, seal=seal, index=index),
        calendar_links=MongoCalendarLinks(database),
        details=MongoOwnDetails(database, seal=seal, index=index),
        erasures=MongoErasures(database),
        exports=MongoExports(database, seal=seal),
        open_matters=MongoOpenMatters(database),
        records=MongoRecords(database, seal=seal),
        service_line=MongoServiceLine(database),
        vehicles=MongoVehicles(database, seal=seal, index=index),
    )
