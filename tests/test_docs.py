"""Documents say what the code says: made parts, README's variables, and links."""

import json
import re
from pathlib import Path

from server.proof import documents
from server.settings import Settings

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"


def test_made_documents_are_up_to_date():
    stale = documents.stale(ROOT / "docs")
    assert sorted(path.name for path in stale) == [], "run `lanjian docs`"


def test_every_variable_in_the_readme_is_a_setting():
    named = set(re.findall(r"LANJIAN_[A-Z_]+\*?", README.read_text()))
    settings = {variable.name for variable in Settings.variables()}
    unknown = {
        name
        for name in named
        if not (name in settings or any(known.startswith(name.rstrip("*")) for known in settings))
    }
    assert named
    assert unknown == set()


def test_every_dependency_has_its_line_in_the_readme():
    setup = (ROOT / "setup.cfg").read_text()
    base = setup[setup.index("install_requires") : setup.index("[options.packages.find]")]
    extras = setup[setup.index("[options.extras_require]") : setup.index("[options.entry_points]")]
    names = re.findall(r"^    ([A-Za-z][\w-]*)", base + extras, re.MULTILINE)
    readme = README.read_text().lower()
    missing = [name for name in names if name.lower().removeprefix("types-") not in readme]
    # pytest's plugins share a line with it; setuptools is there for pytest-tornado's pkg_resources
    allowed = {"pytest-timeout", "pytest-tornado", "pytest-xdist", "setuptools"}
    assert set(missing) - allowed == set()


def test_every_package_of_the_pages_has_its_line_in_the_readme():
    listed = json.loads((ROOT / "web" / "package.json").read_text())
    names = {*listed["dependencies"], *listed["devDependencies"]}
    lines = [line for line in README.read_text().splitlines() if line.startswith("| ")]
    told = set(re.split(r"[\s,;|]+", "\n".join(lines)))
    assert names - told == set()


def test_links_between_documents_lead_somewhere():
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []
