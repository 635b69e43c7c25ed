"""The hooks of conftest.py: what async tests may leave behind, and pytest-tornado's place."""

import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import tornado.web
from tornado.httpclient import AsyncHTTPClient

pytestmark = pytest.mark.slow

HERE = Path(__file__).parents[1]
ROOT = HERE.parent


class Hello(tornado.web.RequestHandler):
    def get(self) -> None:
        self.write("hello")


@pytest.fixture
def app() -> tornado.web.Application:
    return tornado.web.Application([("/", Hello)])


@pytest.mark.gen_test
async def test_pytest_tornado_serves_its_app(http_client: AsyncHTTPClient, base_url: str) -> None:
    """pytest-tornado works with warnings as errors."""
    answer = await http_client.fetch(base_url)
    assert answer.body == b"hello"


# What a planted test does → what is said of it; None for a test that must pass.
PLANTED = {
    "fails": ("assert 1 == 2", "assert 1 == 2"),
    "leaks": ("self.task = asyncio.create_task(asyncio.Event().wait())", "leaked tasks"),
    "forgets": ("asyncio.sleep(0)", "was never awaited"),
    "crashes": ("asyncio.get_running_loop().call_soon(int, 'x')", "invalid literal for int()"),
    "loses": ("asyncio.create_task(asyncio.sleep('x'))", "never retrieved"),
    "behaves": ("self.task = asyncio.create_task(asyncio.sleep(0.01))", None),
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Run the planted tests under copies of our conftest and settings; return what each said."""
    place = tmp_path_factory.mktemp("planted")
    tests = place / "tests"
    tests.mkdir()
    for path in HERE.glob("*.py"):  # conftest and all that it may import
        if not path.name.startswith("test_"):
            shutil.copy(path, tests)
    (tests / "e2e").mkdir()
    for name in ("__init__.py", "chromium.py", "scripts.py"):
        shutil.copy(HERE / "e2e" / name, tests / "e2e")
    shutil.copy(ROOT / "setup.cfg", place)
    lines = ["import asyncio, pytest", "class TestPlanted:"]
    for name, (body, _) in PLANTED.items():
        lines += [f"    async def test_{name}(self):", f"        {body}"]
        lines += ["        await asyncio.sleep(0)"]
    (tests / "test_planted.py").write_text("\n".join(lines) + "\n")
    junit = place / "report.xml"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--junit-xml={junit}"]
    subprocess.run([*command, "tests"], cwd=place, capture_output=True, timeout=120)
    return {
        case.attrib["name"].removeprefix("test_"): "".join(case.itertext())
        for case in ElementTree.parse(junit).iter("testcase")
    }


@pytest.mark.parametrize("name", [name for name, (_, complaint) in PLANTED.items() if complaint])
def test_a_bad_async_test_fails(reports: dict[str, str], name: str) -> None:
    """A failing, leaking, forgetful or crashing coroutine is a failed test."""
    complaint = PLANTED[name][1]
    assert complaint is not None
    assert complaint in reports[name]


def test_a_good_async_test_passes(reports: dict[str, str]) -> None:
    """A task that ends soon after the test is no leak."""
    assert reports["behaves"] == ""
