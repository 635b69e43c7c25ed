"""Documents made from the code: state tables, the saga, routes, error codes, sockets.

`lanjian docs` writes them; a test fails when what is committed says something else. In a
Markdown file a made part lies between `<!-- made: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import inspect
import json
import re
import types
import typing
from collections.abc import Callable
from pathlib import Path

import msgspec

from handlers.errors import outcome
from realtime.wire import people, terminal
from realtime.wire.envelope import (
    MAX_PERSON_FRAME,
    MAX_TERMINAL_FRAME,
    PROTOCOL,
    CloseCode,
)
from server.domain import (
    certifications,
    compensations,
    conversation,
    custody,
    grants,
    ledger,
    money,
    notice_kinds,
    saga,
    troubles,
)
from server.domain.bookings import states as booking_states
from server.domain.errors import DomainError, leaves
from server.domain.rules import Rules
from server.proof.route_table import route_table
from server.proof.typescript import types_ts

#: The wire types for the pages, beside the documents' folder.
TYPES_TS = Path("web/src/api/types.ts")
MADE = re.compile(r"(<!-- made: ([a-z_]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def custody_diagram() -> str:
    """Draw the custody table."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {custody.START.value}"]
    for state, steps in custody.TABLE.items():
        lines += [f"    {state.value} --> {to.value}: {step.value}" for step, to in steps.items()]
        if not steps:
            lines.append(f"    {state.value} --> [*]")
    return "\n".join([*lines, "```"])


def booking_diagram() -> str:
    """Draw the steps of a booking."""
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    [*] --> {start.value}" for start in booking_states.STARTS]
    for state, steps in booking_states.TABLE.items():
        lines += [f"    {state.value} --> {to.value}: {step.value}" for step, to in steps.items()]
        if not steps:
            lines.append(f"    {state.value} --> [*]")
    return "\n".join([*lines, "```"])


def certification_table() -> str:
    """List the steps of a courier's certification."""
    lines = ["| from | step | to |", "|---|---|---|"]
    for state, steps in certifications.TABLE.items():
        lines += [f"| {state.value} | {step.value} | {to.value} |" for step, to in steps.items()]
    return "\n".join(lines)


def money_table() -> str:
    """List the steps of both sides of the money."""
    lines = ["| side | from | to |", "|---|---|---|"]
    for side, table in (("charge", money.CHARGE_TABLE), ("payout", money.PAYOUT_TABLE)):
        for state, after in table.items():
            to = ", ".join(sorted(one.value for one in after)) or "(end)"
            lines.append(f"| {side} | {state.value} | {to} |")
    return "\n".join(lines)


def accounts_table() -> str:
    """List the ledger's accounts."""
    rows = [f"| `{account}` | {what} |" for account, what in ledger.ACCOUNTS.items()]
    return "\n".join(["| account | what |", "|---|---|", *rows])


def postings_table() -> str:
    """List what is posted, and between which accounts."""
    rows = [f"| `{kind.value}` | {moves} |" for kind, moves in ledger.MOVES.items()]
    return "\n".join(["| posting | debit ← credit |", "|---|---|", *rows])


def saga_table() -> str:
    """List what the platform does on its own, and when."""
    rules = Rules()
    lines = ["| timer | parcel | money | after | does | when |", "|---|---|---|---|---|---|"]
    for timer in saga.TIMERS:
        parcel = ", ".join(sorted(state.value for state in timer.custody))
        any_charge = timer.charge == saga.ANY
        charge = "any" if any_charge else ", ".join(sorted(one.value for one in timer.charge))
        after = duration(timer.after_seconds(rules))
        does = f"{timer.action.value} | {timer.when.value}".strip()
        lines.append(f"| {timer.name} | {parcel} | {charge} | {after} | {does} |")
    return "\n".join(lines)


def compensation_table() -> str:
    """List what is done when money and parcel part ways."""
    lines = [
        "| case | what is wrong | noticed | done | timers | hears |",
        "|---|---|---|---|---|---|",
    ]
    for row in compensations.TABLE:
        timers = ", ".join(row.timers)
        hears = ", ".join(f"{who.value} (`{step}`)" for who, step in row.hears)
        cells = (row.case.value, row.wrong, row.noticed, row.done, timers, hears)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def conversation_table() -> str:
    """List what a person in WeChat is answered; the first row that fits counts."""
    lines = ["| they | visit | who | are told | link |", "|---|---|---|---|---|"]
    for row in conversation.TABLE:
        visit = ", ".join(sorted(row.visit)) or "any"
        who = ", ".join(sorted(row.who)) or "anybody"
        target = row.answer.target
        link = f"`{target}`" + (" and its id" if target is conversation.Target.VISIT else "")
        cells = (row.trigger.value, visit, who, row.answer.title, link if target else "")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def notice_table() -> str:
    """List who hears of what, how useful it is, and whether by SMS."""
    lines = [
        "| event | hears | template | use | SMS | they read |",
        "|---|---|---|---|---|---|",
    ]
    for row in notice_kinds.ROWS:
        sms = "yes" if row.sms else ""
        use = row.use.name.lower()
        cells = (f"`{row.event}`", row.hears.value, row.topic, use, sms, row.zh)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def grant_table() -> str:
    """List what becomes of offline grants, and where each kind may live."""
    lines = ["| grant | may become |", "|---|---|"]
    for state, after in grants.TABLE.items():
        to = ", ".join(sorted(one.value for one in after)) or "(end)"
        lines.append(f"| {state.value} | {to} |")
    lines += ["", "| grant to | lives while the parcel is |", "|---|---|"]
    for purpose, states in grants.HELD_IN.items():
        lines.append(f"| {purpose.value} | {', '.join(sorted(one.value for one in states))} |")
    return "\n".join(lines)


def trouble_table() -> str:
    """List what may be wrong with a terminal, worst first, and from when on staff are alerted."""
    rules = Rules()
    lines = ["| severity | level | kind | words | 中文 | alert |", "|---|---|---|---|---|---|"]
    for kind, row in sorted(troubles.TABLE.items(), key=lambda one: -one[1].severity):
        after = row.alarm_after
        alert = "" if after is None else (duration(after(rules)) if after(rules) else "at once")
        level = troubles.level(row.severity).value
        lines.append(
            f"| {row.severity} | {level} | `{kind.value}` | {row.en} | {row.zh} | {alert} |"
        )
    return "\n".join(lines)


def duration(seconds: float) -> str:
    """Say a duration as people do."""
    for size, name in ((3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {name}"
    return f"{seconds:g} s"


def error_table() -> str:
    """List every refusal with its code, status and texts."""
    lines = ["| code | HTTP | close | meaning | 中文 |", "|---|---|---|---|---|"]
    for kind in sorted(leaves(), key=lambda one: (_status(one), one.code)):
        if not kind.__module__.startswith(("server.", "handlers.")):
            continue  # a test's own
        result = outcome(kind)
        lines.append(
            f"| `{kind.code}` | {result.status} | {int(result.close) if result.close else ''} "
            f"| {_first_line(kind)} | {kind.zh} |"
        )
    return "\n".join(dict.fromkeys(lines))


def _status(kind: type[DomainError]) -> int:
    return outcome(kind).status


def close_table() -> str:
    """List the sockets' close codes."""
    source = inspect.getsource(CloseCode)
    lines = ["| code | name | meaning |", "|---|---|---|"]
    for code in CloseCode:
        found = re.search(rf"{code.name} = {code.value}  #: (.*)", source)
        lines.append(f"| {code.value} | `{code.name}` | {found.group(1) if found else ''} |")
    return "\n".join(lines)


def frame_table() -> str:
    """List every frame of both sockets."""
    lines = ["| socket | direction | type | meaning |", "|---|---|---|---|"]
    for socket, direction, union in _sides():
        for kind in members(union):
            lines.append(f"| {socket} | {direction} | `{_tag(kind)}` | {_first_line(kind)} |")
    for kind in members(people.PushEvent):
        lines.append(f"| person | in `push` | `{_tag(kind)}` | {_first_line(kind)} |")
    return "\n".join(lines)


def _sides() -> list[tuple[str, str, object]]:
    return [
        ("person", "to server", people.FromPerson),
        ("person", "to page", people.ToPerson),
        ("terminal", "to server", terminal.FromTerminal),
        ("terminal", "to agent", terminal.ToTerminal),
    ]


def members(union: object) -> tuple[type[msgspec.Struct], ...]:
    """List the structs of a union."""
    if isinstance(union, types.UnionType):
        return typing.get_args(union)
    return (typing.cast("type[msgspec.Struct]", union),)


def _tag(kind: type[msgspec.Struct]) -> str:
    return str(kind.__struct_config__.tag)


def _first_line(kind: type) -> str:
    return (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")


def asyncapi() -> str:
    """Describe both sockets as AsyncAPI 3.0, from the types that decode their frames."""
    kinds = [kind for _, _, union in _sides() for kind in members(union)]
    unique = list(dict.fromkeys(kinds))
    schemas, components = msgspec.json.schema_components(
        unique, schema_hook=_any_value, ref_template="#/components/schemas/{name}"
    )
    messages = {
        kind.__name__: {
            "name": _tag(kind),
            "summary": _first_line(kind),
            "contentType": "application/json",
            "payload": schema,
        }
        for kind, schema in zip(unique, schemas, strict=True)
    }
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "Lanjian sockets", "version": str(PROTOCOL)},
        "channels": {
            "person": _channel("/v1/socket", MAX_PERSON_FRAME, _sides()[:2]),
            "terminal": _channel("/v1/terminal", MAX_TERMINAL_FRAME, _sides()[2:]),
        },
        "operations": _operations(),
        "components": {"messages": messages, "schemas": components},
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _any_value(kind: type) -> dict[str, object]:
    """Describe what may be anything, such as an error's details."""
    if kind in (object, msgspec.Raw):
        return {"description": "any JSON value"}
    raise NotImplementedError(kind)


def _channel(address: str, limit: int, sides: list[tuple[str, str, object]]) -> dict[str, object]:
    kinds = dict.fromkeys(kind.__name__ for _, _, union in sides for kind in members(union))
    messages = {name: {"$ref": f"#/components/messages/{name}"} for name in kinds}
    text = f"Text frames, one JSON object each, at most {limit} bytes to the server."
    return {"address": address, "description": text, "messages": messages}


def _operations() -> dict[str, object]:
    operations: dict[str, object] = {}
    for socket, direction, union in _sides():
        action = "receive" if direction == "to server" else "send"
        names = [kind.__name__ for kind in members(union)]
        operations[f"{socket}_{action}"] = {
            "action": action,
            "channel": {"$ref": f"#/channels/{socket}"},
            "messages": [{"$ref": f"#/channels/{socket}/messages/{name}"} for name in names],
        }
    return operations


PARTS: dict[str, Callable[[], str]] = {
    "booking": booking_diagram,
    "custody": custody_diagram,
    "certification": certification_table,
    "money": money_table,
    "accounts": accounts_table,
    "postings": postings_table,
    "saga": saga_table,
    "compensations": compensation_table,
    "conversation": conversation_table,
    "grants": grant_table,
    "notices": notice_table,
    "errors": error_table,
    "close_codes": close_table,
    "frames": frame_table,
    "routes": route_table,
    "troubles": trouble_table,
}


def filled(text: str) -> str:
    """Give a Markdown text with its made parts made anew."""
    return MADE.sub(lambda found: f"{found[1]}{PARTS[found[2]]()}\n{found[3]}", text)


def stale(docs: Path) -> dict[Path, str]:
    """Tell which files under `docs` differ from what the code says, with their right text."""
    wanted = {path: filled(path.read_text()) for path in sorted(docs.glob("*.md"))}
    wanted[docs / "asyncapi.json"] = asyncapi()
    wanted[docs.parent / TYPES_TS] = types_ts()
    return {
        path: text for path, text in wanted.items() if not path.exists() or path.read_text() != text
    }
