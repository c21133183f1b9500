"""The pipe: text -> executed notebooks -> pages, and the driver round it, on small lessons made here."""

import os
import re
from argparse import Namespace
from pathlib import Path

import build_notebooks
import course
import nbformat
import pages
import pytest
from build_notebooks import LessonError, build_lesson, execute, headline, notebook, read_lesson, tidy

ROOT = Path(__file__).resolve().parents[1]

SMALL = """# ---
# number: "{number}"
# title: Small
# question: Does it run?
# minutes: 1
# seconds: 2
# needs: []
# data: none
# part: "0"
# ---

# %% [markdown]
# # {number} · Small
#
# A formula $x^2$ that costs $5, and a link to [the other](98_small.ipynb).

# %%
import matplotlib.pyplot as plt
from idic_lib import checks

# %% alt="A line that rises from nought to one, as an example of an alternative text."
plt.plot([0, 1])
plt.show()

# %% tags=["exercise"]
my_two = ...

# %% tags=["solution"]
my_two = 2

# %% tags=["check"]
checks.check("two", my_two, expected=1 + 1)

# %% tags=["headline"]
print("It <runs>:",
      "{number}.")
{more}"""


def small(folder, number, more=""):
    path = folder / "src" / f"{number}_small.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(SMALL.format(number=number, more=more), encoding="utf-8", newline="\n")
    return read_lesson(path)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    lessons = [small(folder, "97"), small(folder, "98")]
    for lesson in lessons:
        assert len(build_lesson(lesson, folder=folder)) == 2
    return folder, lessons


def test_two_builds_give_the_same_bytes_and_nothing_is_written_twice(built, tmp_path):
    folder, lessons = built
    assert build_lesson(lessons[0], folder=folder) == []
    build_lesson(lessons[0], folder=tmp_path)
    for name in ("97_small.ipynb", "solutions/97_small.ipynb"):
        assert (folder / name).read_bytes() == (tmp_path / name).read_bytes()


def test_a_changed_source_is_written_again(built, tmp_path):
    changed = small(tmp_path, "97", "\n# %%\nprint('more')\n")
    build_lesson(built[1][0], folder=tmp_path)
    assert len(build_lesson(changed, folder=tmp_path)) == 2


def test_learner_has_the_stub_and_solutions_the_answer(built):
    learner, solved = (nbformat.read(built[0] / f / "97_small.ipynb", as_version=4) for f in ("", "solutions"))
    outputs = ["".join(o.get("text", "") for o in c.get("outputs", [])) for c in learner.cells]
    assert any("not yet, there is no answer" in text for text in outputs)
    assert "my_two = 2" not in [c.source for c in learner.cells]
    assert any("right" in "".join(o.get("text", "") for o in c.get("outputs", [])) for c in solved.cells)
    assert headline(learner) == "It <runs>: 97."


def test_text_outputs_are_tagged_for_nbval_and_figures_carry_their_alternative_text(built):
    nb = nbformat.read(built[0] / "97_small.ipynb", as_version=4)
    tagged = ["nbval-check-output" in c.metadata.get("tags", []) for c in nb.cells]
    assert sum(tagged) == 2
    picture = next(o for c in nb.cells for o in c.get("outputs", []) if "image/png" in o.get("data", {}))
    assert picture.metadata["image/png"]["alt"].startswith("A line that rises")
    assert "execution" not in str(nb.metadata) and len({c.id for c in nb.cells}) == len(nb.cells)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("\n# %%\n1 / 0\n", "ZeroDivisionError"),
        ("\n# %%\nimport warnings\nwarnings.warn('look out')\n", "look out"),
        ("\n# %%\nimport sys\nprint('noise', file=sys.stderr)\n", "stderr: noise"),
    ],
)
def test_a_lesson_that_fails_warns_or_makes_noise_is_not_built(tmp_path, more, said):
    with pytest.raises(LessonError, match=said) as caught:
        build_lesson(small(tmp_path, "97", more), folder=tmp_path)
    assert "code cell 6" in str(caught.value)


