"""The lesson contract, static: sources and executed notebooks keep what design and CONTRIBUTING.md promise."""

import ast
import re

import nbformat
import pytest
from build_notebooks import NOTEBOOKS, ROOT, SOLUTIONS, indexes, notebook, read_lesson, read_lessons, signature
from contract import notebook_problems, quoted_numbers, readable_aloud, source_problems

LESSONS = read_lessons()
NAMES = {lesson.name for lesson in LESSONS}
by_name = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)


@by_name
def test_source_keeps_the_contract(lesson):
    assert source_problems(lesson, NAMES) == []


@by_name
@pytest.mark.parametrize("folder", [NOTEBOOKS, SOLUTIONS], ids=["learner", "solutions"])
def test_notebook_keeps_the_contract(lesson, folder):
    path = folder / f"{lesson.name}.ipynb"
    assert path.exists(), f"run make build LESSON={lesson.number}"
    nb = nbformat.read(path, as_version=4)
    assert notebook_problems(nb, lesson, path.stat().st_size) == []


@by_name
@pytest.mark.parametrize("solutions", [False, True], ids=["learner", "solutions"])
def test_notebook_is_its_source(lesson, solutions):
    stored = nbformat.read((SOLUTIONS if solutions else NOTEBOOKS) / f"{lesson.name}.ipynb", as_version=4)
    fresh = notebook(lesson, solutions)
    assert [(c.id, c.cell_type, c.source) for c in stored.cells] == [(c.id, c.cell_type, c.source) for c in fresh.cells]


@by_name
def test_every_number_in_the_prose_stands_in_an_executed_cell(lesson):
    nb = nbformat.read(SOLUTIONS / f"{lesson.name}.ipynb", as_version=4)
    assert quoted_numbers(nb) == []


@by_name
def test_learners_notebook_holds_no_solution(lesson):
    nb = nbformat.read(NOTEBOOKS / f"{lesson.name}.ipynb", as_version=4)
    sources = {c.source for c in lesson.cells if "solution" in c.metadata.get("tags", [])}
    assert sources and not sources & {c.source for c in nb.cells}


def test_no_notebook_without_a_source():
    stray = {p.stem for folder in (NOTEBOOKS, SOLUTIONS) for p in folder.glob("*.ipynb")} - NAMES
    assert stray == set()


def test_indexes_are_in_step():
    for path, text in indexes(LESSONS).items():
        assert path.read_text(encoding="utf-8") == text, f"run make build: {path.name} is out of step"


def test_the_map_of_lesson_00_is_in_step():
    """Its table and its `minutes` cell name each lesson that is ready, by its file and its minutes."""
    start = next(lesson for lesson in LESSONS if lesson.number == "00")
    ready = {lesson.name: lesson.meta["minutes"] for lesson in LESSONS if lesson is not start and not lesson.draft}
    text = "\n".join(c.source for c in start.cells if c.cell_type == "markdown")
    rows = re.findall(r"^\| \[(\d\d) [^]]*\]\((\w+)\.ipynb\) \|[^|]*\| (\d+) \|", text, re.M)
    assert {name: int(minutes) for _, name, minutes in rows} == ready
    assert all(name.startswith(f"{number}_") for number, name, _ in rows)
    cell = next(c.source for c in start.cells if c.cell_type == "code" and c.source.startswith("minutes = "))
    assert ast.literal_eval(ast.parse(cell).body[0].value) == {name[:2]: m for name, m in ready.items()}


@by_name
def test_the_stated_time_is_that_of_the_front_matter(lesson):
    text = "\n".join(c.source for c in lesson.cells if c.cell_type == "markdown")
    stated = re.search(r"^\*\*Time\*\* (\d+) minutes to read\b.*?(\d+) seconds to run", text, re.M)
    assert stated and [int(n) for n in stated.groups()] == [lesson.meta["minutes"], lesson.meta["seconds"]]


def test_a_new_lesson_starts_within_the_contract(tmp_path):
    text = (ROOT / "tools" / "lesson_template.py").read_text(encoding="utf-8").replace("NN", "99")
    path = tmp_path / "99_new.py"
    path.write_text(text, encoding="utf-8")
    assert source_problems(read_lesson(path), NAMES) == []


