"""The syllabus and the teacher's notes: complete, in step with the lessons, and their links lead somewhere."""

import re
from pathlib import Path

import pytest
from build_notebooks import read_lessons
from test_project import broken

ROOT = Path(__file__).resolve().parents[1]
TEACHING = ROOT / "notebooks" / "teaching"
SYLLABUS = (ROOT / "SYLLABUS.md").read_text(encoding="utf-8")
LESSONS = {lesson.number: lesson for lesson in read_lessons()}
HEADINGS = ["In one minute", "Before class", "What students get wrong", "Where to stop",
            "Answers that depend on the class's firm", "To grade"]  # fmt: skip


def table(text, heading, nth=0):
    """Rows of the nth table under a heading (or a bold opening) as lists of cells, without header and rule."""
    section = text.split(heading, 1)[1]
    block = re.findall(r"(?:^\|.*\n)+", section, flags=re.M)[nth]
    return [[cell.strip() for cell in line.strip("|\n").split("|")] for line in block.splitlines()[2:]]


def lessons_in(cell):
    return re.findall(r"\[(\d\d)\]", cell)


# -- teacher's notes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", LESSONS)
def test_each_lesson_has_its_page_with_the_headings_in_order(number):
    lesson = LESSONS[number]
    path = TEACHING / f"{lesson.name}.md"
    assert path.exists(), f"write notebooks/teaching/{lesson.name}.md"
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {number} · {lesson.meta['title']}: teacher's notes\n")
    assert re.findall(r"^## (.+?)\s*$", text, flags=re.M) == HEADINGS
    bodies = re.split(r"^## .+$", text, flags=re.M)[1:]
    assert all(len(body.split()) >= 10 for body in bodies), "a heading without text"
    (minutes,) = re.findall(r"Reading (\d+) minutes", bodies[1])
    assert int(minutes) == lesson.meta["minutes"], "reading minutes differ from the lesson's"
    points = points_of(bodies[-1])
    assert points is None or points == 10, f"'To grade' adds up to {points}"
    assert broken(path) == []


def points_of(text):
    """Sum of the points in a list: '- 4: …', '- … (4)', '- … (4 points)', '| … | 4 |'. None if there are none."""
    rows = re.findall(r"^[-*] .*(?:\n(?![-*\n#]).+)*|^\|.*\|$", text, flags=re.M)
    patterns = (r"^[-*] \**(\d+)(?: points?)?\**\s*[:,(]", r"\((\d+)(?: points?)?\)\.?\s*$",
                r"^\|\s*(\d+)\s*\|", r"\|\s*(\d+)\s*\|$")  # fmt: skip
    points = [next((int(m[1]) for p in patterns if (m := re.search(p, row.strip()))), None) for row in rows]
    points = [p for p in points if p is not None]
    return sum(points) if points else None


def test_points_are_read_in_each_way_in_which_they_are_written():
    assert points_of("Exercise 2 (10 points).\n\n- 4: right.\n- 3: own cost,\n  with a source.\n- 3: one thing.") == 10
    assert points_of("- It is right (4).\n- It is compared\n  with luck (4 points).\n- Why? (3)") == 11
    assert points_of("| points | for |\n| --- | --- |\n| 6 | a |\n| 4 | b |") == 10
    assert points_of("Half a page on exercise 2.") is None


def test_notes_are_of_lessons_and_their_index_lists_all():
    pages = {path.stem for path in TEACHING.glob("*.md")} - {"README"}
    names = {lesson.name for lesson in LESSONS.values()}
    assert pages <= names
    text = (TEACHING / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(\d\d)\]\((\w+)\.md\) \| (.+?) \| (.+?) \|$", text, flags=re.M)
    wanted = [(n, x.name, x.meta["title"], x.meta["question"]) for n, x in LESSONS.items()]
    assert listed == wanted
    assert [row[0] for row in table(text, "# Teacher's notes")] == HEADINGS
    assert broken(TEACHING / "README.md") == []


# -- the syllabus ------------------------------------------------------------------------------------------------------

WEEKS = table(SYLLABUS, "## Twelve weeks")


def minutes_agree(row):
    *parts, total = [int(n) for n in re.findall(r"\d+", row[3])]
    wanted = [LESSONS[n].meta["minutes"] for n in lessons_in(row[1])]
    return (parts or [total]) == wanted and total == sum(wanted)


def test_the_weeks_name_every_lesson_once_and_after_what_it_needs():
    assert [int(row[0]) for row in WEEKS] == list(range(1, 13))
    week = {}
    for row in WEEKS:
        for number in lessons_in(row[1]):
            assert number not in week, f"lesson {number} twice"
            week[number] = int(row[0])
    assert sorted(week) == sorted(LESSONS)
    early = [f"{n} before {need}" for n, x in LESSONS.items() for need in x.meta["needs"] if week[need] > week[n]]
    assert early == []


@pytest.mark.parametrize("heading", ["## Twelve weeks", "**Six weeks"])
def test_minutes_are_those_of_the_lessons(heading):
    assert [row[0] for row in table(SYLLABUS, heading) if not minutes_agree(row)] == []


def test_the_sum_of_reading_is_right():
    total = sum(lesson.meta["minutes"] for lesson in LESSONS.values())
    assert f"Reading is {total:,} minutes, {total / 60:.0f} hours in all" in " ".join(SYLLABUS.split())


def test_each_class_has_ninety_minutes_and_a_hand_in_with_points():
    assert [row[0] for row in WEEKS if sum(map(int, re.findall(r"(?:^|· )(\d+) ", row[5]))) != 90] == []
    graded = [re.search(r"teaching/(\w+)\.md", row[6]) for row in WEEKS]
    assert [row[0] for row, note in zip(WEEKS, graded) if not note and row[6] != "the midterm memo"] == []
    assert f"the ten best of {'eleven' if sum(map(bool, graded)) == 11 else '?'}" in SYLLABUS
    for row, note in zip(WEEKS, graded):
        assert not note or note[1] in {LESSONS[n].name for n in lessons_in(row[1])}


def test_exercises_that_are_set_exist():
    for row in WEEKS:
        for part in row[4].split("·"):
            number, said = re.match(r"\s*(\d\d): ([^;]*)", part).groups()
            count = sum(c.source.startswith("**Exercise") for c in LESSONS[number].cells)
            assert max(map(int, re.findall(r"\d", re.sub(r"\(.*?\)", "", said)))) <= count


def test_the_shorter_plans_keep_what_lessons_need():
    seen = set()
    for row in table(SYLLABUS, "**Six weeks"):
        seen.update(lessons_in(row[1]))
        assert all(set(LESSONS[n].meta["needs"]) <= seen for n in lessons_in(row[1]))
    assert [lessons_in(row[1]) for row in table(SYLLABUS, "**A seminar")] == [["07"], ["08"], ["11"], ["18"], ["19"]]


def test_weights_add_to_100_and_each_rubric_to_its_points():
    weights = {row[0].split(",")[0].split(":")[0]: int(row[1]) for row in table(SYLLABUS, "## Graded work")}
    assert sum(weights.values()) == 100
    names = "**The midterm memo.**", "**The project.**", "**The oral questions.**"
    memo, project, oral = (table(SYLLABUS, name) for name in names)
    assert sum(int(row[0]) for row in memo) == weights["midterm memo"]
    assert sum(int(row[0]) for row in oral) == weights["oral questions on one's own work"]
    assert sum(int(row[1]) for row in project) == 100
    for part, points, text in project:
        inner = [int(n) for n in re.findall(r"\*\s\((\d+)\)|\((\d+)\)", text) for n in n if n]
        assert not inner or sum(inner) == int(points), part
    assert sum(int(re.search(r"\d+", row[0])[0]) for row in table(SYLLABUS, "**A hand-in**")) == 10


def test_the_bridging_list_takes_two_hours():
    assert sum(int(row[0]) for row in table(SYLLABUS, "**Two hours to bridge**")) == 120


def test_the_methods_that_students_must_bring_are_used_from_the_lesson_that_is_named():
    for number, methods, _ in table(SYLLABUS, "**pandas.**"):
        code = "\n".join(c.source for c in LESSONS[number].cells if c.cell_type == "code")
        for method in re.findall(r"`([^`]+)`", methods):
            word = re.findall(r"[A-Za-z_]{2,}", re.sub(r"\(.*?=.*|MultiIndex", "", method))
            assert not word or re.search(rf"\b{word[-1]}\b", code), f"{method} is not in lesson {number}"


def test_the_five_questions_have_the_answers_that_are_printed():
    (code,) = re.findall(r"^```python\n(.*?)^```", SYLLABUS, flags=re.M | re.S)
    names = {}
    exec(code, names)
    printed = re.findall(r"^\d\. .*\(([\d.,]+)(?: %)?\)$", SYLLABUS, flags=re.M)
    found = [f"{names['once']:,}", f"{100 * names['best']:.1f}", f"{100 * names['january']:.1f}", str(names["march"]),
             f"{names['half']:.2f}"]  # fmt: skip
    assert printed == found and f"{names['orders']['amount'].mean():.2f} dollars" in SYLLABUS


def test_links_lead_somewhere():
    assert broken(ROOT / "SYLLABUS.md") == []