def test_a_wrong_solution_is_not_built(tmp_path):
    lesson = small(tmp_path, "97")
    wrong = next(c for c in lesson.cells if c.source == "my_two = 2")
    wrong.source = "my_two = 3"
    with pytest.raises(LessonError, match="AssertionError: ✗ two: not yet, 3 is too large"):
        build_lesson(lesson, folder=tmp_path)


def test_front_matter_is_asked_for(tmp_path):
    path = tmp_path / "97_x.py"
    path.write_text("# %%\n1\n", encoding="utf-8")
    with pytest.raises(LessonError, match="no front matter"):
        read_lesson(path)
    path.write_text('# ---\n# number: "97"\n# ---\n', encoding="utf-8")
    with pytest.raises(LessonError, match="lacks .*title"):
        read_lesson(path)


def test_windows_line_ends_give_the_same_stamp(tmp_path):
    lesson = small(tmp_path, "97")
    lesson.path.write_bytes(lesson.path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_lesson(lesson.path).stamp == lesson.stamp


def test_pages_ask_no_server_and_carry_alternative_texts_and_mathml(built):
    nb = nbformat.read(built[0] / "97_small.ipynb", as_version=4)
    html = pages.lesson_page(nb, "97 Small", None, ("98_small.html", "98 Small"))
    assert '<html lang="en">' in html and "<script" not in html and "<link" not in html
    assert set(re.findall(r"(?:src|href)=\"(https?:[^\"]*)", html)) == set()
    assert 'alt="A line that rises' in html and "<math" in html and "costs $5" in html
    assert 'href="98_small.html"' in html and "expected" not in html
    assert pages.formulas("`$x$` and ```\n$y$\n```") == "`$x$` and ```\n$y$\n```"


@pytest.fixture
def as_course(built, monkeypatch, tmp_path):
    """The driver on the small lessons, the second of which fails."""
    folder, lessons = built
    broken = small(tmp_path, "98", "\n# %%\n# the next line fails\n1 / 0\n")
    nbformat.write(notebook(broken, solutions=False), tmp_path / "98_small.ipynb")
    (tmp_path / "97_small.ipynb").write_bytes((folder / "97_small.ipynb").read_bytes())
    both = [lessons[0], broken]
    monkeypatch.setattr(build_notebooks, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(build_notebooks, "SOLUTIONS", folder / "solutions")
    monkeypatch.setattr(
        build_notebooks, "read_lessons", lambda only=None: [x for x in both if not only or x.number in only]
    )
    return tmp_path


def test_run_goes_on_after_a_failure_and_says_where_it_was(as_course, tmp_path, capsys):
    code = course.command_run(Namespace(lessons=None, solutions=False, firm=None, out=str(tmp_path / "out")))
    out, err = capsys.readouterr()
    assert code == 1
    assert "Does it run?" in out and "It <runs>: 97." in out
    assert "Lesson 98 failed in code cell 6: # the next line fails" in out and "ZeroDivisionError" in out
    assert "1 of 2 lessons failed" in out and "lesson 97: ran" in err
    index = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "It &lt;runs&gt;: 97." in index and "failed" in index
    assert (tmp_path / "out" / "97_small.html").exists() and (tmp_path / "out" / "98_small.html").exists()


def test_run_of_good_lessons_ends_well(as_course, tmp_path, capsys):
    assert course.command_run(Namespace(lessons=["97"], solutions=False, firm=None, out=str(tmp_path / "out"))) == 0
    assert "failed" not in capsys.readouterr().out


def test_run_on_another_firm_needs_a_firm(as_course, tmp_path):
    with pytest.raises(SystemExit, match="holds no firm"):
        course.command_run(Namespace(lessons=["97"], solutions=False, firm=str(tmp_path), out=None))


def test_lab_copies_and_never_overwrites(as_course, tmp_path, monkeypatch, capsys):
    calls = []
    monkeypatch.setattr(course, "ROOT", str(tmp_path))
    monkeypatch.setattr(course.subprocess, "call", lambda command, **kw: calls.append(command) or 0)
    monkeypatch.delenv("IDIC_FIRM", raising=False)
    options = Namespace(lesson="97", no_browser=True, firm=None)
    assert course.command_lab(options) == 0
    copy = tmp_path / "work" / "97_small.ipynb"
    assert copy.exists() and str(copy) in calls[0] and "--no-browser" in calls[0]
    assert "not yet" not in copy.read_text(encoding="utf-8")  # copies come without outputs
    assert "my_two = 2" in (tmp_path / "work" / "solutions" / "97_small.ipynb").read_text(encoding="utf-8")
    answers = copy.read_text(encoding="utf-8").replace("my_two = ...", "my_two = 2")
    copy.write_text(answers, encoding="utf-8")
    course.command_lab(options)
    assert copy.read_text(encoding="utf-8") == answers and "Lesson 97 has changed" not in capsys.readouterr().err
    old = answers.replace(build_notebooks.read_lessons(["97"])[0].stamp, "0" * 64)
    copy.write_text(old, encoding="utf-8")
    course.command_lab(options)
    assert copy.read_text(encoding="utf-8") == old and "Lesson 97 has changed" in capsys.readouterr().err


@pytest.mark.parametrize("written", ["my firm", '"my firm"', "./my firm/", "{home}"])
def test_a_firm_is_found_however_its_folder_is_written(tmp_path, monkeypatch, capsys, written):
    folder = tmp_path / "my firm"
    folder.mkdir()
    (folder / "firm.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("IDIC_FIRM", written.format(home="~/my firm"))
    course.use_firm(None)  # from the variable: lessons run in other folders, so it becomes the full path
    assert os.environ["IDIC_FIRM"] == str(folder) and str(folder) in capsys.readouterr().err
    course.use_firm("my firm")  # the option counts more
    assert os.environ["IDIC_FIRM"] == str(folder)
    with pytest.raises(SystemExit, match="elsewhere holds no firm"):
        course.use_firm("elsewhere")


def test_new_writes_a_lesson_and_refuses_a_number_that_is_taken(monkeypatch, tmp_path):
    monkeypatch.setattr(build_notebooks, "SOURCES", tmp_path)
    assert course.command_new(Namespace(number="99", slug="a_new_one")) == 0
    assert read_lesson(tmp_path / "99_a_new_one.py").draft
    with pytest.raises(SystemExit, match="a lesson 99 already"):
        course.command_new(Namespace(number="99", slug="another"))
    with pytest.raises(SystemExit, match="two digits"):
        course.command_new(Namespace(number="9", slug="another"))


def test_the_arena_prints_scores_and_reasons(tmp_path, monkeypatch, capsys):
    """Scoring is tested with the library; here a small table stands for it."""
    import pandas as pd

    from idic_lib import programme

    asked = []
    table = pd.DataFrame({"gain": [1.234, None], "reason": [None, "it raised KeyError: 'x'"]}, index=["a", "b"])
    monkeypatch.setattr(programme, "arena_firm", lambda seed, people: asked.append((seed, people)))
    monkeypatch.setattr(programme, "score_policy", lambda policies, firms, **more: asked.append(policies) or table)
    for name in "ba":
        (tmp_path / f"{name}.py").write_text("def decide(view):\n    return None\n", encoding="utf-8")
    options = {"seeds": "5, 7", "people": 300, "replications": 1, "budget": None}
    assert course.command_arena(Namespace(policies=[str(tmp_path)], **options)) == 0
    out = capsys.readouterr().out
    assert "1.23" in out and "b is disqualified: it raised KeyError: 'x'" in out
    assert asked[:2] == [(5, 300), (7, 300)] and list(asked[2]) == ["a", "b"]
    with pytest.raises(SystemExit, match="Which policy"):
        course.command_arena(Namespace(policies=[""], **options))
    with pytest.raises(SystemExit, match="whole numbers"):
        course.command_arena(Namespace(policies=["a.py"], **(options | {"seeds": "x"})))


def test_execution_reports_each_cell(built):
    nb = notebook(built[1][0], solutions=False)
    ticks = []
    execute(nb, built[0], on_cell=lambda: ticks.append(1))
    assert len(ticks) == sum(c.cell_type == "code" for c in nb.cells) and tidy(nb) is nb
