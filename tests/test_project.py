"""The project's promises outside the library: lock, environments, driver, wheel, documents."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
#: conda-forge calls these otherwise.
CONDA_NAMES = {"matplotlib-base": "matplotlib", "python-duckdb": "duckdb"}


def name_and_floor(requirement):
    match = re.match(r"([A-Za-z0-9_.-]+?)\s*([<>=].*)?$", requirement)
    name = CONDA_NAMES.get(match[1].lower(), match[1].lower())
    return name, (match[2] or "").replace("==", "=")


def test_lock_has_one_version_of_each_package_hashes_and_no_address():
    names = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", LOCK, flags=re.M)
    assert len(names) > 100
    assert sorted({n for n in names if names.count(n) > 1}) == []
    assert "://" not in LOCK and "--index-url" not in LOCK and "--find-links" not in LOCK
    entries = re.findall(r"^([a-z0-9][^\n]*==[^\n]*)\\\n((?:\s+--hash=[^\n]*\n)+)", LOCK, flags=re.M)
    assert len(entries) == len(names)


def test_lock_holds_everything_that_the_project_asks_for_and_no_peer():
    names = set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", LOCK, flags=re.M))
    extras = PROJECT["optional-dependencies"]
    wanted = PROJECT["dependencies"] + extras["course"] + extras["dev"]
    assert {name_and_floor(r)[0] for r in wanted} <= names
    assert not {name_and_floor(r)[0] for r in extras["peers"]} & names
    assert int(re.search(r"^pandas==(\d+)", LOCK, flags=re.M)[1]) >= 3


def test_environment_yml_and_pyproject_name_the_same_packages_and_floors():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    flat = [d for d in listed if isinstance(d, str)] + [p for d in listed if isinstance(d, dict) for p in d["pip"]]
    conda = dict(name_and_floor(d) for d in flat)
    assert conda.pop("python") == PROJECT["requires-python"]
    conda.pop("pip")
    extras = PROJECT["optional-dependencies"]
    wanted = dict(name_and_floor(r) for r in PROJECT["dependencies"] + extras["course"] + extras["dev"])
    assert conda == wanted


def test_ci_calls_the_readmes_test_command_and_the_makefile_only_calls_the_driver():
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make run " in readme and "make test " in readme
    recipes = re.findall(r"^\w+:\s*;\s*(.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M)
    assert len(recipes) >= 9 and all(r.startswith("$(COURSE) ") for r in recipes)


def run_driver(code, *args):
    """Run the driver after `code`, in a process of its own that is not inside the environment."""
    env = {k: v for k, v in os.environ.items() if k != "IDIC_INSIDE"}
    script = f"import runpy, sys\nsys.argv = ['course.py', {', '.join(map(repr, args))}]\n{code}\n"
    script += f"runpy.run_path({str(ROOT / 'tools' / 'course.py')!r}, run_name='__main__')"
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=env, cwd=ROOT)


def test_an_old_python_gets_one_sentence():
    done = run_driver("sys.version_info = (3, 9, 1)", "run")
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert "needs Python 3.11 or newer and this is 3.9" in done.stderr and "TROUBLESHOOTING" in done.stderr


def test_a_python_without_venv_gets_one_sentence():
    code = (
        "import importlib.util as u\nreal = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'ensurepip' else real(name, *a)\n"
        "import os\nexists = os.path.exists\nos.path.exists = lambda p: False if 'idic-stamp' in str(p) else exists(p)"
    )
    done = run_driver(code, "env")
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert "no venv module" in done.stderr and "python3-venv" in done.stderr


def test_an_unknown_lesson_is_named():
    done = run_driver("", "--here", "run", "77")
    assert done.returncode != 0 and "no lesson 77" in done.stderr and "Traceback" not in done.stderr


def test_headings_that_messages_point_to_exist():
    headings = re.findall(r"^## (.+)$", (ROOT / "TROUBLESHOOTING.md").read_text(encoding="utf-8"), flags=re.M)
    code = (ROOT / "tools" / "course.py").read_text(encoding="utf-8")
    pointed = set(re.findall(r"TROUBLESHOOTING\.md, '([^']+)'", re.sub(r'"\s*\n\s*"', "", code)))
    assert pointed and pointed <= set(headings)


def anchors(text):
    """GitHub's anchors of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def broken(page):
    """Relative links of a page that lead to no file, or to no heading of a page."""
    found = []
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", page.read_text(encoding="utf-8")):
        file = page.parent / target if target else page
        if "://" in target:
            continue
        if not file.exists() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            found.append(f"{target}#{anchor}" if anchor else target)
    return found


def test_links_between_documents_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / f"{folder}/README.md" for folder in ("notebooks", "datasets", "benchmarks"))]
    assert {page.name: broken(page) for page in pages if broken(page)} == {}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    code = "import hatchling.build, sys; print(hatchling.build.build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return folder / done.stdout.split()[-1]


def test_the_wheel_carries_the_data_and_loads_them_outside_the_clone(wheel, tmp_path):
    import zipfile

    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
        assert not [n for n in archive.namelist() if n.startswith(("tests", "notebooks", "tools")) or "make/" in n]
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nimport idic_lib\nfrom idic_lib import data\n"
        f"assert idic_lib.__file__.startswith({str(tmp_path)!r}), idic_lib.__file__\n"
        "print(len(data.load_cdnow()), len(data.load_cdnow(sample=False)), len(data.load_donations()))\n"
        "tables = [n for n in data.__all__ if n.startswith(('load_firm_', 'load_crm_', 'load_source'))]\n"
        "found = all(len(getattr(data, name)()) for name in tables)\n"
        "firm = data.load_firm()\n"
        "print(firm.made['n_people'], len(firm.truth['people']), len(tables), found)"
    )
    clean = {name: value for name, value in os.environ.items() if name != "IDIC_FIRM"}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=True, env=clean
    )
    *counts, tables, all_there = done.stdout.split()
    assert counts == ["6919", "69659", "22", "4000", "4000"] and int(tables) >= 9 and all_there == "True"
