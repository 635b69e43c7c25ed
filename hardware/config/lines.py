"""Where each key of a TOML document stands, which no TOML library tells.

`key_lines` walks a document that a real parser has already accepted, and only has to skip
what it is not interested in: strings of four kinds, comments, arrays and inline tables over
several lines. It is only for such documents.
"""

from __future__ import annotations

import re
import tomllib

#: A key's way from the top: names, and numbers within arrays (also of tables), from 0.
KeyPath = tuple[str | int, ...]

#: What may stand between tokens outside of arrays, and within them.
_BLANKS = re.compile(r"[ \t]*")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
#: What is left of a line after a value or a header.
_REST = re.compile(r"[^\n]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
#: Numbers, booleans and dates; a date may hold one space before its time.
_BARE_VALUE = re.compile(r"[^,\]}#\n\r]*")
_MULTI_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"""{1,3}(?!")', re.DOTALL)
_MULTI_LITERAL = re.compile(r"'''.*?'''{1,3}(?!')", re.DOTALL)
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_STRINGS = (_MULTI_BASIC, _MULTI_LITERAL, _BASIC, _LITERAL)


def key_lines(text: str) -> dict[KeyPath, int]:
    """Give the line, from 1, on which each key, table and array element begins.

    A table that has no header of its own has the line of the first key below it.
    """
    return _Scanner(text).scan()


class _Scanner:
    """Walks one document from its beginning to its end."""

    def __init__(self, text: str) -> None:
        # tomllib reads \r\n as \n too; a lone \r is refused by it.
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._line = 1
        self._lines: dict[KeyPath, int] = {}
        #: How many tables each array of tables has so far.
        self._counts: dict[KeyPath, int] = {}
        #: Where keys belong at present.
        self._table: KeyPath = ()

    def scan(self) -> dict[KeyPath, int]:
        while True:
            self._skip(_SPACE)
            if self._at >= len(self._text):
                return self._lines
            if self._peek() == "[":
                self._header()
            else:
                self._key_and_value(self._table)
            self._skip(_REST)

    # Tables

    def _header(self) -> None:
        line = self._line
        is_array = self._text.startswith("[[", self._at)
        self._at += 2 if is_array else 1
        keys = self._keys()
        self._table = self._resolved(keys[:-1], line) + keys[-1:]
        if is_array:
            number = self._counts.get(self._table, 0)
            self._counts[self._table] = number + 1
            self._lines.setdefault(self._table, line)
            self._table += (number,)
        self._lines[self._table] = line

    def _resolved(self, keys: KeyPath, line: int) -> KeyPath:
        """Follow a header's names; one that is an array of tables means its last table."""
        path: KeyPath = ()
        for key in keys:
            path += (key,)
            self._lines.setdefault(path, line)
            if path in self._counts:
                path += (self._counts[path] - 1,)
        return path

    # Keys

    def _key_and_value(self, table: KeyPath) -> None:
        path = table
        line = self._line
        for key in self._keys():
            path += (key,)
            self._lines.setdefault(path, line)
        self._skip(_BLANKS)
        self._at += 1  # the equals sign
        self._skip(_BLANKS)
        self._value(path)

    def _keys(self) -> KeyPath:
        """Read a dotted key."""
        keys = []
        while True:
            self._skip(_BLANKS)
            keys.append(self._key())
            self._skip(_BLANKS)
            if self._peek() != ".":
                return tuple(keys)
            self._at += 1

    def _key(self) -> str:
        for pattern in (_BASIC, _LITERAL, _BARE_KEY):
            found = pattern.match(self._text, self._at)
            if found is not None:
                self._at = found.end()
                return _unquoted(found[0]) if pattern is not _BARE_KEY else found[0]
        self._at += 1
        return ""

    # Values

    def _value(self, path: KeyPath) -> None:
        opening = self._peek()
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        elif not any(self._skip(pattern) for pattern in _STRINGS):
            self._skip(_BARE_VALUE)

    def _array(self, path: KeyPath) -> None:
        self._at += 1
        number = 0
        while self._more("]"):
            self._lines[(*path, number)] = self._line
            self._value((*path, number))
            number += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        while self._more("}"):
            self._key_and_value(path)

    def _more(self, closing: str) -> bool:
        """Go to the next element; step over the closing bracket after the last one."""
        self._skip(_SPACE)
        if self._peek() == ",":
            self._at += 1
            self._skip(_SPACE)
        if self._at < len(self._text) and self._peek() != closing:
            return True
        self._at += 1
        return False

    # Text

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        """Step over what matches here, counting lines; tell whether that was anything."""
        found = pattern.match(self._text, self._at)
        if found is None or not found[0]:
            return False
        self._at = found.end()
        self._line += found[0].count("\n")
        return True


def _unquoted(key: str) -> str:
    """Read a quoted key as TOML does, escapes and all."""
    try:
        return str(tomllib.loads(f"key = {key}")["key"])
    except tomllib.TOMLDecodeError:
        return key
