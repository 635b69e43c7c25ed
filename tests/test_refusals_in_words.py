"""What people are refused is said in their words: each rule of a refusal has a text of its own.

A refusal without one falls back to the text of its kind ("something in the form is not right"),
which tells nobody what to mend. Kinds that say more than that need no text for each rule.
"""

import ast
import importlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from server.domain import errors
from server.domain.errors import Conflict, IllegalTransition, InvalidInput

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "web" / "src"
ROOMS = ("server/domain", "server/services", "server/store", "handlers")

#: Kinds whose own text does not tell what to mend.
VAGUE = {kind.__name__ for kind in (InvalidInput, Conflict, IllegalTransition)}

#: What only a program can break: nobody types it, and pages never send it so.
OF_PROGRAMS = {
    *("json", "no_token_in_url", "none_allowed", "position", "next_of_a_page", "used_before"),
    *("8 to 128 plain characters", "one key, one request", "at_least_1", "plain_characters"),
    *("geohash_of_5", "is_1", "enrol_once", "boot_once", "rising_numbers", "own_page"),
    *("role", "state", "staff_reason", "base64url_of_32_bytes", "deposit_or_pickup"),
    *("one_of_code_plate_booking_id", "certification", "booking", "well_formed", "due", "carried"),
}

#: Names the state that was needed: "not possible in the present state" says it, beside the state.
OF_STATES = {
    *("awaiting_confirmation", "collecting", "deposited", "depositing", "returning", "open"),
    *("paid", "unpaid", "stuck", "unheard", "owed", "requested", "failed_or_under_way"),
    *("refund_due",),
}

#: Named by kinds that tell and by vague ones alike, and means the same to people.
ONE_MEANING = {
    *("courier", "current", "current_version", "exists", "known", "required", "unchanged"),
    "once",  # pages send no parameter twice; a code is used once
}


def test_each_rule_that_a_person_breaks_has_words():
    fine = worded() | OF_PROGRAMS | OF_STATES
    broken = {rule: where for rule, where in rules() if rule not in fine}
    assert broken == {}


def test_no_rule_is_excused_that_nobody_breaks():
    told = {rule for rule, _ in rules()}
    assert (OF_PROGRAMS | OF_STATES) - told == set()
    assert (OF_PROGRAMS | OF_STATES) & worded() == set(), "it has words by now"


def worded() -> set[str]:
    """List the rules with words: in the table of all faces, or in one of a face's own."""
    words: set[str] = set()
    for path in PAGES.rglob("*words*/*.ts"):
        words |= in_tables(path.read_text("utf-8"))
    for path in PAGES.rglob("words.ts"):
        words |= in_tables(path.read_text("utf-8"))
    assert len(words) > 100, "the tables were not read"
    return words


def in_tables(text: str) -> set[str]:
    """Give the keys of the objects `rule: {...}` of a table, one a line."""
    tables = re.findall(r"^  {1,4}rule: \{\n(.*?)^  {1,4}\}", text, re.MULTILINE | re.DOTALL)
    return {key for table in tables for key in re.findall(r'^ +"?(\w+)"?: \[', table, re.MULTILINE)}


def test_words_of_a_rule_fit_every_kind_that_names_it():
    """Words go before a kind's own text, so a rule that two kinds name has to mean one thing."""
    vague = {rule for rule, _ in rules()}
    also = {rule: where for rule, where in rules(is_telling) if rule in vague & worded()}
    assert {rule: where for rule, where in also.items() if rule not in ONE_MEANING} == {}


def rules(wanted: Callable[[ast.Call], bool] | None = None) -> Iterator[tuple[str, str]]:
    """List the rules of refusals (of the vague ones), with where they are raised."""
    wanted = wanted or is_vague
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(call, ast.Call) and wanted(call):
                    for keyword in call.keywords:
                        if keyword.arg == "rule":
                            for rule in told_by(keyword.value, path):
                                yield rule, f"{path.relative_to(ROOT)}:{call.lineno}"


def is_vague(call: ast.Call) -> bool:
    return kind_of(call) in VAGUE


def is_telling(call: ast.Call) -> bool:
    """Tell whether a refusal is raised whose own text says what to mend."""
    kind = getattr(errors, kind_of(call), None)
    return isinstance(kind, type) and kind.__name__ not in VAGUE


def kind_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def told_by(value: ast.expr, path: Path) -> list[str]:
    """Give the rules that an expression may be; none of one that is handed in."""
    match value:
        case ast.Constant(value=str(rule)):
            return [rule]
        case ast.IfExp(body=one, orelse=other):
            return told_by(one, path) + told_by(other, path)
        case ast.JoinedStr(values=parts) if all(is_constant(part) for part in parts):
            module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            return [str(eval(compile(ast.Expression(value), str(path), "eval"), vars(module)))]
    return []


def is_constant(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) or (
        isinstance(part, ast.FormattedValue)
        and isinstance(part.value, ast.Name)
        and part.value.id.isupper()
    )
