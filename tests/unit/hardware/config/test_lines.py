"""Finding the line of each key, held against tomllib on documents of every form."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.config.lines import KeyPath, key_lines

AWKWARD = '''# a comment with = and [brackets] and """quotes"""
title = "a = 1"  # [not.a.table]
text = """
[[port]]
key = 1
"""
literal = \'\'\'
[table]
\'\'\'\'
"quoted key" = 1
'li.teral' = 2
"esc\\u0061ped" = 3
a.b . c = 4
a.d = 5

[[port]]   # the first
device = "x" # ]
cells = { 1 = 3, "2" = 4, deep = { er = 1 } }

  [[port.board]]
  address = 1
  disabled = [ 1, # five, six ]
    2,
    [3,
     4], "]", """
]""",
  ]
  when = 1979-05-27 07:32:00
  [port.board.more.and]
  x = 1
  [port.board.more]
  y = 2

[[port]]
[[port.board]]
[[port.board]]
address = 2
[plain]
'''


def test_a_document_full_of_traps() -> None:
    lines = key_lines(AWKWARD)
    wanted: dict[KeyPath, int] = {
        ("title",): 2,
        ("text",): 3,
        ("literal",): 7,
        ("quoted key",): 10,
        ("li.teral",): 11,
        ("escaped",): 12,
        ("a",): 13,
        ("a", "b"): 13,
        ("a", "b", "c"): 13,
        ("a", "d"): 14,
        ("port",): 16,
        ("port", 0): 16,
        ("port", 0, "device"): 17,
        ("port", 0, "cells"): 18,
        ("port", 0, "cells", "1"): 18,
        ("port", 0, "cells", "2"): 18,
        ("port", 0, "cells", "deep"): 18,
        ("port", 0, "cells", "deep", "er"): 18,
        ("port", 0, "board"): 20,
        ("port", 0, "board", 0): 20,
        ("port", 0, "board", 0, "address"): 21,
        ("port", 0, "board", 0, "disabled"): 22,
        ("port", 0, "board", 0, "disabled", 0): 22,
        ("port", 0, "board", 0, "disabled", 1): 23,
        ("port", 0, "board", 0, "disabled", 2): 24,
        ("port", 0, "board", 0, "disabled", 2, 0): 24,
        ("port", 0, "board", 0, "disabled", 2, 1): 25,
        ("port", 0, "board", 0, "disabled", 3): 25,
        ("port", 0, "board", 0, "disabled", 4): 25,
        ("port", 0, "board", 0, "when"): 28,
        ("port", 0, "board", 0, "more"): 31,
        ("port", 0, "board", 0, "more", "and"): 29,
        ("port", 0, "board", 0, "more", "and", "x"): 30,
        ("port", 0, "board", 0, "more", "y"): 32,
        ("port", 1): 34,
        ("port", 1, "board"): 35,
        ("port", 1, "board", 0): 35,
        ("port", 1, "board", 1): 36,
        ("port", 1, "board", 1, "address"): 37,
        ("plain",): 38,
    }
    assert lines == wanted
    assert set(lines) == set(paths_of(tomllib.loads(AWKWARD)))


@pytest.mark.parametrize("text", ["", "\n", "# only this", "a=1", "[t]", "[[t]]", "a=[]", "a={}"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", " # end"])
def test_short_documents(text: str, end: str) -> None:
    lines = key_lines(text + end)
    assert set(lines) == set(paths_of(tomllib.loads(text + end)))
    assert set(lines.values()) <= {1}


def test_carriage_returns_count_once() -> None:
    assert key_lines("a = 1\r\nb = [\r\n1]\r\nc = 1") == {
        ("a",): 1, ("b",): 2, ("b", 0): 3, ("c",): 4,
    }  # fmt: skip


def paths_of(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, below in value.items():
            yield from paths_of(below, (*path, key))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            yield from paths_of(below, (*path, number))


# Documents made by Hypothesis. Each leaf holds a mark found nowhere else, so that the text
# itself tells the line on which it begins.


@dataclass
class Writing:
    """A document in the making."""

    text: str = ""
    marks: dict[KeyPath, str] = field(default_factory=dict)

    def mark(self, path: KeyPath) -> str:
        self.marks[path] = f"{700000 + len(self.marks)}"
        return self.marks[path]

    def line_of(self, mark: str) -> int:
        return self.text[: self.text.index(mark)].count("\n") + 1


JUNK = st.text(alphabet="ab=[]{}#,. \t", max_size=8)
BARE = st.text(alphabet="abc12_-", min_size=1, max_size=3)
QUOTED = st.text(alphabet="a.= #[]{}\"'\\é", max_size=3)
BLANK = st.sampled_from(["", " ", "\t "])
SPACE = st.sampled_from(["", " ", "\n", " # ]}\"'''\n", "\n\n  "])


def written_key(draw: st.DrawFn) -> tuple[str, str]:
    """Draw a key: as it is, and as it is written."""
    if draw(st.booleans()):
        key = draw(BARE)
        return key, key
    key = draw(QUOTED)
    if "'" not in key and draw(st.booleans()):
        return key, f"'{key}'"
    return key, '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_value(draw: st.DrawFn, doc: Writing, path: KeyPath, depth: int) -> None:
    kinds = ["int", "date", "basic", "literal", "multi", "multi literal"]
    kind = draw(st.sampled_from(kinds + (["array", "table"] if depth else [])))
    if kind == "array":
        write_array(draw, doc, path, depth)
    elif kind == "table":
        write_inline_table(draw, doc, path, depth)
    else:
        doc.text += leaf(draw, kind, doc.mark(path))


def leaf(draw: st.DrawFn, kind: str, mark: str) -> str:
    junk = draw(JUNK)
    lines = draw(st.sampled_from(["", "\n", "\n[x]\ny = 1\n", "\n'\"\n"]))
    ends = draw(st.sampled_from(["", "{q}", "{q}{q}"]))
    if kind == "int":
        return mark
    if kind == "date":
        return f"1979-05-27{draw(st.sampled_from([' ', 'T']))}07:32:00.{mark}"
    if kind == "basic":
        return f'"{mark}{junk}\\"\\\\"'
    if kind == "literal":
        return f"'{mark}{junk}\\'"
    if kind == "multi":
        return f'"""{mark}{junk}{lines}""\\"\\\\{ends.format(q=chr(34))}"""'
    return f"'''{mark}{junk}{lines}\\{ends.format(q=chr(39))}'''"


