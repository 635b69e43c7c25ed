"""Reading variables one by one, and keeping all problems to tell them together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from server.domain.keys import BadKey, Key, KeyRing, Secret

PREFIX = "LANJIAN_"

Value = TypeVar("Value")

#: Stand in for what could not be read, so that reading goes on to the next problem.
_NO_SECRET = Secret(b"")
_NO_KEYS = KeyRing((Key("none", _NO_SECRET),))


class SettingsError(Exception):
    """The environment is not complete or not valid; holds every problem, and no value."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: its full name and the text of its default (None: it is required)."""

    name: str
    default: str | None

    @property
    def is_secret(self) -> bool:
        """Tell whether the value must never be shown."""
        return self.name.startswith(f"{PREFIX}SECRET_")


class Reader:
    """Read typed values; a problem is kept and a stand-in returned."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []
        self.asked: dict[str, Variable] = {}

    def raise_problems(self) -> None:
        """Tell all problems.

        Raises:
            SettingsError: if there was any.
        """
        if self._problems:
            raise SettingsError(tuple(self._problems))

    def problem(self, name: str, rule: str) -> None:
        """Keep a problem; never with the value, which may be a secret."""
        self._problems.append(f"{PREFIX}{name} {rule}")

    def text(self, name: str, default: str | None = None) -> str:
        """Read a text; without a default it is required."""
        return self._read(name, default, "", str)

    def texts(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Read texts separated by commas."""
        return self._read(name, default, (), lambda text: tuple(_parts(text)), _joined)

    def group(self, *names: str) -> dict[str, str] | None:
        """Read texts that are given all or none; None when none is, a problem for each missing."""
        given = {name: self.text(name, "") for name in names}
        if not any(given.values()):
            return None
        for name, value in given.items():
            if not value:
                self.problem(name, f"is required when {PREFIX}{names[0]} is set")
        return given

    def integer(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        """Read a whole number within bounds."""

        def parse(text: str) -> int:
            value = _whole(text)
            if value < least or (most is not None and value > most):
                raise ValueError(f"must be {_bounds(least, most)}")
            return value

        return self._read(name, default, default, parse)

    def number(self, name: str, default: float) -> float:
        """Read a number, zero or above."""
        return self._read(name, default, default, _positive, _plain)

    def flag(self, name: str, *, default: bool) -> bool:
        """Read 1 or 0."""

        def parse(text: str) -> bool:
            if text not in {"0", "1"}:
                raise ValueError("must be 1 or 0")
            return text == "1"

        return self._read(name, default, default, parse, lambda value: "1" if value else "0")

    def url(self, name: str, *, schemes: tuple[str, ...]) -> str:
        """Read a required URL of one of the schemes."""

        def parse(text: str) -> str:
            parts = urlsplit(text)
            if parts.scheme not in schemes:
                raise ValueError(f"must begin with {' or '.join(f'{s}://' for s in schemes)}")
            if not parts.netloc and parts.scheme != "unix":
                raise ValueError("must name a host")
            return text

        return self._read(name, None, "", parse)

    def keys(self, name: str) -> KeyRing:
        """Read `id:base64,...`, the current key first."""
        return self._read(name, None, _NO_KEYS, KeyRing.parse)

    def secret(self, name: str) -> Secret:
        """Read base64 of 32 bytes."""
        return self._read(name, None, _NO_SECRET, Secret.parse)

    def of_type(self, kind: object, name: str, default: Any) -> Any:
        """Read by the type of a `Rules` field."""
        if kind is int:
            return self.integer(name, default)
        if kind is float:
            return self.number(name, default)
        if kind is str:
            return self.text(name, default)
        parse = _whole if kind == tuple[int, ...] else _positive
        return self._read(
            name, default, default, lambda text: tuple(parse(p) for p in _parts(text)), _joined
        )

    def _read(
        self,
        name: str,
        default: Value | None,
        stand_in: Value,
        parse: Callable[[str], Value],
        show: Callable[[Value], str] = str,
    ) -> Value:
        shown = None if default is None else show(default)
        self.asked[name] = Variable(PREFIX + name, shown)
        text = self._environ.get(PREFIX + name, "").strip()
        if not text:
            if default is None:
                self.problem(name, "is missing")
                return stand_in
            return default
        try:
            return parse(text)
        except (BadKey, ValueError) as error:
            self.problem(name, str(error))
            return stand_in


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _joined(values: tuple[Any, ...]) -> str:
    return ",".join(_plain(value) for value in values)


def _plain(value: Any) -> str:
    """Write a number as people do: no exponent, no `.0`."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("must be a whole number") from None


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("must be a number") from None
    if not math.isfinite(value) or value < 0:
        raise ValueError("must be zero or above")
    return value


def _bounds(least: int, most: int | None) -> str:
    return f"{least} or above" if most is None else f"from {least} to {most}"
