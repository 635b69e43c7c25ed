"""How a terminal, its doors' past and its alerts look to staff."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.wire.fleet import (
    AlertView,
    BoardView,
    DoorEventView,
    DoorsView,
    FleetTerminalView,
    MachineView,
    PortView,
    ReasonView,
    SizeView,
)
from server.domain.alerts import Alert, lasted
from server.domain.fleet import Facts, is_older
from server.domain.machines import Machine, Port
from server.domain.terminals import Command
from server.domain.troubles import Level, Reason, level
from server.store.documents import Document


def terminal_view(facts: Facts, reasons: Sequence[Reason]) -> FleetTerminalView:
    """Show one terminal of the fleet."""
    return FleetTerminalView(
        terminal_id=facts.terminal,
        name=facts.name,
        online=facts.online,
        link_since=facts.link_since,
        agent_version=facts.agent_version,
        agent_outdated=is_older(facts.agent_version, facts.newest_version),
        level=(reasons[0].level if reasons else Level.FINE).value,
        worst=tuple(_reason(one) for one in reasons),
        doors=DoorsView(
            open=facts.doors.open,
            left_open=tuple(sorted(facts.left_open)),
            tampered=tuple(sorted(facts.tampered)),
            stale=facts.doors.stale,
            unknown=facts.doors.unknown,
            tampered_day=facts.doors.tampered_day,
            jammed_day=facts.doors.jammed_day,
        ),
        cells={
            size: SizeView(
                free=counts.free,
                held=counts.held,
                occupied=counts.occupied,
                out_of_service=counts.out_of_service,
                not_ready=counts.not_ready,
            )
            for size, counts in sorted(facts.sizes.items())
        },
        out_of_service=tuple(sorted(facts.retired)),
        parcels=facts.parcels,
        overdue=facts.overdue,
        overdue_since=facts.overdue_since,
        live_grants=facts.live_grants,
        machine=_machine(facts),
    )


def _reason(reason: Reason) -> ReasonView:
    return ReasonView(
        kind=reason.kind.value,
        severity=reason.severity,
        level=reason.level.value,
        zh=reason.zh,
        en=reason.en,
        since=reason.since,
        cell=reason.cell,
    )


def _machine(facts: Facts) -> MachineView | None:
    machine = facts.machine
    if machine is None or facts.machine_at is None:
        return None
    return MachineView(
        at=facts.machine_at,
        ports=tuple(_port(one) for one in machine.ports),
        boards=_boards(machine),
        spooled=machine.spooled,
        disk_free_bytes=machine.disk_free_bytes,
        disk_error=machine.disk_error,
        clock_off_by_seconds=machine.clock_off_by_seconds,
        uptime_seconds=machine.uptime_seconds,
    )


def _port(port: Port) -> PortView:
    return PortView(
        device=port.device,
        protocol=port.protocol,
        state=port.state,
        reason=port.reason,
        exchanges=port.exchanges,
        silences=port.silences,
        dropped_bytes=port.dropped_bytes,
        checksum_errors=port.checksum_errors,
        error_percent=port.error_percent,
    )


def _boards(machine: Machine) -> tuple[BoardView, ...]:
    return tuple(
        BoardView(
            device=machine.device(one.port),
            address=one.address,
            is_answering=one.is_answering,
            fault=one.fault,
        )
        for one in machine.boards
    )


def door_event_view(event: Document, command: Command | None) -> DoorEventView:
    """Show one fact about a door, and whose command it belongs to."""
    return DoorEventView(
        spool=event["spool"],
        number=event["number"],
        cell=event["cell"],
        kind=event["kind"],
        state=event["state"],
        at=event["at"],
        applied_at=event["applied_at"],
        source=event.get("source"),
        evidence=event.get("evidence"),
        item=event.get("item"),
        reason=event.get("reason"),
        command_id=event.get("command"),
        purpose=command.purpose.value if command else None,
        asked_by=command.actor if command else None,
        order_id=command.order if command else None,
    )


def alert_view(alert: Alert) -> AlertView:
    """Show one alert."""
    zh, en = lasted(alert)
    return AlertView(
        alert_id=alert.id,
        kind=alert.kind.value,
        terminal_id=alert.terminal,
        cell=alert.cell,
        severity=alert.severity,
        level=level(alert.severity).value,
        zh=alert.zh,
        en=alert.en,
        since=alert.since,
        opened_at=alert.opened_at,
        ended=alert.ended,
        lasted_zh=zh,
        lasted_en=en,
        acknowledged_by=alert.acknowledged_by,
        acknowledged_at=alert.acknowledged_at,
        version=alert.version,
    )