def write_array(draw: st.DrawFn, doc: Writing, path: KeyPath, depth: int) -> None:
    doc.text += "["
    count = draw(st.integers(0, 3))
    for number in range(count):
        doc.text += draw(SPACE)
        write_value(draw, doc, (*path, number), depth - 1)
        doc.text += draw(SPACE) + ("," if number < count - 1 or draw(st.booleans()) else "")
    doc.text += draw(SPACE) + "]"


def write_inline_table(draw: st.DrawFn, doc: Writing, path: KeyPath, depth: int) -> None:
    doc.text += "{" + draw(BLANK)
    used = set()
    for _ in range(draw(st.integers(0, 3))):
        key, form = written_key(draw)
        if key in used:
            continue
        doc.text += ("," if used else "") + draw(BLANK) + form + draw(BLANK) + "="
        used.add(key)
        write_value(draw, doc, (*path, key), depth - 1)
        doc.text += draw(BLANK)
    doc.text += "}"


def write_table_body(draw: st.DrawFn, doc: Writing, path: KeyPath) -> None:
    used = set()
    for _ in range(draw(st.integers(0, 4))):
        key, form = written_key(draw)
        below: tuple[str, str] | None = written_key(draw) if draw(st.booleans()) else None
        if key in used:
            continue
        used.add(key)
        dotted = f"{draw(BLANK)}.{draw(BLANK)}{below[1]}" if below else ""
        doc.text += draw(SPACE) + form + dotted + draw(BLANK) + "=" + draw(BLANK)
        write_value(draw, doc, (*path, key, below[0]) if below else (*path, key), 2)
        doc.text += draw(st.sampled_from(["\n", " # [x] = '\n", "\t\n\n"]))


@st.composite
def documents(draw: st.DrawFn) -> Writing:
    doc = Writing()
    write_table_body(draw, doc, ())
    counts: dict[str, int] = {}
    for _ in range(draw(st.integers(0, 4))):
        # Longer than every key of a body, so that no header names one again.
        name = draw(st.sampled_from(["port", "other", "a quoted one"]))
        number = counts[name] = counts.get(name, -1) + 1
        form = f'"{name}"' if " " in name else name
        doc.text += f"{draw(SPACE)}[[{draw(BLANK)}{form}]] # [[port]]\n"
        write_table_body(draw, doc, (name, number))
        for below in range(draw(st.integers(0, 2))):
            doc.text += f"[[{form}.board]]\n"
            write_table_body(draw, doc, (name, number, "board", below))
        if draw(st.booleans()):
            doc.text += f"[{form}.plain . deeper]\n"
            write_table_body(draw, doc, (name, number, "plain", "deeper"))
    return doc


@given(documents())
def test_every_key_has_its_line_whatever_the_form(doc: Writing) -> None:
    lines = key_lines(doc.text)
    assert set(lines) == set(paths_of(tomllib.loads(doc.text)))
    assert {path: lines[path] for path in doc.marks} == {
        path: doc.line_of(mark) for path, mark in doc.marks.items()
    }
