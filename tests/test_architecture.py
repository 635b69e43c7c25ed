"""The house keeps its shape: layers, homes of libraries, sizes, names and docstrings.

The import contracts are in setup.cfg; here they are run, and each is seen to break on a planted
import, so that none is kept only because it checks nothing.
"""

import ast
import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("server", "handlers", "realtime", "hardware", "web")
LINE_LIMIT = 400
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}
ROOMS_OF_SERVER = {
    *("__init__", "app", "cli", "domain", "local", "proof", "providers"),
    *("sandbox", "services", "settings", "settings_providers", "settings_reader", "store"),
}
# `money_world` takes the wallets' notices in, over HTTP, for services without a server around them.
SERVES_PAGES = (
    "handlers",
    "server/app",
    "server/sandbox",
    "server/cli",
    "server/proof/money_world",
)

# One bad import for each contract of setup.cfg, by the contract's id.
PLANTED = {
    "layers": ("server/domain/planted.py", "import server.services"),
    "rooms": ("server/store/planted.py", "import server.providers"),
    "wire": ("realtime/wire/planted.py", "import tornado"),
    "domain": ("server/domain/planted_too.py", "import msgspec"),
    "agent": ("hardware/planted.py", "import server.domain"),
    "sandbox": ("server/sandbox/planted.py", "import server.store"),
    "sandbox-home": ("handlers/planted.py", "import server.sandbox"),
    "mongo-home": ("server/services/planted.py", "from motor import motor_asyncio"),
    "redis-home": ("server/services/planted_too.py", "from redis.asyncio import Redis"),
    "providers-home": ("handlers/planted_too.py", "import wechatpy"),
    "ocr-home": ("server/services/planted_reader.py", "import rapidocr"),
    "jwt-home": ("handlers/planted_again.py", "import jwt"),
    "serial-home": ("server/local/planted.py", "import serial"),
    "websockets-home": ("server/services/planted_again.py", "import websockets"),
    "tornado-home": ("server/services/planted_page.py", "import tornado.web"),
}


def test_every_module_says_what_it_holds() -> None:
    assert not [name for name, text in sources() if not ast.get_docstring(ast.parse(text))]


def test_every_module_fits_in_a_head() -> None:
    lengths = {name: len(text.splitlines()) for name, text in sources()}
    assert not {name: length for name, length in lengths.items() if length > LINE_LIMIT}


def test_every_module_has_a_name_that_says_something() -> None:
    assert not [name for name, _ in sources() if VAGUE_NAMES & set(Path(name[:-3]).parts)]


def test_pages_and_sockets_are_served_from_few_rooms() -> None:
    """import-linter knows `tornado` only as a whole; tornado.web is finer."""
    serving = {
        name
        for name, text in sources()
        if any(imported.startswith("tornado.web") for imported in imported_names(text))
    }
    assert not {name for name in serving if not name.startswith(SERVES_PAGES)}


def test_imports_name_their_package() -> None:
    """Relative imports hide which room is meant."""
    assert not [name for name, text in sources() if "\nfrom ." in text]


def test_server_has_the_rooms_of_the_design() -> None:
    rooms = {p.stem for p in (ROOT / "server").iterdir() if p.is_dir() or p.suffix == ".py"}
    assert rooms - {"__pycache__"} <= ROOMS_OF_SERVER


def test_import_contracts_are_kept() -> None:
    outcome = lint_imports(ROOT)
    assert outcome.returncode == 0, outcome.stdout


def test_every_contract_can_break(tmp_path: Path) -> None:
    """Each contract, given one bad import in a copy of the house, is reported broken."""
    copy_house(tmp_path)
    for place, line in PLANTED.values():
        (tmp_path / place).write_text(f'"""Planted."""\n\n{line}\n')
    outcome = lint_imports(tmp_path)
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    for contract, name in contract_names().items():
        assert f"{name} BROKEN" in outcome.stdout, f"{contract} was not broken\n{outcome.stdout}"


def test_a_library_may_have_one_home_only(tmp_path: Path) -> None:
    """A second module importing jwt breaks its contract, though each alone is in its place."""
    copy_house(tmp_path)
    for name in ("one", "two"):
        planted = tmp_path / "server" / "services" / f"planted_{name}.py"
        planted.write_text('"""Planted."""\n\nimport jwt\n')
    outcome = lint_imports(tmp_path)
    assert f"{contract_names()['jwt-home']} BROKEN" in outcome.stdout


def sources() -> list[tuple[str, str]]:
    """Return the path (from the root) and text of each module in the packages."""
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [(str(path.relative_to(ROOT)), path.read_text()) for path in paths]


def imported_names(text: str) -> set[str]:
    """Return each dotted name that this module's text imports, from anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def contract_names() -> dict[str, str]:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    prefix = "importlinter:contract:"
    return {
        section.removeprefix(prefix): config[section]["name"]
        for section in config.sections()
        if section.startswith(prefix)
    }


def copy_house(target: Path) -> None:
    for package in PACKAGES:
        only_code = shutil.ignore_patterns("__pycache__", "*.html", "*.js", "*.css")
        shutil.copytree(ROOT / package, target / package, ignore=only_code)
    (target / "tests").mkdir()
    for name in ("__init__.py", "import_contracts.py"):
        shutil.copy(ROOT / "tests" / name, target / "tests")
    shutil.copy(ROOT / "setup.cfg", target)


def lint_imports(where: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the house that lies here."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(where), "COLUMNS": "200"},
        capture_output=True,
        text=True,
    )
