"""A TOML document whose faults name their line."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from enum import Enum
from typing import Any, TypeVar

import msgspec

from hardware.config.errors import ConfigError
from hardware.config.lines import KeyPath, key_lines

_Table = TypeVar("_Table", bound=msgspec.Struct)

#: Where tomllib says what it says.
_SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
#: How msgspec names a field that is too much or missing, and the way to a bad value.
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`$")
_MISSING = re.compile(r"Object missing required field `(.*)`$")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


class Document:
    """The text of a configuration, read; makes `ConfigError`s that know their place."""

    def __init__(self, text: bytes, file: str) -> None:
        """Read the text.

        Raises:
            ConfigError: it is not UTF-8, or not TOML.
        """
        self._file = file
        try:
            decoded = text.decode()
            self.tables: dict[str, Any] = tomllib.loads(decoded)
        except UnicodeDecodeError as error:
            line = text[: error.start].count(b"\n") + 1
            raise ConfigError("", "not UTF-8 text", line, file) from error
        except tomllib.TOMLDecodeError as error:
            raise self._syntax(str(error), text) from error
        except RecursionError as error:
            raise ConfigError("", "brackets within too many brackets", 1, file) from error
        self._lines = key_lines(decoded)

    def line(self, path: KeyPath) -> int:
        """Give the line of a key, or of the nearest table around one that is missing."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def fault(self, path: KeyPath, rule: str) -> ConfigError:
        """Make the error about one key."""
        return ConfigError(key_text(path), rule, self.line(path), self._file)

    def convert(self, value: object, path: KeyPath, kind: type[_Table]) -> _Table:
        """Check one table against its type.

        Raises:
            ConfigError: a key is unknown, missing, or of a wrong value.
        """
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            below, rule = told(str(error), kind)
            raise self.fault(path + below, rule) from error

    def _syntax(self, told: str, text: bytes) -> ConfigError:
        place = _SYNTAX_PLACE.search(told)
        rule = _SYNTAX_PLACE.sub("", told)
        rule = f"not TOML: {rule[:1].lower()}{rule[1:]}"
        if place is None or place[1] is None:
            line = len(text.splitlines()) or 1
            return ConfigError("", f"{rule} at the end of the file", line, self._file)
        return ConfigError("", f"{rule} (column {place[2]})", int(place[1]), self._file)


def key_text(path: KeyPath) -> str:
    """Write a key's path as people do: `port[0].board[1].polarity`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def unknown_rule(key: str, known: Iterable[str]) -> str:
    """Say that a key is unknown, and which one was perhaps meant."""
    names = sorted(known)
    near = difflib.get_close_matches(key, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"
    return f"unknown key; {hint}"


def told(words: str, kind: type[msgspec.Struct]) -> tuple[KeyPath, str]:
    """Take msgspec's words apart: the key below the table, and the rule."""
    rule, _, way = words.partition(" - at `$")
    path: KeyPath = tuple(
        name or int(number) for name, number in _STEP.findall(way.removesuffix("`"))
    )
    if found := _UNKNOWN.match(rule):
        return (*path, found[1]), unknown_rule(found[1], kind.__struct_fields__)
    if found := _MISSING.match(rule):
        return (*path, found[1]), "is missing"
    if not path and (named := _own_rule(rule, kind)):
        return named
    if path and (values := _enum_values(kind, str(path[0]))):
        rule = f"expected one of {', '.join(values)}"
    return path, f"{rule[:1].lower()}{rule[1:]}".replace("`", "")


def _own_rule(rule: str, kind: type[msgspec.Struct]) -> tuple[KeyPath, str] | None:
    """Read what a `__post_init__` raised: its text begins with the key."""
    key, colon, words = rule.partition(": ")
    return ((key,), words) if colon and key in kind.__struct_fields__ else None


def _enum_values(kind: type[msgspec.Struct], name: str) -> list[str]:
    """List the values that an enum field may have; none, if it is no such field."""
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.StructType)
    found = next((field.type for field in info.fields if field.encode_name == name), None)
    choices = found.types if isinstance(found, msgspec.inspect.UnionType) else (found,)
    enums = [choice.cls for choice in choices if isinstance(choice, msgspec.inspect.EnumType)]
    return [str(member.value) for cls in enums for member in _members(cls)]


def _members(cls: type[Enum]) -> list[Enum]:
    return list(cls)
