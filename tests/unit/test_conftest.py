"""The hooks of conftest.py: what async tests may leave behind, and pytest-tornado's place."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tornado.web
from tornado.httpclient import AsyncHTTPClient

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


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("assert 1 == 2", "assert 1 == 2"),
        ("self_made = asyncio.create_task(asyncio.Event().wait())", "leaked tasks"),
        ("asyncio.sleep(0)", "was never awaited"),
        ("asyncio.get_running_loop().call_soon(int, 'x'); await asyncio.sleep(0)", "invalid lit"),
    ],
)
def test_a_bad_async_test_fails(tmp_path: Path, body: str, complaint: str) -> None:
    """A failing, leaking, forgetful or crashing coroutine is a failed test."""
    outcome = run_planted(tmp_path, body)
    assert outcome.returncode == 1, outcome.stdout
    assert complaint in outcome.stdout


def test_a_good_async_test_passes(tmp_path: Path) -> None:
    """A task that ends soon after the test is no leak."""
    outcome = run_planted(tmp_path, "soon = asyncio.create_task(asyncio.sleep(0.01))")
    assert outcome.returncode == 0, outcome.stdout


def run_planted(tmp_path: Path, body: str) -> subprocess.CompletedProcess[str]:
    """Run one planted async test under copies of our conftest and settings."""
    tests = tmp_path / "tests"
    tests.mkdir()
    for name in ("__init__.py", "conftest.py", "async_tests.py"):
        shutil.copy(HERE / name, tests)
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    planted = f"import asyncio\n\nasync def test_planted():\n    {body}\n"
    (tests / "test_planted.py").write_text(planted)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=50)