PAGES = ["README.md", "SCALING.md", "YOUR_DATA.md", "SYLLABUS.md", "REVIEW.md", "CONTRIBUTING.md", "TROUBLESHOOTING.md",
         "datasets/README.md", "benchmarks/README.md", "notebooks/README.md"]  # fmt: skip


@pytest.mark.parametrize("page", [*PAGES, *(f"notebooks/teaching/{lesson.name}.md" for lesson in LESSONS)])
def test_pages_can_be_read_aloud(page):
    assert readable_aloud((ROOT / page).read_text(encoding="utf-8")) == []


# The contract itself can fail: each of these breaks one rule of a lesson that keeps them all.
BREAKS = {
    "n_jobs": ("fig, ax =", "x = dict(n_jobs=-1)\nfig, ax =", "no n_jobs=-1"),
    "address": ("fig, ax =", 'x = "https://example.org"\nfig, ax =', "no address is read"),
    "magic": ("fig, ax =", "!ls\nfig, ax =", "no shell or magic lines"),
    "not Python": ("fig, ax =", "for\nfig, ax =", "cannot be read as Python"),
    "typed answer": ("expected=1 / len(ten)", "expected=0.1", "never typed"),
    "solution missing": ('# %% tags=["solution"]\nmy_equal = 1 / len(ten)\n', "", "each exercise is"),
    "answer read elsewhere": (
        '# %% tags=["headline"]\n',
        '# %% tags=["headline"]\nprint(my_equal)\n',
        "outside its own",
    ),
    "stub is filled": ("my_equal = ...", "my_equal = 0.1", "a stub is"),
    "no headline": (' tags=["headline"]', "", "headline"),
    "four ideas": ("# 5. Five.\n", "", "4 key ideas"),
    "section missing": ("## What this does not show", "## Remarks", "is missing"),
    "link to nowhere": ("(00_start_here.ipynb)", "(98_nowhere.ipynb)", "does not exist"),
    "reads a file": (
        "fig, ax = plt.subplots()",
        'fig, ax = plt.subplots(); pd.read_csv("x.csv")',
        "idic_lib.data only",
    ),
    "level left out": ("# ## Key ideas", "# #### Key ideas", "jumps from level"),
    "vague link": ("# Say what", "# See [here](00_start_here.ipynb). Say what", "says where it leads"),
    "title": ("# # 99 · A title", "# # A title", "the first line"),
    "raw HTML": ("# Say what", "# <b>Say</b> what", "CommonMark"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_lesson_is_caught(name, tmp_path):
    old, new, said = BREAKS[name]
    text = (ROOT / "tools" / "lesson_template.py").read_text(encoding="utf-8").replace("NN", "99")
    assert old in text
    text = text.replace(old, new)
    path = tmp_path / "99_new.py"
    path.write_text(text, encoding="utf-8")
    problems = source_problems(read_lesson(path), NAMES | {"00_start_here"})
    assert any(said in p for p in problems), problems


@pytest.mark.skipif(not LESSONS, reason="no lesson is written yet")
def test_a_damaged_notebook_is_caught():
    lesson = LESSONS[0]
    nb = nbformat.read(NOTEBOOKS / f"{lesson.name}.ipynb", as_version=4)
    before = signature(nb)
    checked = next(c for c in nb.cells if "nbval-check-output" in c.metadata.get("tags", []))
    checked.outputs = []
    drawn = next(c for c in nb.cells if c.metadata.get("alt"))
    drawn.metadata["alt"] = ""
    assert signature(nb) != before
    problems = notebook_problems(nb, lesson, 999_999)
    for said in ("without an output", "alternative text", "bytes"):
        assert any(said in p for p in problems), problems


def test_a_number_from_nowhere_is_caught():
    nb = nbformat.v4.new_notebook()
    code = nbformat.v4.new_code_cell(
        "x", outputs=[nbformat.v4.new_output("stream", text="share 0.545, 155,848 baskets")]
    )
    prose = "54.5 % of sales; 155,848 baskets; but 61.2 % and 1,234 come from nowhere; in 2017 there were 3."
    nb.cells = [code, nbformat.v4.new_markdown_cell(prose)]
    assert [line.split()[0] for line in quoted_numbers(nb)] == ["61.2", "1234"]
