"""What `pip install` brings: every file of the packages, and the console script."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PACKAGES = ("server", "handlers", "realtime", "hardware", "web")
BUILD_FILES = ("setup.cfg", "pyproject.toml", "LICENSE", "README.md")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what is built, since building writes beside the sources."""
    copy = tmp_path_factory.mktemp("checkout")
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(ROOT / package, copy / package, ignore=ignored)
    tool = copy / "web" / "node_modules" / "tool" / "index.js"
    tool.parent.mkdir(parents=True)
    tool.write_text("// What pages are built with.")
    for name in BUILD_FILES:
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture(scope="module")
def contents(checkout: Path) -> dict[str, str]:
    """Build the wheel and return the text of each file in it."""
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "."]
    built = subprocess.run(command, cwd=checkout, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next(checkout.glob("lanjian-*.whl"))) as wheel:
        return {name: wheel.read(name).decode(errors="replace") for name in wheel.namelist()}


def test_the_wheel_carries_every_file_of_the_packages(
    checkout: Path, contents: dict[str, str]
) -> None:
    """Scripts for Redis and pages are data, which packaging forgets unless told."""
    wanted = {
        str(path.relative_to(checkout))
        for package in PACKAGES
        for path in (checkout / package).rglob("*")
        if path.is_file() and "node_modules" not in path.parts
    }
    assert wanted - set(contents) == set()
    assert not [name for name in contents if "node_modules" in name]
    assert not [name for name in contents if name.startswith("tests/")]


def test_the_wheel_brings_the_command(contents: dict[str, str]) -> None:
    entry_points = next(name for name in contents if name.endswith("entry_points.txt"))
    assert "lanjian = server.cli:main" in contents[entry_points]
