"""The pages keep their shape as well: layers of web/src, homes of component kits, plain texts."""

import os
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "web" / "src"
LINE_LIMIT = 350

#: What each room of web/src may import besides itself. A face is a room of its own, and knows no
#: other face: what two of them need lies below.
MAY_KNOW = {
    "api": set[str](),
    "realtime": {"api"},
    "i18n": {"api"},
    "kit": {"api", "realtime", "i18n"},
    "phone": {"api", "realtime", "i18n", "kit"},
    "desk": {"api", "realtime", "i18n", "kit"},
    "bookings": {"api", "realtime", "i18n", "kit", "phone"},
    "faces": {"api", "realtime", "i18n", "kit", "phone", "desk", "bookings"},
}

#: The component kits, and the rooms that may know them.
KIT_HOMES = {
    "vant": {"phone", "bookings", "faces"},
    "element-plus": {"desk", "faces/staff"},
}

IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)\"""")
GENERATED = {"api/types.ts"}


def sources() -> list[tuple[str, str]]:
    """Give each file of the pages with its text, by its path within web/src."""
    files = [one for one in SOURCES.rglob("*") if one.suffix in (".ts", ".vue")]
    return [(str(one.relative_to(SOURCES)), one.read_text("utf-8")) for one in sorted(files)]


def imports(name: str, text: str) -> list[str]:
    """Name what a file imports: a path within web/src, or a package."""
    here = (SOURCES / name).parent
    found = []
    for target in IMPORT.findall(text):
        if target.startswith("."):
            target = os.path.relpath(here / target, SOURCES)
            target = target if target.startswith("..") else f"@/{target}"
        found.append(target)
    return found


def room_of(path: str) -> str:
    """Name the room of a path: `kit`, or for a face `faces/staff`."""
    first, *rest = path.split("/")
    return f"{first}/{rest[0]}" if first == "faces" else first


def strays() -> list[str]:
    """List the imports that go up, sideways between faces, or to another room's kit."""
    found = []
    for name, text in sources():
        room = room_of(name)
        for target in imports(name, text):
            if not is_allowed(room, target):
                found.append(f"{name}: {target}")
    return found


def is_allowed(room: str, target: str) -> bool:
    """Tell whether files of a room may import this."""
    layer = room.split("/")[0]
    if target.startswith("@/"):
        other = room_of(target[2:])
        return other == room or other in MAY_KNOW[layer]
    package = target.split("/")[0]
    return package not in KIT_HOMES or bool({layer, room} & KIT_HOMES[package])


def test_imports_of_the_pages_point_downward() -> None:
    assert strays() == []


def test_a_stray_import_is_seen() -> None:
    assert not is_allowed("kit", "@/desk/sections")
    assert not is_allowed("faces/me", "@/faces/book/words")
    assert not is_allowed("faces/courier", "element-plus")
    assert not is_allowed("kit", "vant/es/toast")
    assert is_allowed("faces/me", "@/faces/me/words")
    assert imports("kit/x.ts", 'const a = () => import("../desk/say");') == ["@/desk/say"]


def test_all_rooms_of_the_pages_are_known() -> None:
    assert {room_of(name).split("/")[0] for name, _ in sources()} == set(MAY_KNOW)


def test_every_file_of_the_pages_fits_in_a_head() -> None:
    lengths = {name: text.count("\n") for name, text in sources() if name not in GENERATED}
    assert not {name: length for name, length in lengths.items() if length > LINE_LIMIT}


def test_every_file_of_the_pages_says_what_it_holds() -> None:
    def head(text: str) -> str:
        return re.sub(r"^<script[^>]*>\s*", "", text).lstrip()

    modules = [(name, head(text)) for name, text in sources() if not name.endswith(".test.ts")]
    assert not [name for name, text in modules if not text.startswith(("//", "/*", "<!--"))]


def test_texts_never_become_markup() -> None:
    ways = re.compile(r"v-html|\.(?:inner|outer)HTML\s*=|insertAdjacentHTML|document\.write")
    assert not [name for name, text in sources() if ways.search(text)]


def test_what_pages_keep_goes_through_one_file_that_stands_a_browsers_refusal() -> None:
    """A browser may throw at every touch of its storage (see `api/keeping.ts`)."""
    touches = re.compile(r"\b(?:local|session)Storage\b")
    found = {name for name, text in sources() if touches.search(text) and ".test." not in name}
    assert found == {"api/keeping.ts"}
